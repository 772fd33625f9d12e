"""A merged tree becomes a typed Scenario, or every reason why it cannot, each at the file that wrote the key."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from sim.facts.errors import Fault, did_you_mean
from sim.facts.estimate import Estimate, Series
from sim.study.reading.keys import Path, format_key
from sim.study.reading.plain import in_words
from sim.study.reading.provenance import SET, Origin
from sim.study.reading.shape import HEADING, shape_at
from sim.study.scenario import Scenario

Leaves = Mapping[Path, Origin]


def tree_of(leaves: Leaves) -> dict[str, Any]:
    """Leaves as nested tables; in each table plain values stand before tables, as a written file has them."""
    tree: dict[str, Any] = {}
    for path, origin in leaves.items():
        table = tree
        for name in path[:-1]:
            table = table.setdefault(name, {})
        if origin.value == {}:
            table.setdefault(path[-1], {})
        else:
            table[path[-1]] = origin.value
    return _plain_first(tree)


def _plain_first(table: dict[str, Any]) -> dict[str, Any]:
    plain = {name: value for name, value in table.items() if not isinstance(value, dict)}
    return plain | {name: _plain_first(value) for name, value in table.items() if isinstance(value, dict)}


def validate(tree: Mapping[str, Any], leaves: Leaves, files: Sequence[str]) -> Scenario | list[Fault]:
    """The Scenario of a tree, or its faults. ``files`` are the layers in order, the scenario's own last."""
    try:
        return Scenario.model_validate(_keyed(tree, ()))
    except ValidationError as error:
        return [_fault(one, leaves, files) for one in error.errors(include_url=False)]


def _keyed(tree: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """The tree with every estimate and series told its own dotted key, by which its draws are seeded."""
    keyed: dict[str, Any] = {}
    for name, value in tree.items():
        below = (*path, name)
        if not isinstance(value, dict):
            keyed[name] = value
        elif "central" in value or "points" in value:
            keyed[name] = {**value, "key": format_key(below)}
        else:
            keyed[name] = _keyed(value, below)
    return keyed


def _fault(error: ErrorDetails, leaves: Leaves, files: Sequence[str]) -> Fault:
    path = tuple(str(part) for part in error["loc"] if part != "[key]")
    problem, remedy = in_words(error)
    if error["type"] == "missing":
        if len(path) == 1 and path[0] not in HEADING:
            remedy = 'state it here, or inherit it: extends = "baseline"'
        return Fault(_opened(path[:-1], leaves, files), format_key(path), problem, remedy)
    if error["type"] == "extra_forbidden":
        remedy = _fields_near(path)
    if path[:-1] in leaves and path[-1] == "central" and not isinstance(leaves[path[:-1]].value, dict):
        path = path[:-1]
    return Fault(file_of(path, leaves, files), format_key(path), problem, remedy)


def _opened(table: Path, leaves: Leaves, files: Sequence[str]) -> str:
    """The file that first wrote into a table and owes what is missing there; for a whole table the scenario's own."""
    wrote = {origin.file for path, origin in leaves.items() if table and path[: len(table)] == table}
    return min(wrote, key=files.index) if wrote else file_of((), leaves, files)


def _fields_near(path: Path) -> str:
    shape = shape_at(path[:-1])
    model = Series if shape is not None and shape.kind == "series" else Estimate
    fields = [name for name in model.model_fields if name != "key"]
    return did_you_mean(path[-1], fields) or f"the keys here are {', '.join(sorted(fields))}"


def file_of(path: Path, leaves: Leaves, files: Sequence[str]) -> str:
    """The file that wrote a key: the value's own, else the latest file that wrote into the table around it."""
    for depth in range(len(path), 0, -1):
        if path[:depth] in leaves:
            return leaves[path[:depth]].file
        wrote = {origin.file for known, origin in leaves.items() if known[:depth] == path[:depth]}
        if wrote:
            return max(wrote, key=files.index)
    return max(set(files) - {SET}, key=files.index)


def without_echoes(faults: Sequence[Fault]) -> Iterator[Fault]:
    """Faults once each, without "missing" where the value was written and is already at fault."""
    seen: set[Fault] = set()
    stated = {fault.key for fault in faults if fault.problem != "is missing"}
    for fault in faults:
        echo = fault.problem == "is missing" and any(
            key == fault.key or fault.key.startswith(f"{key}.") for key in stated if key
        )
        if fault not in seen and not echo:
            seen.add(fault)
            yield fault
