"""What holds a domestic maker back under each scenario, a strip a scenario on one time axis."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from textwrap import wrap
from typing import Any

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
from sim.study.charts.style import INK, SMALL
from sim.study.charts.view import View
from sim.study.keeping.wording import brief

SUPPLY = ("hbm", "foreign-die", "wafer-tool")
PAGE, STRIP, LINE, LEAST = 3.0, 0.62, 0.17, 2.2
"""Inches of the page beside the strips, of a strip, of a line of its name, of all strips together at least."""
TITLE_LETTERS = 78
MOST_NAMED = 1
"""Dates on one strip that are named there."""
LETTERS = 27
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
        "In each month the input that binds in more replications than any other; the taller the bar, the more of them"
        f" agree (a full row: all). Named above: rules on supply in {contrast.reference}. Triangles: their own"
        " day in a variant that moves them; crosses: the day of one it drops."
    )
    marks = marks_of(reference.events, reference.labels, reference.rules_about(*SUPPLY))
    title = "\n".join(wrap(_message(contrast, strips.shares, name), TITLE_LETTERS, break_on_hyphens=False))
    heading = Heading(title, subtitle, marks, contrast.known_until)
    figure = _page(contrast, strips, heading)
    return Drawing(figure, strips.shares.rename({"maker": "scenario"}).with_columns(maker=pl.lit(maker)))


def _page(contrast: Contrast, strips: Strips, heading: Heading) -> Figure:
    panel = Panel(lambda ax: draw_strips(ax, strips, heading))
    lines = max(label.count("\n") + 1 for _, label in strips.rows)
    tall = max(len(strips.rows) * max(STRIP, LINE * lines + 0.06), LEAST)
    return stack_panels((panel,), contrast.made, contrast.sources, PAGE + tall)


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
        remedy = did_you_mean(wish.maker, [*names.values(), *known]) or f"known: {', '.join(known)}"
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
    """The variant under which something else binds for most months while the rules are known, and what."""
    history = shares.filter(pl.col("date") <= contrast.known_until)
    shown = (history if len(history) else shares).with_columns(pl.col("binds").fill_null(""))
    here = shown.filter(pl.col("maker") == contrast.reference).select("date", here="binds")
    other = shown.join(here, on="date").filter(pl.col("binds") != pl.col("here"))
    last: date = shown["date"].max()  # type: ignore[assignment]
    when = f"{last:%B %Y}"
    if other.is_empty():
        return f"What binds {name} is the same under every variant, month by month, to {when}"
    counts = Counter(other["maker"])
    label = max(contrast.variants, key=lambda variant: counts[variant])
    swaps = Counter(other.filter(pl.col("maker") == label).select("binds", "here").iter_rows())
    (new, old), _ = swaps.most_common(1)[0]
    mostly = "mostly " * (len(swaps) > 1)
    months = f"{counts[label]} month{'s' * (counts[label] != 1)}"
    return f"{label} changes what binds {name} in {months} to {when}, {mostly}{_word(new)} instead of {_word(old)}"


def _word(item: str) -> str:
    return FILLS[item].words if item else "no production"


def draw_strips(ax: Axes, strips: Strips, heading: Heading) -> Axes:
    """Draw a strip for each scenario on ``ax``, with the dates of its own that it has, and return it."""
    draw_bottleneck(ax, strips.shares, strips.rows, heading)
    for place, (label, _) in enumerate(strips.rows):
        _dates_of(ax, strips.dates.get(label, ()), place - TALL / 2 - 0.09)
    return ax


def _dates_of(ax: Axes, dates: tuple[Change, ...], y: float) -> None:
    """A triangle over a strip on a moved rule's day, a cross on a dropped one's; their names where they are few."""
    left, right = ax.get_xlim()
    inside = [change for change in dates if left < at(change.day) < right]
    for change in inside:
        look: dict[str, Any] = {"marker": "v" if change.ours else "x", "markersize": 5.0}
        ax.plot(at(change.day), y, color=INK, linestyle="", zorder=5, clip_on=False, **look)
        if len(inside) <= MOST_NAMED:
            box = {"facecolor": "white", "edgecolor": "none", "pad": 0.3}
            ax.annotate(change.label, (at(change.day), y), (-5, 0), textcoords="offset points", fontsize=SMALL,
                        ha="right", va="center", bbox=box, zorder=4)  # fmt: skip
