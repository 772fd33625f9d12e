"""One week of the world, in a stated order: arrive, wear out, order, make, ration and ship.

Actors decide over arrays of shape (holders, chips); here their decisions meet the ledger, the order books and the law.
"""

from dataclasses import dataclass, field

import numpy as np

from sim.actors.buyers import Appetite, Wallet, target_orders, worn_out
from sim.actors.domestic import Stores, Works, assemble, receive
from sim.actors.foreign import Desk, batch, choose_offer, respond
from sim.facts.lawbook import LawBook
from sim.world.draws import Floats
from sim.world.journal import About
from sim.world.ledger import Ints
from sim.world.market import ration
from sim.world.series import INPUTS
from sim.world.stage import Stage


@dataclass(frozen=True)
class Trade:
    """Facts of the trade in one replication, by chip: who makes it, how long it travels, how its maker weighs buyers.

    Shapes: ``maker_of`` (index among makers), ``lag`` (weeks) and ``origin_of`` (index among origins) are (chips,);
    ``weights`` is (holders, chips).
    """

    maker_of: Ints
    lag: Ints
    origin_of: Ints
    weights: Floats


@dataclass
class Road:
    """Chips on their way: ``arrivals`` by week of arrival, (weeks, holders, chips); ``coming`` their sum, (holders, chips)."""

    arrivals: Ints
    coming: Ints

    def send(self, week: int, lag: Ints, grants: Ints) -> None:
        """Put grants of shape (holders, chips) on the road; each chip arrives its lag in weeks later."""
        self.coming += grants
        for weeks in np.unique(lag[grants.any(axis=0)]):
            if week + weeks < len(self.arrivals):
                self.arrivals[week + weeks] += np.where(lag == weeks, grants, 0)

    def land(self, week: int) -> Ints:
        """What arrives this week, of shape (holders, chips)."""
        self.coming -= self.arrivals[week]
        return self.arrivals[week]


@dataclass
class World:
    """All actors of one replication and what passes between them.

    ``memory`` is the national flow of HBM stacks by week; ``wear`` carries fractions of worn-out chips, (holders, chips);
    ``spent`` is the dollars paid this week, (holders,).
    """

    stage: Stage
    law: LawBook
    trade: Trade
    appetite: Appetite
    desks: list[Desk]
    works: dict[str, Works]
    stores: dict[str, Stores]
    memory: list[float]
    road: Road
    wallet: Wallet
    wear: Floats
    spent: Floats
    bindings: dict[str, str] = field(default_factory=dict)

    def announced(self, day: int, event: int) -> None:
        """Foreign makers answer the law as announced."""
        for desk in self.desks:
            respond(self.stage, desk, self.law.designs.get((desk.name, day)), event)

    def regime_changed(self, day: int) -> None:
        """Makers change what they offer; orders for what is now closed are struck."""
        for desk in self.desks:
            choose_offer(self.stage, desk)
        self._strike_closed_orders()

    def step(self, week: int) -> None:
        """The week's business, on its last day."""
        self._arrive(week)
        self._wear_out(week)
        self._order(week)
        self._make_abroad(week)
        self._make_at_home(week)
        self._ship(week)

    def _flow(self, measure: str, week: int) -> Floats:
        return self.stage.recorder.weekly[measure][week]

    def _strike_closed_orders(self) -> None:
        stage = self.stage
        closed = np.where(stage.regime.gates, 0, stage.book.open)
        if not closed.any():
            return
        stage.book.strike(stage.week, closed)
        self._flow("cancelled", stage.week)[:] += closed
        for chip in np.flatnonzero(closed.any(axis=0)):
            name = stage.frame.chips[chip]
            about = About(chip=name, quantity=float(closed[:, chip].sum()), unit="chips")
            stage.journal.record(stage.clock.today, "orders struck", cause=stage.closing_event(name), about=about)

    def _arrive(self, week: int) -> None:
        stage, arrived = self.stage, self.road.land(week)
        self.spent = np.zeros(len(stage.frame.holders))
        if not arrived.any():
            return
        stage.ledger.hand_out(stage.ledger.on_the_way, arrived)
        chips = np.flatnonzero(arrived.any(axis=0))
        came, trade = arrived[:, chips], self.trade
        paid = came * self.appetite.price[chips]
        self.spent = paid.sum(axis=1)
        self._flow("deliveries", week)[:, chips, trade.origin_of[chips]] = came
        self._flow("revenue", week)[trade.maker_of[chips], chips] = paid.sum(axis=0)

    def _wear_out(self, week: int) -> None:
        ledger = self.stage.ledger
        dead, self.wear = worn_out(ledger.held, self.wear, self.appetite.wear_per_week)
        ledger.take_back(ledger.retired, dead)
        self._flow("retired", week)[:] = dead

    def _order(self, week: int) -> None:
        """Orders are brought up, or down, to what each holder wants open now."""
        stage, book = self.stage, self.stage.book
        self.wallet = self.wallet.next_week(self.appetite.budget[week], self.spent)
        regime = stage.regime
        may_buy = stage.offered * regime.gates * np.where(regime.discouraged, self.appetite.discouraged_weight, 1.0)
        wanted = target_orders(self.appetite, week, stage.ledger.held + self.road.coming, may_buy, self.wallet)
        change = wanted - book.open
        more, less = np.maximum(change, 0), np.maximum(-change, 0)
        book.place(week, more)
        book.strike(week, less)
        self._flow("orders", week)[:] += more
        self._flow("cancelled", week)[:] += less

    def _finish(self, week: int, maker: int, chip: int, amount: int) -> None:
        """New chips enter their maker's stock."""
        ledger = self.stage.ledger
        ledger.move(ledger.made, ledger.makers.start + maker, chip, amount)
        self._flow("produced", week)[maker, chip] += amount

    def _make_abroad(self, week: int) -> None:
        stage = self.stage
        for desk in self.desks:
            if desk.offer is None:
                continue
            chip = stage.chip(desk.offer)
            maker = int(self.trade.maker_of[chip])
            stocked = int(stage.ledger.balance[stage.ledger.makers.start + maker, chip])
            wanted = max(int(stage.book.open[:, chip].sum()) - stocked, 0)
            self._finish(week, maker, chip, batch(desk, week, stage.clock.today, wanted))

    def _make_at_home(self, week: int) -> None:
        for name, works in self.works.items():
            maker = self.stage.frame.makers.index(name)
            stacks = self.memory[week] * works.hbm_share
            dies = works.domestic_dies[week] + works.foreign_dies[week]
            made = assemble(works, week, receive(self.stores[name], dies, stacks))
            self.stores[name] = made.stores
            for product, amount in zip(works.products, made.packages, strict=True):
                if amount:
                    self._offer_at_home(product)
                    self._finish(week, maker, self.stage.chip(product), amount)
            self._flow("good_dies", week)[maker] = works.domestic_dies[week]
            self._note_binding(week, maker, name, made.binding)

    def _offer_at_home(self, product: str) -> None:
        """The first package of a product puts it on offer."""
        stage, chip = self.stage, self.stage.chip(product)
        if not stage.offered[chip]:
            stage.offered[chip] = True
            stage.journal.record(stage.clock.today, "first production", about=About(chip=product))

    def _note_binding(self, week: int, maker: int, name: str, binding: str) -> None:
        """Record the scarcest input, and log when it changes."""
        if not binding:
            return
        self._flow("binding", week)[maker, INPUTS.index(binding)] = 1.0
        if self.bindings.get(name) != binding:
            self.bindings[name] = binding
            self.stage.journal.record(self.stage.clock.today, "input binds", about=About(name, detail=binding))

    def _ship(self, week: int) -> None:
        """Makers share out their stock among open orders and send it off."""
        stage, ledger = self.stage, self.stage.ledger
        stock = ledger.balance[ledger.makers].sum(axis=0)
        on_sale = np.flatnonzero(stock > 0)
        if not on_sale.size:
            return
        wants = np.where(stage.regime.gates[:, on_sale], stage.book.open[:, on_sale], 0)
        grants = np.zeros_like(stage.book.open)
        grants[:, on_sale] = ration(stock[on_sale], wants, self.trade.weights[:, on_sale])
        stage.book.fill(week, grants)
        for chip in on_sale:
            maker = ledger.makers.start + int(self.trade.maker_of[chip])
            ledger.move(maker, ledger.on_the_way, int(chip), int(grants[:, chip].sum()))
        self.road.send(week, self.trade.lag, grants)
