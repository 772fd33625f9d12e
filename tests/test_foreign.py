"""A foreign maker's China desk: what it can spare, what a closing leaves it with, what a reopening sells at once."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from histories import history

from sim.facts.days import date_of, day_of
from sim.facts.stranding import stranded
from sim.study.reading.load import load
from sim.world.draws import Draws
from sim.world.flows import flow_of

WORLDS = Path(__file__).parent / "worlds" / "tiny"
TINY = str(WORLDS / "tiny.toml")
LICENSED = str(WORLDS / "licensed.toml")

STEADY = (
    "foreign.acme.lines.one.output={points={2022-01-01=9131.25}}",  # 700 chips a week, of which China can have 245
    "chips.Alpha.price=30000",
)
CUT = (*STEADY, 'foreign.acme.lines.one.china_only=["Alpha"]')
SATED = (
    *CUT,
    "foreign.acme.pipeline.finished_ahead=28",
    "demand.load={points={2022-01-01=1000, 2023-06-01=1000, 2023-07-01=60000}}",
    "demand.rush_cover=0",
)
ALPHA, DAY = 0, 245 // 7
"""The chip's column, and what its maker can send China a day."""


def of_alpha(world, measure):
    """Chips or dollars by month in the first replication, all holders and makers together."""
    values = world.outcomes[0].measures[measure]
    return values.reshape(len(values), -1, 2, *values.shape[3:])[:, :, ALPHA].reshape(len(values), -1).sum(axis=1)


def between(world, measure, start, end):
    rows = [start <= month <= end for month in world.months]
    return of_alpha(world, measure)[rows].sum()


def reach_a_quarter(*changes):
    line = load(TINY, changes).scenario.foreign["acme"].lines["one"]
    days = np.array([day_of(date(2022, 12, 31)), day_of(date(2023, 1, 1))], dtype=float)
    return (flow_of(line, Draws(1, 0), days).reach * 91.3125 / 7).tolist()


def test_china_gets_its_share_of_a_line_that_all_the_world_wants():
    assert reach_a_quarter("foreign.acme.lines.one.output={points={2022-01-01=10000}}") == pytest.approx([3500, 3500])


def test_and_whatever_the_world_no_longer_takes():
    output = "foreign.acme.lines.one.output={points={2022-01-01=10000}}"
    moved_on = "foreign.acme.lines.one.abroad={points={2023-01-01=2000}}"
    assert reach_a_quarter(output, moved_on) == pytest.approx([3500, 8000])


def test_the_world_taking_much_leaves_china_its_share():
    output = "foreign.acme.lines.one.output={points={2022-01-01=10000}}"
    assert reach_a_quarter(output, "foreign.acme.lines.one.abroad={points={2022-01-01=9000}}") == pytest.approx(
        [3500, 3500]
    )


def test_what_is_stranded_by_hand():
    left = stranded(finished=100, pipeline=1000, ordered=600, unordered=50)
    assert (left.finished, left.begun) == (100, 550)
    assert left.value(price=12_000, cost=0.5, reuse=0.2) == pytest.approx(3_120_000)


def test_no_more_is_begun_than_the_line_could_ship():
    assert stranded(finished=0, pipeline=1000, ordered=5000, unordered=50).chips == 1000


def test_a_closing_strands_twenty_weeks_of_a_part_made_for_china_alone_because_of_the_rule():
    world = history(TINY, 1, settings=CUT)
    lost = 20 * 245 * 30_000 * 0.5 * 0.8
    assert between(world, "stranded_value", date(2022, 1, 1), date(2022, 12, 31)) == 0
    assert between(world, "stranded_value", date(2023, 1, 1), date(2023, 1, 31)) == pytest.approx(lost)
    log = {event.id: event for event in world.outcomes[0].events}
    (told,) = (event for event in log.values() if event.kind == "stock stranded")
    assert (told.chip, told.quantity, told.unit) == ("Alpha", pytest.approx(lost), "USD")
    assert told.detail == "4,900 chips, 0 of them finished; 20% of their cost used again"
    assert (log[told.cause].kind, log[told.cause].actor) == ("rule in force", "ban")


def test_a_part_whose_dies_are_sold_elsewhere_strands_nothing_when_all_can_be_used_again():
    assert of_alpha(history(TINY, 1, settings=STEADY), "stranded_value").sum() == 0


def test_a_reopened_part_sells_its_finished_stock_at_once_and_new_output_after_the_restart():
    world = history(TINY, 1, settings=(*SATED, "rules.ban.withdrawn_days=240"))  # 29 August 2023
    stock = of_alpha(world, "vendor_inventory")[world.months.index(date(2023, 8, 31))]
    under_way = 13 * (4 * 245 // 13)  # a month's chips begun without orders, finished over a quarter
    assert stock == pytest.approx(4 * 245 + under_way - DAY, abs=1)
    assert between(world, "deliveries", date(2023, 2, 1), date(2023, 8, 31)) == 0
    assert between(world, "deliveries", date(2023, 9, 1), date(2023, 9, 30)) == stock + DAY
    assert between(world, "produced", date(2023, 5, 1), date(2024, 4, 30)) == 0
    assert between(world, "produced", date(2024, 6, 1), date(2024, 12, 31)) == 31 * 245


def test_a_part_that_is_made_for_the_world_anyway_needs_no_restart():
    world = history(TINY, 1, settings=(*STEADY, "rules.ban.withdrawn_days=100"))
    assert "line restarted" not in {event.kind for event in world.outcomes[0].events}
    assert between(world, "produced", date(2023, 5, 1), date(2023, 5, 31)) > 4 * 240


EAGER = (*CUT, "demand.load={points={2022-01-01=60000}}")


def test_a_gate_open_for_five_days_between_two_week_ends_lets_a_days_handling_go():
    brief = ("licences.deal.issued=2023-04-02", "licences.deal.until=2023-04-07")
    world = history(LICENSED, 1, settings=(*EAGER, *brief))
    assert between(world, "deliveries", date(2023, 4, 1), date(2023, 4, 30)) == DAY
    assert between(world, "deliveries", date(2023, 5, 1), date(2024, 12, 31)) == 0
    assert of_alpha(world, "vendor_inventory")[world.months.index(date(2023, 4, 30))] > 10 * DAY


@pytest.mark.parametrize(("notice", "sent"), [(0, 0), (1, DAY), (3, 3 * DAY), (5, 5 * DAY), (6, 5 * 245)])
def test_a_rule_announced_within_the_week_leaves_as_many_days_to_sell_what_is_finished(notice, sent):
    """Announced on Monday; the week's business is on Saturday. Buyers have enough, and want a year more if need be."""
    rule = ("rules.ban.announced=2023-01-02", "rules.ban.leaked_days_before=0", f"rules.ban.in_force_days={notice}")
    world = history(TINY, 1, settings=(*SATED[:-1], *rule, "demand.wear=0"))
    assert between(world, "deliveries", date(2023, 1, 2), date(2023, 12, 31)) == pytest.approx(sent, abs=1)


def test_the_same_stock_is_written_off_once():
    """A licence opens the part for five days in which nobody needs it, then lapses."""
    brief = ("licences.deal.issued=2023-04-02", "licences.deal.until=2023-04-07")
    world = history(LICENSED, 1, settings=(*SATED, *brief))
    closings = [str(date_of(e.day)) for e in world.outcomes[0].events if e.kind == "sales stopped"]
    assert closings == ["2023-01-11", "2023-04-07"]
    by_month = of_alpha(world, "stranded_value")
    assert [str(world.months[m]) for m in np.flatnonzero(by_month)] == ["2023-01-31"]


def test_a_government_gets_its_share_of_what_is_sold_under_licence_and_of_nothing_else():
    world = history(LICENSED, 1, settings=STEADY)
    share, revenue = of_alpha(world, "revenue_share"), of_alpha(world, "revenue")
    since = world.months.index(date(2023, 4, 30))
    assert revenue[:since].sum() > 0
    assert share[:since].sum() == 0
    assert revenue[since:].sum() > 0
    assert share[since:] == pytest.approx(0.15 * revenue[since:])


FEW = 12
SPRING_2025 = (date(2025, 2, 1), date(2025, 4, 30))


def test_what_reached_china_before_the_letter_of_april_2025_is_near_the_filing():
    """V13: 383,000 in the quarter to April. Nothing of it went into the line's output, which is E2's."""
    came = history("baseline", FEW).total("deliveries", *SPRING_2025, chip="H20")
    assert 0.75 * 383_000 <= np.median(came) <= 1.25 * 383_000


def test_the_letter_strands_what_the_charge_of_the_quarter_says_within_a_factor_of_two():
    """V14: $4.5bn booked."""
    lost = history("baseline", FEW).total("stranded_value", *SPRING_2025, chip="H20")
    assert 2.2e9 <= np.median(lost) <= 9e9


def test_parts_whose_dies_sold_elsewhere_were_closed_at_next_to_no_loss():
    for chip, end in (("A100", date(2022, 12, 31)), ("A800", date(2023, 12, 31)), ("H800", date(2023, 12, 31))):
        assert np.median(history("baseline", FEW).total("stranded_value", date(2022, 1, 1), end, chip=chip)) < 2e8
