"""China beside the US, and what closed parts cost their seller: made-up series, and a tiny world reckoned by hand."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from histories import history

from sim.actors.denial import Lines, affordable, denied, left_for_foreign
from sim.actors.reference import at_month_ends, fleet, months_behind, ratio, trailing_year

TINY = str(Path(__file__).parent / "worlds" / "tiny" / "tiny.toml")
PLAIN = (
    "foreign.acme.lines.one.output={points={2022-01-01=9131.25}}",  # 700 chips a week
    "chips.Alpha.price=30000",
    "exchange.tpp=16000",  # an Alpha is one H100-equivalent
    "demand.wear=0",
)


def lines(**given):
    nothing = {name: np.zeros((1, 2)) for name in ("reach", "price", "worth", "paid", "sent")}
    return Lines(**{**nothing, "closed": np.ones((1, 2), dtype=bool), **given})


def row(*numbers):
    return np.array([numbers], dtype=float)


def test_a_fleet_adds_up_and_wears():
    assert fleet(np.array([100.0, 100.0, 0.0]), wear=0.1, initial=0.0).tolist() == pytest.approx([100, 190, 171])
    assert fleet(np.array([0.0, 0.0]), wear=0.5, initial=40.0).tolist() == pytest.approx([20, 10])


def test_levels_at_month_ends_are_those_of_the_last_week():
    weekly = np.array([1.0, 2.0, 3.0])
    assert at_month_ends(weekly, np.array([1, 1, 2]), 4).tolist() == [0, 2, 3, 3]


def test_how_far_behind():
    """The US had 10, 20, 30 on days 7, 14, 21; a month is 30.4 days."""
    weekly, weeks = np.array([10.0, 20.0, 30.0]), np.array([7, 14, 21])
    sizes, days = np.array([0.0, 10.0, 15.0, 30.0, 31.0, 15.0]), np.array([30, 30, 30, 30, 30, 8])
    behind = months_behind(sizes, days, weekly, weeks) * 30.4375
    assert behind.tolist() == pytest.approx([np.nan, 23, 16, 9, np.nan, np.nan], nan_ok=True)


def test_a_fleet_that_shrinks_had_its_size_before():
    behind = months_behind(np.array([25.0]), np.array([28]), np.array([10.0, 30.0, 20.0]), np.array([7, 14, 21]))
    assert behind.tolist() == pytest.approx([14 / 30.4375])


def test_a_ratio_to_nothing_is_undefined():
    assert ratio(np.array([1.0, 2.0]), np.array([4.0, 0.0])).tolist() == pytest.approx([0.25, np.nan], nan_ok=True)


def test_a_trailing_year_forgets():
    monthly = np.concatenate([[0.1, 0.2], np.zeros(12)])
    year = trailing_year(monthly)
    assert year[:2].tolist() == pytest.approx([0.1, 0.3])
    assert year[11:].tolist() == [pytest.approx(0.3), 0.2, 0]


def test_china_cannot_pay_for_more_than_its_budget():
    two = lines(reach=np.full((2, 1), 10.0), price=np.full((2, 1), 100.0))
    assert affordable(two, np.array([500.0])).tolist() == [[2.5], [2.5]]
    assert affordable(two, np.array([1e9])).tolist() == [[10], [10]]


def test_what_domestic_makers_are_paid_buys_no_foreign_chip():
    assert left_for_foreign(np.array([500.0, 500.0]), np.array([200.0, 900.0])).tolist() == [300, 0]


def test_what_is_sold_instead_comes_off_the_loss():
    given = lines(reach=row(10, 10), price=row(100, 100), worth=row(1, 1), paid=row(300, 3000), sent=row(2, 30))
    lost, kept = denied(given, np.array([1e9, 1e9]))
    assert lost.tolist() == [[700, 0]]
    assert kept.tolist() == [[8, 0]]


def test_an_open_part_costs_nothing():
    given = lines(reach=row(10, 10), price=row(100, 100), worth=row(1, 1), closed=np.array([[False, True]]))
    lost, kept = denied(given, np.array([1e9, 1e9]))
    assert (lost.tolist(), kept.tolist()) == ([[0, 1000]], [[0, 10]])


def weeks_until(world, last):
    return sum(day <= last.toordinal() for day in world.plan.frame.weeks)


def test_three_quarters_of_what_china_does_not_get_stand_in_the_us():
    world = history(TINY, 1, settings=(*PLAIN, "foreign.acme.lines.one.china_share_cap={points={2022-01-01=0}}"))
    measures, end = world.outcomes[0].measures, world.months.index(date(2023, 6, 30))
    standing = 0.75 * 700 * weeks_until(world, date(2023, 6, 30))
    assert measures["us_stock_h100e_tpp"][end] == pytest.approx(standing)
    assert measures["us_ratio"][end] == pytest.approx(measures["stock_h100e_tpp"][end].sum() / standing)


def test_what_china_gets_the_us_does_not():
    world = history(TINY, 1, settings=(*PLAIN, "demand.load={points={2022-01-01=1000000}}"))
    measures, end = world.outcomes[0].measures, world.months.index(date(2022, 12, 31))
    weeks = weeks_until(world, date(2022, 12, 31))
    assert measures["produced"][: end + 1].sum(axis=0)[0, 0] == pytest.approx(245 * weeks, abs=1)
    assert measures["us_stock_h100e_tpp"][end] == pytest.approx(0.75 * 455 * weeks, rel=1e-4)


def test_a_world_that_has_moved_on_leaves_the_rest_unmade():
    moved_on = "foreign.acme.lines.one.abroad={points={2022-01-01=1304.464285714}}"  # 100 chips a week
    shut = "rules.ban.announced=2022-01-01"
    world = history(TINY, 1, settings=(*PLAIN, moved_on, shut))
    end = world.months.index(date(2023, 6, 30))
    assert world.outcomes[0].measures["us_stock_h100e_tpp"][end] == pytest.approx(
        0.75 * 100 * weeks_until(world, date(2023, 6, 30)), rel=0.03
    )


def test_a_closed_part_costs_its_maker_its_share_of_the_line_every_week():
    """From 11 January 2023 Alpha is closed; China could have had 245 a week at 30,000 dollars, and gets none."""
    world = history(TINY, 1, settings=PLAIN)
    measures, months = world.outcomes[0].measures, world.months
    july = months.index(date(2023, 7, 31))
    weeks = weeks_until(world, date(2023, 7, 31)) - weeks_until(world, date(2023, 6, 30))
    assert measures["lost_revenue"][: months.index(date(2022, 12, 31)) + 1].sum() == 0
    assert measures["lost_revenue"][july, 0] == pytest.approx(weeks * 245 * 30_000)
    assert measures["denied_h100e_tpp"][july, 0] == pytest.approx(weeks * 245)
    assert measures["dollars_per_h100e_denied"][july] == pytest.approx(30_000)
    assert np.isnan(measures["dollars_per_h100e_denied"][: months.index(date(2022, 12, 31)) + 1]).all()


def test_a_smuggled_chip_is_no_sale_and_leaves_as_much_denied():
    brokers = ("grey.capacity={points={2022-01-01=20000}}", "grey.price_most=1")
    plain, grey = (history(TINY, 1, settings=(*PLAIN, *more)) for more in ((), brokers))
    end = date(2023, 6, 30)
    assert grey.total("deliveries", date(2023, 1, 1), end, origin="smuggled")[0] > 0
    for measure in ("lost_revenue", "denied_h100e_tpp"):
        lost, still = (world.total(measure, date(2022, 1, 1), end)[0] for world in (plain, grey))
        assert still == pytest.approx(lost)


def test_without_controls_nothing_is_lost_or_denied():
    for outcome in history("no-controls", 2).outcomes:
        assert outcome.measures["lost_revenue"].sum() == 0
        assert outcome.measures["denied_h100e_tpp"].sum() == 0
        assert outcome.measures["stranded_value"].sum() == 0
