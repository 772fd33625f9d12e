"""A model's story asked for by its name: what came before it, its own steps, what it led to, and how often."""

import json
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from sim.cli.app import app
from sim.cli.headline import printer
from sim.cli.trace import listed, told
from sim.cli.way import milestones_of, parts_of
from sim.facts.errors import InputError
from sim.study.causes import logs_of
from sim.study.keeping.tables import EVENTS
from sim.study.tracing import Trace, Traces

LABS = str(Path(__file__).parent / "worlds/tiny/labs.toml")
AMOUNTS = {"demand surges": (1.2, ""), "still waiting": (30.0, "days")}
START = date(2024, 1, 1)
LABELS = {f"Deep.{name}": f"Deep {name}" for name in ("One", "Two", "Two-small")}
STEPS = [
    (1, None, 0, "rule in force", "ban", "", "No fast chips"),
    (2, None, 0, "research begun", "Deep", "One", "planned to take 9 days"),
    (3, 2, 9, "run begun", "Deep", "One", "on 20 Alpha"),
    (4, 3, 20, "model trained", "Deep", "One", "in 11 days"),
    (5, 4, 20, "research begun", "Deep", "Two", ""),
    (6, 4, 25, "model released", "Deep", "One", ""),
    (7, 6, 26, "demand surges", "", "", "chat"),
    (8, 5, 40, "run begun", "Deep", "Two", "on 20 Alpha after 20 days of waiting for them"),
    (9, 8, 60, "run failed", "Deep", "Two", "given up after 20 days"),
    (10, None, 90, "still waiting", "Deep", "Two", "no cluster of 30 H100-equivalents"),
]
ONE = """\
replication 0 of a-run

2024-01-01  Deep One: research begun, planned to take 9 days
2024-01-10  Deep One: run begun on 20 Alpha
2024-01-21  Deep One: model trained on Alpha in 11 days
2024-01-26  Deep One: model released
2024-01-21  -> Deep Two: research begun; still waiting 2024-03-31
2024-01-27  -> demand surges by a factor of 1.2: chat

in 2 of 2 sound replications; what followed: how often, when, how much (90% interval)
  demand surges: in 2; 2024-01-27; 1.2 (1.2 to 1.2)"""
TWO = """\
replication 0 of a-run

2024-01-01  Deep One: research begun; model trained 2024-01-21
2024-01-21  -> Deep Two: research begun
2024-02-10  -> Deep Two: run begun on 20 Alpha after 20 days of waiting for them
2024-03-01  -> Deep Two: run failed on Alpha, given up after 20 days
2024-03-31  -> Deep Two: still waiting, no cluster of 30 H100-equivalents for 30 days
it led to nothing
"""


def traces(*replications: list[tuple]) -> Traces:
    rows = [
        (number, key, cause, START + timedelta(day), kind, actor, chip_of(kind), *AMOUNTS.get(kind, (None, "")),
         detail, f"{actor}.{item}" if item else "")
        for number, steps in enumerate(replications)
        for key, cause, day, kind, actor, item, detail in steps
    ]  # fmt: skip
    return Traces("a-run", logs_of(pl.DataFrame(rows, schema=EVENTS, orient="row")), LABELS)


def chip_of(kind: str) -> str:
    """As labs log it: of runs, not of releases."""
    return "Alpha" if kind in ("run begun", "run failed", "model trained") else ""


@pytest.fixture(scope="module")
def both() -> Traces:
    return traces(STEPS, [*STEPS[:7], (8, 5, 30, "research begun", "Deep", "Two-small", "")])


def story(both: Traces, found: Trace) -> str:
    return "\n".join(told(both, found))


def test_a_model_is_told_from_its_research_to_its_release_and_then_what_it_led_to(both):
    assert story(both, both.trace("Deep.One", 0)) == ONE


def test_a_model_that_never_came_ends_with_its_last_event_and_begins_with_the_model_before(both):
    assert story(both, both.trace("Deep.Two", 0)).startswith(TWO)


@pytest.mark.parametrize("wanted", ["Deep.Two", "deep two", "two", "Two", "TWO"])
def test_a_models_own_name_is_enough_though_another_begins_with_it(both, wanted):
    assert both.trace(wanted, 0).model == "Deep.Two"


@pytest.mark.parametrize(
    ("wanted", "problem"),
    [
        ("Tow", "no rule, licence, closure or model is called 'Tow'; did you mean Two"),
        ("Dep.One", "did you mean Deep.One"),
        ("deep.", "say which: Deep.One, Deep.Two, Deep.Two-small"),
        ("small", "Deep.Two-small is not begun in replication 0; it is in 1 of 2: --replication 1"),
    ],
)
def test_a_model_that_is_not_known_or_not_there_is_told_with_a_remedy(both, wanted, problem):
    with pytest.raises(InputError, match=problem):
        both.trace(wanted, 0)


def test_an_event_of_a_model_asked_for_by_its_id_is_told_with_the_model(both):
    found = both.trace("9", 0)
    lines = story(both, found).splitlines()
    assert found.model == ""
    assert lines[2:6] == [
        "2024-01-01  Deep One: research begun; model trained 2024-01-21",
        "2024-01-21  -> Deep Two: research begun",
        "2024-02-10    -> Deep Two: run begun on 20 Alpha after 20 days of waiting for them",
        "2024-03-01      -> Deep Two: run failed on Alpha, given up after 20 days",
    ]


def test_the_list_of_rules_says_how_to_ask_for_a_model_and_whose_runs_failed(both):
    lines = list(listed(both, 0, both.triggers(0), "a-run"))
    assert lines[-1] == "a lab's model is asked for by name too, Deep.Two for one; runs failed of Deep.Two"


WAY = {
    "lab": "Deep",
    "model": "One",
    "milestones": [
        {"milestone": "research", "planned": None, "recorded": None, "reached": 1.0, "p5": "2024-01-01",
         "p50": "2024-01-01", "p95": "2024-01-01"},
        {"milestone": "released", "planned": "2024-03-01", "recorded": None, "reached": 0.5, "p5": "2024-01-26",
         "p50": None, "p95": None},
    ],
    "courses": [
        {"part": "research", "stall": False, "took": 1.0, "p5": 9.0, "p50": 9.0, "p95": 30.0},
        {"part": "research beyond plan", "stall": True, "took": 0.5, "p5": 0.0, "p50": 0.0, "p95": 21.0},
        {"part": "waiting for a cluster", "stall": True, "took": 0.25, "p5": 0.0, "p50": 10.0, "p95": None},
        {"part": "failed runs", "stall": True, "took": 0.0, "p5": 0.0, "p50": 0.0, "p95": 0.0},
    ],
}  # fmt: skip


def cells(table) -> list[list[str]]:
    return [list(row) for row in zip(*(column.cells for column in table.columns), strict=True)]


def test_its_way_over_all_replications_is_told_before_its_story():
    milestones, parts = milestones_of(WAY, 4, date(2024, 12, 31)), parts_of(WAY["courses"])
    assert milestones.title == "Deep One in 4 replications"
    assert cells(milestones) == [
        ["research begun", "2024-01-01", "2024-01-01", "100%"],
        ["model released", "never", "2024-01-26 to never", "50%"],
    ]
    assert milestones.caption == "release planned for 2024-03-01\nnever: not by 2024-12-31, the last day"
    assert cells(parts) == [
        ["research", "9", "9 to 30", "100%"],
        ["research beyond plan *", "0", "0 to 21", "50%"],
        ["waiting for a cluster *", "10", "0 to endless", "25%"],
    ]
    assert parts.caption == (
        "*: a stall; research beyond plan: in research\nno day in any replication: failed runs\n"
        "endless: not over on the last day"
    )


@pytest.mark.parametrize("columns", [80, 44])
def test_its_way_is_told_in_few_columns_and_no_number_is_cut(columns, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(columns))
    with (console := printer()).capture() as shown:
        console.print(milestones_of(WAY, 4, date(2024, 12, 31)), parts_of(WAY["courses"]))
    lines = shown.get().splitlines()
    assert max(len(line) for line in lines) <= columns
    words = " ".join(" ".join(lines).split())
    assert all(number in words for number in ("2024-01-26", "to never", "research begun", "100%", "to endless"))


def test_the_command_follows_a_model(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    words = ("trace", LABS, "two", "--reps", "2")
    lines = CliRunner().invoke(app, words).stdout.splitlines()
    found = json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)

    assert lines[0].strip() == "Deep Two in 2 replications"
    assert lines.index("replication 0 of " + found["run"]) > 0
    assert max(len(line) for line in lines) <= 80
    assert (found["schema"], found["lab"], found["model"]) == ("chipsim/trace/1", "Deep", "Two")
    assert found["chain"][-1]["kind"] == "model released"
    assert {entry["item"] for entry in found["chain"]} == {"Deep.One", "Deep.Two"}
    assert {row["milestone"] for row in found["milestones"]} >= {"research", "final run", "failed", "released"}
    assert next(row["took"] for row in found["courses"] if row["part"] == "failed runs") > 0
