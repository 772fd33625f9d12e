import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from test_results import SOMETIMES_BREAKS, TINY
from typer.testing import CliRunner

from sim.cli.app import app
from sim.study.keeping.shelf import FOLDER


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


HEARING_CTRL_C = """
import signal
from sim.cli.app import main
signal.signal(signal.SIGINT, signal.default_int_handler)
main()
"""
"""The command, where a shell has its background jobs ignore Ctrl-C and hand that down."""


def chipsim(*words: str):
    return CliRunner().invoke(app, list(words))


def the_run() -> Path:
    (folder,) = (path for path in Path("results").iterdir() if path.name != FOLDER)
    return folder


def test_run_tells_the_headline_what_was_written_and_what_to_do_next():
    done = chipsim("run", TINY, "--reps", "4")

    assert done.exit_code == 0
    assert "A tiny world" in done.stdout
    assert "90% range" in done.stdout
    assert "end of 2024" in done.stdout
    assert f"written: {the_run()}/" in done.stdout
    assert done.stdout.splitlines()[-1] == f"next: chipsim plot {the_run()} --by vendor"
    assert done.stderr == ""


def test_the_next_command_works():
    last = chipsim("run", TINY).stdout.splitlines()[-1]

    done = chipsim(*last.removeprefix("next: chipsim ").split())

    assert done.exit_code == 0
    assert (the_run() / "charts" / "availability-by-vendor.png").is_file()
    assert (the_run() / "charts" / "availability-by-vendor.csv").is_file()


def test_the_same_question_is_answered_from_disk_and_says_so():
    first, again = chipsim("run", TINY), chipsim("run", TINY)

    assert "written:" in first.stdout
    assert "answered from disk:" in again.stdout
    assert first.stdout.splitlines()[:-2] == again.stdout.splitlines()[:-2]


def test_run_as_json_is_one_document_in_full_precision():
    done = chipsim("run", TINY, "--reps", "3", "--seed", "5", "--json")
    told = json.loads(done.stdout)

    assert list(told)[:7] == ["schema", "scenario", "seed", "replications", "path", "from_disk", "failures"]
    assert (told["schema"], told["scenario"], told["seed"], told["replications"]) == ("chipsim/run/1", "tiny", 5, 3)
    assert told["path"] == str(the_run())
    row = told["headline"][0]
    assert set(row) == {"name", "measure", "actor", "chip", "origin", "item", "period", "unit", "p5", "p50", "p95"}
    table = pl.read_parquet(the_run() / "summary.parquet").filter(
        (pl.col("measure") == "stock")
        & pl.col("actor").is_null()
        & pl.col("chip").is_null()
        & (pl.col("date") == pl.date(2024, 12, 31))
    )
    assert table.select("p5", "p50", "p95").row(0) == (row["p5"], row["p50"], row["p95"])


def test_out_raw_until_and_set_do_what_they_say():
    words = ("--reps", "21", "--until", "2023-03-01", "--set", "demand.wear=0.2", "--out", "elsewhere", "--raw")
    done = chipsim("run", TINY, *words, "--jobs", "1")

    (folder,) = (path for path in Path("elsewhere").iterdir() if path.name != FOLDER)
    assert done.exit_code == 0
    assert "left out: headline.stock: 2024 is not wholly inside the simulated days" in done.stdout
    assert pl.read_parquet(folder / "series.parquet")["date"].max().isoformat() == "2023-02-28"
    assert "wear = 0.2" in (folder / "scenario.toml").read_text()


def test_a_failed_replication_is_exit_1_with_day_and_cause_and_the_rest_written():
    done = chipsim("run", TINY, "--reps", "4", "--set", SOMETIMES_BREAKS)

    assert done.exit_code == 1
    assert "failed on 2022-01-01: OverflowError" in done.stderr
    assert (the_run() / "summary.parquet").is_file()
    told = json.loads(chipsim("run", TINY, "--reps", "4", "--set", SOMETIMES_BREAKS, "--json").stdout)
    assert set(told["failures"][0]) == {"replication", "date", "cause"}


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("run", "tinny"), "no scenario is named 'tinny'"),
        (("run", TINY, "--reps", "0"), "--reps: 0 is not a number of replications; give 1 or more"),
        (("run", TINY, "--jobs", "0"), "--jobs: 0 is not a number of processes; give 1 or more"),
        (("run", TINY, "--until", "2023-02-30"), "--until: '2023-02-30' is not a date"),
        (("run", TINY, "--until", "1999-01-01"), "--until: 1999-01-01 is not between"),
        (("run", TINY, "--set", "demand.waer=1"), "did you mean"),
        (("run", TINY, "--out", "note.txt"), "note.txt: --out: is a file, not a folder"),
        (("plot", "tinny"), "no scenario is named 'tinny'"),
        (("plot", "."), "is a folder without manifest.json"),
        (("plot", TINY, "--out", "chart.gif"), "chart.gif: --out: does not end in .png, .svg or .pdf"),
        (("plot", TINY, "--out", "chart.svg", "--format", "pdf"), "chart.svg: --out: does not end in .pdf"),
    ],
)
def test_bad_input_is_exit_2_and_nothing_is_written(words, problem):
    Path("note.txt").write_text("mine")

    done = chipsim(*words)
    as_json = chipsim(*words, "--json")

    assert (done.exit_code, as_json.exit_code) == (2, 2)
    assert problem in done.stderr
    assert json.loads(as_json.stdout)["schema"] == "chipsim/error/1"
    assert [path.name for path in Path().iterdir()] == ["note.txt"]


def test_plot_runs_a_scenario_first_and_then_answers_from_disk():
    done = chipsim("plot", TINY, "--reps", "2", "--by", "origin", "--units", "h100e-tpp", "--format", "svg", "--json")
    told = json.loads(done.stdout)

    assert done.exit_code == 0
    assert told["path"] == str(the_run() / "charts" / "availability-by-origin-h100e-tpp.svg")
    assert Path(told["path"]).read_text().startswith("<?xml")
    assert Path(told["numbers"]).read_text().startswith("date,group,p5")
    stamp = (the_run() / "run-info.json").read_bytes()
    assert chipsim("plot", TINY, "--reps", "2").exit_code == 0
    assert (the_run() / "run-info.json").read_bytes() == stamp


def test_plot_writes_where_it_is_told():
    done = chipsim("plot", TINY, "--reps", "2", "--out", "for/report.pdf")

    assert done.stdout == "written: for/report.pdf\nnumbers: for/report.csv\n"
    assert Path("for/report.pdf").read_bytes().startswith(b"%PDF")


def test_plot_takes_a_run_by_its_name_and_refuses_to_change_or_mend_it():
    chipsim("run", TINY)
    name = the_run().name

    assert chipsim("plot", name).exit_code == 0
    assert (
        "is a run, which --reps, --seed, --set and --until cannot change" in chipsim("plot", name, "--reps", "5").stderr
    )
    (the_run() / "groups.parquet").unlink()
    damaged = chipsim("plot", name)
    assert damaged.exit_code == 2
    assert "groups.parquet cannot be read; run the scenario again" in damaged.stderr


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a terminal of its own")
def test_ctrl_c_is_exit_130_with_nothing_written_and_no_process_left():
    watcher, terminal = os.openpty()
    words = ["run", TINY, "--reps", "100000", "--jobs", "2", "--set", "window.end=2024-12-31"]
    with subprocess.Popen(
        [sys.executable, "-c", HEARING_CTRL_C, *words],
        stdout=subprocess.PIPE,
        stderr=terminal,
        start_new_session=True,
    ) as process:
        os.close(terminal)
        seen = b""
        while b"/100000" not in seen:
            seen += os.read(watcher, 1000)
        os.killpg(process.pid, signal.SIGINT)
        try:
            process.communicate(timeout=30)  # ends when the last process that holds stdout has ended
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    os.close(watcher)
    assert process.returncode == 130
    assert [path for path in Path("results").glob("*") if path.name != FOLDER] == []


@pytest.mark.parametrize("command", ["run", "plot"])
def test_help_shows_an_example(command):
    assert f"chipsim {command} baseline" in chipsim(command, "--help").stdout
