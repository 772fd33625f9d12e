"""One bad file a rule, and exactly what is said about it: everything at once, in words, with the remedy."""

import tomllib
from pathlib import Path

import pytest

from sim.facts.errors import InputError
from sim.study.reading.load import faults_of, load

ROOT = Path(__file__).parent.parent
BAD = Path("tests/bad")

SAID: dict[str, list[str]] = tomllib.loads((ROOT / "tests/bad_input.toml").read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def _from_the_root(monkeypatch):
    monkeypatch.chdir(ROOT)


def test_every_bad_file_is_listed_here():
    assert {path.stem for path in BAD.glob("*.toml")} == set(SAID)


@pytest.mark.parametrize("name", sorted(SAID))
def test_everything_wrong_is_said(name):
    file = f"{BAD}/{name}.toml"
    said = [str(fault).removeprefix(f"{file}: ") for fault in faults_of(file)]
    assert [_shortened(one, wanted) for one, wanted in zip(said, SAID[name], strict=True)] == SAID[name]


def _shortened(said, wanted):
    return f"{said[: len(wanted) - 3]}..." if wanted.endswith("...") else said


@pytest.mark.parametrize("name", sorted(SAID))
def test_a_bad_file_is_not_loaded(name):
    with pytest.raises(InputError) as error:
        load(f"{BAD}/{name}.toml")
    assert tuple(map(str, error.value.faults)) == tuple(map(str, faults_of(f"{BAD}/{name}.toml")))


SET: dict[tuple[str, ...], tuple[str, ...]] = {
    ("demand.wera=0.1",): ("--set: demand.wera: unknown key; did you mean demand.wear?",),
    ("rules.bam.announced=2022-01-01",): (
        "--set: rules.bam.announced: unknown key; did you mean rules.ban.announced?",
    ),
    ("nonsense=1",): ("--set: nonsense: unknown key; chipsim show NAME --all lists every key",),
    ("demand.wear",): ("--set: 'demand.wear' is not key=value; write it as --set window.end=2027-01-01",),
    ("demand..wear=1",): (
        "--set: 'demand..wear' is not a key such as rules.some-rule.announced; write it as --set window.end=2027-01-01",
    ),
    ("demand.wear=0.1", "demand.wear=0.2"): ("--set: demand.wear: set twice, to 0.1 and to 0.2; set it once",),
    ("demand.wear.high=0.2",): (
        "--set: demand.wear.high: demand.wear is an estimate, which is replaced whole; "
        "write --set demand.wear=2 or --set 'demand.wear={ low = 1, central = 2, high = 3 }'",
    ),
    ("demand.load.points.2023-01-01=5",): (
        "--set: demand.load.points.2023-01-01: demand.load is a dated series, which is replaced whole; "
        "write --set 'demand.load={ points = { 2024-01-01 = 1.0 } }'",
    ),
    ("demand.wear={ high = 0.2 }",): (
        "--set: demand.wear: has no central; an estimate is replaced whole: state all of it, central included",
    ),
    ("buyers.Cloud=5",): (
        "--set: buyers.Cloud: is a table, not a value; set one of its values, such as buyers.Cloud.kind",
    ),
    ("title=Mine",): ("--set: title: title belongs to the file; write a scenario file that extends this one",),
    ("rules.ban.announced=2022-02-30",): (
        "--set: rules.ban.announced: should be a date such as 2024-07-01, without quotes, not the text '2022-02-30'",
    ),
    ("demand.wear=-1", "window.end=soon"): (
        "--set: window.end: should be a date such as 2024-07-01, without quotes, not the text 'soon'",
        "--set: demand.wear: -1 is below zero",
    ),
    ("buyers.Cloud.initial.Alfa=5",): ("--set: buyers.Cloud.initial.Alfa: unknown chip 'Alfa'; did you mean Alpha?",),
}


@pytest.mark.parametrize("settings", sorted(SET))
def test_what_is_wrong_with_a_setting(settings):
    with pytest.raises(InputError) as error:
        load("tests/worlds/tiny/tiny.toml", settings)
    assert tuple(map(str, error.value.faults)) == SET[settings]


NAMES = {
    "basline": "no scenario is named 'basline'; did you mean baseline? the scenarios are ",
    "nowhere/mine.toml": "there is no file 'nowhere/mine.toml'; check the path",
    "scenarios": "'scenarios' is a folder, not a scenario file; give one .toml file",
}


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_name_that_is_none(name):
    with pytest.raises(InputError) as error:
        load(name)
    assert str(error.value).startswith(NAMES[name])


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that nobody can read")
def test_a_file_that_may_not_be_read(tmp_path):
    (tmp_path / "mine.toml").symlink_to("/proc/self/mem")
    with pytest.raises(InputError, match="cannot be read"):
        load(str(tmp_path / "mine.toml"))
