from datetime import date
from itertools import pairwise
from typing import Any

import matplotlib as mpl
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_rgb
from matplotlib.dates import num2date
from matplotlib.figure import Figure
from small_world import FRAME, kept, outcome

from sim.facts.chips import Chip
from sim.facts.errors import InputError
from sim.study.charts.availability import Options, draw_availability
from sim.study.charts.choices import By, Format, Name, Units, Wish
from sim.study.charts.frame import Heading
from sim.study.charts.labels import flags, spread
from sim.study.charts.registry import CHARTS, write_chart
from sim.study.charts.rules import Mark, draw_marks, marks_for
from sim.study.charts.style import FOLDED, SMALL, STROKES, look, strokes_for
from sim.study.charts.view import View
from sim.study.keeping.groups import ABROAD, HOME, MOST_LINES, OTHERS, groups_table
from sim.study.keeping.tables import EVENTS, blocks, events_table
from sim.world.series import Frame

FACTS = {
    "title": "A small world",
    "replications": 3,
    "failures": [],
    "seed": 1,
    "package_version": "0.1.0",
    "sources": ["T1"],
    "labels": {},
    "known_until": "2024-02-29",
}
CHIPS = {"F1": Chip(vendor="Foreign", line="f", stack="cuda"), "D1": Chip(vendor="Home", line="d", stack="cann")}
HEADING = Heading("China holds chips", "A small world.", known_until=date(2024, 2, 29))
OPTIONS = Options(HEADING)


@pytest.fixture(scope="module")
def view() -> View:
    ensemble = kept(*(outcome(i, stock=[[0, 10_000 * i], [3_000_000, 500_000 + i]]) for i in range(3)))
    groups = groups_table(blocks(ensemble, FRAME), FRAME, CHIPS, {"Home"})
    return View("small-0123456789ab", FACTS, groups, events_table(ensemble))


def by_chip(view: View) -> pl.DataFrame:
    return view.groups.filter((pl.col("measure") == "stock") & (pl.col("by") == "chip"))


def drawn(view: View, options: Options = OPTIONS) -> tuple[Any, Any]:
    ax = Figure(figsize=(10, 6)).add_axes((0.1, 0.15, 0.75, 0.6))
    return ax, draw_availability(ax, by_chip(view), options)


def words(ax) -> list[str]:
    return [text.get_text() for text in ax.texts if text.get_text()]


def test_the_axes_that_come_in_go_out_with_title_unit_and_direct_labels(view):
    given_axes, ax = drawn(view)

    assert ax is given_axes
    assert ax.get_title(loc="left") == "China holds chips"
    assert ax.get_ylabel() == "Million chips in China"
    assert ax.get_legend() is None
    assert {"F1  3.00M", "D1  0.51M"} <= set(words(ax))
    assert any("conditional on rules frozen\nas of 29 February 2024" in text for text in words(ax))


def test_lines_are_medians_and_bands_reach_their_quantiles(view):
    _, ax = drawn(view)
    rows = by_chip(view)

    for line, chip in zip(ax.get_lines()[:2], ("F1", "D1"), strict=True):
        mine = rows.filter(pl.col("group") == chip)
        assert line.get_label() == chip
        assert line.get_ydata().tolist() == mine["p50"].to_list()
        assert [num2date(x).date() for x in line.get_xdata()] == mine["date"].to_list()
    tops = [band.get_paths()[0].vertices[:, 1].max() for band in ax.collections]
    assert tops == [rows.filter(pl.col("group") == c)[q].max() for c in ("F1", "D1") for q in ("p95", "p75")]


@pytest.mark.parametrize(
    ("units", "label"),
    [
        (Units.CHIPS, "Million chips in China"),
        (Units.TPP, "Million H100-equivalents by TPP"),
        (Units.TRAINING, "Million H100-equivalents by training value"),
        (Units.INFERENCE, "Million H100-equivalents by inference value"),
    ],
)
def test_the_three_exchange_rates_are_told_apart(view, units, label):
    _, ax = drawn(view, Options(HEADING, units))

    assert ax.get_ylabel() == label


def test_small_numbers_are_not_told_in_millions(view):
    few = by_chip(view).with_columns(pl.col("p5", "p25", "p50", "p75", "p95") / 1e4)
    ax = draw_availability(Figure().add_axes((0.1, 0.1, 0.6, 0.6)), few, OPTIONS)

    assert ax.get_ylabel() == "Chips in China"


def test_nothing_to_draw_is_an_error(view):
    with pytest.raises(ValueError, match="no stock"):
        draw_availability(Figure().add_axes((0, 0, 1, 1)), by_chip(view).clear(), OPTIONS)
    empty = View("small", FACTS, view.groups.clear(), view.events)
    with pytest.raises(InputError, match="nothing to draw"):
        CHARTS[Name.AVAILABILITY](empty, Wish())


@pytest.mark.parametrize("by", list(By))
def test_the_csv_holds_the_numbers_drawn(view, by, tmp_path):
    picture, numbers = write_chart(tmp_path, view, Wish(by=by))
    rows = view.groups.filter((pl.col("measure") == "stock") & (pl.col("by") == by))

    assert picture.read_bytes().startswith(b"\x89PNG")
    table = pl.read_csv(numbers, try_parse_dates=True)
    assert table.columns == ["date", "group", "p5", "p25", "p50", "p75", "p95"]
    assert table.rows() == rows.select(table.columns).rows()


def test_the_page_says_what_run_it_is_and_where_its_numbers_come_from(view):
    with look():
        figure = CHARTS[Name.AVAILABILITY](view, Wish(by=By.ORIGIN)).figure
    (ax,) = figure.axes
    (footer,) = figure.texts

    assert ax.get_title(loc="left") == "China holds 3.51M AI chips at the end of February 2024"
    assert any("A small world. Stock by origin" in text for text in words(ax))
    assert "Run small-0123456789ab · 3 replications · seed 1 · chipsim 0.1.0\nSources: T1." in footer.get_text()
    assert figure.get_size_inches().tolist() == [10, 6]


def test_nothing_is_cut_off_and_no_text_is_too_small(view):
    with look():
        figure = CHARTS[Name.AVAILABILITY](view, Wish()).figure
        boxes = [text.get_window_extent() for ax in figure.axes for text in ax.texts if text.get_text()]
        sizes = [text.get_fontsize() for ax in figure.axes for text in (*ax.texts, *ax.get_xticklabels())]

    width, height = figure.get_size_inches() * figure.dpi
    assert all(box.x0 >= 0 and box.x1 <= width and box.y1 <= height for box in boxes)
    assert min(sizes) >= SMALL >= 8


@pytest.mark.parametrize("kind", list(Format))
def test_the_same_chart_is_the_same_bytes_and_matplotlib_is_left_as_it_was(view, kind, tmp_path):
    before = dict(mpl.rcParams)
    once, _ = write_chart(tmp_path, view, Wish(format=kind, out=tmp_path / f"once.{kind}"))
    again, _ = write_chart(tmp_path, view, Wish(format=kind, out=tmp_path / f"again.{kind}"))

    assert once.read_bytes() == again.read_bytes()
    assert dict(mpl.rcParams) == before


def test_a_variant_has_its_own_file():
    assert Wish().file == "availability.png"
    assert Wish(by=By.VENDOR, units=Units.TPP, format=Format.SVG).file == "availability-by-vendor-h100e-tpp.svg"


def test_chips_beyond_the_last_line_are_added_up_in_each_replication_by_where_they_were_made():
    names = tuple(f"C{i}" for i in range(11))
    frame = Frame(FRAME.span, FRAME.holders, FRAME.makers, names)
    vendors = {name: "Foreign" if name == "C10" else "Home" for name in names}
    chips = {name: Chip(vendor=vendor, line="d", stack="cann") for name, vendor in vendors.items()}
    ensemble = kept(outcome(0, frame, stock=[[100 - i for i in range(11)], [0] * 11]))
    table = groups_table(blocks(ensemble, frame), frame, chips, {"Home"}).filter(pl.col("by") == "chip")

    others = [OTHERS[HOME], OTHERS[ABROAD]]
    assert table["group"].unique(maintain_order=True).to_list() == [*names[: MOST_LINES - 2], *others]
    assert table.filter(pl.col("group") == OTHERS[HOME])["p50"].to_list() == [93 + 92 + 91] * 4
    assert table.filter(pl.col("group") == OTHERS[ABROAD])["p50"].to_list() == [90] * 4


def log(*entries: tuple) -> pl.DataFrame:
    """Events of two replications, given as (id, cause, day, kind, actor, chip, detail)."""
    columns = ("id", "cause", "date", "kind", "actor", "chip", "detail")
    rows = [dict(zip(columns, entry, strict=True)) | {"replication": r} for r in (0, 1) for entry in entries]
    return pl.DataFrame(rows, schema={name: EVENTS[name] for name in ("replication", *columns)})


def test_rules_that_closed_or_opened_a_chip_are_marked():
    events = log(
        (1, None, date(2024, 1, 1), "rule announced", "cut", "", "The long title of the cut"),
        (2, 1, date(2024, 1, 9), "rule in force", "cut", "", "The long title of the cut"),
        (3, 2, date(2024, 1, 9), "sales stopped", "maker", "F1", ""),
        (4, 2, date(2024, 1, 9), "sales stopped", "maker", "F2", ""),
        (5, None, date(2024, 2, 1), "rule in force", "fans", "", "A rule about fans"),
        (6, 2, date(2024, 3, 1), "rule in force", "reopening", "", "Sales again"),
        (7, 6, date(2024, 3, 2), "licence issued", "reopening", "", "F1"),
    )

    assert marks_for(events, {"cut": "The cut"}) == (
        Mark(date(2024, 1, 9), "The cut", 2),
        Mark(date(2024, 3, 1), "Sales again", 1),
    )


def test_where_no_sale_was_stopped_every_rule_is_marked():
    events = log((1, None, date(2024, 2, 1), "rule in force", "fans", "", "A rule about fans"))

    assert marks_for(events, {}) == (Mark(date(2024, 2, 1), "A rule about fans", 0),)
    assert marks_for(log(), {}) == ()


def test_a_crowd_of_rules_is_thinned_to_the_weighty_and_no_name_covers_another():
    ax = Figure(figsize=(10, 6)).add_axes((0.1, 0.1, 0.75, 0.6))
    ax.set_xlim(date(2020, 1, 1), date(2029, 1, 1))
    crowd = [
        Mark(date(2022 + i // 6, 1 + 2 * (i % 6), 1), f"A rule with a long name, number {i}", i) for i in range(24)
    ]

    height = draw_marks(ax, crowd)

    boxes = sorted((text.get_window_extent() for text in ax.texts), key=lambda box: (box.y0, box.x0))
    assert 4 <= len(boxes) < len(crowd)
    assert any("Nov 2025" in text for text in words(ax))
    assert 0 < height < 80
    assert all(right.y0 >= left.y1 - 1 or right.x0 >= left.x1 for left, right in pairwise(boxes))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=7))
def test_labels_at_line_ends_keep_their_distance_and_their_order(heights):
    places = spread(heights, 0.05, 0.0, 1.0)

    ordered = [place for _, place in sorted(zip(heights, places, strict=True))]
    assert all(b - a >= 0.05 - 1e-9 for a, b in pairwise(sorted(places)))
    assert ordered == sorted(ordered)
    assert min(places) >= -1e-9
    assert max(places) <= 1 + 1e-9


def test_labels_that_have_room_stay_where_they_are():
    assert spread([0.2, 0.9, 0.5], 0.1, 0.0, 1.0) == pytest.approx([0.2, 0.9, 0.5])


@given(st.lists(st.tuples(st.floats(0, 500), st.floats(40, 250)), max_size=8))
def test_no_stem_crosses_a_name(crowd):
    crowd = sorted(crowd)
    stems, widths = [stem for stem, _ in crowd], [width for _, width in crowd]
    hung = flags(stems, widths, 0, 500)

    for i, name in enumerate(hung):
        low, high = (stems[i], stems[i] + widths[i]) if name.to_right else (stems[i] - widths[i], stems[i])
        for j, other in enumerate(hung):
            if i != j and low < stems[j] < high:
                assert other.lane < name.lane


def test_a_chip_keeps_its_stroke_whatever_else_is_drawn_and_no_two_lines_of_a_chart_are_alike():
    """By name and not by rank: the same chip in two charts side by side."""
    one = strokes_for(["Ascend-910C", "H20", "A100", "Some-new-chip", OTHERS[HOME]])
    other = strokes_for(["H20", "Ascend-950PR", "Ascend-910C", "Another", "T-Head-PPU", "A100"])

    assert [one[chip] for chip in ("H20", "A100", "Ascend-910C")] == [
        other[chip] for chip in ("H20", "A100", "Ascend-910C")
    ]
    assert one[OTHERS[HOME]] == FOLDED[OTHERS[HOME]]
    assert len(set(one.values())) == len(one)
    crowd = [*(f"C{i}" for i in range(3)), "H20", "H200", "B300", "Ascend-910", "MLU590", "A800"]
    assert len(set(strokes_for(crowd).values())) == len(crowd) == len(STROKES)


def test_lines_differ_in_grey_too():
    greys = [round(np.dot(to_rgb(stroke.colour), (0.299, 0.587, 0.114)), 2) for stroke in STROKES]

    assert len({(stroke.dashes, stroke.marker) for stroke in STROKES}) == len(STROKES) == MOST_LINES
    assert max(greys) < 0.75
