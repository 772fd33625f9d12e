"""From which day two scenarios can differ, and until when they are one world."""

from datetime import date
from pathlib import Path

import pytest

from sim.facts.days import date_of
from sim.study.reading.divergence import divergence_day
from sim.study.reading.load import load

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
        ("foreign.acme.lines.one.output={ points = { 2022-01-01 = 10000, 2023-07-01 = 1 } }", date(2022, 1, 2)),
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
