"""What is wrong with a roadmap is said before anything runs: where, what, and what to write instead."""

import json
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
TOO_LARGE = (
    "a cluster of {} H100-equivalents is more than Deep can ever have, {}; "
    "make it smaller, or see labs.Deep.share, buyers.{}.share, demand.load"
)
MOST = "140,118"
"""Of the load on the last day, 0.7, and the 500 chips that the Cloud begins with."""
ALONE = 'let one start on a date and write after = "" there'
TEAMS = "a whole number of 1 or more"
CHOICE = "name one of cann, cuda"
SWITCH = "or enabled = false to do without"

SET = {
    f"{TWO}.cluster=250000": f"{TWO}.cluster: {TOO_LARGE.format('250,000', MOST, 'Cloud')}",
    f"{TWO}.cluster={{ low = 1, central = 2, scale = 'log', high = 250000 }}": (
        f"{TWO}.cluster: {TOO_LARGE.format('250,000', MOST, 'Cloud')}"
    ),
    f"{TWO}.stack=''": f"{TWO}.stack: is empty; name a stack to train on: cann, cuda",
    f"{DEEP}.holder=''": f"{DEEP}.holder: is empty; name a buyer: Cloud, Lab",
    f"{DEEP}.hosts.cann=''": f"{DEEP}.hosts.cann: is empty; name a buyer: Cloud, Lab",
    f"{TWO}.stack=rust": f"{TWO}.stack: unknown stack to train on 'rust'; {CHOICE}",
    f"{DEEP}.holder=Xyz": f"{DEEP}.holder: unknown buyer 'Xyz'; name one of Cloud, Lab",
    f"{TWO}.stack=kuda": f"{TWO}.stack: unknown stack to train on 'kuda'; did you mean cuda?",
    f"{TWO}.fallback=cudaa": f"{TWO}.fallback: unknown stack to train on 'cudaa'; did you mean cuda?",
    f"{TWO}.fallback=cann": f"{TWO}: fallback 'cann' is the stack itself: name another, or leave fallback out",
    f"{TWO}.ported.kann=3": f"{TWO}.ported.kann: unknown stack 'kann'; did you mean cann?",
    f"{DEEP}.holder=Claud": f"{DEEP}.holder: unknown buyer 'Claud'; did you mean Cloud?",
    f"{DEEP}.hosts.kann=Lab": f"{DEEP}.hosts.kann: unknown stack to train on 'kann'; did you mean cann?",
    f"{DEEP}.hosts.cann=Labs": f"{DEEP}.hosts.cann: unknown buyer 'Labs'; did you mean Lab?",
    f"{DEEP}.share=0": f"{DEEP}.share: 0 is not more than 0; give a number above zero",
    f"{ONE}.research_days=0": (
        f"{ONE}.research_days: 0 days are too few for the model's research; give 1 or more, or research = 0"
    ),
    **{f"{key}=0": f"{key}: 0 is not 1 or more; give 1 or more" for key in (f"{DEEP}.patience", "serving.fades")},
    "training.stacks.cann.teams=1.5": f"training.stacks.cann.teams: 1.5 is not {TEAMS}; give {TEAMS}",
    "training.stacks.cann.teams={ low = 0, central = 2, high = 2.5 }": (
        f"training.stacks.cann.teams: low: 0 is not {TEAMS}; give {TEAMS}"
    ),
    f"{DEEP}.elsewhere=1.5": f"{DEEP}.elsewhere: 1.5 is not a share between 0 and 1",
    f"{TWO}.after=Deep.Won": f"{TWO}.after: unknown model 'Deep.Won'; did you mean Deep.Two?",
    f"{TWO}.after=One": f"{TWO}.after: unknown model 'One'; did you mean Deep.One?",
    f"{TWO}.after=Deep.Two": f"{TWO}.after: models wait for one another in a circle: Deep.Two -> Deep.Two; {ALONE}",
    f"{TWO}.once=done": f"{TWO}.once: should be 'trained' or 'released', not the text 'done'",
    f"{TWO}.flop=0": f"{TWO}.flop: 0 is not above zero; give a number above zero, {SWITCH}",
    f"{TWO}.cluster={{ low = 0, central = 20, high = 30 }}": (
        f"{TWO}.cluster: low: 0 is not above zero; give a number above zero, {SWITCH}"
    ),
    f"{TWO}.flop={{ low = 1e22, central = 1e23, high = 1e24 }}": (
        f'{TWO}.flop: low: 1e+22 is so far below central that some draws are 0; write scale = "log"'
    ),
    "serving.efficiency={ points = { 2022-01-01 = 0, 2023-01-01 = 1 } }": (
        "serving.efficiency: 2022-01-01: 0 is not above zero; give a number above zero"
    ),
    **{
        f"{key}=0": f"{key}: 0 is not above zero; give a number above zero"
        for key in ("serving.per_chip", "training.utilisation", "training.occupancy", "training.reference_chips")
    },
    "training.stacks.cann.utilisation=0": (
        "training.stacks.cann.utilisation: 0 is not above zero; give a number above zero"
    ),
    "serving.peak=0.9": "serving.peak: 0.9 is not 1 or more; give 1 or more",
    "serving.peak={ low = 0.9, central = 1.2, high = 1.5 }": "serving.peak: low: 0.9 is not 1 or more; give 1 or more",
    "policy.floor=1.5": "policy.floor: 1.5 is not a share between 0 and 1",
    "policy.holders.Clowd.cuda=inference": "policy.holders.Clowd.cuda: unknown buyer 'Clowd'; did you mean Cloud?",
    "policy.holders.Cloud.cudda=inference": "policy.holders.Cloud.cudda: unknown stack 'cudda'; did you mean cuda?",
    "policy.holders.Cloud.cuda=serving": (
        "policy.holders.Cloud.cuda: should be 'training' or 'inference', not the text 'serving'"
    ),
    "policy.holders.Cloud=inference": (
        "policy.holders.Cloud: is a table, not a value; set one of its values, such as policy.holders.Cloud.NAME"
    ),
    "buyers.Cloud.pushed.can.ban=1": "buyers.Cloud.pushed.can.ban: unknown stack 'can'; did you mean cann?",
    "buyers.Cloud.pushed.cann.bann=1": "buyers.Cloud.pushed.cann.bann: unknown rule 'bann'; did you mean ban?",
    "buyers.Clowd.pushed.cann.ban=1": (
        "buyers.Clowd.pushed.cann.ban: unknown key; did you mean buyers.Cloud.preference.cann?"
    ),
    "training.stacks.can.utilisation=1": (
        "training.stacks.can.utilisation: unknown key; did you mean training.stacks.cann.utilisation?"
    ),
    "training.stacks.cann.failure.larg={ points = { 2022-01-01 = 1 } }": (
        "training.stacks.cann.failure.larg: should be 'small' or 'large', not the text 'larg'; did you mean large?"
    ),
    "workloads.used.clod=1": (
        "workloads.used.clod: should be 'cloud', 'lab', 'telecom' or 'state', not the text 'clod'; did you mean cloud?"
    ),
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


def ring(*names):
    chain = " -> ".join(f"Deep.{name}" for name in names)
    return f"models wait for one another in a circle: {chain}; {ALONE}"


def test_a_value_may_be_set_under_any_name_that_exists():
    series = "{ points = { 2022-01-01 = 0.5 } }"
    found = load(
        WORLD,
        (
            "policy.holders.Cloud.cuda=inference",
            "buyers.Lab.pushed.cann.ban=0.5",
            f"training.stacks.cuda.failure.small={series}",
            f"buyers.Lab.preference.cuda={series}",
            f"{DEEP}.hosts.cuda=Lab",
            "workloads.used.cloud=0.5",
        ),
    ).scenario
    assert found.policy.holders == {"Cloud": {"cuda": "inference"}}
    assert found.buyers["Lab"].pushed["cann"]["ban"].central == 0.5
    assert found.training.stacks["cuda"].failure["small"].points == found.buyers["Lab"].preference["cuda"].points
    assert found.labs["Deep"].hosts == {"cann": "Lab", "cuda": "Lab"}
    assert found.workloads.used["cloud"].central == 0.5


def test_two_models_that_wait_for_one_another_are_told_where_that_was_written_last():
    assert said(WORLD, [f"{ONE}.after=Deep.Two"]) == [f"--set: {ONE}.after: {ring('One', 'Two', 'One')}"]


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
LATER = 'like = "One", every = 200, growth = 2, stretch = 2 }'
OWN = {
    f'[{DEEP}.models.Three]\n{MODEL}after = "Deep.Two"': f"{DEEP}.models.Three.stack: is missing; state stack here",
    f'[{DEEP}.models.Three]\n{MODEL}stack = "cuda"': f"{DEEP}.models.Three: give starts, a date, or after, a model",
    f'[{DEEP}.models."Two.5"]\n{MODEL}stack = "cuda"\nstarts = 2022-01-01': (
        f"{DEEP}: a model cannot be named 'Two.5': a dot parts it from its lab; write a hyphen"
    ),
    '[demand.surges.wave]\nnew = true\nsince = 2022-10-03\nfactor = 2\nrelease = "Deep.On"': (
        "demand.surges.wave.release: unknown model 'Deep.On'; did you mean Deep.One?"
    ),
    f'[{DEEP}]\nlater = {{ names = ["Two"], {LATER}': (
        f"{DEEP}: two models are named 'Two': give one of them another name"
    ),
    f"[{DEEP}]\nlater = {{ names = [], {LATER}": f"{DEEP}.later.names: is empty; give at least one",
    f'[{DEEP}]\nlater = {{ names = ["New"], like = "One", every = 0, growth = 2, stretch = 2 }}': (
        f"{DEEP}.later.every: 0 is not 1 or more; give 1 or more"
    ),
    '[serving.waves.first]\nrelease = "Deep.One"\nsince = 2022-10-03\ntimes = 0.5\ndays = 1': (
        f"serving.waves.first.times: 0.5 is not 1 or more; give 1 or more, {SWITCH}"
    ),
    '[serving.waves.first]\nrelease = "Deep.One"\nsince = 2022-10-03\ntimes = 2\ndays = 0': (
        f"serving.waves.first.days: 0 is not 1 or more; give 1 or more, {SWITCH}"
    ),
    f"[{TWO}]\nnew = true": f"{TWO}: new = true, but a model 'Two' is inherited; leave new out to change it",
    f"[{DEEP}.models.Twoo]\nflop = 1": f"{DEEP}.models.Twoo: unknown model 'Twoo'; did you mean Two? a new one",
    "[labs.Deeep]\npatience = 1": "labs.Deeep: unknown lab 'Deeep'; did you mean Deep? a new one says new = true",
}


@pytest.mark.parametrize("text", sorted(OWN))
def test_what_is_wrong_with_a_roadmap_of_ones_own(mine, text):
    path = mine(text)
    assert [fault.removeprefix(f"{path}: ")[: len(OWN[text])] for fault in said(str(path))] == [OWN[text]]


def test_a_circle_that_a_variant_closes_is_the_variants(mine):
    path = mine(f'[{ONE}]\nafter = "Deep.Two"')
    assert said(str(path)) == [f"{path}: {ONE}.after: {ring('One', 'Two', 'One')}"]


def test_labs_need_to_be_told_how_training_serving_and_all_else_go(mine, tmp_path):
    parts = (ROOT / WORLD).with_name("parts.toml").read_text()
    (tmp_path / "parts.toml").write_text(parts.partition("[training]")[0])
    (tmp_path / "tiny.toml").write_text((ROOT / WORLD).with_name("tiny.toml").read_text())
    path = mine(f"[labs.New]\n{LAB}models = {{}}", "tiny")
    assert said(str(path)) == [f"{path}: labs need training, serving, workloads, policy too; world/labs has them"]


MACA = "[stacks.maca]\nnew = true\ntraining_utilisation = 0.3\ninference_efficiency = 0.5\n"
HOW = "[training.stacks.maca]\nnew = true\nutilisation = 1\nscaling = 0\nstops = 0\n"


def test_a_stack_on_which_nobody_can_train_is_refused(mine):
    """It exists for serving; how clusters train on it is not said."""
    path = mine(f'{MACA}[{TWO}]\nstack = "maca"')
    problem = "unknown stack to train on 'maca'; say how under training.stacks.maca, or name one of cann, cuda"
    assert said(str(path)) == [f"{path}: {TWO}.stack: {problem}"]


@pytest.mark.parametrize(
    ("table", "line", "key"),
    [
        (TWO, 'stack = "maca"', f"{TWO}.stack"),
        (TWO, 'fallback = "maca"', f"{TWO}.fallback"),
        (TWO, "ported.maca = 5", f"{TWO}.ported.maca"),
        (DEEP, 'hosts.maca = "Lab"', f"{DEEP}.hosts.maca"),
    ],
)
def test_a_stack_on_which_no_chip_runs_is_refused(mine, table, line, key):
    chip = '[chips.Epsilon]\nnew = true\nvendor = "delta"\nline = "two"\nstack = "maca"\n'
    problem = "no chip whose dense rate at 16 bits is known runs on the stack 'maca'"
    remedy = "name one of cann, cuda, or give the fp16 of a chip that does"
    path = mine(f"{MACA}{HOW}{chip}fp16 = 'unknown'\n[{table}]\n{line}")
    assert said(str(path)) == [f"{path}: {key}: {problem}; {remedy}"]
    assert load(str(mine(f"{MACA}{HOW}{chip}judged = {{ fp16 = 300 }}\n[{table}]\n{line}")))


RISES = "demand.load={{ points = {{ 2022-01-01 = 10, 2024-12-31 = 200000, 2025-07-01 = 400000 }}{} }}"
LOAD, DOUBT = RISES.format(""), RISES.format(", relative_low = 0.5, relative_high = 2")
ON_CUDA = (LOAD, f"{TWO}.stack=cuda", f"{TWO}.fallback=''", f"{DEEP}.share=0.25")
ABROAD = f"{DEEP}.abroad={{ points = {{ 2022-01-01 = 0, 2023-01-01 = 0.5 }} }}"


@pytest.mark.parametrize(
    ("settings", "most", "holder"),
    [
        (ON_CUDA, 35_125, "Cloud"),
        ((*ON_CUDA[1:], DOUBT), 70_125, "Cloud"),
        ((*ON_CUDA, ABROAD), 70_250, "Cloud"),
        ((*ON_CUDA, ABROAD, "offshore.propensity.Cloud=0.6"), 42_150, "Cloud"),
        ((*ON_CUDA, f"{TWO}.planned=2025-07-01"), 70_125, "Cloud"),
        ((LOAD, f"{TWO}.fallback=''"), 60_000, "Lab"),
    ],
    ids=[
        "its share at home",
        "an uncertain load",
        "its part abroad",
        "few abroad",
        "a later plan",
        "all of its host's",
    ],
)
def test_a_cluster_is_refused_above_what_its_lab_may_come_to_have_in_the_window(settings, most, holder):
    """Of 200,000 on the last day the Cloud wants 0.7, and it begins with 500; the Lab, which hosts, wants 0.3."""
    able = (*settings, f"{ONE}.enabled=false", f"{TWO}.after=''", f"{TWO}.starts=2022-02-01")
    assert load(WORLD, (*able, f"{TWO}.cluster={most}")).scenario.labs
    problem = TOO_LARGE.format(f"{most + 1:,}", f"{most:,}", holder)
    assert said(WORLD, [*able, f"{TWO}.cluster={most + 1}"]) == [f"--set: {TWO}.cluster: {problem}"]


SURGE = "[demand.surges.wave]\nnew = true\nsince = 2024-03-01\nfactor = 2\n"


@pytest.mark.parametrize(
    ("cluster", "out", "most"), [(4001, "2024-01-01", 4000), (7501, "2024-04-01", 7500), (7500, "2024-04-01", 0)]
)
def test_a_cluster_that_is_too_large_for_the_day_its_model_is_to_be_out_is_noted(mine, cluster, out, most):
    """Of the load the Cloud wants 0.7, half of which is the lab's, and the same of its first chips."""
    steps = 'points = { 2022-01-01 = 10000, 2024-06-01 = 200000 }, interpolate = "step"'
    lab = f"[{DEEP}]\nshare = 0.5\n[{ONE}]\nplanned = 2023-01-01\nrecorded = {out}\ncluster = {cluster}"
    text = f"{SURGE}[demand]\nload = {{ {steps} }}\n[buyers.Cloud]\ninitial.Alpha = 1000\n{lab}"
    path = mine(text)
    found = CliRunner().invoke(app, ["check", str(path)])
    told = f"Deep.One takes a cluster of {cluster:,} H100-equivalents, more than Deep is taken to have by {out}"
    note = f"note: {path}: {told}, at most {most:,}: it comes late\n" if most else ""
    assert (found.exit_code, found.stdout) == (0, f"ok {path}\n{note}")


def test_a_lab_may_have_no_models_yet(mine):
    assert load(str(mine(f"[labs.New]\n{LAB}models = {{}}"))).scenario.labs["New"].models == {}


def test_a_bad_roadmap_ends_with_two_and_nothing_is_run(mine, tmp_path):
    path = mine(f'[{TWO}]\nstack = "kuda"')
    told = CliRunner().invoke(app, ["run", str(path), "--out", str(tmp_path / "runs")])
    assert (told.exit_code, told.stdout) == (2, "")
    assert "did you mean cuda?" in told.stderr
    assert not (tmp_path / "runs").exists()


def test_models_that_wait_for_one_that_is_switched_off_are_no_fault_and_noted(mine):
    path = mine(f"[{ONE}]\nenabled = false")
    told = CliRunner().invoke(app, ["check", str(path)])
    note = f"{path}: Deep.One is switched off, so Deep.Two is never made"
    assert (told.exit_code, told.stdout) == (0, f"ok {path}\nnote: {note}\n")
    assert json.loads(CliRunner().invoke(app, ["check", str(path), "--json"]).stdout)["notes"] == [note]
    assert CliRunner().invoke(app, ["check", WORLD]).stdout == f"ok {WORLD}\n"


def test_a_cluster_of_a_model_that_is_never_made_may_be_of_any_size():
    """Two waits for One, which is switched off."""
    huge = f"{TWO}.cluster=250000"
    assert load(WORLD, (huge, f"{ONE}.enabled=false")).scenario.labs["Deep"].models["Two"].cluster.central == 250000
    with pytest.raises(InputError):
        load(WORLD, (huge,))
