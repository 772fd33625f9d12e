"""Two holders, two chips, four months: outcomes small enough to write down, for tests of what follows a replication."""

from datetime import date
from typing import Any

import numpy as np

from sim.facts.days import Span, day_of
from sim.study.ensemble import Replication, run_ensemble
from sim.study.replication import Failure, Outcome
from sim.world.journal import Event
from sim.world.series import MEASURES, Frame

FRAME = Frame(
    span=Span(day_of(date(2024, 1, 1)), day_of(date(2024, 5, 1))),
    holders=("cloud", "lab"),
    makers=("Foreign", "Home"),
    chips=("F1", "D1"),
)
MONTHS = 4


def nothing(frame: Frame = FRAME) -> dict[str, Any]:
    """Every measure, empty."""
    return {
        m.name: np.full((MONTHS, *(len(labels) for labels in frame.labels(m))), 0.0 if m.additive else np.nan)
        for m in MEASURES.values()
    }


def outcome(number: int, frame: Frame = FRAME, **given: Any) -> Outcome:
    """A replication in which only the given measures, broadcast to their shape, are not empty."""
    measures = nothing(frame)
    for name, values in given.items():
        measures[name][:] = values
    log = (Event(1, None, FRAME.span.start, "rule in force", "some-rule", detail="Some rule"),)
    return Outcome(number, measures, log)


def lucky(number: int) -> Outcome:
    """A replication drawn from its number alone; number 3 breaks."""
    if number == 3:
        return Outcome(number, {}, (), Failure(FRAME.span.start + 5, "ZeroDivisionError: no dies"))
    luck = np.random.default_rng(number)
    return outcome(number, stock=luck.integers(1, 100, (MONTHS, 2, 2)), revenue=luck.random((MONTHS, 2, 2)))


def kept(*outcomes: Outcome) -> tuple[Replication, ...]:
    """An ensemble of outcomes already at hand."""
    return run_ensemble(lambda number: outcomes[number], len(outcomes))
