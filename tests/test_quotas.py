"""Caps on what is sent, by hand: chips, TPP, a share of US shipments, a share of a buyer's new chips."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from histories import history

from sim.facts.caps import Limit
from sim.facts.lawbook import Ceiling
from sim.study.reading.load import load
from sim.study.replication import plan
from sim.world.draws import Draws
from sim.world.quotas import Quotas
from sim.world.stage import set_stage

TINY = str(Path(__file__).parent / "worlds" / "tiny" / "tiny.toml")
FOREIGN = [[True, False], [True, False]]
TPP = np.array([16000.0, 5000.0])


@pytest.fixture(scope="module")
def drawn():
    return plan(load(TINY).scenario, 1)


def under(drawn, limit, mask=FOREIGN):
    """A stage on which one cap is in force, on the first of two chips for both holders."""
    regime = drawn.law.regime(drawn.frame.span.start)
    cap = Ceiling(np.array(mask), limit, drawn.frame.span.start)
    return set_stage(drawn.frame, Draws(1, 0), replace(regime, caps=(cap,)))


def sent(drawn, limit, *weeks, abroad=(0.0, 0.0), mask=FOREIGN):
    """What is left of each week's grants, the log, one after the other."""
    stage, quotas = under(drawn, limit, mask), Quotas(2, TPP)
    told = [quotas.trim(stage, np.array(grants), lambda: np.array(abroad)).tolist() for grants in weeks]
    return told, stage.journal.events


def test_chips_are_counted_over_all_buyers_and_weeks(drawn):
    told, log = sent(drawn, Limit(units=100, by="r"), [[40, 7], [20, 0]], [[40, 7], [40, 0]], [[5, 5], [0, 5]])
    assert told == [[[40, 7], [20, 0]], [[20, 7], [20, 0]], [[0, 5], [0, 5]]]
    assert [(event.kind, event.actor, event.quantity, event.detail) for event in log] == [
        ("cap binds", "r", 40.0, "at most 100 chips"),
        ("cap used up", "r", None, "at most 100 chips"),
    ]


def test_tpp_is_added_up_over_chips(drawn):
    both = [[True, True], [True, True]]
    told, _ = sent(drawn, Limit(tpp=520_000, by="r"), [[10, 20], [0, 0]], [[20, 0], [0, 64]], mask=both)
    assert told == [[[10, 20], [0, 0]], [[8, 0], [0, 26]]]


def test_a_share_of_us_shipments_is_held_chip_by_chip(drawn):
    limit = Limit(share=0.5, flow="units-shipped-to-US", by="r")
    told, _ = sent(drawn, limit, [[30, 9], [30, 9]], [[30, 9], [30, 9]], abroad=(160.0, 0.0))
    assert told == [[[30, 9], [30, 9]], [[10, 9], [10, 9]]]


def test_half_of_a_buyers_new_chips_may_be_foreign_each_by_itself(drawn):
    limit = Limit(share=0.5, flow="buyers-new-chips", by="r")
    told, _ = sent(drawn, limit, [[30, 10], [30, 40]], [[30, 20], [30, 0]])
    assert told == [[[10, 10], [30, 40]], [[20, 20], [10, 0]]]


def test_a_buyers_chips_are_forgotten_after_a_year(drawn):
    limit = Limit(share=0.5, flow="buyers-new-chips", by="r")
    quiet = [[[0, 0], [0, 0]]] * 51
    told, _ = sent(drawn, limit, [[0, 10], [0, 0]], *quiet, [[10, 0], [0, 0]])
    assert told[-1] == [[0, 0], [0, 0]]
    assert sent(drawn, limit, [[0, 10], [0, 0]], *quiet[:50], [[10, 0], [0, 0]])[0][-1] == [[10, 0], [0, 0]]


def test_what_a_cap_has_used_up_is_closed_until_the_cap_is_gone(drawn):
    stage, quotas = under(drawn, Limit(units=100, by="r")), Quotas(2, TPP)
    quotas.trim(stage, np.array([[99, 7], [0, 0]]), lambda: np.zeros(2))
    assert stage.gates.all()
    quotas.trim(stage, np.array([[99, 7], [0, 0]]), lambda: np.zeros(2))
    assert stage.gates.tolist() == [[False, True], [False, True]]
    assert stage.closing_event(stage.frame.chips[0]) == 2
    stage.adopt(replace(stage.regime, caps=()))
    quotas.look(stage)
    assert stage.gates.all()


def test_without_a_cap_nothing_is_touched(drawn):
    stage, grants = under(drawn, Limit(units=1, by="r")), np.array([[3, 4], [5, 6]])
    stage.adopt(replace(stage.regime, caps=()))
    assert Quotas(2, TPP).trim(stage, grants, lambda: np.zeros(2)) is grants


CAPPED = (
    "foreign.acme.lines.one.output={points={2022-01-01=9131.25}}",  # 700 chips a week, of which China can have 245
    "demand.load={points={2022-01-01=1000000}}",
    "demand.budget={points={2022-01-01=1e11}}",
    "rules.ban.announced=2022-01-01",
    "rules.ban.in_force_days=0",
    "rules.ban.clauses.fast.verdict=allowed",
    "rules.ban.clauses.fast.cap_share=0.5",
    "rules.ban.clauses.fast.cap_share_of=units-shipped-to-US",
    "reference.home_use=0.1",
)


def of_alpha(world, measure):
    return world.total(measure, date(2022, 1, 1), date(2024, 12, 31), chip="Alpha")[0]


def test_half_of_what_was_shipped_for_use_in_the_us_may_go_to_china_and_the_rest_waits_on_the_book():
    """0.5 of 0.75 of 0.1 of all Alphas sold outside China until then, less what is on the road at the end."""
    world = history(TINY, 1, settings=CAPPED)
    sold = 700 * len(world.plan.frame.weeks) - of_alpha(world, "produced")
    assert of_alpha(world, "deliveries") == pytest.approx(0.5 * 0.75 * 0.1 * sold, rel=0.03)
    assert world.level("backlog", date(2024, 12, 31), chip="Alpha")[0] > 0


def test_and_nothing_of_a_chip_that_is_sold_nowhere_else():
    world = history(TINY, 1, settings=(*CAPPED, "foreign.acme.lines.one.china_only=['Alpha']"))
    assert of_alpha(world, "orders") > 0
    assert of_alpha(world, "deliveries") == 0


def test_with_both_gates_open_no_more_h200_come_than_beijing_approved():
    world = history("dual-gate-open", 2)
    for outcome in world.outcomes:
        came = outcome.measures["deliveries"][:, :, world.plan.frame.column["H200"], 0].sum()
        used_up = [event for event in outcome.events if event.kind == "cap used up"]
        assert 0 < came <= 400_000
        assert (came == 400_000) == ("cn-2026-01-h200-approval" in {event.actor for event in used_up})
        log = {event.id: event for event in outcome.events}
        assert all(log[event.cause].actor == event.actor for event in outcome.events if event.kind.startswith("cap "))
