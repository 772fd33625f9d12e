"""What can be worked out by hand, or must hold in any world: a textbook's inventory, scale, conservation, waiting."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_buyers import RICH, choices, wallet, wishes

from sim.actors.buyers import accepted, missing, target_orders
from sim.facts.days import date_of
from sim.study.reading.load import load
from sim.study.replication import plan, play, replicate
from sim.world.draws import Draws
from sim.world.ledger import Ledger
from sim.world.market import OrderBook, lead_times, ration
from sim.world.series import MEASURES, ORIGINS
from sim.world.stage import set_stage

TINY = str(Path(__file__).parent / "worlds" / "tiny" / "tiny.toml")


def drawn(*changes, seed=1):
    return plan(load(TINY, changes).scenario, seed)


def played(*changes, seed=1):
    """One replication of the tiny world. A broken one fails the test."""
    outcome = replicate(drawn(*changes, seed=seed), 0)
    assert outcome.failure is None, outcome.failure.trace
    return outcome


# A textbook's shop

CUSTOMERS = [1, 1, 2, 3, 2, 0, 3, 1, 3, 2, 2, 2, 2, 1, 0, 2, 3, 1, 2, 2, 0, 2, 1, 3, 4]
LEAD_DAYS = (1, 3, 1, 1, 2)
UP_TO, EVERY = 11, 5


def test_a_shop_orders_refrigerators_up_to_eleven_every_fifth_day():
    """Banks, Carson, Nelson, Nicol: Discrete-Event System Simulation, chapter 2, the (M, N) inventory system.

    A shop starts with 3 and has 8 coming in two days. At the close of every fifth day it orders up to 11; the order is
    on hand on the morning after its lead time. Demands and lead times are those of the book's random digits (24, 35,
    65, ... and 5, 0, 3, 4, 8). The book's table ends with 88 units, 3.5 a day on average, and two days of shortage.

    The shop is a buyer of ours: the fleet it wants is all that customers have asked for so far, and eleven on top.
    """
    asked = np.cumsum(CUSTOMERS)[:, None]
    shop, days = wishes(asked + UP_TO, in_use=asked), len(CUSTOMERS)
    ledger, book = Ledger(("shop",), ("refrigerator",)), OrderBook(1, 1, days)
    ledger.settle(0, 0, 3)
    coming = np.zeros((days + max(LEAD_DAYS) + 2, 1, 1), dtype=np.int64)
    coming[2] = 8
    ledger.make(coming[2, 0])
    ledger.dispatch(coming[2, 0])
    left, owed, ordered = [], [], []
    for day in range(days):
        ledger.deliver(coming[day])
        left.append(int(max(ledger.held[0, 0] - asked[day, 0], 0)))
        owed.append(round(missing(shop.in_use[day], shop.fleet(ledger.held))[1] * asked[day, 0]))
        if day % EVERY == EVERY - 1:
            have = ledger.held + ledger.on_the_way
            wanted = target_orders(shop, day, shop.load[day] - shop.fleet(have), choices([[1]]), wallet(RICH))
            book.revise(day, accepted(wanted, np.array([100.0]), shop.order_weeks) - book.open)
            ledger.make(book.total)
            sent = ration(ledger.stocked, book.open, np.ones((1, 1)))
            ledger.dispatch(book.fill(day, sent))
            coming[day + 1 + LEAD_DAYS[day // EVERY]] += sent
            ordered.append(int(sent[0, 0]))
        ledger.check()
    assert left == [2, 1, 7, 4, 2, 2, 8, 7, 4, 2, 0, 0, 0, 4, 4, 2, 6, 5, 3, 1, 1, 9, 8, 5, 1]
    assert [n for n in owed if n] == [2, 4]
    assert ordered == [9, 9, 7, 10, 10]
    assert (sum(left), round(sum(left) / days, 1)) == (88, 3.5)


# Whole worlds of two buyers

NO_RULE = "rules.ban.enabled=false"


def fleet(outcome):
    """H100-equivalents that each holder of the tiny world counts, (months, holders), at its own share of training."""
    training = np.array([0.3, 0.8])
    trains, serves = (outcome.measures[f"stock_h100e_{use}"].sum(axis=2) for use in ("training", "inference"))
    return trains * training + serves * (1 - training)


def test_buyers_order_up_to_their_fleet_and_nothing_while_nothing_is_short():
    """The (s, S) rule of a whole world: S is the load as far ahead as the cover, 90 days for Cloud, 60 for Lab.

    So orders come on the first day, and in March and April 2023 before the load triples on 1 June. What is ordered is
    cut to whole chips of two kinds, each worth at most 1.1 H100.
    """
    load_steps = "demand.load={points={2022-01-01=1000,2023-06-01=3000},interpolate='step'}"
    budget = "demand.budget={points={2022-01-01=1e13}}"
    outcome = played(NO_RULE, load_steps, "demand.wear=0", budget, "buyers.Lab.cover=60")
    assert np.flatnonzero(outcome.measures["orders"][:, 0].any(axis=1)).tolist() == [0, 14, 15]
    assert np.flatnonzero(outcome.measures["orders"][:, 1].any(axis=1)).tolist() == [0, 15]
    short = np.array([[700, 300], [2100, 900]]) - fleet(outcome)[[13, 35]]
    assert (short >= 0).all()
    assert (short < 2 * 1.1).all()


def test_no_capacity_no_chips_and_no_flow_of_anything():
    nothing = ("foreign.acme.lines.one.output", "foundry.wafers", "domestic.delta.packaging", "memory.foreign")
    empty = tuple(f"{name}={{points={{2022-01-01=0}}}}" for name in nothing)
    outcome = played(*empty, "memory.held=0", "buyers.Cloud.initial.Alpha=0")
    flows = [m.name for m in MEASURES.values() if m.kind == "flow"]
    assert {name: float(outcome.measures[name].sum()) for name in flows} == dict.fromkeys(flows, 0.0)
    assert outcome.measures["shortage"] == pytest.approx(1.0)


def same(one, other):
    """Whether two replications are equal, event for event and number for number."""
    equal = (np.array_equal(values, other.measures[name], equal_nan=True) for name, values in one.measures.items())
    return one.events == other.events and all(equal)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_rule_switched_off_is_a_rule_beyond_the_window(seed):
    without, later = played(NO_RULE, seed=seed), played("rules.ban.announced=2025-02-01", seed=seed)
    assert same(without, later)
    assert not same(without, played("rules.ban.announced=2024-12-30", seed=seed))


ROUNDING, SLIGHT = 25, 2e-3
"""Whole chips are shared out every week: the double is missed by a few chips a month, and by 0.2% of what piles up."""
RATIOS = ("share", "days", "months")
DEAREST = 35_000
"""No chip of the tiny world costs more dollars."""


def sized(scale):
    """The tiny world with all that is counted in it, chips and wishes and money, times ``scale``."""
    return (
        f"foreign.acme.lines.one.output={{points={{2022-01-01={10_000 * scale},2024-01-01={20_000 * scale}}}}}",
        f"foundry.wafers={{points={{2022-01-01={100 * scale}}}}}",
        f"domestic.delta.packaging={{points={{2022-01-01={2_000 * scale}}}}}",
        f"memory.foreign={{points={{2022-01-01={20_000 * scale}}}}}",
        f"memory.held={5_000 * scale}",
        f"demand.load={{points={{2022-01-01={10_000 * scale},2025-01-01={200_000 * scale}}},interpolate='log'}}",
        f"demand.budget={{points={{2022-01-01={1e9 * scale}}}}}",
        f"buyers.Cloud.initial.Alpha={500 * scale}",
    )


@pytest.mark.parametrize("rule", [(), (NO_RULE,)])
def test_twice_the_supply_and_twice_the_wish_double_every_flow_and_leave_every_ratio(rule):
    one, two = played(*sized(1), *rule), played(*sized(2), *rule)
    for measure in (MEASURES[name] for name in one.measures):
        given, found = one.measures[measure.name], two.measures[measure.name]
        if measure.unit in RATIOS or measure.name == "dollars_per_h100e_denied":
            np.testing.assert_allclose(found, given, rtol=1e-3, atol=1e-3, err_msg=measure.name)
        else:
            within = ROUNDING * (DEAREST if measure.unit == "USD" else 1)
            np.testing.assert_allclose(found, 2 * given, rtol=SLIGHT, atol=within, err_msg=measure.name)
    assert [(e.day, e.kind, e.actor, e.chip) for e in one.events] == [
        (e.day, e.kind, e.actor, e.chip) for e in two.events
    ]


BAN_DAYS = st.dates(date(2022, 1, 1), date(2024, 12, 31))
INITIAL = 500
LONGEST_ROAD = timedelta(days=14)


@settings(max_examples=20, deadline=None)
@given(
    announced=BAN_DAYS,
    notice=st.integers(0, 120),
    output=st.integers(0, 300_000),
    packaging=st.integers(0, 40_000),
    launch=st.sampled_from(["2022-01-01", "2024-12-01"]),
)
def test_every_chip_is_accounted_for_and_none_is_sold_after_its_day(announced, notice, output, packaging, launch):
    """Whatever the capacities and the dates, and with another seed in every world."""
    seed = announced.toordinal() + output
    world = drawn(
        f"foreign.acme.lines.one.parts.Alpha={launch}",
        f"rules.ban.announced={announced}",
        f"rules.ban.in_force_days={notice}",
        f"foreign.acme.lines.one.output={{points={{2022-01-01={output}}}}}",
        f"domestic.delta.packaging={{points={{2022-01-01={packaging}}}}}",
        seed=seed,
    )
    stage = set_stage(world.frame, Draws(seed, 0), world.law.regime(world.frame.span.start))
    found = play(world, stage)
    conserved(stage.ledger, found)
    in_force = announced + timedelta(days=notice)
    weeks = [date_of(day) for day in world.frame.weeks]
    assert not stage.book.filled[[week >= in_force for week in weeks]].any()
    months = [date_of(day).replace(day=1) for day in world.frame.months]
    arrived = [i for i, first in enumerate(months) if first > in_force + LONGEST_ROAD]
    legally = [ORIGINS.index("legal"), ORIGINS.index("domestic")]
    assert not found["deliveries"][arrived][..., legally].any()
    assert not found["backlog"][[first >= in_force for first in months]].any()


def conserved(ledger, found):
    """Where chips are, by the ledger, is where the measures say that they went; and nobody has less than none."""
    ledger.check()
    legal, domestic, smuggled = (found["deliveries"][..., origin].sum(axis=(0, 1)) for origin in range(len(ORIGINS)))
    produced, retired = (found[name].sum(axis=(0, 1)) for name in ("produced", "retired"))
    initial = np.array([INITIAL, 0])
    abroad, seized = found["offshore"][-1].sum(axis=0), found["seized"].sum(axis=0)
    assert np.array_equal(found["stock"][-1], ledger.held)
    assert np.array_equal(initial + legal + domestic + smuggled - retired, ledger.held.sum(axis=0))
    assert np.array_equal(produced - legal - domestic, ledger.stocked + ledger.on_the_way)
    assert np.array_equal(-ledger.made, initial + produced + smuggled + seized + ledger.grey + abroad)
    assert all((values >= 0).all() for name, values in found.items() if MEASURES[name].unit == "chips")


# Little's law: what waits is the rate of orders times their wait


@given(orders=st.lists(st.integers(0, 500), min_size=1, max_size=30), wait=st.integers(0, 8))
def test_orders_filled_whole_after_so_many_weeks_leave_that_many_weeks_of_orders_waiting(orders, wait):
    """Exact: over a span that starts and ends with an empty book, backlog summed is orders times their wait."""
    weeks = len(orders) + wait
    book = OrderBook(1, 1, weeks)
    arrivals = np.array([*orders, *[0] * wait])[:, None, None]
    backlog = []
    for week in range(weeks):
        book.revise(week, arrivals[week])
        book.fill(week, arrivals[week - wait] if week >= wait else 0 * arrivals[week])
        backlog.append(int(book.open[0, 0]))
    waits = lead_times(book.placed, book.filled, np.arange(weeks))[:, 0]
    assert set(waits[~np.isnan(waits)]) <= {wait}
    assert sum(backlog) == sum(orders) * wait == np.nansum(waits * book.filled[:, 0])


@given(
    rate=st.integers(1, 400),
    behind=st.floats(0, 20),
    shares=st.lists(st.integers(1, 9), min_size=2, max_size=4),
)
def test_constant_orders_and_constant_supply_keep_a_backlog_of_rate_times_wait(rate, behind, shares):
    """Little's law to a week's orders: the book counts in whole weeks, and tells the wait of its oldest order."""
    holders, first, weeks = len(shares), int(rate * behind), 40
    claims, weights, book = 10_000 * np.array(shares)[:, None], np.ones((holders, 1)), OrderBook(holders, 1, weeks)
    book.revise(0, ration(np.array([first]), claims, weights))
    backlog = np.zeros(weeks)
    for week in range(weeks):
        book.revise(week, ration(np.array([rate]), claims, weights))
        book.fill(week, ration(np.array([rate]), book.open, weights))
        backlog[week] = book.total[0]
    waits = lead_times(book.placed, book.filled, np.arange(weeks))[21:, 0]
    assert (backlog == first).all()
    assert abs(backlog[21:].mean() - rate * waits.mean()) <= rate
