"""Domestic makers: dies, memory and packaging become chips, and the scarcest of them binds.

Each maker plans so many packages a month, divided by its product mix; of those with two dies a part fails. Dies are its
own; HBM it draws from the national pool, by claim and need. Which input held each maker is recorded. All makers plan a
period of some weeks at a time, over arrays of products and of makers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from sim.facts.chips import Chip
from sim.facts.days import DAYS_PER_MONTH, DAYS_PER_WEEK
from sim.facts.works import PERIOD_WEEKS, DomesticMaker
from sim.world.draws import Draws, Floats, on_days
from sim.world.ledger import Ints
from sim.world.pool import divide
from sim.world.stage import Flags

PERIODS_PER_MONTH = DAYS_PER_MONTH / DAYS_PER_WEEK / PERIOD_WEEKS
NOTHING, DIES, HBM, OWN_MEMORY, PACKAGING, DEMAND = range(6)
"""What binds a maker; the order of ``sim.world.series.INPUTS``, after nothing."""

TINY, ROUNDING = 1e-9, 1e-9
"""Below these, an amount and a difference of shares are nothing."""


@dataclass(frozen=True)
class Recipes:
    """What every domestic product takes, in one replication.

    By product: ``column`` among all chips, ``maker``, the ``part`` of its packages that take HBM, whether it
    ``has_own`` memory instead. Sums of products by maker, each (makers, products): ``belongs`` of good packages,
    ``starts_of`` of those started for them, ``dies_of`` of the dies they take (lost ones included), ``stacks_of`` of
    HBM stacks. ``claims`` on scarce HBM (makers,). By planning period and product: ``mix``, good packages for one that
    a maker starts, and what ``own_memory`` allows.
    """

    column: Ints
    maker: Ints
    part: Floats
    has_own: Flags
    belongs: Floats
    starts_of: Floats
    dies_of: Floats
    stacks_of: Floats
    claims: Floats
    mix: Floats
    own_memory: Floats

    @cached_property
    def takes(self) -> Floats:
        """HBM stacks, dies and packages of every maker's products, one below the other, (3 x makers, products)."""
        return np.concatenate([self.stacks_of, self.dies_of, self.belongs])

    @cached_property
    def stacks_each(self) -> Floats:
        """HBM stacks of a package of every product, (products,)."""
        return np.asarray(self.stacks_of.sum(axis=0))

    @cached_property
    def ones(self) -> Floats:
        """All of every product, (products,)."""
        return np.ones(len(self.column))


class Stores(NamedTuple):
    """What there is to work with: each maker's dies, (makers,), and the nation's HBM stacks."""

    dies: Floats
    pool: float


class Output(NamedTuple):
    """A period's packages and those planned, both (products,); what bound each maker (makers,); what is left."""

    packages: Floats
    planned: Floats
    binding: Ints
    stores: Stores


def assemble(recipes: Recipes, planned: Floats, own_memory: Floats, stores: Stores) -> Output:
    """Make what the scarcest input of each maker allows, of packages ``planned`` by product, (products,).

    HBM is asked for as far as dies reach. Products short of it shrink by the part of them that takes it, and leave
    their packaging to those of the same maker with ``own_memory``, (products,), as far as that reaches. Then, if dies
    are short, all of a maker's products shrink alike.
    """
    stacks, dies, active = (recipes.takes @ planned).reshape(3, -1)
    hbm_rate = _hbm_rate(recipes, stacks, stacks * _rate(stores.dies, dies), stores.pool)
    kept = recipes.ones if hbm_rate is recipes.ones else 1.0 - recipes.part * (1.0 - hbm_rate)
    limit = np.where(recipes.has_own, own_memory, planned * kept)
    cut = np.maximum(planned - limit, 0.0)
    held_back = np.count_nonzero(cut) > 0
    made = _redistribute(recipes, planned, limit) if held_back else planned
    needed = recipes.dies_of @ made
    die_rate = _rate(stores.dies, needed)
    made = made * die_rate[recipes.maker]
    filled = made if hbm_rate is recipes.ones else made * hbm_rate / np.maximum(kept, TINY)
    drawn = float(recipes.stacks_each @ filled)
    left = Stores(np.maximum(stores.dies - needed * die_rate, 0.0), max(stores.pool - drawn, 0.0))
    memory = _memory(recipes, cut, active) if held_back else PACKAGING
    bound = np.where(die_rate < 1.0 - ROUNDING, DIES, memory)
    return Output(made, planned, np.where(active > 0, bound, NOTHING), left)


def _rate(stock: Floats, wanted: Floats) -> Floats:
    """Share of what is wanted that a stock can give, at most 1; both of shape (makers,)."""
    return np.minimum(1.0, stock / np.maximum(wanted, TINY))


def _hbm_rate(recipes: Recipes, plan: Floats, wanted: Floats, pool: float) -> Floats:
    """Share of each product's planned HBM that its maker gets, (products,); 1 where the maker gets what it wants.

    ``plan`` is what makers' packages would take and ``wanted`` what they ask for, both in stacks, (makers,).
    """
    granted = divide(pool, wanted, recipes.claims)
    if granted is wanted:
        return recipes.ones
    short = granted < wanted * (1.0 - ROUNDING)
    return np.asarray(np.where(short, granted / np.maximum(plan, TINY), 1.0)[recipes.maker])


def _redistribute(recipes: Recipes, planned: Floats, limit: Floats) -> Floats:
    """Packages per product when what memory holds back leaves its packaging to products with memory of their own.

    ``planned`` and ``limit`` have shape (products,), or (periods, products) for many periods at once.
    """
    made = np.minimum(planned, limit)
    spare = (planned - made) @ recipes.starts_of.T
    room = np.where(recipes.has_own & (planned > 0), limit - made, 0.0)
    return np.asarray(made + room * _rate(spare, room @ recipes.starts_of.T)[..., recipes.maker])


def dies_taken(recipes: Recipes, planned: Floats, memory: float) -> Floats:
    """Dies that packages ``planned`` take, (periods, makers), if so much of the HBM they want, in 0 to 1, is to be had.

    ``planned`` has shape (periods, products); memory of a product's own is as scarce as it is planned to be.
    """
    limit = np.where(recipes.has_own, recipes.own_memory, planned * (1.0 - recipes.part * (1.0 - memory)))
    return np.asarray(_redistribute(recipes, planned, limit) @ recipes.dies_of.T)


def _memory(recipes: Recipes, cut: Floats, active: Floats) -> Ints:
    """The memory that cut each maker's plan most, or packaging if none did, (makers,).

    ``cut`` is what memory takes from the plan, (products,); ``active`` the plan (makers,).
    """
    own = recipes.belongs @ np.where(recipes.has_own, cut, 0.0)
    memory = recipes.belongs @ cut
    return np.where(memory > 1e-6 * active, np.where(2 * own > memory, OWN_MEMORY, HBM), PACKAGING)


def recipes_of(makers: Mapping[str, DomesticMaker], chips: Mapping[str, Chip], draws: Draws, starts: Floats) -> Recipes:
    """What all makers' products take in one replication, by periods that start on the given days."""
    owner = [(m, maker, name) for m, maker in enumerate(makers.values()) for name in maker.products]
    columns, count = list(chips), len(owner)
    takes = [_recipe(maker, name, chips[name], draws) for _, maker, name in owner]
    mix = [share for maker in makers.values() for share in mixes(maker, chips, draws, starts)]
    own = [_own_memory(maker, name, draws, starts) for _, maker, name in owner]
    belongs = np.array([[float(o == m) for o, _, _ in owner] for m in range(len(makers))]).reshape(-1, count)
    return Recipes(
        column=np.array([columns.index(name) for _, _, name in owner], dtype=np.int64),
        maker=np.array([m for m, _, _ in owner], dtype=np.int64),
        part=np.array([part for _, _, part in takes]),
        has_own=np.array([maker.products[name].own_memory is not None for _, maker, name in owner], dtype=np.bool_),
        belongs=belongs,
        starts_of=belongs / np.array([_survival(maker, chips[name], draws) for _, maker, name in owner]),
        dies_of=belongs * np.array([dies for dies, _, _ in takes]),
        stacks_of=belongs * np.array([stacks * part for _, stacks, part in takes]),
        claims=np.array([draws.value(maker.hbm_share) for maker in makers.values()]),
        mix=np.array(mix).reshape(count, len(starts)).T,
        own_memory=np.array(own).reshape(count, len(starts)).T,
    )


def mixes(maker: DomesticMaker, chips: Mapping[str, Chip], draws: Draws, starts: Floats) -> list[Floats]:
    """Good packages of each product for one that the maker's packaging starts, (periods,).

    Each product has its share of the starts; of those with two dies only the part that survives is good (Y6).
    """
    shares = [on_days(product.mix, starts - draws.value(product.late)) for product in maker.products.values()]
    total = np.maximum(sum(shares), 1e-12)
    return [share / total * _survival(maker, chips[n], draws) for n, share in zip(maker.products, shares, strict=True)]


def _survival(maker: DomesticMaker, chip: Chip, draws: Draws) -> float:
    return draws.value(maker.two_die_survival) if chip.dies > 1 else 1.0


def _own_memory(maker: DomesticMaker, name: str, draws: Draws, starts: Floats) -> Floats:
    own, late = maker.products[name].own_memory, draws.value(maker.products[name].late)
    return np.zeros(len(starts)) if own is None else np.asarray(draws.curve(own, starts - late) / PERIODS_PER_MONTH)


def _recipe(maker: DomesticMaker, name: str, chip: Chip, draws: Draws) -> tuple[float, float, float]:
    """Dies and HBM stacks that one good package takes, and the part of its packages that take HBM."""
    own = maker.products[name].own_memory is not None
    survival = _survival(maker, chip, draws)
    part = min(draws.value(maker.products[name].hbm_part), 1.0)
    return chip.dies / survival, 0.0 if own else float(chip.hbm_stacks or 0), 0.0 if own else part
