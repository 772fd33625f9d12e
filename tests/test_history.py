"""The past as it happened: what the baseline must show, on a fixed seed, with the tolerance written down.

The same hundred replications that README and docs/validation.md tell of.
"""

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
    return history("baseline", 100)


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


def test_about_a_million_h20_came_in_2024_for_some_twelve_billion_dollars(baseline):
    assert 0.9e6 <= np.median(baseline.total("deliveries", *year(2024), chip="H20", origin="legal")) <= 1.1e6
    assert 10.8e9 <= np.median(baseline.total("revenue", *year(2024), chip="H20")) <= 13.2e9


def test_the_ban_of_april_2025_stranded_h20_worth_two_to_nine_billion_dollars(baseline):
    assert 2.2e9 <= np.median(baseline.total("stranded_value", *year(2025), chip="H20")) <= 9e9


@pytest.mark.parametrize(
    ("number", "least", "most"), [(2024, 0.2e6, 0.5e6), (2025, 0.65e6, 0.95e6), (2026, 0.7e6, 1.0e6)]
)
def test_huaweis_output_lies_where_the_published_figures_do(baseline, number, least, most):
    """Z2, Z3, Z4."""
    assert least <= np.median(baseline.total("produced", *year(number), maker="huawei")) <= most


def test_the_baseline_smuggles_as_many_as_are_estimated(baseline):
    """Z18 to Z20: some 30,000 in 2023, 140,000 in 2024 (10,000 to 400,000), 150,000 in 2025."""
    assert baseline.total("deliveries", date(2020, 1, 1), date(2022, 8, 25), origin="smuggled").max() == 0
    assert 10_000 <= np.median(baseline.total("deliveries", *year(2023), origin="smuggled")) <= 60_000
    low, median, high = np.quantile(baseline.total("deliveries", *year(2024), origin="smuggled"), (0.05, 0.5, 0.95))
    assert 100_000 <= median <= 200_000
    assert low <= 30_000
    assert high >= 350_000


def test_compute_abroad_is_next_to_nothing_before_2023_and_hundreds_of_thousands_by_mid_2026(baseline):
    assert baseline.level("offshore", date(2022, 12, 31)).max() < 2_000
    assert 150_000 <= np.median(baseline.level("offshore", date(2026, 6, 30))) <= 600_000


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
