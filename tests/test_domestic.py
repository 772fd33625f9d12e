"""A domestic maker's planning period: three numbers and a minimum, and which of them it was."""

from typing import NamedTuple

import numpy as np
import pytest

from sim.actors.domestic import DIES, HBM, NOTHING, OWN_MEMORY, PACKAGING, Stores, Works, assemble


class Product(NamedTuple):
    dies: float
    stacks: float
    planned: float
    own: float | None = None


def one_die(planned=100.0):
    return Product(1.0, 4.0, planned)


def two_dies(planned=100.0):
    return Product(2 / 0.75, 8.0, planned)


def own_memory(planned, reach):
    return Product(1.0, 0.0, planned, reach)


def works(*products):
    return Works(
        dies_in=np.zeros((1, 1)),
        stacks_in=np.zeros((1, 1)),
        planned=np.array([[p.planned for p in products]]),
        own_memory=np.array([[p.own or 0.0 for p in products]]),
        column=np.arange(len(products)),
        maker=np.zeros(len(products), dtype=np.int64),
        dies=np.array([p.dies for p in products]),
        stacks=np.array([p.stacks for p in products]),
        has_own=np.array([p.own is not None for p in products]),
        belongs=np.ones((1, len(products))),
    )


def period(*products, dies=1e6, stacks=1e6):
    made = assemble(works(*products), 0, Stores(np.array([dies]), np.array([stacks])))
    return np.round(made.packages, 9).tolist(), int(made.binding[0])


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


def test_what_is_used_is_gone():
    made = assemble(works(one_die(10.0)), 0, Stores(np.array([100.0]), np.array([100.0])))
    assert made.stores.dies == pytest.approx([90.0])
    assert made.stores.stacks == pytest.approx([60.0])


def test_more_dies_never_give_fewer_chips():
    outputs = [sum(period(two_dies(), dies=float(dies))[0]) for dies in range(0, 600, 7)]
    assert outputs == sorted(outputs)
    assert outputs[-1] == 100
