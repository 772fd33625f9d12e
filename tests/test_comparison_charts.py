"""Charts of a comparison: their numbers are the runs' and the differences', their pages can be read."""

import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.dates import num2date
from matplotlib.figure import Figure
from pages import assert_legible

from sim.facts.errors import InputError
from sim.study.charts.choices import Format, Units
from sim.study.charts.comparison.choices import Kind, Wish
from sim.study.charts.comparison.contrast import GREY, Contrast, contrast_of
from sim.study.charts.comparison.dates import changes
from sim.study.charts.comparison.difference import Look, draw_difference
from sim.study.charts.comparison.registry import CHARTS, write_all, write_comparison_chart
from sim.study.charts.comparison.signed import reaches, spelt
from sim.study.charts.style import STROKES, look
from sim.study.comparing.answering import compare_sides, work_out_sides
from sim.study.comparing.compared import PAIRED, Compared
from sim.study.comparing.sides import comparison, wanted
from sim.study.question import Asked
from sim.study.runs import How

TINY = str(Path(__file__).parent / "worlds" / "tiny" / "tiny.toml")
EIGHT = (
    "baseline",
    "baseline+rules.us-2023-10-advanced-computing.announced=2022-10-07",
    "hbm-banned-at-leak",
    "no-controls",
    "no-foreign-dies",
    "h20-never-banned",
    "hbm-banned-at-leak+rules.us-2023-10-advanced-computing.announced=2022-10-07",
    "smuggling-crackdown",
)


@pytest.fixture(scope="module")
def sides(tmp_path_factory) -> dict[int, Compared]:
    """A comparison of 8 sides without its charts, which tests draw; and the same with its first 2, 3 and 5 alone."""
    asked = comparison([wanted(name) for name in EIGHT], Asked(replications=2))
    found = work_out_sides(asked, How(tmp_path_factory.mktemp("comparisons"), jobs=1))
    first = {n: found.manifest | {"sides": found.manifest["sides"][:n]} for n in (2, 3, 5, 8)}
    return {count: Compared(found.path, manifest) for count, manifest in first.items()}


@pytest.fixture(scope="module")
def contrasts(sides) -> dict[int, Contrast]:
    return {count: contrast_of(compared) for count, compared in sides.items()}


@pytest.fixture(scope="module")
def eight(contrasts) -> Contrast:
    return contrasts[8]


def paired(compared: Compared, measure: str, **labels: str) -> pl.DataFrame:
    """Differences of a measure under the given labels, totals where none is given."""
    rows = pl.read_parquet(compared.path / PAIRED).filter(pl.col("measure") == measure)
    for column in ("actor", "chip", "origin", "item"):
        here = pl.col(column)
        rows = rows.filter(here == labels[column] if column in labels else here.is_null())
    return rows


def texts_of(figure: Figure) -> list:
    """All text that is shown, but numbers of axes that lie outside their limits."""
    found = [*figure.texts, *(text for legend in figure.legends for text in legend.get_texts())]
    for ax in figure.axes:
        left, right = ax.get_xlim()
        low, high = sorted(ax.get_ylim())
        found += [*ax.texts, ax.yaxis.label, ax._left_title]
        found += [label for label in ax.get_xticklabels() if left <= label.get_position()[0] <= right]
        pairs = zip(ax.get_yticks(), ax.get_yticklabels(), strict=True)
        found += [label for place, label in pairs if low <= place <= high]
    return [text for text in found if text.get_text().strip() and text.get_visible()]


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("count", [2, 3, 5, 8])
def test_every_page_can_be_read(contrasts, kind, count):
    """Each page is legible and says what it is of."""
    with look():
        figure = CHARTS[kind](contrasts[count], Wish(kind)).figure
        figure.draw_without_rendering()
        texts = list(texts_of(figure))
        assert_legible(figure, texts, overlap=2.0)
    said = " ".join(" ".join(text.get_text() for text in texts).split())
    assert f"{count} scenarios · 2 replications of each on the same luck" in said
    if kind != Kind.MILESTONES:  # it ends with the last release that it shows
        assert "conditional on rules frozen as of 1 July 2026" in said


def test_lines_and_csv_are_the_paired_differences(sides, eight, tmp_path):
    with look():
        figure = CHARTS[Kind.DIFFERENCE](eight, Wish()).figure
    _, numbers = write_comparison_chart(sides[8], Wish(out=tmp_path / "difference.png"))
    told = pl.read_csv(numbers, try_parse_dates=True)

    for ax, variant in zip(figure.axes, eight.variants, strict=True):
        rows = paired(sides[8], "stock_h100e_tpp").filter(pl.col("variant") == variant)
        median = next(line for line in ax.get_lines() if line.get_label() == "median")
        assert median.get_ydata().tolist() == rows["p50"].to_list()
        mine = told.filter(pl.col("variant") == variant)
        assert mine["p95"].to_list() == pytest.approx(rows["p95"].to_list())
        assert mine["low"].to_list() == pytest.approx(rows["low"].to_list())
    assert set(told["unit"]) == {"H100e by TPP"}
    assert set(told["reference"]) == {"baseline"}


def test_the_title_names_the_variant_that_differs_most_and_when(sides, eight):
    with look():
        title = CHARTS[Kind.DIFFERENCE](eight, Wish()).figure.texts
    rows = paired(sides[8], "stock_h100e_tpp").filter(pl.col("date") <= eight.known_until)
    most = rows.sort(pl.col("p50").abs(), descending=True).row(0, named=True)

    said = " ".join(text.get_text() for text in title[:3])
    assert most["variant"] in said
    assert f"{most['date']:%B %Y}" in said
    assert spelt(most["p50"], most["p50"], "H100e by TPP") in said


@pytest.mark.parametrize(("count", "dropped"), [(3, False), (5, False), (8, True)])
def test_the_key_explains_what_is_drawn_alone(contrasts, count, dropped):
    """Of the rules that are dropped without controls none is named, there are too many; the last sides drop a few."""
    with look():
        figure = CHARTS[Kind.DIFFERENCE](contrasts[count], Wish()).figure
    (legend,) = figure.legends
    assert any("dropped" in text.get_text() for ax in figure.axes for text in ax.texts) is dropped
    words = [" ".join(text.get_text().split()) for text in legend.get_texts()]
    assert "a rule's day in the variant" in words
    assert "that rule's day in baseline" + "; “dropped”: the variant lacks it" * dropped in words


def test_a_filter_chooses_what_is_subtracted(sides, contrasts, tmp_path):
    wish = Wish(measure="deliveries", chip="h20", origin="Legal", out=tmp_path / "h20.svg", format=Format.SVG)
    picture, numbers = write_comparison_chart(sides[3], wish)
    rows = paired(sides[3], "deliveries", chip="H20", origin="legal")
    rows = rows.filter(pl.col("variant").is_in(contrasts[3].variants))

    assert picture.read_bytes().startswith(b"<?xml")
    told = pl.read_csv(numbers)
    assert told["p50"].to_list() == pytest.approx(rows["p50"].to_list())
    assert set(told["chip"]) == {"H20"}


@pytest.mark.parametrize(
    ("wish", "problem"),
    [
        (Wish(measure="stokc"), "no measure is called 'stokc'; did you mean stock?"),
        (Wish(chip="H2O"), "--chip: no chip is called 'H2O', or nothing came of it; did you mean H20?"),
        (Wish(measure="produced", actor="ByteDance"), "--actor: nothing was ever recorded of 'ByteDance'; known: amd"),
        (Wish(origin="legal"), "--origin: stock_h100e_tpp is not recorded by origin; it is recorded by actor and chip"),
        (Wish(measure="lead_time"), "--measure: lead_time has no total; say which: --chip"),
        (Wish(measure="binding", actor="huawei"), "--measure: binding has no total; say which: --item"),
        (Wish(measure="stock", units=Units.TRAINING), "--units: means nothing beside --measure stock"),
        (Wish(Kind.BOTTLENECK, maker="huawie"), "no domestic maker 'huawie' made anything; did you mean huawei?"),
    ],
)
def test_what_is_not_there_is_an_input_error_with_a_remedy(sides, wish, problem):
    with pytest.raises(InputError) as caught:
        write_comparison_chart(sides[2], wish)
    assert problem in str(caught.value)


def test_the_reference_stands_in_grey_in_every_panel_of_stock(sides, eight):
    with look():
        drawing = CHARTS[Kind.AVAILABILITY](eight, Wish(Kind.AVAILABILITY, units=Units.TRAINING))
    groups = eight.views["baseline"].groups
    stock = groups.filter(pl.col("measure") == "stock_h100e_training", pl.col("by") == "all").sort("date")

    assert len(drawing.figure.axes) == 7
    for place, ax in enumerate(drawing.figure.axes):
        lines = {line.get_color(): line for line in ax.get_lines() if len(line.get_xdata()) > 2}
        assert lines[GREY.colour].get_ydata().tolist() == stock["p50"].to_list()
        assert STROKES[place].colour in lines
    assert set(drawing.numbers["scenario"]) == set(eight.views)


def test_each_panel_of_origins_has_the_reference_total_and_stacks_its_own(eight):
    with look():
        drawing = CHARTS[Kind.ORIGINS](eight, Wish(Kind.ORIGINS))
    total = drawing.numbers.filter(pl.col("scenario") == "baseline", pl.col("group") == "all").sort("date")

    assert len(drawing.figure.axes) == 8
    assert len({ax.get_ylim() for ax in drawing.figure.axes}) == 1
    for ax in drawing.figure.axes:
        assert any(np.array_equal(line.get_ydata(), total["p50"].to_numpy()) for line in ax.get_lines())
    legal = [{area.get_label() for area in ax.collections} for ax in drawing.figure.axes]
    assert all({"legal", "domestic"} <= labels for labels in legal)


def test_strips_are_the_runs_own_shares(eight):
    with look():
        drawing = CHARTS[Kind.BOTTLENECK](eight, Wish(Kind.BOTTLENECK, maker="Huawei"))
    label = "hbm-banned-at-leak"
    summary = eight.views[label].summary
    hbm = summary.filter(pl.col("measure") == "binding", pl.col("actor") == "huawei", pl.col("item") == "hbm")

    mine = drawing.numbers.filter(pl.col("scenario") == label).sort("date")
    assert mine["hbm"].to_list() == hbm.sort("date")["mean"].to_list()
    rows = [text.get_text().replace("\n", "") for text in drawing.figure.axes[0].get_yticklabels()]
    assert len(rows) == 8
    assert rows[0].startswith("baseline")


def test_a_rule_that_a_variant_moves_has_its_day_on_both_sides(eight):
    moved = changes(eight.views["baseline"], eight.views["hbm-banned-at-leak"])

    assert [(change.rule, change.day, change.ours) for change in moved] == [
        ("us-2024-12-hbm", date(2024, 8, 6), True),
        ("us-2024-12-hbm", date(2024, 12, 31), False),
    ]
    gone = changes(eight.views["baseline"], eight.views["no-controls"])
    assert not any(change.ours for change in gone)
    assert "Dec 2024: HBM rule, dropped" in {change.text for change in gone}


def test_the_day_of_divergence_is_on_the_zero_line(eight):
    with look():
        figure = CHARTS[Kind.DIFFERENCE](eight, Wish()).figure
    ax = figure.axes[eight.variants.index("hbm-banned-at-leak")]
    diamond = next(line for line in ax.get_lines() if line.get_marker() == "D")

    assert num2date(diamond.get_xdata()[0]).date() == eight.diverges("hbm-banned-at-leak") == date(2024, 8, 6)
    assert diamond.get_ydata()[0] == 0
    assert "6 Aug 2024" in {text.get_text() for text in ax.texts}


def test_the_axes_that_come_in_go_out(sides):
    rows = paired(sides[2], "stock").filter(pl.col("variant") == "hbm-banned-at-leak")
    span = (date(2020, 1, 1), date(2028, 12, 31))
    chosen = Look(STROKES[0], span, (-1e6, 1e6), 1e6, "chips", None, date(2026, 7, 1))
    ax = Figure().add_axes((0.1, 0.1, 0.7, 0.7))

    assert draw_difference(ax, rows, chosen) is ax
    assert ax.get_ylim() == (-1e6, 1e6)


def test_the_same_comparison_is_the_same_bytes_in_its_own_charts_folder(sides):
    pictures = write_all(sides[2])
    before = [path.read_bytes() for path in pictures]

    assert [path.relative_to(sides[2].path).as_posix() for path in pictures] == [f"charts/{k}.png" for k in Kind]
    assert [path.read_bytes() for path in write_all(sides[2])] == before
    assert all(path.with_suffix(".csv").exists() for path in pictures)


def test_a_world_without_domestic_inputs_draws_the_rest(tmp_path):
    sides = [wanted(TINY), wanted(f"{TINY}+rules.ban.enabled=false")]
    compared = compare_sides(comparison(sides, Asked(replications=2)), How(tmp_path, jobs=1))

    assert (compared.path / "charts" / "difference.png").is_file()


@given(st.lists(st.tuples(st.floats(-1e6, 0), st.floats(0, 1e6)), min_size=1, max_size=7))
def test_every_panel_holds_its_reach_on_an_axis_that_is_a_round_part_of_the_common_one(extents):
    found = reaches(extents)
    common = next(reach for reach, factor in found if factor == 1)

    for (low, high), ((bottom, top), factor) in zip(extents, found, strict=True):
        slack = 1e-6 * (common[1] - common[0])
        assert bottom <= low + slack
        assert top >= high - slack
        assert (top - bottom) * factor == pytest.approx(common[1] - common[0])


@pytest.mark.parametrize(
    ("value", "size", "unit", "text"),
    [
        (-121_345.0, -121_345.0, "chips", "−0.12M"),
        (0.0, 500_000.0, "chips", "0"),
        (4.3e9, 4.3e9, "USD", "+$4.3bn"),
        (-0.031, -0.031, "share", "−3.1 pp"),
        (0.35, 0.35, "share", "+35 pp"),
    ],
)
def test_differences_are_spelt_with_their_sign(value, size, unit, text):
    assert spelt(value, size, unit) == text


def test_the_choices_import_nothing_heavy():
    heavy = "print([m for m in ('numpy', 'polars', 'matplotlib', 'scipy') if m in sys.modules])"
    script = f"import sys, sim.study.charts.comparison.choices; {heavy}"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
