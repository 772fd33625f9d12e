"""When models get so far, over all replications; and a world with labs is the world without them, labs apart."""

import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from sim.cli.app import app
from sim.facts.days import day_of
from sim.study.keeping.milestones import MILESTONES, landmark_table, milestones_table
from sim.study.question import Asked, ask
from sim.study.reading.load import load
from sim.study.replication import plan, replicate
from sim.study.runs import How, answer
from sim.world.series import MEASURES, OF_LABS

WORLDS = Path(__file__).parent / "worlds/tiny"
LABS, TINY = str(WORLDS / "labs.toml"), str(WORLDS / "tiny.toml")
NEW_YEAR = date(2024, 1, 1)


def days_after(number: int) -> date:
    return NEW_YEAR + timedelta(number)


def logged(*rows: tuple[int, int, str, str]) -> pl.LazyFrame:
    """Events of the lab Deep: replication, day of 2024, kind, model."""
    schema = {"replication": pl.Int64, "date": pl.Date, "actor": pl.String, "kind": pl.String, "item": pl.String}
    entries = [(number, days_after(day), "Deep", kind, item, "", None) for number, day, kind, item in rows]
    return pl.DataFrame(entries, schema=schema | {"detail": pl.String, "quantity": pl.Float64}, orient="row").lazy()


@pytest.fixture(scope="module")
def roadmaps():
    return load(LABS, ("labs.Deep.models.One.planned=2024-05-01", "labs.Deep.models.One.recorded=2024-06-01")).scenario


def reached(roadmaps, log, replications):
    return milestones_table(log, roadmaps.labs, range(replications)).rows(named=True)


def test_a_milestone_is_the_first_of_its_kind_and_its_quantiles_count_those_that_never_came(roadmaps):
    rows = [(n, 10 * n, "research begun", "Deep.One") for n in range(5)]
    rows += [(n, 100 + n, "run begun", "Deep.One") for n in range(5)]
    rows += [(n, 200 + n, "run begun", "Deep.One") for n in range(5)]
    rows += [(n, 300 + n, "model released", "Deep.One") for n in (0, 1, 2)]
    table = reached(roadmaps, logged(*rows), 5)
    assert [(row["item"], row["milestone"], row["reached"]) for row in table] == [
        ("Deep.One", "research", 1.0),
        ("Deep.One", "research done", 1.0),
        ("Deep.One", "final run", 1.0),
        ("Deep.One", "released", 0.6),
    ]
    done, run, out = table[1:]
    assert done["p50"] == run["p50"]
    assert [run[q] for q in ("p5", "p25", "p50", "p75", "p95")] == [days_after(100 + n) for n in range(5)]
    assert [out[q] for q in ("p5", "p25", "p50", "p75", "p95")] == [
        *(days_after(300 + n) for n in (0, 1, 2)),
        None,
        None,
    ]
    assert (out["planned"], out["recorded"], run["recorded"]) == (date(2024, 5, 1), date(2024, 6, 1), None)


def test_broken_replications_and_other_events_count_for_nothing(roadmaps):
    log = logged((0, 5, "research begun", "Deep.One"), (1, 9, "research begun", "Deep.One"), (0, 1, "input binds", ""))
    row = milestones_table(log, roadmaps.labs, [0]).row(0, named=True)
    assert (row["reached"], row["p50"], row["p95"]) == (1.0, days_after(5), days_after(5))


def test_models_come_in_the_order_in_which_they_are_begun(roadmaps):
    log = logged(*[(n, 10 * (2 - i), "research begun", f"Deep.{one}") for n in (0, 1) for i, one in enumerate("AB")])
    assert [row["item"] for row in reached(roadmaps, log, 2)] == ["Deep.B", "Deep.A"]


def test_a_model_that_is_never_begun_and_only_waits_comes_last(roadmaps):
    rows = reached(
        roadmaps, logged((0, 9, "still waiting", "Deep.A"), (0, 1, "research begun", "Deep.B")), replications=1
    )
    assert [(row["item"], row["milestone"]) for row in rows] == [
        ("Deep.B", "research"),
        ("Deep.A", "waiting at the end"),
    ]


def test_a_log_without_models_gives_an_empty_table(roadmaps):
    table = milestones_table(logged(), roadmaps.labs, range(3))
    assert (table.height, dict(table.schema)) == (0, MILESTONES)


def test_the_nations_first_large_run_has_a_row_with_the_share_of_replications_in_which_it_comes():
    rows = [(n, 100 + n, kind, "Deep.One") for n in (0, 2, 3) for kind in ("run begun", "landmark run begun")]
    row = landmark_table(logged(*rows), 1.2e26, range(4)).row(0, named=True)
    assert (row["actor"], row["item"], row["milestone"]) == ("", "first 1.2e26 FLOP run", "final run")
    assert [row[q] for q in ("reached", "p5", "p50", "p95")] == [0.75, days_after(100), days_after(103), None]


def test_the_first_run_of_a_landmarks_size_is_logged_once_with_its_chip_and_size_behind_its_own_entry():
    scene = plan(load(LABS, ("training.landmark=1e23",)).scenario, 1)
    events = {event.id: event for event in replicate(scene, 0).events}
    (landmark,) = (event for event in events.values() if event.kind == "landmark run begun")
    begun = events[landmark.cause]
    assert (begun.kind, begun.item, begun.day, begun.chip) == ("run begun", "Deep.One", landmark.day, landmark.chip)
    assert (landmark.actor, landmark.item, landmark.detail) == ("Deep", "Deep.One", "1e23 FLOP")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    return {name: answer(ask(name, Asked(replications=3)), How(folder)) for name in (LABS, TINY)}


def test_a_run_with_labs_tells_its_milestones_and_one_without_has_none(runs):
    assert not (runs[TINY].path / "milestones.parquet").exists()
    table = pl.read_parquet(runs[LABS].path / "milestones.parquet")
    assert table.select("item", "milestone").rows() == [
        *[("Deep.One", step) for step in ("research", "research done", "final run", "trained", "released")],
        *[("Deep.Two", step) for step in ("research", "research done", "final run", "failed", "trained", "released")],
        ("first 1e26 FLOP run", "final run"),
    ]
    assert table["reached"].to_list() == [*[1.0] * 11, 0.0]


def test_a_run_without_labs_has_none_of_their_measures(runs):
    told = {name: set(pl.read_parquet(run.path / "summary.parquet")["measure"]) for name, run in runs.items()}
    declared = {name: set(json.loads((run.path / "measures.json").read_text())) for name, run in runs.items()}
    assert {"training_capacity", "inference_share", "tokens"} <= told[LABS] <= declared[LABS] == set(MEASURES)
    assert (told[TINY], declared[TINY]) == (told[LABS] - OF_LABS, set(MEASURES) - OF_LABS)


def test_worlds_with_and_without_labs_can_be_compared(tmp_path):
    told = CliRunner().invoke(app, ["compare", TINY, LABS, "--reps", "3", "--out", str(tmp_path)])
    assert told.exit_code == 0, told.output


def test_what_waits_on_the_last_day_is_told_in_the_log():
    scene = plan(load(LABS, ("labs.Deep.models.Two.cluster=100000", "labs.Deep.models.Two.stack=cann")).scenario, 1)
    last = replicate(scene, 0).events[-1]
    assert (last.day, last.kind, last.actor, last.item) == (
        day_of(date(2024, 12, 31)),
        "still waiting",
        "Deep",
        "Deep.Two",
    )
    assert last.detail == "no cluster of 100,000 H100-equivalents of one kind of chip on cuda"
    assert (last.quantity, last.unit) == (892, "days")


@pytest.mark.parametrize("number", range(3))
def test_chips_in_use_are_those_there_are(number):
    """Every month: what trains and what serves by day are at most the fleet; served tokens at most those asked for."""
    scene = plan(load(LABS).scenario, 1)
    measures = replicate(scene, number).measures
    fleet, training = measures["stock_h100e_training"].sum(axis=(1, 2)), measures["training_capacity"].sum(axis=(1, 2))
    assert (training <= fleet * (1 + 1e-9)).all()
    assert training.max() > 0
    able, wanted = measures["inference_capacity"].sum(axis=2), measures["inference_demand"].sum(axis=2)
    assert measures["unmet_inference"].sum(axis=2) == pytest.approx(np.maximum(wanted - able, 0.0), abs=1e-6)
    assert (measures["unmet_training"] <= measures["training_demand"] + 1e-9).all()
    shares = measures["inference_share"]
    assert ((shares >= 0) & (shares <= 1) | np.isnan(shares)).all()


def test_a_stack_that_is_given_up_and_what_waits_at_the_end_have_rows(tmp_path):
    settings = ("--set", "labs.Deep.models.Two.cluster=100000", "--set", "labs.Deep.models.Two.stack=cann")
    told = CliRunner().invoke(app, ["run", LABS, *settings, "--reps", "2", "--jobs", "1", "--out", str(tmp_path)])
    assert told.exit_code == 0, told.output
    (folder,) = (path.parent for path in tmp_path.rglob("milestones.parquet"))
    rows = pl.read_parquet(folder / "milestones.parquet").filter(pl.col("item") == "Deep.Two")
    reached = dict(rows.select("milestone", "reached").iter_rows())
    assert (reached["stack given up"], reached["waiting at the end"]) == (1.0, 1.0)
    assert "trained" not in reached
