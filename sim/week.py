"""One week of the world, in a stated order: arrive, plan (every fourth week), order, make, ration and ship.

Buyers review their orders with the works' plans, and at once when something new is on offer or something goes.
Actors decide over arrays of shape (holders, chips); here their decisions meet the ledger, the order books and the law.
"""

from dataclasses import dataclass

import numpy as np

from sim.actors.buyers import Appetite, Wallet, accepted, target_orders, worn_out
from sim.actors.domestic import PERIOD_WEEKS, Output, Stores, Works, assemble
from sim.actors.foreign import Desk, batch, choose_offer, reach, respond
from sim.facts.days import DAYS_PER_WEEK, DAYS_PER_YEAR
from sim.facts.lawbook import LawBook
from sim.world.draws import Floats
from sim.world.journal import About
from sim.world.ledger import Ints
from sim.world.market import ration
from sim.world.series import INPUTS
from sim.world.stage import Flags, Stage

WEEKS_PER_YEAR = DAYS_PER_YEAR / DAYS_PER_WEEK


@dataclass(frozen=True)
class Trade:
    """Facts of the trade in one replication: ``weights`` by which makers share out what is scarce, (holders, chips).

    ``travels`` pairs weeks on the road with a (chips,) mask of the chips that take so long; ``vendor`` is the index of
    each chip's maker and ``home`` the domestic makers among all makers.
    """

    weights: Floats
    travels: tuple[tuple[int, Flags], ...]
    vendor: Ints
    home: slice


@dataclass
class World:
    """All actors of one replication and what passes between them.

    ``sent`` is what left for each holder in each week, (weeks, holders, chips); ``at_home`` packages begun by domestic
    works, (products,); ``wear`` fractions of worn-out chips, (holders, chips). Buyers ``reviewed`` their orders last in
    that week, when they had ``seen`` these chips on offer.
    """

    stage: Stage
    law: LawBook
    trade: Trade
    appetite: Appetite
    desks: list[Desk]
    works: Works
    stores: Stores
    output: Output
    sent: Ints
    at_home: Floats
    wallet: Wallet
    wear: Floats
    seen: Flags
    reviewed: int = 0

    def announced(self, day: int, event: int) -> None:
        """Foreign makers answer the law as announced."""
        for desk in self.desks:
            respond(self.stage, desk, event)

    def regime_changed(self, day: int) -> None:
        """Makers change what they offer; orders for what is now closed are struck."""
        for desk in self.desks:
            choose_offer(self.stage, desk)
        self._strike_closed_orders()

    def step(self, week: int) -> None:
        """The week's business, on its last day."""
        self._arrive(week)
        if week % PERIOD_WEEKS == 0:
            self._plan_works(week // PERIOD_WEEKS)
        if week % PERIOD_WEEKS == PERIOD_WEEKS - 1:
            self._wear_out(week)
        if week % PERIOD_WEEKS == 0 or np.count_nonzero(self.stage.offered != self.seen):
            self._order(week)
        self._make(week)
        self._ship(week)

    def _strike_closed_orders(self) -> None:
        stage = self.stage
        closed = np.where(stage.regime.gates, 0, stage.book.open)
        if not closed.any():
            return
        stage.book.revise(stage.week, -closed)
        stage.recorder.weekly["cancelled"][stage.week] += closed
        for chip in np.flatnonzero(closed.any(axis=0)):
            name = stage.frame.chips[chip]
            about = About(chip=name, quantity=float(closed[:, chip].sum()), unit="chips")
            stage.journal.record(stage.clock.today, "orders struck", cause=stage.closing_event(name), about=about)

    def _arrive(self, week: int) -> None:
        """Shipments reach their holders."""
        arrived = self.stage.recorder.weekly["deliveries"][week]
        for weeks, travellers in self.trade.travels:
            if week >= weeks:
                np.copyto(arrived, self.sent[week - weeks], where=travellers)
        self.stage.ledger.deliver(arrived)

    def _wear_out(self, week: int) -> None:
        ledger = self.stage.ledger
        dead, self.wear = worn_out(ledger.held, self.wear, self.appetite.wear_per_week * PERIOD_WEEKS)
        ledger.retire(dead)
        self.stage.recorder.weekly["retired"][week] = dead

    def _on_the_way(self, week: int) -> Ints:
        """What has left and not arrived yet, of shape (holders, chips)."""
        coming = np.zeros_like(self.stage.book.open)
        for weeks, travellers in self.trade.travels:
            coming += np.add.reduce(self.sent[max(week - weeks + 1, 0) : week]) * travellers
        return coming

    def _order(self, week: int) -> None:
        """Orders are brought up, or down, to what each holder wants open and makers accept."""
        stage, book, wants = self.stage, self.stage.book, self.appetite
        paid = np.add.reduce(stage.recorder.weekly["deliveries"][self.reviewed : week]) @ wants.price
        budget = wants.budget[week]
        self.wallet = self.wallet.filled(budget * (week - self.reviewed), paid, most=budget * WEEKS_PER_YEAR)
        self.reviewed, self.seen = week, stage.offered.copy()
        supply, coming = self._supply(week), self._on_the_way(week)
        may_buy = stage.offered & (supply > 0) & stage.regime.gates
        welcome = np.where(stage.regime.discouraged, wants.discouraged_weight, 1.0) * may_buy
        means = self.wallet.less(coming @ wants.price)
        wanted = target_orders(wants, week, stage.ledger.held + coming, welcome, means)
        change = accepted(wanted, supply, wants.order_weeks) - book.open
        book.revise(week, change)
        more = np.maximum(change, 0)
        stage.recorder.weekly["orders"][week] += more
        stage.recorder.weekly["cancelled"][week] += more - change

    def _supply(self, week: int) -> Floats:
        """What each chip's maker could send China a week, shape (chips,), as buyers and makers reckon it."""
        rate = np.zeros(len(self.stage.frame.chips))
        for desk in self.desks:
            if desk.offer is not None:
                rate[self.stage.chip(desk.offer)] = reach(desk, week)
        rate[self.works.column] = self.works.planned[week // PERIOD_WEEKS] / PERIOD_WEEKS
        return rate

    def _plan_works(self, period: int) -> None:
        """Domestic makers plan their packages until the next review; a new product goes on offer."""
        before = self.output.binding
        self.output = assemble(self.works, period, self.stores)
        self.stores = self.output.stores
        stage, works = self.stage, self.works
        for chip in works.column[(self.output.packages > 0) & ~stage.offered[works.column]]:
            stage.offered[chip] = True
            about = About(stage.frame.makers[self.trade.vendor[chip]], stage.frame.chips[chip])
            stage.journal.record(stage.clock.today, "first production", about=about)
        for m in np.flatnonzero((self.output.binding != before) & (self.output.binding > 0)):
            about = About(stage.frame.makers[self.trade.home.start + m], detail=INPUTS[self.output.binding[m] - 1])
            stage.journal.record(stage.clock.today, "input binds", about=about)

    def _make(self, week: int) -> None:
        """A week's chips enter their makers' stock: domestic ones as planned, foreign ones as ordered."""
        stage, made = self.stage, self.stage.recorder.weekly["produced"][week]
        self.at_home += self.output.packages / PERIOD_WEEKS
        whole = np.floor(self.at_home)
        self.at_home -= whole
        made[self.works.column] = whole
        for desk in self.desks:
            if desk.offer is not None:
                chip = stage.chip(desk.offer)
                wanted = stage.book.total[chip] - stage.ledger.stocked[chip]
                made[chip] = batch(desk, week, stage.clock.today, max(int(wanted), 0))
        stage.ledger.make(made)

    def _ship(self, week: int) -> None:
        """Makers share out their stock among open orders and send it off."""
        stage = self.stage
        grants = ration(stage.ledger.stocked, stage.book.open, self.trade.weights)
        stage.ledger.dispatch(stage.book.fill(week, grants))
        self.sent[week] = grants
