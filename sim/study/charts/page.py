"""A chart on a page: room for the rule names above, the line labels beside, the footer below."""

from collections.abc import Callable
from dataclasses import dataclass
from textwrap import wrap

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.study.charts.style import HEIGHT, MUTED, SMALL, WIDTH, new_figure

LEFT, BOTTOM, EDGE = 0.75, 0.9, 0.2
"""Margins in inches: of the axes on the left and below, of everything to the page's edge."""

FOOTER_CHARACTERS = 150
FOOTER_LINES = 2
STEPS = 4


@dataclass(frozen=True)
class Room:
    """Inches taken above the axes and to their right."""

    top: float = 1.6
    right: float = 1.45

    def near(self, other: "Room") -> bool:
        """Whether two layouts look the same."""
        return abs(self.top - other.top) < 0.02 and abs(self.right - other.right) < 0.02


def compose(draw: Callable[[Axes], Axes], run: str, sources: str) -> Figure:
    """A page with one chart; the axes shrink until what stands above and beside them fits."""
    room = Room()
    for _ in range(STEPS):
        figure = new_figure()
        ax = draw(figure.add_axes(_box(room)))
        needed = _needed(figure, ax)
        if needed.near(room):
            break
        room = needed
    _footer(figure, run, sources)
    return figure


def _box(room: Room) -> tuple[float, float, float, float]:
    return (LEFT / WIDTH, BOTTOM / HEIGHT, 1 - (LEFT + room.right) / WIDTH, 1 - (BOTTOM + room.top) / HEIGHT)


def _needed(figure: Figure, ax: Axes) -> Room:
    """Room for the title and what is below it, and for the labels that begin right of the axes."""
    frame, everything = ax.get_window_extent(), ax.get_tightbbox()
    texts = [text.get_window_extent() for text in ax.texts if text.get_text()]
    beside = [text.x1 - frame.x1 for text in texts if text.x0 >= frame.x1]
    above = everything.y1 - frame.y1 if everything is not None else 0.0
    return Room(above / figure.dpi + EDGE, max(beside, default=0.0) / figure.dpi + EDGE)


def _footer(figure: Figure, run: str, sources: str) -> None:
    lines = wrap(sources, FOOTER_CHARACTERS)
    if len(lines) > FOOTER_LINES:
        lines = [*lines[: FOOTER_LINES - 1], lines[FOOTER_LINES - 1][: FOOTER_CHARACTERS - 1] + "…"]
    text = "\n".join([run, *lines])
    figure.text(LEFT / WIDTH, 0.1 / HEIGHT, text, fontsize=SMALL, color=MUTED, va="bottom", linespacing=1.35)
