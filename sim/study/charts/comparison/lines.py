"""What the panels of a comparison share: years, lines with bands, names at their ends, the conditional part."""

from collections.abc import Mapping, Sequence
from datetime import date

import matplotlib.dates as mdates
import polars as pl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from sim.facts.days import DAYS_PER_YEAR
from sim.study.charts.comparison.grid import folded
from sim.study.charts.frame import shade_unknown
from sim.study.charts.geometry import at, places, quarterly, size_in_points, yearly
from sim.study.charts.labels import spread
from sim.study.charts.style import HAIRLINE, MUTED, SMALL, Stroke

YEAR_POINTS, SMALLER = 26.0, 300.0
"""Width of a year's name with room around it; axes less wide than this have small numbers."""
FEW_YEARS = 3.5
SEEN = 0.1
"""Part of the largest difference that one in history must reach to be told instead of it."""
WHOLE = 12
"""Months of a whole year."""
LEADER = 12.0
"""Points from the end of a line to its label."""

End = tuple[str, float, Stroke]
"""Label, height in data and look of a line's end."""


def in_years(ax: Axes) -> None:
    """A tick at every 1 January, every second one where there is no room for more, at quarters in a few years."""
    left, right = ax.get_xlim()
    (quarterly if right - left < FEW_YEARS * DAYS_PER_YEAR else yearly)(ax)
    if size_in_points(ax)[0] * DAYS_PER_YEAR / (right - left) < YEAR_POINTS:
        ax.xaxis.set_major_locator(mdates.YearLocator(2))  # type: ignore[no-untyped-call]
        ax.xaxis.set_minor_locator(mdates.YearLocator())  # type: ignore[no-untyped-call]
    if size_in_points(ax)[0] < SMALLER:
        ax.tick_params(labelsize=SMALL)


def conditional(ax: Axes, known_until: date) -> None:
    """Grey what is conditional, without words: the key has them."""
    shade_unknown(ax, known_until, said=False)
    left, right = ax.get_xlim()
    if left < at(known_until) < right:
        ax.axvline(at(known_until), color=HAIRLINE, linewidth=0.8, linestyle=(0, (1, 1.5)), zorder=1)


def conditional_key(known_until: date, end: date) -> list[tuple[Artist, str]]:
    """What the grey part is, if there is one."""
    if known_until >= end:
        return []
    words = f"conditional on rules frozen as of {known_until.day} {known_until:%B %Y}"
    return [(Patch(facecolor="#f0f0f0", edgecolor=MUTED, linestyle=":", linewidth=1), words)]


def frozen(day: date | None, known_until: date) -> str:
    """What a title adds to what is true of a ``day`` that is not history, None one that is beyond the last."""
    return f", on rules frozen as of {known_until:%B %Y}" if day is None or day > known_until else ""


def told_year(sizes: Mapping[int, float], least: float, known_until: date) -> int | None:
    """The last year of history whose size is at least that large either way, else the last of all; None without any.

    A year counts only if it can be seen beside the one with the largest size.
    """
    seen = SEEN * max(map(abs, sizes.values()), default=0.0)
    felt = [year for year, size in sizes.items() if abs(size) >= max(least, seen)]
    return max([year for year in felt if date(year, 12, 31) <= known_until] or felt, default=None)


def band_key(share: int, of: str) -> tuple[Artist, str]:
    """What a band holds."""
    return Patch(alpha=0.45 if share == 50 else 0.2, color=MUTED, linewidth=0), f"{share}% of {of}"


def stroke_key(stroke: Stroke) -> Line2D:
    """A scenario's line."""
    return Line2D([], [], color=stroke.colour, linestyle=(0, stroke.dashes) if stroke.dashes else "-", linewidth=1.8,
                  marker=stroke.marker or None, markersize=4)  # fmt: skip


def draw_line(ax: Axes, table: pl.DataFrame, stroke: Stroke, strength: float = 1.0, offset: int = 0) -> None:
    """A median with its 50% and 90% bands; a marker once a year, ``offset`` months from the first."""
    days, middle = places(table["date"].to_numpy()), table["p50"].to_numpy()
    floor = 0.015 * ax.get_ylim()[1] if ax.get_yscale() == "linear" else 0.0
    for low, high, alpha in (("p5", "p95", 0.1), ("p25", "p75", 0.2)):
        ax.fill_between(
            days, table[low], table[high], color=stroke.colour, alpha=alpha * strength, linewidth=0, zorder=2
        )
    ax.plot(
        days,
        middle,
        color=stroke.colour,
        linestyle=(0, stroke.dashes) if stroke.dashes else "-",
        linewidth=1.8 if stroke.marker else 1.5,
        marker=stroke.marker or None,
        markersize=4,
        markevery=[place for place in range(offset, len(days), 12) if abs(middle[place]) > floor],
        zorder=3 if stroke.marker else 2.5,
    )


def label_ends(ax: Axes, ends: Sequence[End], when: date, letters: int = 24) -> None:
    """Labels beside the ends of lines, spread so that none covers another, and the date they are of."""
    low, high = ax.get_ylim()
    width, height = size_in_points(ax)
    texts = ["\n".join(folded(text, letters)) for text, _, _ in ends]
    tall = max(1 + text.count("\n") for text in texts)
    wanted = [(value - low) / (high - low) for _, value, _ in ends]
    gap = (tall * SMALL * 1.2 + 3) / height
    heights = spread(wanted, gap, gap / 3, 1 - gap / 3)
    for text, (_, _, stroke), start, y in zip(texts, ends, wanted, heights, strict=True):
        line = [1 + 1 / width, 1 + (LEADER - 2) / width], [start, y]
        ax.plot(*line, color=stroke.colour, linewidth=0.7, transform=ax.transAxes, clip_on=False)
        ax.text(1 + LEADER / width, y, text, transform=ax.transAxes, color=stroke.ink, fontsize=SMALL, va="center",
                linespacing=1.1)  # fmt: skip
    ax.text(
        1 + LEADER / width,
        -11.5 / height,
        f"{when:%b %Y}",
        transform=ax.transAxes,
        color=MUTED,
        fontsize=SMALL,
        va="center",
    )
