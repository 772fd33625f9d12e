"""Runs on record: worked out as a lab's own run is, told of every replication, held against what was recorded."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from test_observations import FIGURE, SPREAD, said
from yards import days, model, told, yard

from sim.facts.chips import Judged
from sim.facts.errors import InputError
from sim.facts.training import Gains, run_days
from sim.shop import on_record, shop_of
from sim.study.reading.load import load
from sim.study.replication import plan, replicate
from sim.study.scoring.as_of import known_on
from sim.study.scoring.faults import unknown_labels
from sim.study.scoring.observations import checked, recorded
from sim.world.draws import Draws

SHORT = "window.end=2020-03-01"
LABS = load("baseline")
GAINS = Gains(fp8=1.25, experts=0.5)

MORE = """
title = "More runs"
question = "How long do they take?"
extends = ["baseline"]
source = "judgement: made up for a test"

[training.recorded.as-v3]
new = true
chip = "H800"
chips = 2048
flop = 3.3e24
design = "experts"
precision = "fp8"

[training.recorded.without-fp8]
new = true
chip = "A800"
chips = 2048
flop = 3.3e24
design = "experts"
precision = "fp8"

[training.recorded.on-an-unlisted-chip]
new = true
chip = "Hygon-DCU"
chips = 64
flop = 1e20
design = "dense"
precision = "fp16"
"""


@pytest.fixture(scope="module")
def more(tmp_path_factory):
    file = tmp_path_factory.mktemp("more") / "more.toml"
    file.write_text(MORE)
    return plan(load(str(file), [SHORT]).scenario, 1)


def test_a_run_without_fp8_is_slower_and_a_dense_one_faster():
    rates = {
        (design, fp8): GAINS.over_reference(design, fp8) for design in ("experts", "dense") for fp8 in (True, False)
    }
    assert rates == {("experts", True): 1, ("experts", False): 0.8, ("dense", True): 2, ("dense", False): 1.6}


def test_a_dense_model_takes_fewer_days_on_as_many_chips():
    log = told(yard([model("A.Experts"), model("B.Dense", design="dense")], [[200, 0], [0, 0]]))
    began, trained = days(log, "run begun"), days(log, "model trained")
    assert [trained[name] - began[name] for name in ("A.Experts", "B.Dense")] == [10, 5]


def test_chips_without_fp8_train_slower_than_the_reference_and_all_others_do_not(more):
    draws = Draws(1, 0)
    shop = shop_of(more.scenario.training, more.catalogue, draws)
    speed = dict(zip(more.frame.chips, shop.speed["experts"], strict=True))
    slower = 1 / draws.value(more.scenario.training.fp8)
    for chip in ("A100", "A800", "Ascend-910", "Ascend-910B", "Ascend-910C"):
        assert speed[chip] == pytest.approx(slower), chip
    for chip in ("H100", "H800", "H20", "B300", "MI308", "Ascend-950PR"):
        assert speed[chip] == 1, chip


def test_runs_on_record_are_worked_out_as_a_labs_own(more):
    """T1: V3 took 2.788 million hours. Every month tells the same."""
    fp8 = [Draws(1, number).value(more.scenario.training.fp8) for number in range(3)]
    for number in range(3):
        hours = replicate(more, number).measures["run_hours"]
        found = dict(zip(more.frame.runs, hours[-1], strict=True))
        assert np.array_equal(hours[0], hours[-1], equal_nan=True)
        assert found["as-v3"] == pytest.approx(2.788e6, rel=0.01)
        assert found["without-fp8"] == pytest.approx(found["as-v3"] * 989 / 312 * fp8[number])
        draws, training, run = Draws(1, number), more.scenario.training, more.scenario.training.recorded["as-v3"]
        shop = shop_of(training, more.catalogue, draws)
        lasts = run_days(draws.value(run.flop), run.chips, 989, shop.paces["cuda"])
        assert lasts * 24 * run.chips == pytest.approx(found["as-v3"])


def test_a_run_on_a_chip_of_unknown_arithmetic_is_undefined(more):
    training, draws = more.scenario.training, Draws(1, 0)
    unlisted = more.catalogue.chips["Hygon-DCU"].model_copy(update={"judged": Judged()})
    bare = replace(more.catalogue, chips={**more.catalogue.chips, "Hygon-DCU": unlisted})
    place = more.frame.runs.index("on-an-unlisted-chip")
    for catalogue, undefined in ((more.catalogue, False), (bare, True)):
        told = on_record(training, shop_of(training, catalogue, draws), catalogue, draws)
        assert [bool(np.isnan(values[place])) for values in told.values()] == [undefined, undefined]


def test_the_shipped_runs_are_checks_and_every_one_has_a_figure():
    """T5 and T10: nothing is fitted to them."""
    figures = [figure for figure in recorded().figures.values() if figure.measure.startswith("run_")]
    assert {figure.role for figure in figures} == {"check"}
    assert sorted(item for figure in figures for item in figure.items) == sorted(LABS.scenario.training.recorded)


RUN = {"measure": "run_hours", "unit": "chip-hours", "items": ["Llama-3-1-405B"]}


def test_a_figure_names_one_run_and_one_that_the_scenario_has():
    assert said(**(RUN | {"items": None})) == [
        "f.toml: figures.one.items: run_hours does not add up, so it needs exactly one item; name one"
    ]
    strange = {**FIGURE, **RUN, "items": ["Lama-3-1-405B"]}
    figure = checked({"spread": SPREAD, "figures": {"one": strange}}, "f.toml").figures["one"]
    (fault,) = unknown_labels("one", figure, LABS.scenario, "f.toml")
    assert str(fault).startswith("f.toml: figures.one.items: unknown run on record 'Lama-3-1-405B'; did you mean")
    bare = LABS.scenario.model_copy(update={"labs": {}, "training": None})
    assert unknown_labels("one", figure, bare, "f.toml") == []


def test_a_run_on_a_chip_that_does_not_exist_is_refused():
    with pytest.raises(InputError, match=r"training.recorded.Llama-3-1-405B.chip: unknown chip 'H1000'; did you mean"):
        load("baseline", ["training.recorded.Llama-3-1-405B.chip=H1000"])


@pytest.mark.parametrize("day", [date(2024, 1, 1), date(2025, 6, 1)])
def test_a_day_that_knows_less_can_still_have_labs(day):
    """It knows no model that came later, and what serving gains goes on along its trend."""
    scenario = load("baseline", known_on(LABS, day).settings).scenario
    assert scenario.serving is not None
    assert max(scenario.serving.efficiency.points) > day
    models = [model for lab in scenario.labs.values() for model in lab.models.values()]
    assert {model.recorded <= day for model in models if model.recorded and model.enabled} == {True}
