"""The lanes of the timeline: a part's life, memory and smuggling as flows, what was first made in China."""

from datetime import date
from typing import Any

import numpy as np
import polars as pl
from matplotlib.axes import Axes

from sim.facts.days import DAYS_PER_MONTH
from sim.study.causes import Pattern
from sim.study.charts.geometry import at, places
from sim.study.charts.story import REOPENED, RUSHED, SHIPPED, STARTED, STOPPED, STRANDED, STRUCK, Part, Story
from sim.study.charts.style import INK, MUTED, SMALL
from sim.study.keeping.wording import brief, paying

LEAST_RUSH = 0.1
"""A rush of fewer orders than this share of all that were ever delivered is not told."""
RING = 0.2
"""How far above the middle of its lane a reopening stands."""
CREST = 0.5
"""Height of a flow at its peak, in parts of a lane."""
SOLD, RULED, OPENED, ORDERED = "#5A8FBF", "#B03A00", "#00703C", "#7a4a00"
BEHIND = {"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.85}
SAID: dict[str, Any] = {"fontsize": SMALL, "color": INK, "zorder": 7, "bbox": BEHIND}
"""Words in a lane, readable over a rule's line."""


def draw_part(ax: Axes, part: Part, place: int) -> None:
    """A part's months of delivery as bars, its design before them, its rush above them, its losses below."""
    for start, end in _stretches(part.months):
        ax.barh(place, end - start, 0.24, left=start, color=SOLD, linewidth=0, zorder=2)
    for moment in part.happened(STARTED):
        _design(ax, moment, next(iter(part.happened(SHIPPED)), None), place)
    for moment in part.happened(REOPENED):
        _reopening(ax, moment, place)
    for moment in part.happened(STOPPED):
        ax.plot(at(moment.when), place, marker="X", markersize=7, color=RULED, markeredgecolor="white", zorder=6)
    rushes = part.happened(RUSHED)
    if sum(moment.quantity[1] for moment in rushes if moment.quantity) > LEAST_RUSH * part.delivered:
        _rush(ax, rushes, place)
    _losses(ax, part, place)


def _stretches(months: tuple[date, ...]) -> list[tuple[float, float]]:
    """Runs of months next to each other, from the first day to the last, as places on the axis."""
    runs: list[list[float]] = []
    for month in months:
        end = at(month)
        if runs and end - runs[-1][1] < 1.5 * DAYS_PER_MONTH:
            runs[-1][1] = end
        else:
            runs.append([end - DAYS_PER_MONTH, end])
    return [(start, end) for start, end in runs]


def _design(ax: Axes, started: Pattern, shipped: Pattern | None, place: int) -> None:
    start = at(started.when)
    ax.plot(start, place, marker="D", markersize=4.5, color="white", markeredgecolor=INK, zorder=5)
    if shipped is None:
        return
    low, middle, high = (at(date.fromordinal(round(day))) for day in shipped.day)
    ax.plot([start, middle], [place, place], color=INK, linewidth=1, linestyle=(0, (2, 1.5)), zorder=3)
    ax.plot([low, high], [place, place], color=INK, linewidth=2.2, solid_capstyle="butt", zorder=3)
    ax.plot(middle, place, marker=">", markersize=6, color=INK, markeredgecolor="white", zorder=5)


def _rush(ax: Axes, rushes: list[Pattern], place: int) -> None:
    """When orders were rushed, and how many in all."""
    first, chips = min(moment.day[1] for moment in rushes), sum(m.quantity[1] for m in rushes if m.quantity)
    x = at(date.fromordinal(round(first)))
    ax.plot(x, place - 0.2, marker="^", markersize=5.5, color=ORDERED, zorder=5)
    words = f"rush: {brief(chips)} ordered"
    ax.annotate(words, (x, place - 0.2), (-5, 1), textcoords="offset points", ha="right", va="center", **SAID)


def _reopening(ax: Axes, moment: Pattern, place: int) -> None:
    """A ring above the lane's middle, so that a stop a few days later does not cover it."""
    x = at(moment.when)
    ax.plot(x, place - RING, marker="o", markersize=5.5, color="white", markeredgecolor=OPENED, zorder=6)
    ax.annotate("reopened", (x, place - RING), (6, 1), textcoords="offset points", ha="left", va="center", **SAID)


def _losses(ax: Axes, part: Part, place: int) -> None:
    """Orders struck and stock stranded where it cost most, under the stop; no orders that a rule only trimmed."""
    rules = {moment.law for moment in part.happened(STOPPED)}
    stops = [moment for kind in (STRUCK, STRANDED) for moment in part.happened(kind) if moment.law in rules]
    if not stops:
        return
    worst = max(stops, key=lambda moment: (moment.kind == STRUCK, moment.quantity[1] if moment.quantity else 0.0))
    mine = [moment for moment in stops if moment.law == worst.law and moment.quantity]
    if not mine:
        return
    x, (left, right) = at(mine[0].when), ax.get_xlim()
    side, offset = ("left", 3) if x < left + 0.6 * (right - left) else ("right", -3)
    words = ", ".join(_loss(moment) for moment in mine)
    ax.annotate(words, (x, place + 0.31), (offset, 0), textcoords="offset points", ha=side, va="center", **SAID)


def _loss(moment: Pattern) -> str:
    amount = moment.quantity[1] if moment.quantity else 0.0
    return f"orders for {brief(amount)} struck" if moment.kind == STRUCK else f"{paying(amount)(amount)} stranded"


def _wave(ax: Axes, rows: pl.DataFrame, place: int, words: str) -> None:
    """A flow as an area in its lane, its own scale, its peak told."""
    left, right = ax.get_xlim()
    days, flow = places(rows["date"].to_numpy()), rows["p50"].to_numpy()
    inside = (days > left) & (days <= right)
    if not inside.any() or not flow[inside].max() > 0:
        return
    peak = int(np.flatnonzero(inside)[flow[inside].argmax()])
    foot = place + 0.4
    ax.fill_between(days[inside], foot, foot - CREST * flow[inside] / flow[peak], color=MUTED, alpha=0.55, linewidth=0)
    late = days[peak] > left + 0.6 * (right - left)
    side, offset = ("right", -8) if late else ("left", 8)
    told = f"{brief(flow[peak])} {words} {rows['date'][peak]:%b %Y}"
    ax.annotate(told, (days[peak], place - 0.3), (offset, 0), textcoords="offset points", ha=side, va="center", **SAID)


def draw_memory(ax: Axes, story: Story, place: int) -> None:
    """HBM that reached China's makers, by month."""
    _wave(ax, story.memory, place, "stacks in")


def draw_smuggled(ax: Axes, story: Story, place: int) -> None:
    """Smuggled chips by quarter."""
    _wave(ax, story.smuggled, place, "chips in the quarter to")


def draw_begun(ax: Axes, story: Story, place: int) -> None:
    """First production of domestic chips, names above and below in turn."""
    left, right = ax.get_xlim()
    inset = 0.05 * (right - left)
    shown = [moment for moment in story.begun if left + inset < at(moment.when) < right - inset]
    for position, moment in enumerate(shown):
        x, side = at(moment.when), -1 if position % 2 == 0 else 1
        ax.plot(x, place, marker="o", markersize=5, color=INK, zorder=5)
        ax.annotate(moment.about, (x, place + side * 0.29), ha="center", va="center", **SAID)
