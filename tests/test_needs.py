"""What labs need: told to buyers, ordered for, kept for their users; surges and waves come with a release."""

from dataclasses import replace
from datetime import date
from math import exp
from pathlib import Path

import numpy as np
import pytest
from histories import history
from yards import CHIP_DAY, START, days, model, told, yard

from sim.actors.serving import Swell
from sim.facts.days import day_of
from sim.needs import MONTH, Needs
from sim.ranks import Ranks, reserved
from sim.study.reading.divergence import divergence_day
from sim.study.reading.load import load
from sim.world.workloads import OtherWork

LABS = str(Path(__file__).parent / "worlds/tiny/labs.toml")
MEMORY = 100.0
KEPT = exp(-MONTH / MEMORY)


def needs(built):
    """A load of 1,000 of which 600 is other work."""
    weeks = len(built.stage.frame.weeks)
    other = OtherWork(np.full((weeks, 2), 0.2), np.full((weeks, 2), 0.4), np.full((weeks, 2), 1000.0))
    return Needs(built, other, MEMORY, np.zeros(2), np.zeros(2, dtype=np.bool_), beyond=np.zeros(2))


def test_nothing_beyond_what_was_foreseen_is_told_before_a_lab_is_at_work():
    asked = needs(yard([], [[0, 0], [0, 0]]))
    asked.tell(0, np.array([900.0, 0.0]))
    assert asked.beyond.tolist() == [0.0, 0.0]


def test_what_labs_need_is_evened_out_from_what_was_foreseen_and_users_need_is_not():
    """400 were foreseen, for users the 50 that they need, for labs the rest; research asks for 100."""
    built = yard([], [[0, 0], [0, 0]])
    asked = needs(built)
    built.wished = np.array([100.0, 0.0])
    training = 350.0
    for week in (0, 4):
        asked.tell(week, np.array([50.0, 0.0]))
        training = 100 + (training - 100) * KEPT
        assert asked.beyond.tolist() == pytest.approx([training + 50 - 400, 0.0])


def test_a_cluster_that_is_waited_for_is_needed_as_one_that_is_held_is():
    """400 were foreseen, 100 are held and 350 waited for."""
    built = yard([model(cluster=350.0), model("Deep.Two", flop=1000 * CHIP_DAY)], [[200, 0], [0, 0]])
    built.stage.clock.env.run(until=START + 10)
    asked = needs(built)
    asked.tell(0, np.zeros(2))
    assert asked.training[0] == pytest.approx(450 + (400 - 450) * KEPT)


def test_users_cannot_do_without_what_the_other_chips_do_not_serve():
    parts = reserved(np.array([50.0, 50.0, 500.0, 0.0]), np.full(4, 100.0), np.array([0.0, 30.0, 0.0, 0.0]))
    assert parts.tolist() == pytest.approx([0.5, 0.2, 1.0, 0.0])


def test_research_leaves_serving_what_is_kept_for_it():
    """A quarter is kept: research of four weeks at plenty takes a third longer on chips that would just suffice."""
    built = yard([model(research=3 * 7 * 100.0, plan=100.0, cluster=1.0)], [[100, 0], [0, 0]])
    built.time = np.full((4, 2), 0.75)
    assert (
        days(told(built), "run begun")["Deep.One"]
        == days(told(yard([model(research=4 * 7 * 100.0, plan=100.0, cluster=1.0)], [[100, 0], [0, 0]])), "run begun")[
            "Deep.One"
        ]
    )


@pytest.mark.parametrize(("chips", "part"), [(0, 0.5), (40, 0.5), (60, 0.6), (100, 1.0), (10_000, 1.0)])
def test_a_later_model_is_as_large_as_its_labs_chips_can_bear_and_no_smaller_than_the_last(chips, part):
    """It asks for 200 a day and may take twice as long; the model before was half as large."""
    last = model("Deep.Last", flop=50 * CHIP_DAY)
    later = model(
        "Deep.Later", after=("Deep.Last", "trained"), flop=100 * CHIP_DAY, research=2000.0, plan=200.0, stretch=2.0
    )
    built = yard([], [[chips, 0], [0, 0]])
    assert built.within_means(last) == last
    begun = built.within_means(later)
    assert (begun.flop, begun.research, begun.plan, begun.cluster) == pytest.approx(
        (part * 100 * CHIP_DAY, part * 2000, part * 200, part * 100)
    )
    assert begun.wish == 200.0


def test_a_wave_comes_with_its_model_and_the_nations_tokens_have_it_as_on_record():
    wave = Swell("Deep.One", times=4.0, days=100.0, recorded=1000.0)
    assert [wave.moved(day) for day in (999, 1050, 1100, 2000)] == pytest.approx([1, 0.5, 0.25, 0.25])
    late = replace(wave, begun=1100.0)
    assert [late.moved(day) for day in (1100, 1150, 1200)] == pytest.approx([0.25, 0.5, 1.0])
    early = replace(wave, begun=950.0)
    assert [early.moved(day) for day in (950, 1000, 1050, 1100)] == pytest.approx([1, 2, 2, 1])


SURGE = """
[demand.surges.wave]
new = true
since = 2022-10-03
release = "Deep.One"
lag = 5
factor = 3
"""


@pytest.fixture
def surged(tmp_path):
    path = tmp_path / "surged.toml"
    heading = f'title = "Surged"\nquestion = "Who orders more?"\nsource = "judgement: a test"\nextends = "{LABS}"\n'
    path.write_text(heading + SURGE)
    return str(path)


def test_demand_surges_when_the_model_that_brings_it_is_out(surged):
    for outcome in history(surged, 3).outcomes:
        released = next(e for e in outcome.events if e.kind == "model released" and e.item == "Deep.One")
        jumped = [event for event in outcome.events if event.kind == "demand surges"]
        assert [(e.day, e.cause, e.quantity) for e in jumped] == [(released.day + 5, released.id, 3.0)]


def test_a_model_that_is_never_made_brings_no_surge_and_nothing_that_waits_for_it(surged):
    never = ("labs.Deep.models.One.enabled=false",)
    for outcome in history(surged, 2, settings=never).outcomes:
        assert not [event for event in outcome.events if event.kind == "demand surges" or event.item]


def test_a_surge_cannot_differ_before_the_model_that_brings_it_may_begin(surged):
    changed = divergence_day(load(surged), load(surged, ["demand.surges.wave.factor=2"]))
    assert changed == day_of(date(2022, 2, 1))


def test_users_who_need_more_make_their_holder_order_more_and_miss_more():
    """From 2023 on people ask the tiny Cloud's lab for far more tokens: it has more on order, and none before."""
    free = "rules.ban.enabled=false"
    asked = "serving.tokens={ points = { 2022-01-01 = 1e9, 2023-01-01 = 1e9, 2023-02-01 = 1e14 } }"
    plain, more = history(LABS, 2, settings=(free,)), history(LABS, 2, settings=(free, asked))
    before, after = date(2022, 12, 31), date(2023, 2, 28)
    assert (more.level("backlog", before, holder="Cloud") <= plain.level("backlog", before, holder="Cloud")).all()
    assert (more.level("backlog", after, holder="Cloud") > 1.2 * plain.level("backlog", after, holder="Cloud")).all()
    assert (more.level("shortage", after) > plain.level("shortage", after)).all()


def ranks(**changes):
    """Two holders, two chips: at home training comes first on the first chip, abroad on neither."""
    first = np.array([[True, False], [True, False], [False, False], [False, False]])
    return Ranks(**({"first": first, "ready": np.array([[1.0, 0.5]]), "idle": 0.2, "floor": 0.5} | changes))


def test_where_serving_comes_first_research_has_its_nights_and_what_it_does_not_need_as_far_as_the_stack_is_ready():
    """The second chips serve 100; 200 and 50 are wanted. Abroad all have their nights alone."""
    able, users = np.array([[0.0, 100.0], [0.0, 100.0]]), np.zeros(2)
    time = ranks().time(0, able, users, np.array([200.0, 50.0]))
    assert time[:, 1].tolist() == pytest.approx([0.5 * 0.2, 0.5 * 0.6, 0.5 * 0.2, 0.5 * 0.2])
    assert time[:, 0].tolist() == pytest.approx([1.0, 1.0, 0.2, 0.2])


def test_where_training_comes_first_users_keep_the_floor_of_what_others_do_not_serve_by_day():
    """Users need 100, of which the second chips serve 20: 80 of what the first could serve, of that half by day."""
    able, users = np.array([[100.0, 20.0], [100.0, 0.0]]), np.array([100.0, 0.0])
    time = ranks().time(0, able, users, users)
    assert time[:2, 0].tolist() == pytest.approx([1.0 - 0.5 * 0.8 * 0.8, 1.0])
