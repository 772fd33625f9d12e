"""What the command line sets: ``--set key=value`` as the last layer over a scenario's files."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sim.facts.errors import Fault, did_you_mean
from sim.study.reading.keys import Path, format_key, parse_setting
from sim.study.reading.layers import Layer
from sim.study.reading.places import REFERENCES
from sim.study.reading.plain import described
from sim.study.reading.provenance import SET, Origin
from sim.study.reading.shape import HEADING, WORLD, Shape, shape_at
from sim.study.reading.sheet import Sheet, take_apart

Leaves = Mapping[Path, Origin]


def set_layer(settings: Sequence[str], below: Sequence[Layer], leaves: Leaves) -> tuple[Layer, list[Fault]]:
    """The settings as a layer over what the files say, and what is wrong with them."""
    values: dict[Path, Any] = {}
    faults: list[Fault] = []
    for setting in settings:
        try:
            path, value = parse_setting(setting)
        except ValueError as error:
            faults.append(Fault(SET, "", str(error), "write it as --set window.end=2027-01-01"))
            continue
        found = list(_faults(path, value, leaves)) or list(_twice(path, value, values))
        faults.extend(found)
        if not found:
            values[path] = value
    sheet = _sheet(values)
    return Layer(SET, sheet, frozenset(layer.file for layer in below), titled=False), faults + sheet.faults


def _sheet(values: Mapping[Path, Any]) -> Sheet:
    tree: dict[str, Any] = {}
    for path, value in values.items():
        table = tree
        for name in path[:-1]:
            table = table.setdefault(name, {})
        table[path[-1]] = value
    return take_apart(tree, SET)


def _twice(path: Path, value: Any, values: Mapping[Path, Any]) -> Iterator[Fault]:
    if path in values and values[path] != value:
        problem = f"set twice, to {described(values[path])} and to {described(value)}"
        yield Fault(SET, format_key(path), problem, "set it once")


def _faults(path: Path, value: Any, leaves: Leaves) -> Iterator[Fault]:
    key = format_key(path)
    if path[0] in HEADING:
        yield Fault(SET, key, f"{path[0]} belongs to the file", "write a scenario file that extends this one")
        return
    whole = _leaf_above(path, leaves)
    if whole is not None:
        yield Fault(SET, key, *_part_of(whole))
        return
    shape = shape_at(path)
    if shape is None or not _stands(path, leaves):
        known = [format_key(known) for known in settable(leaves)]
        yield Fault(SET, key, "unknown key", did_you_mean(key, known) or "chipsim show NAME --all lists every key")
    elif shape.inner:
        inside = next((format_key(one) for one in leaves if one[: len(path)] == path and one != path), f"{key}.NAME")
        yield Fault(SET, key, "is a table, not a value", f"set one of its values, such as {inside}")


def _part_of(whole: Path) -> tuple[str, str]:
    key = format_key(whole)
    shape = shape_at(whole)
    if shape is not None and shape.kind == "series":
        table = "{ points = { 2024-01-01 = 1.0 } }"
        return f"{key} is a dated series, which is replaced whole", f"write --set '{key}={table}'"
    if shape is not None and shape.kind == "number":
        table = "{ low = 1, central = 2, high = 3 }"
        return f"{key} is an estimate, which is replaced whole", f"write --set {key}=2 or --set '{key}={table}'"
    return f"{key} is a value, not a table", f"write --set {key}=..."


def _leaf_above(path: Path, leaves: Leaves) -> Path | None:
    """The value that a key reaches into, if it does."""
    for depth in range(1, len(path)):
        shape = shape_at(path[:depth])
        if shape is not None and not shape.inner and path[:depth] in leaves:
            return path[:depth]
    return None


def _stands(path: Path, leaves: Leaves) -> bool:
    """Whether every named record on the way exists, so that a field of it may be set.

    A plain table under the name of something else (``policy.holders.Cloud``) needs no entry: its name is checked where
    all names are.
    """
    if path in leaves:
        return True
    tables = {known[:depth] for known in leaves for depth in range(1, len(known) + 1)}
    return all(
        path[:depth] in tables or _named_elsewhere(path[:depth])
        for depth in range(1, len(path) + 1)
        if (above := shape_at(path[: depth - 1]) if depth > 1 else WORLD) is not None and above.named_records
    )


def _named_elsewhere(path: Path) -> bool:
    """Whether a table of plain values is called by the name of something that must exist."""
    shape = shape_at(path)
    places = (place for several in REFERENCES.values() for place in several)
    return shape is not None and shape.kind == "keyed" and any(place.names(path) for place in places)


def settable(leaves: Leaves) -> Iterator[Path]:
    """Every key that may be set: all values, and the fields nobody has stated of the records that exist."""
    tables = {path[:depth] for path in leaves for depth in range(len(path) + 1)}
    for table in sorted(tables):
        shape: Shape | None = shape_at(table) if table else WORLD
        if shape is not None and shape.kind == "table":
            yield from ((*table, name) for name, inner in shape.fields().items() if not inner.inner)
    yield from (path for path in leaves if path and shape_at(path[:-1]) and shape_at(path[:-1]) != WORLD)
