"""A page of panels on common axes: one heading, one key and one footer, a title over every panel."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from textwrap import wrap

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.study.charts.geometry import POINTS_PER_INCH, size_in_points
from sim.study.charts.page import footer
from sim.study.charts.style import BODY, INK, LARGE, MUTED, SMALL, WIDTH, new_figure

LEFT, RIGHT, EDGE = 0.88, 0.2, 0.15
"""Inches beside the first and the last column, and between a page's edge and its words."""

UNDER, FOOT, LINE, APART = 0.42, 0.62, 14.0, 5.0
"""Inches under a panel for its years and under the key for the footer; points a line of a panel's title takes, and
points between the page's title and its subtitle."""

NOTE = 11.5
WIDE = 0.56
"""Points a line of small print takes; width of a letter in parts of its size."""


@dataclass(frozen=True)
class Cell:
    """A panel: its title and what is said under it; ``draw`` returns the points that it needs above the axes."""

    title: str
    notes: Sequence[str]
    draw: Callable[[Axes], float]
    ink: tuple[float, float, float] | str = INK


@dataclass(frozen=True)
class Page:
    """What stands around the panels: title and subtitle, what the vertical axes count, the key, the footer."""

    title: str
    subtitle: str
    what: str
    key: Sequence[tuple[Artist, str]]
    foot: tuple[str, str]


@dataclass(frozen=True)
class Shape:
    """Columns of panels, the height of each in inches, inches right of each for labels and left for ticks."""

    columns: int
    tall: float
    beside: float = 0.65
    ticks: float = 0.55


def compose_grid(cells: Sequence[Cell], page: Page, shape: Shape) -> Figure:
    """A page of panels row by row, as tall as they need."""
    tops = [0.0] * len(cells)
    figure = new_figure()
    for _ in range(2):
        figure, axes = _framed(tops, page, shape)
        above = [cell.draw(ax) for cell, ax in zip(cells, axes, strict=True)]
        tops = [_title(ax, cell, up) for ax, cell, up in zip(axes, cells, above, strict=True)]
    return figure


def _framed(tops: Sequence[float], page: Page, shape: Shape) -> tuple[Figure, list[Axes]]:
    """An empty page with its heading, key and footer, and the axes; ``tops`` are points wanted above each."""
    columns, head = shape.columns, _lines(page)
    rows = [tops[first : first + columns] for first in range(0, len(tops), columns)]
    lifts = [max(row) / POINTS_PER_INCH + 0.12 for row in rows]
    wide = (WIDTH - LEFT - RIGHT - columns * shape.beside - (columns - 1) * shape.ticks) / columns
    step = wide + shape.beside + shape.ticks
    beside = len(rows[-1]) < columns and len(rows) > 1
    key = 0.0 if beside else 0.2 * -(-len(page.key) // _key_columns(page)) + 0.1
    height = head + sum(lifts) + len(rows) * (shape.tall + UNDER) + key + FOOT
    figure, axes, floor = new_figure(height), [], height - head
    for lift, row in zip(lifts, rows, strict=True):
        floor -= lift + shape.tall
        lefts = [(LEFT + column * step) / WIDTH for column in range(len(row))]
        axes += [figure.add_axes((left, floor / height, wide / WIDTH, shape.tall / height)) for left in lefts]
        floor -= UNDER
    _heading(figure, page)
    middle = (floor + UNDER + height - head - lifts[0]) / 2 / height
    figure.text(EDGE / WIDTH, middle, page.what, rotation=90, va="center", ha="left", fontsize=BODY)
    if beside:
        _key(figure, page, (LEFT + len(rows[-1]) * step, floor + UNDER + shape.tall + 0.3, wide))
    else:
        _key(figure, page, (LEFT, floor, 0.0))
    footer(figure, *page.foot)
    return figure, axes


def _key(figure: Figure, page: Page, box: tuple[float, float, float]) -> None:
    """The key below the panels, or in the place of one; ``box`` is left, top and (there) width in inches."""
    left, top, wide = box
    letters = int((wide * POINTS_PER_INCH - 20) / (SMALL * WIDE)) if wide else 200
    words = ["\n".join(wrap(text, letters)) for _, text in page.key]
    figure.legend(
        [artist for artist, _ in page.key], words, loc="upper left", ncols=1 if wide else _key_columns(page),
        bbox_to_anchor=(left / WIDTH, top / figure.get_size_inches()[1]), frameon=False, fontsize=SMALL,
        borderaxespad=0, borderpad=0, columnspacing=1.6, handlelength=2.2,
    )  # fmt: skip


def _key_columns(page: Page) -> int:
    """As many columns of the key as the page is wide enough for."""
    room = (WIDTH - LEFT - RIGHT) * POINTS_PER_INCH
    longest = max(len(words) for _, words in page.key) * SMALL * WIDE + 46
    return max(1, min(len(page.key), int(room / longest)))


def _wrapped(page: Page) -> tuple[list[str], list[str]]:
    room = (WIDTH - LEFT - RIGHT) * POINTS_PER_INCH
    return _balanced(page.title, int(room / (LARGE * 0.66))), wrap(page.subtitle, int(room / (BODY * WIDE)))


def _balanced(words: str, most: int) -> list[str]:
    """As few lines of at most so many letters as hold the words, all about equally long."""
    lines = wrap(words, most, break_on_hyphens=False)
    for letters in range(len(words) // len(lines), most):
        even = wrap(words, letters, break_on_hyphens=False)
        if len(even) == len(lines):
            return even
    return lines


def _lines(page: Page) -> float:
    """Inches from the page's upper edge to what is below its heading."""
    title, subtitle = _wrapped(page)
    return EDGE + (len(title) * (LARGE + 5) + len(subtitle) * LINE + APART) / POINTS_PER_INCH + 0.08


def _heading(figure: Figure, page: Page) -> None:
    title, subtitle = _wrapped(page)
    height = figure.get_size_inches()[1]
    x, y = LEFT / WIDTH, 1 - EDGE / height
    for line in title:
        figure.text(x, y, line, fontsize=LARGE, fontweight="bold", va="top")
        y -= (LARGE + 5) / POINTS_PER_INCH / height
    y -= APART / POINTS_PER_INCH / height
    for line in subtitle:
        figure.text(x, y, line, fontsize=BODY, va="top")
        y -= LINE / POINTS_PER_INCH / height


def _title(ax: Axes, cell: Cell, above: float) -> float:
    """A panel's title and notes over what hangs above its axes; gives the points all of that takes."""
    up = above + 5
    room = size_in_points(ax)[0]
    for line in reversed([line for note in cell.notes for line in wrap(note, int((room + 40) / (SMALL * WIDE)))]):
        ax.annotate(line, (0, 1), (0, up), xycoords="axes fraction", textcoords="offset points", fontsize=SMALL,
                    color=MUTED, va="bottom", annotation_clip=False)  # fmt: skip
        up += NOTE
    for line in reversed(folded(cell.title, int((room + 40) / (BODY * 0.66)))) if cell.title else ():
        ax.annotate(line, (0, 1), (0, up + 1), xycoords="axes fraction", textcoords="offset points", fontsize=BODY,
                    fontweight="bold", color=cell.ink, va="bottom", annotation_clip=False)  # fmt: skip
        up += LINE
    return up


def folded(label: str, width: int) -> list[str]:
    """A side's label in lines; a setting's key is broken after its dots where it must be."""
    if len(label) <= width:
        return [label]
    return [line.replace(". ", ".") for line in wrap(re.sub(r"\.(?=[a-z])", ". ", label), width)]
