"""A chart on a page: room for what stands above, beside and below the axes, and the footer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap

import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.study.charts.choices import Format
from sim.study.charts.style import HEIGHT, MUTED, SMALL, WIDTH, image, look, new_figure
from sim.study.keeping.results import replace_file

LEFT, BOTTOM, EDGE, GAP = 0.75, 0.9, 0.2, 0.3
"""Margins in inches: least ones on the left and below, of everything to the page's edge, between two panels."""

FOOTER_HEIGHT = 0.62
FOOTER_CHARACTERS = 150
FOOTER_LINES = 2
STEPS = 4

Draw = Callable[[Axes], Axes]


def write_page(draw: "Callable[[], Drawing]", path: Path, kind: Format) -> tuple[Path, Path]:
    """Draw a page in the house style; return where the picture and the numbers on it, as CSV beside it, are."""
    with look():
        drawing = draw()
        picture = image(drawing.figure, kind)
    numbers = path.with_suffix(".csv")
    replace_file(numbers, drawing.numbers.write_csv().encode())
    replace_file(path, picture)
    return path, numbers


@dataclass(frozen=True)
class Drawing:
    """A finished page and the numbers on it, in the units drawn."""

    figure: Figure
    numbers: pl.DataFrame


@dataclass(frozen=True)
class Panel:
    """One pair of axes among those stacked on a page, and its part of their height."""

    draw: Draw
    share: float = 1.0


@dataclass(frozen=True)
class Room:
    """Inches taken around the axes."""

    top: float = 1.6
    right: float = 1.45
    bottom: float = BOTTOM
    left: float = LEFT

    def near(self, other: "Room") -> bool:
        """Whether two layouts look the same."""
        mine, others = vars(self).values(), vars(other).values()
        return all(abs(a - b) < 0.02 for a, b in zip(mine, others, strict=True))


def compose(draw: Draw, run: str, sources: str) -> Figure:
    """A page with one chart; the axes shrink until what stands around them fits."""
    return stack_panels((Panel(draw),), run, sources)


def stack_panels(panels: Sequence[Panel], run: str, sources: str, height: float = HEIGHT) -> Figure:
    """A page with panels above each other over one time axis; what hangs above belongs to the first."""
    room = Room()
    for _ in range(STEPS):
        figure = new_figure(height)
        boxes = _boxes([panel.share for panel in panels], room, height)
        axes = [panel.draw(figure.add_axes(box)) for panel, box in zip(panels, boxes, strict=True)]
        needed = _needed(figure, axes)
        if needed.near(room):
            break
        room = needed
    footer(figure, run, sources)
    return figure


def _boxes(shares: list[float], room: Room, height: float) -> list[tuple[float, float, float, float]]:
    """Places of the panels from the top down, in parts of the page."""
    width, free = WIDTH - room.left - room.right, height - room.top - room.bottom - GAP * (len(shares) - 1)
    boxes, ceiling = [], height - room.top
    for share in shares:
        tall = max(free, 0.5) * share / sum(shares)
        boxes.append((room.left / WIDTH, (ceiling - tall) / height, width / WIDTH, tall / height))
        ceiling -= tall + GAP
    return boxes


def _needed(figure: Figure, axes: list[Axes]) -> Room:
    """Room for the title and what is below it, for labels on either side and for what hangs below the last panel."""
    frames = [ax.get_window_extent() for ax in axes]
    around = [ax.get_tightbbox() or frame for ax, frame in zip(axes, frames, strict=True)]
    texts = [text.get_window_extent() for ax in axes for text in ax.texts if text.get_text()]
    edge = frames[0].x1
    beside = max((text.x1 - edge for text in texts if text.x0 >= edge), default=0.0)
    above = around[0].y1 - frames[0].y1
    below = max(frames[-1].y0 - around[-1].y0, 0.0)
    left = max(frame.x0 - box.x0 for frame, box in zip(frames, around, strict=True))
    return Room(
        above / figure.dpi + EDGE,
        beside / figure.dpi + EDGE,
        max(BOTTOM, below / figure.dpi + FOOTER_HEIGHT),
        max(LEFT, left / figure.dpi + EDGE),
    )


def footer(figure: Figure, run: str, sources: str) -> None:
    """Which run a page shows, and its sources, at the foot."""
    lines = wrap(sources, FOOTER_CHARACTERS)
    if len(lines) > FOOTER_LINES:
        lines = [*lines[: FOOTER_LINES - 1], lines[FOOTER_LINES - 1][: FOOTER_CHARACTERS - 1] + "…"]
    text, height = "\n".join([run, *lines]), figure.get_size_inches()[1]
    figure.text(LEFT / WIDTH, 0.1 / height, text, fontsize=SMALL, color=MUTED, va="bottom", linespacing=1.35)
