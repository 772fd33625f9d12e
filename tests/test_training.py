"""The arithmetic of training runs against recorded ones and against what must hold of any."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.facts.training import Pace, cluster_size, effective, run_days

H100 = 989.0
CALM = Pace(utilisation=0.33, reference=2048, scaling=0.0, stops=0.0, lost=0.0)


def test_v3_takes_its_recorded_hours_on_2048_h800():
    hours = run_days(3.3e24, 2048, H100, CALM) * 24 * 2048
    assert hours == pytest.approx(2.788e6, rel=0.02)


def test_a_cluster_of_weaker_chips_has_the_same_arithmetic():
    assert cluster_size(2048, H100, H100) == 2048
    assert cluster_size(2048, 148, H100) == 13686
    kinds = np.array([H100, 312.0, 148.0])
    days = run_days(3.3e24, cluster_size(2048, kinds, H100), kinds, CALM).tolist()
    assert days == pytest.approx([days[0]] * 3, rel=1e-3)


def test_stops_cost_what_is_lost_at_each():
    """T6: 7.8 stops a day on 16,384 chips, and 0.0129 days lost at each, leave nine tenths of the time."""
    pace = Pace(utilisation=1.0, reference=1, scaling=0.0, stops=419 / 54 / 16_384, lost=0.1 / 0.9 / (419 / 54))
    assert pace.working(16_384) == pytest.approx(0.9)


@given(chips=st.integers(2048, 200_000), scaling=st.floats(0, 0.3), stops=st.floats(0, 1e-2), lost=st.floats(0, 0.05))
def test_more_chips_never_reach_a_larger_share_nor_take_more_than_all_of_it(chips, scaling, stops, lost):
    pace = Pace(0.33, 2048, scaling, stops, lost)
    assert 0 < effective(pace, 2 * chips) <= effective(pace, chips) <= effective(pace, 2048) == pytest.approx(0.33)


def test_a_smaller_cluster_is_no_faster_for_its_size_but_stops_less():
    assert effective(CALM, 64) == effective(CALM, 2048)
    shaky = Pace(0.33, 2048, 0.1, 1e-3, 0.01)
    assert 0.33 < effective(shaky, 64) < 0.34
