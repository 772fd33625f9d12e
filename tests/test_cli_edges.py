"""What a user does without meaning to: folders for names, impossible figures, closed pipes, places one cannot write."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sim.cli.app import app

TINY = str(Path(__file__).parent / "worlds" / "tiny" / "tiny.toml")
CHIPSIM = [sys.executable, "-c", "from sim.cli.entry import main; main()"]


def told(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(words))
    return result.exit_code, result.output


@pytest.mark.parametrize("name", [".", "/", "", "./", "x" * 5000, "y" * 300 + ".toml"])
@pytest.mark.parametrize("command", [["show"], ["run"], ["ruling", "H20", "--on", "2025-05-01", "--scenario"]])
def test_a_name_that_is_no_scenario_is_a_fault_and_one_document(command: list[str], name: str) -> None:
    code, output = told(*command, name, "--json")
    assert code == 2
    assert json.loads(output)["errors"][0]["problem"]


@pytest.mark.parametrize("figure", ["-5", "nan", "inf", "0"])
def test_no_verdict_on_an_impossible_figure(figure: str) -> None:
    code, output = told("ruling", "my-chip", "--on", "2024-01-01", "--tpp", figure)
    assert code == 2
    assert "--tpp" in output
    assert "above zero" in output


def test_more_replications_than_can_be_run_are_refused() -> None:
    code, output = told("run", TINY, "--reps", "99999999999999999999")
    assert code == 2
    assert "--reps" in output


def test_too_short_a_span_blames_until_and_says_from_when() -> None:
    code, output = told("run", TINY, "--until", "2022-01-15")
    assert code == 2
    assert "--until" in output
    assert "2022-02-01" in output


def test_a_place_that_cannot_be_written_is_told_before_anything_runs(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    code, output = told("run", TINY, "--out", str(tmp_path / "file" / "below"))
    assert code == 2
    assert "--out: cannot be written to" in output


def test_a_reader_who_stops_reading_is_no_fault() -> None:
    process = subprocess.Popen(
        [*CHIPSIM, "show", "baseline", "--all", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    assert process.wait(timeout=60) == 0


def test_the_next_step_after_a_ruling_names_its_scenario() -> None:
    _, output = told("ruling", "A100", "--on", "2023-01-01", "--scenario", "h20-never-banned")
    assert "next: chipsim sources rules.us-2022-08-nvidia-letter --scenario h20-never-banned" in output


def test_figures_that_overflow_break_the_replication_and_say_so(tmp_path: Path) -> None:
    settings = (
        "demand.load={points={2022-01-01=1e20}}",
        "demand.budget={points={2022-01-01=1e29}}",
        "foreign.acme.lines.one.output={points={2022-01-01=1e25}}",
    )
    words = [word for setting in settings for word in ("--set", setting)]
    code, output = told("run", TINY, "--out", str(tmp_path), *words)
    assert code == 1
    assert "FloatingPointError" in output
    assert "chipsim plot" not in output
