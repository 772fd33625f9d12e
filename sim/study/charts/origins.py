"""Where China's new AI chips came from, quarter by quarter: legal imports, domestic makers, smugglers."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from matplotlib.axes import Axes

from sim.facts.errors import Fault, InputError
from sim.study.charts.choices import WORDS, Units, Wish
from sim.study.charts.frame import LEADER, Heading, count_up, head, shade_unknown
from sim.study.charts.geometry import places, size_in_points, swatch, yearly
from sim.study.charts.labels import spread
from sim.study.charts.page import Drawing, compose
from sim.study.charts.rules import draw_marks, marks_for
from sim.study.charts.style import BODY, INK, MUTED, SMALL
from sim.study.charts.view import View
from sim.study.keeping.inflow import ALL, BY_QUARTER, BY_YEAR
from sim.study.keeping.wording import brief, together
from sim.world.draws import Floats
from sim.world.series import UNLISTED

DAYS_A_BAR, GAP_DAYS = 91.3, 12.0
MEASURE = {
    Units.CHIPS: "deliveries",
    Units.TPP: "deliveries_h100e_tpp",
    Units.TRAINING: "deliveries_h100e_training",
    Units.INFERENCE: "deliveries_h100e_inference",
}
COUNTED = {
    Units.CHIPS: "AI chips",
    Units.TPP: "compute by TPP",
    Units.TRAINING: "training compute",
    Units.INFERENCE: "inference compute",
}


@dataclass(frozen=True)
class Fill:
    """How an origin's part of a bar is told from the others: colour on a screen, lightness and hatch in print."""

    colour: str
    edge: str
    hatch: str
    words: str


FILLS = {
    "legal": Fill("#0072B2", "#0072B2", "", "legal imports"),
    "domestic": Fill("#F0B878", "#7a4a00", "////", "domestic makers"),
    "smuggled": Fill("#1a1a1a", "#1a1a1a", "", "smuggled"),
}
"""From the bottom of a bar to its top."""


def origins(view: View, wish: Wish) -> Drawing:
    """Chips that reached China by origin, a bar a quarter. InputError if the run holds none."""
    rows = view.groups.filter(pl.col("measure") == MEASURE[wish.units])
    quarters = rows.filter(pl.col("by") == BY_QUARTER)
    year = _year(rows.filter(pl.col("by") == BY_YEAR), view.known_until)
    if quarters.is_empty():
        raise InputError((Fault(view.name, "", "holds no whole quarter's deliveries, so there is nothing to draw"),))
    title, basis = _message(year, wish.units)
    subtitle = (
        f"{basis}{view.facts['title']}. Bars: medians of each origin, which need not add up to the median of all;"
        " whiskers: median and 90% interval of all."
    )
    heading = Heading(title, subtitle, marks_for(view.events, view.labels), view.known_until)
    footer = view.sources if wish.units is Units.CHIPS else f"{view.sources} {UNLISTED}"
    what = f"{WORDS[wish.units]} a quarter"
    figure = compose(lambda ax: draw_origins(ax, quarters, heading, what), view.made, footer)
    return Drawing(figure, pl.concat([quarters, year]).drop("measure", "mean").rename({"by": "period"}))


def _year(trailing: pl.DataFrame, known_until: date) -> pl.DataFrame:
    """The last year that is history, or the last of all; empty if the run has no whole year."""
    history = trailing.filter(pl.col("date") <= known_until)
    chosen = history if len(history) else trailing
    return chosen.filter(pl.col("date") == pl.col("date").max())


def _message(year: pl.DataFrame, units: Units) -> tuple[str, str]:
    """Where most came from in the last known year: by medians, the ratio of a group's to that of all."""
    found = {row["group"]: row for row in year.iter_rows(named=True)}
    whole = found.pop(ALL, None)
    if whole is None or not whole["p50"]:
        return f"Where China's {COUNTED[units]} came from", ""
    most = max(found.values(), key=lambda row: row["p50"])
    share = most["p50"] / whole["p50"]
    part = "Nearly all" if share >= 0.995 else f"{share:.0%}"
    when = f"{whole['date']:%B %Y}"
    source = {"legal": "was bought legally abroad", "domestic": "was made there", "smuggled": "was smuggled in"}
    verb = source[most["group"]].replace("was", "were") if units is Units.CHIPS else source[most["group"]]
    low, middle, high = together(whole["p5"], whole["p50"], whole["p95"])
    title = f"{part} of the {COUNTED[units]} that reached China in the year to {when} {verb}"
    return title, f"All origins in that year: {middle} (90% interval {low} to {high}). "


def draw_origins(ax: Axes, table: pl.DataFrame, heading: Heading, what: str) -> Axes:
    """Draw inflow by origin on ``ax``, stacked, and return it.

    ``table`` has date (a quarter's last day), group, p5, p50 and p95; its group "all" is the whole.
    """
    whole = table.filter(pl.col("group") == ALL)
    ends = places(whole["date"].to_numpy())
    ax.set_xlim(ends.min() - DAYS_A_BAR, ends.max())
    yearly(ax)
    tops = _stack(ax, table, ends)
    count_up(ax, max(float(whole["p95"].max() or 0), tops.max(), 1.0), what, headroom=1.14)  # type: ignore[arg-type]
    _whiskers(ax, whole, ends)
    _label_ends(ax, table)
    shade_unknown(ax, heading.known_until)
    head(ax, heading, draw_marks(ax, heading.marks))
    return ax


def _stack(ax: Axes, table: pl.DataFrame, ends: Floats) -> Floats:
    """Bars from the bottom up; gives the heights of the stacks."""
    heights = np.zeros(len(ends))
    for origin, fill in FILLS.items():
        rows = table.filter(pl.col("group") == origin)
        if rows.is_empty():
            continue
        tall = rows["p50"].to_numpy()
        ax.bar(
            ends - DAYS_A_BAR / 2,
            tall,
            DAYS_A_BAR - GAP_DAYS,
            bottom=heights,
            color=fill.colour,
            hatch=fill.hatch,
            edgecolor=fill.edge,
            linewidth=0.4,
            label=origin,
            zorder=2,
        )
        heights = heights + tall
    return heights


def _whiskers(ax: Axes, whole: pl.DataFrame, ends: Floats) -> None:
    """The whole's 90% interval at each bar, a tick at its median."""
    middle = ends - DAYS_A_BAR / 2
    for colour, width in (("white", 2.4), (INK, 0.9)):
        ax.vlines(middle, whole["p5"], whole["p95"], color=colour, linewidth=width, zorder=4)
    for colour, width in (("white", 2.6), (INK, 1.1)):
        look: dict[str, Any] = {"linestyle": "", "marker": "_", "color": colour, "markeredgewidth": width}
        ax.plot(middle, whole["p50"], markersize=5, zorder=5, label="all", **look)


def _label_ends(ax: Axes, table: pl.DataFrame) -> None:
    """Each origin's name and last median beside its part of the last bar."""
    last = table.filter(pl.col("date") == pl.col("date").max())
    found = {row["group"]: row["p50"] for row in last.iter_rows(named=True)}
    shown = [origin for origin in FILLS if origin in found]
    width, height = size_in_points(ax)
    top, middles, below = ax.get_ylim()[1], [], 0.0
    for origin in shown:
        middles.append((below + found[origin] / 2) / top)
        below += found[origin]
    heights = spread(middles, (BODY + 3.5) / height, 0.0, 1.0)
    beside, inner = 1 + LEADER / width, 1 - GAP_DAYS / 2 / (ax.get_xlim()[1] - ax.get_xlim()[0])
    when = f"quarter to {last['date'][0]:%b %Y}"
    ax.text(beside, -15 / height, when, transform=ax.transAxes, color=MUTED, fontsize=SMALL, va="center")
    for origin, middle, y in zip(shown, middles, heights, strict=True):
        line = [inner, beside - 3 / width], [middle, y]
        ax.plot(*line, color=MUTED, linewidth=0.7, transform=ax.transAxes, clip_on=False)
        fill = FILLS[origin]
        ax.add_patch(swatch(ax, (beside, y - 4 / height), fill.colour, fill.edge, fill.hatch))
        words = f"{fill.words}  {brief(found[origin])}"
        ax.text(beside + 19 / width, y, words, transform=ax.transAxes, fontsize=BODY, va="center")
