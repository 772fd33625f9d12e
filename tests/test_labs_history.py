"""Labs as it happened: what the baseline with its labs must show, on a fixed seed, with the tolerance written down.

Forty replications. A day is compared in the median over them; a model that never came counts as later than all.
"""

from datetime import date, timedelta

import numpy as np
import pytest
from histories import history

from sim.facts.days import day_of

MONTH = 31
"""Days by which a median may miss a recorded day."""


@pytest.fixture(scope="module")
def labs():
    return history("baseline")


def released(labs, item):
    """The day of a model's release in every replication; infinity where it never came."""
    kind = "model released"
    return np.array(
        [
            next((float(e.day) for e in outcome.events if e.kind == kind and e.item == item), np.inf)
            for outcome in labs.outcomes
        ]
    )


@pytest.mark.parametrize(
    ("item", "recorded"),
    [("DeepSeek.V3", date(2024, 12, 26)), ("DeepSeek.R1", date(2025, 1, 20))],
)
def test_the_median_release_is_within_a_month_of_the_recorded_one(labs, item, recorded):
    """T1 and T25."""
    assert abs(np.median(released(labs, item)) - day_of(recorded)) <= MONTH


def test_r2_is_three_months_late_or_more_in_four_of_five_replications(labs):
    """S0-1: planned for May 2025."""
    planned = labs.plan.scenario.labs["DeepSeek"].models["R2"].planned
    assert planned == date(2025, 5, 15)
    assert np.mean(released(labs, "DeepSeek.R2") >= day_of(planned + timedelta(92))) >= 0.8


def months(labs, *years):
    return [month for month, day in enumerate(labs.months) if day.year in years]


def stacked(labs, measure):
    return np.stack([outcome.measures[measure] for outcome in labs.outcomes])


def test_inference_is_most_of_the_compute_in_use_in_2026(labs):
    """Z29: 0.51 to 0.89; the median of the year's month ends, in the median replication."""
    share = stacked(labs, "inference_share")[:, months(labs, 2026)]
    assert 0.51 <= np.median(np.median(share, axis=1)) <= 0.89


@pytest.mark.parametrize("year", [2024, 2025])
def test_ascend_hardly_trains_in_2024_and_2025(labs, year):
    """S0-3, S3-2: of its H100-equivalents less than a twentieth, in the median replication."""
    cann = labs.plan.frame.stacks.index("cann")
    trains, serves = (
        stacked(labs, f"{work}_capacity")[:, months(labs, year), :, cann].sum(axis=(1, 2))
        for work in ("training", "inference")
    )
    assert serves.min() > 0
    assert np.median(trains / (trains + serves)) < 0.05
