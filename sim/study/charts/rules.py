"""Which rules a chart marks, and the marks: thin dated lines, names hung above the axes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from textwrap import shorten
from typing import Any

import polars as pl
from matplotlib.axes import Axes

from sim.study.charts.geometry import at, size_in_points
from sim.study.charts.labels import Flag, flags
from sim.study.charts.style import HAIRLINE, MUTED, SMALL

IN_FORCE = "rule in force"
TURNS = ("sales stopped", "licence issued", "design shelved")
"""Events by which a rule closes a chip to China, on sale or still being designed, or opens it."""

MOST_LANES = 6
LENGTHS = (64, 48, 34, 26)
"""Characters a rule's name may have, tried in turn."""

LANE_POINTS = 11.0
OVERHANG = 50.0
"""How far a name may reach beyond the axes, in points."""

FURTHEST_CAUSE = 6


@dataclass(frozen=True)
class Mark:
    """A rule on a chart: the day it binds, its short name, how many chips it closed or licences it led to."""

    day: date
    label: str
    weight: int


def marks_for(events: pl.DataFrame, labels: Mapping[str, str]) -> tuple[Mark, ...]:
    """The rules behind a stop or a licence, in most replications; all rules in force where there is no stop.

    ``labels`` are rules' short names; the title serves where there is none. A rule whose day differs between
    replications (a reactive regulator's) is marked at its median day.
    """
    rules = events.filter(pl.col("kind") == IN_FORCE)
    if rules.is_empty():
        return ()
    usual = (
        rules.group_by("actor")
        .agg(pl.col("date").median().cast(pl.Date), pl.col("detail").first(), pl.col("replication").n_unique())
        .filter(pl.col("replication") * 2 > events["replication"].n_unique())
        .sort("date", "actor")
    )
    weights = _weights(events)
    marks = [
        Mark(day, labels.get(actor) or detail or actor, weights.get(actor, 0))
        for actor, day, detail, _ in usual.iter_rows()
    ]
    return tuple(mark for mark in marks if mark.weight) or tuple(marks)


def _weights(events: pl.DataFrame) -> dict[str, int]:
    """For each rule, how many chips it closed or licences it led to, in the first replication."""
    first = events.filter(pl.col("replication") == events["replication"].min())
    log = {row["id"]: row for row in first.select("id", "cause", "kind", "actor", "chip").iter_rows(named=True)}
    rules = [_rule_behind(row["cause"], log) for row in log.values() if row["kind"] in TURNS]
    return Counter(filter(None, rules))


def _rule_behind(cause: int | None, log: dict[int, dict[str, Any]]) -> str:
    """Name of the nearest rule among an event's causes, empty if there is none near."""
    for _ in range(FURTHEST_CAUSE):
        entry = log.get(cause) if cause is not None else None
        if entry is None:
            return ""
        if entry["kind"].startswith("rule "):
            return str(entry["actor"])
        cause = entry["cause"]
    return ""


def draw_marks(ax: Axes, marks: Sequence[Mark]) -> float:
    """Draw a line and a name for each mark inside the axes' dates; return the height of the names in points.

    Names are cut shorter where they would pile up, then marks are left out, the least weighty first.
    """
    left, right = ax.get_xlim()
    inside = sorted((mark for mark in marks if left < at(mark.day) < right), key=lambda mark: mark.day)
    shown, hung = _hung(inside, ax)
    for mark, flag in zip(shown, hung, strict=True):
        _name(ax, mark, flag)
    return LANE_POINTS * (1 + _height(hung)) + 3 if hung else 0.0


def _hung(marks: list[Mark], ax: Axes) -> tuple[list[Mark], list[Flag]]:
    """The marks with names as long as fit above the axes, and where they hang."""
    for longest in LENGTHS:
        cut = [replace(mark, label=shorten(mark.label, longest, placeholder="…")) for mark in marks]
        hung = _flags(cut, ax)
        if _height(hung) < MOST_LANES:
            break
    while _height(hung) >= MOST_LANES:
        cut = _fewer(cut, ax)
        hung = _flags(cut, ax)
    return cut, hung


def _fewer(marks: list[Mark], ax: Axes) -> list[Mark]:
    """Leave one of the least weighty marks out, that which makes the pile lowest."""
    lightest = min(mark.weight for mark in marks)
    without = [[other for other in marks if other is not mark] for mark in marks if mark.weight == lightest]
    return min(without, key=lambda rest: _height(_flags(rest, ax)))


def _flags(marks: list[Mark], ax: Axes) -> list[Flag]:
    left, right = ax.get_xlim()
    width, _ = size_in_points(ax)
    stems = [(at(mark.day) - left) / (right - left) * width for mark in marks]
    return flags(stems, [_width(_text(mark)) for mark in marks], -OVERHANG, width + OVERHANG)


def _height(hung: list[Flag]) -> int:
    return max((flag.lane for flag in hung), default=-1)


def _name(ax: Axes, mark: Mark, flag: Flag) -> None:
    """A rule's line, dashed over the chart and full above it, its name beside the top."""
    x, across = at(mark.day), ax.get_xaxis_transform()
    _, height = size_in_points(ax)
    foot = 3 + flag.lane * LANE_POINTS
    top = 1 + (foot + LANE_POINTS - 2) / height
    ax.axvline(x, color=HAIRLINE, linewidth=0.7, linestyle=(0, (4, 3)), zorder=1)
    ax.plot([x, x], [1, top], color=HAIRLINE, linewidth=0.7, transform=across, clip_on=False)
    side, offset = ("left", 3) if flag.to_right else ("right", -3)
    ax.annotate(
        _text(mark),
        (x, 1),
        (offset, foot),
        xycoords=across,
        textcoords="offset points",
        annotation_clip=False,
        fontsize=SMALL,
        color=MUTED,
        va="bottom",
        ha=side,
    )


def _text(mark: Mark) -> str:
    return f"{mark.day:%b %Y}  {mark.label}"


def _width(text: str) -> float:
    """Width of a small label in points, with room after it."""
    return len(text) * SMALL * 0.58 + 8
