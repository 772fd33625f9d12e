"""What every chart has around its data: the title and its message, an axis of counts, the part that is conditional."""

from dataclasses import dataclass
from datetime import date
from math import ceil
from textwrap import wrap
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from sim.study.charts.geometry import POINTS_PER_INCH, at, figure_of, size_in_points
from sim.study.charts.rules import Mark
from sim.study.charts.style import BODY, FAINT, LARGE, MUTED, SMALL

LEADER = 17.0
"""Points from the end of a line to its label."""

CHARACTER, MARGIN = 0.55, 32.0
"""Width of a character in parts of its size, and points between the title and the page's edge."""


@dataclass(frozen=True)
class Heading:
    """What a chart says beside its data: title, subtitle, the rules, the last day that is history."""

    title: str
    subtitle: str
    marks: tuple[Mark, ...] = ()
    known_until: date | None = None


def head(ax: Axes, heading: Heading, above: float) -> None:
    """The title and what it rests on, that many points above the axes, as wide as the page has room."""
    room = _room(ax)
    lines = wrap(heading.subtitle, int(room / (BODY * CHARACTER)))
    text, pad = "\n".join(lines), above + 9
    ax.annotate(text, (0, 1), (0, pad), xycoords="axes fraction", textcoords="offset points", fontsize=BODY)
    title = ax.set_title(heading.title, loc="left", fontsize=LARGE, fontweight="bold", pad=pad + 1 + 15 * len(lines))
    wide = title.get_window_extent().width / _pixels_a_point(ax)
    if wide * SMALL > room * LARGE:  # in one line it could not be read
        title.set_text("\n".join(wrap(heading.title, ceil(len(heading.title) * 0.6), break_on_hyphens=False)))
        wide = title.get_window_extent().width / _pixels_a_point(ax)
    if wide > room:
        title.set_fontsize(LARGE * room / wide)


def _room(ax: Axes) -> float:
    """Points from the axes' left side to the page's right margin."""
    right, left = figure_of(ax).get_window_extent().x1, ax.get_window_extent().x0
    return float(right - left) / _pixels_a_point(ax) - MARGIN


def _pixels_a_point(ax: Axes) -> float:
    return figure_of(ax).dpi / POINTS_PER_INCH


def count_up(ax: Axes, top: float, what: str, headroom: float = 1.02) -> None:
    """A vertical axis from zero to ``top`` and a bit, numbers kept short by a word in its label."""
    scale, word = scale_of(top)
    heights = MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]).tick_values(0, top)
    decimals = max(len(f"{height / scale:g}".partition(".")[2]) for height in heights)
    ax.set_yticks(heights, [f"{height / scale:,.{decimals}f}" for height in heights])
    ax.set_ylim(0, max(heights[-2], top * headroom))
    label = f"{word} {what}".strip()
    ax.set_ylabel(label[:1].upper() + label[1:])
    ax.grid(axis="y", color=FAINT, linewidth=0.7)
    ax.set_axisbelow(True)


def scale_of(largest: float) -> tuple[float, str]:
    """Divisor and word that keep axis numbers short."""
    for divisor, word, least in ((1e9, "billion", 1e9), (1e6, "million", 1e6), (1e3, "thousand", 2e3)):
        if largest >= least:
            return divisor, word
    return 1.0, ""


def shade_unknown(ax: Axes, known_until: date | None, said: bool = True) -> None:
    """Grey what is conditional, the days after the last known rule, and say so."""
    left, right = ax.get_xlim()
    if known_until is None or at(known_until) >= right:
        return
    start = max(at(known_until), left)
    ax.axvspan(start, right, color=MUTED, alpha=0.09, linewidth=0, zorder=0)
    if said:
        ax.annotate(
            f"conditional on rules frozen\nas of {known_until.day} {known_until:%B %Y}",
            (1, 1),
            (-4, -4),
            xycoords="axes fraction",
            textcoords="offset points",
            fontsize=SMALL,
            fontstyle="italic",
            color=MUTED,
            ha="right",
            va="top",
        )


def tell_end(ax: Axes, last: date, known_until: date | None) -> None:
    """Under a panel, of when the numbers at its right end are, and what its grey part is."""
    width, height = size_in_points(ax)
    end: dict[str, Any] = {"transform": ax.transAxes, "fontsize": SMALL, "color": MUTED, "va": "center"}
    ax.text(1 + LEADER / width, -15 / height, f"end of {last:%b %Y}", **end)
    if known_until is not None and at(known_until) < ax.get_xlim()[1]:
        words = f"grey: conditional on rules frozen as of {known_until.day} {known_until:%B %Y}"
        ax.text(0, -34 / height, words, fontstyle="italic", **end)
