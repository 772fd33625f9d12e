"""Every shipped question about chips from abroad has an answer of the right sign and size, on the same luck.

What moves Huawei's supply is in test_domestic_directions, what moves the grey channel in test_grey_directions.
"""

from datetime import date

import numpy as np
import pytest
from histories import history

FEW = 12


def year(number):
    return date(number, 1, 1), date(number, 12, 31)


def of(name, measure, span, **where):
    """A flow's median over the replications of a scenario."""
    return float(np.median(history(name, FEW).total(measure, *span, **where)))


def count(name, kind, chip=None):
    """Events of a kind, over all replications."""
    outcomes = history(name, FEW).outcomes
    return sum(event.kind == kind and chip in (None, event.chip) for outcome in outcomes for event in outcome.events)


def test_a_leaked_ban_brings_a_rush_of_about_a_years_supply_and_deliveries_do_not_follow():
    """L17, V9: five times the orders of a usual quarter, about $16bn; V13: 383,000 chips, limited by supply.

    The model has some four and a half times: the surge of January 2025 and the rush, part of which falls in 2024.
    """
    rush = (date(2025, 1, 1), date(2025, 3, 31))
    usual = of("baseline", "orders", (date(2024, 4, 1), date(2024, 9, 30)), chip="H20") / 2
    assert of("baseline", "orders", rush, chip="H20") > 3 * usual
    assert of("baseline", "deliveries", rush, chip="H20") < 0.5 * of("baseline", "orders", rush, chip="H20")


def test_nobody_rushes_who_does_not_buy_ahead():
    rush = (date(2025, 1, 1), date(2025, 3, 31))
    assert count("no-early-stockpile", "orders rushed") == 0
    assert of("no-early-stockpile", "orders", rush, chip="H20") < 0.5 * of("baseline", "orders", rush, chip="H20")


def test_without_memory_bought_ahead_huawei_makes_a_third_less_in_2025():
    made = [of(name, "produced", year(2025), maker="huawei") for name in ("baseline", "no-early-stockpile")]
    assert made[1] < 0.67 * made[0]


def test_an_h20_that_is_never_banned_goes_on_and_strands_nothing():
    assert of("h20-never-banned", "deliveries", year(2025), chip="H20") > 1.5 * of(
        "baseline", "deliveries", year(2025), chip="H20"
    )
    assert of("h20-never-banned", "stranded_value", year(2025), chip="H20") == 0
    assert 2.2e9 <= of("baseline", "stranded_value", year(2025), chip="H20") <= 9e9


def test_an_h20_banned_a_year_early_hardly_comes_and_strands_its_stock_in_2024():
    early = "h20-banned-a-year-early"
    assert of(early, "deliveries", year(2024), chip="H20", origin="legal") < 0.1 * of(
        "baseline", "deliveries", year(2024), chip="H20", origin="legal"
    )
    assert of(early, "stranded_value", year(2024), chip="H20") > 1e9
    assert of(early, "deliveries", year(2024), origin="smuggled") > of(
        "baseline", "deliveries", year(2024), origin="smuggled"
    )


def test_when_beijing_does_not_object_the_h20_comes_back_and_washington_is_paid():
    before, after = (of(n, "deliveries", year(2026), chip="H20") for n in ("baseline", "beijing-does-not-object"))
    assert before == 0
    assert after > 200_000
    paid = of("beijing-does-not-object", "revenue_share", year(2025), chip="H20")
    assert paid > 2e8
    sold = of("beijing-does-not-object", "revenue", (date(2025, 8, 1), date(2025, 12, 31)), chip="H20")
    assert paid == pytest.approx(0.15 * sold, rel=0.02)


def test_the_h200_flows_when_both_gates_are_open_and_no_further_than_the_caps():
    assert of("baseline", "deliveries", year(2026), chip="H200", origin="legal") == 0
    flows = history("dual-gate-open", FEW).total("deliveries", *year(2026), chip="H200", origin="legal")
    assert np.median(flows) > 100_000
    assert flows.max() <= 400_000
    assert count("dual-gate-open", "cap binds") > 0


def test_lots_of_a_chip_hang_on_the_rule_that_closed_it_and_not_on_later_ones_that_close_it_too():
    """Every Blackwell was shut out by the letter of August 2022; the refusal of November 2025 closed nothing new."""
    for outcome in history("baseline", FEW).outcomes:
        log = {event.id: event for event in outcome.events}
        lots = [e for e in outcome.events if e.kind == "lot ordered" and e.chip in ("B200", "B300")]
        assert {log[lot.cause].actor for lot in lots} <= {"us-2022-08-nvidia-letter"}


def test_without_buyers_nobody_fills_a_store():
    """Where better chips are legal, domestic works make what is ordered and a quarter ahead, no more."""
    world = history("no-controls", FEW)
    made = world.total("produced", date(2028, 1, 1), date(2028, 12, 31), maker="huawei")
    unsold = world.level("vendor_inventory", date(2028, 12, 31), maker="huawei")
    assert np.median(unsold) < np.median(made)


def test_a_regulator_that_reacts_closes_the_800_series_twelve_to_eighteen_months_after_its_volume():
    """S4-3, L8. It closes the first of them and all that are as strong, so sales of the other stop that day too."""
    world = history("reactive-regulator", FEW)
    closed, stopped = world.first("regulator closes", "A800"), world.first("sales stopped", "H800")
    assert all(closed)
    assert date(2023, 9, 1) < sorted(closed)[FEW // 2] < date(2024, 6, 30)
    assert stopped == closed
