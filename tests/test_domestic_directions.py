"""What holds the domestic works, and what a change in one input does to their output: direction and size."""

from datetime import date

import numpy as np
import pytest
from histories import history

from sim.world.series import INPUTS

FEW = 8


def year(number):
    return date(number, 1, 1), date(number, 12, 31)


def made(name, number, settings=(), replications=FEW, **where):
    """Median chips of a year, of all domestic makers or of one."""
    world = history(name, replications, settings=settings)
    home = [where["maker"]] if where else list(world.plan.scenario.domestic)
    return float(np.median(sum(world.total("produced", *year(number), maker=maker) for maker in home)))


def binds(maker, number, what):
    """Share of a year's months in which an input is a maker's scarcest, over all replications."""
    baseline = history("baseline", FEW)
    months = [i for i, month in enumerate(baseline.months) if month.year == number]
    column = baseline.plan.frame.makers.index(maker)
    return np.mean([o.measures["binding"][months, column, INPUTS.index(what)] for o in baseline.outcomes])


def test_all_domestic_makers_come_near_the_published_totals_of_2024_and_2025():
    """V30: 820,000; H19: 1.5 million; Cambricon 142,000 (H21)."""
    assert 550_000 <= made("baseline", 2024) <= 850_000
    assert 1_200_000 <= made("baseline", 2025) <= 1_750_000
    assert 100_000 <= made("baseline", 2025, maker="cambricon") <= 180_000


def test_packaging_binds_huawei_in_2024_and_memory_from_2026():
    assert binds("huawei", 2024, "packaging") > 0.8
    assert binds("huawei", 2025, "packaging") > 0.6
    assert binds("huawei", 2026, "hbm") > 0.5


def test_foreign_dies_far_exceeded_domestic_ones_in_2024():
    """D6."""
    baseline, without = history("baseline", FEW), history("no-foreign-dies", FEW)
    all_dies = baseline.total("good_dies", *year(2024), maker="huawei")
    assert np.median(without.total("good_dies", *year(2024), maker="huawei") / all_dies) < 0.25


def test_without_foreign_dies_huawei_makes_a_sixth_to_two_thirds_less_in_2024_and_2025():
    """The median of a dozen replications is too coarse for a share: sixteen."""
    baseline, without = history("baseline", 2 * FEW), history("no-foreign-dies", 2 * FEW)
    for number in (2024, 2025):
        chips = [np.median(world.total("produced", *year(number), maker="huawei")) for world in (without, baseline)]
        assert 0.3 <= chips[0] / chips[1] <= 0.84, number


def test_huawei_keeps_its_own_line_in_use_while_foreign_dies_come():
    """H3: for a time in early 2024 Ascend came first on the line it shares with Kirin."""
    baseline = history("baseline", FEW)
    column = baseline.plan.frame.makers.index("huawei")
    of_2024 = [i for i, month in enumerate(baseline.months) if month.year == 2024]
    assert np.median([o.measures["wafer_capacity"][of_2024, column].mean() for o in baseline.outcomes]) > 200


def test_no_dies_pile_up_for_which_there_is_no_memory():
    """What lies in the banks at the end is less than a year and a quarter takes, though memory binds most makers."""
    baseline = history("baseline", FEW)
    for maker in baseline.plan.scenario.domestic:
        bank = baseline.level("die_bank", date(2028, 12, 31), maker=maker)
        used = baseline.total("good_dies", *year(2028), maker=maker) - bank
        used += baseline.level("die_bank", date(2027, 12, 31), maker=maker)
        assert np.median(bank / used) < 1.25, maker


def test_and_the_memory_it_spares_makes_more_chips_in_2026():
    assert made("no-foreign-dies", 2026, maker="huawei") > made("baseline", 2026, maker="huawei")


def test_a_stuck_yield_changes_little_in_2025_as_the_die_bank_carries_it_and_nothing_while_memory_binds():
    for number, most in ((2024, 0.05), (2025, 0.05), (2026, 0.05)):
        ratio = made("huawei-yield-stuck", number, maker="huawei") / made("baseline", number, maker="huawei")
        assert abs(ratio - 1) < most, number


def test_memory_banned_at_its_leak_cuts_huaweis_2025_by_more_than_a_third():
    assert made("hbm-banned-at-leak", 2025, maker="huawei") < 0.6 * made("baseline", 2025, maker="huawei")
    now, then = (made(name, 2024, maker="huawei") for name in ("hbm-banned-at-leak", "baseline"))
    assert now == pytest.approx(then, rel=0.05), "makers that see less memory coming start fewer wafers"


def test_with_tools_open_there_are_more_wafers_and_from_2027_more_chips():
    baseline, variant = history("baseline", FEW), history("tools-not-banned", FEW)
    for number in (2024, 2027, 2028):
        assert made("tools-not-banned", number) > 1.03 * made("baseline", number)
    domestic = [np.median([o.measures["hbm_inflow"][:, 1].sum() for o in w.outcomes]) for w in (baseline, variant)]
    assert domestic[1] > 1.05 * domestic[0]


@pytest.mark.parametrize(("answer", "faster"), [("tools", True), ("state_money", False), ("revenue", None)])
def test_each_answer_of_capacity_can_be_switched_off(answer, faster):
    """Without tool rules' slowdown capacity comes faster, without state money slower; revenue may do either."""
    off = made("baseline", 2028, (f"expansion.{answer}.enabled=false",), 5)
    on = made("baseline", 2028, replications=5)
    assert off != on
    if faster is not None:
        assert (off > on) == faster


def test_with_foreign_chips_open_and_tools_alike_capacity_grows_more_slowly():
    """What is denied abroad is built at home: state money and revenue answer it."""
    alike = ("expansion.tools.enabled=false", "rules.us-2024-12-hbm.enabled=false", "window.end=2025-01-01")
    assert made("no-controls", 2024, alike, maker="huawei") < made("baseline", 2024, alike, maker="huawei")
