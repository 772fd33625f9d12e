"""What was recorded of the world: figures with their intervals, each tied to one thing that the model measures."""

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from math import inf
from typing import Literal

from pydantic import Field

from sim.facts.days import Span, day_of
from sim.facts.estimate import Record
from sim.study.keeping.periods import period_span

Role = Literal["calibration", "check"]
ROLES: tuple[Role, ...] = ("calibration", "check")
Confidence = Literal["filing", "estimate", "press", "seed", "press-low", "derived", "knowledge"]
Take = Literal["end", "mean", "max"]
DATE = "date"
"""The unit of a figure that is a day."""


class Part(Record):
    """One thing the model measures: which part of a measure over which period; what a list names is added up.

    A flow is summed over the period; a level is taken at its end, or as its mean or maximum over the month ends.
    """

    measure: str = ""
    actors: list[str] = []
    chips: list[str] = []
    origins: list[str] = []
    items: list[str] = []
    period: str = ""
    take: Take = "end"


class Observation(Part):
    """A recorded figure: a quantity, a quotient of two (``over``), or the day of an event.

    ``event`` is a kind of entry in the event log; with ``since`` the figure is the days from that kind of event to it.
    ``plus`` is added to what the model measures. ``bound`` marks a record that says only "at least" or "at most".
    ``known`` is the day of publication, ``parent`` the origin that several figures share, ``miss`` the reason if the
    model is known to miss it.
    """

    topic: str
    what: str
    event: str = ""
    since: str = ""
    over: Part | None = None
    plus: float = 0.0
    unit: str
    central: float | date
    low: float | date | None = None
    high: float | date | None = None
    bound: Literal["", "at least", "at most"] = ""
    confidence: Confidence
    known: date
    parent: str = ""
    role: Role
    miss: str = ""

    @property
    def last_day(self) -> int:
        """The last day the figure speaks of: an event's recorded day, the day of publication for days between two."""
        if self.event:
            return day_of(self.central if isinstance(self.central, date) else self.known)
        return max(stretch(part.period).end - 1 for part in self.parts)

    @property
    def parts(self) -> tuple[Part, ...]:
        """What of the model is measured: the quantity, and what it is divided by."""
        return () if self.event else (self, *([self.over] if self.over else []))


class Spread(Record):
    """The rule for figures without an interval of their own, fixed before any comparison with the model.

    ``factor`` is the relative half-width by confidence (central / (1 + f) to central * (1 + f)), ``days`` the
    half-width of a date, ``zero`` by unit the most that still counts as nothing.
    """

    factor: dict[Confidence, float]
    days: dict[Confidence, float]
    zero: dict[str, float]


class Recorded(Record):
    """The file of recorded figures."""

    spread: Spread
    figures: dict[str, Observation] = Field(min_length=1)


@dataclass(frozen=True)
class Interval:
    """A recorded figure as numbers; a date is its day count, an open end is infinite."""

    low: float
    central: float
    high: float

    def holds(self, value: float) -> bool:
        """Whether a value lies inside."""
        return self.low <= value <= self.high


@dataclass(frozen=True)
class Observations:
    """Recorded figures by name, and the file they stand in."""

    file: str
    spread: Spread
    figures: dict[str, Observation]

    @cached_property
    def digest(self) -> str:
        """SHA-256 over what is asked of the model: names, measures, labels and periods, not the recorded values."""
        fields = {*Part.model_fields, "event", "since", "over", "plus"} - {"source", "note"}
        asked = {name: figure.model_dump(mode="json", include=fields) for name, figure in self.figures.items()}
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()

    def interval(self, name: str) -> Interval:
        """What was recorded: its own interval, else the rule's for its confidence."""
        return interval_of(self.figures[name], self.spread)


def interval_of(figure: Observation, spread: Spread) -> Interval:
    """A figure's interval as numbers; what only bounds is open on the other side."""
    centre = number(figure.central)
    if figure.bound:
        return Interval(centre, centre, inf) if figure.bound == "at least" else Interval(-inf, centre, centre)
    if figure.low is not None and figure.high is not None:
        return Interval(number(figure.low), centre, number(figure.high))
    if isinstance(figure.central, date) or figure.since:
        days = spread.days[figure.confidence]
        return Interval(centre - days, centre, centre + days)
    if not centre:
        return Interval(0.0, 0.0, spread.zero[figure.unit])
    factor = 1 + spread.factor[figure.confidence]
    return Interval(centre / factor, centre, centre * factor)


def number(value: float | date) -> float:
    """A number, or the day count of a date."""
    return float(day_of(value)) if isinstance(value, date) else value


def stretch(text: str) -> Span:
    """The days of a period, or of a stretch such as ``2025-02..2025-04``. Raises ValueError if it is neither."""
    first, dots, last = text.partition("..")
    return Span(period_span(first).start, period_span(last).end) if dots else period_span(first)
