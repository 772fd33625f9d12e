"""Roadmaps as projects: what a lab plans, with one replication's numbers."""

from pathlib import Path

import pytest

from sim.facts.days import DAYS_PER_YEAR
from sim.facts.estimate import Estimate
from sim.facts.labs import Later
from sim.roadmap import Programme, left_out, projects
from sim.study.reading.load import load
from sim.world.draws import Draws

LABS = str(Path(__file__).parent / "worlds/tiny/labs.toml")
LATER = """
[labs.Deep.later]
names = ["Three", "Four"]
like = "Two"
every = 100
growth = 4
stretch = 2
"""


@pytest.fixture
def made(tmp_path):
    path = tmp_path / "mine.toml"
    heading = f'title = "Mine"\nquestion = "What next?"\nsource = "judgement: a test"\nextends = "{LABS}"\n'
    path.write_text(heading + LATER)
    scenario = load(str(path)).scenario
    found = projects(Programme(scenario.labs, scenario.buyers, scenario.training.stacks), Draws(1, 0))
    return {project.name: project for project in found}


def test_models_are_named_after_their_lab_in_the_order_of_its_roadmap(made):
    assert list(made) == ["Deep.One", "Deep.Two", "Deep.Three", "Deep.Four"]
    assert {project.lab for project in made.values()} == {"Deep"}


def test_what_is_planned_is_what_is_tried(made):
    one, two = made["Deep.One"], made["Deep.Two"]
    assert (one.research, one.plan) == (2e23, 2e23 / 60)
    assert (one.stacks, two.stacks) == (("cuda",), ("cann", "cuda"))
    assert (one.hosts, one.holder) == ({"cann": 1}, 0)
    assert (one.steps, two.ported) == ((("polish", 10),), (("cann", 60),))
    assert two.after == ("Deep.One", "released")
    assert set(two.fails) == {"cann"}


@pytest.mark.parametrize("switched", ["", "One"])
def test_later_models_are_like_the_one_that_is_named_however_many_follow_it(switched):
    """A small model that a variant adds changes nothing of them; without the one they are like there are none."""
    labs = load(LABS).scenario.labs
    deep = labs["Deep"]
    toy = deep.models["One"].model_copy(update={"flop": Estimate(central=1e20)})
    one = deep.models["One"].model_copy(update={"enabled": not switched})
    later = Later.model_validate(
        {"names": ["Three"], "like": "Two", **{key: {"central": 4.0} for key in ("every", "growth", "stretch")}}
    )
    changed = {
        **labs,
        "Deep": deep.model_copy(update={"models": {**deep.models, "One": one, "Toy": toy}, "later": later}),
    }
    scenario = load(LABS).scenario
    found = projects(Programme(changed, scenario.buyers, scenario.training.stacks), Draws(1, 0))
    made = {project.name: project for project in found}
    if switched:
        assert left_out(changed) == {"Deep.Two": "Deep.One", "Deep.Three": "Deep.One"}
        assert list(made) == ["Deep.Toy"]
    else:
        assert made["Deep.Three"].flop > made["Deep.Two"].flop
        assert made["Deep.Three"].after == ("Deep.Two", "trained")


def test_later_models_follow_the_last_and_grow_by_the_year(made):
    two = made["Deep.Two"]
    for number, name in enumerate(("Three", "Four"), 1):
        later, bigger = made[f"Deep.{name}"], 4.0 ** (100 * number / DAYS_PER_YEAR)
        assert later.flop == pytest.approx(two.flop * bigger)
        assert later.cluster == pytest.approx(two.cluster * bigger)
        assert (later.every, later.starts, later.stacks) == (100, None, two.stacks)
    assert made["Deep.Three"].after == ("Deep.Two", "trained")
    assert made["Deep.Four"].after == ("Deep.Three", "trained")
