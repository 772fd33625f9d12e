"""Which rules a chart marks, and the marks: thin dated lines, names hung above the axes."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from textwrap import shorten
from typing import Any

import polars as pl
from matplotlib.axes import Axes

from sim.study.causes import CLOSES, closure
from sim.study.charts.geometry import at, size_in_points
from sim.study.charts.labels import Flag, flags
from sim.study.charts.style import HAIRLINE, MUTED, SMALL

IN_FORCE, LEAKED, LICENSED = "rule in force", "rule leaked", "licence issued"
SUBJECT = ("kind", "actor", "chip", "detail")
TURNS = ("sales stopped", LICENSED, "design shelved")
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
    """A rule on a chart: the day it binds, its short name, how many chips it closed or licences it led to, its key."""

    day: date
    label: str
    weight: int
    rule: str = field(default="", compare=False)


def marks_for(events: pl.DataFrame, labels: Mapping[str, str], chip: str | None = None) -> tuple[Mark, ...]:
    """The rules behind a stop or a licence, of ``chip`` or of any, in most replications; all rules where none was.

    ``labels`` are rules' short names; the title serves where there is none. A rule whose day differs between
    replications (a reactive regulator's) is marked at its median day.
    """
    events = with_closures(events)
    weights = _weights(events, chip)
    marks = _marks(events, labels, weights)
    return tuple(mark for mark in marks if mark.weight) or (() if chip else marks)


def with_closures(events: pl.DataFrame) -> pl.DataFrame:
    """A log in which a reactive regulator's closures are rules that take force, named after the chip they close."""
    closes = pl.col("kind") == CLOSES
    named = pl.lit(closure("")) + pl.col("chip")
    told = pl.lit("regulator closes the ") + pl.col("chip")
    return events.with_columns(
        kind=pl.when(closes).then(pl.lit(IN_FORCE)).otherwise("kind"),
        actor=pl.when(closes).then(named).otherwise("actor"),
        detail=pl.when(closes).then(told).otherwise("detail"),
    )


def marks_of(events: pl.DataFrame, labels: Mapping[str, str], rules: Collection[str]) -> tuple[Mark, ...]:
    """These rules, where they took force in most replications."""
    return _marks(events.filter(pl.col("actor").is_in(list(rules)) | (pl.col("kind") != IN_FORCE)), labels, {})


def leaks_of(events: pl.DataFrame, labels: Mapping[str, str], chip: str) -> tuple[Mark, ...]:
    """The days on which the rules that were to stop a chip became known before they were announced."""
    stopping = [rule for rule in _weights(events, chip) if rule]
    leaked = events.filter(pl.col("kind") == LEAKED, pl.col("actor").is_in(stopping))
    marks = _marks(leaked.with_columns(kind=pl.lit(IN_FORCE)), labels, {})
    return tuple(replace(mark, label=f"leaked: {mark.label}") for mark in marks)


def _marks(events: pl.DataFrame, labels: Mapping[str, str], weights: Mapping[str, int]) -> tuple[Mark, ...]:
    rules = events.filter(pl.col("kind") == IN_FORCE)
    if rules.is_empty():
        return ()
    usual = (
        rules.group_by("actor")
        .agg(pl.col("date").median().cast(pl.Date), pl.col("detail").first(), pl.col("replication").n_unique())
        .filter(pl.col("replication") * 2 > events["replication"].n_unique())
        .sort("date", "actor")
    )
    return tuple(
        Mark(day, labels.get(actor) or detail or actor, weights.get(actor, 0), actor)
        for actor, day, detail, _ in usual.iter_rows()
    )


def _weights(events: pl.DataFrame, chip: str | None) -> dict[str, int]:
    """For each rule, how many chips it closed or licences it led to, in the first replication."""
    if events.is_empty():
        return {}
    first = events.filter(pl.col("replication") == events["replication"].min())
    log = {row["id"]: row for row in first.select("id", "cause", *SUBJECT).iter_rows(named=True)}
    turns = [row for row in log.values() if row["kind"] in TURNS and (chip is None or _concerns(row, chip))]
    return Counter(filter(None, (_rule_behind(row["cause"], log) for row in turns)))


def _concerns(row: dict[str, Any], chip: str) -> bool:
    """Whether a turn is about a chip; licences name theirs in the detail."""
    return chip == row["chip"] or (row["kind"] == LICENSED and chip in row["detail"].split(", "))


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


@dataclass(frozen=True)
class Side:
    """Where names hang: above the axes or ``below`` them, so many points clear of them; lines ``through`` or not."""

    below: bool = False
    clear: float = 0.0
    through: bool = True


def draw_marks(ax: Axes, marks: Sequence[Mark], side: Side | None = None) -> float:
    """Draw a line and a name for each mark inside the axes' dates; return the height of the names in points.

    Names are cut shorter where they would pile up, then marks are left out, the least weighty first.
    """
    left, right = ax.get_xlim()
    inside = sorted((mark for mark in marks if left < at(mark.day) < right), key=lambda mark: mark.day)
    shown, hung = _hung(inside, ax)
    for mark, flag in zip(shown, hung, strict=True):
        _name(ax, mark, flag, side or Side())
    return LANE_POINTS * (1 + _height(hung)) + 3 if hung else 0.0


def named_marks(ax: Axes, marks: Sequence[Mark]) -> list[Mark]:
    """The marks that ``draw_marks`` has room for on axes of this width and these dates."""
    left, right = ax.get_xlim()
    return _hung(sorted((mark for mark in marks if left < at(mark.day) < right), key=lambda mark: mark.day), ax)[0]


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


def _name(ax: Axes, mark: Mark, flag: Flag, side: Side) -> None:
    """A rule's line, dashed over the chart and full beyond it, its name beside the end."""
    x, across = at(mark.day), ax.get_xaxis_transform()
    _, height = size_in_points(ax)
    foot = 3 + side.clear + flag.lane * LANE_POINTS
    reach = (foot + LANE_POINTS - 2) / height
    if side.through:
        ax.axvline(x, color=HAIRLINE, linewidth=0.7, linestyle=(0, (4, 3)), zorder=1)
    ends = [-side.clear / height, -reach] if side.below else [1 + side.clear / height, 1 + reach]
    ax.plot([x, x], ends, color=HAIRLINE, linewidth=0.7, transform=across, clip_on=False)
    beside, offset = ("left", 3) if flag.to_right else ("right", -3)
    ax.annotate(
        _text(mark),
        (x, 0 if side.below else 1),
        (offset, -foot if side.below else foot),
        xycoords=across,
        textcoords="offset points",
        annotation_clip=False,
        fontsize=SMALL,
        color=MUTED,
        va="top" if side.below else "bottom",
        ha=beside,
    )


def _text(mark: Mark) -> str:
    return f"{mark.day:%b %Y}  {mark.label}"


def _width(text: str) -> float:
    """Width of a small label in points, with room after it."""
    return len(text) * SMALL * 0.58 + 8
