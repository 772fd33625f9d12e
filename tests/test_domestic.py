"""A domestic maker's planning period: three numbers and a minimum, and which of them it was."""

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.actors.domestic import DIES, HBM, NOTHING, OWN_MEMORY, PACKAGING, Recipes, Stores, assemble, dies_taken


class Product(NamedTuple):
    dies: float
    stacks: float
    planned: float
    own: float | None = None
    part: float = 1.0


def one_die(planned=100.0, part=1.0):
    return Product(1.0, 4.0, planned, part=part)


def two_dies(planned=100.0):
    return Product(2 / 0.75, 8.0, planned)


def own_memory(planned, reach):
    return Product(1.0, 0.0, planned, reach, part=0.0)


def recipes(*products, makers=1, claims=(1.0,)):
    """Products of one maker, or one product for each of several."""
    owner = np.arange(len(products)) if makers > 1 else np.zeros(len(products), dtype=np.int64)
    belongs = (owner == np.arange(makers)[:, None]).astype(float)
    return Recipes(
        column=np.arange(len(products)),
        maker=owner,
        part=np.array([p.part for p in products]),
        has_own=np.array([p.own is not None for p in products]),
        belongs=belongs,
        starts_of=belongs,
        dies_of=belongs * [p.dies for p in products],
        stacks_of=belongs * [p.stacks * p.part for p in products],
        claims=list(claims),
        mix=np.ones((1, len(products))),
        own_memory=np.array([[p.own or 0.0 for p in products]]),
    )


def made(*products, dies=1e6, stacks=1e6, claims=(1.0,)):
    works, makers = recipes(*products, makers=len(claims), claims=claims), len(claims)
    planned = [p.planned for p in products]
    return assemble(works, planned, works.own_memory[0].tolist(), Stores([dies] * makers, stacks))


def period(*products, dies=1e6, stacks=1e6):
    output = made(*products, dies=dies, stacks=stacks)
    return np.round(output.packages, 6).tolist(), output.binding[0]


def test_packaging_binds_when_dies_and_memory_abound():
    assert period(one_die()) == ([100], PACKAGING)


def test_too_few_dies_bind():
    assert period(two_dies(), dies=80.0) == ([30], DIES)


def test_too_little_memory_binds_at_eight_stacks_a_package():
    assert period(two_dies(), stacks=400.0) == ([50], HBM)


def test_thirteen_million_stacks_make_1625000_two_die_packages():
    assert period(two_dies(1e9), dies=1e10, stacks=13e6) == ([1_625_000], HBM)


def test_packaging_that_memory_leaves_idle_goes_to_products_with_memory_of_their_own():
    assert period(two_dies(50.0), own_memory(50.0, reach=1000.0), stacks=80.0) == ([10, 90], HBM)


def test_own_memory_binds_where_the_product_has_no_more():
    assert period(own_memory(100.0, reach=40.0)) == ([40], OWN_MEMORY)


def test_no_capacity_no_chips_and_nothing_binds():
    assert period(one_die(0.0)) == ([0], NOTHING)


def test_a_range_that_takes_hbm_in_part_goes_on_without_it():
    assert period(one_die(100.0, part=0.6), stacks=0.0) == ([40], HBM)
    assert period(one_die(100.0, part=0.6), stacks=120.0) == ([70], HBM)


def test_what_is_used_is_gone():
    left = made(one_die(10.0), dies=100.0, stacks=100.0).stores
    assert left.dies == pytest.approx([90.0])
    assert left.pool == pytest.approx(60.0)


def test_no_memory_is_drawn_for_dies_that_are_not_there():
    left = made(one_die(100.0), dies=10.0, stacks=400.0).stores
    assert left.pool == pytest.approx(360.0)


def test_scarce_memory_is_divided_by_claim_and_what_one_maker_does_not_need_the_others_get():
    scarce = made(one_die(100.0), one_die(100.0), stacks=400.0, claims=(3.0, 1.0))
    assert scarce.packages == [75.0, 25.0]
    one_small = made(one_die(50.0), one_die(100.0), stacks=400.0, claims=(3.0, 1.0))
    assert one_small.packages == [50.0, 50.0]
    assert one_small.binding == [PACKAGING, HBM]


def test_more_dies_never_give_fewer_chips():
    outputs = [sum(period(two_dies(), dies=float(dies))[0]) for dies in range(0, 600, 7)]
    assert outputs == sorted(outputs)
    assert outputs[-1] == 100


AMOUNTS = st.floats(0, 1e5)


@given(AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS, st.floats(0, 1))
def test_the_dies_plans_are_reckoned_to_take_are_those_that_making_them_takes(one, two, own, reach, part):
    """With all the memory they want, and with none."""
    works = recipes(one_die(one, part), two_dies(two), own_memory(own, reach))
    planned = [one, two, own]
    for memory, stacks in ((1.0, 1e9), (0.0, 0.0)):
        left = assemble(works, planned, works.own_memory[0].tolist(), Stores([1e9], stacks)).stores
        (taken,) = dies_taken(works, np.array([planned]), memory)[0]
        assert 1e9 - left.dies[0] == pytest.approx(taken, rel=1e-6, abs=1e-3)
