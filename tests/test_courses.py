"""What takes a model's time in a run: the parts of its way in days, its stalls among them, as a run keeps them."""

import json
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from sim import run
from sim.cli.app import app
from sim.study.keeping.courses import TAKEN, WAY, courses_in, courses_table
from sim.study.keeping.milestones import research_done, steps_of
from sim.study.keeping.tables import EVENTS

LABS = str(Path(__file__).parent / "worlds/tiny/labs.toml")
NEVER_TWO = ("labs.Deep.models.Two.cluster=100000", "labs.Deep.models.Two.stack=cann")
START = date(2024, 1, 1)
CLUSTER = "no cluster of 9 H100-equivalents"
"""On the last day, after 150 days."""
TEN = (0, "research begun", "planned to take 10 days")


def waited(detail: str) -> float | None:
    return 150.0 if detail == CLUSTER else None


def logged(*ways: list[tuple[int, str, str]]) -> pl.LazyFrame:
    """One model of the lab Deep in as many replications: day of 2024, kind, detail."""
    rows = [
        (number, place, None, START + timedelta(day), kind, "Deep", "", waited(detail), "", detail, "Deep.One")
        for number, way in enumerate(ways)
        for place, (day, kind, detail) in enumerate(way, 1)
    ]
    return pl.DataFrame(rows, schema=EVENTS, orient="row").lazy()


def parts(*ways: list[tuple[int, str, str]]) -> dict[str, dict[str, object]]:
    table = courses_table(logged(*ways), [("Deep", "Deep.One")], range(len(ways)))
    return {row["part"]: row for row in table.iter_rows(named=True)}


def median(way: list[tuple[int, str, str]]) -> dict[str, float | None]:
    return {part: row["p50"] for part, row in parts(way).items()}


def test_every_part_of_a_way_has_its_days():
    way = [
        TEN,
        (60, "stack given up", "no cluster on cann in 20 days"),
        (75, "run begun", "on 300 A after 15 days of waiting for them"),
        (105, "run failed", "given up after 30 days"),
        (105, "run begun", "on 300 B"),
        (125, "model trained", "in 20 days"),
        (130, "model ported", "to cann, 5 days after its run, 3 of them waiting for engineers"),
        (140, "model released", ""),
        (160, "model ported", "to other, 20 days after its release, 9 of them waiting for engineers"),
    ]
    assert list(median(way).values()) == [40, 30, 35, 30, 20, 15, 3]
    assert list(parts(way)) == [name for name, _ in WAY.values()]
    assert [name for name, row in parts(way).items() if row["stall"]] == [name for name, stall in WAY.values() if stall]


NOT_OVER = "is not over for 9 days more"


@pytest.mark.parametrize(
    ("last", "endless"),
    [
        ([(200, "still waiting", "27% of its research is left")], {"research", "research beyond plan"}),
        ([(200, "still waiting", CLUSTER)], {"waiting for a cluster"}),
        ([(50, "run begun", "on 3 A"), (200, "still waiting", f"its final run {NOT_OVER}")], {"final run"}),
        ([(50, "run begun", "on 3 A"), (80, "run failed", "")], {"failed runs"}),
        ([(50, "run begun", "on 3 A"), (80, "run failed", ""), (80, "run begun", "on 3 A")], {"final run"}),
        (
            [(50, "run begun", "on 3 A"), (80, "model trained", ""), (200, "still waiting", "no engineers for cann")],
            {"steps after the run", "engineers before release"},
        ),
    ],
)
def test_a_part_that_is_not_over_on_the_last_day_is_endless_and_those_after_it_have_not_come(last, endless):
    found = parts([TEN, *last])
    assert {part for part, row in found.items() if row["p50"] is None} == endless
    assert {part for part, row in found.items() if row["unended"]} == endless
    assert all(row["mean"] is None for part, row in found.items() if part in endless)
    order = [name for name, _ in WAY.values()]
    assert list(found) == order[: max(order.index(part) for part in endless) + 1]


def test_research_of_a_week_more_than_planned_is_no_stall_and_what_is_still_young_tells_nothing():
    (late, one), (young, two) = (
        ([TEN, (day, "run begun", "on 3 A")], [TEN, (day, "still waiting", "9% of its research is left")])
        for day in (18, 17)
    )
    assert [median(way)["research beyond plan"] for way in (late, young, one)] == [8, 0, None]
    assert "research beyond plan" not in parts(two)


def test_shares_are_of_all_replications_and_quantiles_of_those_that_came_to_it():
    found = parts([TEN, (30, "run begun", "on 3 A")], [TEN, (10, "run begun", "on 3 A")], [TEN], [])
    shares = {part: [row[key] for key in ("reached", "took", "unended")] for part, row in found.items()}
    assert shares["research"] == [0.75, 0.75, 0.25]
    assert shares["research beyond plan"] == [0.5, 0.25, 0.0]
    assert shares["waiting for a cluster"] == [0.5, 0.0, 0.0]
    assert [found["research beyond plan"][key] for key in ("p5", "p95", "mean")] == [0, 20, 10]


def test_research_is_done_when_the_first_wait_for_a_cluster_begins():
    ways = [
        [TEN, (60, "stack given up", "no cluster on cann in 20 days"), (65, "run begun", "on 3 A")],
        [TEN, (50, "run begun", "on 3 A after 11 days of waiting for them"), (90, "run failed", "after 40 days")],
        [TEN, (200, "still waiting", "9% of its research is left")],
    ]
    found = research_done(steps_of(logged(*ways), range(3))).collect().sort("replication")
    assert found.select("replication", "date").rows() == [
        (0, START + timedelta(40)),
        (1, START + timedelta(39)),
    ]


def test_a_run_answers_with_its_courses_in_json_and_in_python(tmp_path):
    words = ("run", LABS, "--reps", "2", "--jobs", "1", "--out", str(tmp_path), "--json")
    settings = [word for setting in NEVER_TWO for word in ("--set", setting)]
    found = json.loads(CliRunner().invoke(app, [*words, *settings]).stdout)
    waited = next(
        row for row in found["courses"] if (row["model"], row["part"]) == ("Two", "waiting for a cluster")
    )  # fmt: skip
    assert [waited[key] for key in ("lab", "stall", "reached", "took", "unended")] == ["Deep", True, 1.0, 1.0, 1.0]
    assert waited["p50"] is None
    assert {"research", "research done", "stack given up"} <= {row["milestone"] for row in found["milestones"]}

    done = run(LABS, reps=2, jobs=1, settings=NEVER_TWO, out=tmp_path)
    assert done.from_disk
    assert done.courses.equals(courses_in(done.path))
    assert dict(done.courses.schema) == TAKEN
    one = done.courses.filter(item="Deep.One", part="research").row(0, named=True)
    assert (one["p5"], one["p95"], one["took"]) == (60, 60, 1.0)


def test_a_world_without_labs_has_no_courses(tmp_path):
    assert courses_in(tmp_path).is_empty()
    assert dict(courses_in(tmp_path).schema) == TAKEN
