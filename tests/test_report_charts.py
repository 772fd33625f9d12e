"""Origins, bottleneck, timeline and orders of a real run: their numbers are the run's, their pages can be read."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from pages import assert_legible
from typer.testing import CliRunner

from sim.cli.app import app
from sim.study.charts.choices import Name, Units, Wish
from sim.study.charts.registry import CHARTS, write_chart
from sim.study.charts.style import look
from sim.study.charts.view import View, view_of
from sim.study.keeping.results import find_run
from sim.study.keeping.shelf import FOLDER

NEW = (Name.ORIGINS, Name.BOTTLENECK, Name.TIMELINE, Name.ORDERS)
TINY = str(Path(__file__).parent / "worlds" / "tiny" / "tiny.toml")
LEVELS = {"p5": 0.05, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p95": 0.95}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    parent = tmp_path_factory.mktemp("runs")
    done = CliRunner().invoke(app, ["run", "baseline", "--reps", "4", "--jobs", "1", "--raw", "--out", str(parent)])
    assert done.exit_code == 0, done.output
    return next(path for path in parent.iterdir() if path.name != FOLDER)


@pytest.fixture(scope="module")
def view(folder) -> View:
    return view_of(folder)


@pytest.fixture(scope="module")
def raw(folder) -> pl.DataFrame:
    return pl.read_parquet(folder / "series.parquet")


def totals(raw: pl.DataFrame, measure: str, **labels: str | None) -> pl.DataFrame:
    """One measure's series under the given labels, null where not given."""
    rows = raw.filter(pl.col("measure") == measure)
    for column in ("actor", "chip", "origin", "item"):
        wanted = labels.get(column)
        rows = rows.filter(pl.col(column).is_null() if wanted is None else pl.col(column) == wanted)
    return rows


def quantiles(values: pl.Series) -> list[float]:
    return [float(np.quantile(values.drop_nulls().to_numpy(), level)) for level in LEVELS.values()]


def csv_of(view: View, wish: Wish, tmp_path: Path) -> pl.DataFrame:
    _, numbers = write_chart(tmp_path, view, wish)
    return pl.read_csv(numbers, try_parse_dates=True)


@pytest.mark.parametrize("origin", ["legal", "domestic", None])
def test_a_quarter_is_added_up_in_each_replication_before_its_quantiles(view, raw, origin):
    with look():
        table = CHARTS[Name.ORIGINS](view, Wish(Name.ORIGINS)).numbers
    monthly = totals(raw, "deliveries", origin=origin)
    quarterly = monthly.group_by("replication", pl.col("date").dt.truncate("1q")).agg(pl.col("value").sum())

    mine = table.filter(pl.col("group") == (origin or "all"), pl.col("period") == "origin by quarter")
    assert len(mine) == 36
    for row in mine.iter_rows(named=True):
        values = quarterly.filter(pl.col("date") == row["date"].replace(month=row["date"].month - 2, day=1))["value"]
        assert [row[name] for name in LEVELS] == pytest.approx(quantiles(values)), row["date"]


def test_equivalents_of_an_inflow_are_counted_in_each_replication(view, raw, tmp_path):
    """What arrived in a month in which nothing wore out and nothing was there before is what then stands."""
    table = csv_of(view, Wish(Name.ORIGINS, units=Units.TRAINING), tmp_path)
    year = table.filter(pl.col("period") == "origin by trailing year", pl.col("group") == "all").row(0, named=True)
    chips = [c for c in raw.filter(pl.col("measure") == "deliveries")["chip"].unique() if c]
    sums = np.zeros(raw["replication"].n_unique())
    for chip in chips:
        came = totals(raw, "deliveries", chip=chip).filter(
            pl.col("date") <= year["date"], pl.col("date") > year["date"].replace(year=year["date"].year - 1)
        )
        held, worth = (totals(raw, name, chip=chip) for name in ("stock", "stock_h100e_training"))
        if worth.is_empty() or came.is_empty():
            continue
        rate = [w / h if h else 0.0 for h, w in zip(by_replication(held), by_replication(worth), strict=True)]
        sums += np.array(by_replication(came)) * rate

    assert [year[name] for name in LEVELS] == pytest.approx([np.quantile(sums, level) for level in LEVELS.values()])


def by_replication(rows: pl.DataFrame) -> list[float]:
    return rows.group_by("replication").agg(pl.col("value").sum()).sort("replication")["value"].to_list()


def test_bars_of_the_inflow_are_its_medians(view):
    with look():
        drawing = CHARTS[Name.ORIGINS](view, Wish(Name.ORIGINS))
    (ax,) = drawing.figure.axes
    bars = {bars.get_label(): [bar.get_height() for bar in bars] for bars in ax.containers}

    for origin, heights in bars.items():
        rows = drawing.numbers.filter(pl.col("group") == origin, pl.col("period") == "origin by quarter")
        assert heights == rows["p50"].to_list()
    assert {"legal", "domestic"} <= set(bars)
    assert ax.get_ylabel() == "Million chips a quarter"


def test_the_input_that_binds_most_often_is_told_with_how_often(view, raw, tmp_path):
    table = csv_of(view, Wish(Name.BOTTLENECK), tmp_path)
    binding = raw.filter(pl.col("measure") == "binding", pl.col("actor") == "huawei").group_by("date", "item")
    often = {(d, i): share for d, i, share in binding.agg(pl.col("value").mean()).iter_rows()}

    mine = table.filter(pl.col("maker") == "huawei")
    assert table["maker"][0] == "huawei"
    assert len(mine) == 108
    for row in mine.filter(pl.col("binds").is_not_null()).iter_rows(named=True):
        assert (
            row["agree"]
            == often[row["date"], row["binds"]]
            == max(share for (day, _), share in often.items() if day == row["date"])
        )


def test_orders_of_a_chip_are_the_series_quantiles_and_the_rush_is_there(view, raw, tmp_path):
    table = csv_of(view, Wish(Name.ORDERS, chip="h20"), tmp_path)

    for measure in ("orders", "deliveries", "backlog"):
        rows = totals(raw, measure, chip="H20")
        for row in table.filter(pl.col("measure") == measure).iter_rows(named=True):
            values = rows.filter(pl.col("date") == row["date"])["value"]
            assert [row[name] for name in LEVELS] == pytest.approx(quantiles(values))
    orders = table.filter(pl.col("measure") == "orders")
    rush = orders.filter(pl.col("date").is_between(pl.date(2024, 12, 1), pl.date(2025, 3, 31)))["p50"].mean()
    before = orders.filter(pl.col("date").is_between(pl.date(2024, 7, 1), pl.date(2024, 10, 31)))["p50"].mean()
    assert rush > 2 * before


def test_the_timeline_tells_medians_of_the_log(view, tmp_path):
    table = csv_of(view, Wish(Name.TIMELINE), tmp_path)
    struck = view.events.filter(pl.col("kind") == "orders struck", pl.col("chip") == "H20")
    stops = struck.filter(pl.col("date") < pl.date(2025, 7, 1))
    row = table.filter(pl.col("kind") == "orders struck", pl.col("chip") == "H20").row(0, named=True)

    assert row["rule"] == "us-2025-04-h20-bandwidth"
    assert str(row["date_p50"]) == "2025-04-09"
    assert row["quantity_p50"] == pytest.approx(float(stops["quantity"].median()))
    assert {"design started", "first shipment", "sales stopped"} <= set(table["kind"])


@pytest.mark.parametrize("name", NEW)
def test_every_page_can_be_read(view, name):
    """Each page is legible and says what run it is of."""
    with look():
        figure = CHARTS[name](view, Wish(name)).figure
        figure.draw_without_rendering()
        texts = [text for ax in figure.axes for text in words_of(ax) if text.get_text() and text.get_visible()]
        texts += figure.texts
        assert_legible(figure, texts)
    assert "4 replications" in figure.texts[0].get_text()
    assert figure.axes[0].get_title(loc="left")


def words_of(ax):
    """All text of a pair of axes that is shown inside its limits."""
    left, right = ax.get_xlim()
    ticks = [
        label
        for which in ("major", "minor")
        for label in ax.get_xticklabels(which=which)
        if left <= label.get_position()[0] <= right
    ]
    low, high = sorted(ax.get_ylim())
    sides = [label for place, label in zip(ax.get_yticks(), ax.get_yticklabels(), strict=True) if low <= place <= high]
    return [*ax.texts, *ticks, *sides, ax.yaxis.label, ax._left_title]


def chipsim(*words: str):
    return CliRunner().invoke(app, list(words))


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--chart", "orders", "--chip", "H21"), "did you mean H20"),
        (("--chart", "bottleneck", "--maker", "huawie"), "did you mean huawei"),
        (("--chart", "orders", "--by", "vendor"), "--by: means nothing for orders; it takes --chip"),
        (("--chart", "timeline", "--units", "chips"), "--units: means nothing for timeline; leave it out"),
        (("--chart", "availability", "--chip", "H20"), "--chip: means nothing for availability"),
    ],
)
def test_a_slip_is_exit_2_with_a_suggestion(folder, words, problem):
    done = chipsim("plot", str(folder), *words)

    assert done.exit_code == 2
    assert problem in done.stderr


def test_one_maker_and_one_chip_have_pages_of_their_own(folder):
    one = chipsim("plot", str(folder), "--chart", "bottleneck", "--maker", "Huawei")
    other = chipsim("plot", str(folder), "--chart", "orders", "--chip", "ascend-910c")

    assert one.stdout.startswith(f"written: {folder}/charts/bottleneck-Huawei.png")
    assert other.stdout.startswith(f"written: {folder}/charts/orders-ascend-910c.png")


def test_until_ends_the_world_that_is_drawn(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = chipsim("plot", TINY, "--chart", "origins", "--until", "2023-07-01", "--out", "origins.svg")

    assert done.exit_code == 0
    assert pl.read_csv("origins.csv")["date"].max() == "2023-06-30"
    assert find_run(next(path.name for path in Path("results").iterdir() if path.name != FOLDER)) is not None


def test_a_world_without_rules_has_no_timeline(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = chipsim("plot", TINY, "--chart", "timeline", "--set", "rules.ban.enabled=false")

    assert done.exit_code == 2
    assert "no rule touched a part sold in China" in done.stderr
