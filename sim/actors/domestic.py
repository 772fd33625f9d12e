"""Domestic makers: dies, memory and packaging become chips, and the scarcest of them binds.

Each maker plans so many packages a month, divided by its product mix; of those with two dies a part fails. Dies are its
own; HBM it draws from the national pool, by claim and need. Which input held each maker is recorded. All makers plan a
period of some weeks at a time.
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


class Recipe(NamedTuple):
    """What one good package of a product takes: packages ``started``, ``dies`` (lost ones included), HBM ``stacks``.

    ``product`` is its place among all domestic products. Only a ``part`` of its packages takes HBM, or none, if it
    ``has_own`` memory.
    """

    product: int
    started: float
    dies: float
    stacks: float
    part: float
    has_own: bool


@dataclass(frozen=True)
class Recipes:
    """What every domestic product takes, in one replication.

    By product: ``column`` among all chips, ``maker``, the ``part`` of its packages that take HBM, whether it
    ``has_own`` memory instead. Sums of products by maker, each (makers, products): ``belongs`` of good packages,
    ``starts_of`` of those started for them, ``dies_of`` of the dies they take (lost ones included), ``stacks_of`` of
    HBM stacks. ``claims`` on scarce HBM (makers). By planning period and product: ``mix``, good packages for one that
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
    claims: list[float]
    mix: Floats
    own_memory: Floats

    @cached_property
    def owner(self) -> list[int]:
        """The maker of every product."""
        return [int(maker) for maker in self.maker]

    @cached_property
    def of_maker(self) -> list[list[Recipe]]:
        """The recipes of every maker's products."""
        sums = [matrix.sum(axis=0).tolist() for matrix in (self.starts_of, self.dies_of, self.stacks_of)]
        columns = (range(len(self.column)), *sums, self.part.tolist(), self.has_own.tolist())
        each = [Recipe(*takes) for takes in zip(*columns, strict=True)]
        return [[each[product] for product in row.nonzero()[0]] for row in self.belongs]


class Stores(NamedTuple):
    """What there is to work with: each maker's dies, and the nation's HBM stacks."""

    dies: list[float]
    pool: float


class Made(NamedTuple):
    """Good packages by product, what bound each maker, and what is left."""

    packages: list[float]
    binding: list[int]
    stores: Stores


def assemble(recipes: Recipes, planned: list[float], own_memory: list[float], stores: Stores) -> Made:
    """Make what the scarcest input of each maker allows, of packages ``planned`` by product.

    HBM is asked for as far as dies reach. Products short of it shrink by the part of them that takes it, and leave
    their packaging to those of the same maker with ``own_memory``, by product, as far as that reaches. Then, if dies
    are short, all of a maker's products shrink alike.
    """
    made, binding, left, drawn = planned.copy(), [], [], 0.0
    stacks = [_stacks(products, planned) for products in recipes.of_maker]
    shares = _hbm_shares(recipes, planned, stacks, stores)
    for m, products in enumerate(recipes.of_maker):
        memory = _fit_memory(products, made, own_memory, shares[m])
        needed = _dies(products, made)
        share = _share(stores.dies[m], needed)
        if share < 1.0:
            for recipe in products:
                made[recipe.product] *= share
        drawn += stacks[m] * shares[m] * share
        left.append(max(stores.dies[m] - needed * share, 0.0))
        binding.append(memory if share >= 1.0 - ROUNDING or memory == NOTHING else DIES)
    return Made(made, binding, Stores(left, max(stores.pool - drawn, 0.0)))


def _share(stock: float, wanted: float) -> float:
    """Share of what is wanted that a stock can give, at most 1."""
    least = wanted if wanted > TINY else TINY
    return stock / least if stock < least else 1.0


def _dies(products: list[Recipe], packages: list[float]) -> float:
    """Dies that one maker's packages, out of all by product, take."""
    dies = 0.0
    for recipe in products:
        dies += recipe.dies * packages[recipe.product]
    return dies


def _stacks(products: list[Recipe], packages: list[float]) -> float:
    """HBM stacks that one maker's packages, out of all by product, take."""
    stacks = 0.0
    for recipe in products:
        stacks += recipe.stacks * packages[recipe.product]
    return stacks


def _hbm_shares(recipes: Recipes, planned: list[float], stacks: list[float], stores: Stores) -> list[float]:
    """Share of the ``stacks`` its plan takes that each maker gets; 1 where it gets what it asks for."""
    if sum(stacks) <= stores.pool:
        return [1.0] * len(stacks)
    wanted = [
        needed * _share(bank, _dies(products, planned)) if needed else 0.0
        for products, bank, needed in zip(recipes.of_maker, stores.dies, stacks, strict=True)
    ]
    granted = divide(stores.pool, wanted, recipes.claims)
    return [
        given / max(needed, TINY) if given < want * (1.0 - ROUNDING) else 1.0
        for given, want, needed in zip(granted, wanted, stacks, strict=True)
    ]


def _fit_memory(products: list[Recipe], made: list[float], own_memory: list[float], hbm: float) -> int:
    """Cut one maker's packages, ``made`` by product, to what memory allows; gives what bounds them before dies do.

    ``hbm`` is the share of it the maker gets. What memory holds back leaves its packaging to products with memory of
    their own. That which cut the plan most binds, packaging if none did, and nothing where nothing was planned.
    """
    planned = spare = cut = own_cut = 0.0
    room: list[tuple[Recipe, float]] = []
    for recipe in products:
        plan = made[recipe.product]
        if not plan:
            continue
        limit = own_memory[recipe.product] if recipe.has_own else plan * (1.0 - recipe.part * (1.0 - hbm))
        planned += plan
        if limit < plan:
            made[recipe.product] = limit
            spare += (plan - limit) * recipe.started
            cut += plan - limit
            own_cut += (plan - limit) * recipe.has_own
        elif recipe.has_own:
            room.append((recipe, limit - plan))
    if spare and room:
        _pass_on(spare, room, made)
    if cut > 1e-6 * planned:
        return OWN_MEMORY if 2 * own_cut > cut else HBM
    return PACKAGING if planned > 0 else NOTHING


def _pass_on(spare: float, room: list[tuple[Recipe, float]], made: list[float]) -> None:
    """Packaging that memory leaves ``spare``, in packages started, fills the ``room`` of products, in good ones."""
    taken = sum([packages * recipe.started for recipe, packages in room])
    for recipe, packages in room:
        made[recipe.product] += packages * _share(spare, taken)


def dies_taken(recipes: Recipes, planned: Floats, memory: float) -> Floats:
    """Dies that packages ``planned`` take, (periods, makers), if so much of the HBM they want, in 0 to 1, is to be had.

    ``planned`` has shape (periods, products); memory of a product's own is as scarce as it is planned to be. The same
    as ``assemble`` makes of endless dies, for many periods at once.
    """
    limit = np.where(recipes.has_own, recipes.own_memory, planned * (1.0 - recipes.part * (1.0 - memory)))
    made = np.minimum(planned, limit)
    spare = (planned - made) @ recipes.starts_of.T
    room = np.where(recipes.has_own & (planned > 0), limit - made, 0.0)
    share = np.minimum(1.0, spare / np.maximum(room @ recipes.starts_of.T, TINY))
    return np.asarray((made + room * share[:, recipes.maker]) @ recipes.dies_of.T)


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
        claims=[draws.value(maker.hbm_share) for maker in makers.values()],
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
