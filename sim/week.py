"""One week of the world, in a stated order.

Smuggled lots come in and shipments arrive; every fourth week the works plan and chips wear out; buyers order, makers
make, ration and ship; then come brokers, compute abroad and, where there are any, labs.

Buyers review their orders with the works' plans, and at once when something new is on offer or something goes. What
opens, or will close, before the week is over is ordered and sent off on the day, as much as goes in the days left.
Actors decide over arrays of shape (holders, chips); here their decisions meet the ledger, the order books and the law.
"""

from dataclasses import dataclass, field

import numpy as np

from sim.actors.buyers import worn_out
from sim.actors.domestic import NOTHING
from sim.actors.expansion import Conditions
from sim.actors.foreign import Desk, batch, choose_offer, finished, reach, respond
from sim.actors.regulator import Watch, close
from sim.buying import Buying
from sim.compute import Compute
from sim.elsewhere import Elsewhere
from sim.facts.days import DAYS_PER_WEEK
from sim.facts.lawbook import LawBook, Regime
from sim.facts.works import PERIOD_WEEKS
from sim.making import Works, denial, earned
from sim.world.draws import Floats
from sim.world.flows import sold_abroad
from sim.world.journal import About
from sim.world.ledger import Ints
from sim.world.market import ration
from sim.world.quotas import Quotas
from sim.world.series import INPUTS
from sim.world.stage import Flags, Stage


@dataclass(frozen=True)
class Trade:
    """Facts of the trade in one replication: ``weights`` by which makers share out what is scarce, (holders, chips).

    ``travels`` pairs weeks on the road with 1 for every chip that takes so long, (chips,), else 0; ``vendor`` is the
    index of each chip's maker, (chips,), and ``home`` the domestic makers among all makers; ``us_share`` is the part of
    what is sold outside China that is for use in the US.
    """

    weights: Floats
    us_share: float
    travels: tuple[tuple[int, Ints], ...]
    vendor: Ints
    home: slice

    @property
    def road(self) -> int:
        """Weeks on the longest road."""
        return max(weeks for weeks, _ in self.travels)


@dataclass
class World:
    """All actors of one replication and what passes between them.

    ``at_home`` are packages begun by domestic works, (products,), and ``wear`` fractions of worn-out chips, (holders,
    chips); ``regimes`` the law at each week's end; ``open_before`` who could buy what before the law last moved.
    """

    stage: Stage
    law: LawBook
    trade: Trade
    quotas: Quotas
    buying: Buying
    elsewhere: Elsewhere
    compute: Compute | None
    desks: list[Desk]
    works: Works
    at_home: Floats
    wear: Floats
    open_before: Flags
    regimes: list[Regime] = field(default_factory=list)
    watch: Watch | None = None

    def announced(self, day: int, event: int) -> None:
        """Foreign makers answer the law as announced."""
        for desk in self.desks:
            respond(self.stage, desk, event)

    def regime_changed(self, day: int) -> None:
        """Makers change what they offer; orders for what is now closed are struck.

        Much law leaves open who may buy what: then there is nothing to answer but its rules on compute abroad.
        """
        self.quotas.look(self.stage)
        if self.stage.gates is self.open_before:
            self.elsewhere.law_changed()
            return
        for desk in self.desks:
            choose_offer(self.stage, desk)
        self._strike_closed_orders()
        self.elsewhere.law_changed()
        opened = np.logical_or.reduce(self.stage.gates > self.open_before)
        self.open_before = self.stage.gates
        self._trade_within_week(opened, days=1)

    def outlook_changed(self, day: int) -> None:
        """What is to be expected of the law has changed; what closes before the week is over sells while it can."""
        self.buying.hear()
        for rule in set(self.stage.outlook.threats.values()):
            dates = self.law.days[rule]
            if dates.announced == day < dates.in_force <= self.stage.week_end:
                closing = [self.stage.outlook.threats.get(name) == rule for name in self.stage.frame.chips]
                self._trade_within_week(np.array(closing), days=dates.in_force - day)

    def step(self, week: int) -> None:
        """The week's business, on its last day."""
        self.elsewhere.brokers.deliver(week)
        if self.watch is not None:
            self._react(self.watch)
        self._arrive(week)
        if week % PERIOD_WEEKS == 0:
            self._plan_works(week // PERIOD_WEEKS)
            self._schedule(week)
        if week % PERIOD_WEEKS == PERIOD_WEEKS - 1:
            self._wear_out(week)
        if week % PERIOD_WEEKS == 0 or self.buying.news:
            self.buying.review(week, self._supply(week), self._coming(week))
        self._make(week)
        self._ship(week)
        self.elsewhere.step(week)
        if self.compute is not None:
            self.compute.step(week)
        self.regimes.append(self.stage.regime)

    def _trade_within_week(self, chips: Flags, days: int) -> None:
        """Finished ``chips``, (chips,), are ordered and sent off before the week's end, at most what goes in some days.

        A maker handles a day a seventh of what its line can send China in a week. What a cap holds waits for the week.
        """
        stage, now = self.stage, self.stage.week
        if not np.count_nonzero(chips) or now == 0 or stage.clock.today >= stage.week_end:
            return
        capped = [np.logical_or.reduce(cap.mask) for cap in stage.regime.caps]
        ready = np.logical_and.reduce([chips, stage.offered, stage.ledger.stocked > 0, *(~held for held in capped)])
        if not np.count_nonzero(ready):
            return
        supply = self._supply(now - 1)
        self.buying.add(ready, supply, self._coming(now - 1))
        handled = np.minimum(stage.ledger.stocked, np.rint(supply * days / DAYS_PER_WEEK).astype(np.int64)) * ready
        self._send(now, ration(handled, stage.book.open, self.trade.weights))

    def _react(self, watch: Watch) -> None:
        """A regulator that reacts closes the parts that have shipped long enough; makers answer at once."""
        stage, today = self.stage, self.stage.clock.today
        shipped = [(desk, part) for desk in self.desks for part in desk.launches if part in desk.started]
        for desk, part in shipped:
            launch, grid = desk.launches[part], desk.line.grid
            if grid and stage.open_to_some(part) and watch.due(stage.draws, part, launch.volume) <= today:
                event = close(stage, watch, part, grid.full, launch.event or desk.started[part])
                self.regime_changed(today)
                self.announced(today, event)

    def _strike_closed_orders(self) -> None:
        stage = self.stage
        closed = stage.book.open * ~stage.gates
        if not np.count_nonzero(closed):
            return
        stage.book.revise(stage.week, -closed)
        cancelled = stage.recorder.month("cancelled", stage.week)
        cancelled += closed
        for chip in np.flatnonzero(closed.any(axis=0)):
            name = stage.frame.chips[chip]
            about = About(chip=name, quantity=float(closed[:, chip].sum()), unit="chips")
            stage.journal.record(stage.clock.today, "orders struck", cause=stage.closing_event(name), about=about)

    def _arrive(self, week: int) -> None:
        """Shipments reach their holders."""
        self.stage.ledger.deliver(self.stage.recorder.arrivals[week])

    def _coming(self, week: int) -> Ints:
        """What is on the road after a week's arrivals, what left since then included, (holders, chips)."""
        return np.asarray(np.add.reduce(self.stage.recorder.arrivals[week + 1 : week + 2 + self.trade.road]))

    def _wear_out(self, week: int) -> None:
        ledger = self.stage.ledger
        dead, self.wear = worn_out(ledger.held, self.wear, self.buying.appetite.wear_per_week * PERIOD_WEEKS)
        ledger.retire(dead)
        retired = self.stage.recorder.month("retired", week)
        retired += dead

    def _supply(self, week: int) -> Floats:
        """What each chip's maker could send China a week, shape (chips,), as buyers and makers reckon it."""
        rate = np.zeros(len(self.stage.frame.chips))
        for desk in self.desks:
            if desk.offer is not None:
                rate[self.stage.chip(desk.offer)] = reach(desk, week)
        made = self.works.output.planned > 0
        rate[self.works.column] = self.works.promised[week // PERIOD_WEEKS] * made
        return rate

    def _plan_works(self, period: int) -> None:
        """Domestic makers plan their packages until the next review; a new product goes on offer."""
        stage, works, week = self.stage, self.works, period * PERIOD_WEEKS
        before, products = works.output.binding.tolist(), works.column
        delivered = stage.recorder.weekly["deliveries"][max(week - PERIOD_WEEKS, 0) : week]
        year = works.earn(period, earned(works, delivered, self.buying.appetite.price))
        denied = denial(works, self.desks, stage.clock.today)
        unsold = (stage.ledger.stocked - stage.book.total)[products].tolist()
        output = works.plan(period, Conditions(stage.regime.tools_open, year, denied), unsold)
        for chip in products[(output.packages > 0) & ~stage.offered[products]]:
            stage.offered[chip] = True
            about = About(stage.frame.makers[self.trade.vendor[chip]], stage.frame.chips[chip])
            stage.journal.record(stage.clock.today, "first production", about=about)
        for m, binding in enumerate(output.binding.tolist()):
            if binding in {before[m], NOTHING}:
                continue
            scarce = INPUTS[binding - 1]
            about = About(stage.frame.makers[self.trade.home.start + m], detail=scarce)
            cause = self._memory_rule() if scarce == "hbm" else None
            stage.journal.record(stage.clock.today, "input binds", cause=cause, about=about)

    def _memory_rule(self) -> int | None:
        """Log entry of the rule that keeps foreign memory out, if one does."""
        found = [self.stage.legal_events.get((closing.rule, "in force")) for closing in self.law.memory_closings]
        return next((event for event in reversed(found) if event is not None), None)

    def _schedule(self, week: int) -> None:
        """What domestic works have planned for a period they will make in equal parts, in whole chips, every week."""
        coming = self.stage.recorder.weekly["produced"][week : week + PERIOD_WEEKS]
        part, whole = self.works.output.packages / PERIOD_WEEKS, np.empty((len(coming), len(self.at_home)))
        for chips in whole:
            self.at_home += part
            np.floor(self.at_home, out=chips)
            self.at_home -= chips
        coming[:, self.works.column] = whole

    def _make(self, week: int) -> None:
        """A week's chips enter their makers' stock: domestic ones as planned, foreign ones as ordered."""
        stage, book, ledger, today = self.stage, self.stage.book, self.stage.ledger, self.stage.clock.today
        made = stage.recorder.weekly["produced"][week]
        for desk in self.desks:
            for part, chips in finished(desk) if desk.finishing else ():
                made[stage.chip(part)] += chips
            if desk.offer is not None:
                chip = stage.chip(desk.offer)
                short = book.total.item(chip) - ledger.stocked.item(chip) - made.item(chip)
                made[chip] += batch(desk, week, today, short)
        ledger.make(made)

    def _ship(self, week: int) -> None:
        """Makers share out their stock among open orders and send it off."""
        stage, used_up = self.stage, self.stage.used_up
        grants = ration(stage.ledger.stocked, stage.book.open, self.trade.weights)
        if stage.regime.caps:
            grants = self.quotas.trim(stage, grants, lambda: self.trade.us_share * self._sold_abroad(week))
        self._send(week, grants)
        if stage.used_up is not used_up:
            self.regime_changed(stage.clock.today)

    def _send(self, week: int, grants: Ints) -> None:
        """Chips, (holders, chips), leave their makers' stock and the order books."""
        self.stage.ledger.dispatch(self.stage.book.fill(week, grants))
        arrivals = self.stage.recorder.arrivals
        for weeks, travellers in self.trade.travels:
            arrivals[week + weeks] += grants * travellers

    def _sold_abroad(self, week: int) -> Floats:
        """Units of each chip sold outside China so far, shape (chips,); none of a chip made for China alone."""
        stage, abroad = self.stage, np.zeros(len(self.stage.frame.chips))
        made = stage.recorder.weekly["produced"][: week + 1]
        for desk in self.desks:
            columns = [stage.chip(part) for part in desk.launches]
            abroad += sold_abroad(desk.flow, np.add.reduce(made[:, columns], axis=1)) @ desk.mix[: week + 1]
        return abroad
