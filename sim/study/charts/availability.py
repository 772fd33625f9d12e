"""How many AI chips China has, over time: the median of every group with its 50% and 90% bands."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from matplotlib.axes import Axes

from sim.facts.days import DAYS_PER_MONTH
from sim.study.charts.choices import WORDS, Units
from sim.study.charts.frame import LEADER, Heading, count_up, head, shade_unknown
from sim.study.charts.geometry import places, size_in_points, yearly
from sim.study.charts.labels import spread
from sim.study.charts.rules import draw_marks
from sim.study.charts.style import BODY, MUTED, SMALL, Stroke, strokes_for
from sim.study.keeping.wording import brief

UNITS = WORDS | {Units.CHIPS: "chips in China"}


@dataclass(frozen=True)
class Options:
    """What the chart says beside its curves, what it counts, the key of each group where its label is another."""

    heading: Heading
    units: Units = Units.CHIPS
    keys: Mapping[str, str] = field(default_factory=dict)


def draw_availability(ax: Axes, table: pl.DataFrame, options: Options) -> Axes:
    """Draw stock by group on ``ax`` and return it.

    ``table`` has date, group, p5, p25, p50, p75 and p95, in chips or H100-equivalents; ValueError if it is empty.
    """
    if table.is_empty():
        raise ValueError("there is no stock to draw")
    _frame(ax, table, options)
    named = table["group"].unique(maintain_order=True).to_list()
    strokes = strokes_for([options.keys.get(group, group) for group in named])
    strokes = {group: strokes[options.keys.get(group, group)] for group in named}
    for position, group in enumerate(named):
        _curve(ax, table.filter(pl.col("group") == group), strokes[group], position)
    _label_ends(ax, table, strokes)
    shade_unknown(ax, options.heading.known_until)
    head(ax, options.heading, draw_marks(ax, options.heading.marks))
    return ax


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
    """Axes in whole years from zero up."""
    days = places(table["date"].to_numpy())
    ax.set_xlim(days.min() - DAYS_PER_MONTH, days.max())
    yearly(ax)
    count_up(ax, max(float(np.nanmax(table["p95"].to_numpy())), 1.0), UNITS[options.units])


def _label_ends(ax: Axes, table: pl.DataFrame, strokes: dict[str, Stroke]) -> None:
    """Each group's name and last median beside the end of its line, joined to it by a short leader."""
    last = table.filter(pl.col("date") == pl.col("date").max())
    ends = {row["group"]: row["p50"] or 0.0 for row in last.iter_rows(named=True)}
    high = ax.get_ylim()[1]
    width, height = size_in_points(ax)
    heights = spread([ends[group] / high for group in strokes], (BODY + 3.5) / height, 0.0, 1.0)
    beside = 1 + LEADER / width
    when = f"end of {last['date'][0]:%b %Y}"
    ax.text(beside, -15 / height, when, transform=ax.transAxes, color=MUTED, fontsize=SMALL, va="center")
    for (group, stroke), y in zip(strokes.items(), heights, strict=True):
        line = [1 + 1 / width, beside - 3 / width], [ends[group] / high, y]
        ax.plot(*line, color=stroke.colour, linewidth=0.7, transform=ax.transAxes, clip_on=False)
        words = f"{group}  {brief(ends[group])}"
        ax.text(beside, y, words, transform=ax.transAxes, color=stroke.ink, fontsize=BODY, va="center")
