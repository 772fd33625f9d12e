"""The sides of a comparison: a reference and its variants, each a scenario with settings of its own.

``baseline+demand.wear=0.06`` is baseline with a setting; ``demand.wear=0.03,0.06`` varies the reference's value.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from sim.facts.days import date_of, day_of
from sim.facts.errors import Fault, InputError
from sim.study.question import Asked, Question, ask
from sim.study.reading.divergence import divergence_day
from sim.study.reading.inline import inline
from sim.study.reading.keys import format_key, parse_setting
from sim.study.reading.provenance import SET

BARE = re.compile(r"\+([A-Za-z0-9_\"'-]+(?:\.[A-Za-z0-9_\"'-]+)+)$")
"""A dotted key after a plus that nothing is given to."""

OWN = re.compile(r"\+(?=[A-Za-z0-9_.\"'-]+=)")
MOST = 8
"""Sides that one table and one chart can hold."""


@dataclass(frozen=True)
class Wanted:
    """A side in a user's words: a scenario's name or file, and what is set on this side alone."""

    name: str
    settings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Side:
    """One side of a comparison, under a ``label`` that says what it is."""

    label: str
    question: Question


@dataclass(frozen=True)
class Comparison:
    """Sides that meet the same luck; the first is the reference."""

    sides: tuple[Side, ...]

    @property
    def reference(self) -> Side:
        """What the others are compared with."""
        return self.sides[0]

    @property
    def variants(self) -> tuple[Side, ...]:
        """The others."""
        return self.sides[1:]

    @property
    def replications(self) -> int:
        """How many times each side is run."""
        return self.reference.question.replications

    @cached_property
    def hash(self) -> str:
        """SHA-256 over the sides' questions and labels."""
        sides = [[side.label, side.question.hash] for side in self.sides]
        return hashlib.sha256(json.dumps(sides, ensure_ascii=False).encode()).hexdigest()

    @property
    def folder(self) -> str:
        """Name of the folder that holds the answer."""
        return f"compare-{self.reference.question.scenario.name}-{self.hash[:12]}"

    def divergence(self, variant: Side) -> int:
        """First day on which a variant can differ from the reference; the window's end if it cannot."""
        return divergence_day(self.reference.question.loaded, variant.question.loaded)


def wanted(name: str) -> Wanted:
    """A side as the command line takes it: NAME, or NAME+key=value with a setting of its own.

    InputError for a key without a value.
    """
    first, *settings = OWN.split(name)
    if not settings and (bare := BARE.search(name)) and not Path(name).exists():
        remedy = f"write {name}=VALUE"
        raise InputError((Fault("", name, f"{bare[1]!r} after the + has no value", remedy),))
    return Wanted(first, tuple(settings))


def varied(reference: Wanted, vary: str) -> list[Wanted]:
    """One side for each value of a lever: ``key=1,2,3`` or ``key=[1, 2, 3]``. InputError if it is no such list."""
    try:
        path, value = parse_setting(vary)
    except ValueError as error:
        raise InputError((Fault("--vary", "", str(error), "write it as --vary demand.wear=0.03,0.06"),)) from None
    listed = isinstance(value, list)
    values = [inline(one, format_key(path)) for one in value] if listed else vary.partition("=")[2].split(",")
    return [replace(reference, settings=(*reference.settings, f"{format_key(path)}={one.strip()}")) for one in values]


def comparison(wished: Sequence[Wanted], asked: Asked) -> Comparison:
    """The sides with what the command line asks of all; InputError for everything that makes no comparison."""
    if not 2 <= len(wished) <= MOST:
        problem = f"{len(wished)} scenario{'s' * (len(wished) != 1)} to compare"
        raise InputError((Fault("", "NAME", problem, f"name a reference and 1 to {MOST - 1} variants"),))
    questions = _asked(wished, asked)
    labels = _labels(wished, questions)
    sides = tuple(Side(label, question) for label, question in zip(labels, questions, strict=True))
    if faults := tuple(_faults(sides)):
        raise InputError(faults)
    return Comparison(sides)


def _asked(wished: Sequence[Wanted], asked: Asked) -> list[Question]:
    """Every side's question, with the reference's replications for all; the faults of all sides at once."""
    questions: list[Question] = []
    faults: dict[Fault, None] = {}
    for side in wished:
        settings = (*asked.settings, *side.settings)
        try:
            questions.append(ask(side.name, replace(asked, settings=settings)))
        except InputError as error:
            faults.update(dict.fromkeys(_of_side(fault, side) for fault in error.faults))
            continue
        asked = replace(asked, replications=questions[0].replications)
    if faults:
        raise InputError(tuple(faults))
    return questions


def _of_side(fault: Fault, side: Wanted) -> Fault:
    """A fault in a setting of a side's own, at that side."""
    own = any(setting.startswith(f"{fault.key}=") for setting in side.settings)
    return replace(fault, file="+".join((side.name, *side.settings))) if own and fault.file == SET else fault


def _labels(wished: Sequence[Wanted], questions: Sequence[Question]) -> list[str]:
    """What each side is called: its scenario's name, its settings, or both where they are needed to tell it apart."""
    short = [_label(side, question, wished[0], 2) for side, question in zip(wished, questions, strict=True)]
    if len(set(short)) == len(short):
        return short
    return [_label(side, question, Wanted(""), 99) for side, question in zip(wished, questions, strict=True)]


def _label(side: Wanted, question: Question, reference: Wanted, parts: int) -> str:
    name = question.scenario.name
    own = [setting for setting in side.settings if setting not in reference.settings]
    if not own:
        return name
    told = ", ".join(_short(setting, parts) for setting in own)
    return told if side.name == reference.name else f"{name}, {told}"


def _short(setting: str, parts: int) -> str:
    """A setting with the last parts of its key."""
    path, _ = parse_setting(setting)
    return f"{format_key(path[-parts:])} = {setting.partition('=')[2].strip()}"


def _faults(sides: Sequence[Side]) -> Iterator[Fault]:
    first = sides[0].question.scenario.window
    for place, side in enumerate(sides[1:], 1):
        window = side.question.scenario.window
        if (window.start, window.end) != (first.start, first.end):
            problem = f"runs from {window.start} to {window.end}, {sides[0].label} from {first.start} to {first.end}"
            yield Fault("", side.label, problem, "compare equal spans: give --until, or set the window of both")
        twin = next((other for other in sides[:place] if other.question.world == side.question.world), None)
        if twin:
            problem = f"is the same world as {twin.label}: nothing differs between them"
            yield Fault("", side.label, problem, "name another scenario, or set something: NAME+key=value")


def divergence_date(found: Comparison, variant: Side) -> str:
    """The divergence day as a date; empty if nothing that matters differs."""
    day = found.divergence(variant)
    return "" if day >= day_of(variant.question.scenario.window.end) else date_of(day).isoformat()
