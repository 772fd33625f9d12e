"""A regulator that reacts: what it closes, when, and what makers answer."""

import pytest

from sim.actors.regulator import reaching, strongest
from sim.facts.chips import Chip, central
from sim.study.legal import read_law
from sim.study.reading.load import load
from sim.study.replication import plan, replicate

SCENARIO = "reactive-regulator"
CERTAIN = ("regulator.lag=400", "regulator.share=0.5", "window.end=2026-06-01")


def chip(tpp, bandwidth):
    given = {"fp16": tpp / 16, "memory_bandwidth": bandwidth, "memory_gb": 80, "interconnect": 400, "die_area": 800}
    return Chip.model_validate({"vendor": "v", "line": "l", "stack": "cuda", "price": 1, "hbm_stacks": 5, **given})


def test_a_part_is_closed_by_the_figure_it_has_most_of():
    full = chip(15824, 3350)
    assert strongest(chip(15824, 3350), full) == "TPP"
    assert strongest(chip(2368, 4000), full) == "memory bandwidth"


def test_all_that_reach_the_limit_are_closed():
    chips = {"a": chip(4992, 2040), "b": chip(2368, 4000), "c": chip(1000, 900)}
    assert reaching(chips, "TPP", 2400).tolist() == [True, False, False]
    assert reaching(chips, "memory bandwidth", 2000).tolist() == [True, True, False]


def test_the_ladder_goes_down_from_the_strongest_legal_design():
    law = read_law(load(SCENARIO).scenario)
    rungs = law.choice("nvidia", "hopper", law.epochs[-1]).options
    tpp = [rung.chip.tpp for rung in rungs]
    assert tpp == sorted(tpp, reverse=True)
    assert tpp[0] == law.chips["H100"].tpp
    cores = [(rung.chip.tpp, central(rung.chip.memory_bandwidth)) for rung in rungs]
    assert len(set(cores)) == len(cores) > 5
    assert {rung.name for rung in rungs} <= set(law.chips)


def test_by_dates_alone_the_ladder_is_the_best_design():
    law = read_law(load("baseline").scenario)
    choice = law.choice("nvidia", "hopper", law.epochs[-1])
    assert choice.options == (choice.design,)


@pytest.fixture(scope="module")
def outcome():
    drawn = plan(load(SCENARIO, CERTAIN).scenario, 1)
    found = replicate(drawn, 0)
    assert found.failure is None, found.failure.trace
    return drawn, found


def test_a_design_is_closed_after_the_lag_with_all_stronger_ones(outcome):
    drawn, found = outcome
    log = {event.id: event for event in found.events}
    closing = next(event for event in found.events if event.kind == "regulator closes")
    first = log[closing.cause]
    assert (first.kind, first.chip, closing.chip) == ("first shipment", "A800", "A800")
    assert 400 <= closing.day - first.day < 407
    stopped = {event.chip for event in found.events if event.kind == "sales stopped" and event.cause == closing.id}
    assert stopped == {"A800", "H800"}
    weeks = [i for i, month in enumerate(drawn.frame.months) if month > closing.day + 60]
    for name in stopped:
        assert found.measures["orders"][weeks][:, :, drawn.frame.column[name]].sum() == 0


def test_makers_answer_with_the_strongest_part_below_the_limit(outcome):
    drawn, found = outcome
    closing = next(event for event in found.events if event.kind == "regulator closes")
    begun = [event.chip for event in found.events if event.kind == "design started" and event.cause == closing.id]
    limit = drawn.law.chips["A800"].tpp / 2
    assert len(begun) == 2
    assert all(drawn.law.chips[name].tpp < limit for name in begun)
    shipped = {event.chip for event in found.events if event.kind == "first shipment"}
    assert set(begun) <= shipped


def test_without_a_reactive_mode_nothing_is_closed_beside_the_law():
    drawn = plan(load(SCENARIO, (*CERTAIN, "regulator.mode=scheduled")).scenario, 1)
    kinds = {event.kind for event in replicate(drawn, 0).events}
    assert "regulator closes" not in kinds
