"""The shape of a scenario file, read off the typed records: which key is a table, a table of named entries, a value.

Merging needs it: an entry of a table of named records may be new or misspelt, an estimate is replaced whole.
"""

from dataclasses import dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from sim.facts.estimate import Estimate, Series
from sim.study.reading.keys import Path
from sim.study.scenario import Scenario

HEADING = ("name", "title", "question", "sources")
"""Keys that describe the file in which they stand and are never inherited."""

ENTRY_NOUNS = {
    "chips": "chip",
    "stacks": "stack",
    "rules": "rule",
    "clauses": "clause",
    "licences": "licence",
    "foreign": "foreign maker",
    "lines": "line",
    "memory": "memory option",
    "domestic": "domestic maker",
    "products": "product",
    "buyers": "buyer",
    "labs": "lab",
    "models": "model",
    "recorded": "run on record",
    "headline": "headline row",
}


@dataclass(frozen=True)
class Shape:
    """A key's place: ``table`` has fields, ``keyed`` has entries named by the author, the rest are leaves."""

    kind: Literal["table", "keyed", "number", "series", "value"]
    annotation: Any = None

    @property
    def inner(self) -> bool:
        """Whether values lie below it, so that it is merged key by key."""
        return self.kind in ("table", "keyed")

    @property
    def named_records(self) -> bool:
        """Whether its entries are tables, so that a misspelt one can be told from a new one."""
        return self.kind == "keyed" and shape_of(self.annotation).inner

    def fields(self) -> dict[str, "Shape"]:
        """Shape of every field of a table."""
        return _fields(self.annotation)

    def child(self, name: str) -> "Shape | None":
        """Shape below; None if the table has no such field."""
        return shape_of(self.annotation) if self.kind == "keyed" else self.fields().get(name)


@cache
def shape_of(annotation: Any) -> Shape:
    """Shape of a type: ``Chip`` is a table, ``dict[str, Chip]`` keyed, ``Number`` a number."""
    bare = _bare(annotation)
    if get_origin(bare) is dict:
        return Shape("keyed", get_args(bare)[1])
    if isinstance(bare, type) and issubclass(bare, Estimate):
        return Shape("number", bare)
    if isinstance(bare, type) and issubclass(bare, Series):
        return Shape("series", bare)
    if isinstance(bare, type) and issubclass(bare, BaseModel):
        return Shape("table", bare)
    return Shape("value", bare)


@cache
def _fields(model: type[BaseModel]) -> dict[str, Shape]:
    annotations: dict[str, Any] = {name: field.annotation for name, field in model.model_fields.items()}
    return {name: shape_of(annotation) for name, annotation in annotations.items()}


def _bare(annotation: Any) -> Any:
    """A type without its Annotated wrapper and without ``| None``."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        options = [option for option in get_args(annotation) if option is not NoneType]
        return _bare(options[0]) if len(options) == 1 else annotation
    return annotation


WORLD = shape_of(Scenario)


def shape_at(path: Path) -> Shape | None:
    """Shape at a path of the scenario; None if no such key can exist."""
    shape: Shape | None = WORLD
    for name in path:
        if shape is None or not shape.inner:
            return None
        shape = shape.child(name)
    return shape


def noun(table: Path) -> str:
    """What an entry of a table is called: ``buyers`` holds buyers."""
    return ENTRY_NOUNS.get(table[-1], f"entry of {table[-1]}")
