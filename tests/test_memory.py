"""High-bandwidth memory: ordered ahead of a rule, sold while it can be, recorded by where it came from."""

from datetime import date

import numpy as np
import pytest
from histories import history

from sim.actors.memory import last_weeks
from sim.facts.days import date_of, day_of
from sim.facts.lawbook import MemoryClosing

FEW = 8
TO_THE_RULE = (date(2020, 1, 1), date(2024, 12, 31))
WEEKS = np.arange(7.0, 85.0, 7.0)


def weeks(leaked, announced, in_force):
    lawful = in_force > WEEKS
    return WEEKS[last_weeks(WEEKS, lawful, MemoryClosing("rule", leaked, announced, in_force))].tolist()


def test_what_is_held_is_sold_between_the_announcement_and_the_day_the_rule_takes_force():
    assert weeks(0, 30, 60) == [35, 42, 49, 56]


def test_with_no_day_left_it_is_never_sold():
    assert weeks(0, 30, 30) == []


def told(outcome, kind):
    return [event for event in outcome.events if event.kind == kind]


def test_memory_is_ordered_ahead_because_of_the_leak_and_sold_because_of_the_announcement():
    for outcome in history("baseline", FEW).outcomes:
        log = {event.id: event for event in outcome.events}
        (ordered,), (sold,) = told(outcome, "memory ordered ahead"), told(outcome, "held memory sold")
        assert (log[ordered.cause].kind, log[ordered.cause].actor) == ("rule leaked", "us-2024-12-hbm")
        assert (log[sold.cause].kind, log[sold.cause].actor) == ("rule announced", "us-2024-12-hbm")
        assert (date_of(ordered.day), date_of(sold.day)) == (date(2024, 8, 6), date(2024, 12, 2))
        assert ordered.quantity == sold.quantity
        assert sold.unit == "stacks"


def test_a_rule_in_force_at_its_leak_sells_nothing():
    for outcome in history("hbm-banned-at-leak", FEW).outcomes:
        assert not told(outcome, "memory ordered ahead")
        assert not told(outcome, "held memory sold")


def test_about_thirteen_million_stacks_came_before_the_rule_seven_of_them_in_its_last_month():
    """M1; 61% of Samsung's, L16."""
    baseline = history("baseline", FEW)
    legal = baseline.plan.frame.months.index(day_of(date(2024, 12, 31)))
    came = np.array([o.measures["hbm_inflow"][: legal + 1].sum() for o in baseline.outcomes])
    rushed = np.array([o.measures["hbm_inflow"][legal].sum() for o in baseline.outcomes])
    assert 11e6 <= np.median(came) <= 14.5e6
    assert 0.45 <= np.median(rushed / came) <= 0.65


def test_after_the_rule_memory_is_domestic_or_taken_off_finished_products():
    baseline = history("baseline", FEW)
    after = [i for i, month in enumerate(baseline.months) if month > date(2025, 1, 31)]
    legal, domestic, grey = np.array([o.measures["hbm_inflow"][after].sum(axis=0) for o in baseline.outcomes]).T
    assert legal.max() == 0
    assert np.median(domestic) > 2 * np.median(grey)
    assert (grey > 0).all()


def test_chinese_memory_makes_up_to_two_million_stacks_in_2026():
    """Z11: about nothing to two million."""
    of_2026 = [i for i, month in enumerate(history("baseline", FEW).months) if month.year == 2026]
    made = [o.measures["hbm_inflow"][of_2026, 1].sum() for o in history("baseline", FEW).outcomes]
    assert 0.5e6 <= np.median(made) <= 2.1e6


@pytest.mark.parametrize("day", [date(2024, 11, 30), date(2025, 6, 30)])
def test_huaweis_claim_on_the_pool_is_between_55_and_85_percent(day):
    baseline = history("baseline", FEW)
    held = baseline.level("hbm_stacks", day, maker="huawei") / np.maximum(baseline.level("hbm_stacks", day), 1)
    assert 0.55 <= np.median(held) <= 0.85
