"""High-bandwidth memory: what reaches China's chip makers, and what suppliers held back until a rule was near.

When a rule against memory is leaked, makers order ahead; suppliers keep that stock and sell it between the day the rule
is announced and the day it takes force. If no such days are left, it is never sold. All of it lies in one national
pool, from which makers draw what their plans take; what one does not need stays there for the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import truediv

import numpy as np

from sim.facts.days import DAYS_PER_MONTH, DAYS_PER_WEEK
from sim.facts.lawbook import MemoryClosing
from sim.facts.works import PERIOD_WEEKS, Memory
from sim.world.calendar import Phase, Process
from sim.world.draws import Draws, Floats
from sim.world.journal import About
from sim.world.pool import divide
from sim.world.series import ORIGINS
from sim.world.stage import Flags, Stage

WEEKS_PER_MONTH = DAYS_PER_MONTH / DAYS_PER_WEEK
LEGAL, DOMESTIC, GREY = (ORIGINS.index(origin) for origin in ("legal", "domestic", "smuggled"))


@dataclass
class MemoryMarket:
    """The nation's HBM in one replication: ``inflow`` of stacks by week and origin, (weeks, origins), and the ``pool``.

    ``lawful`` (weeks,) are the weeks in which foreign suppliers may sell; ``held`` stacks they wait to sell.
    """

    inflow: Floats
    lawful: Flags
    held: float
    pool: float = 0.0

    def take_in(self, period: int) -> None:
        """What came in since the last plan enters the pool."""
        first = max(period - 1, 0) * PERIOD_WEEKS
        self.pool += sum(self.inflow[first : period * PERIOD_WEEKS].ravel().tolist())

    def produce(self, period: int, stacks_a_month: float) -> None:
        """Domestic memory of the weeks up to the next plan."""
        first = period * PERIOD_WEEKS
        self.inflow[first : first + PERIOD_WEEKS, DOMESTIC] = stacks_a_month / WEEKS_PER_MONTH


@dataclass(frozen=True)
class Hopes:
    """What makers reckon with of memory, by planning period: what is planned at home and the present flow besides.

    ``planned`` domestic stacks a month and those ``ahead`` until makers' cover ends; ``cover`` in weeks.
    """

    planned: Sequence[float]
    ahead: Sequence[float]
    cover: float

    def share(
        self, market: MemoryMarket, period: int, at_home: float, wants: Sequence[float], claims: Sequence[float]
    ) -> list[float]:
        """Share of the stacks they want until their cover ends that makers can hope for, by maker.

        All of them while the law lets foreign memory in. After that the pool, domestic memory as planned, more or less
        by as much as now (``at_home`` stacks a month), and what comes off finished products, divided by claim.
        """
        week = period * PERIOD_WEEKS
        if market.lawful[week]:
            return [1.0] * len(wants)
        made = self.ahead[period] * (at_home + 1.0) / (self.planned[period] + 1.0)
        wanted = [max(stacks, 1e-9) for stacks in wants]
        stacks = market.pool + made + market.inflow.item(week, GREY) * self.cover
        return list(map(truediv, divide(stacks, wanted, claims), wanted))


def market_of(memory: Memory, lawful: Flags, draws: Draws, days: Floats) -> MemoryMarket:
    """The memory market in one replication, on the given week ends."""
    inflow = np.zeros((len(days), len(ORIGINS)))
    inflow[:, LEGAL] = np.where(lawful, draws.curve(memory.foreign, days), 0.0) / WEEKS_PER_MONTH
    inflow[:, GREY] = np.where(lawful, 0.0, draws.curve(memory.desoldered, days)) / WEEKS_PER_MONTH
    return MemoryMarket(inflow, lawful, draws.value(memory.held))


def last_weeks(days: Floats, lawful: Flags, closing: MemoryClosing) -> Flags:
    """Weeks, of those that end on the given days, in which suppliers can still sell: announced and not yet in force."""
    return (days > closing.announced) & (days <= max(closing.in_force, closing.announced + DAYS_PER_WEEK)) & lawful


def front_run(stage: Stage, market: MemoryMarket, closing: MemoryClosing) -> Process:
    """Makers order memory ahead as soon as a rule is leaked; suppliers sell what they hold once it is announced."""
    if closing.in_force <= closing.leaked or closing.leaked < stage.clock.today:
        return
    yield stage.clock.at(closing.leaked, Phase.DESIGN)
    known = stage.legal_events.get((closing.rule, "leaked")) or stage.legal_events.get((closing.rule, "announced"))
    stacks = About(quantity=round(market.held), unit="stacks", detail="China's chip makers")
    stage.journal.record(closing.leaked, "memory ordered ahead", cause=known, about=stacks)
    yield stage.clock.at(closing.announced, Phase.DESIGN)
    weeks = last_weeks(stage.days, market.lawful, closing)
    if market.held <= 0 or not weeks.any():
        return
    market.inflow[weeks, LEGAL] += market.held / np.count_nonzero(weeks)
    sold = About(quantity=round(market.held), unit="stacks", detail="foreign suppliers")
    announced = stage.legal_events.get((closing.rule, "announced"))
    stage.journal.record(closing.announced, "held memory sold", cause=announced, about=sold)
    market.held = 0.0
