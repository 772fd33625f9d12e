"""What a reader meets: narrow terminals, frozen law, values a child adds, closures, stocks by origin, broken runs."""

import json
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from small_world import FRAME, kept, outcome
from typer.testing import CliRunner

from sim.cli.app import app
from sim.cli.calibrate import unfelt_words
from sim.facts.chips import Chip
from sim.study.causes import logs_of
from sim.study.charts.rules import Mark, marks_for
from sim.study.charts.story import story_of
from sim.study.charts.view import View
from sim.study.keeping.groups import GROUPS, groups_table
from sim.study.keeping.tables import EVENTS, SUMMARY, blocks
from sim.study.tracing import Traces
from sim.world.series import ORIGINS

TINY = str(Path(__file__).parent / "worlds" / "tiny" / "tiny.toml")
ALL_BREAK = ("--set", "demand.load={points={2022-01-01=1e20}}", "--set", "demand.budget={points={2022-01-01=1e29}}")
ALL_BREAK += ("--set", "foreign.acme.lines.one.output={points={2022-01-01=1e25}}")
COLUMNS = ("id", "cause", "date", "kind", "actor", "chip", "quantity", "unit", "detail")
REACTS = [
    (1, None, date(2022, 9, 1), "rule in force", "letter", "", None, "", "A letter"),
    (2, 1, date(2022, 9, 1), "design started", "acme", "Cut", None, "", ""),
    (3, 2, date(2023, 1, 1), "first shipment", "acme", "Cut", None, "", ""),
    (4, 3, date(2024, 3, 1), "regulator closes", "US", "Cut", None, "", "and any other of 900 TPP or more"),
    (5, 4, date(2024, 3, 1), "sales stopped", "acme", "Cut", None, "", ""),
    (6, 4, date(2024, 3, 1), "orders struck", "", "Cut", 5_000.0, "chips", ""),
    (7, None, date(2024, 6, 1), "rule in force", "thaw", "", None, "", "A thaw"),
    (8, 7, date(2024, 7, 1), "licence issued", "thaw-licence", "", None, "", "Cut, Never-stopped"),
]


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def chipsim(*words: str):
    return CliRunner().invoke(app, list(words))


def log(*rows: tuple) -> pl.DataFrame:
    return pl.DataFrame([(number, *row, "") for number in (0, 1) for row in rows], schema=EVENTS, orient="row")


@pytest.mark.parametrize("columns", [44, 60, 80])
def test_a_narrow_terminal_wraps_words_and_cuts_no_number(columns, monkeypatch):
    wide = chipsim("run", TINY).stdout
    monkeypatch.setenv("COLUMNS", str(columns))
    table = chipsim("run", TINY).stdout.partition("answered from disk")[0]

    numbers = [cells[4:] for line in wide.splitlines() if len(cells := line.split("│")) > 5]
    assert len(numbers) > 1
    assert all(number.strip() in table for row in numbers for number in row)
    assert max(len(line) for line in table.splitlines()) <= columns


def test_piped_output_does_not_depend_on_a_terminal():
    assert max(len(line) for line in chipsim("list").stdout.splitlines()) > 120


def test_a_ruling_after_the_last_known_day_says_that_the_law_is_frozen():
    words = ("ruling", "H20", "--on")
    late, known = chipsim(*words, "2027-05-01"), chipsim(*words, "2025-05-01")
    assert "Conditional: the law is known to 2026-07-01 and frozen there" in late.stdout
    assert "Conditional" not in known.stdout
    told = json.loads(chipsim(*words, "2027-05-01", "--json").stdout)
    assert told["known_until"] == "2026-07-01"
    assert told["conditional"]
    assert json.loads(chipsim(*words, "2025-05-01", "--json").stdout)["conditional"] is None


def test_what_a_child_adds_is_new_and_what_replaces_a_default_says_so():
    shown = chipsim("show", "reactive-regulator").stdout
    assert "rules.us-2023-10-mi308.announced  new: 2023-11-17  [" in shown
    assert "rules.us-2026-01-h200.enabled  true (unless stated) -> false  [" in shown
    changes = {
        row["key"]: row["new"] for row in json.loads(chipsim("show", "reactive-regulator", "--json").stdout)["changes"]
    }
    assert changes["rules.us-2023-10-mi308.announced"]
    assert not changes["regulator.mode"]


def test_a_closure_by_the_regulator_is_listed_followed_and_marked():
    traces = Traces("a-run", logs_of(log(*REACTS)))
    assert [(one.name, one.caused) for one in traces.triggers(0)] == [
        ("letter", 3), ("regulator-closes-Cut", 2), ("thaw", 1)
    ]  # fmt: skip
    found = traces.trace("closes-cut", 0)
    assert [entries[0].id for entries in found.chain] == [1, 2, 3, 4]
    assert {pattern.kind for pattern in found.across} == {"sales stopped", "orders struck"}
    assert found.found == 2
    assert marks_for(log(*REACTS), {}, "Cut")[0] == Mark(date(2024, 3, 1), "regulator closes the Cut", 1)


def test_the_timeline_has_a_lane_for_what_was_ordered_and_never_came_and_shows_its_reopening():
    facts = {"failures": [], "labels": {}, "known_until": "2024-12-31", "rules": {}}
    row = {"date": date(2024, 1, 31), "measure": "deliveries", "chip": "Cut", "origin": "legal"}
    summary = pl.DataFrame([{**row, "p50": 0.0, "mean": 2.0}], schema=SUMMARY)
    story = story_of(View("a-run", facts, pl.DataFrame(schema=GROUPS), log(*REACTS), summary))
    (part,) = story.parts
    assert (part.chip, part.months, part.begins) == ("Cut", (), date(2022, 9, 1))
    assert [(moment.when, moment.law) for moment in part.happened("reopened")] == [(date(2024, 7, 1), "thaw")]
    assert [mark.rule for mark in story.above] == ["letter", "regulator-closes-Cut", "thaw"]


def test_a_stock_is_divided_by_how_its_chips_came_and_wears_out_alike():
    """100 bought, then 100 smuggled, then half of all worn out: 50 are smuggled."""
    stock, deliveries = np.zeros((4, 2, 2)), np.zeros((4, 2, 2, len(ORIGINS)))
    stock[:, 0, 0], stock[:, 0, 1] = (100, 200, 100, 100), 70
    deliveries[0, 0, 0, ORIGINS.index("legal")] = deliveries[1, 0, 0, ORIGINS.index("smuggled")] = 100
    chips = {"F1": Chip(vendor="Foreign", line="f", stack="cuda"), "D1": Chip(vendor="Home", line="d", stack="cann")}
    ensemble = kept(outcome(0, stock=stock, deliveries=deliveries))
    table = groups_table(blocks(ensemble, FRAME), FRAME, chips, {"Home"}).filter(pl.col("by") == "origin")
    by = {name: rows["p50"].to_list() for (name,), rows in table.group_by("group", maintain_order=True)}
    assert by == {"legal": [100, 100, 50, 50], "domestic": [70] * 4, "smuggled": [0, 100, 50, 50]}


@pytest.mark.parametrize("chart", ["availability", "origins", "bottleneck", "timeline", "orders"])
def test_a_run_of_which_all_failed_is_told_as_one(chart):
    done = chipsim("plot", TINY, "--chart", chart, *ALL_BREAK)
    assert done.exit_code == 1
    assert "all 3 replications failed, first on 2022-01-08: FloatingPointError" in done.stderr
    told = json.loads(chipsim("trace", TINY, *ALL_BREAK, "--json").stdout)
    assert told["errors"][0]["problem"].startswith("all 3 replications failed")


def test_a_value_not_felt_is_blamed_on_few_replications_only():
    assert "too few to tell" in unfelt_words(2, 6)
    assert unfelt_words(1, 400) == "One value was not felt: no target moved when it was turned, in 400 replications."


def test_help_says_which_option_is_for_which_chart(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    told = chipsim("plot", "--help").stdout
    assert "availability: how many chips China has; takes --by, --units" in told
    assert all(panel in told for panel in ("The chart", "The picture", "The run"))
    assert "legal, domestic, smuggled" in told
