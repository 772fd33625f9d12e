"""Domestic makers: dies, memory and packaging become chips, and the scarcest of them binds.

Good dies come out of domestic wafers a cycle time after they went in, and from foreign foundries as long as the law and the
foundry let them. HBM comes from one national flow that the makers divide. Packaging turns them into so many good packages
a month. Which of the four inputs held a week's output is recorded.
"""

from dataclasses import dataclass, replace

import numpy as np

from sim.facts.chips import Chip
from sim.facts.days import DAYS_PER_MONTH, DAYS_PER_WEEK
from sim.facts.makers import DomesticMaker
from sim.world.draws import Draws, Floats, on_days

WEEKS_PER_MONTH = DAYS_PER_MONTH / DAYS_PER_WEEK


@dataclass(frozen=True)
class Recipe:
    """What one good package of a product takes: dies (lost ones included), HBM stacks, or its own memory."""

    dies: float
    stacks: float
    own_memory: bool


@dataclass(frozen=True)
class Works:
    """A maker's inputs week by week, for one replication, as plain lists: they are read one number at a time.

    Lengths: ``domestic_dies``, ``foreign_dies``, ``packaging`` [weeks]; ``mix`` and ``own_memory`` [weeks][products].
    """

    products: tuple[str, ...]
    recipes: tuple[Recipe, ...]
    domestic_dies: list[float]
    foreign_dies: list[float]
    packaging: list[float]
    mix: list[list[float]]
    own_memory: list[list[float]]
    hbm_share: float
    transit: float


@dataclass(frozen=True)
class Stores:
    """What lies at a maker: dies, HBM stacks, and fractions of packages not finished yet, one per product."""

    dies: float
    stacks: float
    unfinished: tuple[float, ...]


@dataclass(frozen=True)
class Batch:
    """A week's output: whole packages per product, the input that was scarcest ('' if none was asked), what is left."""

    packages: tuple[int, ...]
    binding: str
    stores: Stores


def assemble(works: Works, week: int, stores: Stores) -> Batch:
    """Make what the scarcest input allows.

    Packaging is first planned by the product mix. Products short of HBM shrink and leave their capacity to those with their
    own memory, as far as that reaches; then, if dies are short, all shrink alike. Fractions of packages are carried over.
    """
    recipes = works.recipes
    plan = [works.packaging[week] * mix for mix in works.mix[week]]
    limits = _memory_limits(works, week, stores.stacks, plan)
    made = _redistribute(plan, limits, recipes)
    dies_needed = sum([m * r.dies for m, r in zip(made, recipes, strict=True)])
    die_rate = min(1.0, stores.dies / dies_needed) if dies_needed > 0 else 1.0
    made = [m * die_rate for m in made]
    whole = tuple([int(m + u) for m, u in zip(made, stores.unfinished, strict=True)])
    left = Stores(
        dies=stores.dies - die_rate * dies_needed,
        stacks=stores.stacks - sum([m * r.stacks for m, r in zip(made, recipes, strict=True)]),
        unfinished=tuple([m + u - w for m, u, w in zip(made, stores.unfinished, whole, strict=True)]),
    )
    return Batch(whole, _binding(recipes, plan, limits, die_rate), left)


def _memory_limits(works: Works, week: int, stacks: float, plan: list[float]) -> list[float]:
    """Most packages of each product its memory allows. HBM is divided by planned use."""
    wanted = sum([p * r.stacks for p, r in zip(plan, works.recipes, strict=True)])
    rate = min(1.0, max(stacks, 0.0) / wanted) if wanted > 0 else 1.0
    own = works.own_memory[week]
    return [own[i] if r.own_memory else plan[i] * rate for i, r in enumerate(works.recipes)]


def _redistribute(plan: list[float], limits: list[float], recipes: tuple[Recipe, ...]) -> list[float]:
    """Packages per product when what memory holds back leaves its packaging to products with memory of their own."""
    made = [min(p, limit) for p, limit in zip(plan, limits, strict=True)]
    spare = sum(plan) - sum(made)
    if spare <= 0:
        return made
    room = [
        limit - m if r.own_memory and p > 0 else 0.0 for p, m, limit, r in zip(plan, made, limits, recipes, strict=True)
    ]
    rate = min(1.0, spare / sum(room)) if sum(room) > 0 else 0.0
    return [m + r * rate for m, r in zip(made, room, strict=True)]


def _binding(recipes: tuple[Recipe, ...], plan: list[float], limits: list[float], die_rate: float) -> str:
    """Name of the scarcest input: dies if they are short, else the memory that cut the plan most, else packaging."""
    if sum(plan) <= 0:
        return ""
    if die_rate < 1.0:
        return "dies"
    cuts = [p - limit for p, limit in zip(plan, limits, strict=True)]
    worst = max(range(len(cuts)), key=cuts.__getitem__)
    if cuts[worst] <= 1e-9 * plan[worst]:
        return "packaging"
    return "own memory" if recipes[worst].own_memory else "hbm"


def receive(stores: Stores, dies: float, stacks: float) -> Stores:
    """Stores after a week's good dies and HBM stacks came in."""
    return replace(stores, dies=stores.dies + dies, stacks=stores.stacks + stacks)


def works_of(maker: DomesticMaker, chips: dict[str, Chip], draws: Draws, days: Floats) -> Works:
    """A maker's inputs in one replication, on the given week ends."""
    products = tuple(maker.products)
    own = [maker.products[name].own_memory for name in products]
    mix = np.stack([on_days(maker.products[name].mix, days) for name in products], axis=1)
    total = mix.sum(axis=1, keepdims=True)
    return Works(
        products=products,
        recipes=tuple(_recipe(maker, chips[name], own[i] is not None, draws) for i, name in enumerate(products)),
        domestic_dies=good_dies(maker, draws, days).tolist(),
        foreign_dies=(draws.curve(maker.foreign_dies, days) / WEEKS_PER_MONTH).tolist(),
        packaging=(draws.curve(maker.packaging, days) / WEEKS_PER_MONTH).tolist(),
        mix=np.divide(mix, total, out=np.zeros_like(mix), where=total > 0).tolist(),
        own_memory=np.stack(
            [np.zeros(len(days)) if o is None else draws.curve(o, days) / WEEKS_PER_MONTH for o in own], axis=1
        ).tolist(),
        hbm_share=draws.value(maker.hbm_share),
        transit=draws.value(maker.transit),
    )


def good_dies(maker: DomesticMaker, draws: Draws, days: Floats) -> Floats:
    """Good dies a week from domestic wafers, shape (days,): wafers less prior claims, a cycle time ago, times yield."""
    started = days - draws.value(maker.cycle)
    wafers = draws.curve(maker.wafers, started)
    if maker.prior_claim is not None:
        wafers = np.maximum(wafers - draws.curve(maker.prior_claim, started), 0.0)
    good = np.minimum(draws.curve(maker.die_yield, started), 1.0) * draws.value(maker.gross_dies)
    return np.asarray(wafers * good / WEEKS_PER_MONTH)


def _recipe(maker: DomesticMaker, chip: Chip, own_memory: bool, draws: Draws) -> Recipe:
    survival = draws.value(maker.two_die_survival) if chip.dies > 1 else 1.0
    return Recipe(chip.dies / survival, 0.0 if own_memory else float(chip.hbm_stacks or 0), own_memory)
