"""Domestic makers: dies, memory and packaging become chips, and the scarcest of them binds.

Good dies come out of domestic wafers a cycle time after they went in, and from foreign foundries as long as the law
lets them come. HBM comes from one national flow that the makers divide. Packaging turns them into so many good packages
a month. Which input held each maker is recorded. Works plan a period of some weeks at a time, all makers at once, over
arrays of products and of makers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.facts.chips import Chip
from sim.facts.days import DAYS_PER_MONTH, DAYS_PER_WEEK
from sim.facts.makers import DomesticMaker
from sim.world.draws import Draws, Floats, on_days
from sim.world.ledger import Ints

WEEKS_PER_MONTH = DAYS_PER_MONTH / DAYS_PER_WEEK
PERIOD_WEEKS = 4
"""How far works plan ahead. Judgement: production is planned about once a month."""
NOTHING, DIES, HBM, OWN_MEMORY, PACKAGING = range(5)
"""What binds a maker; the order of ``sim.world.series.INPUTS``, after nothing."""

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Works:
    """All domestic makers' inputs in one replication, by planning period.

    Shapes: ``dies_in`` and ``stacks_in`` (periods, makers), what came in since the last plan; ``planned`` packages and
    what their ``own_memory`` allows (periods, products). By product: ``column`` among all chips, ``maker``, ``dies``
    (lost ones included) and ``stacks`` that a good package takes, whether it ``has_own`` memory. ``belongs`` (makers,
    products) sums products by maker.
    """

    dies_in: Floats
    stacks_in: Floats
    planned: Floats
    own_memory: Floats
    column: Ints
    maker: Ints
    dies: Floats
    stacks: Floats
    has_own: Flags
    belongs: Floats


class Stores(NamedTuple):
    """What lies at the makers: dies and HBM stacks, both of shape (makers,)."""

    dies: Floats
    stacks: Floats


class Output(NamedTuple):
    """A period's packages by product (products,), what bound each maker (makers,), what is left in store."""

    packages: Floats
    binding: Ints
    stores: Stores


def assemble(works: Works, period: int, stores: Stores) -> Output:
    """Make what the scarcest input of each maker allows.

    Packaging is planned by product. Products short of HBM shrink and leave their capacity to those of the same maker
    with memory of their own, as far as that reaches; then, if dies are short, all of the maker's products shrink alike.
    """
    planned = works.planned[period]
    dies, stacks = stores.dies + works.dies_in[period], stores.stacks + works.stacks_in[period]
    hbm_rate = _rate(stacks, works.belongs @ (planned * works.stacks))
    limit = np.where(works.has_own, works.own_memory[period], planned * hbm_rate[works.maker])
    made = _redistribute(works, planned, limit)
    needed = works.belongs @ (made * works.dies)
    die_rate = _rate(dies, needed)
    made = made * die_rate[works.maker]
    left = Stores(dies - needed * die_rate, stacks - works.belongs @ (made * works.stacks))
    return Output(made, _binding(works, planned, limit, die_rate), left)


def _rate(stock: Floats, wanted: Floats) -> Floats:
    """Share of what is wanted that a stock can give, at most 1; both of shape (makers,)."""
    return np.minimum(1.0, np.maximum(stock, 0.0) / np.maximum(wanted, 1e-9))


def _redistribute(works: Works, planned: Floats, limit: Floats) -> Floats:
    """Packages per product when what memory holds back leaves its packaging to products with memory of their own."""
    made = np.minimum(planned, limit)
    spare = works.belongs @ (planned - made)
    room = np.where(works.has_own & (planned > 0), limit - made, 0.0)
    return np.asarray(made + room * _rate(spare, works.belongs @ room)[works.maker])


def _binding(works: Works, planned: Floats, limit: Floats, die_rate: Floats) -> Ints:
    """The scarcest input of each maker: dies if short, else the memory that cut its plan most, else packaging."""
    cut = np.maximum(planned - limit, 0.0)
    own = works.belongs @ np.where(works.has_own, cut, 0.0)
    hbm = works.belongs @ np.where(works.has_own, 0.0, cut)
    memory = np.where(own > hbm, OWN_MEMORY, HBM)
    threshold = 1e-6 * (active := works.belongs @ planned)
    bound = np.where(die_rate < 1.0, DIES, np.where(own + hbm > threshold, memory, PACKAGING))
    return np.where(active > 0, bound, NOTHING)


def empty(works: Works) -> Stores:
    """Bare stores."""
    return Stores(np.zeros(len(works.belongs)), np.zeros(len(works.belongs)))


@dataclass(frozen=True)
class Inflow:
    """What the law lets in: whether each maker may have foreign dies (weeks, makers), the nation's HBM (weeks,)."""

    foreign_dies: Flags
    stacks: Floats


def works_of(
    makers: Mapping[str, DomesticMaker], chips: Mapping[str, Chip], inflow: Inflow, draws: Draws, days: Floats
) -> Works:
    """All makers' inputs in one replication, on the given week ends."""
    owner = [(m, maker, name) for m, maker in enumerate(makers.values()) for name in maker.products]
    columns, starts = list(chips), days[::PERIOD_WEEKS]
    recipes = [_recipe(maker, name, chips[name], draws) for _, maker, name in owner]
    foreign = _side_by_side([_per_week(draws.curve(maker.foreign_dies, days)) for maker in makers.values()], days)
    domestic = _side_by_side([good_dies(maker, draws, days) for maker in makers.values()], days)
    belongs = np.array([[float(o == m) for o, _, _ in owner] for m in range(len(makers))]).reshape(len(makers), -1)
    planned = _side_by_side([p for maker in makers.values() for p in _planned(maker, draws, starts)], starts)
    shares = _shares(np.array([draws.value(maker.hbm_share) for maker in makers.values()]), planned @ belongs.T > 0)
    return Works(
        dies_in=_last_period(domestic + foreign * inflow.foreign_dies),
        stacks_in=_last_period(inflow.stacks[:, None]) * shares,
        planned=planned,
        own_memory=_side_by_side([_own_memory(maker, name, draws, starts) for _, maker, name in owner], starts),
        column=np.array([columns.index(name) for _, _, name in owner], dtype=np.int64),
        maker=np.array([m for m, _, _ in owner], dtype=np.int64),
        dies=np.array([dies for dies, _, _ in recipes]),
        stacks=np.array([stacks for _, stacks, _ in recipes]),
        has_own=np.array([own for _, _, own in recipes], dtype=np.bool_),
        belongs=belongs,
    )


def _shares(given: Floats, working: Flags) -> Floats:
    """Parts of the nation's HBM by period, (periods, makers), that sum to one among the makers at work."""
    active = given * working
    total = active.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(active, total, out=np.zeros_like(active), where=total > 0))


def _last_period(weekly: Floats) -> Floats:
    """What came in over the weeks before each planning period starts, (periods, ...); nothing before the first."""
    sums = np.add.reduceat(weekly, np.arange(0, len(weekly), PERIOD_WEEKS), axis=0)
    return np.concatenate([np.zeros_like(sums[:1]), sums[:-1]])


def good_dies(maker: DomesticMaker, draws: Draws, days: Floats) -> Floats:
    """Good dies a week from domestic wafers, shape (days,): wafers less prior claims, a cycle time ago, times yield."""
    started = days - draws.value(maker.cycle)
    wafers = draws.curve(maker.wafers, started)
    if maker.prior_claim is not None:
        wafers = np.maximum(wafers - draws.curve(maker.prior_claim, started), 0.0)
    good = np.minimum(draws.curve(maker.die_yield, started), 1.0) * draws.value(maker.gross_dies)
    return _per_week(wafers * good)


def _per_week(monthly: Floats) -> Floats:
    return np.asarray(monthly / WEEKS_PER_MONTH)


def _side_by_side(columns: list[Floats], days: Floats) -> Floats:
    """Curves as the columns of one array, shape (days, curves)."""
    return np.stack(columns, axis=1) if columns else np.zeros((len(days), 0))


def _planned(maker: DomesticMaker, draws: Draws, starts: Floats) -> list[Floats]:
    """Packages a period of each product: packaging on the period's first day, divided by the product mix."""
    mix = [on_days(product.mix, starts) for product in maker.products.values()]
    total = np.maximum(sum(mix), 1e-12)
    packaging = _per_week(draws.curve(maker.packaging, starts)) * PERIOD_WEEKS
    return [packaging * share / total for share in mix]


def _own_memory(maker: DomesticMaker, name: str, draws: Draws, starts: Floats) -> Floats:
    own = maker.products[name].own_memory
    return np.zeros(len(starts)) if own is None else _per_week(draws.curve(own, starts)) * PERIOD_WEEKS


def _recipe(maker: DomesticMaker, name: str, chip: Chip, draws: Draws) -> tuple[float, float, bool]:
    """Dies and HBM stacks that one good package takes, and whether it has memory of its own instead."""
    own = maker.products[name].own_memory is not None
    survival = draws.value(maker.two_die_survival) if chip.dies > 1 else 1.0
    return chip.dies / survival, 0.0 if own else float(chip.hbm_stacks or 0), own
