"""Luck is addressed by name: seeds share nothing, keys move nobody else's, estimates keep their percentiles."""

import numpy as np
import pytest

from sim.facts.estimate import Estimate, Series
from sim.world.draws import BATCH, Draws, latin_column

YIELD = Estimate(central=0.3, low=0.2, high=0.4, key="makers.a.yield")


def test_a_latin_column_has_one_draw_in_every_stratum_of_each_batch():
    for batch in (0, 1):
        column = np.array(latin_column(1, "a.key", batch))
        assert sorted(np.floor(column * BATCH).astype(int)) == list(range(BATCH))


def test_batches_are_drawn_apart():
    assert not set(latin_column(1, "a.key", 0)) & set(latin_column(1, "a.key", 1))


def test_neighbouring_seeds_share_no_draw():
    seeds = [set(latin_column(seed, "a.key", 0)) for seed in (1, 2)]
    assert not seeds[0] & seeds[1]
    leads = [{Draws(seed, n).uniform("lead", "hopper") for n in range(10)} for seed in (1, 2)]
    assert not leads[0] & leads[1]


def test_neighbouring_replications_share_no_luck():
    luck = [{Draws(7, number).uniform("lead", line) for line in "abcdefgh"} for number in (0, 1)]
    assert not luck[0] & luck[1]


def test_the_ensemble_keeps_the_percentiles_of_an_estimate():
    values = [Draws(1, number).value(YIELD) for number in range(400)]
    assert np.quantile(values, [0.05, 0.5, 0.95]) == pytest.approx([0.2, 0.3, 0.4], abs=0.008)


def test_an_estimate_without_an_interval_is_its_centre():
    assert Draws(1, 0).value(Estimate(central=8.0)) == 8.0


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_an_estimates_quantiles_pass_through_all_three_figures(scale):
    smuggled = Estimate(central=140_000, low=10_000, high=400_000, scale=scale)
    assert [round(smuggled.quantile(u)) for u in (0.05, 0.5, 0.95)] == [10_000, 140_000, 400_000]


def test_a_curve_reads_between_its_points_and_is_flat_beyond_them():
    ramp = Series.model_validate({"points": {"2024-01-01": 10.0, "2024-01-11": 20.0}})
    start = 738886  # 2024-01-01
    days = np.array([start - 100, start, start + 5, start + 10, start + 100], dtype=float)
    assert Draws(1, 0).curve(ramp, days).tolist() == [10.0, 10.0, 15.0, 20.0, 20.0]
    assert [ramp.at(int(day)) for day in days] == [10.0, 10.0, 15.0, 20.0, 20.0]
    steps = ramp.model_copy(update={"interpolate": "step"})
    assert Draws(1, 0).curve(steps, days).tolist() == [10.0, 10.0, 10.0, 20.0, 20.0]


def test_a_replication_below_zero_is_refused():
    with pytest.raises(ValueError, match="no replication -1"):
        Draws(1, -1)
