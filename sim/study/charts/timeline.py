"""Rules and what they set off: each part's life in China, its rush, its end and its successor, linked to the rules."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
from matplotlib.axes import Axes

from sim.facts.days import DAYS_PER_MONTH
from sim.facts.errors import Fault, InputError
from sim.study.causes import Pattern
from sim.study.charts.choices import Wish
from sim.study.charts.frame import Heading, head, shade_unknown
from sim.study.charts.geometry import at, places, yearly
from sim.study.charts.page import Drawing, Panel, stack_panels
from sim.study.charts.rules import Side, draw_marks
from sim.study.charts.story import RUSHED, SHIPPED, STARTED, STOPPED, STRANDED, STRUCK, Part, Story, story_of
from sim.study.charts.style import FAINT, INK, MUTED, SMALL
from sim.study.charts.view import View
from sim.study.keeping.wording import brief, paying

PAGE, LANE_INCHES = 3.4, 0.52
"""Inches of the page beside the lanes, and of a lane."""

SPREAD = ("p5", "p50", "p95")
TICKS_CLEAR = 20.0
LEAST_RUSH = 0.1
"""A rush of fewer orders than this share of all that were ever delivered is not told."""
CREST = 0.5
"""Height of a flow at its peak, in parts of a lane."""
SOLD, RULED, ORDERED = "#5A8FBF", "#B03A00", "#7a4a00"
BEHIND = {"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.85}
SAID: dict[str, Any] = {"fontsize": SMALL, "color": INK, "zorder": 7, "bbox": BEHIND}
"""Words in a lane, readable over a rule's line."""

BEFORE, AFTER = 300, 560
"""Days shown before the first rule and after the last known one."""


def timeline(view: View, wish: Wish) -> Drawing:
    """Rules and responses as a story in lanes. InputError if no rule did anything to a part sold in China."""
    story = story_of(view)
    if not story.parts:
        raise InputError((Fault(view.name, "", "no rule touched a part sold in China, so there is nothing to draw"),))
    subtitle = (
        f"{view.facts['title']}. Bars: deliveries to China. Diamond to triangle: design to first shipment, with its 90%"
        " interval. Cross: stopped by the rule it hangs on, of the US above, of China below. All are medians."
    )
    heading = Heading(_message(story, view), subtitle, story.above, view.known_until)
    lanes = len(story.parts) + len(_extras(story))
    panel = Panel(lambda ax: draw_timeline(ax, story, heading))
    figure = stack_panels((panel,), view.made, view.sources, PAGE + LANE_INCHES * lanes)
    return Drawing(figure, _numbers(story))


def _message(story: Story, view: View) -> str:
    """The rule that struck most orders."""
    struck = [moment for part in story.parts for moment in part.happened(STRUCK) if moment.quantity and moment.law]
    if not struck:
        return "What each rule set off"
    most = max(struck, key=lambda moment: moment.quantity[1] if moment.quantity else 0.0)
    name = view.labels.get(most.law, most.law)
    chips = brief(most.quantity[1] if most.quantity else 0.0)
    return f"“{name}” struck {chips} orders for the {most.about} in {most.when:%B %Y}"


def _extras(story: Story) -> list[str]:
    found = {"memory": len(story.memory), "smuggled": len(story.smuggled), "begun": len(story.begun)}
    return [name for name, size in found.items() if size]


def _numbers(story: Story) -> pl.DataFrame:
    """Every moment drawn: kind, chip, the rule behind, share of replications, dates and quantities."""
    moments = [moment for part in story.parts for moment in part.moments] + list(story.begun)
    rows = [
        {
            "kind": moment.kind,
            "chip": moment.about,
            "rule": moment.law,
            "share": moment.replications / moment.of,
            **{f"date_{q}": date.fromordinal(round(day)) for q, day in zip(SPREAD, moment.day, strict=True)},
            **{f"quantity_{q}": value for q, value in zip(SPREAD, moment.quantity or (None,) * 3, strict=True)},
            "unit": moment.unit,
        }
        for moment in moments
    ]
    told = pl.DataFrame(rows, schema_overrides={f"quantity_{q}": pl.Float64 for q in SPREAD})
    flows = (("HBM received", story.memory, "stacks a month"), ("smuggled", story.smuggled, "chips a quarter"))
    return pl.concat([told, *(_flow(*flow) for flow in flows if len(flow[1]))], how="diagonal")


def _flow(kind: str, rows: pl.DataFrame, unit: str) -> pl.DataFrame:
    named = rows.rename({"date": "date_p50", **{q: f"quantity_{q}" for q in SPREAD}})
    return named.with_columns(kind=pl.lit(kind), unit=pl.lit(unit))


def draw_timeline(ax: Axes, story: Story, heading: Heading) -> Axes:
    """Draw the story on ``ax`` and return it: a lane for each part, then memory, smuggling and first production."""
    extras = _extras(story)
    lanes = len(story.parts) + len(extras)
    _frame(ax, story, heading)
    shade_unknown(ax, heading.known_until)
    for place, part in enumerate(story.parts):
        _part(ax, part, place)
    drawn = {"memory": _memory, "smuggled": _smuggled, "begun": _begun}
    for place, extra in enumerate(extras, len(story.parts)):
        drawn[extra](ax, story, place)
    _connect(ax, story, lanes)
    draw_marks(ax, story.below, Side(below=True, clear=TICKS_CLEAR, through=False))
    head(ax, heading, draw_marks(ax, story.above, Side(through=False)))
    return ax


def _frame(ax: Axes, story: Story, heading: Heading) -> None:
    """Dates from before the first rule to a year after the last known one; a lane a row, the first on top."""
    days = [mark.day for mark in (*story.above, *story.below)] or [part.months[0] for part in story.parts]
    last = max(days)
    known = heading.known_until or last
    ax.set_xlim(at(min(days) - timedelta(BEFORE)), at(max(last, known) + timedelta(AFTER)))
    yearly(ax)
    extras = _extras(story)
    names = {"memory": "HBM for\nChinese makers", "smuggled": "smuggled\nper quarter", "begun": "first made\nin China"}
    labels = [f"{part.chip}\n{brief(part.delivered)}" for part in story.parts] + [names[extra] for extra in extras]
    ax.set_ylim(len(labels) - 0.5, -0.5)
    ax.set_yticks(range(len(labels)), labels)
    ax.tick_params(axis="y", length=0)
    for place in range(len(labels) - 1):
        ax.axhline(place + 0.5, color=FAINT, linewidth=0.7, zorder=0.5)


def _part(ax: Axes, part: Part, place: int) -> None:
    """A part's months of delivery as bars, its design before them, its rush above them, its losses below."""
    for start, end in _stretches(part.months):
        ax.barh(place, end - start, 0.24, left=start, color=SOLD, linewidth=0, zorder=2)
    for moment in part.happened(STARTED):
        _design(ax, moment, next(iter(part.happened(SHIPPED)), None), place)
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


def _losses(ax: Axes, part: Part, place: int) -> None:
    """Orders struck and stock stranded where it cost most, under the stop."""
    stops = part.happened(STRUCK) + part.happened(STRANDED)
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
    return f"{brief(amount)} orders struck" if moment.kind == STRUCK else f"{paying(amount)(amount)} stranded"


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


def _memory(ax: Axes, story: Story, place: int) -> None:
    _wave(ax, story.memory, place, "stacks in")


def _smuggled(ax: Axes, story: Story, place: int) -> None:
    _wave(ax, story.smuggled, place, "chips in the quarter to")


def _begun(ax: Axes, story: Story, place: int) -> None:
    """First production of domestic chips, names above and below in turn."""
    left, right = ax.get_xlim()
    inset = 0.05 * (right - left)
    shown = [moment for moment in story.begun if left + inset < at(moment.when) < right - inset]
    for position, moment in enumerate(shown):
        x, side = at(moment.when), -1 if position % 2 == 0 else 1
        ax.plot(x, place, marker="o", markersize=5, color=INK, zorder=5)
        ax.annotate(moment.about, (x, place + side * 0.29), ha="center", va="center", **SAID)


def _connect(ax: Axes, story: Story, lanes: int) -> None:
    """From each rule's name a line to the lanes it touches: from above for the US, from below for China."""
    for marks, edge in ((story.above, -0.5), (story.below, lanes - 0.5)):
        for mark in marks:
            touched = [place for place, part in enumerate(story.parts) if part.touched(mark.rule)]
            if mark.rule in story.on_memory:
                touched.append(len(story.parts))
            if touched:
                end = max(touched) if edge < 0 else min(touched)
                x = at(mark.day)
                ax.plot([x, x], [edge, end], color=RULED, linewidth=0.9, linestyle="-" if edge < 0 else (0, (4, 2)))
                ax.plot([x] * len(touched), touched, linestyle="", marker="o", markersize=2.5, color=RULED, zorder=4)
