"""chipsim as a library: light to import, the command line's answers as frames, and a page of docs that works."""

import json
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from test_readme import BLOCK
from test_results import SOMETIMES_BREAKS, TINY
from typer.testing import CliRunner

import sim
from sim import InputError, compare, load, run, to_pandas
from sim.cli.app import app

EARLY = TINY.replace("tiny.toml", "early.toml")
GUIDE = Path(__file__).parent.parent / "docs" / "python.md"
FEW = {r"\breps=\d+": "reps=2, jobs=1", r'until="\d{4}-01-01"': 'until="2022-01-01"'}
"""What the test changes in the guide's blocks."""


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    return run(TINY, reps=4, out=tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="module")
def compared(done):
    return compare(TINY, EARLY, load(TINY, {"demand.wear": 0.1}), reps=4, out=done.path.parent)


def fresh(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=folder, check=False)


def test_to_import_sim_is_light_and_unknown_names_are_told(tmp_path):
    script = "import sys, sim\nprint([m for m in ('numpy', 'polars', 'pydantic', 'simpy') if m in sys.modules])"
    assert fresh(script, tmp_path).stdout == "[]\n"
    assert {"load", "run", "compare"} <= set(dir(sim))
    with pytest.raises(AttributeError, match="no attribute 'runn'"):
        sim.runn  # noqa: B018


def test_the_guide_works_as_it_stands(tmp_path):
    """All its blocks in one script, in their order, as an analyst would try them."""
    script = "\n".join(found["body"] for found in BLOCK.finditer(GUIDE.read_text()) if found["kind"] == "python")
    for wanted, instead in FEW.items():
        assert re.search(wanted, script)
        script = re.sub(wanted, instead, script)
    done = fresh(script, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "--set: demand.waer: unknown key; did you mean demand.wear?" in done.stdout
    assert "demand.wear = 0.08" in done.stdout


def test_python_and_the_command_line_give_one_answer(done):
    told = json.loads(
        CliRunner().invoke(app, ["run", TINY, "--reps", "4", "--out", str(done.path.parent), "--json"]).stdout
    )
    assert (told["from_disk"], told["path"]) == (True, str(done.path))
    assert done.headline.to_dicts() == told["headline"]
    assert run(TINY, reps=4, out=str(done.path.parent)).from_disk


def test_a_measure_is_its_rows_of_the_summary(done):
    parts = [done.measure("stock", chip=chip)["mean"].sum() for chip in ("Alpha", "Delta")]
    whole = done.measure("stock")
    assert whole.columns == ["date", "p5", "p25", "p50", "p75", "p95", "mean"]
    assert len(whole) == 36
    assert whole["mean"].sum() == pytest.approx(sum(parts))
    assert len(done.measure("binding", actor="delta", item="dies")) == 36
    assert done.series["replication"].unique().sort().to_list() == [0, 1, 2, 3]
    assert done.events["kind"].str.contains("rule in force").any()


@pytest.mark.parametrize(
    ("labels", "problem"),
    [
        ({"name": "stok"}, "measure: no measure is called 'stok'; did you mean stock"),
        ({"name": "stock", "chip": "Alfa"}, "chip: 'Alfa' was never recorded; did you mean Alpha"),
        ({"name": "stock", "item": "dies"}, "item: stock is not recorded by item; it is recorded by actor and chip"),
        ({"name": "binding"}, "actor: binding has no total; say which actor and item"),
    ],
)
def test_a_measure_that_is_none_is_told(done, compared, labels, problem):
    for result in (done, compared):
        with pytest.raises(InputError, match=problem):
            result.measure(**labels)


def test_a_comparison_holds_every_side_and_the_paired_differences(compared):
    assert list(compared.sides) == ["tiny", "early", "demand.wear = 0.1"]
    assert [side["diverges"] for side in compared.manifest["sides"]] == ["", "2022-01-01", "2022-01-01"]
    last = compared.measure("stock", chip="Alpha").filter(variant="early").row(-1, named=True)
    means = [compared.sides[label].measure("stock", chip="Alpha")["mean"].last() for label in ("tiny", "early")]
    assert last["mean"] == pytest.approx(means[1] - means[0])
    assert last["low"] <= last["mean"] <= last["high"] < 0
    assert last["below"] == 1
    assert compared.summary["scenario"].unique().sort().to_list() == ["demand.wear = 0.1", "early", "tiny"]
    assert set(compared.events["scenario"]) == set(compared.sides)
    head = compared.headline.filter(name="stock", scenario="early").row(0, named=True)
    assert head["difference_mean"] == compared.measure("stock").filter(variant="early")["mean"].last()


def test_settings_are_written_as_the_command_line_takes_them():
    set_in_python = load(
        TINY,
        {
            "demand.wear": {"low": 0.01, "central": 0.05, "high": 0.2},
            "rules.ban.announced": date(2022, 10, 7),
            "rules.ban.enabled": False,
            "buyers.Cloud.initial.Alpha": pl.Series([7]).to_numpy()[0],
        },
    )
    written = load(
        TINY,
        [
            "demand.wear={ low = 0.01, central = 0.05, high = 0.2 }",
            "rules.ban.announced=2022-10-07",
            "rules.ban.enabled=false",
            "buyers.Cloud.initial.Alpha=7",
        ],
    )
    assert set_in_python.changes == written.changes
    assert len(written.changes) == 4
    with pytest.raises(InputError, match=r"demand\.wear: cannot be None; give a number"):
        load(TINY, {"demand.wear": None})


def test_varied_values_may_be_dates_and_tables(tmp_path):
    days = {"rules.ban.announced": [date(2022, 2, 1), "2022-06-01"], "demand.wear": [{"central": 0.2}]}
    found = compare(TINY, vary=days, reps=1, until="2022-07-01", out=tmp_path)
    assert list(found.sides) == [
        "tiny",
        "ban.announced = 2022-02-01",
        "ban.announced = 2022-06-01",
        "demand.wear = { central = 0.2 }",
    ]


def test_what_breaks_is_told_and_the_rest_is_there(tmp_path):
    broken = run(TINY, settings=[SOMETIMES_BREAKS], reps=4, out=tmp_path)
    assert 0 < len(broken.failures) < 4
    assert broken.series["replication"].n_unique() == 4 - len(broken.failures)


def test_a_large_run_says_where_its_series_are(tmp_path):
    with pytest.raises(InputError, match="was kept without every replication's series"):
        run(TINY, reps=21, until="2022-07-01", jobs=1, out=tmp_path).series  # noqa: B018


@pytest.mark.parametrize(
    ("ask", "problem"),
    [
        (lambda: run("basline"), "no scenario is named 'basline'; did you mean baseline"),
        (lambda: run(TINY, jobs=0), "jobs: 0 is not a number of processes"),
        (lambda: run(TINY, until="soon"), "'soon' is not a date"),
        (compare, "0 scenarios to compare"),
        (lambda: compare(TINY, TINY), "is the same world as tiny"),
        (lambda: compare(TINY, vary=["demand.waer=1,2"]), r"demand\.waer: unknown key; did you mean demand\.wear"),
    ],
)
def test_bad_questions_are_told_with_a_remedy(ask, problem):
    with pytest.raises(InputError, match=problem):
        ask()


def test_pandas_is_asked_for_by_the_name_of_its_extra(done, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ModuleNotFoundError, match=r"pandas is not installed; pip install 'chipsim\[pandas\]'"):
        to_pandas(done.headline)


def test_a_frame_becomes_one_of_pandas(done):
    pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    frame = to_pandas(done.measure("stock"))
    assert frame["mean"].tolist() == done.measure("stock")["mean"].to_list()


def test_a_script_without_its_guard_is_told_what_is_missing(tmp_path):
    (tmp_path / "mine.py").write_text(f"from sim import run\nrun({TINY!r}, reps=2, jobs=2, out='out')\n")
    done = subprocess.run([sys.executable, "mine.py"], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith("(docs/python.md), or with jobs=1")
