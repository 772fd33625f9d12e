"""One scenario file taken apart into its leaves, each with the nearest source that stands in the same file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from sim.facts.errors import Fault, did_you_mean
from sim.study.reading.keys import Path, format_key, parse_key
from sim.study.reading.plain import described
from sim.study.reading.provenance import Leaf
from sim.study.reading.shape import WORLD, Shape

OF_THE_FILE = ("extends", "provenance", "source", "note")
"""Top-level keys that say something about the file, not about the world."""


@dataclass
class Sheet:
    """What one file writes. ``entries`` are the named records it touches, ``new`` those it declares new."""

    file: str
    leaves: dict[Path, Leaf] = field(default_factory=dict)
    entries: set[Path] = field(default_factory=set)
    new: set[Path] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)

    def fault(self, path: Path, problem: str, remedy: str = "") -> None:
        """Note one thing wrong in this file."""
        self.faults.append(Fault(self.file, format_key(path), problem, remedy))

    def drop(self, entry: Path) -> None:
        """Forget everything written below an entry."""
        self.leaves = {path: leaf for path, leaf in self.leaves.items() if path[: len(entry)] != entry}


def take_apart(tree: Mapping[str, Any], file: str) -> Sheet:
    """Leaves and faults of a file's tables. A value without any source is ``stated in`` the file itself."""
    sheet = Sheet(file)
    world = {name: value for name, value in tree.items() if name not in OF_THE_FILE}
    _table(sheet, (), world, _Cover(WORLD, _source(tree, f"stated in {PurePath(file).name}")))
    _stated(sheet, tree.get("provenance", {}))
    return sheet


@dataclass(frozen=True)
class _Cover:
    """The shape of a table, the source over it, and whether it is a named entry of the table above."""

    shape: Shape
    source: str
    entry: bool = False


def _source(table: Mapping[str, Any], above: str) -> str:
    stated = table.get("source")
    return stated if isinstance(stated, str) and stated.strip() else above


def _table(sheet: Sheet, path: Path, table: Mapping[str, Any], cover: _Cover) -> None:
    before = len(sheet.leaves)
    if cover.entry:
        sheet.entries.add(path)
    for name, value in table.items():
        if name == "new" and cover.entry:
            _new(sheet, path, value)
        elif cover.shape.kind == "keyed" and name in ("source", "note"):
            if not isinstance(value, str):
                sheet.fault((*path, name), f"should be text, not {described(value)}")
        else:
            _item(sheet, (*path, name), value, cover)
    if path and len(sheet.leaves) == before:
        sheet.leaves[path] = Leaf({}, cover.source, sheet.file)


def _new(sheet: Sheet, path: Path, value: Any) -> None:
    if value is True:
        sheet.new.add(path)
    else:
        sheet.fault((*path, "new"), f"can only be true, not {described(value)}", "leave it out")


def _item(sheet: Sheet, path: Path, value: Any, cover: _Cover) -> None:
    shape = cover.shape.child(path[-1])
    if shape is None:
        sheet.fault(path, f"unknown key {path[-1]!r}", _known(path, cover.shape))
    elif not shape.inner:
        _leaf(sheet, path, value, _Cover(shape, cover.source))
    elif isinstance(value, dict):
        _table(sheet, path, value, _Cover(shape, _source(value, cover.source), cover.shape.named_records))
    else:
        sheet.fault(path, f"should be a table, not {described(value)}")


def _leaf(sheet: Sheet, path: Path, value: Any, cover: _Cover) -> None:
    if not isinstance(value, dict):
        sheet.leaves[path] = Leaf(value, cover.source, sheet.file)
        return
    if "key" in value:
        sheet.fault((*path, "key"), "key is set by the program", "leave it out")
    needed = {"number": "central", "series": "points"}.get(cover.shape.kind)
    if needed and needed not in value:
        whole = "an estimate" if needed == "central" else "a dated series"
        sheet.fault(path, f"has no {needed}", f"{whole} is replaced whole: state all of it, {needed} included")
        return
    plain = {name: inner for name, inner in value.items() if name != "key"}
    sheet.leaves[path] = Leaf(plain, _source(value, cover.source), sheet.file)


def _known(path: Path, shape: Shape) -> str:
    fields = [*shape.fields(), *(OF_THE_FILE if len(path) == 1 else ())]
    return did_you_mean(path[-1], fields) or f"the keys here are {', '.join(sorted(set(fields)))}"


def _stated(sheet: Sheet, table: Any) -> None:
    """Sources of single values, by dotted key, as a resolved file states them."""
    if not isinstance(table, dict):
        sheet.fault(("provenance",), f"should be a table, not {described(table)}")
        return
    for key, source in table.items():
        _restate(sheet, key, source)


def _restate(sheet: Sheet, key: str, source: Any) -> None:
    place = ("provenance", key)
    try:
        leaf = sheet.leaves.get(parse_key(key))
    except ValueError as error:
        sheet.fault(place, str(error))
        return
    if leaf is None:
        sheet.fault(place, f"no value {key!r} stands in this file", "give the source of a value by its dotted key")
    elif not isinstance(source, str):
        sheet.fault(place, f"should be text, not {described(source)}")
    else:
        sheet.leaves[parse_key(key)] = Leaf(leaf.value, source, leaf.file)
