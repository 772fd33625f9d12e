"""Labs as it happened: what the baseline must show of its labs, on a fixed seed, with the tolerance written down.

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


def first_days(labs, item, kind="model released"):
    """The day of a model's first event of a kind in every replication; infinity where it never came."""
    return np.array(
        [
            next((float(e.day) for e in outcome.events if e.kind == kind and e.item == item), np.inf)
            for outcome in labs.outcomes
        ]
    )


PLANNED = date(2025, 5, 15)
"""S0-1."""
LATE = PLANNED + timedelta(92)


def late(labs):
    """The share of replications in which R2 comes three months late or more."""
    assert labs.plan.scenario.labs["DeepSeek"].models["R2"].planned == PLANNED
    return np.mean(first_days(labs, "DeepSeek.R2") >= day_of(LATE))


@pytest.mark.parametrize(
    ("item", "recorded"),
    [("DeepSeek.V3", date(2024, 12, 26)), ("DeepSeek.R1", date(2025, 1, 20))],
)
def test_the_median_release_is_within_a_month_of_the_recorded_one(labs, item, recorded):
    """T1 and T25."""
    assert abs(np.median(first_days(labs, item)) - day_of(recorded)) <= MONTH


def test_the_models_before_v3_come_within_a_month_of_record_though_only_v3_is_fitted(labs):
    """T25 for V3; the days of the others are general knowledge."""
    for item, model in list(labs.plan.scenario.labs["DeepSeek"].models.items())[:3]:
        assert abs(np.median(first_days(labs, f"DeepSeek.{item}")) - day_of(model.recorded)) <= MONTH, item


def test_r2_is_three_months_late_or_more_in_four_of_five_replications_and_not_where_ascend_trains(labs):
    """The other world is played to the day from which R2 counts as late."""
    assert late(labs) >= 0.8
    assert late(history("ascend-training-works", settings=(f"window.end={LATE}",))) < 0.3


def test_a_failed_run_costs_r2_most_and_then_labelling_and_the_quality_bar(labs):
    """S0-3 to S0-5, S0-9, S0-14."""
    costs = {"run failed": [], "labelling done": [], "quality-bar done": []}
    for outcome in labs.outcomes:
        for event in outcome.events:
            if event.item == "DeepSeek.R2" and event.kind in costs:
                costs[event.kind].append(int(event.detail.removesuffix(" days").split()[-1]))
    failed, labelling, bar = (np.median(days) for days in costs.values())
    assert len(costs["run failed"]) >= 0.8 * len(labs.outcomes)
    assert failed > 2 * max(labelling, bar)
    assert min(labelling, bar) > 7


def test_v4_is_out_in_its_recorded_quarter(labs):
    """T25: 24 April 2026, inside the half of all replications around the median, which lies in the same quarter."""
    low, middle, high = np.quantile(first_days(labs, "DeepSeek.V4"), (0.25, 0.5, 0.75), method="nearest")
    assert low <= day_of(date(2026, 4, 24)) <= high
    assert day_of(date(2026, 4, 1)) <= middle < day_of(date(2026, 7, 1))


def test_an_h800_ban_at_once_delays_v3s_final_run_by_two_months():
    """In the median of forty pairs on the same luck; runs begin on the model's weeks, so 61 days are nine weeks."""
    began = [first_days(history(name), "DeepSeek.V3", "run begun") for name in ("baseline", "h800-banned-at-once")]
    assert np.median(began[1] - began[0]) >= 61


def test_the_release_of_january_2025_raises_orders_of_the_h20(labs):
    """S2-7, L17: the same world without the model that brings the surge orders less of it in the first half of 2025."""
    without = history("baseline", 10, settings=("labs.DeepSeek.models.R1.enabled=false",))
    spring = (date(2025, 1, 1), date(2025, 4, 30))
    more = labs.total("orders", *spring, chip="H20")[:10] - without.total("orders", *spring, chip="H20")
    assert np.median(more) > 50_000
    assert not [e for outcome in without.outcomes for e in outcome.events if e.kind == "demand surges"]


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


def test_ascend_trains_some_from_2026_on(labs):
    """S0-12, T15 to T17: in most replications a fortieth or more of what it does in 2026 to 2028, all of it counted."""
    cann = labs.plan.frame.stacks.index("cann")
    trains, serves = (
        stacked(labs, f"{work}_capacity")[:, months(labs, 2026, 2027, 2028), :, cann].sum(axis=(1, 2))
        for work in ("training", "inference")
    )
    assert np.median(trains / (trains + serves)) > 0.025
