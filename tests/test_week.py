"""A tiny world, week by week: one literal log, conservation, and no more work than the world needs."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from histories import history
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.actors.expansion import Conditions
from sim.facts.days import date_of, day_of
from sim.facts.estimate import Estimate
from sim.facts.works import PERIOD_WEEKS
from sim.study.reading.load import load
from sim.study.replication import home_works, plan, play, replicate
from sim.world.draws import Draws
from sim.world.stage import set_stage

TINY = str(Path(__file__).parent / "worlds" / "tiny" / "tiny.toml")
MOST_EVENTS = 3000
"""SimPy events of a nine-year replication beside weeks and months: a few a rule, four for each of some hundred lots."""


def told(events):
    return [(str(date_of(e.day)), e.kind, e.actor or e.chip, e.detail, e.cause) for e in events]


def test_the_log_of_a_tiny_world():
    assert told(history(TINY, 3).outcomes[0].events) == [
        ("2022-01-01", "part launched", "acme", "", None),
        ("2022-01-08", "input binds", "delta", "dies", None),
        ("2022-04-30", "first production", "delta", "", None),
        ("2022-09-17", "input binds", "delta", "packaging", None),
        ("2022-12-02", "rule leaked", "ban", "No fast chips", None),
        ("2022-12-03", "orders rushed", "Alpha", "", 5),
        ("2022-12-03", "orders rushed", "Delta", "", 5),
        ("2022-12-10", "orders rushed", "Alpha", "", 5),
        ("2022-12-10", "orders rushed", "Delta", "", 5),
        ("2023-01-01", "rule announced", "ban", "No fast chips", 5),
        ("2023-01-07", "orders rushed", "Alpha", "", 10),
        ("2023-01-07", "orders rushed", "Delta", "", 10),
        ("2023-01-11", "rule in force", "ban", "No fast chips", 10),
        ("2023-01-11", "sales stopped", "acme", "", 13),
        ("2023-01-11", "orders struck", "Alpha", "", 13),
        ("2023-01-11", "orders struck", "Delta", "", 13),
        ("2023-04-01", "input binds", "delta", "demand", None),
    ]


def test_every_chip_made_is_somewhere():
    world = history(TINY, 3)
    for outcome in world.outcomes:
        m = outcome.measures
        made = m["produced"].sum(axis=(0, 1)) + np.array([500, 0])
        there = m["stock"][-1].sum(axis=0) + m["retired"].sum(axis=(0, 1)) + m["vendor_inventory"][-1].sum(axis=0)
        on_the_way = made - there
        assert (on_the_way >= 0).all()
        assert (on_the_way <= 2 * m["produced"][-1].sum(axis=0) + 1).all()


def test_orders_are_delivered_cancelled_or_still_open():
    for outcome in history(TINY, 3).outcomes:
        m = outcome.measures
        sent = m["orders"].sum(axis=(0, 1)) - m["cancelled"].sum(axis=(0, 1)) - m["backlog"][-1].sum(axis=0)
        arrived = m["deliveries"].sum(axis=(0, 1, 3))
        assert (sent >= arrived).all()


@settings(max_examples=15, deadline=None)
@given(
    load=st.floats(1e3, 1e7),
    output=st.integers(0, 200_000),
    packaging=st.integers(0, 50_000),
    wear=st.one_of(st.just(0.0), st.floats(1e-6, 0.9)),
)
def test_whatever_the_numbers_nothing_is_lost_or_below_zero(load, output, packaging, wear):
    changes = (
        f"demand.load={{points={{2022-01-01={load}}}}}",
        f"demand.wear={wear}",
        f"foreign.acme.lines.one.output={{points={{2022-01-01={output}}}}}",
        f"domestic.delta.packaging={{points={{2022-01-01={packaging}}}}}",
    )
    outcome = replicate(plan(scenario(*changes), 1), 0)
    assert outcome.failure is None, outcome.failure.trace
    for name in ("stock", "deliveries", "backlog", "vendor_inventory", "orders", "retired", "die_bank", "hbm_stacks"):
        assert np.nanmin(outcome.measures[name]) >= -1e-6, name


def scenario(*changes):
    return load(TINY, changes).scenario


def test_no_capacity_no_chips():
    changes = (
        "domestic.delta.packaging={points={2022-01-01=0}}",
        "foreign.acme.lines.one.output={points={2022-01-01=0}}",
    )
    assert replicate(plan(scenario(*changes), 1), 0).measures["deliveries"].sum() == 0


def test_the_first_stock_is_there_on_the_first_day_and_wears_out():
    outcome = history(TINY, 3).outcomes[0]
    assert outcome.measures["stock"][0, 0, 0] >= 490
    assert outcome.measures["retired"].sum() > 0


def test_a_broken_replication_is_data_with_its_day_and_cause():
    """A world that the loader would refuse: a buyer starts with fewer chips than none."""
    world = scenario()
    cloud = world.buyers["Cloud"].model_copy(update={"initial": {"Alpha": Estimate(central=-5)}})
    broken = world.model_copy(update={"buyers": {**world.buyers, "Cloud": cloud}})
    outcome = replicate(plan(broken, 1), 0)
    assert str(outcome.failure) == "2022-01-01: ValueError: holder Cloud starts with -5 Alpha"
    assert outcome.measures == {}


def test_a_nine_year_replication_needs_few_events():
    drawn = plan(load("baseline").scenario, 1)
    stage = set_stage(drawn.frame, Draws(1, 0), drawn.law.regime(drawn.frame.span.start))
    counted = []
    step = stage.clock.env.step
    stage.clock.env.step = lambda: (counted.append(1), step())[1]
    play(drawn, stage)
    weeks, months = len(drawn.frame.weeks), len(drawn.frame.months)
    assert weeks + months < len(counted) < weeks + months + MOST_EVENTS
    assert date_of(drawn.frame.span.end) == date(2029, 1, 1)


@pytest.mark.parametrize("until", ["2022-06-01", "2024-12-12", "2024-12-19"])
def test_a_shorter_span_is_the_beginning_of_the_longer_one(until):
    """Every whole month but the cut last one is as in the full run, whatever week the span ends in."""
    asked = ("baseline", 1), ("baseline", 1, 1, (f"window.end={until}",))
    full, cut = (history(*one).outcomes[0] for one in asked)
    months = len(cut.measures["stock"]) - 1
    for name, values in cut.measures.items():
        assert np.array_equal(values[:months], full.measures[name][:months], equal_nan=True), name


def test_every_stack_of_hbm_that_came_is_in_a_package_or_still_in_the_pool():
    """With ranges that take HBM in every package, so that it can be counted from them."""
    whole = tuple(
        f"domestic.{maker}.products.{chip}.hbm_part=1"
        for maker, terms in load("baseline").scenario.domestic.items()
        for chip in terms.products
        if terms.products[chip].own_memory is None
    )
    drawn = plan(load("baseline", whole).scenario, 1)
    for number in range(3):
        stage = set_stage(drawn.frame, Draws(1, number), drawn.law.regime(drawn.frame.span.start))
        works = home_works(drawn, stage)
        unsold = [-(10**9)] * len(works.column)
        outputs = [works.plan(p, Conditions(1.0, 1e9, 0.0), unsold) for p in range(len(works.foreign))]
        used = sum((works.recipes.stacks_of @ output.packages).sum() for output in outputs)
        came = works.memory.inflow[: (len(outputs) - 1) * PERIOD_WEEKS].sum()
        assert min(output.stores.pool for output in outputs) >= 0
        assert used + works.memory.pool == pytest.approx(came)
        assert used > 5e6


def test_nobody_orders_what_nobody_makes():
    """The 910 was followed by the 910B in 2023: orders for it end with its share of packaging."""
    drawn = history("baseline", 4)
    column = drawn.plan.frame.column["Ascend-910"]
    for outcome in drawn.outcomes:
        late = [i for i, month in enumerate(drawn.months) if month > date(2023, 8, 1)]
        assert outcome.measures["orders"][late, :, column].sum() == 0
        assert outcome.measures["backlog"][late[1:], :, column].sum() == 0


def test_every_turn_of_the_law_has_its_entry_in_the_calendar():
    law = plan(load("baseline", ("licences.us-2025-08-h20.until=2025-09-20",)).scenario, 1).law
    steps = {step.day for step in law.calendar}
    fronts = {day_of(date(2020, 1, 1)), day_of(date(2022, 6, 1))}
    assert {day for day in law.epochs if day > day_of(date(2020, 1, 1))} - fronts <= steps
    assert any(step.step == "lapsed" for step in law.calendar)


@pytest.mark.parametrize("until", ["2023-11-10", "2025-05-01"])
def test_a_shorter_window_is_the_beginning_of_a_longer_one(until):
    """Cut right after a rule, when stock is stranded and works look ahead, the past stays what it was."""
    whole, cut = history("baseline", 2), history("baseline", 2, settings=(f"window.end={until}",))
    for one, other in zip(whole.outcomes, cut.outcomes, strict=True):
        before = tuple(event for event in one.events if date_of(event.day) < date.fromisoformat(until))
        assert before == tuple(event for event in other.events if event.kind != "still waiting")
        for measure, values in other.measures.items():
            known = len(values) - 1
            assert np.allclose(one.measures[measure][:known], values[:known], equal_nan=True), measure
