"""Milestones, training against inference, tokens: what is drawn is what the run's tables say, and it can be read."""

import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from pages import assert_legible
from test_report_charts import words_of
from typer.testing import CliRunner

from sim.cli.app import app
from sim.facts.labs import Lab
from sim.study.charts.choices import OF_LABS, Name, Wish
from sim.study.charts.geometry import at
from sim.study.charts.registry import CHARTS, write_chart
from sim.study.charts.style import look
from sim.study.charts.view import View, view_of
from sim.study.charts.workloads import HEADROOM, TALLEST, begins, of_use, unmet_by_year, use_table, uses_in
from sim.study.keeping.milestones import milestones_in, milestones_table
from sim.study.keeping.shelf import FOLDER

TINY = str(Path(__file__).parent / "worlds" / "tiny" / "tiny.toml")
DATED = pl.col("planned").is_not_null() | pl.col("recorded").is_not_null()


def chipsim(*words: str):
    return CliRunner().invoke(app, list(words))


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    parent = tmp_path_factory.mktemp("runs")
    done = chipsim("run", "baseline", "--reps", "6", "--jobs", "1", "--out", str(parent))
    assert done.exit_code == 0, done.output
    return next(path for path in parent.iterdir() if path.name != FOLDER)


@pytest.fixture(scope="module")
def view(folder) -> View:
    return view_of(folder)


def drawn(view: View, wish: Wish):
    with look():
        drawing = CHARTS[wish.chart](view, wish)
        drawing.figure.canvas.draw()
    return drawing


def csv_of(view: View, wish: Wish, tmp_path: Path) -> pl.DataFrame:
    _, numbers = write_chart(tmp_path, view, wish)
    return pl.read_csv(numbers, try_parse_dates=True)


WISHES = [
    Wish(Name.MILESTONES),
    Wish(Name.MILESTONES, lab="DeepSeek"),
    Wish(Name.MILESTONES, lab="Tencent"),
    Wish(Name.TRAINING_INFERENCE),
    Wish(Name.TRAINING_INFERENCE, holder="ByteDance"),
    Wish(Name.TOKENS),
]


@pytest.mark.parametrize("wish", WISHES, ids=lambda wish: wish.file)
def test_every_page_can_be_read(view, wish):
    figure = drawn(view, wish).figure
    texts = [text for ax in figure.axes for text in words_of(ax) if text.get_text() and text.get_visible()]
    texts += [label for label in figure.axes[-1].get_xticklabels(which="minor") if label.get_text()]
    with look():
        assert_legible(figure, [*dict.fromkeys(texts), *figure.texts])
    assert "6 replications" in figure.texts[0].get_text()
    assert figure.axes[0].get_title(loc="left")


def test_milestones_are_those_of_the_models_with_a_date_and_the_rest_is_told(view, folder, tmp_path):
    kept = milestones_in(folder).filter(pl.col("actor") != "")
    dated = kept.filter(DATED)["item"].unique()
    table = csv_of(view, Wish(Name.MILESTONES), tmp_path)

    assert table.rename({"lab": "actor", "model": "item"}).rows() == kept.filter(pl.col("item").is_in(dated)).rows()
    words = [text.get_text() for text in drawn(view, Wish(Name.MILESTONES)).figure.axes[0].texts]
    left_out = kept["item"].n_unique() - len(dated)
    assert any(f"{left_out} models without a date are left out" in text.replace("\n", " ") for text in words)


def test_bars_and_signs_stand_where_the_table_says(view, folder):
    kept = milestones_in(folder).filter(pl.col("item") == "DeepSeek.V3")
    days = dict(kept.select("milestone", "p50").iter_rows())
    (ax,) = drawn(view, Wish(Name.MILESTONES)).figure.axes
    bars = {bars.get_label(): bars[0] for bars in ax.containers}
    run = bars["DeepSeek V3: final run"]

    assert (run.get_x(), run.get_x() + run.get_width()) == pytest.approx((at(days["final run"]), at(days["trained"])))
    row = [label.get_text() for label in ax.get_yticklabels()].index("V3")
    signs = {(line.get_label(), line.get_xdata()[0]) for line in ax.lines if abs(line.get_ydata()[0] - row) < 0.5}
    assert {("median", at(days["released"])), ("recorded", at(date(2024, 12, 26)))} <= signs


def test_one_labs_page_has_all_its_models_those_with_a_date_first(view, folder):
    (ax,) = drawn(view, Wish(Name.MILESTONES, lab="deepseek")).figure.axes
    mine = milestones_in(folder).filter(pl.col("actor") == "DeepSeek")
    rows = [f"DeepSeek.{label.get_text()}" for label in ax.get_yticklabels()]
    dated = mine.filter(DATED)["item"].to_list()

    assert rows[: len(dated)] == dated
    assert sorted(rows) == sorted(mine["item"].unique())
    assert [row for row in rows if row in ("DeepSeek.V5", "DeepSeek.V6", "DeepSeek.V7")] == [
        f"DeepSeek.V{number}" for number in (5, 6, 7) if f"DeepSeek.V{number}" in rows
    ]


def test_shares_beside_the_rows_are_those_of_the_replications(view, folder):
    released = milestones_in(folder).filter(pl.col("milestone") == "released", pl.col("actor") == "DeepSeek")
    few = released.filter(pl.col("reached") < 1)
    (ax,) = drawn(view, Wish(Name.MILESTONES, lab="DeepSeek")).figure.axes
    words = [text.get_text() for text in ax.texts]

    assert len(few)
    for share in few["reached"]:
        assert f"{share:.0%}" in words
    assert words.count("all") == len(released) - len(few)


def test_a_model_that_is_never_released_keeps_its_dates():
    model = {
        "size": "small", "starts": date(2024, 1, 1), "stack": "cuda", "planned": date(2024, 5, 1),
        **{key: {"central": 1.0} for key in ("flop", "research", "research_days", "cluster")},
    }  # fmt: skip
    half = {key: {"central": 0.5} for key in ("patience", "elsewhere")}
    lab = Lab.model_validate({"holder": "H", "users": {"points": {"2024-01-01": 1.0}}, "models": {"M": model}, **half})
    events = pl.LazyFrame(
        {"replication": [0], "actor": ["L"], "item": ["L.M"], "kind": ["research begun"], "date": [date(2024, 1, 1)]}
        | {"detail": [""], "quantity": [None]}
    )
    row = milestones_table(events, {"L": lab}, [0, 1]).row(1, named=True)

    assert (row["milestone"], row["planned"], row["reached"]) == ("released", date(2024, 5, 1), 0.0)
    assert row["p5"] is None


@pytest.mark.parametrize("holder", [None, "ByteDance"])
def test_capacity_and_demand_are_the_summarys(view, tmp_path, holder):
    table = csv_of(view, Wish(Name.TRAINING_INFERENCE, holder=holder), tmp_path)
    mine = pl.col("actor").is_null() if holder is None else pl.col("actor") == holder
    for use in ("training", "inference"):
        asks = view.summary.filter(pl.col("measure") == f"{use}_demand", mine, pl.col("item").is_null())
        rows = asks.filter(pl.col("date") >= table["date"].min())
        asked = table.filter(pl.col("use") == use, pl.col("what") == "demand")
        assert asked["mean"].to_list() == pytest.approx(rows["mean"].to_list())
        parts = table.filter(pl.col("use") == use, ~pl.col("what").is_in(["capacity", "demand", "unmet"]))
        whole = table.filter(pl.col("use") == use, pl.col("what") == "capacity")
        assert parts.group_by("date").agg(pl.col("mean").sum()).sort("date")["mean"].to_list() == pytest.approx(
            whole["mean"].to_list()
        )


def test_a_demand_far_above_what_there_is_leaves_the_panel_and_its_end_says_so(view):
    figure = drawn(view, Wish(Name.TRAINING_INFERENCE)).figure
    numbers = use_table(uses_in(view), None, begins(view))
    for ax, use in zip(figure.axes, ("training", "inference"), strict=False):
        most, asked = (of_use(numbers, use, what)["mean"] for what in ("capacity", "demand"))
        assert ax.get_ylim()[1] <= TALLEST * HEADROOM * most.max() * 1.001
        ends = [text.get_text() for text in ax.texts if text.get_text().startswith("demand")]
        assert ends[0].startswith("demand ↑") == (asked[-1] > TALLEST * most.max())


def test_what_training_has_and_lacks_is_what_it_asks_for(view, tmp_path):
    """Means add up, so the gap between areas and line is the unmet demand, and the share written is its part."""
    table = csv_of(view, Wish(Name.TRAINING_INFERENCE), tmp_path).filter(pl.col("use") == "training")
    has, lacks, asks = (table.filter(pl.col("what") == what)["mean"] for what in ("capacity", "unmet", "demand"))
    assert (has + lacks).to_list() == pytest.approx(asks.to_list())

    in_2025 = table.filter(pl.col("date").dt.year() == 2025)
    sums = dict(in_2025.group_by("what").agg(pl.col("mean").sum()).iter_rows())
    share = dict(unmet_by_year(table, "training").iter_rows())[2025]
    assert share == pytest.approx(sums["unmet"] / sums["demand"])
    ax = drawn(view, Wish(Name.TRAINING_INFERENCE)).figure.axes[0]
    assert f"{share:.0%}" in [text.get_text() for text in ax.texts]
    assert f"{share:.0%} of training demand" in ax.get_title(loc="left")


def test_tokens_are_the_summarys_and_what_is_asked_is_told_apart(view, tmp_path):
    table = csv_of(view, Wish(Name.TOKENS), tmp_path)
    told = {lab: rows for (lab,), rows in table.group_by("lab", maintain_order=True)}
    rows = view.summary.filter(pl.col("measure") == "tokens", pl.col("date") >= table["date"].min())

    assert told["all labs"]["p95"].to_list() == rows.filter(pl.col("actor").is_null())["p95"].to_list()
    assert told["DeepSeek"]["p50"].to_list() == rows.filter(pl.col("actor") == "DeepSeek")["p50"].to_list()
    asked = dict(told["asked"].select("date", "p50").iter_rows())
    assert asked[date(2025, 12, 31)] == view.values["serving"]["tokens"]["points"]["2025-12-31"]
    (ax,) = drawn(view, Wish(Name.TOKENS)).figure.axes
    points = [tuple(line.get_ydata()) for line in ax.lines if line.get_label() == "asked"]
    assert sorted(value for some in points for value in some) == sorted(asked.values())
    assert "asked (I1)" in [text.get_text() for text in ax.texts]
    assert ax.get_yscale() == "log"


@pytest.mark.parametrize("chart", OF_LABS)
def test_a_world_without_labs_is_told_before_anything_is_run(chart, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = chipsim("plot", TINY, "--chart", chart)

    assert done.exit_code == 2
    assert (
        f"has no labs, which the chart {chart} is about; run a scenario that has them: chipsim run baseline"
        in done.stderr
    )
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("chart", OF_LABS)
def test_a_run_without_labs_is_told_too(chart, tmp_path):
    done = chipsim("run", TINY, "--out", str(tmp_path))
    assert done.exit_code == 0
    run = next(path for path in tmp_path.iterdir() if path.name != FOLDER)
    told = chipsim("plot", str(run), "--chart", chart)

    assert told.exit_code == 2
    assert f"{run.name}: --chart: has no labs" in told.stderr


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--chart", "milestones", "--lab", "deepseak"), "did you mean DeepSeek"),
        (("--chart", "training-inference", "--holder", "nobody"), "no holder 'nobody'; known: Alibaba"),
        (("--chart", "tokens", "--lab", "DeepSeek"), "--lab: means nothing for tokens; leave it out"),
    ],
)
def test_a_slip_is_exit_2_with_a_suggestion(folder, words, problem):
    done = chipsim("plot", str(folder), *words)

    assert done.exit_code == 2
    assert problem in done.stderr


def test_a_run_prints_the_models_with_a_date_in_80_columns(folder, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    words = ("run", "baseline", "--reps", "6", "--jobs", "1", "--out", str(folder.parent))
    lines = chipsim(*words).stdout.splitlines()
    told = lines[lines.index(next(line for line in lines if line.startswith("Releases of models"))) :]
    (row,) = (line for line in told if "DeepSeek R2 " in line)
    released = milestones_in(folder).filter(pl.col("milestone") == "released")
    r2 = released.row(released["item"].to_list().index("DeepSeek.R2"), named=True)

    assert max(len(line) for line in told[:-2]) <= 80
    assert row.split()[2:4] == ["May", "2025"]
    assert f"{r2['p50']:%b %Y}" in row
    assert row.split()[-2:] == ["Aug", "2025"]
    assert not any("V5" in line for line in told)

    found = json.loads(chipsim(*words, "--json").stdout)["milestones"]
    found = [one for one in found if one["milestone"] == "released" or not one["lab"]]
    assert [f"{one['lab']}.{one['model']}" for one in found[:-1]] == released["item"].to_list()
    assert (found[-1]["model"], found[-1]["milestone"]) == ("first 1e26 FLOP run", "final run")
    assert any(line.startswith("first 1e26 FLOP run: ") for line in told)
    assert next(one for one in found if one["model"] == "R2")["p50"] == r2["p50"].isoformat()
