"""The nation's wafers: who gets them, when their dies come out, and how fast there are more of them."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.actors.expansion import Answers, Conditions, grown, pace
from sim.actors.foundry import DAYS_PER_PERIOD, asked, cycles, usable
from sim.facts.days import DAYS_PER_MONTH
from sim.study.reading.load import load
from sim.study.replication import home_works, plan
from sim.world.draws import Draws
from sim.world.pool import divide
from sim.world.stage import set_stage

TINY = str(Path(__file__).parent / "worlds" / "tiny" / "tiny.toml")
AS_PLANNED = Conditions(tools_open=1.0, revenue=1e9, denial=0.0)
ENDLESS = [-(10**9)]
"""Open orders that no works will ever meet."""
CONSTANT = "domestic.delta.die_yield={points={2022-01-01=0.3}}"


def running(periods, *changes):
    """The tiny world's works after so many planning periods, and what they made in each."""
    world = plan(load(TINY, changes).scenario, 1)
    works = home_works(world, set_stage(world.frame, Draws(1, 0), world.law.regime(world.frame.span.start)))
    return works, [works.plan(period, AS_PLANNED, ENDLESS) for period in range(periods)]


def test_a_pool_that_suffices_gives_everybody_what_he_wants():
    assert divide(100.0, [30.0, 70.0], [1.0, 0.0]) == [30, 70]


def test_a_scarce_pool_is_divided_by_claim_and_what_one_leaves_goes_to_the_others():
    assert divide(100.0, [90.0, 90.0], [3.0, 1.0]) == [75, 25]
    assert divide(100.0, [60.0, 90.0, 5.0], [3.0, 1.0, 1.0]) == [60, 35, 5]


def test_whoever_has_no_claim_gets_nothing_that_is_scarce():
    assert divide(50.0, [90.0, 90.0], [1.0, 0.0]) == [50, 0]


MAKERS = st.lists(st.tuples(st.floats(0, 1e4), st.floats(0.01, 1)), min_size=1, max_size=8)


@given(pool=st.floats(0, 2e4), makers=MAKERS)
def test_no_more_is_given_than_there_is_or_than_is_wanted_and_nothing_is_held_back(pool, makers):
    wants, claims = zip(*makers, strict=True)
    given = divide(pool, wants, claims)
    assert all(0 <= got <= want for got, want in zip(given, wants, strict=True))
    assert sum(given) == pytest.approx(min(pool, sum(wants)))


@given(st.lists(st.floats(0, 400), min_size=1, max_size=6))
def test_all_dies_come_out_and_on_average_a_cycle_after_their_wafers_went_in(days):
    out = cycles(np.array(days))
    assert out.sum(axis=0) == pytest.approx(1.0)
    assert np.arange(len(out)) @ out * DAYS_PER_PERIOD == pytest.approx(np.array(days), abs=1e-6)


@pytest.mark.parametrize("days", [28, 75, 90, 110])
def test_work_in_process_is_throughput_times_cycle_time(days):
    """Little's law, exactly, once the line is full: 100 wafers a month of 60 dies of which 18 are good."""
    works, _ = running(20, f"domestic.delta.cycle={days}", CONSTANT)
    (then,), (good,) = works.fab.good[0], works.fab.good[19]
    a_day = 100 * 18 / DAYS_PER_MONTH * good / then
    being_started = works.wafers[0] * good
    assert works.in_process[0] - being_started == pytest.approx(a_day * days)
    assert works.dies_in[10:20, 0] == pytest.approx(np.full(10, a_day * DAYS_PER_PERIOD))


def test_no_capacity_no_chips():
    for nothing in ("foundry.wafers", "domestic.delta.packaging"):
        _, made = running(20, f"{nothing}={{points={{2022-01-01=0}}}}", CONSTANT)
        assert sum(output.packages.sum() for output in made) == 0


def test_twice_the_wafers_memory_and_packaging_make_twice_the_chips():
    doubled = (
        "foundry.wafers={points={2022-01-01=200}}",
        "domestic.delta.packaging={points={2022-01-01=4000}}",
        "memory.foreign={points={2022-01-01=40000}}",
    )
    (_, one), (_, two) = running(26), running(26, *doubled)
    assert [2 * output.packages[0] for output in one] == pytest.approx([output.packages[0] for output in two])
    assert sum(output.packages.sum() for output in one) > 10_000


def test_phones_take_their_wafers_first_but_leave_a_floor():
    wafers = {
        floor: running(3, "foundry.phones={points={2022-01-01=90}}", f"foundry.ai_floor={floor}")[0].wafers[0]
        for floor in (0, 0.3)
    }
    assert wafers == {0: pytest.approx(10), 0.3: pytest.approx(30)}


def test_a_maker_with_dies_for_its_plan_asks_for_no_wafers():
    banked, _ = running(16, "domestic.delta.foreign_dies={points={2022-01-01=50000}}", "foundry.die_cover=200")
    assert banked.wafers == [0]


def running_with(works, stacks):
    """Share of the memory in its plans that the tiny world's maker can hope for once the law closes, with a pool."""
    works.memory.lawful[:] = False
    works.memory.pool = stacks
    return works.hopes.share(works.memory, 0, 0.0, works.fab.stacks[0].tolist(), works.recipes.claims)


def test_while_the_law_lets_memory_in_makers_reckon_with_all_they_want_and_after_that_with_what_there_is():
    works, _ = running(0)
    (wanted,) = works.fab.stacks[0].tolist()
    assert works.hopes.share(works.memory, 0, 0.0, [wanted], works.recipes.claims) == [1]
    assert [running_with(works, part * wanted)[0] for part in (0, 0.5, 2)] == pytest.approx([0, 0.5, 1])


def test_a_maker_without_memory_or_without_orders_has_no_use_for_dies_and_asks_for_no_wafers():
    works, _ = running(0)
    for memory, sold, expected in ((1.0, 1.0, 1.0), (0.5, 1.0, 0.5), (1.0, 0.25, 0.25), (0.0, 1.0, 0.0)):
        assert usable(works.fab, 0, [memory], [sold]) == pytest.approx([expected])
    assert asked(works.fab, 0, [0.0], [1.0], [1.0])[0] > 0
    assert asked(works.fab, 0, [0.0], [1.0], [0.0])[0] == 0


def test_a_maker_that_keeps_its_line_in_use_asks_for_its_share_whatever_lies_in_the_bank():
    world, _ = running(0, "domestic.delta.home_share=0.25", "foundry.rush=1")
    (banked,) = asked(world.fab, 0, [1e12], [1.0], [1.0])
    (bare,) = asked(world.fab, 0, [0.0], [1.0], [1.0])
    assert banked == pytest.approx(0.25 * bare)


def answering(slowdown=0.6, reinvestment=0.5, state_money=0.3):
    return Answers(slowdown, reinvestment, state_money, [1e9], (0.25, 4.0))


def test_capacity_comes_as_planned_with_all_tools_revenue_at_its_reference_and_nothing_denied():
    assert pace(answering(), 0, AS_PLANNED) == 1


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"tools_open": 2 / 3}, 0.8),
        ({"tools_open": 0.0}, 0.4),
        ({"revenue": 4e9}, 2.0),
        ({"revenue": 0.0}, 0.5),
        ({"denial": 1.0}, 1.3),
        ({"tools_open": 2 / 3, "denial": 1.0}, 1.04),
    ],
)
def test_tool_rules_slow_it_revenue_and_state_money_speed_it(changed, expected):
    assert pace(answering(), 0, AS_PLANNED._replace(**changed)) == pytest.approx(expected)


def test_growth_can_only_add():
    now, change = [100.0, 100.0, 5.0], [10.0, -10.0, -10.0]
    assert grown(now, change, 0.0) == [100, 90, 0]
    assert grown(now, change, 1.5) == [115, 90, 0]
