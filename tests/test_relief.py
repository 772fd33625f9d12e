"""Who would wait for what is in sight, and what those who wait are denied."""

from pathlib import Path

import numpy as np
import pytest

from sim.actors.relief import Coming, Denial, ageing, ahead, near
from sim.study.reading.load import load
from sim.study.replication import build, plan
from sim.world.draws import Draws
from sim.world.stage import set_stage

TINY = Path(__file__).parent / "worlds" / "tiny" / "tiny.toml"
NEVER = np.inf
WORTH = np.array([[1.0, 0.5], [1.0, 0.5]])
NOW = Denial(
    shortage=np.array([0.4, 0.4]),
    missing=np.array([40.0, 60.0]),
    home=np.array([0.25, 0.25]),
    best=np.array([1.0, 1.0]),
)


@pytest.mark.parametrize(("due", "part"), [(100, 1.0), (150, 0.5), (200, 0.0), (300, 0.0), (75, 0.75), (NEVER, 0.0)])
def test_fewer_would_wait_for_what_is_farther_off_and_fewer_still_believe_what_is_overdue(due, part):
    assert near(np.array([due]), 100, 100) == pytest.approx([part])


def test_nothing_in_sight_changes_nothing():
    shortage, gap = ahead(NOW, [], WORTH, (100, 100))
    assert (shortage.tolist(), gap.tolist()) == ([0.4, 0.4], [0.75, 0.75])


def test_a_part_in_sight_narrows_the_gap_and_fills_the_need_of_those_who_may_have_it():
    """At half the patience half would wait; 60 chips of 0.5 go to one buyer that lacks 40, or to two that lack 100."""
    alone = ahead(NOW, [Coming(1, np.array([150.0, NEVER]), 60.0)], WORTH, (100, 100))
    assert [one.tolist() for one in alone] == [pytest.approx([0.1, 0.4]), pytest.approx([0.625, 0.75])]
    both = ahead(NOW, [Coming(1, np.array([150.0, 150.0]), 60.0)], WORTH, (100, 100))
    assert both[0] == pytest.approx([0.28, 0.28])


def test_a_part_no_better_than_what_is_at_home_leaves_the_gap():
    worse = Denial(NOW.shortage, NOW.missing, np.array([0.75, 0.75]), NOW.best)
    assert ahead(worse, [Coming(1, np.array([100.0, 100.0]), 0.0)], WORTH, (100, 100))[1] == pytest.approx([0.25, 0.25])


def test_what_is_overdue_is_half_believed_at_half_the_patience():
    filled = ahead(NOW, [Coming(0, np.array([50.0, NEVER]), 40.0)], WORTH, (100, 100))[0]
    assert filled == pytest.approx([0.2, 0.4])


def test_a_chip_loses_what_a_better_one_about_to_ship_gives_more_a_dollar():
    lost = ageing(np.array([[2.0, 4.0]] * 2), np.array([4.0, 4.0]), np.array([0.0, 0.5]))
    assert lost.tolist() == [[0.0, 0.0], [0.25, 0.0]]


def test_rent_is_due_in_a_look_at_which_nothing_is_closed():
    drawn = plan(load(str(TINY)).scenario, 1)
    stage = set_stage(drawn.frame, Draws(1, 0), drawn.law.regime(drawn.frame.span.start))
    elsewhere = build(drawn, stage).elsewhere
    elsewhere.tenants.rented[0, 0] = 100
    assert stage.gates.all()
    before = stage.spent.copy()
    elsewhere.step(0)
    assert (stage.spent - before)[0] == pytest.approx(100 * elsewhere.appetite.price[0] * elsewhere.tenants.habits.rent)
