"""A review of orders: buyers pay for what came, look at what the law is about to become, and order anew.

Reviews fall on every fourth week, and on any week in which something new is on offer, something goes or is known to, or
demand surges. What opens, or is soon to close, between two week ends is ordered on the day.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import simpy

from sim.actors.buyers import TINY, Appetite, Choices, Wallet, accepted, belief, missing, target_orders
from sim.facts.buyers import Surge
from sim.facts.days import DAYS_PER_WEEK, DAYS_PER_YEAR, day_of
from sim.facts.lawbook import LawBook
from sim.world.calendar import Phase, Process
from sim.world.draws import Floats
from sim.world.journal import About
from sim.world.ledger import Ints
from sim.world.stage import Flags, Stage

WEEKS_PER_YEAR = DAYS_PER_YEAR / DAYS_PER_WEEK


@dataclass
class Buying:
    """All buyers of one replication: what they want, what money they have left, what they saw on offer last.

    ``seen`` is of shape (chips,); weeks before ``reviewed`` are settled; buyers are ``alarmed`` if they have learnt
    since that they are to lose a chip. ``shortage`` is the part of the nation's fleet that is missing. ``beyond`` is
    what labs and their users need beyond what was foreseen for them, below zero if they need less, (holders,).
    """

    stage: Stage
    law: LawBook
    appetite: Appetite
    wallet: Wallet
    beyond: Floats
    seen: Flags
    reviewed: int = 0
    alarmed: bool = False
    shortage: float = 0.0

    @property
    def news(self) -> bool:
        """Whether something new is on offer, or something gone or known to go, since the last review."""
        return self.alarmed or bool(np.count_nonzero(self.stage.offered != self.seen))

    def hear(self) -> None:
        """The outlook has changed: buyers about to lose a chip review their orders at the week's end."""
        losing = self.stage.offered & self.stage.gates & ~self.stage.outlook.gates
        self.alarmed = self.alarmed or bool(np.count_nonzero(losing))

    def review(self, week: int, supply: Floats, coming: Ints) -> None:
        """Orders are brought up, or down, to what each holder wants open and makers accept.

        ``supply`` is what each chip's maker could send China a week, (chips,); ``coming`` is on the road, (holders,
        chips).
        """
        self._pay(week)
        fleet = self._fleet(coming)
        self.stage.wanted = np.maximum(self.appetite.in_use[week] + self.beyond, 0.0)
        self.stage.shortage, self.shortage = missing(self.stage.wanted, fleet)
        choices = self._choices(week, supply)
        wanted = target_orders(self.appetite, week, self._foreseen(week) - fleet, choices, self._free(coming))
        change = accepted(wanted, supply, self.appetite.order_weeks) - self.stage.book.open
        self._revise(week, change, choices)

    def add(self, chips: Flags, supply: Floats, coming: Ints) -> None:
        """Within a week, more of some ``chips``, (chips,), is ordered, of what was wanted at the last week's end.

        The rest of the book, and what is to be paid, wait for the next review.
        """
        week, wants = self.stage.week, self.appetite
        choices = self._choices(week - 1, supply)
        short = self._foreseen(week - 1) - self._fleet(coming)
        wanted = target_orders(wants, week - 1, short, choices, self._free(coming))
        more = np.maximum(accepted(wanted, supply, wants.order_weeks) - self.stage.book.open, 0)
        self._revise(week, more * chips, choices)

    def _foreseen(self, week: int) -> Floats:
        """Fleet that each holder will need when today's orders could arrive, (holders,): it grows as was foreseen."""
        wants = self.appetite
        return np.asarray(wants.load[week] * (1.0 + self.beyond / np.maximum(wants.in_use[week], TINY)))

    def _fleet(self, coming: Ints) -> Floats:
        """What each holder has or has coming, abroad included, in H100-equivalents, (holders,)."""
        return self.appetite.fleet(self.stage.ledger.held + coming + self.stage.ledger.offshore)

    def _free(self, coming: Ints) -> Wallet:
        return self.wallet.less(coming @ self.appetite.price)

    def _choices(self, week: int, supply: Floats) -> Choices:
        """What each holder may buy of what somebody can send, and what it expects to lose."""
        stage = self.stage
        may_buy = stage.offered & (supply > 0) & stage.gates
        welcome = may_buy.astype(np.float64)
        if np.count_nonzero(stage.regime.discouraged):
            welcome *= np.where(stage.regime.discouraged, self.appetite.discouraged_weight, 1.0)
        return Choices(welcome, self._belief(week, may_buy))

    def _revise(self, week: int, change: Ints, choices: Choices) -> None:
        """Orders placed and withdrawn, (holders, chips), enter the book and the records."""
        stage, more = self.stage, np.maximum(change, 0)
        stage.book.revise(week, change)
        placed, withdrawn = (stage.recorder.month(flow, week) for flow in ("orders", "cancelled"))
        placed += more
        withdrawn += more - change
        if choices.belief is not None:
            self._tell_of_rush(more * (choices.belief > 0))

    def _pay(self, week: int) -> None:
        """New budget comes in, deliveries since the last review are paid."""
        wants, weekly = self.appetite, self.stage.recorder.weekly
        paid = np.add.reduce(weekly["deliveries"][self.reviewed : week + 1]) @ wants.price + self.stage.spent
        self.stage.spent = np.zeros(len(paid))
        budget = wants.budget[week]
        self.wallet = self.wallet.filled(budget * (week + 1 - self.reviewed), paid, most=budget * WEEKS_PER_YEAR)
        self.reviewed, self.seen, self.alarmed = week + 1, self.stage.offered.copy(), False

    def _belief(self, week: int, may_buy: Flags) -> Floats | None:
        """How sure each holder is to lose each chip it may buy, (holders, chips); None if nobody would buy ahead."""
        stage = self.stage
        losing = may_buy > stage.outlook.gates
        if not np.count_nonzero(losing) or not np.count_nonzero(self.appetite.rush[week]):
            return None
        sure = np.zeros(losing.shape)
        for chip in np.flatnonzero(losing.any(axis=0)):
            dates = self.law.days[stage.outlook.threats[stage.frame.chips[chip]]]
            sure[:, chip] = belief(self.appetite, stage.clock.today, dates.leaked, dates.announced)
        return sure * losing

    def _tell_of_rush(self, rushed: Ints) -> None:
        """Log what is ordered of a chip about to be banned, behind the step of the rule that makes it known."""
        stage = self.stage
        for chip in np.flatnonzero(rushed.any(axis=0)):
            name = stage.frame.chips[chip]
            rule = stage.outlook.threats[name]
            cause = stage.legal_events.get((rule, "announced")) or stage.legal_events.get((rule, "leaked"))
            about = About(chip=name, quantity=float(rushed[:, chip].sum()), unit="chips")
            stage.journal.record(stage.clock.today, "orders rushed", cause=cause, about=about)


def surge(buying: Buying, name: str, event: Surge, release: simpy.Event | None = None) -> Process:
    """Demand jumps on a day that nobody knew of, and buyers review their orders at the week's end.

    If a model brings it, ``release`` tells that this is out; else it comes on its day, or was there from the start.
    """
    stage, day = buying.stage, day_of(event.since)
    cause: Any = None
    if release is not None:
        cause = yield release
        day = stage.clock.today + round(stage.draws.value(event.lag))
    yield stage.clock.at(max(day, stage.clock.today), Phase.LAW)
    factor = stage.draws.value(event.factor)
    buying.appetite.surge(int(stage.days.searchsorted(stage.clock.today)), factor)
    if day == stage.clock.today:
        stage.journal.record(day, "demand surges", cause=cause, about=About(quantity=factor, detail=name))
        buying.alarmed = True
