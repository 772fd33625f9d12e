"""Charts of comparisons of worlds with labs: what is drawn is what the tables say, and it can be read."""

import re
from pathlib import Path

import polars as pl
import pytest
from pages import assert_legible
from test_comparison_charts import texts_of
from typer.testing import CliRunner

from sim.cli.app import app
from sim.facts.errors import InputError
from sim.study.charts.comparison.choices import OF_LABS, Kind, Wish
from sim.study.charts.comparison.contrast import Contrast, contrast_of
from sim.study.charts.comparison.registry import CHARTS, write_all, write_comparison_chart
from sim.study.charts.geometry import at
from sim.study.charts.style import look
from sim.study.comparing.answering import work_out_sides
from sim.study.comparing.compared import PAIRED, Compared
from sim.study.comparing.lateness import lateness_in
from sim.study.comparing.sides import comparison, wanted
from sim.study.keeping.milestones import milestones_in
from sim.study.question import Asked
from sim.study.runs import How

WORLDS = Path(__file__).parent / "worlds/tiny"
TINY, LABS = str(WORLDS / "tiny.toml"), str(WORLDS / "labs.toml")
SIDES = (
    "baseline",
    "ascend-training-works",
    "deepseek-50k-hopper",
    "baseline+labs.DeepSeek.models.V3.research_days=300",
    "h800-banned-at-once",
)


@pytest.fixture(scope="module")
def sides(tmp_path_factory) -> dict[int, Compared]:
    """A comparison of 5 sides without its charts, which tests draw; and the same with its first 2 and 3 alone."""
    asked = comparison([wanted(name) for name in SIDES], Asked(replications=2))
    found = work_out_sides(asked, How(tmp_path_factory.mktemp("comparisons"), jobs=1))
    first = {n: found.manifest | {"sides": found.manifest["sides"][:n]} for n in (2, 3, 5)}
    return {count: Compared(found.path, manifest) for count, manifest in first.items()}


@pytest.fixture(scope="module")
def contrasts(sides) -> dict[int, Contrast]:
    return {count: contrast_of(compared) for count, compared in sides.items()}


def drawn(contrast: Contrast, wish: Wish):
    with look():
        drawing = CHARTS[wish.kind](contrast, wish)
        drawing.figure.canvas.draw()
    return drawing


WISHES = [
    *map(Wish, OF_LABS),
    Wish(Kind.MILESTONES, lab="deepseek"),
    Wish(Kind.TRAINING_INFERENCE, holder="ByteDance"),
    Wish(Kind.TOKENS, lab="DeepSeek"),
]


@pytest.mark.parametrize("wish", WISHES, ids=lambda wish: wish.file)
@pytest.mark.parametrize("count", [2, 3, 5])
def test_every_page_can_be_read(contrasts, wish, count):
    figure = drawn(contrasts[count], wish).figure
    texts = texts_of(figure)
    texts += [label for label in figure.axes[0].get_xticklabels(which="minor") if label.get_text()]
    with look():
        assert_legible(figure, texts, overlap=2.0)
    said = " ".join(" ".join(text.get_text() for text in texts).split())
    assert f"{count} scenarios · 2 replications of each on the same luck" in said
    reaches = bool(figure.axes[0].get_xlim()[1] > at(contrasts[count].known_until))
    assert ("conditional on rules frozen as of 1 July 2026" in said) is reaches


def test_releases_stand_where_the_tables_of_the_sides_say(sides, contrasts, tmp_path):
    _, numbers = write_comparison_chart(sides[3], Wish(Kind.MILESTONES, out=tmp_path / "milestones.png"))
    told = pl.read_csv(numbers, try_parse_dates=True)
    released = pl.col("milestone") == "released"
    late = lateness_in(sides[3].path).filter(released)
    for label, folder in sides[3].sides.items():
        mine = told.filter(pl.col("scenario") == label)
        kept = milestones_in(folder).filter(released, pl.col("item").is_in(mine["model"].implode()))
        assert mine.select("model", "p50", "recorded").rows() == kept.select("item", "p50", "recorded").rows()
        days = dict(late.filter(pl.col("variant") == label).select("item", "p50").iter_rows())
        assert mine["days_later"].to_list() == [days.get(model) for model in mine["model"]]
    moved = late.filter(pl.col("variant").is_in(list(sides[3].sides)), pl.col("p50").abs() > 7)
    assert {*moved.filter(pl.col("planned").is_not_null() | pl.col("recorded").is_not_null())["item"]} <= {
        *told["model"]
    }

    (ax,) = drawn(contrasts[3], Wish(Kind.MILESTONES)).figure.axes
    shown = [day for line in ax.lines if line.get_label() == "median" for day in line.get_xdata()]
    assert sorted(shown) == sorted(at(day) for day in told["p50"].drop_nulls())
    recorded = {line.get_xdata()[0] for line in ax.lines if line.get_label() == "recorded"}
    assert recorded == {at(day) for day in told["recorded"].drop_nulls()}


def test_the_title_of_releases_names_the_model_that_moves_most(sides, contrasts):
    drawing = drawn(contrasts[2], Wish(Kind.MILESTONES))
    dated = drawing.numbers.filter(pl.col("planned").is_not_null() | pl.col("recorded").is_not_null())
    row = dated.drop_nulls("days_later").sort(pl.col("days_later").abs(), descending=True).row(0, named=True)
    title = drawing.figure.axes[0].get_title(loc="left")
    assert f"ships {abs(row['days_later']):.0f} days sooner under {row['scenario']} than in baseline" in title
    assert row["model"].partition(".")[2] in title


def test_differences_of_capacity_are_the_paired_ones(sides, contrasts):
    drawing = drawn(contrasts[3], Wish(Kind.TRAINING_INFERENCE))
    kept = pl.read_parquet(sides[3].path / PAIRED).filter(
        pl.col("measure") == "unmet_training", pl.col("actor").is_null(), pl.col("item").is_null()
    )
    for variant in contrasts[3].variants:
        told = drawing.numbers.filter(scenario=variant, what="unmet_training, difference")
        mine = kept.filter(pl.col("variant") == variant, pl.col("date").is_in(told["date"].implode()))
        assert told["p50"].to_list() == mine["p50"].to_list()
        assert len(told) > 40
    axes = {ax.get_title(loc="left") or ax.texts[-1].get_text(): ax for ax in drawing.figure.axes}
    assert len(axes) == 6


def test_tokens_below_are_in_per_cent_of_the_references_median(sides, contrasts):
    numbers = drawn(contrasts[3], Wish(Kind.TOKENS, lab="DeepSeek")).numbers
    kept = pl.read_parquet(sides[3].path / PAIRED).filter(measure="tokens", actor="DeepSeek")
    label = contrasts[3].variants[0]
    served = numbers.filter(scenario="baseline", what="tokens a day").select("date", level="p50")
    told = numbers.filter(scenario=label, what="difference, %").join(served, on="date")
    mine = kept.filter(pl.col("variant") == label, pl.col("date").is_in(told["date"].implode()))
    assert (told["p50"] * told["level"] / 100).to_list() == pytest.approx(mine["p50"].to_list())


def test_the_title_of_tokens_rests_on_a_whole_year_and_not_on_a_month(contrasts):
    drawing = drawn(contrasts[5], Wish(Kind.TOKENS))
    words = r"In (\d+) all labs serve (\d+)% (more|fewer) tokens a day under (.*) than in baseline"
    year, size, way, label = re.search(words, " ".join(text.get_text() for text in drawing.figure.texts)).groups()
    told = drawing.numbers.filter(pl.col("date").dt.year() == int(year), scenario=label, what="difference, %")
    served = drawing.numbers.filter(scenario="baseline", what="tokens a day").select("date", level="p50")
    months = told.join(served, on="date")
    assert len(months) == 12
    change = (months["p50"] * months["level"]).sum() / months["level"].sum()
    assert (f"{abs(change):.0f}", change > 0) == (size, way == "more")


def test_a_comparison_without_labs_has_none_of_these_and_says_so(tmp_path):
    asked = comparison([wanted(TINY), wanted(f"{TINY}+demand.wear=0.2")], Asked(replications=1))
    compared = work_out_sides(asked, How(tmp_path, jobs=1))
    for kind in OF_LABS:
        with pytest.raises(InputError, match="has no labs"):
            write_comparison_chart(compared, Wish(kind))
    assert not {path.stem for path in write_all(compared)} & {str(kind) for kind in OF_LABS}


def test_a_variant_with_labs_of_a_reference_without_is_drawn_alone(tmp_path):
    asked = comparison([wanted(TINY), wanted(LABS)], Asked(replications=1))
    contrast = contrast_of(work_out_sides(asked, How(tmp_path, jobs=1)))
    for kind in OF_LABS:
        numbers = drawn(contrast, Wish(kind)).numbers
        assert set(numbers["scenario"]) == {"labs"}


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("milestones", "--lab", "Deepsek"), "no lab 'Deepsek' has begun a model; did you mean DeepSeek?"),
        (("tokens", "--lab", "Deepsek"), "no lab 'Deepsek' has begun a model; did you mean DeepSeek?"),
        (("training-inference", "--holder", "Bytedanc"), "no holder 'Bytedanc'; did you mean ByteDance?"),
        (("tokens", "--holder", "ByteDance"), "--holder: means nothing for tokens; it takes --lab"),
    ],
)
def test_bad_choices_are_named_with_a_remedy(sides, words, problem):
    done = CliRunner().invoke(app, ["plot", str(sides[5].path), "--chart", *words])
    assert done.exit_code == 2
    assert problem in done.stderr


def test_the_command_draws_one_lab(sides, tmp_path):
    out = tmp_path / "one.svg"
    done = CliRunner().invoke(
        app, ["plot", str(sides[5].path), "--chart", "tokens", "--lab", "deepseek", "--out", str(out)]
    )
    assert (done.exit_code, done.stderr) == (0, "")
    assert out.read_bytes().startswith(b"<?xml")
