"""``chipsim compare`` as a user types it: a table, one JSON document, exit codes, and what is left on disk."""

import json
from pathlib import Path

import pytest
from test_results import SOMETIMES_BREAKS, TINY, contents
from typer.testing import CliRunner

from sim.cli.app import app
from sim.study.keeping.shelf import FOLDER
from sim.study.reading.load import load

EARLY = TINY.replace("tiny.toml", "early.toml")
FEW = ("--reps", "3", "--until", "2024-02-01", "--jobs", "1")


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def compare(*words: str):
    return CliRunner().invoke(app, ["compare", *words])


def the_comparison() -> Path:
    (folder,) = Path("results").glob("compare-*")
    return folder


def test_a_table_the_reference_first_and_an_answer_from_disk():
    first, again = compare(TINY, EARLY, *FEW), compare(TINY, EARLY, *FEW)

    assert (first.exit_code, first.stderr) == (0, "")
    lines = first.stdout.splitlines()
    assert "3 replications each, seed 1" in lines[0]
    for shown in ("difference", "95% interval", "sampling error", "left out: headline.stock: tiny: 2024 is not wholly"):
        assert shown in first.stdout
    where = [next(i for i, line in enumerate(lines) if line[1:].strip().startswith(name)) for name in ("tiny", "early")]
    assert where == sorted(where)
    assert f"written: {the_comparison()}/" in first.stdout
    assert f"answered from disk: {the_comparison()}/" in again.stdout


def test_one_document_with_every_number():
    done = compare(TINY, EARLY, "--vary", "demand.wear=0.1,0.2", "--seed", "4", *FEW, "--json")
    told = json.loads(done.stdout)

    assert (done.exit_code, told["schema"], told["seed"], told["replications"]) == (0, "chipsim/compare/1", 4, 3)
    assert [side["label"] for side in told["sides"]] == ["tiny", "early", "demand.wear = 0.1", "demand.wear = 0.2"]
    assert (told["path"], told["from_disk"], told["failures"]) == (str(the_comparison()), False, [])
    row, *latest = told["rows"]
    assert {one["name"].partition("-")[0] for one in latest} == {"latest"}
    assert row["reference"]["label"] == "tiny"
    assert [variant["label"] for variant in row["variants"]] == ["early", "demand.wear = 0.1", "demand.wear = 0.2"]
    assert set(row["variants"][0]["difference"]) == {"p5", "p50", "p95", "mean", "low", "high", "above", "below"}


def test_options_hold_for_every_side_and_out_says_where():
    done = compare(TINY, EARLY, *FEW, "--set", "demand.wear=0.2", "--out", "elsewhere", "--json")
    told = json.loads(done.stdout)

    assert not Path("results").exists()
    resolved = [load(str(Path(told["path"]) / side["folder"] / "scenario.toml")).scenario for side in told["sides"]]
    assert [scenario.demand.wear.central for scenario in resolved] == [0.2, 0.2]
    assert {str(scenario.window.end) for scenario in resolved} == {"2024-02-01"}


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ((TINY, TINY), "is the same world as tiny: nothing differs between them; name another scenario, or set"),
        ((TINY, f"{TINY}+window.end=2024-01-01"), "compare equal spans: give --until"),
        ((TINY, f"{TINY}+demand.waer=1"), "demand.waer: unknown key; did you mean demand.wear?"),
        ((TINY, EARLY, "--set", "demand.waer=1"), "demand.waer: unknown key; did you mean demand.wear?"),
        ((TINY, "--vary", "demand.waer=1,2"), "demand.waer: unknown key; did you mean demand.wear?"),
        ((TINY, "--vary", "demand.wear"), "write it as --vary demand.wear=0.03,0.06"),
        ((TINY, "basline"), "no scenario is named 'basline'; did you mean baseline?"),
        ((TINY,), "NAME: 1 scenario to compare; name a reference and 1 to 7 variants"),
        ((TINY,) * 9, "NAME: 9 scenarios to compare"),
        ((TINY, EARLY, "--set", "headline.stock.measure=stok"), "unknown measure 'stok'; did you mean stock?"),
        ((TINY, EARLY, "--set", "headline.stock.item=dies"), "headline.stock.item: stock is not recorded by item"),
        ((TINY, EARLY, "--jobs", "0"), "--jobs: 0 is not a number of processes"),
        ((TINY, EARLY, "--until", "1999-01-01"), "--until: 1999-01-01 is not between"),
    ],
)
def test_bad_input_is_exit_2_named_with_a_remedy_and_nothing_is_lost(words, problem):
    mine = Path("results") / FOLDER / "computed"
    mine.parent.mkdir(parents=True)
    mine.write_text("before")

    done, as_json = compare(*words), compare(*words, "--json")

    assert (done.exit_code, as_json.exit_code) == (2, 2)
    assert problem in done.stderr
    assert done.stdout == ""
    told = json.loads(as_json.stdout)
    assert told["schema"] == "chipsim/error/1"
    assert all(error["problem"] for error in told["errors"])
    assert [path for path in Path().rglob("*") if path.is_file()] == [mine]


def test_one_broken_replication_is_exit_1_told_and_the_rest_is_there():
    words = (TINY, EARLY, "--set", SOMETIMES_BREAKS, "--reps", "6", "--until", "2024-02-01", "--jobs", "1")
    done = compare(*words)
    first = contents(the_comparison())
    as_json = compare(*words, "--json")
    told = json.loads(as_json.stdout)

    assert (done.exit_code, as_json.exit_code) == (1, 1)
    assert "tiny, replication" in done.stderr
    assert {"side", "replication", "date", "cause"} == set(told["failures"][0])
    assert told["from_disk"] is False
    assert told["rows"][0]["variants"][0]["difference"]["mean"] is not None
    assert contents(the_comparison()) == first


def test_help_shows_examples():
    done = compare("--help")
    assert "chipsim compare baseline h800-banned-at-once no-controls --reps 200" in " ".join(done.stdout.split())
