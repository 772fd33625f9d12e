"""The days of the law: when each rule is leaked, announced, in force, withdrawn, and each licence issued.

A rule may hang on another by a trigger: no April 2025 rule, no reopening and no Chinese answer to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sim.facts.days import day_of
from sim.facts.law import Dated, Event, Licence, Rule

Knowledge = Literal["in_force", "announced", "leaked"]
"""Which rules count on a day: those in force, those announced by then, or those at least leaked."""


@dataclass(frozen=True)
class Dates:
    """The days of one rule or licence (for a licence all but ``withdrawn`` are the day of issue); None is never."""

    leaked: int
    announced: int
    in_force: int
    withdrawn: int | None

    def counts(self, day: int, known: Knowledge = "in_force") -> bool:
        """Whether the rule counts on a day; one withdrawn before its force day never is in force."""
        return self.start(known) <= day and (self.withdrawn is None or day < self.withdrawn)

    def start(self, known: Knowledge) -> int:
        """First day on which the rule is in force, announced or leaked."""
        return {"in_force": self.in_force, "announced": self.announced, "leaked": self.leaked}[known]

    def on(self, event: Event) -> int | None:
        """Day of an event that can trigger another rule; None if it never happens."""
        never = event == "in_force" and self.withdrawn is not None and self.withdrawn <= self.in_force
        return None if never else getattr(self, event)


Timetable = dict[str, Dates]


def timetable(rules: Mapping[str, Rule]) -> Timetable:
    """Dates of every rule that exists: enabled, and its trigger (if it has no date of its own) exists too.

    Raises ValueError when triggers form a circle.
    """
    return {name: dates for name, dates in _Resolver(rules).all().items() if dates is not None}


def licence_dates(licences: Mapping[str, Licence], days: Timetable) -> Timetable:
    """Days from which and until which each licence can be used; absent where its trigger does not happen."""
    starts = {name: _start(licence, days) for name, licence in licences.items() if licence.enabled}
    return {name: _issued(start, licences[name]) for name, start in starts.items() if start is not None}


def licences_known(licences: Mapping[str, Licence], days: Timetable) -> Timetable:
    """As ``licence_dates``, but from the day on which luck could bring a licence: that on which it is asked for."""
    dates = licence_dates(licences, days)
    late = {name: max(licences[name].usual_lag or 0, 0) for name in dates if licences[name].issued is None}
    drawn = {name: days_late for name, days_late in late.items() if licences[name].drawn}
    return {name: _issued(one.announced - drawn.get(name, 0), licences[name]) for name, one in dates.items()}


def epochs(days: Timetable, known: Knowledge = "announced") -> tuple[int, ...]:
    """Days, in order, on which the law as announced (or in force, or leaked) changes."""
    starts = {dates.start(known) for dates in days.values() if dates.counts(dates.start(known), known)}
    ends = {dates.withdrawn for dates in days.values() if dates.withdrawn is not None and _began(dates, known)}
    return tuple(sorted(starts | ends))


def _began(dates: Dates, known: Knowledge) -> bool:
    return dates.counts(dates.start(known), known)


def _issued(start: int, licence: Licence) -> Dates:
    return Dates(start, start, start, day_of(licence.until) if licence.until else None)


def _start(licence: Licence, days: Timetable) -> int | None:
    if licence.issued is not None:
        return day_of(licence.issued)
    return _lagged(licence, days.get(licence.triggered_by or ""))


def _lagged(dated: Dated, trigger: Dates | None) -> int | None:
    event = trigger.on(dated.trigger_event) if trigger else None
    return None if event is None or dated.usual_lag is None else event + dated.usual_lag


@dataclass
class _Resolver:
    """Follows triggers back to a date; ``path`` is the chain being followed, so that a circle is seen."""

    rules: Mapping[str, Rule]
    done: dict[str, Dates | None] = field(default_factory=dict)
    path: list[str] = field(default_factory=list)

    def all(self) -> dict[str, Dates | None]:
        return {name: self.dates(name) for name in self.rules}

    def dates(self, name: str) -> Dates | None:
        if name in self.path:
            circle = [*self.path[self.path.index(name) :], name]
            raise ValueError(f"triggers form a circle: {' <- '.join(circle)}")
        if name not in self.done:
            self.path.append(name)
            self.done[name] = self._resolve(self.rules[name]) if name in self.rules else None
            self.path.pop()
        return self.done[name]

    def _resolve(self, rule: Rule) -> Dates | None:
        announced = self._announced(rule) if rule.enabled else None
        if announced is None:
            return None
        withdrawn = None if rule.withdrawn_days is None else announced + rule.withdrawn_days
        return Dates(announced - rule.leaked_days_before, announced, announced + rule.in_force_days, withdrawn)

    def _announced(self, rule: Rule) -> int | None:
        if rule.announced is not None:
            return day_of(rule.announced)
        return _lagged(rule, self.dates(rule.triggered_by or ""))
