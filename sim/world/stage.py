"""What all actors of one replication share: the clock, the luck, the ledger, the books, the log."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sim.facts.days import DAYS_PER_WEEK
from sim.facts.lawbook import Regime
from sim.world.calendar import Clock
from sim.world.draws import Draws, Floats
from sim.world.journal import Journal
from sim.world.ledger import Ledger
from sim.world.market import OrderBook
from sim.world.recorder import Recorder
from sim.world.series import Frame

Flags = NDArray[np.bool_]


@dataclass
class Stage:
    """One replication's world.

    ``regime`` is the law of the day; ``offered``, of shape (chips,), marks what somebody sells in China at all;
    ``legal_events`` finds the log entry of a rule's step, so that what follows can name it as its cause.
    """

    frame: Frame
    draws: Draws
    regime: Regime
    clock: Clock
    ledger: Ledger
    book: OrderBook
    journal: Journal
    recorder: Recorder
    offered: Flags
    legal_events: dict[tuple[str, str], int] = field(default_factory=dict)

    @property
    def days(self) -> Floats:
        """Last day of every week, shape (weeks,)."""
        return np.asarray(self.frame.weeks, dtype=np.float64)

    @property
    def week(self) -> int:
        """Index of the week that is running, at most the last one."""
        passed = max(self.clock.today - self.frame.span.start - 1, 0)
        return min(passed // DAYS_PER_WEEK, len(self.frame.weeks) - 1)

    def chip(self, name: str) -> int:
        """Column of a chip."""
        return self.frame.column[name]

    def adopt(self, regime: Regime) -> None:
        """A new law of the day."""
        self.regime = regime

    def open_to_some(self, chip: str) -> bool:
        """Whether anybody in China may buy a chip today."""
        return bool(self.regime.gates[:, self.chip(chip)].any())

    def closing_event(self, chip: str) -> int | None:
        """Log entry of the rule that closed a chip: its day in force, or its announcement if that is all there was."""
        rule = self.regime.closers.get(chip, "")
        return self.legal_events.get((rule, "in force")) or self.legal_events.get((rule, "announced"))


def set_stage(frame: Frame, draws: Draws, regime: Regime) -> Stage:
    """An empty world on its first day."""
    return Stage(
        frame=frame,
        draws=draws,
        regime=regime,
        clock=Clock(frame.span),
        ledger=Ledger(frame.holders, frame.chips),
        book=OrderBook(len(frame.holders), len(frame.chips), len(frame.weeks)),
        journal=Journal(),
        recorder=Recorder(frame),
        offered=np.zeros(len(frame.chips), dtype=np.bool_),
    )
