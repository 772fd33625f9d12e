"""Does a world hang together: every name that is used exists, every share is one, no rule triggers itself.

The checks read the merged values as written, so that they speak up together with faults of type.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, get_args

from sim.facts.buyers import BuyerKind
from sim.facts.errors import Fault, did_you_mean
from sim.facts.labs import MODEL
from sim.study.keeping.periods import period_span
from sim.study.reading.ceilings import is_of_model
from sim.study.reading.keys import Path, format_key
from sim.study.reading.numbers import numbers
from sim.study.reading.places import OUTSIDERS, REFERENCES, places_at
from sim.study.reading.provenance import Origin
from sim.study.reading.roadmaps import check_roadmaps, rings
from sim.study.reading.rows import check_rows
from sim.study.reading.shape import shape_at
from sim.world.series import INPUTS, MEASURES, ORIGINS

Leaves = Mapping[Path, Origin]

FOLDER = re.compile(r"[^./\\:\x00-\x1f][^/\\:\x00-\x1f]*")
EARLIEST, LATEST = date(1990, 1, 1), date(2100, 1, 1)


def check(leaves: Leaves, files: Sequence[str]) -> list[Fault]:
    """Every fault of the merged values that no single field shows. ``files`` are the layers in order."""
    found: list[Fault] = []
    known = _known(leaves)
    for path, origin in leaves.items():
        found += [_fault(path, origin, *told) for told in _unknown_names(path, origin.value, known)]
        if len(path) > 1:
            found += [_fault(path, origin, *told) for told in numbers(path, origin.value)]
        found += [_fault(path, origin, *told) for told in _dates(origin.value)]
    found += [*_name(leaves), *_periods(leaves), *check_rows(leaves)]
    return [*found, *_circles(leaves, files), *check_roadmaps(leaves, files)]


def _fault(path: Path, origin: Origin, problem: str, remedy: str = "") -> Fault:
    return Fault(origin.file, format_key(path), problem, remedy)


def _known(leaves: Leaves) -> dict[str, set[str]]:
    """The names that exist, by what they name."""
    tables = {top: {path[1] for path in leaves if path[0] == top and len(path) > 1} for top in TABLES}
    makers = tables["foreign"] | tables["domestic"]
    return {
        "chip": tables["chips"],
        "rule": tables["rules"],
        "stack": tables["stacks"],
        TRAINED: {path[2] for path in leaves if path[:2] == ("training", "stacks") and len(path) > 2},
        "party": tables["buyers"] | makers,
        "buyer, maker or lab": tables["buyers"] | makers | {path[1] for path in leaves if path[0] == "labs"},
        "buyer or kind of buyer": tables["buyers"] | set(get_args(BuyerKind)),
        "buyer": tables["buyers"],
        "model": {MODEL.join((path[1], path[3])) for path in leaves if is_of_model(path)},
        "measure": set(MEASURES),
        "origin": set(ORIGINS),
        "input, stack or run": {*INPUTS, *tables["stacks"], *(path[2] for path in leaves if path[:2] == RECORDED)},
    }


TRAINED = "stack to train on"
MOST_NAMED = 12
RECORDED = ("training", "recorded")
TABLES = ("chips", "rules", "stacks", "buyers", "foreign", "domestic")


def _unknown_names(path: Path, value: Any, known: Mapping[str, set[str]]) -> Iterator[tuple[str, str]]:
    for place in places_at(path, REFERENCES):
        if value == "" and "@" not in place.parts and _needed(path):
            yield "is empty", f"name a {place.thing}: {_listed(known[place.thing])}"
        for name in sorted(set(place.named(path, value)) - known[place.thing]):
            whole = f"{path[1]}{MODEL}{name}" if place.thing == "model" and MODEL not in name else name
            close = did_you_mean(whole, known[place.thing])
            if close or place.thing != OUTSIDERS:
                yield f"unknown {place.thing} {name!r}", close or _remedy(place.thing, name, known)


def _needed(path: Path) -> bool:
    """Whether a name must stand at a path; elsewhere empty text says that there is none."""
    above = shape_at(path[:-1])
    if above is None or above.kind != "table":
        return True
    return bool(above.annotation.model_fields[path[-1]].is_required())


def _remedy(thing: str, name: str, known: Mapping[str, set[str]]) -> str:
    """What to do about an unknown name of a kind of which there are few; nothing for others."""
    if thing not in (TRAINED, "stack", "buyer"):
        return ""
    say = f"say how under training.stacks.{name}, or " if thing == TRAINED and name in known["stack"] else ""
    return f"{say}name one of {_listed(known[thing])}"


def _listed(names: set[str]) -> str:
    """Names in order, the first few of many."""
    return ", ".join([*sorted(names)[:MOST_NAMED], *(["..."] if len(names) > MOST_NAMED else [])])


def _dates(value: Any) -> Iterator[tuple[str, str]]:
    points = value.get("points") if isinstance(value, Mapping) else None
    for when in points if isinstance(points, Mapping) else (value,):
        day = _date(when)
        if day is not None and not EARLIEST <= day < LATEST:
            yield f"{day} lies outside {EARLIEST.year} to {LATEST.year - 1}", "is the year right?"


def _date(when: Any) -> date | None:
    if isinstance(when, date):
        return date(when.year, when.month, when.day)
    try:
        return date.fromisoformat(when) if isinstance(when, str) and len(when) == 10 else None
    except ValueError:
        return None


def _name(leaves: Leaves) -> Iterator[Fault]:
    """Whether the name can be that of a folder of results."""
    origin = leaves.get(("name",))
    if origin is not None and isinstance(origin.value, str) and not FOLDER.fullmatch(origin.value):
        yield _fault(("name",), origin, f"{origin.value!r} cannot name a folder of results", "use letters and hyphens")


def _periods(leaves: Leaves) -> Iterator[Fault]:
    for path, origin in leaves.items():
        if path[0] == "headline" and path[-1] == "period" and isinstance(origin.value, str):
            try:
                period_span(origin.value)
            except ValueError as error:
                yield _fault(path, origin, str(error))


def _circles(leaves: Leaves, files: Sequence[str]) -> Iterator[Fault]:
    """Rules that wait for one another."""
    rules = {
        path[1]: path
        for path, origin in leaves.items()
        if path[0] == "rules" and path[2:] == ("triggered_by",) and isinstance(origin.value, str)
        if (*path[:2], "announced") not in leaves
    }
    yield from rings(leaves, rules, files, ("rules trigger one another", "give one a date"))
