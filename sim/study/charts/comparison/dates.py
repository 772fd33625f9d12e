"""The rules whose dates a variant changes: when each takes effect in it, and when in the reference."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from textwrap import shorten
from typing import Any

import polars as pl
from matplotlib.axes import Axes

from sim.study.charts.geometry import at, size_in_points
from sim.study.charts.labels import Flag, flags
from sim.study.charts.style import HAIRLINE, INK, MUTED, SMALL
from sim.study.charts.view import View

CLOSES = "regulator closes"
PHASES = {
    "rule in force": "",
    "rule leaked": ", leaked",
    "rule announced": ", announced",
    "rule withdrawn": ", withdrawn",
    CLOSES: "",
}
"""Events that date a rule, and how all but the main one are told; the first that differs is."""

MOST_NAMED, MOST_SHORT = 6, 8
"""Differing dates named on a panel, and differing rules of which the first are; beyond, their number is told."""
MOST_LANES = 6
LANE_POINTS = 11.0
STUB = 0.07
"""Length of the line of a date that has no name, in parts of the axes."""
LENGTHS = (60, 46, 38, 32, 26)
"""Characters a name may have, tried in turn."""


@dataclass(frozen=True)
class Change:
    """A rule's day that the two sides do not share: the variant's own if ``ours``, else the reference's.

    ``known`` says that the rule has a short name, as those have that a reader has heard of; ``dropped`` that the
    variant lacks the rule.
    """

    day: date
    label: str
    ours: bool
    rule: str
    known: bool
    dropped: bool = False

    @property
    def text(self) -> str:
        """The day and the name."""
        return f"{self.day:%b %Y}: {self.label}"


@dataclass(frozen=True)
class Dated:
    """A rule on one side: its name for people, whether that is a short one, the day of each of its phases."""

    name: str
    known: bool
    days: dict[str, date]


NOWHERE = Dated("", False, {})


def changes(reference: View, variant: View) -> tuple[Change, ...]:
    """Days of rules that differ between two sides, in order."""
    here, there = _dated(reference), _dated(variant)
    found = [
        change
        for rule in {**here, **there}
        for change in _changed(rule, here.get(rule, NOWHERE), there.get(rule, NOWHERE))
    ]
    return tuple(sorted(found, key=lambda change: (change.day, not change.ours, change.rule)))


def _changed(rule: str, old: Dated, new: Dated) -> list[Change]:
    """The days of the first phase that differs, none if none does."""
    phase = next((phase for phase in PHASES if old.days.get(phase) != new.days.get(phase)), None)
    if phase is None:
        return []
    found, known = [], old.known or new.known
    if phase in new.days:
        found.append(Change(new.days[phase], f"{new.name}{PHASES[phase]}", True, rule, known))
    if phase in old.days:
        gone = not new.days
        label = f"{old.name}{PHASES[phase]}{', dropped' * gone}"
        found.append(Change(old.days[phase], label, False, rule, known, gone))
    return found


def _dated(view: View) -> dict[str, Dated]:
    """Median day of each rule's phases that come in most replications, by rule."""
    most = view.events["replication"].n_unique()
    subject = pl.when(pl.col("kind") == CLOSES).then(pl.col("chip")).otherwise(pl.col("actor"))
    rows = (
        view.events.filter(pl.col("kind").is_in(list(PHASES)))
        .group_by("kind", subject.alias("rule"))
        .agg(pl.col("date").median().cast(pl.Date), pl.col("detail").first(), pl.col("replication").n_unique())
        .filter(pl.col("replication") * 2 > most)
        .sort("rule", "kind")
    )
    found: dict[str, Dated] = {}
    for kind, rule, day, detail, _ in rows.iter_rows():
        short = f"regulator closes the {rule}" if kind == CLOSES else view.labels.get(rule)
        found.setdefault(rule, Dated(short or detail or rule, short is not None, {})).days[kind] = day
    return found


def named(found: Sequence[Change]) -> list[Change]:
    """The changes that get a name: all if they are few, else the first of rules with short names, none of very many."""
    some = [change for change in found if change.known]
    if len(found) <= MOST_NAMED:
        return list(found)
    return some[:MOST_NAMED] if len({change.rule for change in found}) <= MOST_SHORT else []


def counted(found: Sequence[Change]) -> str:
    """How many rules differ, where some of their dates are not named; else empty."""
    rules = len({change.rule for change in found})
    return "" if len(named(found)) == len(found) else f"{rules} rules differ, from {found[0].day:%b %Y} on"


def draw_changes(ax: Axes, found: Sequence[Change], ink: tuple[float, float, float], overhang: float) -> float:
    """A line a date, the variant's full in ``ink``, the reference's dashed in grey, names hung above; their height.

    ``overhang`` is how far names may reach beyond the axes, in points.
    """
    left, right = ax.get_xlim()
    inside = [change for change in found if left < at(change.day) < right]
    shown = named(inside)
    for change in inside:
        look: dict[str, Any] = {"color": ink} if change.ours else {"color": MUTED, "linestyle": (0, (4, 3))}
        foot = 0.0 if change in shown else 1 - STUB
        ax.axvline(at(change.day), foot, 1, linewidth=0.8, alpha=0.8, zorder=1.5, **look)
    cut, hung = _hung(shown, ax, overhang)
    for change, text, flag in zip(shown, cut, hung, strict=True):
        _name(ax, change, text, flag, ink if change.ours else None)
    return LANE_POINTS * (1 + max(flag.lane for flag in hung)) + 3 if hung else 0.0


def _hung(shown: Sequence[Change], ax: Axes, overhang: float) -> tuple[list[str], list[Flag]]:
    """Texts as long as two lanes hold, or as short as they get, and where they hang."""
    left, right = ax.get_xlim()
    width, _ = size_in_points(ax)
    stems = [(at(change.day) - left) / (right - left) * width for change in shown]
    cut: list[str] = []
    hung: list[Flag] = []
    for longest in LENGTHS:
        cut = [shorten(change.text, longest, placeholder="…") for change in shown]
        widths = [len(text) * SMALL * 0.56 + 8 for text in cut]
        hung = flags(stems, widths, -overhang, width + overhang)
        reach = [x + w if flag.to_right else w - x + width for x, w, flag in zip(stems, widths, hung, strict=True)]
        if max(reach, default=0.0) <= width + overhang and all(flag.lane < MOST_LANES for flag in hung):
            break
    return cut, hung


def _name(ax: Axes, change: Change, text: str, flag: Flag, ink: tuple[float, float, float] | None) -> None:
    x, across = at(change.day), ax.get_xaxis_transform()
    _, height = size_in_points(ax)
    foot = 3 + flag.lane * LANE_POINTS
    ax.plot([x, x], [1, 1 + (foot + LANE_POINTS - 2) / height], color=ink or HAIRLINE, linewidth=0.7,
            transform=across, clip_on=False)  # fmt: skip
    ax.annotate(
        text,
        (x, 1),
        (3 if flag.to_right else -3, foot),
        xycoords=across,
        textcoords="offset points",
        annotation_clip=False,
        fontsize=SMALL,
        color=INK if ink else MUTED,
        va="bottom",
        ha="left" if flag.to_right else "right",
    )
