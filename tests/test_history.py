"""The past as it happened: what the baseline must show, on a fixed seed, with the tolerance written down."""

from datetime import date, timedelta

import numpy as np
import pytest
from histories import history, recorded

from sim.world.series import ORIGINS

KNOWN_TO_FIGHT = {
    ("A100", "2022-07-01"): "E1 has a third of a quarter's usual sales; the letter left two thirds of the quarter open",
    ("H20", "2024-01-01"): "E1 has 139,000; first shipments came in February and volume in the second quarter (L6)",
}


@pytest.fixture(scope="module")
def baseline():
    return history("baseline")


def year(number):
    return date(number, 1, 1), date(number, 12, 31)


def inside(baseline):
    """Rows of E1 whose 90% interval holds the simulated median."""
    found = set()
    for row in recorded():
        start, end = date.fromisoformat(row["start"]), date.fromisoformat(row["end"])
        median = np.median(baseline.total("deliveries", start, end, chip=row["chip"], origin="legal"))
        if float(row["units_p5"]) <= median <= float(row["units_p95"]):
            found.add((row["chip"], row["start"]))
    return found


def test_at_least_eight_of_twelve_quarters_of_nvidia_sales_are_inside_their_interval(baseline):
    assert len(inside(baseline)) >= 8


def test_the_quarters_known_to_fight_with_dated_facts_still_do(baseline):
    assert not inside(baseline) & set(KNOWN_TO_FIGHT)


def test_about_a_million_h20_came_in_2024_for_ten_to_fourteen_billion_dollars(baseline):
    assert 850_000 <= np.median(baseline.total("deliveries", *year(2024), chip="H20")) <= 1_150_000
    assert 10e9 <= np.median(baseline.total("revenue", *year(2024), chip="H20")) <= 14e9


def test_huawei_made_between_the_two_published_figures_in_2024(baseline):
    assert 200_000 <= np.median(baseline.total("produced", *year(2024), maker="huawei")) <= 507_000


def test_about_eighty_thousand_a100_were_there_when_2022_began_ten_thousand_of_them_at_deepseek(baseline):
    assert 40_000 <= np.median(baseline.level("stock", date(2021, 12, 31), chip="A100")) <= 120_000
    held = baseline.level("stock", date(2021, 12, 31), chip="A100", holder="DeepSeek")
    assert 6_000 <= np.median(held) <= 15_000


@pytest.mark.parametrize(
    ("chip", "day"),
    [
        ("A100", date(2022, 8, 26)),
        ("A800", date(2023, 10, 23)),
        ("H800", date(2023, 10, 23)),
        ("H20", date(2025, 4, 9)),
    ],
)
def test_sales_stop_on_the_day_the_rule_binds_and_nothing_is_ordered_after(baseline, chip, day):
    assert set(baseline.first("sales stopped", chip)) == {day}
    this_month_end = (day.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    assert baseline.total("orders", this_month_end + timedelta(days=1), date(2025, 7, 31), chip=chip).max() == 0
    assert baseline.level("backlog", this_month_end, chip=chip).max() == 0


@pytest.mark.parametrize(
    ("chip", "earliest", "latest"),
    [
        ("A800", date(2022, 9, 20), date(2022, 11, 15)),
        ("H800", date(2023, 1, 15), date(2023, 3, 31)),
        ("H20", date(2024, 2, 1), date(2024, 5, 1)),
    ],
)
def test_each_successor_comes_by_its_makers_own_response(baseline, chip, earliest, latest):
    arrivals = baseline.first("first shipment", chip)
    assert all(arrivals)
    assert earliest <= sorted(arrivals)[len(arrivals) // 2] <= latest


def test_no_h200_arrives_by_mid_2026_for_want_of_a_chinese_yes(baseline):
    assert baseline.total("deliveries", date(2020, 1, 1), date(2026, 6, 30), chip="H200", origin="legal").sum() == 0


def test_a_chip_that_may_not_be_bought_is_never_sent(baseline):
    """Lawful deliveries end the time of travel after the last open day, for every chip and buyer."""
    frame, law = baseline.plan.frame, baseline.plan.law
    months, lawful = list(frame.months), [ORIGINS.index("legal"), ORIGINS.index("domestic")]
    for h, _ in enumerate(frame.holders):
        for c, chip in enumerate(frame.chips):
            closed = [i for i, day in enumerate(months) if not _open_lately(law, day, h, c)]
            sent = sum(o.measures["deliveries"][closed, h, c][:, lawful].sum() for o in baseline.outcomes)
            assert sent == 0, (frame.holders[h], chip)


def _open_lately(law, month_end, holder, chip):
    """Whether the chip was open on some day from three weeks before the month began to its end."""
    return any(law.regime(day).gates[holder, chip] for day in range(month_end - 31 - 21, month_end + 1))
