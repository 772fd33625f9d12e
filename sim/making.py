"""The works of the nation, a planning period at a time: capacity grows, wafers start, dies and memory become chips."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import add, mul, sub, truediv
from typing import NamedTuple

import numpy as np

from sim.actors.domestic import (
    DEMAND,
    NOTHING,
    PACKAGING,
    ROUNDING,
    TINY,
    Recipes,
    Stores,
    assemble,
    dies_taken,
    recipes_of,
)
from sim.actors.expansion import Answers, Conditions, answers, grown, pace
from sim.actors.foreign import Desk
from sim.actors.foundry import (
    DAYS_PER_PERIOD,
    MONTHS_PER_PERIOD,
    Fab,
    Needs,
    ahead_periods,
    asked,
    fab_of,
    side_by_side,
    started,
    until,
    usable,
)
from sim.actors.memory import WEEKS_PER_MONTH, Hopes, MemoryMarket
from sim.facts.chips import Chip
from sim.facts.days import DAYS_PER_WEEK, DAYS_PER_YEAR
from sim.facts.works import PERIOD_WEEKS, DomesticMaker, Expansion, Foundry, Memory
from sim.world.draws import Draws, Floats
from sim.world.ledger import Ints
from sim.world.stage import Flags

PERIODS_PER_YEAR = round(DAYS_PER_YEAR / DAYS_PER_WEEK / PERIOD_WEEKS)


@dataclass(frozen=True)
class Industry:
    """What a scenario says of domestic makers; ``foreign_dies`` (weeks, makers): whether the law lets dies in."""

    makers: Mapping[str, DomesticMaker]
    chips: Mapping[str, Chip]
    foundry: Foundry
    memory: Memory
    expansion: Expansion
    foreign_dies: Flags


class Output(NamedTuple):
    """A period's packages and those planned, both (products,); what bound each maker (makers,); what is left."""

    packages: Floats
    planned: Floats
    binding: Ints
    stores: Stores


@dataclass
class Works:
    """All domestic makers in one replication: what they work by, and what stands where.

    Makers and products are few: a plan works with lists of floats, out of what is known by period before the run.
    ``capacity`` are the nation's wafers and HBM stacks, then makers' packages started, all a month, 2 + makers of them;
    ``changes`` how it was to change before each plan (periods, 2 + makers); ``planned`` packages (periods, makers). By
    period and product: ``good`` packages of a period for one started a month; ``promised``, good ones a week on average
    over the year to come; and ``ready``, how many of them makers have at most before they are ordered. In asking for
    wafers makers reckon with ``hopes`` of memory, at most ``stretch`` times their plan, and the share of it they found
    orders for in the last year, ``sold`` by maker. ``foreign`` dies come from abroad before each plan and ``finished``
    ones from domestic wafers, both (periods, makers), the latter running on beyond the end. ``in_process`` good dies
    are on their way and so many ``wafers`` a month are started, by maker; ``sales`` in dollars by period. ``tpp`` of
    every chip, 0 where unknown.
    """

    recipes: Recipes
    answers: Answers
    fab: Fab
    memory: MemoryMarket
    hopes: Hopes
    stretch: float
    capacity: list[float]
    changes: Floats
    planned: Floats
    promised: Floats
    ready: Floats
    good: Floats
    foreign: Floats
    finished: list[list[float]]
    in_process: list[float]
    wafers: Sequence[float]
    sold: list[float]
    sales: list[float]
    output: Output
    tpp: Mapping[str, float]

    @property
    def column(self) -> Ints:
        """Columns of the domestic products among all chips."""
        return self.recipes.column

    @property
    def dies_in(self) -> Floats:
        """Good dies that came in before each plan, (periods, makers)."""
        return np.asarray(self.foreign + self.finished[: len(self.foreign)])

    def claimed(self) -> list[float]:
        """The national HBM pool divided by the makers' claims, stacks by maker."""
        claims = self.recipes.claims
        return [claim * (self.memory.pool / max(sum(claims), 1e-12)) for claim in claims]

    def plan(self, period: int, now: Conditions, unsold: Sequence[int]) -> Output:
        """Grow, start wafers, and make what the scarcest input allows until the next plan.

        ``unsold``, by product, is stock beyond open orders, below zero what orders lack of it: makers finish only so
        much ahead of orders.
        """
        if period > 0:
            self.capacity = grown(self.capacity, self.changes[period].tolist(), pace(self.answers, period, now))
        self.memory.take_in(period)
        self.memory.produce(period, self.capacity[1])
        bank = self._take_in(period)
        self._start_wafers(period, bank)
        possible = self._possible(period)
        room = map(sub, self.ready[period].tolist(), unsold)
        wanted = [min(most, max(more, 0.0)) for most, more in zip(possible, room, strict=True)]
        own_memory = self.recipes.own_memory[period].tolist()
        made = assemble(self.recipes, wanted, own_memory, Stores(bank, self.memory.pool))
        binding = self._held_back(wanted, possible, made.binding)
        self.memory.pool = made.stores.pool
        self.output = Output(np.array(made.packages), np.array(possible), np.array(binding, np.int64), made.stores)
        return self.output

    def _take_in(self, period: int) -> list[float]:
        """Dies that are finished, and those from abroad, enter the makers' banks; dies by maker."""
        self.in_process = list(map(sub, self.in_process, self.finished[period]))
        return list(map(add, map(add, self.output.stores.dies, self.foreign[period].tolist()), self.finished[period]))

    def _possible(self, period: int) -> list[float]:
        """Good packages of each product that its maker's packaging allows."""
        packages = self.capacity[2:]
        return [packages[m] * good for m, good in zip(self.recipes.owner, self.good[period].tolist(), strict=True)]

    def _held_back(self, wanted: list[float], possible: list[float], binding: list[int]) -> list[int]:
        """What binds each maker, demand included; what part of its packages found orders enters its year's average.

        ``wanted`` and ``possible`` packages are by product, ``binding``, of supplies alone, by maker.
        """
        bound = binding.copy()
        for m, products in enumerate(self.recipes.of_maker):
            sought = full = 0.0
            for recipe in products:
                sought += wanted[recipe.product]
                full += possible[recipe.product]
            held = sought < (1.0 - ROUNDING) * full
            self.sold[m] += ((sought / max(full, TINY) if held else 1.0) - self.sold[m]) / PERIODS_PER_YEAR
            if held and binding[m] in {NOTHING, PACKAGING}:
                bound[m] = DEMAND
        return bound

    def _start_wafers(self, period: int, bank: list[float]) -> None:
        """Divide the period's wafers among the makers that ask for them, and book when their dies come out."""
        planned, dies_a_wafer = self.planned[period].tolist(), self.fab.good[period].tolist()
        stretch = [min(actual, self.stretch) for actual in map(truediv, self.capacity[2:], planned)]
        stacks = list(map(mul, self.fab.stacks[period].tolist(), stretch))
        memory = self.hopes.share(self.memory, period, self.capacity[1], stacks, self.recipes.claims)
        use = usable(self.fab, period, memory, self.sold)
        in_hand = list(map(add, bank, self.in_process))
        wanted = asked(self.fab, period, in_hand, stretch, use)
        self.wafers = started(self.fab, period, self.capacity[0], wanted)
        good = list(map(mul, self.wafers, dies_a_wafer))
        self.in_process = list(map(add, self.in_process, good))
        for later, shares in self.fab.out:
            self.finished[period + later] = list(map(add, self.finished[period + later], map(mul, shares, good)))

    def earn(self, period: int, dollars: float) -> float:
        """Book what domestic makers earned since the last plan; gives their revenue of the last year."""
        self.sales[period] = dollars
        return sum(self.sales[max(period + 1 - PERIODS_PER_YEAR, 0) : period + 1])


def works_of(industry: Industry, memory: MemoryMarket, draws: Draws, days: Floats) -> Works:
    """The works in one replication, on the given week ends."""
    makers, foundry, starts = list(industry.makers.values()), industry.foundry, days[::PERIOD_WEEKS]
    ahead = max(ahead_periods(foundry, makers, draws), PERIODS_PER_YEAR)
    later = np.concatenate([starts, starts[-1] + DAYS_PER_PERIOD * np.arange(1, ahead + 1)])
    recipes = recipes_of(industry.makers, industry.chips, draws, later)
    packages = side_by_side([draws.curve(maker.packaging, later) for maker in makers], later)
    good = packages[:, recipes.maker] * recipes.mix
    hbm, cover = draws.curve(industry.memory.domestic, later), draws.value(foundry.die_cover) / DAYS_PER_PERIOD
    path = np.column_stack([draws.curve(foundry.wafers, starts), hbm[: len(starts)], packages[: len(starts)]])
    coming = until(hbm[:, None] * MONTHS_PER_PERIOD, cover, len(starts))
    promised = _year_ahead(good / WEEKS_PER_MONTH, len(starts))
    fab = fab_of(foundry, makers, _needs(recipes, good * MONTHS_PER_PERIOD), draws, starts)
    return Works(
        recipes=recipes,
        answers=answers(industry.expansion, draws, starts),
        fab=fab,
        memory=memory,
        hopes=Hopes(hbm.tolist(), coming.ravel().tolist(), cover * PERIOD_WEEKS),
        stretch=draws.value(foundry.stretch),
        capacity=path[0].tolist(),
        changes=np.diff(path, axis=0, prepend=path[:1]),
        planned=np.maximum(packages, 1e-9),
        promised=promised,
        ready=promised * (draws.value(foundry.finished_cover) / DAYS_PER_WEEK),
        good=recipes.mix * MONTHS_PER_PERIOD,
        foreign=from_abroad(makers, industry.foreign_dies, draws, days),
        finished=np.zeros((len(starts) + fab.out[-1][0], len(makers))).tolist(),
        in_process=[0.0] * len(makers),
        wafers=[0.0] * len(makers),
        sold=[1.0] * len(makers),
        sales=[0.0] * len(starts),
        output=idle(recipes),
        tpp={name: chip.tpp or 0.0 for name, chip in industry.chips.items()},
    )


def _needs(recipes: Recipes, good: Floats) -> Needs:
    """What good packages of each product take, (periods, products), by period and maker."""
    dies, bare = (dies_taken(recipes, good, memory) for memory in (1.0, 0.0))
    return Needs(dies, bare, good @ recipes.stacks_of.T)


def _year_ahead(rate: Floats, periods: int) -> Floats:
    """Means of a rate by period over the year that starts with each, as far as it is known; (periods, ...)."""
    total = np.concatenate([np.zeros((1, rate.shape[1])), np.cumsum(rate, axis=0)])
    first = np.arange(periods)
    last = np.minimum(first + PERIODS_PER_YEAR, len(rate))
    return np.asarray((total[last] - total[first]) / (last - first)[:, None])


def from_abroad(makers: Sequence[DomesticMaker], lawful: Flags, draws: Draws, days: Floats) -> Floats:
    """Foreign dies that came in before each plan, (periods, makers), none before the first; ``lawful`` by week."""
    weekly = side_by_side([draws.curve(maker.foreign_dies, days) / WEEKS_PER_MONTH for maker in makers], days) * lawful
    sums = np.add.reduceat(weekly, np.arange(0, len(weekly), PERIOD_WEEKS), axis=0)
    return np.concatenate([np.zeros_like(sums[:1]), sums[:-1]])


def idle(recipes: Recipes) -> Output:
    """Before the first plan: nothing made, bare stores."""
    products, makers = np.zeros(len(recipes.column)), len(recipes.belongs)
    return Output(products, products, np.full(makers, NOTHING), Stores([0.0] * makers, 0.0))


def denial(works: Works, desks: Sequence[Desk], today: int) -> float:
    """The part of foreign makers' best chip, by TPP, that China is denied, in 0 to 1: 0 if it may buy the best."""
    best = reach = 0.0
    for desk in desks:
        if desk.offer is not None:
            reach = max(reach, works.tpp[desk.offer])
        for part, launch in desk.launches.items():
            if launch.first <= today and works.tpp[part] > best:
                best = works.tpp[part]
    return max(1.0 - reach / best, 0.0) if best > 0 else 0.0


def earned(works: Works, delivered: Ints, price: Floats) -> float:
    """Dollars that domestic makers' chips ``delivered``, (weeks, holders, chips), brought; ``price`` (chips,)."""
    units = np.add.reduce(delivered, axis=(0, 1))
    return float(sum(map(mul, units[works.column].tolist(), price[works.column].tolist())))
