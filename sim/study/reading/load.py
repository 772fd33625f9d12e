"""A scenario's name becomes a typed, checked Scenario that knows where each of its values comes from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from sim.facts.errors import Fault, InputError
from sim.study.reading.checks import check
from sim.study.reading.keys import Path, format_key
from sim.study.reading.layers import Layer, gather, merge, unknown_entries
from sim.study.reading.provenance import SET, Origin
from sim.study.reading.settings import set_layer
from sim.study.reading.shape import HEADING
from sim.study.reading.shipped import bibliography, find, read
from sim.study.reading.validate import tree_of, validate, without_echoes
from sim.study.scenario import Scenario

UNCOUNTED = ("source", "note")
"""Keys that speak about values and are none."""


@dataclass(frozen=True)
class Loaded:
    """A scenario and how it came about. ``layers`` are the files in the order applied, its own last, then ``--set``.

    ``provenance`` has one entry a value, by dotted key. ``parents`` are the scenarios it extends, parts left out.
    """

    name: str
    file: str
    scenario: Scenario
    tree: Mapping[str, Any]
    provenance: Mapping[str, Origin]
    layers: tuple[str, ...]
    parents: tuple[str, ...]

    @property
    def changes(self) -> dict[str, Origin]:
        """What it changes: its own values against those of its parents, and what the command line sets."""
        own = (self.file, SET) if self.parents else (SET,)
        return {key: origin for key, origin in self.provenance.items() if origin.file in own}


@dataclass(frozen=True)
class _Merged:
    layers: tuple[Layer, ...]
    leaves: dict[Path, Origin]
    faults: list[Fault]


def load(name: str, settings: Sequence[str] = ()) -> Loaded:
    """A shipped scenario or a file, with ``key=value`` settings over it. InputError lists everything wrong with it."""
    path = find(name)
    return _whole(path, gather(path), settings)


def _whole(path: FilePath, layers: tuple[Layer, ...], settings: Sequence[str] = ()) -> Loaded:
    merged = _settle(layers, settings)
    return _loaded(merged, _heading(path, merged.layers))


def faults_of(name: str) -> tuple[Fault, ...]:
    """Everything wrong with a file: a scenario, or a part of a world, which is checked without its surroundings."""
    try:
        path = find(name)
        if path.resolve() == bibliography():
            read(path)
            return ()
        layers = gather(path)
        if not _is_part(layers[-1]):
            _whole(path, layers)
            return ()
    except InputError as error:
        return error.faults
    merged = _settle(layers, ())
    scenario = validate(tree_of(merged.leaves), merged.leaves, [layer.file for layer in layers])
    typed = [] if isinstance(scenario, Scenario) else scenario
    return tuple(without_echoes([*merged.faults, *(fault for fault in typed if not _elsewhere(fault))]))


def _elsewhere(fault: Fault) -> bool:
    """Whether a part of a world lacks something, which another part has."""
    return fault.problem == "is missing"


def _is_part(layer: Layer) -> bool:
    """Whether a file is a piece that scenarios extend: it has no heading, extends nothing and has no window."""
    return not layer.heading and not layer.ancestors and not any(path[0] == "window" for path in layer.sheet.leaves)


def _settle(layers: tuple[Layer, ...], settings: Sequence[str]) -> _Merged:
    faults = [fault for layer in layers for fault in layer.sheet.faults]
    faults += unknown_entries(layers)
    leaves, clashes = merge(layers)
    if not settings:
        return _Merged(layers, leaves, faults + clashes)
    over, wrong = set_layer(settings, layers, leaves)
    layers = (*layers, over)
    leaves, clashes = merge(layers)
    return _Merged(layers, leaves, faults + wrong + clashes)


def _heading(path: FilePath, layers: tuple[Layer, ...]) -> dict[Path, Origin]:
    own = next(layer for layer in reversed(layers) if layer.file != SET)
    stated = {"name": path.stem, **own.heading}
    return {(key,): Origin(stated[key], "", own.file) for key in HEADING if key in stated}


def _loaded(merged: _Merged, heading: dict[Path, Origin]) -> Loaded:
    files = [layer.file for layer in merged.layers]
    own = next(layer for layer in reversed(merged.layers) if layer.file != SET)
    leaves = heading | merged.leaves
    tree = tree_of(leaves)
    scenario = validate(tree, leaves, files)
    typed = scenario if isinstance(scenario, list) else []
    faults = tuple(without_echoes([*merged.faults, *typed, *_unless_typed(check(leaves, files), typed)]))
    if faults or isinstance(scenario, list):
        raise InputError(faults)
    provenance = {
        format_key(path): origin
        for path, origin in merged.leaves.items()
        if path[-1] not in UNCOUNTED and origin.value != {}
    }
    parents = tuple(layer.file for layer in merged.layers if layer.file in own.ancestors and layer.titled)
    return Loaded(str(tree["name"]), own.file, scenario, tree, provenance, tuple(files), parents)


def _unless_typed(faults: Sequence[Fault], typed: Sequence[Fault]) -> list[Fault]:
    """Faults of values whose type is right, so that nothing is told twice."""
    return [fault for fault in faults if not any(f"{one.key}.".startswith(f"{fault.key}.") for one in typed)]
