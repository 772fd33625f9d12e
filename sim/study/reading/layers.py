"""Files laid over one another: who inherits from whom, in which order they are applied, where two disagree."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from sim.facts.errors import Fault, InputError, did_you_mean
from sim.study.reading.keys import Path, format_key
from sim.study.reading.plain import described
from sim.study.reading.provenance import Leaf, Origin
from sim.study.reading.shape import HEADING, noun
from sim.study.reading.sheet import Sheet, take_apart
from sim.study.reading.shipped import find, label, read

NEVER_CLASH = ("source", "note")


@dataclass(frozen=True)
class Layer:
    """One file in the order of inheritance. ``ancestors`` are the files below it, by label."""

    file: str
    sheet: Sheet
    ancestors: frozenset[str]
    titled: bool
    heading: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class _Gathering:
    layers: dict[FilePath, Layer] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def gather(target: FilePath) -> tuple[Layer, ...]:
    """A file's layers, parents before children, each once. InputError with every file that cannot be read."""
    gathering = _Gathering()
    _visit(target.resolve(), (), gathering)
    if gathering.faults:
        raise InputError(tuple(gathering.faults))
    return tuple(gathering.layers.values())


def _visit(path: FilePath, chain: tuple[FilePath, ...], gathering: _Gathering) -> None:
    if path in gathering.layers:
        return
    if path in chain:
        circle = " -> ".join(label(one) for one in (*chain[chain.index(path) :], path))
        gathering.faults.append(Fault(label(chain[-1]), "extends", f"files extend one another in a circle: {circle}"))
        return
    try:
        tree = read(path)
        parents = _parents(path, tree.get("extends", []))
    except InputError as error:
        gathering.faults.extend(error.faults)
        return
    for parent in parents:
        _visit(parent, (*chain, path), gathering)
    gathering.layers[path] = _layer(path, tree, [gathering.layers[p] for p in parents if p in gathering.layers])


def _layer(path: FilePath, tree: dict[str, Any], parents: list[Layer]) -> Layer:
    world = {name: value for name, value in tree.items() if name not in HEADING}
    heading = {name: tree[name] for name in HEADING if name in tree}
    below = frozenset(file for parent in parents for file in (parent.file, *parent.ancestors))
    return Layer(label(path), take_apart(world, label(path)), below, "title" in tree, heading)


def _parents(path: FilePath, extends: Any) -> list[FilePath]:
    listed = [extends] if isinstance(extends, str) else extends
    if not isinstance(listed, list) or not all(isinstance(name, str) for name in listed):
        fault = Fault(label(path), "extends", f"should be a name or a list of names, not {described(extends)}")
        raise InputError((fault,))
    found: list[FilePath] = []
    faults: list[Fault] = []
    for name in listed:
        try:
            found.append(find(name, path.parent, Fault(label(path), "extends", "")).resolve())
        except InputError as error:
            faults.extend(error.faults)
    if faults:
        raise InputError(tuple(faults))
    return found


def unknown_entries(layers: Sequence[Layer]) -> list[Fault]:
    """Named entries that no parent has and that are not declared new, or the reverse; what they hold is dropped."""
    entries = {layer.file: layer.sheet.entries for layer in layers}
    return [fault for layer in layers for fault in _strangers(layer, entries)]


def _strangers(layer: Layer, entries: Mapping[str, set[Path]]) -> Iterator[Fault]:
    known = {entry for file in layer.ancestors for entry in entries[file]}
    tables: dict[Path, list[str]] = {}
    for entry in sorted(known):
        tables.setdefault(entry[:-1], []).append(entry[-1])
    for entry in sorted(layer.sheet.new & known):
        problem = f"new = true, but a {noun(entry[:-1])} {entry[-1]!r} is inherited"
        yield Fault(layer.file, format_key(entry), problem, "leave new out to change it, or choose another name")
    for entry in sorted(layer.sheet.entries - known - layer.sheet.new):
        if entry[:-1] in tables:
            layer.sheet.drop(entry)
            hints = (did_you_mean(entry[-1], tables[entry[:-1]]), "a new one says new = true")
            problem = f"unknown {noun(entry[:-1])} {entry[-1]!r}"
            yield Fault(layer.file, format_key(entry), problem, " ".join(filter(None, hints)))


def merge(layers: Sequence[Layer]) -> tuple[dict[Path, Origin], list[Fault]]:
    """Every leaf with its last writer, and every leaf on which files disagree that do not inherit from one another."""
    writers: dict[Path, list[Layer]] = {}
    for layer in layers:
        for path in layer.sheet.leaves:
            writers.setdefault(path, []).append(layer)
    faults = [fault for path, wrote in writers.items() if len(wrote) > 1 for fault in _clash(path, wrote, layers[-1])]
    return {path: _origin(path, wrote) for path, wrote in writers.items()}, faults


def _clash(path: Path, wrote: list[Layer], last: Layer) -> Iterator[Fault]:
    overridden = {file for layer in wrote for file in layer.ancestors}
    heads = [layer for layer in wrote if layer.file not in overridden]
    first = heads[0].sheet.leaves[path].value
    rivals = [layer for layer in heads[1:] if layer.sheet.leaves[path].value != first]
    if rivals and path[-1] not in NEVER_CLASH:
        told = f"{_shown(heads[0], path)} and {_shown(rivals[0], path)}"
        yield Fault(last.file, format_key(path), f"parents disagree: {told}", "state the value here to decide")


def _shown(layer: Layer, path: Path) -> str:
    value = layer.sheet.leaves[path].value
    shown = value.get("central", "a dated series") if isinstance(value, dict) else value
    return f"{shown} in {layer.file}"


def _origin(path: Path, wrote: list[Layer]) -> Origin:
    leaf: Leaf = wrote[-1].sheet.leaves[path]
    below = [layer for layer in wrote[:-1] if layer.file in wrote[-1].ancestors]
    if not below:
        return Origin(leaf.value, leaf.source, leaf.file)
    old = below[-1].sheet.leaves[path]
    return Origin(leaf.value, leaf.source, leaf.file, old.value, old.file)
