"""What is wrong with a roadmap is said before anything runs: where, what, and what to write instead."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from sim.cli.app import app
from sim.facts.errors import InputError
from sim.study.reading.load import load

ROOT = Path(__file__).parent.parent
WORLD = "tests/worlds/tiny/labs.toml"
DEEP = "labs.Deep"
ONE, TWO = f"{DEEP}.models.One", f"{DEEP}.models.Two"
TOO_LARGE = "a cluster of 250,000 H100-equivalents is more than all of China ever wants, 200,000; see demand.load"

SET = {
    f"{TWO}.cluster=250000": f"{TWO}.cluster: {TOO_LARGE}",
    f"{TWO}.cluster={{ low = 1, central = 2, high = 250000 }}": f"{TWO}.cluster: {TOO_LARGE}",
    f"{TWO}.stack=''": f"{TWO}.stack: String should have at least 1 character",
    f"{TWO}.stack=kuda": f"{TWO}.stack: unknown stack to train on 'kuda'; did you mean cuda?",
    f"{TWO}.fallback=cudaa": f"{TWO}.fallback: unknown stack to train on 'cudaa'; did you mean cuda?",
    f"{TWO}.fallback=cann": f"{TWO}: fallback 'cann' is the stack itself",
    f"{TWO}.ported.kann=3": f"{TWO}.ported.kann: unknown stack 'kann'; did you mean cann?",
    f"{DEEP}.holder=Claud": f"{DEEP}.holder: unknown buyer 'Claud'; did you mean Cloud?",
    f"{DEEP}.hosts.kann=Lab": f"{DEEP}.hosts.kann: unknown stack to train on 'kann'; did you mean cann?",
    f"{DEEP}.hosts.cann=Labs": f"{DEEP}.hosts.cann: unknown buyer 'Labs'; did you mean Lab?",
    f"{DEEP}.elsewhere=1.5": f"{DEEP}.elsewhere: 1.5 is not a share between 0 and 1",
    f"{TWO}.after=Deep.Won": f"{TWO}.after: unknown model 'Deep.Won'; did you mean Deep.Two?",
    f"{TWO}.after=One": f"{TWO}.after: unknown model 'One'; did you mean Deep.One?",
    f"{TWO}.after=Deep.Two": (
        f"{TWO}.after: models wait for one another in a circle: Deep.Two -> Deep.Two; let one start on a date"
    ),
    f"{TWO}.once=done": f"{TWO}.once: should be 'trained' or 'released', not the text 'done'",
    "policy.floor=1.5": "policy.floor: 1.5 is not a share between 0 and 1",
    "policy.first.can=training": "policy.first.can: unknown stack 'can'; did you mean cann?",
}


@pytest.fixture(autouse=True)
def _from_the_root(monkeypatch):
    monkeypatch.chdir(ROOT)


def said(name, settings=()):
    with pytest.raises(InputError) as error:
        load(name, settings)
    return [str(fault) for fault in error.value.faults]


@pytest.mark.parametrize("setting", sorted(SET))
def test_what_is_wrong_with_a_setting(setting):
    assert said(WORLD, [setting]) == [f"--set: {SET[setting]}"]


def test_two_models_that_wait_for_one_another():
    problem = "models wait for one another in a circle: Deep.Two -> Deep.One -> Deep.Two; let one start on a date"
    assert said(WORLD, [f"{ONE}.after=Deep.Two"]) == [f"{WORLD}: {TWO}.after: {problem}"]


@pytest.fixture
def mine(tmp_path):
    """A scenario of one's own, over the tiny world with a lab unless told otherwise."""

    def written(text, parent=str(ROOT / WORLD)):
        path = tmp_path / "mine.toml"
        heading = 'title = "Mine"\nquestion = "What is wrong?"\nsource = "judgement: a test"\n'
        path.write_text(f'{heading}extends = "{parent}"\n{text}')
        return path

    return written


MODEL = 'new = true\nsize = "large"\nflop = 1e20\nresearch = 0\nresearch_days = 0\ncluster = 1\n'
LAB = 'new = true\nholder = "Cloud"\npatience = 1\nelsewhere = 0\nusers = { points = { 2022-01-01 = 1 } }\n'
LATER = "every = 200, growth = 2, stretch = 2 }"
OWN = {
    f'[{DEEP}.models.Three]\n{MODEL}after = "Deep.Two"': f"{DEEP}.models.Three.stack: is missing; state stack here",
    f'[{DEEP}.models.Three]\n{MODEL}stack = "cuda"': f"{DEEP}.models.Three: give starts, a date, or after, a model",
    f'[{DEEP}.models."Two.5"]\n{MODEL}stack = "cuda"\nstarts = 2022-01-01': (
        f"{DEEP}: a model cannot be named 'Two.5': a dot parts it from its lab; write a hyphen"
    ),
    '[demand.surges.wave]\nnew = true\nsince = 2022-10-03\nfactor = 2\nrelease = "Deep.On"': (
        "demand.surges.wave.release: unknown model 'Deep.On'; did you mean Deep.One?"
    ),
    f'[{DEEP}]\nlater = {{ names = ["Two"], {LATER}': f"{DEEP}: two models are named 'Two'",
    f"[{DEEP}]\nlater = {{ names = [], {LATER}": f"{DEEP}.later.names: List should have at least 1 item",
    f"[{TWO}]\nnew = true": f"{TWO}: new = true, but a model 'Two' is inherited; leave new out to change it",
    f"[{DEEP}.models.Twoo]\nflop = 1": f"{DEEP}.models.Twoo: unknown model 'Twoo'; did you mean Two? a new one",
    "[labs.Deeep]\npatience = 1": "labs.Deeep: unknown lab 'Deeep'; did you mean Deep? a new one says new = true",
}


@pytest.mark.parametrize("text", sorted(OWN))
def test_what_is_wrong_with_a_roadmap_of_ones_own(mine, text):
    path = mine(text)
    assert [fault.removeprefix(f"{path}: ")[: len(OWN[text])] for fault in said(str(path))] == [OWN[text]]


def test_labs_need_to_be_told_how_training_serving_and_all_else_go(mine, tmp_path):
    parts = (ROOT / WORLD).with_name("parts.toml").read_text()
    (tmp_path / "parts.toml").write_text(parts.partition("[training]")[0])
    (tmp_path / "tiny.toml").write_text((ROOT / WORLD).with_name("tiny.toml").read_text())
    path = mine(f"[labs.New]\n{LAB}models = {{}}", "tiny")
    assert said(str(path)) == [f"{path}: labs need training, serving, workloads, policy too; world/labs has them"]


def test_a_stack_on_which_nobody_can_train_is_refused(mine):
    """It exists for serving; how clusters train on it is not said."""
    stack = "[stacks.maca]\nnew = true\ntraining_utilisation = 0.3\ninference_efficiency = 0.5\n"
    path = mine(f'{stack}[{TWO}]\nstack = "maca"')
    assert said(str(path)) == [f"{path}: {TWO}.stack: unknown stack to train on 'maca'"]


def test_a_lab_may_have_no_models_yet(mine):
    assert load(str(mine(f"[labs.New]\n{LAB}models = {{}}"))).scenario.labs["New"].models == {}


def test_a_bad_roadmap_ends_with_two_and_nothing_is_run(mine, tmp_path):
    path = mine(f'[{TWO}]\nstack = "kuda"')
    told = CliRunner().invoke(app, ["run", str(path), "--out", str(tmp_path / "runs")])
    assert (told.exit_code, told.stdout) == (2, "")
    assert "did you mean cuda?" in told.stderr
    assert not (tmp_path / "runs").exists()
