"""From which day two scenarios can differ, and until when they are one world."""

from dataclasses import replace
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np
import pytest
from histories import before

from sim.facts.days import date_of, day_of
from sim.study.reading.divergence import FORESEEN, SILENT, divergence_day
from sim.study.reading.inline import inline
from sim.study.reading.load import load
from sim.study.replication import plan, replicate

TINY = str(Path(__file__).parent / "worlds/tiny/tiny.toml")


@pytest.mark.parametrize(
    ("setting", "day"),
    [
        ("replications=3", date(2025, 1, 1)),
        ("demand.wear={ central = 0.05 }", date(2025, 1, 1)),
        ("headline.stock.period='2023'", date(2025, 1, 1)),
        ("window.end=2024-06-01", date(2024, 6, 1)),
        ("demand.wear=0.04", date(2022, 1, 1)),
        ("rules.ban.announced=2022-10-07", date(2022, 9, 7)),
        ("rules.ban.announced=2023-06-01", date(2022, 12, 2)),
        ("rules.ban.enabled=false", date(2022, 12, 2)),
        ("rules.ban.in_force_days=40", date(2022, 12, 2)),
        ("rules.ban.clauses.fast.tpp_at_least=2400", date(2022, 12, 2)),
        ("rules.ban.withdrawn_days=400", date(2024, 2, 5)),
        ("rules.ban.title=Another name", date(2025, 1, 1)),
        ("foreign.acme.lines.one.output={ points = { 2022-01-01 = 10000, 2023-07-01 = 1 } }", date(2022, 1, 1)),
        ("foundry.phones={ points = { 2022-01-01 = 0, 2023-07-01 = 1 } }", date(2022, 1, 2)),
        ("memory.foreign={ points = { 2022-01-01 = 20000, 2023-07-01 = 0 }, interpolate = 'step' }", date(2022, 1, 1)),
    ],
)
def test_the_first_day_that_can_differ(setting, day):
    assert date_of(divergence_day(load(TINY), load(TINY, [setting]))) == day


def test_step_curves_differ_from_their_first_differing_point():
    curve = "memory.foreign={{ points = {{ 2022-01-01 = 2, 2023-07-01 = {} }}, interpolate = 'step' }}"
    one, two = load(TINY, [curve.format(3)]), load(TINY, [curve.format(4)])
    assert date_of(divergence_day(one, two)) == date(2023, 7, 1)


@pytest.mark.parametrize(
    ("setting", "day"),
    [
        ("demand.surges.wave.factor=3", date(2022, 10, 3)),
        ("demand.surges.wave.since=2023-05-05", date(2022, 10, 3)),
        ("demand.surges.wave.enabled=false", date(2022, 10, 3)),
        ("demand.surges.wave.factor={ central = 2 }", date(2025, 1, 1)),
    ],
)
def test_a_surge_that_differs_counts_from_its_first_day(setting, day):
    surge = TINY.replace("tiny.toml", "surge.toml")
    assert date_of(divergence_day(load(surge), load(surge, [setting]))) == day


def bumped(series: dict) -> str:
    """A dated series whose last point is half as high again."""
    points = {str(when): value for when, value in series["points"].items()}
    points[max(points)] = points[max(points)] * 1.5 + 1e-3
    return inline({**series, "points": points, "source": "judgement: a test"})


@pytest.fixture(scope="module")
def dated() -> list[tuple[date, str]]:
    """Every series that nobody reads ahead, changed in its last point, with the day from which that can be felt."""
    base, settings = load("baseline"), {}
    for key, origin in base.provenance.items():
        ahead = key.startswith(SILENT) or any(fnmatchcase(key, pattern) for pattern in FORESEEN)
        if isinstance(origin.value, dict) and "points" in origin.value and not ahead:
            settings[key] = f"{key}={bumped(origin.value)}"
    changed = load("baseline", [*settings.values()]).provenance
    alone = {key: replace(base, provenance={**base.provenance, key: changed[key]}) for key in settings}
    return [(date_of(divergence_day(base, other)), settings[key]) for key, other in alone.items()]


@pytest.mark.parametrize("since", [date(2025, 1, 1), date(2026, 1, 1)], ids=str)
def test_no_curve_is_felt_before_its_day_but_those_that_are_read_ahead(dated, since):
    late = [(day, setting) for day, setting in dated if day >= since]
    until = f"window.end={date(since.year, 10, 1)}"
    worlds = [plan(load("baseline", settings).scenario, 1) for settings in ([until], [until, *(s for _, s in late)])]
    first = min(day for day, _ in late)
    months = sum(end < day_of(first) for end in worlds[0].frame.months)
    for number in range(3):
        one, other = (replicate(world, number) for world in worlds)
        assert before(one.events, first) == before(other.events, first)
        for name, values in one.measures.items():
            assert np.array_equal(values[:months], other.measures[name][:months], equal_nan=True), name
