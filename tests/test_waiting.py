"""What still waits when a run ends: which models, how often and what for, in tables, as JSON and in words."""

import json
import re
from datetime import date

import polars as pl
import pytest
from test_milestones import LABS, TINY
from typer.testing import CliRunner
from yards import model, told, yard

from sim.cli.app import app
from sim.cli.waiting import tell_waiting
from sim.study.answers import RunResult
from sim.study.keeping.results import open_run
from sim.study.keeping.waiting import WAITS, waiting_table
from sim.study.reading.load import load

LAST = date(2024, 12, 31)
DEEP = "labs.Deep.models"
SAME = "H100-equivalents of one kind of chip on {}"
CLUSTER = f"no cluster of {{:,}} {SAME.format('cann')}"


def logged(*rows):
    """Events of the lab Deep: replication, kind, model, detail."""
    columns = ["replication", "id", "kind", "actor", "item", "detail"]
    entries = [(number, place, kind, "Deep", item, detail) for place, (number, kind, item, detail) in enumerate(rows)]
    schema = dict.fromkeys(columns, pl.String) | {"replication": pl.Int32, "id": pl.Int32}
    return pl.DataFrame(entries, schema=schema, orient="row").lazy()


def waits(*rows):
    return logged(*((number, "still waiting", item, detail) for number, item, detail in rows))


@pytest.fixture(scope="module")
def labs():
    """One and Two have dates, Two's after the run; Three and Four are beyond the roadmap."""
    later = ("names=['Three', 'Four']", "like=Two", "every=200", "growth=2", "stretch=2")
    dates = (f"{DEEP}.One.planned=2022-06-01", f"{DEEP}.Two.recorded=2030-01-01")
    return load(LABS, (*dates, *(f"labs.Deep.later.{one}" for one in later))).scenario.labs


def test_wants_of_a_kind_are_counted_together_whatever_their_size(labs):
    rows = [(0, "Deep.One", CLUSTER.format(1000)), (1, "Deep.One", CLUSTER.format(3000))]
    table = waiting_table(waits(*rows, (2, "Deep.One", "no engineers to port it to cann")), labs, range(4), LAST)
    assert table.select("item", "waiting", "share", "want", "amount", "what").rows() == [
        ("Deep.One", 0.75, 0.5, "cluster", 2000.0, f"a cluster of about 2,000 {SAME.format('cann')}"),
        ("Deep.One", 0.75, 0.25, "engineers", None, "engineers to port it to cann"),
    ]


def test_two_wants_of_one_model_in_one_replication_are_one_wait(labs):
    rows = [(0, "Deep.One", f"no engineers to port it to {stack}") for stack in ("cann", "cuda")]
    assert waiting_table(waits(*rows), labs, range(2), LAST).select("waiting", "share").rows() == [(0.5, 0.5)] * 2


UNDER_WAY = {
    "27% of its research is left": (27, "its research, 27% of which is left"),
    "its final run is not over for 9,412 days more": (9412, "its final run, which takes 9,412 days more"),
    "its port to cann is not over for 1 day more": (1, "its port to cann, which takes 1 day more"),
}


@pytest.mark.parametrize("detail", UNDER_WAY)
def test_what_is_under_way_is_a_wait_only_of_a_model_that_is_late(labs, detail):
    """Two is to come after the last day, Three has no date."""
    log = waits(*((0, f"Deep.{name}", detail) for name in ("One", "Two", "Three")))
    table = waiting_table(log, labs, [0], LAST)
    assert table.select("item", "want", "amount", "what").rows() == [("Deep.One", "time", *UNDER_WAY[detail])]


def test_days_that_are_left_differ_and_are_told_by_their_median(labs):
    rows = [(n, "Deep.One", f"its polish is not over for {days} days more") for n, days in enumerate((10, 30, 20))]
    assert waiting_table(waits(*rows), labs, range(3), LAST)["what"].to_list() == [
        "its polish, which takes about 20 days more"
    ]


def test_broken_replications_do_not_count(labs):
    assert waiting_table(waits((1, "Deep.One", CLUSTER.format(5))), labs, [0], LAST).rows() == []


def test_research_without_chips_stands_still(labs):
    one = "no chips for its research, 27% of which is left"
    table = waiting_table(waits((0, "Deep.One", one)), labs, [0], LAST)
    assert table.select("want", "what").rows() == [("research", "chips for its research, 27% of which is left")]


def test_a_model_that_should_be_out_and_was_never_begun_waits_for_the_one_before_it(labs):
    scene = load(LABS, (f"{DEEP}.Two.recorded=2024-06-01",)).scenario.labs
    log = logged((0, "research begun", "Deep.One", ""), (1, "research begun", "Deep.Two", ""))
    table = waiting_table(log, scene, range(2), LAST)
    assert table.select("item", "share", "what").rows() == [("Deep.Two", 0.5, "Deep One to be released")]
    assert waiting_table(log, labs, range(2), LAST).rows() == []


def test_a_model_behind_one_that_is_switched_off_waits_for_it():
    off = load(LABS, (f"{DEEP}.One.enabled=false",)).scenario.labs
    table = waiting_table(logged(), off, range(2), LAST)
    assert table.select("item", "share", "want", "what").rows() == [
        ("Deep.Two", 1.0, "model", "Deep One, which is switched off")
    ]


def test_models_with_dates_come_first_then_those_that_wait_most_often(labs):
    rows = [(number, item, CLUSTER.format(5)) for number, item in ((0, "Deep.Four"), (0, "Deep.Two"), (1, "Deep.Four"))]
    table = waiting_table(waits(*rows, (0, "Deep.Three", CLUSTER.format(5))), labs, range(2), LAST)
    assert table["item"].to_list() == ["Deep.Two", "Deep.Four", "Deep.Three"]


def test_no_log_gives_an_empty_table(labs):
    table = waiting_table(waits(), labs, [], LAST)
    assert (table.height, dict(table.schema)) == (0, WAITS)


def test_research_on_no_chips_is_logged_as_standing_still():
    built = yard([model("Deep.One", research=280.0, plan=10.0)], [[0, 0], [0, 0]])
    told(built)
    built.close()
    assert built.stage.journal.events[-1].detail == "no chips for its research, 100% of which is left"


def test_a_run_without_a_cluster_is_told_at_its_end_and_for_what(tmp_path):
    """Two's cluster is more than there ever is of Delta alone, and of Alpha alone."""
    words = ["run", LABS, "--reps", "2", "--out", str(tmp_path), "--set", f"{DEEP}.Two.cluster=35000"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    want = f"a cluster of 35,000 {SAME.format('cuda')}"
    assert f"waiting at the end: Deep Two in 100% of replications, for {want}\n" in done.stdout
    told = json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)
    assert told["waiting"] == [
        {
            "lab": "Deep",
            "model": "Two",
            "on_roadmap": True,
            "planned": None,
            "recorded": None,
            "share": 1.0,
            "wants": [{"want": "cluster", "share": 1.0, "amount": 35000.0, "what": want}],
        }
    ]
    (folder,) = tmp_path.glob("labs-*")
    assert RunResult(open_run(folder)).waiting["what"].to_list() == [want]


def test_a_model_that_cannot_be_done_in_time_is_told_at_the_end_with_the_days_that_are_left(tmp_path):
    """One's run is on a single chip."""
    words = ["run", LABS, "--reps", "2", "--out", str(tmp_path), "--set", f"{DEEP}.One.cluster=1"]
    done = CliRunner().invoke(app, [*words, "--set", f"{DEEP}.One.recorded=2023-01-01"])
    assert done.exit_code == 0, done.output
    (told,) = (line for line in done.stdout.splitlines() if line.startswith("waiting at the end: Deep One"))
    assert re.fullmatch(r".* in 100% of replications, for its final run, which takes (about )?[\d,]+ days more", told)


def test_a_world_without_labs_has_nothing_that_waits(tmp_path):
    done = CliRunner().invoke(app, ["run", TINY, "--reps", "1", "--out", str(tmp_path), "--json"])
    assert json.loads(done.stdout)["waiting"] == []


def row(name, share, on_roadmap, *whats):
    wants = [{"want": "model", "share": share, "amount": None, "what": what} for what in whats]
    return {"lab": "Deep", "model": name, "on_roadmap": on_roadmap, "share": share, "wants": wants}


def test_a_few_wants_are_told_one_by_one_and_the_rest_counted(capsys):
    tell_waiting([row(name, 0.5, True, f"chips of {name}") for name in "ABCDE"])
    tell_waiting([row("A", 0.25, True, "chips", "men"), row("L", 0.1, False, "chips"), row("M", 0.3, False, "chips")])
    tell_waiting([row("A", 1.0, True, "B"), row("C", 1.0, True, "B"), row("L", 0.1, False, "chips")])
    assert capsys.readouterr().out.splitlines() == [
        *(f"waiting at the end: Deep {name} in 50% of replications, for chips of {name}" for name in "ABC"),
        "2 more lines like these: see waiting.parquet",
        "waiting at the end: Deep A in 25% of replications, most often for chips",
        "waiting at the end: 2 models beyond the roadmaps, in at most 30% of replications each: see waiting.parquet",
        "waiting at the end: Deep A, C in 100% of replications, for B",
        "waiting at the end: one model beyond the roadmaps, in 10% of replications: see waiting.parquet",
    ]
