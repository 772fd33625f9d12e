"""Users by hand: where tokens go, who learns what from a release, and the chips that a peak takes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.actors.serving import Market, by_day, night, routes, users_of

WEEK = 0
SHARE = st.floats(0, 1)
EVENLY = np.full((2, 2), 0.5)
"""Two holders, each with as many chips of one stack as of the other."""


def market(users=(1.0, 1.0), **changes):
    """A million tokens a day among labs of equal weight, each served by a holder of its own, a thousand a chip."""
    plain = {
        "tokens": np.array([1e6]),
        "users": np.array([users]),
        "per_chip": np.array([1000.0]),
        "routes": np.eye(len(users))[None],
        "peak": 1.0,
        "novelty": 3.0,
        "fades": 90.0,
        "spread": 180.0,
    }
    return users_of(Market(**(plain | changes)), (len(users), 2))


def receive(people, day, lab, saves=1.0, waits=(False, False)):
    people.receive(day, (f"Model {len(people.savers)}", lab), saves, np.array(waits))


@given(elsewhere=st.lists(SHARE, min_size=3, max_size=3), weight=st.lists(st.floats(0.01, 1e6), min_size=2, max_size=2))
def test_every_token_is_served_by_somebody(elsewhere, weight):
    parts = routes([0, 1, 1], np.array(elsewhere), np.array([weight, weight[::-1]]))
    assert parts.shape == (2, 3, 2)
    assert parts.min() >= 0
    assert parts.sum(axis=2) == pytest.approx(np.ones((2, 3)))


def test_what_is_served_elsewhere_goes_to_all_by_what_they_have():
    parts = routes([0], np.array([0.6]), np.array([[1.0, 3.0]]))
    assert parts[WEEK, 0].tolist() == pytest.approx([0.4 + 0.15, 0.45])


@given(users=st.lists(st.floats(0.01, 100), min_size=1, max_size=6), released=st.lists(st.integers(0, 5), max_size=6))
def test_labs_share_out_the_nations_tokens(users, released):
    people = market(tuple(users))
    for day, lab in enumerate(released):
        receive(people, day, lab % len(users), 1.0)
    assert people.tokens(WEEK, 30).sum() == pytest.approx(1e6)


def test_users_move_to_what_is_new_and_half_of_them_leave_again_when_it_has_faded():
    people = market()
    assert people.tokens(WEEK, 0).tolist() == pytest.approx([5e5, 5e5])
    receive(people, 10, 1, 1.0)
    assert people.tokens(WEEK, 10).tolist() == pytest.approx([1e6 / 4, 3e6 / 4])
    assert people.tokens(WEEK, 100).tolist() == pytest.approx([1e6 / 3, 2e6 / 3])
    assert people.tokens(WEEK, 5000).tolist() == pytest.approx([5e5, 5e5])


def test_a_new_release_of_the_same_lab_is_new_again_and_no_newer():
    people = market()
    receive(people, 10, 1, 1.0)
    receive(people, 50, 1, 1.0)
    assert people.tokens(WEEK, 50).tolist() == pytest.approx([1e6 / 4, 3e6 / 4])


def test_what_a_model_saves_its_lab_has_at_once_and_the_others_when_it_has_spread():
    people = market()
    receive(people, 10, 0, 2.0)
    receive(people, 20, 1, 1.5)
    assert [people.saved(day)[:, 0].tolist() for day in (9, 10, 20, 189, 190, 199, 200)] == [
        [1.0, 1.0],
        [2.0, 1.0],
        [2.0, 1.5],
        [2.0, 1.5],
        [2.0, 3.0],
        [2.0, 3.0],
        [3.0, 3.0],
    ]


def test_chips_are_needed_for_the_peak_and_fewer_once_a_model_saves():
    people = market(peak=1.5)
    tokens = np.array([1e6, 2e6])
    assert people.need(WEEK, 0, tokens, EVENLY).tolist() == [1500.0, 3000.0]
    receive(people, 0, 1, 2.0)
    assert people.need(WEEK, 0, tokens, EVENLY).tolist() == [1500.0, 1500.0]


def test_on_a_stack_to_which_it_is_not_ported_yet_a_model_saves_nothing():
    """Twice the tokens on half of its holder's chips, until it serves on the others too."""
    people = market()
    receive(people, 0, 0, 2.0, waits=(False, True))
    assert people.need(WEEK, 11, np.array([3e6, 0.0]), EVENLY).tolist() == [2000.0, 0.0]
    people.ported(12, "Model 0", 1)
    assert people.need(WEEK, 12, np.array([3e6, 0.0]), EVENLY).tolist() == [1500.0, 0.0]


def test_what_spreads_needs_no_porting_any_more():
    people = market(spread=10.0)
    receive(people, 0, 0, 2.0, waits=(False, True))
    people.ported(30, "Model 0", 1)
    assert people.saved(9).tolist() == [[2.0, 1.0], [1.0, 1.0]]
    assert people.saved(10).tolist() == [[2.0, 2.0], [2.0, 2.0]]


@given(peak=st.floats(1, 5))
def test_chips_sized_for_a_peak_idle_for_the_rest_of_the_day(peak):
    assert (1.0 - night(peak)) * peak == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("asked", "held"), [(0.0, 0.0), (20.0, 0.0), (25.0, 0.0), (50.0, 1 / 3), (75.0, 2 / 3), (100.0, 1.0), (200.0, 1.0)]
)
def test_research_takes_the_nights_first_and_then_chips_round_the_clock(asked, held):
    """Of a hundred a quarter is idle at night."""
    assert by_day(np.array([asked / 100]), 0.25) == pytest.approx([held])


@given(asked=st.floats(0, 100), idle=st.floats(0, 0.9))
def test_nights_and_days_together_are_what_research_was_given(asked, idle):
    day = float(by_day(np.array([asked / 100]), idle)[0])
    assert day * 100 + (1 - day) * 100 * idle >= asked - 1e-6
    assert day == 0 or day * 100 + (1 - day) * 100 * idle == pytest.approx(asked)


def test_nobody_has_chips_and_nobody_asks():
    assert by_day(np.zeros(2), 0.3).tolist() == [0.0, 0.0]
