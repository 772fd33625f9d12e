"""What reaches Chinese firms by other ways than an order: smuggled lots, and compute abroad.

Both start from the same view of the market: which chips are sold abroad, which of them each holder may not buy, how far
it is denied what it wants. Brokers and firms take that view every fourth week; brokers buy every week.
"""

from dataclasses import dataclass

import numpy as np

from sim.actors import offshore, smuggling
from sim.actors.buyers import Appetite, worn_out
from sim.actors.foreign import Desk
from sim.actors.offshore import Tenants, Wants
from sim.actors.relief import Denial
from sim.actors.smuggling import Brokers, denied
from sim.facts.buyers import Buyer
from sim.facts.channels import Grey, Offshore
from sim.facts.days import DAYS_PER_WEEK
from sim.facts.estimate import Estimate
from sim.facts.works import PERIOD_WEEKS
from sim.sight import Sight, watch
from sim.world.draws import Draws, Floats
from sim.world.ledger import Ints
from sim.world.stage import Flags, Stage
from sim.world.transit import Transit

TINY = 1e-9


@dataclass(frozen=True)
class Channels:
    """What a scenario says of both ways, and of the buyers who use them."""

    grey: Grey
    offshore: Offshore
    buyers: dict[str, Buyer]

    def weights(self, given: dict[str, Estimate], draws: Draws) -> Floats:
        """A number of each holder, given by name or else by kind, else 0; shape (holders,)."""
        known = [given.get(name, given.get(buyer.kind)) for name, buyer in self.buyers.items()]
        return np.array([0.0 if one is None else draws.value(one) for one in known])


def sold_elsewhere(desks: list[Desk], stage: Stage) -> Floats:
    """Chips that the world outside China takes of every foreign line each week, (weeks, chips).

    Each line's by the mix of its parts; what China could have is taken off, bought or not.
    """
    weekly = np.zeros((len(stage.days), len(stage.frame.chips)))
    for desk in desks:
        weekly += np.maximum(desk.flow.output - desk.flow.reach, 0.0)[:, None] * desk.mix
    return weekly


def trailing(weekly: Floats, weeks: int) -> Floats:
    """Sums over the last ``weeks`` weeks, this one included; shape (weeks, ...)."""
    total = np.cumsum(weekly, axis=0)
    recent = total.copy()
    recent[weeks:] -= total[:-weeks]
    return recent


@dataclass(frozen=True)
class Market:
    """What is sold abroad at every look.

    ``recent`` are the chips still to be had there and ``latest`` those of four weeks, (looks, chips). Of all that is to
    be had, ``mix`` is each chip's part of its worth to a holder, and ``basket`` the chips in one H100-equivalent of
    what is latest, (looks, holders, chips). ``best`` is the worth of the best chip, never 0, (looks, holders).
    """

    recent: Floats
    latest: Floats
    mix: Floats
    basket: Floats
    best: Floats


def market_of(sold: Floats, worth: Floats, on_hand: int) -> Market:
    """The market abroad from what is ``sold`` there each week, (weeks, chips), worth so much, (holders, chips).

    What is sold can be had for ``on_hand`` weeks.
    """
    recent, latest = (trailing(sold, weeks)[::PERIOD_WEEKS] for weeks in (on_hand, PERIOD_WEEKS))
    best = np.maximum.reduce((recent > 0)[:, None, :] * worth, axis=2)
    all_recent, all_latest = (np.maximum(of @ worth.T, TINY)[:, :, None] for of in (recent, latest))
    mix = recent[:, None, :] * worth / all_recent
    return Market(recent, latest, mix, latest[:, None, :] / all_latest, np.maximum(best, TINY))


@dataclass
class Elsewhere:
    """Both ways in one replication, the market abroad that both look at, and what is in sight for those who wait.

    ``wear`` are fractions of worn-out chips abroad, own and rented ones, (2, holders, chips).
    """

    stage: Stage
    appetite: Appetite
    market: Market
    sight: Sight
    brokers: Brokers
    tenants: Tenants
    wear: Floats

    def step(self, week: int) -> None:
        """The week's business of brokers and, every fourth week, of whoever looks abroad."""
        if week % PERIOD_WEEKS == 0:
            self._look(week)
        if week % PERIOD_WEEKS == PERIOD_WEEKS - 1:
            self._wear_out()
        self.brokers.buy(week)

    def law_changed(self) -> None:
        """A new regime."""
        self.tenants.law_changed()

    def _wear_out(self) -> None:
        """Chips abroad wear out as those in China do."""
        if not np.count_nonzero(self.stage.ledger.offshore):
            return
        rented, rate = self.tenants.rented, self.appetite.wear_per_week * PERIOD_WEEKS
        dead, self.wear = worn_out(np.array([self.stage.ledger.offshore - rented, rented]), self.wear, rate)
        self.tenants.lose(*dead)

    def _look(self, week: int) -> None:
        """What is denied to whom, seen by brokers and by firms."""
        stage, market, look, worth = self.stage, self.market, week // PERIOD_WEEKS, self.appetite.worth
        shut = ~stage.gates
        self.tenants.pay()
        if not np.count_nonzero(market.recent[look] * shut):
            self.brokers.rest()
            return
        at_home = np.maximum.reduce(worth * (stage.offered > shut), axis=1)
        wanted, better = stage.wanted, self.brokers.habits.better
        now = Denial(stage.shortage, stage.shortage * wanted, at_home, market.best[look])
        wish = denied(*self.sight.ahead(now, worth), better)
        self.brokers.look(week, wish, market.mix[look] * shut, self.sight.ageing[look])
        self._look_abroad(week, now, shut)

    def _look_abroad(self, week: int, now: Denial, shut: Flags) -> None:
        """Firms compare what they are denied at home, with what they have abroad left out, and what they have there."""
        stage, market, look, worth = self.stage, self.market, week // PERIOD_WEEKS, self.appetite.worth
        wanted, firms = stage.wanted, self.tenants.habits
        abroad = np.add.reduce(stage.ledger.offshore * worth, axis=1)
        missing = np.minimum(now.shortage + abroad / np.maximum(wanted, TINY), 1.0)
        short = denied(missing, now.gap, self.brokers.habits.better)
        wants = Wants(
            chips=market.latest[look],
            lacking=np.maximum(firms.propensity * wanted * short - abroad, 0.0),
            basket=market.basket[look] * shut,
            means=self.appetite.budget[week] * (PERIOD_WEEKS * firms.budget_share),
        )
        self.tenants.look(week, wants)


def open_channels(stage: Stage, channels: Channels, appetite: Appetite, desks: list[Desk], tpp: Floats) -> Elsewhere:
    """Brokers and firms at the start of a replication, with nothing under way and nothing abroad."""
    draws, days = stage.draws, stage.days
    grey, abroad = channels.grey, channels.offshore
    on_hand = max(round(draws.value(grey.on_hand) / DAYS_PER_WEEK), 1)
    sold = sold_elsewhere(desks, stage)
    market = market_of(sold, appetite.worth, on_hand)
    transit = Transit(stage, tpp, draws.value(grey.countries), draws.value(grey.passed_on))
    brokers = smuggling.habits(grey, channels.weights(grey.buyers, draws), draws, days)
    tenants = offshore.habits(abroad, channels.weights(abroad.propensity, draws), draws, days)
    nothing: Ints = np.zeros(stage.ledger.held.shape, dtype=np.int64)
    return Elsewhere(
        stage=stage,
        appetite=appetite,
        market=market,
        sight=watch(stage, desks, appetite, market.recent, max(draws.value(grey.patience), 1.0)),
        brokers=Brokers(stage, brokers, smuggling.luck_of(draws, len(days)), transit, appetite.price),
        tenants=Tenants(
            stage=stage,
            habits=tenants,
            transit=transit,
            price=appetite.price,
            rented=nothing.copy(),
            untold=nothing.copy(),
            ways=offshore.ways(tenants, stage.regime.abroad, stage.regime.renting, appetite.price),
        ),
        wear=np.zeros((2, *nothing.shape)),
    )
