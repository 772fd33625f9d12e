"""How many AI chips China has, over time: the median of every group with its 50% and 90% bands."""

from dataclasses import dataclass
from datetime import date
from textwrap import wrap

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from sim.facts.days import DAYS_PER_MONTH
from sim.study.charts.choices import Units
from sim.study.charts.geometry import at, places, size_in_points, yearly
from sim.study.charts.labels import spread
from sim.study.charts.rules import Mark, draw_marks
from sim.study.charts.style import BODY, FAINT, FOLDED, LARGE, MUTED, SMALL, STROKES, Stroke
from sim.study.keeping.groups import OTHER
from sim.study.keeping.wording import brief

SUBTITLE_CHARACTERS = 118
LEADER = 17.0
"""Points from the end of a line to its label."""

UNITS = {
    Units.CHIPS: "chips in China",
    Units.TPP: "H100-equivalents by TPP",
    Units.TRAINING: "H100-equivalents by training value",
    Units.INFERENCE: "H100-equivalents by inference value",
}


@dataclass(frozen=True)
class Options:
    """What the chart says beside its curves: title, subtitle, unit, the rules, the last day that is history."""

    title: str
    subtitle: str
    units: Units = Units.CHIPS
    marks: tuple[Mark, ...] = ()
    known_until: date | None = None


def draw_availability(ax: Axes, table: pl.DataFrame, options: Options) -> Axes:
    """Draw stock by group on ``ax`` and return it.

    ``table`` has date, group, p5, p25, p50, p75 and p95, in chips or H100-equivalents; ValueError if it is empty.
    """
    if table.is_empty():
        raise ValueError("there is no stock to draw")
    _frame(ax, table, options)
    named = table["group"].unique(maintain_order=True).to_list()
    for position, group in enumerate(named):
        _curve(ax, table.filter(pl.col("group") == group), _stroke(group, position), position)
    _label_ends(ax, table, named)
    _shade_unknown(ax, options.known_until)
    lanes = draw_marks(ax, options.marks)
    _head(ax, options, lanes)
    return ax


def _head(ax: Axes, options: Options, above: float) -> None:
    """The title and what it rests on, that many points above the axes."""
    lines = wrap(options.subtitle, SUBTITLE_CHARACTERS)
    text, pad = "\n".join(lines), above + 9
    ax.annotate(text, (0, 1), (0, pad), xycoords="axes fraction", textcoords="offset points", fontsize=BODY)
    ax.set_title(options.title, loc="left", fontsize=LARGE, fontweight="bold", pad=pad + 1 + 15 * len(lines))


def _stroke(group: str, position: int) -> Stroke:
    return FOLDED if group == OTHER else STROKES[position % len(STROKES)]


def _curve(ax: Axes, rows: pl.DataFrame, stroke: Stroke, position: int) -> None:
    """Bands, then the median; markers once a year, each group's in another month, none along the floor."""
    days, middle = places(rows["date"].to_numpy()), rows["p50"].to_numpy()
    floor = 0.01 * ax.get_ylim()[1]
    marked = [place for place in range(position % 12, len(rows), 12) if middle[place] > floor]
    for low, high, strength in (("p5", "p95", 0.08), ("p25", "p75", 0.17)):
        ax.fill_between(days, rows[low], rows[high], color=stroke.colour, alpha=strength, linewidth=0, zorder=2)
    ax.plot(
        days,
        middle,
        color=stroke.colour,
        linestyle=(0, stroke.dashes) if stroke.dashes else "-",
        linewidth=1.8,
        marker=stroke.marker or None,
        markersize=4,
        markevery=marked,
        label=rows["group"][0],
        zorder=3,
    )


def _frame(ax: Axes, table: pl.DataFrame, options: Options) -> None:
    """Axes in whole years from zero up, numbers kept short by a word in the label."""
    days = places(table["date"].to_numpy())
    ax.set_xlim(days.min() - DAYS_PER_MONTH, days.max())
    yearly(ax)
    top = max(float(np.nanmax(table["p95"].to_numpy())), 1.0)
    scale, word = _scale(top)
    heights = MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]).tick_values(0, top)
    decimals = max(len(f"{height / scale:g}".partition(".")[2]) for height in heights)
    ax.set_yticks(heights, [f"{height / scale:,.{decimals}f}" for height in heights])
    ax.set_ylim(0, max(heights[-2], top * 1.02))
    label = f"{word} {UNITS[options.units]}".strip()
    ax.set_ylabel(label[0].upper() + label[1:])
    ax.grid(axis="y", color=FAINT, linewidth=0.7)
    ax.set_axisbelow(True)


def _scale(largest: float) -> tuple[float, str]:
    """Divisor and word that keep axis numbers short."""
    if largest >= 1e6:
        return 1e6, "million"
    return (1e3, "thousand") if largest >= 2e3 else (1.0, "")


def _label_ends(ax: Axes, table: pl.DataFrame, named: list[str]) -> None:
    """Each group's name and last median beside the end of its line, joined to it by a short leader."""
    last = table.filter(pl.col("date") == pl.col("date").max())
    ends = {row["group"]: row["p50"] or 0.0 for row in last.iter_rows(named=True)}
    high = ax.get_ylim()[1]
    width, height = size_in_points(ax)
    heights = spread([ends[group] / high for group in named], (BODY + 3.5) / height, 0.0, 1.0)
    beside = 1 + LEADER / width
    when = f"end of {last['date'][0]:%b %Y}"
    ax.text(beside, -15 / height, when, transform=ax.transAxes, color=MUTED, fontsize=SMALL, va="center")
    for position, (group, y) in enumerate(zip(named, heights, strict=True)):
        stroke = _stroke(group, position)
        line = [1 + 1 / width, beside - 3 / width], [ends[group] / high, y]
        ax.plot(*line, color=stroke.colour, linewidth=0.7, transform=ax.transAxes, clip_on=False)
        words = f"{group}  {brief(ends[group])}"
        ax.text(beside, y, words, transform=ax.transAxes, color=stroke.ink, fontsize=BODY, va="center")


def _shade_unknown(ax: Axes, known_until: date | None) -> None:
    """Grey what is conditional: the days after the last known rule."""
    left, right = ax.get_xlim()
    if known_until is None or at(known_until) >= right:
        return
    start = max(at(known_until), left)
    ax.axvspan(start, right, color=MUTED, alpha=0.09, linewidth=0, zorder=0)
    ax.annotate(
        f"conditional on rules frozen\nas of {known_until.day} {known_until:%B %Y}",
        (1, 1),
        (-4, -4),
        xycoords="axes fraction",
        textcoords="offset points",
        fontsize=SMALL,
        fontstyle="italic",
        color=MUTED,
        ha="right",
        va="top",
    )
