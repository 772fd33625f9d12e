"""Models of a variant against those of its reference: how late each milestone is on the same luck, and what took it."""

import json
import re
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from histories import history
from typer.testing import CliRunner

from sim import compare
from sim.cli.app import app
from sim.cli.milestones import differences_told
from sim.study.charts.comparison.choices import Kind, Wish
from sim.study.charts.comparison.contrast import contrast_of
from sim.study.charts.comparison.milestones import milestones
from sim.study.charts.style import look
from sim.study.comparing.answering import work_out_sides
from sim.study.comparing.compared import Compared
from sim.study.comparing.lateness import LATENESS, lateness_in, later
from sim.study.comparing.sides import comparison, wanted
from sim.study.keeping.courses import PARTS, Courses, courses
from sim.study.keeping.milestones import WAITED, milestones_in
from sim.study.keeping.tables import EVENTS
from sim.study.question import Asked
from sim.study.runs import How

WORLDS = Path(__file__).parent / "worlds/tiny"
LABS, TINY = str(WORLDS / "labs.toml"), str(WORLDS / "tiny.toml")
SLOW = f"{LABS}+labs.Deep.models.One.research_days=120"
NEVER = f"{LABS}+labs.Deep.models.Two.starts=2040-01-01"
DATED = "labs.Deep.models.One.planned=2022-06-01"
REPS = 4
DAYS = [
    (1, None, 0, "research begun", "", "", "One"),
    (2, 1, 40, "run begun", "A", "on 300 A after 14 days of waiting for them", "One"),
    (3, 2, 70, "run failed", "A", "given up after 30 days", "One"),
    (4, 3, 75, "run begun", "B", "on 300 B", "One"),
    (5, 4, 95, "model trained", "B", "in 20 days", "One"),
    (6, 5, 95, "research begun", "", "", "Two"),
    (7, 5, 105, "model released", "", "", "One"),
]


def logged() -> pl.LazyFrame:
    """One replication's log of two models of the lab Deep."""
    start = date(2024, 1, 1)
    rows = [
        (0, number, cause, start + timedelta(day), kind, "Deep", chip, None, "", detail, f"Deep.{model}")
        for number, cause, day, kind, chip, detail, model in DAYS
    ]
    return pl.DataFrame(rows, schema=EVENTS, orient="row").lazy()


def test_a_course_says_what_took_the_time_and_its_parts_make_up_the_release():
    one, two = sorted(courses(logged(), [0]).rows(named=True), key=lambda row: row["item"])
    start = date(2024, 1, 1).toordinal() - date(1970, 1, 1).toordinal()
    days = {name: one[name] - start for name in ("begun", "run", "last", "trained", "released")}
    assert days == {"begun": 0, "run": 40, "last": 75, "trained": 95, "released": 105}
    assert (one["ready"] - start, one["failed"], one["failed_on"], one["ran_on"], one["behind"]) == (
        26,
        1,
        "A",
        "B",
        None,
    )
    assert (two["behind"], two["run"], two["released"], two["failed"]) == ("Deep.One", None, None, 0)
    known = Courses({"Deep.One": courses(logged(), [0])[:1]})
    parts = {part: known.part("Deep.One", part, [0])[0] for part in PARTS}
    assert (parts["research"], parts["waiting"], parts["failures"], parts["run"], parts["steps"]) == (
        26,
        14,
        35,
        20,
        10,
    )
    assert sum(parts.values()) == start + 105
    assert courses(logged(), [1]).is_empty()


def test_waits_are_read_off_the_log_as_the_labs_write_it():
    events = [
        event for outcome in history("baseline", 2).outcomes for event in outcome.events if event.kind == "run begun"
    ]
    waits = [event.detail for event in events if "wait" in event.detail]
    assert waits
    assert all(re.search(WAITED, detail) for detail in waits)


def test_never_is_later_than_any_day_and_nothing_beside_never():
    never = np.inf
    found = later(np.array([10.0, 10.0, never, never]), np.array([30.0, never, 10.0, never]))
    assert found[:3].tolist() == [20, never, -never]
    assert np.isnan(found[3])


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    asked = comparison([wanted(name) for name in (LABS, SLOW, NEVER)], Asked((DATED,), replications=REPS))
    return work_out_sides(asked, How(tmp_path_factory.mktemp("comparisons"), jobs=1))


@pytest.fixture(scope="module")
def slow_and_never(compared):
    labels = [side["label"] for side in compared.manifest["sides"][1:]]
    return {label: lateness_in(compared.path).filter(pl.col("variant") == label) for label in labels}


def test_differences_are_those_of_the_same_replication_on_both_sides(compared, slow_and_never):
    table = next(iter(slow_and_never.values()))
    sides = [pl.read_parquet(folder / "events.parquet") for folder in compared.sides.values()][:2]
    released = [side.filter(kind="model released", item="Deep.One").sort("replication")["date"] for side in sides]
    found = (released[1] - released[0]).dt.total_days().sort().to_list()
    row = table.row(by_predicate=(pl.col("item") == "Deep.One") & (pl.col("milestone") == "released"), named=True)
    assert len(found) == REPS
    assert (row["p5"], row["p95"], row["later"]) == (found[0], found[-1], 1.0)
    assert row["p50"] in found
    assert found[0] > 30
    assert (row["planned"], row["recorded"], row["never_variant"]) == (date(2022, 6, 1), None, 0.0)
    assert table.columns == list(LATENESS)


def test_a_model_that_a_variant_never_begins_is_endlessly_late(slow_and_never):
    label = list(slow_and_never)[1]
    rows = slow_and_never[label].filter(pl.col("item") == "Deep.Two").rows(named=True)
    assert [row["milestone"] for row in rows] == ["research", "final run", "trained", "released"]
    assert all(row[q] is None for row in rows for q in ("p5", "p25", "p50", "p75", "p95"))
    assert {(row["later"], row["never_reference"], row["never_variant"]) for row in rows} == {(1.0, 0.0, 1.0)}


def test_what_moves_by_a_month_is_told_with_the_largest_part_of_it(compared):
    slow, never = list(compared.told["told"].values())
    one = next(model for model in slow["models"] if model["model"] == "One")
    assert (one["lab"], one["milestone"], one["main"], one["later"]) == ("Deep", "released", "research", 1.0)
    assert one["parts"]["research"] == pytest.approx(one["days"], abs=7)
    assert one["words"].startswith(
        f"Deep One is released {one['days']:.0f} days later than in labs in the median (half"
    )
    assert ": its research takes " in one["words"]
    assert slow["sentence"].endswith(f": {one['words']}.")
    two = next(model for model in slow["models"] if model["model"] == "Two")
    assert (two["main"], ", after Deep One" in two["words"]) == ("start", True)
    (gone,) = never["models"]
    assert (gone["days"], gone["parts"], gone["main"]) == (None, {}, "")
    assert gone["words"] == "Deep Two is released in none of the replications, in labs in all of the replications"


def test_the_title_of_a_chart_tells_of_a_model_that_never_comes(compared):
    sides = compared.manifest["sides"]
    two = Compared(compared.path, compared.manifest | {"sides": [sides[0], sides[2]]})
    with look():
        (ax,) = milestones(contrast_of(two), Wish(Kind.MILESTONES, lab="Deep")).figure.axes
    title = " ".join(ax.get_title(loc="left").split())
    told = f"Deep's Two ships in 0% of replications under {sides[2]['label']}, in labs in 100%"
    assert title == f"{told}, on rules frozen as of January 2024"


def test_the_command_prints_and_gives_every_milestone(compared, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    words = ["compare", LABS, SLOW, NEVER, "--set", DATED, "--reps", str(REPS), "--out", str(compared.path.parent)]
    told = CliRunner().invoke(app, words)
    assert told.exit_code == 0, told.output
    table = told.output.partition("Releases of models: days later than labs")[2].partition(
        "models with a date not moved by"
    )
    assert "Deep One" in table[0]
    assert "Deep Two" not in table[0]
    assert max(len(line) for line in table[0].splitlines()) <= 80
    rows = json.loads(CliRunner().invoke(app, [*words, "--json"]).output)["milestones"]
    assert len(rows) == lateness_in(compared.path).height
    assert {(row["lab"], row["model"]) for row in rows} == {("Deep", "One"), ("Deep", "Two")}


def row_of(variant: str, median: float | None, never_both: float = 0.0, **other: float | None):
    spread = {"p5": median, "p25": median, "p50": median, "p75": median, "p95": median}
    shares = {"later": 1.0, "sooner": 0.0, "never_reference": 0.0, "never_variant": 0.0, "never_both": never_both}
    about = {"variant": variant, "lab": "Deep", "model": "One", "milestone": "released", "recorded": None}
    return about | {"planned": "2024-01-01"} | spread | shares | other


def test_the_table_leaves_out_what_hardly_moves_and_counts_it():
    rows = [
        row_of("a", 40),
        row_of("a", 7),
        row_of("a", -7),
        row_of("b", None, never_variant=1.0),
        row_of("b", None, never_both=0.9),
    ]
    table = differences_told(rows, "labs")
    assert [list(column.cells)[1] for column in table.columns[1:3]] == ["+40", "+40 to +40"]
    assert [list(column.cells)[3] for column in table.columns[1:3]] == ["never", "never to never"]
    assert table.row_count == 4
    assert "2 of 3 in a; 1 of 2 in b" in table.caption
    assert differences_told([], "labs") is None


def test_without_a_model_that_moves_there_is_a_sentence_and_no_table():
    """A week is the step of the model's clock."""
    rows = [row_of("a", 7), row_of("b", -7), row_of("b", None, never_both=0.9), row_of("c", 40) | {"planned": None}]
    told = "Models with a date not moved by more than a week in the median: 1 of 1 in a; 2 of 2 in b."
    assert differences_told(rows, "labs") == told
    assert differences_told(rows[-1:], "labs") is None


def test_a_world_without_labs_on_one_side_has_no_table_of_models(tmp_path):
    for first, other in ((TINY, LABS), (LABS, TINY)):
        found = compare(first, other, reps=1, jobs=1, out=tmp_path)
        assert found.milestones.is_empty()
        assert found.milestones.columns == list(LATENESS)
        assert not (found.path / "milestones-differences.parquet").exists()


def test_python_has_the_tables_of_runs_and_comparisons(compared):
    found = compare(LABS, SLOW, NEVER, settings=[DATED], reps=REPS, jobs=1, out=compared.path.parent)
    assert found.from_disk
    assert found.milestones.equals(lateness_in(compared.path))
    for side in found.sides.values():
        assert side.milestones.equals(milestones_in(side.path))
