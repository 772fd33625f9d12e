"""Whole histories for tests: a scenario played a few dozen times, and plain questions put to it."""

import csv
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from sim.facts.days import date_of, day_of
from sim.study.reading.load import load
from sim.study.replication import Outcome, Plan, plan, replicate
from sim.world.journal import Event
from sim.world.series import MEASURES

RECORDED = Path(__file__).parent / "recorded" / "nvidia_china_quarterly.csv"


@dataclass(frozen=True)
class History:
    """An ensemble of one scenario."""

    plan: Plan
    outcomes: tuple[Outcome, ...]

    @cached_property
    def months(self) -> list[date]:
        return [date_of(day) for day in self.plan.frame.months]

    def total(self, measure: str, start: date, end: date, **where: str) -> np.ndarray[Any, Any]:
        """A flow from ``start`` to ``end`` inclusive, one number a replication; ``where`` names chip, maker, origin."""
        rows = [i for i, month in enumerate(self.months) if start <= month <= end]
        return self._chosen(measure, where)[:, rows].sum(axis=tuple(range(1, self._chosen(measure, where).ndim)))

    def level(self, measure: str, on: date, **where: str) -> np.ndarray[Any, Any]:
        """A level on a month end, one number a replication."""
        values = self._chosen(measure, where)[:, self.months.index(on)]
        return values.reshape(len(self.outcomes), -1).sum(axis=1)

    def _chosen(self, measure: str, where: dict[str, str]) -> np.ndarray[Any, Any]:
        values = np.stack([outcome.measures[measure] for outcome in self.outcomes])
        dimensions = MEASURES[measure].dimensions
        for dimension, label in where.items():
            place = dimensions.index(dimension)
            names = self.plan.frame.labels(MEASURES[measure])[place]
            values = values.take([names.index(label)], axis=2 + place)
        return values

    def first(self, kind: str, chip: str) -> list[date | None]:
        """Day of the first event of a kind about a chip, in every replication."""
        return [
            next((date_of(e.day) for e in o.events if e.kind == kind and e.chip == chip), None) for o in self.outcomes
        ]


@lru_cache
def played(name: str, seed: int, settings: tuple[str, ...]) -> tuple[Plan, list[Outcome]]:
    """A scenario's plan, and as many of its replications as any test has asked for so far."""
    return plan(load(name, settings).scenario, seed), []


@lru_cache
def history(name: str, replications: int = 40, seed: int = 1, settings: tuple[str, ...] = ()) -> History:
    """A scenario played so many times; kept for the whole test run. A broken replication fails the test.

    Luck is addressed by a replication's number, so that a short history is the beginning of a longer one.
    """
    drawn, outcomes = played(name, seed, settings)
    outcomes.extend(map(partial(replicate, drawn), range(len(outcomes), replications)))
    broken = [outcome.failure.trace for outcome in outcomes[:replications] if outcome.failure]
    if broken:
        raise RuntimeError(broken[0])
    return History(drawn, tuple(outcomes[:replications]))


def before(events: tuple[Event, ...], day: date) -> list[Event]:
    """The log up to, and not including, a day."""
    return [event for event in events if event.day < day_of(day)]


def recorded() -> list[dict[str, str]]:
    """Epoch AI's quarterly figures (E1): chip, start, end, units and their 90% interval."""
    lines = [line for line in RECORDED.read_text().splitlines() if not line.startswith("#")]
    return list(csv.DictReader(lines))
