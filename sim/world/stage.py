"""What all actors of one replication share: the clock, the luck, the ledger, the books, the log."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sim.facts.days import DAYS_PER_WEEK
from sim.facts.lawbook import Outlook, Regime
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

    ``regime`` is the law of the day; ``offered``, of shape (chips,), marks what somebody sells in China at all. Beside
    the dated law, ``barred``, (chips,), marks what a regulator that reacts has closed, ``used_up``, (holders, chips),
    where a cap leaves nothing more, and ``bars`` finds the log entry of either by chip. ``legal_events`` finds that of
    a rule's step, so that what follows can name it as its cause. ``wanted``, (holders,), is the fleet that each holder
    wants today, in H100-equivalents, ``shortage``, (holders,), the part of it that is missing, in 0 to 1; ``spent``,
    (holders,), the dollars paid to brokers and abroad since buyers last reckoned. ``turned`` is the log entry of the
    law's last step; ``shut_by`` names the rule that closed a chip to everybody, as long as it is in force.
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
    barred: Flags
    used_up: Flags
    wanted: Floats
    shortage: Floats
    spent: Floats
    outlook: Outlook
    legal_events: dict[tuple[str, str], int] = field(default_factory=dict)
    bars: dict[str, int] = field(default_factory=dict)
    turned: int | None = None
    shut_by: dict[str, str] = field(default_factory=dict)
    _parts: tuple[object, object, object] = (None, None, None)
    _gates: Flags = field(default_factory=lambda: np.zeros((0, 0), dtype=np.bool_))
    _open: Flags = field(default_factory=lambda: np.zeros(0, dtype=np.bool_))

    @property
    def days(self) -> Floats:
        """Last day of every week, shape (weeks,)."""
        return self.frame.days

    @property
    def week(self) -> int:
        """Index of the week that is running, at most the last one."""
        passed = max(self.clock.today - self.frame.span.start - 1, 0)
        return min(passed // DAYS_PER_WEEK, len(self.frame.weeks) - 1)

    @property
    def week_over(self) -> int:
        """Index of the last week that is over, one that ends today included; the first one while none is."""
        passed = (self.clock.today - self.frame.span.start) // DAYS_PER_WEEK
        return min(max(passed - 1, 0), len(self.frame.weeks) - 1)

    @property
    def week_end(self) -> int:
        """Last day of the week that is running."""
        return self.frame.weeks[self.week]

    @property
    def gates(self) -> Flags:
        """Who may buy what today, shape (holders, chips); worked out anew when one of its parts was replaced.

        The array stays the same one as long as nothing in it changes, so that whoever keeps it sees a change at once.
        """
        self._refresh()
        return self._gates

    def _refresh(self) -> None:
        regime, barred, used_up = self._parts
        if regime is not self.regime or barred is not self.barred or used_up is not self.used_up:
            self._parts = (self.regime, self.barred, self.used_up)
            gates = self.regime.gates & ~self.barred & ~self.used_up
            if not np.array_equal(gates, self._gates):
                self._gates, self._open = gates, np.logical_or.reduce(gates)

    def chip(self, name: str) -> int:
        """Column of a chip."""
        return self.frame.column[name]

    def adopt(self, regime: Regime) -> None:
        """A new law of the day. A chip that stays closed stays closed by the rule that closed it, while that holds."""
        self.regime = regime
        opened: list[bool] = np.logical_or.reduce(regime.gates).tolist()
        closed = {name: rule for name, rule in regime.closers.items() if not opened[self.chip(name)]}
        kept = {name: rule for name, rule in self.shut_by.items() if name in closed and self.in_force(rule)}
        self.shut_by = {**closed, **kept}

    def in_force(self, rule: str) -> bool:
        """Whether a rule is in force today."""
        return (rule, "in force") in self.legal_events and (rule, "withdrawn") not in self.legal_events

    @property
    def open_chips(self) -> Flags:
        """Which chips anybody in China may buy today, shape (chips,)."""
        self._refresh()
        return self._open

    def open_to_some(self, chip: str) -> bool:
        """Whether anybody in China may buy a chip today."""
        return bool(self.open_chips[self.chip(chip)])

    def closing_event(self, chip: str) -> int | None:
        """Log entry of what closed a chip: a rule's day in force or, if that is all there was, its announcement."""
        if chip in self.bars and self.regime.gates[:, self.chip(chip)].any():
            return self.bars[chip]
        rule = self.shut_by.get(chip) or self.regime.closers.get(chip, "")
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
        barred=np.zeros(len(frame.chips), dtype=np.bool_),
        used_up=np.zeros((len(frame.holders), len(frame.chips)), dtype=np.bool_),
        wanted=np.zeros(len(frame.holders)),
        shortage=np.zeros(len(frame.holders)),
        spent=np.zeros(len(frame.holders)),
        outlook=Outlook(regime.gates, {}, np.where(regime.gates, 0.0, np.inf)),
    )
