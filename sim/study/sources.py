"""The table of sources behind every number: who said what, when, how firmly, and where it can be read.

A ``source`` in a scenario is one of: IDs of the table, ``;`` between them, a comment in brackets after each ("V6 ($12bn
for 1.0M); C25"); "calibrated to C13; C4: why"; "judgement: why [C3; C1]", where the IDs are what was weighed; or any
other text, which counts as stated by whoever wrote the scenario.
"""

import datetime
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Literal

from sim.study.reading import shipped

Kind = Literal["filing", "estimate", "press", "derived", "knowledge", "calibrated", "judgement", "stated"]

MEANING: dict[Kind, str] = {
    "filing": "a party's own filing, paper or statement, or an official text",
    "estimate": "a named research house",
    "press": "press, seed articles included",
    "derived": "arithmetic from other rows, or a setting chosen among them",
    "knowledge": "no page found: a prior",
    "calibrated": "set so that the model meets a recorded figure, which therefore tests nothing",
    "judgement": "ours, with its reason",
    "stated": "said by the scenario or the command line itself",
}
"""The kinds of number, the firmest first, and what each rests on."""

ID = re.compile(r"1a|(?:S[0-4]?-|[A-Z])\d+b?")


@dataclass(frozen=True)
class Row:
    """One claim. ``among`` are the rows a suggested setting chose between, ``sheet`` the lines of a table by name.

    ``date`` says of when the claim speaks; ``known`` is the day it was published where the two are far apart.
    """

    id: str
    claim: str
    value: str
    date: str
    who: str
    confidence: str
    address: str
    tag: str = ""
    note: str = ""
    among: tuple[str, ...] = ()
    sheet: tuple[tuple[str, str], ...] = ()
    known: datetime.date | None = None


Table = Mapping[str, Row]


def table() -> Table:
    """Every row of the shipped table of sources, by ID, in its order."""
    return {name: _row(name, raw) for name, raw in shipped.read(shipped.home() / "sources.toml").items()}


def _row(name: str, raw: dict[str, Any]) -> Row:
    sheet = tuple(raw.get("rows", {}).items())
    plain = {key: value for key, value in raw.items() if key not in ("among", "rows")}
    return Row(id=name, among=tuple(raw.get("among", ())), sheet=sheet, **plain)


def cited(source: str, rows: Table) -> tuple[str, ...]:
    """IDs of the rows a source text names, in its order, each once."""
    head, reasoning = _parted(source)
    names = (*_leading(head), *_bracketed(reasoning), *_mentioned(reasoning))
    return tuple(dict.fromkeys(name for name in names if name in rows))


def kind_of(source: str, rows: Table) -> Kind:
    """What a number with this source rests on: its nature if the text says so, else its firmest row.

    A number part of which is judged counts as judgement.
    """
    if source.strip().lower().startswith("calibrated to"):
        return "calibrated"
    if _parted(source)[1]:
        return "judgement"
    known = [_kind_of_row(rows[name]) for name in cited(source, rows)]
    return min(known, key=list(MEANING).index) if known else "stated"


def problem_with(source: str, rows: Table) -> str:
    """What is wrong with the source text of a shipped number; empty if nothing is."""
    head, reasoning = _parted(source)
    strangers = [name for name in (*_leading(head), *_bracketed(reasoning)) if name not in rows]
    if not source.strip():
        return "has no source"
    if strangers:
        return f"cites {', '.join(map(repr, strangers))}, which the table of sources does not have"
    if reasoning:
        why = re.sub(r"\[[^\]]*\]|^judgement|\W", "", reasoning, flags=re.IGNORECASE)
        return "" if why or head.strip() else "is a judgement without a reason"
    stated = source.strip().lower().startswith("stated in")
    return "" if stated or cited(source, rows) else f"cites no row of the table of sources: {source!r}"


def weighing(names: tuple[str, ...], rows: Table) -> tuple[Row, ...]:
    """Rows that set a low, central and high value for a quantity on which one of the named rows speaks."""
    return tuple(row for row in rows.values() if row.id not in names and set(row.among) & set(names))


def _kind_of_row(row: Row) -> Kind:
    if row.confidence == "seed":
        return "press"
    (kind,) = (kind for kind in MEANING if kind == row.confidence)
    return kind


def _parted(source: str) -> tuple[str, str]:
    """A source text as what it cites and what it reasons; nothing of either where it is stated in a file."""
    text = source.strip()
    if text.lower().startswith("stated in"):
        return "", ""
    judged = re.search(r"(?:^|;)\s*(judgement\b.*)", text, re.IGNORECASE | re.DOTALL)
    head = text[: judged.start()] if judged else text
    return head, judged[1] if judged else ""


def _leading(head: str) -> tuple[str, ...]:
    """IDs at the start of each part: "C1; C4, C3 as drawn", "calibrated to Z1 and Z2: why"."""
    text = re.sub(r"\([^()]*\)", "", head)
    start = re.match(r"calibrated to\s", text, re.IGNORECASE)
    text = text[start.end() :].partition(":")[0] if start else text
    found: list[str] = []
    for part in text.split(";"):
        words = (word for word in re.split(r"[\s,/]+", part.strip()) if word != "and")
        found.extend(takewhile(ID.fullmatch, words))
    return tuple(found)


def _bracketed(reasoning: str) -> tuple[str, ...]:
    """IDs in square brackets, which can be nothing else."""
    return tuple(name for inner in re.findall(r"\[([^\]]*)\]", reasoning) for name in _leading(inner))


def _mentioned(reasoning: str) -> Iterator[str]:
    """What looks like an ID in a judgement's words: in round brackets, or of two digits (R1 and V3 are models too)."""
    aside = " ".join(re.findall(r"\(([^()]*)\)", reasoning))
    for text, shortest in ((aside, 2), (reasoning, 3)):
        yield from (name for name in re.findall(rf"(?<![\w-])(?:{ID.pattern})(?![\w-])", text) if len(name) >= shortest)
