"""What every number of a scenario rests on: counted by kind, or one key in full with the rows behind it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sim.facts.errors import Fault, InputError, did_you_mean
from sim.study.reading.keys import Path, format_key, parse_key
from sim.study.reading.provenance import Origin
from sim.study.reading.shape import shape_at
from sim.study.sources import MEANING, Kind, Row, Table, cited, kind_of, problem_with, weighing

Origins = Mapping[str, Origin]
"""The values of a merged scenario by dotted key."""


@dataclass(frozen=True)
class Tally:
    """How many numbers of one kind a scenario holds, their share of all, and one key as an example."""

    kind: Kind
    count: int
    share: float
    example: str


@dataclass(frozen=True)
class Entry:
    """One value in full. ``weighing`` are rows that set an interval where the cited ones and others disagree."""

    key: str
    origin: Origin
    unit: str
    kind: Kind
    rows: tuple[Row, ...]
    weighing: tuple[Row, ...]


def is_number(value: Any) -> bool:
    """Whether a value is a number: bare, a date, an estimate, a dated series, or a list of numbers."""
    if isinstance(value, Mapping):
        return "central" in value or "points" in value
    if isinstance(value, list):
        return bool(value) and all(is_number(inner) for inner in value)
    return isinstance(value, int | float | date) and not isinstance(value, bool)


def tallies(origins: Origins, rows: Table) -> tuple[Tally, ...]:
    """Every kind of source with its numbers, the firmest first."""
    kinds = {key: kind_of(origin.source, rows) for key, origin in _numbers(origins)}
    keys = {kind: [key for key, found in kinds.items() if found == kind] for kind in MEANING}
    total = max(len(kinds), 1)
    return tuple(Tally(kind, len(k), len(k) / total, k[0] if k else "") for kind, k in keys.items())


def unsourced(origins: Origins, rows: Table) -> tuple[Fault, ...]:
    """Numbers whose source is missing, names a row that is not there, or is a judgement without a reason."""
    found = ((key, origin, problem_with(origin.source, rows)) for key, origin in _numbers(origins))
    return tuple(Fault(origin.file, key, problem) for key, origin, problem in found if problem)


def uses(origins: Origins, name: str, rows: Table) -> tuple[str, ...]:
    """Keys of the values that cite a row."""
    return tuple(key for key, origin in origins.items() if name in cited(origin.source, rows))


def entries(origins: Origins, wanted: str, rows: Table) -> tuple[Entry, ...]:
    """The value of a key, or every value below it, in full. InputError if there is none."""
    try:
        path = parse_key(wanted)
    except ValueError as error:
        raise InputError((Fault("", "", str(error)),)) from None
    paths = {key: parse_key(key) for key in origins}
    found = [key for key, other in paths.items() if other[: len(path)] == path or other == path[: len(other)]]
    if not found:
        raise InputError((Fault("", wanted, "no value of this scenario has that key", _remedy(wanted, paths, rows)),))
    return tuple(_entry(key, origins[key], rows) for key in found)


def _entry(key: str, origin: Origin, rows: Table) -> Entry:
    names = cited(origin.source, rows)
    known = tuple(_for(parse_key(key), rows[name]) for name in names)
    unit = origin.unit or _described(parse_key(key))
    return Entry(key, origin, unit, kind_of(origin.source, rows), known, weighing(names, rows))


def _for(path: Path, row: Row) -> Row:
    """A row that is a whole sheet, cut to the lines about the chip of the key."""
    about = [_words(part) for part in path]
    lines = tuple(line for line in row.sheet if any(f" {part} " in f" {_words(line[0])} " for part in about))
    return row if not row.sheet else Row(**{**vars(row), "sheet": lines})


def _words(name: str) -> str:
    return name.replace("-", " ").replace("(", " ").replace(")", " ").lower()


def _described(path: Path) -> str:
    """Unit or meaning of a field as its record states it, for values that state none."""
    above = shape_at(path[:-1])
    fields = getattr(above.annotation, "model_fields", {}) if above else {}
    field = fields.get(path[-1])
    return (field.description or "") if field else ""


def _numbers(origins: Origins) -> Iterator[tuple[str, Origin]]:
    return ((key, origin) for key, origin in origins.items() if is_number(origin.value))


def _remedy(wanted: str, paths: Mapping[str, Path], rows: Table) -> str:
    """The row of that ID, the shortest key that ends or starts so ("H20" is chips.H20), or one spelt much like it."""
    word = wanted.lower()
    depths = (path[:depth] for path in paths.values() for depth in range(1, len(path) + 1))
    known = sorted({format_key(path) for path in depths}, key=lambda key: (key.count("."), len(key), key))
    row = [name for name in rows if name.lower() == word]
    ending = [key for key in known if key.lower().endswith(f".{word}")]
    starting = [key for key in known if key.lower().startswith(word)]
    close = [*row, *ending, *starting][:1]
    return f"did you mean {close[0]}?" if close else did_you_mean(wanted, [*known, *rows])
