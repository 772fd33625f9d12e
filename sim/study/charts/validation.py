"""Recorded history against the model: one row a figure, both intervals as multiples of what was recorded."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from sim.study.charts.choices import Format
from sim.study.charts.page import Drawing, write_page
from sim.study.charts.style import BODY, FAINT, INK, LARGE, MUTED, SMALL, STROKES, WIDTH, new_figure
from sim.study.charts.view import view_of

if TYPE_CHECKING:
    from sim.study.scoring.score import Score
    from sim.study.scoring.verdict import Verdict

ROW, ABOVE, BELOW = 0.165, 1.45, 0.95
"""Inches of a row, above the axes, below them."""

LEFT, RIGHT = 2.6, 0.75
MARGIN = -0.36
"""Where headings begin, as a fraction of the axes' width left of them."""

LEAST, MOST = 0.1, 10.0
TICKS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
RECORDED, CHECK, FITTED, MISSED = "#d0d0d0", STROKES[0].colour, MUTED, STROKES[1].colour
KEY: tuple[tuple[str, dict[str, Any]], ...] = (
    ("recorded interval", {"color": RECORDED, "linewidth": 6.0, "solid_capstyle": "butt"}),
    ("check, median inside", {"color": CHECK, "marker": "o", "linewidth": 1.6}),
    ("calibration, median inside", {"color": FITTED, "marker": "o", "linewidth": 1.6, "markerfacecolor": "white"}),
    ("median outside (calibration hollow)", {"color": MISSED, "marker": "s", "linewidth": 1.6}),
)


@dataclass(frozen=True)
class Options:
    """What the chart says beside its rows."""

    title: str
    subtitle: str


def rows_of(scores: Sequence["Score"]) -> pl.DataFrame:
    """Figures that have a ratio to what was recorded, by topic: both intervals divided by the recorded centre."""
    found = [_row(score) for score in scores if score.ratio is not None]
    table = pl.DataFrame(found, schema=SCHEMA)
    topics = dict.fromkeys(table["topic"])
    return pl.concat([table.filter(pl.col("topic") == topic) for topic in topics]) if topics else table


SCHEMA = {
    "topic": pl.String,
    "figure": pl.String,
    "what": pl.String,
    "role": pl.String,
    "low": pl.Float64,
    "high": pl.Float64,
    "p5": pl.Float64,
    "p50": pl.Float64,
    "p95": pl.Float64,
    "inside": pl.Boolean,
    "covered": pl.Boolean,
}


def _row(score: "Score") -> dict[str, object]:
    centre = score.recorded.central
    ends = {"low": score.recorded.low, "high": score.recorded.high, "p5": score.p5, "p50": score.p50, "p95": score.p95}
    told = {name: value / centre if isfinite(value) else None for name, value in ends.items()}
    figure = score.figure
    named = {"topic": figure.topic, "figure": score.name, "what": figure.what, "role": figure.role}
    return {**named, **told, "inside": score.inside, "covered": score.covered}


def draw_validation(ax: Axes, table: pl.DataFrame, options: Options) -> Axes:
    """Draw the rows on ``ax`` and return it. ``table`` is as ``rows_of`` makes it; ValueError if it is empty."""
    if table.is_empty():
        raise ValueError("there is no figure to draw")
    places, headings = _places(table)
    _frame(ax, max(places) + 1.0)
    for place, row in zip(places, table.iter_rows(named=True), strict=True):
        _draw_row(ax, place, row)
    for topic, place in headings.items():
        ax.text(MARGIN, place, topic, transform=ax.get_yaxis_transform(), fontsize=BODY, fontweight="bold", va="center")
    _head(ax, options)
    return ax


def _places(table: pl.DataFrame) -> tuple[list[float], dict[str, float]]:
    """Heights of the rows from the top down, a line left free for each topic's name."""
    places: list[float] = []
    headings: dict[str, float] = {}
    line = 0.0
    for topic in table["topic"]:
        if topic not in headings:
            line += 0.4 if headings else 0.0
            headings[topic] = line
            line += 1.0
        places.append(line)
        line += 1.0
    return places, headings


def _frame(ax: Axes, bottom: float) -> None:
    ax.set_xscale("log")
    ax.set_xlim(LEAST, MOST)
    ax.set_ylim(bottom, -0.8)
    ax.set_xticks(TICKS, [f"{tick:g}" for tick in TICKS])
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x", color=FAINT, linewidth=0.7)
    ax.set_axisbelow(True)
    ax.axvline(1.0, color=MUTED, linewidth=1.0, zorder=1)
    ax.set_xlabel("Multiple of the recorded value (log scale; 1 is as recorded; what lies beyond is drawn at the edge)")


def _draw_row(ax: Axes, place: float, row: dict[str, Any]) -> None:
    """The recorded interval as a grey bar, the simulated one as a line with its median, the name on the left."""
    low, high = (_within(row[end], edge) for end, edge in (("low", LEAST), ("high", MOST)))
    ax.plot([low, high], [place, place], zorder=2, **KEY[0][1])
    colour = MISSED if not row["inside"] else CHECK if row["role"] == "check" else FITTED
    p5, p50, p95 = (_within(row[level], MOST) for level in ("p5", "p50", "p95"))
    ax.plot([p5, p95], [place, place], color=colour, linewidth=1.6, zorder=3)
    face = colour if row["role"] == "check" else "white"
    marker = _edge_marker(row["p50"]) or ("o" if row["inside"] else "s")
    ax.plot(p50, place, marker, color=colour, markerfacecolor=face, markersize=4.6, zorder=4, clip_on=False)
    beside: dict[str, Any] = {"transform": ax.get_yaxis_transform(), "fontsize": SMALL, "va": "center"}
    ax.text(-0.012, place, row["what"], ha="right", color=INK if row["role"] == "check" else MUTED, **beside)
    ax.text(1.012, place, f"x{row['p50']:.2f}" if row["p50"] is not None else "", ha="left", color=colour, **beside)


def _within(value: float | None, otherwise: float) -> float:
    return otherwise if value is None else min(max(value, LEAST), MOST)


def _edge_marker(median: float | None) -> str:
    """A triangle that points beyond the axis, where the median lies there."""
    if median is None or median > MOST:
        return ">"
    return "<" if median < LEAST else ""


def _head(ax: Axes, options: Options) -> None:
    """Title, subtitle and key above the axes."""
    ax.annotate(options.title, (MARGIN, 1), (0, 66), fontsize=LARGE, fontweight="bold", **_above())
    ax.annotate(fill(options.subtitle, 122), (MARGIN, 1), (0, 28), fontsize=BODY, linespacing=1.3, **_above())
    for _, look_of in KEY:
        ax.plot([], [], **{"markersize": 4.6, **look_of})
    lines = ax.get_lines()[-len(KEY) :]
    names = [name for name, _ in KEY]
    place: dict[str, Any] = {
        "loc": "lower left",
        "bbox_to_anchor": (MARGIN, 1.0),
        "ncols": len(KEY),
        "borderaxespad": 0.2,
    }
    ax.legend(lines, names, frameon=False, fontsize=SMALL, handlelength=2.2, columnspacing=1.6, **place)


def _above() -> dict[str, Any]:
    return {"xycoords": "axes fraction", "textcoords": "offset points", "annotation_clip": False}


def page(table: pl.DataFrame, options: Options, footer: str) -> Figure:
    """A page as tall as its rows need."""
    rows = len(table) + 1.4 * table["topic"].n_unique()
    height = ABOVE + BELOW + ROW * rows
    figure = new_figure()
    figure.set_size_inches(WIDTH, height)
    wide, tall = 1 - (LEFT + RIGHT) / WIDTH, 1 - (ABOVE + BELOW) / height
    draw_validation(figure.add_axes((LEFT / WIDTH, BELOW / height, wide, tall)), table, options)
    figure.text(0.2 / WIDTH, 0.12 / height, footer, fontsize=SMALL, color=MUTED, va="bottom", linespacing=1.35)
    return figure


def write_validation(told: "Verdict") -> tuple[Path, ...]:
    """Draw a verdict beside its run: the picture, and every figure behind it as CSV. Nothing if none has a ratio."""
    from sim.study.scoring.telling import body, closing

    table, view = rows_of(told.scores), view_of(told.run.path)
    if table.is_empty():
        return ()
    as_of = f", as of {told.as_of}" if told.as_of else ""
    left = len(told.scores) - len(table)
    beside = f" {left} figures that are dates or zeros are in the CSV alone." if left else ""
    options = Options(f"Recorded history against the model: {view.facts['title']}{as_of}", closing(told))
    note = "Figures, intervals and roles: scenarios/observations.toml; grey names are calibration figures."
    path = told.run.path / "charts" / f"validation{f'-as-of-{told.as_of}' if told.as_of else ''}.png"
    numbers = pl.DataFrame(body(told)["figures"], infer_schema_length=None)
    made = f"{view.made}\n{note}{beside}"
    return write_page(lambda: Drawing(page(table, options, made), numbers), path, Format.PNG)
