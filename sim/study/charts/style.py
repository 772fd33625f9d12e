"""One look for every chart: colours that survive colour-blindness and grey print, fonts, figures, image bytes."""

import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from io import BytesIO
from typing import TYPE_CHECKING, Any

from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from sim.study.charts.choices import Format
from sim.study.keeping.groups import ABROAD, HOME, OTHER, OTHERS

if TYPE_CHECKING:
    from matplotlib.typing import RcKeyType

WIDTH, HEIGHT, DPI = 10.0, 6.0, 200
PRINTED = DPI
"""Dots an inch of a picture in pixels."""
INK, MUTED, HAIRLINE, FAINT = "#1a1a1a", "#595959", "#a6a6a6", "#e3e3e3"
SMALL, BODY, LARGE = 8.0, 9.5, 13.0

RC: "dict[RcKeyType, Any] | None" = {
    "font.family": "DejaVu Sans",
    "font.size": BODY,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.hashsalt": "chipsim",
    "svg.fonttype": "path",
    "pdf.fonttype": 42,
}

STEADY: dict[Format, dict[str, Any]] = {
    Format.PNG: {"Software": None},
    Format.SVG: {"Date": None},
    Format.PDF: {"CreationDate": None, "Producer": None},
}
"""Metadata left out so that the same chart is the same bytes."""


@dataclass(frozen=True)
class Stroke:
    """How one line is told from the next: by colour on a screen, by dashes and marker in grey print."""

    colour: str
    dashes: tuple[float, ...]
    marker: str

    @property
    def ink(self) -> tuple[float, float, float]:
        """The colour darkened enough for small text on white."""
        red, green, blue = to_rgb(self.colour)
        return 0.75 * red, 0.75 * green, 0.75 * blue


STROKES = (
    Stroke("#0072B2", (), "o"),
    Stroke("#D55E00", (6, 2), "s"),
    Stroke("#009E73", (), "^"),
    Stroke("#CC79A7", (3, 1.5), "D"),
    Stroke("#56B4E9", (), "v"),
    Stroke("#B8860B", (6, 2, 1, 2), "P"),
    Stroke("#000000", (1, 1.2), "X"),
    Stroke("#5E3C99", (8, 1.5), "p"),
    Stroke("#8C2D04", (4, 1, 1, 1, 1, 1), "*"),
)
"""Okabe and Ito's palette, its yellow darkened, a violet and a brown: one for each line that a chart may have."""

FOLDED = {
    OTHER: Stroke("#7f7f7f", (2, 2), ""),
    OTHERS[HOME]: Stroke("#7f7f7f", (2, 2), ""),
    OTHERS[ABROAD]: Stroke("#4d4d4d", (1, 1), ""),
}
"""What is left, added up."""


def strokes_for(groups: Sequence[str]) -> dict[str, Stroke]:
    """A stroke for each group, by its name and not its rank, so that charts side by side agree.

    Names not in the table, and of two that share a stroke the later in it, take one that is free.
    """
    table = tomllib.loads((files("sim.study.charts") / "strokes.toml").read_text(encoding="utf-8"))
    named = [group for group in groups if group not in FOLDED]
    taken: dict[str, int] = {}
    for group, place in table.items():
        if group in named and place not in taken.values():
            taken[group] = place
    free = [place for place in range(len(STROKES)) if place not in taken.values()]
    for place, group in enumerate(group for group in named if group not in taken):
        taken[group] = free[place % len(free)] if free else place % len(STROKES)
    return {group: FOLDED.get(group) or STROKES[taken[group]] for group in groups}


@contextmanager
def look() -> Iterator[None]:
    """The house style for as long as a chart is made and written, leaving matplotlib as it was."""
    with rc_context(RC):
        yield


def new_figure(height: float = HEIGHT) -> Figure:
    """An empty page for a report, that many inches tall."""
    figure = Figure(figsize=(WIDTH, height), dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def image(figure: Figure, kind: Format) -> bytes:
    """A figure as PNG, SVG or PDF bytes, the same for the same figure; call inside ``look``."""
    stream = BytesIO()
    figure.savefig(stream, format=kind.value, dpi=PRINTED, metadata=STEADY[kind])
    return stream.getvalue()
