"""Does a world hang together: every name that is used exists, every share is one, no rule triggers itself.

The checks read the merged values as written, so that they speak up together with faults of type.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, get_args

from sim.facts.buyers import BuyerKind
from sim.facts.errors import Fault, did_you_mean
from sim.facts.labs import MODEL
from sim.study.keeping.periods import period_span
from sim.study.reading.keys import Path, format_key
from sim.study.reading.places import OUTSIDERS, REFERENCES, SHARES, places_at
from sim.study.reading.provenance import Origin
from sim.world.series import INPUTS, MEASURES, ORIGINS

Leaves = Mapping[Path, Origin]

FOLDER = re.compile(r"[^./\\:\x00-\x1f][^/\\:\x00-\x1f]*")
EARLIEST, LATEST = date(1990, 1, 1), date(2100, 1, 1)


def check(leaves: Leaves) -> list[Fault]:
    """Every fault of the merged values that no single field shows."""
    found: list[Fault] = []
    known = _known(leaves)
    for path, origin in leaves.items():
        found += [_fault(path, origin, *told) for told in _unknown_names(path, origin.value, known)]
        if len(path) > 1:
            found += [_fault(path, origin, *told) for told in _numbers(path, origin.value)]
        found += [_fault(path, origin, *told) for told in _dates(origin.value)]
    return [*found, *_name(leaves), *_periods(leaves), *_circles(leaves), *_impossible(leaves)]


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
        "stack to train on": {path[2] for path in leaves if path[:2] == ("training", "stacks") and len(path) > 2},
        "party": tables["buyers"] | makers,
        "buyer or maker": tables["buyers"] | makers,
        "buyer or kind of buyer": tables["buyers"] | set(get_args(BuyerKind)),
        "buyer": tables["buyers"],
        "model": {MODEL.join((path[1], path[3])) for path in leaves if _is_of_model(path)},
        "measure": set(MEASURES),
        "origin": set(ORIGINS),
        "input": set(INPUTS),
    }


TABLES = ("chips", "rules", "stacks", "buyers", "foreign", "domestic")


def _unknown_names(path: Path, value: Any, known: Mapping[str, set[str]]) -> Iterator[tuple[str, str]]:
    for place in places_at(path, REFERENCES):
        for name in sorted(set(place.named(path, value)) - known[place.thing]):
            whole = f"{path[1]}{MODEL}{name}" if place.thing == "model" and MODEL not in name else name
            close = did_you_mean(whole, known[place.thing])
            if close or place.thing != OUTSIDERS:
                yield f"unknown {place.thing} {name!r}", close


def _numbers(path: Path, value: Any) -> Iterator[tuple[str, str]]:
    share = any(places_at(path, SHARES))
    for name, number in _every_number(value):
        if number < 0:
            yield f"{name}{number:g} is below zero", ""
        elif share and number > 1:
            yield f"{name}{number:g} is not a share between 0 and 1", ""


def _every_number(value: Any) -> Iterator[tuple[str, float]]:
    """Numbers in a value, each with what it is called there: ``low``, or the day of a point."""
    if isinstance(value, Mapping):
        points = value.get("points")
        inner = points if isinstance(points, Mapping) else {n: value.get(n) for n in ("central", "low", "high")}
        for name, number in inner.items():
            yield from ((f"{name}: ", found) for _, found in _every_number(number))
    elif isinstance(value, list):
        for entry in value:
            yield from _every_number(entry)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield "", value


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


def _circles(leaves: Leaves) -> Iterator[Fault]:
    """Rules that wait for one another, and models that do."""
    rules = {
        path[1]: path
        for path, origin in leaves.items()
        if path[0] == "rules" and path[2:] == ("triggered_by",) and isinstance(origin.value, str)
        if (*path[:2], "announced") not in leaves
    }
    models = {
        MODEL.join((path[1], path[3])): path
        for path, origin in leaves.items()
        if _is_of_model(path, "after") and origin.value
    }
    yield from _rings(leaves, rules, "rules trigger one another", "give one a date")
    yield from _rings(leaves, models, "models wait for one another", "let one start on a date")


def _is_of_model(path: Path, key: str = "") -> bool:
    """Whether a value is of a model on a roadmap; if a key is given, that one."""
    return path[0] == "labs" and path[2:3] == ("models",) and len(path) > 3 and (not key or path[4:] == (key,))


def _rings(leaves: Leaves, waiting: Mapping[str, Path], what: str, remedy: str) -> Iterator[Fault]:
    """Faults for names that wait, by way of others, for themselves; ``waiting`` gives the place that says for whom."""
    before = {name: str(leaves[path].value) for name, path in waiting.items()}
    told: set[str] = set()
    for name, path in waiting.items():
        chain = _chain(name, before.get)
        if chain[-1] == name and name not in told:
            told.update(chain)
            yield _fault(path, leaves[path], f"{what} in a circle: {' -> '.join(chain)}", remedy)


def _impossible(leaves: Leaves) -> Iterator[Fault]:
    """Clusters larger than the fleet that all of China ever wants, of models that are to be made."""
    load = leaves.get(("demand", "load"))
    most = _largest(load.value) if load else 0.0
    for path, origin in leaves.items():
        left_out = (*path[:-1], "enabled") in leaves and leaves[(*path[:-1], "enabled")].value is False
        if _is_of_model(path, "cluster") and not left_out and _largest(origin.value) > most > 0:
            asked = f"a cluster of {_largest(origin.value):,.0f} H100-equivalents"
            yield _fault(path, origin, f"{asked} is more than all of China ever wants, {most:,.0f}", "see demand.load")


def _largest(value: Any) -> float:
    """The largest number in a value; 0 if there is none."""
    return max((number for _, number in _every_number(value)), default=0.0)


def _chain(rule: str, trigger: Callable[[str], str | None]) -> list[str]:
    chain = [rule]
    while (following := trigger(chain[-1])) is not None:
        if following in chain:
            return [*chain, following]
        chain.append(following)
    return chain
