"""Scores against recorded history: what counts as inside and covered, what a day knows, what the command tells."""

import csv
import json
from datetime import date
from io import StringIO
from math import inf, log, nan
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from histories import history
from matplotlib.figure import Figure
from rich.console import Console
from test_observations import one
from typer.testing import CliRunner

from sim.cli.app import app
from sim.cli.validate import score_table
from sim.facts.errors import InputError
from sim.study.charts.validation import Options, draw_validation, rows_of
from sim.study.question import Asked, ask
from sim.study.reading.load import load
from sim.study.scoring.as_of import as_of_date, known_on
from sim.study.scoring.figures import Interval, Observation
from sim.study.scoring.observations import recorded
from sim.study.scoring.score import Score, quantiles, scores, total, two_sided_checks, typical_error
from sim.study.scoring.telling import apart, recorded_range, simulated_range
from sim.world.series import OF_LABS


def score(levels, **changes):
    observations = one(**changes)
    return Score("one", observations.figures["one"], observations.interval("one"), *levels)


@pytest.mark.parametrize(
    ("levels", "changes", "inside", "covered", "error"),
    [
        ((70, 110, 150), {}, True, True, log(1.1)),
        ((110, 120, 150), {}, True, False, log(1.2)),
        ((90, 130, 150), {}, False, True, log(1.3)),
        ((0, 0, 0), {}, False, False, None),
        ((0, 4, 9), {"central": 0.0}, True, True, 4),
        ((6, 7, 9), {"central": 0.0}, False, False, 7),
        ((90, 500, 900), {"bound": "at least"}, True, True, log(5)),
        ((50, 60, 90), {"bound": "at least"}, False, False, log(0.6)),
        ((50, 150, 190), {"bound": "at most"}, False, True, log(1.5)),
        ((95, 115, inf), {"event": "a", "since": "b", "chips": ["X"], "unit": "days"}, True, True, 15),
        ((95, inf, inf), {"event": "a", "since": "b", "chips": ["X"], "unit": "days"}, False, True, None),
    ],
)
def test_inside_covered_and_error(levels, changes, inside, covered, error):
    if "event" in changes:
        changes = {**changes, "measure": None, "period": None}
    found = score(levels, **changes)
    assert (found.inside, found.covered) == (inside, covered)
    assert found.error == (error if error is None else pytest.approx(error))


def test_quantiles_leave_out_what_is_undefined_and_count_what_never_came_as_last():
    assert quantiles(np.array([3.0, nan, 1.0, 2.0])) == (1.1, 2.0, 2.9)
    assert quantiles(np.array([1.0, 2.0, inf])) == (2.0, 2.0, inf)
    assert quantiles(np.array([1.0, inf, inf]))[1] == inf
    assert quantiles(np.array([nan, nan])) is None


def named(parent, inside):
    figure = Observation.model_construct(parent=parent, bound="", since="", unit="chips")
    return Score(parent, figure, Interval(90, 100, 110), 95, 100 if inside else 200, 205)


def test_figures_of_one_origin_share_one_vote():
    group = total([named("a", True), named("a", True), named("a", False), named("b", False)])
    assert (group.figures, group.inside, group.parents) == (4, 2, 2)
    assert group.share == 0.5
    assert group.by_parent == pytest.approx((2 / 3 + 0) / 2)


def test_a_simulated_nothing_weighs_in_the_typical_error():
    assert typical_error([score((1, 110, 120)), score((0, 0, 0)), score((0, 0, 0))]) == inf


def test_numbers_are_told_as_people_write_them():
    found = score((90_000, 110_000, 130_000), central=100_000.0)
    assert (recorded_range(found), simulated_range(found), apart(found)) == ("0.08M - 0.12M", "0.09M - 0.13M", "x1.10")


def test_a_figure_that_the_run_does_not_tell_of_is_not_scored():
    assert scores(one(), {}) == ()
    assert scores(one(), {"one": np.array([nan])}) == ()


def test_a_figure_is_a_forecast_if_its_period_ends_after_the_day_whenever_it_was_published():
    days = (date(2024, 2, 28), date(2024, 2, 29), date(2024, 6, 1))
    found = [one_score for day in days for one_score in scores(one(), {"one": np.array([100.0])}, day)]
    assert [figure.tense for figure in found] == ["forecast", "hindcast", "hindcast"]


def test_zeros_bounds_and_calibration_do_not_count_among_two_sided_checks():
    firm, missed = score((90, 100, 110)), score((400, 500, 600))
    easy = (score((0, 0, 0), central=0.0), score((90, 500, 900), bound="at least"))
    group = two_sided_checks([firm, missed, *easy, score((90, 100, 110), role="calibration")])
    assert (group.inside, group.figures) == (1, 2)


# what a day knows

BASE = load("baseline")
TINY = str(Path(__file__).parent / "worlds" / "tiny" / "tiny.toml")
DAY = date(2024, 9, 1)


@pytest.fixture(scope="module")
def then():
    knowledge = known_on(BASE, DAY)
    return knowledge, load("baseline", knowledge.settings).scenario


def test_later_rules_do_not_exist_and_earlier_ones_stand(then):
    knowledge, scenario = then
    assert not scenario.rules["us-2025-04-h20-bandwidth"].enabled
    assert scenario.rules["us-2023-10-advanced-computing"].enabled
    assert knowledge.leaked == ("us-2024-12-hbm",)
    assert scenario.rules["us-2024-12-hbm"].enabled
    assert scenario.window.known_until == DAY


def test_a_withdrawal_that_had_not_come_is_not_known_but_the_end_of_a_grace_is():
    during = load("baseline", known_on(BASE, date(2025, 2, 1)).settings).scenario
    assert during.rules["us-2025-01-diffusion"].withdrawn_days is None
    graced = load("baseline", known_on(BASE, date(2022, 10, 1)).settings).scenario
    assert graced.rules["us-2022-09-a100-support"].withdrawn_days == 182


def test_points_by_the_day_stay_and_none_is_made_up_towards_a_later_one(then):
    _, scenario = then
    load_then, whole = scenario.demand.load, BASE.scenario.demand.load
    assert {when: value for when, value in load_then.points.items() if when <= date(2024, 1, 1)} == {
        when: value for when, value in whole.points.items() if when <= DAY
    }
    assert load_then.fan_from == date(2024, 1, 1)
    assert load_then.at(DAY.toordinal() + 1000) > load_then.at(DAY.toordinal()) > load_then.points[date(2024, 1, 1)]
    assert load_then.relative_low == whole.relative_low
    share, then_share = BASE.scenario.buyers["Alibaba"].share, scenario.buyers["Alibaba"].share
    assert then_share.at(DAY.toordinal() + 1000) == then_share.at(DAY.toordinal()) == share.points[date(2024, 1, 1)]


@pytest.mark.parametrize("day", [date(2020, 6, 1), date(2022, 10, 7), date(2024, 1, 1), DAY, date(2026, 6, 1)])
def test_no_series_has_a_later_point_but_the_first_of_one_that_begins_later(day):
    knowledge = known_on(BASE, day)
    loaded = load("baseline", knowledge.settings)
    for key, origin in loaded.provenance.items():
        points = origin.value.get("points") if isinstance(origin.value, dict) else None
        made_up = points and "fan_from" in origin.value
        if points and max(points) > day.isoformat() and not made_up:
            known_then = points == {min(points): 0} or key in knowledge.treated("first value kept")
            assert len(points) == 1, key
            assert known_then or key.endswith(".abroad") or key.rpartition(".")[2] == "china_share_cap", key
        if made_up:
            last = origin.value["fan_from"].isoformat()
            assert {at: v for at, v in points.items() if at <= last}.items() <= BASE.provenance[key].value[
                "points"
            ].items()
        prior = key in knowledge.treated("prior")
        assert not points or prior or origin.source == BASE.provenance[key].source, key


def test_later_parts_memories_and_fronts_are_put_after_the_window():
    loaded = load("baseline", known_on(BASE, date(2022, 3, 15)).settings)
    scenario, end = loaded.scenario, BASE.scenario.window.end
    hopper = scenario.foreign["nvidia"].lines["hopper"]
    assert set(hopper.parts.values()) == {end}
    assert {name: option.available for name, option in hopper.grid.memory.items()} == {
        "hbm3-80": date(2022, 3, 1),
        "hbm3-96": end,
    }
    assert scenario.domestic["huawei"].orders_as == {"huawei": date(2020, 1, 1), "sophgo": end}
    assert scenario.foreign["nvidia"].lines["ampere"].parts == BASE.scenario.foreign["nvidia"].lines["ampere"].parts


def test_a_product_that_starts_later_is_never_mixed_in(then):
    _, scenario = then
    products = scenario.domestic["huawei"].products
    unborn = [name for name in products if not any(products[name].mix.points.values())]
    assert unborn == ["Ascend-910C", "Ascend-950PR", "Ascend-950DT", "Ascend-960"]


def test_the_world_takes_all_of_a_line_whose_limit_comes_later(then):
    _, scenario = then
    assert min(scenario.foreign["nvidia"].lines["hopper"].abroad.points) == scenario.window.end


def test_an_amount_that_begins_later_is_nothing_until_then(then):
    assert "memory.desoldered" in then[0].treated("not begun")
    assert set(then[1].memory.desoldered.points.values()) == {0.0}


LATER = (
    "foreign.acme.lines.one.parts.Alpha=2023-06-01",
    "domestic.delta.products.Delta.mix={ points = { 2023-06-01 = 1.0 } }",
)


@pytest.mark.parametrize(("day", "some"), [(date(2023, 3, 1), False), (date(2023, 6, 1), True)])
def test_a_tiny_world_makes_only_what_had_been_launched(day, some):
    whole = (*LATER, "rules.ban.enabled=false")
    cut = known_on(load(TINY, whole), day).settings
    settings = tuple({one_setting.partition("=")[0]: one_setting for one_setting in (*whole, *cut)}.values())
    past = history(TINY, 2, 1, settings)
    assert (past.total("deliveries", date(2022, 1, 1), date(2024, 12, 1), chip="Alpha") > 0).all() == some
    assert (past.total("deliveries", date(2022, 1, 1), date(2024, 12, 1), chip="Delta") > 0).all() == some
    assert any(event.kind == "part launched" for outcome in past.outcomes for event in outcome.events) == some


def test_what_had_no_silicon_makes_nothing(then):
    _, scenario = then
    assert set(scenario.foreign["nvidia"].lines["blackwell"].output.points.values()) == {0.0}
    assert scenario.foreign["nvidia"].lines["hopper"].output.at(DAY.toordinal()) > 0


def test_another_day_is_another_question():
    asked = [ask("baseline", Asked(known_on(BASE, day).settings)) for day in (DAY, date(2024, 9, 2))]
    assert len({question.hash for question in (*asked, ask("baseline", Asked()))}) == 3


@pytest.mark.parametrize("day", ["yesterday", "2024-02-30", "2024"])
def test_a_day_that_is_none_is_told(day):
    with pytest.raises(InputError, match=f"--as-of: '{day}' is not a date; write it as 2024-01-01"):
        as_of_date(day)


def test_a_day_outside_the_window_is_told():
    with pytest.raises(InputError, match="--as-of: 2031-01-01 is not between 2020-01-01 and 2029-01-01"):
        known_on(BASE, date(2031, 1, 1))


# the command


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("runs")


def chipsim(*arguments):
    return CliRunner().invoke(app, [*arguments], catch_exceptions=False)


def test_the_scoreboard_fits_eighty_columns_and_a_miss_is_no_failure(folder):
    page = folder / "page.md"
    done = chipsim("validate", "--reps", "3", "--jobs", "1", "--out", str(folder), "--write", str(page))
    assert done.exit_code == 0
    table = done.stdout.partition("written:")[0]
    said = " ".join(table.split())
    assert max(map(len, table.splitlines())) <= 80
    assert "NO" in table
    assert "calibration figures" in said
    assert "check figures" in said
    assert "recorded values: calibration " in said
    assert "Check figures without recorded zeros and one-sided bounds: " in said
    written = page.read_text(encoding="utf-8")
    for name, figure in recorded().figures.items():
        told = BASE.scenario.labs or figure.measure not in OF_LABS
        assert (f"| {figure.what} |" if told else f"- `{name}`: it is not recorded in a world without labs") in written
    assert "## Misses" in written
    assert "| check, without recorded zeros and one-sided bounds |" in written
    assert " inside.\n" in written.partition("## Totals")[0]


def test_json_tells_every_figure_and_the_chart_lies_beside_the_run(folder):
    done = chipsim("validate", "--reps", "3", "--jobs", "1", "--out", str(folder), "--json")
    told = json.loads(done.stdout)
    assert told["schema"] == "chipsim/validate/1"
    assert len(told["figures"]) + len(told["left_out"]) == len(recorded().figures)
    assert told["totals"]["all"]["figures"] == len(told["figures"])
    plain = [row for row in told["figures"] if row["role"] == "check" and not row["bound"] and row["central"] != 0]
    assert told["totals"]["check"]["coverage"] > 0
    assert told["check_two_sided"]["figures"] == len(plain)
    assert told["check_two_sided"]["inside"] == sum(row["inside"] for row in plain)
    assert {path.rpartition(".")[2] for path in told["written"]} == {"png", "csv"}
    numbers = list(csv.DictReader(Path(told["written"][1]).read_text(encoding="utf-8").splitlines()))
    assert [row["name"] for row in numbers] == [row["name"] for row in told["figures"]]
    flown = pl.read_parquet(f"{told['path']}/observed.parquet").filter(pl.col("figure") == "h20-2024")
    row = next(row for row in told["figures"] if row["name"] == "h20-2024")
    assert row["p50"] == flown["value"].median()


def test_an_as_of_run_says_what_it_knows_and_what_it_cannot_take_away(folder):
    done = chipsim("validate", "--as-of", "2024-01-01", "--reps", "2", "--jobs", "1", "--out", str(folder))
    table = done.stdout.partition("written:")[0]
    said = " ".join(table.split())
    assert done.exit_code == 0
    assert max(map(len, table.splitlines())) <= 80
    assert said.startswith("Forecasts (of what ends after that day): ")
    assert "Taken away: 24 later rules" in said
    assert "fitted to figures published later: foreign.nvidia.lines.ampere.china_share_cap" in said
    assert "Carried on along their own trend, damped, less surely every year: " in said
    assert "Nothing until they begin: foreign.nvidia.lines.hopper.abroad, memory.desoldered." in said
    assert "Kept though every dated source of theirs came later: the centres of " in said


def test_an_as_of_document_names_every_number_that_is_not_plainly_known(folder):
    arguments = ("--as-of", "2024-01-01", "--reps", "2", "--jobs", "1", "--out", str(folder), "--json")
    told = json.loads(chipsim("validate", *arguments).stdout)
    known = told["knowledge"]
    assert sum(known["standings"].values()) == sum(known["treatments"].values())
    listed = {one["key"] for one in known["levels"]}
    assert len(listed) >= sum(count for name, count in known["standings"].items() if name != "known")
    groups = known["scores"]
    assert sum(group["figures"] for group in groups.values()) == len(told["figures"])
    forecasts = [row for row in told["figures"] if row["tense"] == "forecast"]
    assert groups["forecast"]["figures"] == len(forecasts)
    assert all(row["last_day"] > "2024-01-01" for row in forecasts)
    unpublished = [row for row in told["figures"] if row["tense"] == "hindcast" and not row["published_by_then"]]
    assert groups["past, unpublished"]["figures"] == len(unpublished)
    assert any(one.startswith("demand.load=") for one in known["settings"])


@pytest.mark.parametrize("width", [60, 80])
def test_the_tables_fit_a_narrow_terminal(width):
    long = score((90_000, 110_000, 130_000), what="A long name of a figure, 2024", central=100_000.0)
    several = (long, score((0, 0, 0), what="B"))
    console = Console(width=width, record=True, file=StringIO())
    console.print(score_table("A topic", several, width))
    text = console.export_text()
    assert max(len(line.rstrip()) for line in text.splitlines()) <= width
    assert "…" not in text
    assert all(word in text for word in ("recorded", "model", "2024", "NO"))


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (("--as-of", "soon"), "--as-of: 'soon' is not a date"),
        (("--reps", "0"), "--reps: 0 is not a number of replications"),
        (("no-such-world",), "no scenario is named 'no-such-world'"),
    ],
)
def test_bad_input_is_told_before_anything_runs(arguments, wanted, folder):
    done = chipsim("validate", *arguments, "--out", str(folder / "none"))
    assert done.exit_code == 2
    assert wanted in done.stderr
    assert not (folder / "none").exists()


def test_the_chart_draws_calibration_and_check_apart():
    several = [
        score((90, 100, 110), role=role, what=f"{role} {middle}") for role, middle in (("check", 1), ("calibration", 2))
    ]
    ax = Figure().add_subplot()
    assert draw_validation(ax, rows_of(several), Options("title", "subtitle")) is ax
    said = {text.get_text() for text in ax.texts}
    assert {"check 1", "calibration 2", "t", "title"} <= said
    faces = {line.get_markerfacecolor() for line in ax.get_lines() if line.get_marker() == "o"}
    assert len(faces) >= 2
    with pytest.raises(ValueError, match="no figure"):
        draw_validation(ax, rows_of([]), Options("", ""))
