"""Scarce chips are shared in whole numbers, nobody gets more than it wants, orders wait first come, first served."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.world.market import OrderBook, fill_rates, lead_times, part_given, ration

EQUAL = np.ones((3, 1))


def column(*numbers):
    return np.array(numbers, dtype=np.int64)[:, None]


def shared(supply, wants, weights=EQUAL):
    return ration(np.array([supply]), column(*wants), np.asarray(weights, dtype=float))[:, 0].tolist()


def test_enough_for_all_gives_all():
    assert shared(100, (10, 20, 30)) == [10, 20, 30]


def test_scarcity_is_shared_in_proportion_to_orders():
    assert shared(30, (10, 20, 30)) == [5, 10, 15]


def test_odd_chips_go_where_the_running_total_passes_a_whole_one():
    assert shared(10, (10, 10, 10)) == [3, 3, 4]


def test_a_weight_of_two_gets_twice_the_share():
    assert shared(40, (100, 100, 0), [[2], [1], [1]]) == [26, 14, 0]


def test_what_a_filled_order_leaves_goes_to_the_others():
    assert shared(50, (10, 100, 100), [[100], [1], [1]]) == [10, 20, 20]


def test_a_holder_that_weighs_nothing_gets_nothing_of_what_is_scarce():
    assert shared(50, (100, 40, 0), [[0], [1], [1]]) == [0, 40, 0]


@given(
    supply=st.integers(0, 5000),
    wants=st.lists(st.integers(0, 2000), min_size=3, max_size=3),
    weights=st.lists(st.floats(0.1, 10), min_size=3, max_size=3),
)
def test_every_chip_is_given_unless_all_are_served(supply, wants, weights):
    grants = shared(supply, wants, np.array(weights)[:, None])
    assert sum(grants) == min(supply, sum(wants))
    assert all(0 <= grant <= want for grant, want in zip(grants, wants, strict=True))


def test_the_lead_time_is_the_age_of_the_order_filled():
    book = OrderBook(1, 1, 6)
    book.revise(0, column(10))
    book.revise(1, column(10))
    book.fill(2, column(10))
    book.fill(5, column(10))
    waits = lead_times(book.placed, book.filled, np.arange(6))[:, 0]
    assert np.nan_to_num(waits, nan=-1).tolist() == [-1, -1, 2, -1, -1, 4]


def test_withdrawn_orders_are_the_youngest():
    book = OrderBook(1, 1, 4)
    book.revise(0, column(10))
    book.revise(1, column(10))
    book.revise(2, column(-10))
    book.fill(3, column(10))
    assert lead_times(book.placed, book.filled, np.array([3])).tolist() == [[3.0]]
    assert book.open.tolist() == [[0]]


def test_an_order_placed_after_a_withdrawal_waits_from_its_own_week():
    book = OrderBook(1, 1, 6)
    book.revise(0, column(10))
    book.revise(1, column(-10))
    book.revise(4, column(10))
    book.fill(5, column(10))
    assert lead_times(book.placed, book.filled, np.array([5])).tolist() == [[1.0]]


def test_the_oldest_of_several_orders_filled_together_counts():
    book = OrderBook(1, 1, 4)
    book.revise(0, column(10))
    book.revise(2, column(10))
    book.fill(3, column(20))
    assert lead_times(book.placed, book.filled, np.array([3])).tolist() == [[3.0]]


def test_unfilled_orders_count_against_the_fill_rate():
    filled = np.array([[0], [20], [0]])
    backlog = np.array([[100], [80], [80]])
    assert fill_rates(filled, backlog, window=2)[:, 0].tolist() == [0.0, 0.2, 0.2]


@pytest.mark.parametrize(
    ("capacity", "other", "asks", "part"),
    [
        (100.0, 0.0, [(50.0, 100.0)], 1.0),
        (100.0, 100.0, [(100.0, 100.0)], 0.5),
        (400.0, 0.0, [(200.0, 100.0), (300.0, 400.0)], 1.0),
        (300.0, 100.0, [(200.0, 30.0), (200.0, 300.0)], 0.9),
        (0.0, 10.0, [(10.0, 0.0)], 0.0),
        (5.0, 0.0, [], 1.0),
    ],
)
def test_what_a_bound_leaves_over_goes_to_the_others(capacity, other, asks, part):
    assert part_given(capacity, other, asks) == pytest.approx(part)
    given = other * part + sum(min(ask * part, most) for ask, most in asks)
    assert given <= capacity or capacity == pytest.approx(given)
