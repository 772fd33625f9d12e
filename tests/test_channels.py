"""Brokers and offshore firms in worlds small enough to reckon by hand."""

from dataclasses import replace
from datetime import date
from itertools import pairwise
from math import exp
from pathlib import Path

import numpy as np
import pytest
from histories import history

from sim.actors.offshore import LOOKS_A_YEAR, OWNED, Tenants, Wants, placed, ways
from sim.actors.offshore import Habits as Abroad
from sim.actors.smuggling import (
    MOST_LOTS,
    Brokers,
    Habits,
    Luck,
    Wishes,
    denied,
    expected,
    lots_of,
    luck_of,
    poisson,
    price_above_list,
    pull,
)
from sim.facts.days import Span, day_of
from sim.facts.lawbook import Regime
from sim.world.draws import Draws
from sim.world.series import Frame
from sim.world.stage import set_stage
from sim.world.transit import Transit

TINY = str(Path(__file__).parent / "worlds" / "tiny" / "tiny.toml")
START = day_of(date(2022, 1, 1))
SPAN = Span(START, START + 7 * 60 + 1)
FRAME = Frame(SPAN, ("Cloud", "Lab"), ("acme",), ("Alpha", "Beta"))
ALL, NONE = np.ones((2, 2), dtype=np.bool_), np.zeros((2, 2), dtype=np.bool_)
REGIME = Regime(
    gates=NONE,
    discouraged=NONE,
    closers={"Alpha": "ban"},
    memory_open=True,
    foreign_dies=frozenset(),
    caps=(),
    abroad=ALL,
    renting=ALL,
    transit_cap_tpp=None,
    tools_open=1.0,
    revenue_share=np.zeros((2, 2)),
    abroad_closers={"Alpha": "gap-closed"},
)
HABITS = Habits(
    capacity=[500.0] * 60,
    deterrence=2.0,
    better=0.5,
    urgency=0.1,
    share=np.array([0.75, 0.25]),
    lot=(100.0, 1000.0),
    weeks=2,
    seizure=[0.2] * 60,
    customs={"customs": 0.5},
    price=(0.9, 2.0),
)
ONLY_ALPHA = np.array([[1.0, 0.0], [1.0, 0.0]])
DENIED = np.array([1.0, 1.0])
KEPT = np.zeros(2)
"""Chips that lose nothing to others about to ship."""


def stage_of(regime=REGIME):
    return set_stage(FRAME, Draws(1, 0), regime)


def brokers_on(stage, habits=HABITS):
    transit = Transit(stage, np.array([1000.0, 2000.0]), countries=1, share=1)
    return Brokers(stage, habits, luck_of(stage.draws, 60), transit, np.array([10.0, 20.0]))


def play(stage, brokers, wish=DENIED, mix=ONLY_ALPHA):
    """Let brokers buy every week under wishes that do not change."""

    def step(week):
        brokers.deliver(week)
        brokers.look(week, wish, mix, KEPT)
        brokers.buy(week)

    stage.clock.start(stage.clock.every_week(step))
    stage.clock.run()
    stage.ledger.check()
    return stage


def quantities(stage, kind):
    return sum(event.quantity for event in stage.journal.events if event.kind == kind)


def test_every_chip_drawn_is_delivered_seized_or_under_way():
    stage = stage_of()
    play(stage, brokers_on(stage))
    ledger = stage.ledger
    drawn = -ledger.made.sum()
    assert drawn == quantities(stage, "lot ordered") > 0
    assert drawn == ledger.held.sum() + ledger.seized.sum() + ledger.grey.sum()
    assert ledger.held.sum() == stage.recorder.weekly["smuggled"].sum() == quantities(stage, "lot delivered") > 0
    assert ledger.seized.sum() == stage.recorder.weekly["seized"].sum() == quantities(stage, "lot seized") > 0
    assert stage.spent.sum() > 10 * ledger.held.sum()


def test_a_lot_arrives_two_weeks_after_its_order_and_names_it_as_its_cause():
    stage = stage_of()
    stage.legal_events["ban", "in force"] = stage.journal.record(START, "rule in force")
    play(stage, brokers_on(stage))
    log = {event.id: event for event in stage.journal.events}
    ends = [event for event in log.values() if event.kind in ("lot delivered", "lot seized")]
    assert {end.day - log[end.cause].day for end in ends} == {14}
    assert {event.cause for event in log.values() if event.kind == "lot ordered"} == {1}


@pytest.mark.parametrize(("odds", "kind"), [(0.0, "lot seized"), (1.0, "lot delivered")])
def test_at_no_odds_nothing_is_taken_and_at_the_worst_next_to_nothing_arrives(odds, kind):
    stage = stage_of()
    habits = replace(HABITS, seizure=[odds] * 60, deterrence=0.0)
    play(stage, brokers_on(stage, habits))
    assert quantities(stage, kind) <= 0.1 * quantities(stage, "lot ordered")
    assert quantities(stage, "lot ordered") > 0


def test_customs_take_lots_only_while_their_rule_is_in_force():
    stage = stage_of()
    brokers = brokers_on(stage)
    assert brokers._odds(0) == pytest.approx((0.2, 0.2))
    stage.legal_events["customs", "in force"] = 1
    assert brokers._odds(0) == pytest.approx((0.2, 0.6))
    stage.legal_events["customs", "withdrawn"] = 2
    assert brokers._odds(0) == pytest.approx((0.2, 0.2))


def test_what_is_legal_is_not_smuggled():
    stage = stage_of(replace(REGIME, gates=ALL))
    play(stage, brokers_on(stage))
    assert not stage.journal.events
    assert brokers_on(stage).wishes is None


def test_without_brokers_there_is_no_premium():
    brokers = brokers_on(stage_of(), replace(HABITS, capacity=[500.0] + [0.0] * 59))
    brokers.look(0, DENIED, ONLY_ALPHA, KEPT)
    assert brokers.premium > 0
    brokers.look(4, DENIED, ONLY_ALPHA, KEPT)
    assert np.isnan(brokers.premium)


def test_the_lots_of_a_week_do_not_depend_on_another_week():
    def bought_late(stage):
        events = [event for event in stage.journal.events if event.kind == "lot ordered"]
        return [(e.day, e.actor, e.chip, e.quantity) for e in events if e.day > START + 7 * 30]

    calm, busy = stage_of(), stage_of()
    play(calm, brokers_on(calm))
    play(busy, brokers_on(busy, replace(HABITS, capacity=[5000.0] * 30 + [500.0] * 30)))
    assert bought_late(calm) == bought_late(busy) != []
    assert quantities(calm, "lot ordered") < quantities(busy, "lot ordered")


def test_more_is_never_fewer_lots_on_the_same_luck():
    luck = np.full((MOST_LOTS, 3), 0.5)
    counts = [len(lots_of(HABITS, Wishes(chips, [0.5, 0.5, 1.0, 1.0], 2), 0.7, luck)) for chips in range(0, 9000, 50)]
    assert all(fewer <= more for fewer, more in pairwise(counts))
    assert counts[0] == 0 < counts[-1]


def test_lots_have_the_sizes_and_the_mean_that_are_stated():
    luck = luck_of(Draws(1, 0), 400)
    lots = [lot for u in luck.lots for lot in lots_of(HABITS, Wishes(1e9, [1.0], 1), 0.5, u)]
    sizes = [lot.size for lot in lots]
    assert 100 <= min(sizes) < 110
    assert 950 < max(sizes) <= 1000
    assert np.mean(sizes) == pytest.approx(HABITS.mean_lot, rel=0.03)


def test_buyers_and_chips_are_drawn_by_their_weights():
    wishes = expected(HABITS, 0, DENIED, np.array([[0.5, 0.5], [1.0, 0.0]]), 0.0)
    drawn = [wishes.cell(u) for u in np.linspace(0.001, 0.999, 999)]
    assert [drawn.count(cell) / 999 for cell in ((0, 0), (0, 1), (1, 0), (1, 1))] == pytest.approx(
        [0.375, 0.375, 0.25, 0.0], abs=0.01
    )


def test_poisson_counts():
    assert poisson(0.0, 0.999) == 0
    assert poisson(2.0, exp(-2.0) - 1e-9) == 0
    assert poisson(2.0, exp(-2.0) + 1e-9) == 1
    assert np.mean([poisson(2.0, u) for u in (np.arange(5000) + 0.5) / 5000]) == pytest.approx(2.0, rel=0.01)
    assert poisson(1e3, 0.5) == MOST_LOTS


def test_a_buyer_with_a_full_fleet_is_still_denied_the_best():
    assert denied(np.array([0.0, 0.5, 1.0]), np.array([1.0, 0.0, 1.0]), 0.4) == pytest.approx([0.4, 0.5, 1.0])
    assert pull(np.array([0.0, 0.1, 0.9]), 0.1) == pytest.approx([0.0, 0.5, 0.9])


def test_seizing_more_deters_brokers_and_raises_the_price():
    light, heavy = (expected(HABITS, 0, DENIED, ONLY_ALPHA, odds).chips for odds in (0.05, 0.30))
    assert heavy / light == pytest.approx((0.70 / 0.95) ** 2)
    assert price_above_list(HABITS, 0.3 * DENIED, 0.05, KEPT) < price_above_list(HABITS, 0.3 * DENIED, 0.30, KEPT)


@pytest.mark.parametrize("odds", [0.0, 0.3, 0.95])
@pytest.mark.parametrize("wish", [0.0, 0.5, 1.0])
def test_the_premium_keeps_its_bounds(wish, odds):
    assert -0.1 - 1e-9 <= price_above_list(HABITS, wish * DENIED, odds, KEPT) <= 1.0 + 1e-9


def test_a_cap_on_transit_stops_lots_and_counts_from_its_first_day():
    stage = stage_of(replace(REGIME, transit_cap_tpp=250_000.0))
    play(stage, brokers_on(stage))
    assert quantities(stage, "lot ordered") == 250
    brokers = brokers_on(stage)
    brokers.transit.let_through(1e6)
    stage.adopt(REGIME)
    assert brokers.transit.room() == float("inf")
    stage.adopt(replace(REGIME, transit_cap_tpp=250_000.0))
    assert brokers.transit.room() == 250_000


# ---- Compute abroad -------------------------------------------------------------------------------------------------

ABROAD = Abroad(
    propensity=np.array([1.0, 0.0]), share_cap=[0.1] * 60, owned_share=0.5, budget_share=0.5, rent=0.5 / LOOKS_A_YEAR
)
PRICE = np.array([10.0, 20.0])
WANTS = Wants(
    chips=np.array([10_000.0, 0.0]),
    lacking=np.array([400.0, 0.0]),
    basket=np.array([[1.0, 0.0], [1.0, 0.0]]),
    means=np.array([1e9, 1e9]),
)


def tenants_on(stage):
    regime, nothing = stage.regime, np.zeros((2, 2), dtype=np.int64)
    transit = Transit(stage, np.array([1000.0, 2000.0]), countries=1, share=1)
    open_ways = ways(ABROAD, regime.abroad, regime.renting, PRICE)
    return Tenants(stage, ABROAD, transit, PRICE, nothing.copy(), nothing.copy(), open_ways)


def looked(regime, wants=WANTS):
    stage = stage_of(regime)
    tenants = tenants_on(stage)
    tenants.look(0, wants)
    stage.ledger.check()
    return stage, tenants


def test_a_firm_owns_and_rents_what_it_lacks():
    stage, tenants = looked(REGIME)
    assert stage.ledger.offshore.tolist() == [[400, 0], [0, 0]]
    assert tenants.rented.tolist() == [[200, 0], [0, 0]]
    assert stage.spent.tolist() == [2000, 0]
    (told,) = stage.journal.events
    assert (told.kind, told.actor, told.chip, told.quantity) == ("placed abroad", "Cloud", "Alpha", 400)


def test_with_the_gate_abroad_closed_nobody_owns():
    stage, tenants = looked(replace(REGIME, abroad=NONE))
    assert stage.ledger.offshore.sum() == tenants.rented.sum() == 400


def test_with_both_ways_closed_nothing_is_placed():
    stage, _ = looked(replace(REGIME, abroad=NONE, renting=NONE))
    assert stage.ledger.offshore.sum() == 0


def test_all_together_get_a_share_of_what_is_sold_abroad_and_each_what_it_can_pay():
    open_ways = ways(ABROAD, ALL, ALL, PRICE)
    many = replace(WANTS, lacking=np.array([3000.0, 1000.0]))
    assert placed(many, open_ways, 0.1)[:, 0] == pytest.approx([750, 250])
    assert placed(many, ways(ABROAD, NONE, ALL, PRICE), 0.1)[:, 0] == pytest.approx([375, 125])
    poor = replace(WANTS, means=np.array([750.0, 0.0]))
    assert placed(poor, open_ways, 0.1)[:, 0] == pytest.approx([100, 0])


def test_when_the_ways_close_own_chips_stay_and_rented_ones_go_back():
    stage, tenants = looked(REGIME)
    closing = stage.journal.record(START, "rule in force")
    stage.legal_events["gap-closed", "in force"] = closing
    stage.adopt(replace(REGIME, abroad=NONE))
    tenants.law_changed()
    tenants.law_changed()
    assert stage.ledger.offshore.sum() == 400
    shut = [event for event in stage.journal.events if event.kind == "offshore closed"]
    assert [(event.cause, event.quantity, event.detail.split()[0]) for event in shut] == [(closing, 200, OWNED)]
    stage.adopt(replace(REGIME, abroad=NONE, renting=NONE))
    tenants.law_changed()
    assert (stage.ledger.offshore.sum(), tenants.rented.sum()) == (200, 0)


def test_rent_is_paid_while_chips_are_rented():
    stage, tenants = looked(REGIME)
    before = stage.spent.copy()
    tenants.pay()
    assert (stage.spent - before).tolist() == pytest.approx([200 * 10 * ABROAD.rent, 0])


def test_own_and_rented_chips_abroad_wear_out():
    stage, tenants = looked(REGIME)
    tenants.lose(np.array([[30, 0], [0, 0]]), np.array([[20, 0], [0, 0]]))
    stage.ledger.check()
    assert (stage.ledger.offshore.sum(), tenants.rented.sum(), stage.ledger.retired.sum()) == (350, 180, 50)
    assert stage.recorder.monthly["retired"].sum() == 0


def test_offshore_chips_wear_out_at_the_yearly_rate_of_all_holdings():
    """No chip is placed abroad after May 2023; at 0.3 a year, exp(-0.3) of them are left a year later."""
    placing = ("offshore.share_cap={points={2022-01-01=0.05,2023-06-01=0}}", "offshore.budget_share=1")
    world = history(TINY, 1, settings=("demand.wear=0.3", *placing))
    first, last = (world.level("offshore", date(year, 12, 31))[0] for year in (2023, 2024))
    assert last == pytest.approx(exp(-0.3) * first, abs=1)


def test_a_cap_on_transit_binds_compute_abroad_too():
    stage, _ = looked(replace(REGIME, transit_cap_tpp=150_000.0))
    assert stage.ledger.offshore.sum() == 150


def test_luck_is_drawn_whole():
    luck = luck_of(Draws(1, 0), 60)
    assert isinstance(luck, Luck)
    assert (len(luck.count), luck.lots.shape) == (60, (60, MOST_LOTS, 3))
