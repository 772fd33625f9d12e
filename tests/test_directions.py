"""What happens when one thing changes: the direction, its size where the sources give one, and nothing before it."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from histories import before, history

YEAR_2023 = (date(2023, 1, 1), date(2023, 12, 31))
YEAR_2025 = (date(2025, 1, 1), date(2025, 12, 31))
FEW = 8


def per_replication(one, other, day):
    return zip(one.outcomes, other.outcomes, [day] * len(one.outcomes), strict=True)


@pytest.mark.parametrize(
    ("variant", "day"),
    [
        ("h800-banned-at-once", date(2022, 10, 7)),
        ("h20-never-banned", date(2024, 11, 10)),
        ("dual-gate-open", date(2026, 2, 1)),
        ("tools-not-banned", date(2020, 12, 18)),
    ],
)
def test_identical_event_for_event_until_the_first_difference(variant, day):
    baseline, changed = history("baseline", FEW), history(variant, FEW)
    for one, other, until in per_replication(baseline, changed, day):
        assert before(one.events, until) == before(other.events, until)
    months = sum(month < day for month in baseline.months)
    shared = set(baseline.plan.frame.chips) & set(changed.plan.frame.chips)
    common = [[world.plan.frame.column[chip] for chip in sorted(shared)] for world in (baseline, changed)]
    for measure in ("stock", "deliveries", "orders", "produced", "backlog"):
        for one, other, _ in per_replication(baseline, changed, day):
            ours, theirs = one.measures[measure][:months], other.measures[measure][:months]
            assert np.array_equal(ours[:, :, common[0]], theirs[:, :, common[1]]), measure


def test_they_differ_after_it():
    baseline, changed = history("baseline", FEW), history("h800-banned-at-once", FEW)
    assert all(one.events != other.events for one, other, _ in per_replication(baseline, changed, None))


def test_had_the_h800_been_banned_at_once_there_would_be_next_to_none():
    changed = history("h800-banned-at-once", FEW)
    assert changed.level("stock", date(2023, 12, 31), chip="H800").max() < 1_000


def test_and_a_part_like_the_h20_would_have_come_about_a_year_earlier():
    recorded = history("baseline", FEW).first("first shipment", "H20")
    changed = history("h800-banned-at-once", FEW)
    like = next(chip for chip in changed.plan.frame.chips if chip.startswith("Hopper-0.15x"))
    earlier = changed.first("first shipment", like)
    gaps = [(late - early).days for late, early in zip(recorded, earlier, strict=True)]
    assert 300 <= np.median(gaps) <= 430


def test_and_the_legal_inflow_of_2023_falls_by_three_quarters_by_tpp_but_little_by_inference():
    """DESIGN's size: 75 to 90% by TPP. Inference value follows memory bandwidth, which the rule leaves alone."""
    baseline, changed = history("baseline", FEW), history("h800-banned-at-once", FEW)
    inflow = {unit: (added(baseline, unit), added(changed, unit)) for unit in ("tpp", "inference")}
    assert 0.75 <= 1 - inflow["tpp"][1] / inflow["tpp"][0] <= 0.90
    assert abs(1 - inflow["inference"][1] / inflow["inference"][0]) < 0.35


def added(world, unit):
    """Median legal deliveries of 2023 in H100-equivalents, at each chip's own rate."""
    frame = world.plan.frame
    total = np.zeros(len(world.outcomes))
    for i, outcome in enumerate(world.outcomes):
        stock = outcome.measures["stock"].sum(axis=(0, 1))
        value = outcome.measures[f"stock_h100e_{unit}"].sum(axis=(0, 1))
        rate = np.divide(value, stock, out=np.zeros_like(value), where=stock > 0)
        months = [m for m, day in enumerate(world.months) if YEAR_2023[0] <= day <= YEAR_2023[1]]
        total[i] = (outcome.measures["deliveries"][months, :, :, 0].sum(axis=(0, 1)) * rate).sum()
    assert len(frame.chips) == len(rate)
    return float(np.median(total))


def test_a_yield_stuck_at_a_fifth_changes_2025_by_under_five_percent_since_packaging_binds():
    made = [history(n, FEW).total("produced", *YEAR_2025, maker="huawei") for n in ("baseline", "huawei-yield-stuck")]
    assert abs(np.median(made[1]) / np.median(made[0]) - 1) < 0.05


def test_without_the_rule_of_april_2025_neither_the_reopening_nor_beijings_answer_happens():
    kinds = {e.actor for o in history("h20-never-banned", FEW).outcomes for e in o.events}
    assert not kinds & {"us-2025-04-h20-bandwidth", "us-2025-08-h20-reopening", "cn-2025-08-h20-guidance"}


def test_more_packaging_never_gives_fewer_chips():
    less, more = (
        history("baseline", 4, settings=(f"domestic.huawei.packaging={{points={{2020-01-01={n}}}}}",))
        for n in (20_000, 40_000)
    )
    made = [world.total("produced", date(2020, 1, 1), date(2028, 12, 31), maker="huawei") for world in (less, more)]
    assert (made[1] >= made[0]).all()


def test_a_new_key_moves_nobody_elses_luck():
    """A buyer that wants nothing is added: every other number of the world is as it was."""
    plain, joined = history("baseline", 3), history(str(Path(__file__).parent / "worlds" / "one-more-buyer.toml"), 3)
    for one, other, _ in per_replication(plain, joined, None):
        assert one.events == other.events
        assert np.array_equal(one.measures["deliveries"], other.measures["deliveries"][:, :-1])


def test_a_rule_against_hbm_never_brings_more_of_it():
    """Without the rule of December 2024, Huawei and the others make at least as many chips in 2025 and 2026."""
    made = [history("baseline", 6, settings=settings) for settings in ((), ("rules.us-2024-12-hbm.enabled=false",))]
    for start, end in (YEAR_2025, (date(2026, 1, 1), date(2026, 12, 31))):
        with_rule, without = (world.total("produced", start, end, maker="huawei") for world in made)
        assert np.median(without) >= 0.99 * np.median(with_rule)


@pytest.mark.parametrize(
    ("scenario", "chip", "rule"),
    [
        ("baseline", "A800", "us-2022-08-nvidia-letter"),
        ("baseline", "H800", "us-2022-08-nvidia-letter"),
        ("baseline", "H20", "us-2023-10-advanced-computing"),
        ("baseline", "RTX-Pro-6000D", "us-2025-04-h20-bandwidth"),
        ("h800-banned-at-once", "Hopper-0.15x-80GB-900", "us-2023-10-advanced-computing"),
    ],
)
def test_a_design_is_begun_because_of_the_rule_that_closed_its_forerunner(scenario, chip, rule):
    for outcome in history(scenario, FEW).outcomes:
        log = {event.id: event for event in outcome.events}
        begun = next(event for event in outcome.events if event.kind == "design started" and event.chip == chip)
        assert (log[begun.cause].kind, log[begun.cause].actor) == ("rule announced", rule)


def test_a_rule_that_touches_no_part_on_sale_begins_no_design():
    for outcome in history("h20-never-banned", FEW).outcomes:
        log = {event.id: event for event in outcome.events}
        causes = {log[e.cause].actor for e in outcome.events if e.kind == "design started"}
        assert causes <= {"us-2022-08-nvidia-letter", "us-2023-10-advanced-computing", "nvidia"}
