"""Variants meet the same luck: it makes small differences visible, and before they diverge they are one world."""

from datetime import date
from functools import cache
from itertools import product

import numpy as np
import pytest
from histories import before, history

from sim.facts.days import date_of
from sim.study.comparing.pairing import ROUNDING
from sim.study.reading.divergence import divergence_day
from sim.study.reading.load import load
from sim.study.reading.shipped import names
from sim.world.series import MEASURES

START = date(2020, 1, 2)
AT_ONCE = {"no-controls", "no-early-stockpile", "no-foreign-dies", "no-smuggling", "reactive-regulator"} | {
    "ascend-training-never-works",
    "ascend-training-works",
    "deepseek-50k-hopper",
    "efficiency-stalls",
    "no-domestic-cloud-wave",
    "serving-first",
    "small-models-on-ascend",
    "training-race",
}
"""Scenarios that differ from the first days on."""
loaded = cache(load)
DATED = sorted(set(names()) - AT_ONCE - {"baseline"})


@cache
def diverges(name):
    return date_of(divergence_day(loaded("baseline"), loaded(name)))


def test_pairing_cuts_the_variance_of_a_difference_five_times_and_more():
    """China's stock in H100-equivalents at the end of 2024, H800 banned at once: some two hundred times."""

    def stock(name, seed=1, settings=()):
        return history(name, 20, seed, settings).level("stock_h100e_tpp", date(2024, 12, 31))

    reference, variant = stock("baseline"), stock("h800-banned-at-once")
    elsewhere = stock("baseline", 2, ("window.end=2025-01-01",))
    paired, unpaired = variant - reference, variant - elsewhere

    assert np.ptp(paired) > 0
    assert unpaired.var(ddof=1) > 5 * paired.var(ddof=1)
    assert reference.var(ddof=1) + variant.var(ddof=1) > 5 * paired.var(ddof=1)


def test_the_scenarios_with_dated_differences():
    assert len(DATED) >= 8
    assert {"h800-banned-at-once", "hbm-banned-at-leak", "h20-never-banned", "dual-gate-open"} <= set(DATED)
    assert {name for name in {*DATED, *AT_ONCE} if diverges(name) > START} == set(DATED)


def until(world, measure, values, day):
    """A measure's months before a day by the names along its dimensions, columns that hold nothing left out."""
    past = values[[month < day for month in world.months]]
    spelt = [*product(*world.plan.frame.labels(MEASURES[measure]))]
    columns = past.reshape(len(past), -1).T
    return {name: column.tolist() for name, column in zip(spelt, columns, strict=True) if np.nan_to_num(column).any()}


def told(world):
    """Everything that happened and was recorded."""
    return [(one.events, {name: values.tobytes() for name, values in one.measures.items()}) for one in world.outcomes]


@pytest.mark.parametrize("name", DATED)
def test_a_variant_is_its_reference_until_the_day_they_diverge(name):
    """Event for event, number for number but for the order in which a sum was taken; and not for ever."""
    reference, variant, day = history("baseline", 2), history(name, 2), diverges(name)
    for one, other in zip(reference.outcomes, variant.outcomes, strict=True):
        assert before(one.events, day)
        assert before(one.events, day) == before(other.events, day)
        for measure, values in one.measures.items():
            here = until(reference, measure, values, day)
            there = until(variant, measure, other.measures[measure], day)
            assert here.keys() == there.keys()
            assert all(np.allclose(here[key], there[key], rtol=ROUNDING, atol=0, equal_nan=True) for key in here), (
                measure
            )
    assert told(reference) != told(variant)
