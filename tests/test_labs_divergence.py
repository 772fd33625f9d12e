"""Two scenarios that differ in their labs alone: until when they are one world, and that they are."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from histories import before

from sim.facts.days import date_of, day_of
from sim.study.reading.divergence import divergence_day
from sim.study.reading.load import load
from sim.study.replication import plan, replicate

LABS = str(Path(__file__).parent / "worlds/tiny/labs.toml")
DEEP = "labs.Deep.models"
SOON = "2022-04-02"
"""A Saturday, on which a week ends; the month ended on Thursday."""


def stepping(key: str, one: float, other: float) -> str:
    return f"{key}={{ points = {{ 2022-01-01 = {one}, {SOON} = {other}, 2024-06-01 = {one} }}, interpolate = 'step' }}"


CURVES = {
    "serving.tokens": (1e9, 1e15),
    "serving.efficiency": (1, 3),
    "workloads.inference": (0.5, 0.9),
    "workloads.training": (0.1, 0.9),
    "training.stacks.cann.failure.large": (1, 0),
}


def differ_from(day, one, other):
    """Whether two settings of the tiny world with a lab differ at all; they must not before a day."""
    scenes = [plan(load(LABS, settings).scenario, 1) for settings in (one, other)]
    months = sum(end < day for end in scenes[0].frame.months)
    differs = False
    for number in range(2):
        here, there = (replicate(scene, number) for scene in scenes)
        assert before(here.events, date_of(day)) == before(there.events, date_of(day))
        for name, values in here.measures.items():
            assert np.array_equal(values[:months], there.measures[name][:months], equal_nan=True), name
            differs |= not np.array_equal(values, there.measures[name], equal_nan=True)
        differs |= here.events != there.events
    return differs


@pytest.mark.parametrize("key", sorted(CURVES))
def test_a_curve_of_labs_is_not_felt_before_its_day_even_within_a_week(key):
    first, then = CURVES[key]
    one, other = [stepping(key, first, first)], [stepping(key, first, then)]
    day = divergence_day(load(LABS, one), load(LABS, other))
    assert date_of(day) == date.fromisoformat(SOON)
    assert differ_from(day, one, other)


@pytest.mark.parametrize(
    "setting",
    [
        f"{DEEP}.One.starts=2022-09-01",
        f"{DEEP}.Two.cluster=10000",
        "labs.Deep.patience=30",
        "training.stacks.cuda.utilisation=0.5",
        "policy.first.cann=training",
    ],
)
def test_a_lab_that_differs_counts_from_the_start(setting):
    assert divergence_day(load(LABS), load(LABS, [setting])) == day_of(date(2022, 1, 1))
    assert differ_from(day_of(date(2022, 1, 1)), [], [setting])


@pytest.mark.parametrize("word", ["planned", "recorded"])
def test_what_was_announced_or_recorded_of_a_model_changes_nothing(word):
    setting = f"{DEEP}.One.{word}=2023-03-03"
    end = day_of(date(2025, 1, 1))
    assert divergence_day(load(LABS), load(LABS, [setting])) == end
    assert not differ_from(end, [], [setting])
