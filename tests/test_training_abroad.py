"""Labs that train on chips outside China: how much of them, from when, on whose, and what is left to serve there."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from histories import before, history
from yards import CHIP_DAY, days, model, told, yard

from sim.actors.authorities import enact
from sim.facts.days import date_of, day_of
from sim.facts.errors import InputError
from sim.month import keep_books
from sim.study.reading.divergence import divergence_day
from sim.study.reading.load import load
from sim.study.replication import build, plan, replicate
from sim.world.draws import Draws
from sim.world.stage import set_stage

LABS = str(Path(__file__).parent / "worlds/tiny/labs.toml")
ONE = "labs.Deep.models.One"
ABROAD = ("offshore.share_cap={points={2022-01-01=0.9}}", f"{ONE}.starts=2023-06-01", f"{ONE}.research=2000")


def moved(projects, held, there, part, since=0):
    """A yard whose lab Deep may train on a part of what its holder has abroad, from some week on."""
    built = yard(projects, held)
    built.stage.ledger.place_abroad(np.array(there))
    built.abroad["Deep"] = np.where(np.arange(len(built.stage.days)) >= since, part, 0.0)
    return built


def test_research_goes_abroad_first_and_takes_the_rest_at_home():
    """300 asked for: half of the 200 abroad, and 100 of those at home, which are all there are."""
    built = moved([model(research=1e9, plan=300.0)], [[100, 0], [0, 0]], [[200, 0], [900, 0]], 0.5)
    built.stage.clock.run()
    assert (built.asked.tolist(), built.given.tolist()) == ([300.0, 0.0], [100.0, 0.0, 100.0, 0.0])


@pytest.mark.parametrize(("since", "begun"), [(0, 28), (2, 35), (99, 56)])
def test_research_speeds_up_in_the_week_in_which_a_lab_moves_and_not_before(since, begun):
    """Half the chips it asks for are at home; with the other half abroad it takes 28 days instead of 56."""
    built = moved([model(research=2800.0, plan=100.0, cluster=1.0)], [[50, 0], [0, 0]], [[50, 0], [0, 0]], 1.0, since)
    assert days(told(built), "run begun") == {"Deep.One": begun}


def test_a_lab_that_stays_at_home_has_nothing_of_what_its_neighbour_does_abroad():
    projects = [model("Home.One", research=2800.0, plan=100.0), model("Deep.One", research=2800.0, plan=100.0)]
    built = moved(projects, [[100, 0], [0, 0]], [[100, 0], [0, 0]], 1.0)
    assert days(told(built), "run begun") == {"Home.One": 28, "Deep.One": 28}
    alone = yard(projects, [[100, 0], [0, 0]])
    assert days(told(alone), "run begun")["Home.One"] == 56


@pytest.mark.parametrize(("there", "begun"), [(200, {"Deep.One": 0}), (199, {})])
def test_a_run_takes_its_lab_s_part_abroad_if_there_are_too_few_chips_at_home(there, begun):
    built = moved([model()], [[99, 0], [0, 0]], [[there, 0], [0, 0]], 0.5)
    assert days(told(built), "run begun") == begun
    assert all("on 100 Alpha abroad" in e.detail for e in built.stage.journal.events if e.kind == "run begun")
    assert built.stage.ledger.training.sum() == 0


def test_a_run_whose_chips_wear_out_abroad_gives_back_what_is_left():
    built = moved([model(flop=100 * 100 * CHIP_DAY)], [[0, 0], [0, 0]], [[100, 0], [0, 0]], 1.0)
    ledger = built.stage.ledger
    built.stage.clock.env.run(until=built.stage.clock.today + 5)
    ledger.retire_abroad(np.array([[30, 0], [0, 0]]))
    assert ledger.training.tolist() == [[0, 0], [0, 0], [70, 0], [0, 0]]
    told(built)
    assert ledger.training.sum() == 0


def test_a_run_that_a_chip_maker_hosts_stays_in_its_cloud():
    one = model(stacks=("cann",), hosts={"cann": 1})
    assert not days(told(moved([one], [[0, 0], [0, 100]], [[0, 900], [0, 900]], 1.0)), "run begun")


def played(*settings):
    """The tiny world with its lab and compute abroad, all days passed."""
    scene = plan(load(LABS, (*ABROAD, *settings)).scenario, 1)
    stage = set_stage(scene.frame, Draws(1, 0), scene.law.regime(scene.frame.span.start))
    world = build(scene, stage)
    for process in (enact(stage, scene.law, world), stage.clock.every_week(world.step), keep_books(world)):
        stage.clock.start(process)
    stage.clock.run()
    return world


@pytest.fixture(scope="module", params=[1.0, 1.5])
def world(request):
    return played(f"serving.peak={request.param}", "labs.Deep.abroad={points={2022-01-01=0.8}}", "labs.Deep.share=0.01")


def test_every_chip_trains_or_serves_and_at_night_some_do_both(world):
    """At home and abroad, by month, holder and chip."""
    split, levels = world.compute.split(), world.stage.recorder.levels
    there = levels["stock"] + levels["offshore"]
    used = split.trains + split.serves
    assert levels["offshore"].max() > 0
    assert world.compute.seen.given[:, 2:].max() > 0
    assert min(split.trains.min(), split.serves.min()) >= 0
    assert (used >= there - 1e-6).all()
    assert (used <= there * (1 + world.compute.ranks.idle) + 1e-6).all()


def test_largest_clusters_count_what_a_lab_may_train_on_abroad(world):
    levels = world.stage.recorder.levels
    here, there = (
        (part * levels[place][:, 0] * world.compute.worth.arithmetic).max(axis=1)
        for place, part in (("stock", 0.01), ("offshore", 0.8))
    )
    world.compute.close()
    assert levels["largest_cluster"][:, 0] == pytest.approx(np.maximum(here, there))
    assert (there > here).any()


def test_what_is_said_of_training_abroad_is_a_share():
    with pytest.raises(InputError, match=r"2022-01-01: 1\.5 is not a share"):
        load(LABS, ("labs.Deep.abroad={points={2022-01-01=1.5}}",))


def test_a_lab_that_moves_abroad_is_not_told_apart_before_its_day():
    """Two worlds whose lab moves in different years are one until the first of them."""
    loads = [load(LABS, (*ABROAD, f"labs.Deep.abroad={{points={{2022-01-01=0,{day}=0.8}},interpolate='step'}}"))
             for day in ("2022-04-02", "2024-06-01")]  # fmt: skip
    day = divergence_day(*loads)
    assert day == day_of(date(2022, 4, 2))
    here, other = (replicate(plan(one.scenario, 1), 0) for one in loads)
    assert before(here.events, date_of(day)) == before(other.events, date_of(day))
    assert here.events != other.events


def released(outcome, item):
    """The day of a model's release; infinity if it never came."""
    return next((e.day for e in outcome.events if e.kind == "model released" and e.item == item), np.inf)


def test_when_all_large_firms_train_abroad_less_of_it_is_unmet_and_their_models_come_sooner_and_none_knew():
    """The shipped scenario against its parent, on the same luck: one world until the day after the H20 rule."""
    base, moving = (history(name, 5) for name in ("baseline", "training-moves-offshore"))
    year = [month for month, day in enumerate(base.months) if day.year == 2026]
    parted = date(2025, 4, 16)
    assert divergence_day(load("baseline"), load("training-moves-offshore")) == day_of(parted)
    lacking, late = [], []
    for here, there in zip(base.outcomes, moving.outcomes, strict=True):
        assert before(here.events, parted) == before(there.events, parted)
        lacking.append([one.measures["unmet_training"][year].sum() for one in (here, there)])
        late.append([released(one, "ByteDance.Seed-2") for one in (here, there)])
    assert np.median([there - here for here, there in lacking]) < 0
    assert all(there <= here for here, there in late)
    assert any(there < here for here, there in late)
