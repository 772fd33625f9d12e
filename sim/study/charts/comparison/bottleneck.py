"""What holds a domestic maker back under each scenario, a strip a scenario on one time axis."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.facts.deals import plain
from sim.facts.errors import Fault, InputError, did_you_mean
from sim.study.charts.bottleneck import FILLS, TALL, draw_bottleneck, made_by, shares_of
from sim.study.charts.comparison.choices import Wish
from sim.study.charts.comparison.contrast import Contrast
from sim.study.charts.comparison.dates import Change, changes
from sim.study.charts.comparison.grid import folded
from sim.study.charts.frame import Heading
from sim.study.charts.geometry import at
from sim.study.charts.page import Drawing, Panel, stack_panels
from sim.study.charts.rules import marks_of
from sim.study.charts.style import INK
from sim.study.charts.view import View
from sim.study.keeping.wording import brief

SUPPLY = ("hbm", "foreign-die", "wafer-tool")
PAGE, STRIP = 3.0, 0.62
"""Inches of the page beside the strips, and of a strip."""
LETTERS = 24
"""Letters of a scenario's name in a line."""


@dataclass(frozen=True)
class Strips:
    """What is drawn: the input that binds by scenario and month, names of the strips, dates that differ in each."""

    shares: pl.DataFrame
    rows: list[tuple[str, str]]
    dates: Mapping[str, tuple[Change, ...]]


def bottleneck(contrast: Contrast, wish: Wish) -> Drawing:
    """What binds one maker by scenario. InputError for an unknown one, or one that made nothing anywhere."""
    made = {label: made_by(view.summary) for label, view in contrast.views.items()}
    maker = _maker(contrast, wish, made)
    strips = Strips(_shares(contrast, maker), _rows(made, maker), _dates(contrast))
    reference = contrast.views[contrast.reference]
    name = reference.labels.get(maker, maker)
    subtitle = (
        "In each month the input that binds in most replications; the taller the bar, the more of them agree (a full"
        f" row: all). Named above: rules on supply in {contrast.reference}. Triangles: their own day in a variant that"
        " moves them; crosses: the day of one it drops."
    )
    marks = marks_of(reference.events, reference.labels, reference.rules_about(*SUPPLY))
    heading = Heading(_message(contrast, strips.shares, name), subtitle, marks, contrast.known_until)
    figure = _page(contrast, strips, heading)
    return Drawing(figure, strips.shares.rename({"maker": "scenario"}).with_columns(maker=pl.lit(maker)))


def _page(contrast: Contrast, strips: Strips, heading: Heading) -> Figure:
    panel = Panel(lambda ax: draw_strips(ax, strips, heading))
    return stack_panels((panel,), contrast.made, contrast.sources, PAGE + STRIP * len(strips.rows))


def _maker(contrast: Contrast, wish: Wish, made: Mapping[str, Mapping[str, float]]) -> str:
    """The maker asked for, by key or name; else the largest of the reference."""
    known = {maker: None for side in made.values() for maker in side}
    if not known:
        raise InputError((Fault(contrast.name, "", "no domestic maker made anything, so there is nothing to draw"),))
    if wish.maker is None:
        return next(iter(known))
    names = {key: name for view in contrast.views.values() for key, name in view.labels.items() if key in known}
    spelt = {plain(key): key for key in known} | {plain(name): key for key, name in names.items()}
    if plain(wish.maker) not in spelt:
        remedy = did_you_mean(wish.maker, {*known, *names.values()}) or f"known: {', '.join(known)}"
        raise InputError((Fault(contrast.name, "--maker", f"no domestic maker {wish.maker!r} made anything", remedy),))
    return spelt[plain(wish.maker)]


def _shares(contrast: Contrast, maker: str) -> pl.DataFrame:
    """What binds the maker by scenario (in the column ``maker``) and month, the reference first."""
    parts = [
        shares_of(view.summary, [maker]).with_columns(maker=pl.lit(label)) for label, view in contrast.views.items()
        if maker in view.summary["actor"]
    ]  # fmt: skip
    return pl.concat(parts)


def _rows(made: Mapping[str, Mapping[str, float]], maker: str) -> list[tuple[str, str]]:
    return [
        (label, "\n".join([*folded(label, LETTERS), f"{brief(side.get(maker, 0.0))} chips"]))
        for label, side in made.items()
    ]


def _dates(contrast: Contrast) -> dict[str, tuple[Change, ...]]:
    """Dates of rules on supply that a variant moves or drops."""
    reference = contrast.views[contrast.reference]
    return {label: _on_supply(reference, contrast.views[label]) for label in contrast.variants}


def _on_supply(reference: View, variant: View) -> tuple[Change, ...]:
    about = reference.rules_about(*SUPPLY) | variant.rules_about(*SUPPLY)
    found = [change for change in changes(reference, variant) if change.rule in about]
    moved = {change.rule for change in found if change.ours}
    return tuple(change for change in found if change.ours or change.rule not in moved)


def _message(contrast: Contrast, shares: pl.DataFrame, name: str) -> str:
    """What binds the maker at the end of what is known in the reference, and under how many variants something else."""
    history = shares.filter(pl.col("date") <= contrast.known_until)
    now = (history if len(history) else shares).group_by("maker", maintain_order=True).last()
    binds = {
        label: FILLS[item].words if item else "nothing" for label, item in now.select("maker", "binds").iter_rows()
    }
    when: date = now["date"][0]
    here = binds.get(contrast.reference, "nothing")
    other = {label: binds.get(label, "nothing") for label in contrast.variants if binds.get(label) != here}
    verb = "bind" if here == "dies" else "binds"
    lead = f"{here[0].upper()}{here[1:]} {verb} {name} in {when:%B %Y} in {contrast.reference}"
    if not other:
        return (
            f"{lead} and under every variant"
            if len(contrast.variants) > 1
            else f"{lead} and {contrast.variants[0]} alike"
        )
    if len(other) == 1:
        ((label, item),) = other.items()
        return f"{lead}, {item} under {label}"
    return f"{lead}, something else under {len(other)} of {len(contrast.variants)} variants"


def draw_strips(ax: Axes, strips: Strips, heading: Heading) -> Axes:
    """Draw a strip for each scenario on ``ax``, with the dates of its own that it has, and return it."""
    draw_bottleneck(ax, strips.shares, strips.rows, heading)
    left, right = ax.get_xlim()
    for place, (label, _) in enumerate(strips.rows):
        for change in strips.dates.get(label, ()):
            if left < at(change.day) < right:
                look = {"marker": "v", "markersize": 5.5} if change.ours else {"marker": "x", "markersize": 4.5}
                ax.plot(
                    at(change.day), place - TALL / 2 - 0.07, color=INK, linestyle="", zorder=5, clip_on=False, **look
                )
    return ax
