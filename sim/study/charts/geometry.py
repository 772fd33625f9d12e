"""Dates as matplotlib counts them, axes in points."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import matplotlib.dates as mdates
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter
from numpy.typing import NDArray

from sim.study.charts.style import MUTED, SMALL

POINTS_PER_INCH = 72
QUARTER_DAYS = 92


def at(when: date) -> float:
    """Place of a date on a time axis."""
    return float(mdates.date2num(when))  # type: ignore[no-untyped-call]


def places(dates: Sequence[date] | NDArray[Any]) -> NDArray[np.float64]:
    """Places of dates on a time axis."""
    return np.asarray(mdates.date2num(dates), dtype=np.float64)  # type: ignore[no-untyped-call]


def yearly(ax: Axes) -> None:
    """A tick and its year at every 1 January."""
    ax.xaxis.set_major_locator(mdates.YearLocator())  # type: ignore[no-untyped-call]
    ax.xaxis.set_major_formatter(mdates.DateFormatter("%Y"))  # type: ignore[no-untyped-call]


def quarterly(ax: Axes) -> None:
    """Years as in ``yearly``, and a small tick with its month at the other quarters; for spans of a few years."""
    yearly(ax)
    ax.xaxis.set_minor_locator(mdates.MonthLocator((4, 7, 10)))  # type: ignore[no-untyped-call]
    ax.xaxis.set_minor_formatter(FuncFormatter(lambda x, _: _month(x, ax.get_xlim()[0])))
    ax.tick_params(axis="x", which="minor", labelsize=SMALL, labelcolor=MUTED)


def _month(x: float, left: float) -> str:
    """A quarter's month; with its year at the first one, which no 1 January stands before."""
    when = mdates.num2date(x)  # type: ignore[no-untyped-call]
    opens = x - left < QUARTER_DAYS and at(date(when.year, 1, 1)) < left
    return f"{when:%b\n%Y}" if opens else f"{when:%b}"


def figure_of(ax: Axes) -> Figure:
    """The page that axes are on. ValueError if there is none."""
    figure = ax.get_figure(root=True)
    if figure is None:
        raise ValueError("these axes belong to no figure")
    return figure


def size_in_points(ax: Axes) -> tuple[float, float]:
    """Width and height of the axes."""
    figure, box = figure_of(ax), ax.get_window_extent()
    return box.width * POINTS_PER_INCH / figure.dpi, box.height * POINTS_PER_INCH / figure.dpi


def swatch(ax: Axes, corner: tuple[float, float], colour: str, edge: str, hatch: str = "") -> Rectangle:
    """A small filled box for a key, its lower left corner in parts of the axes."""
    width, height = size_in_points(ax)
    return Rectangle(
        corner,
        14 / width,
        8 / height,
        transform=ax.transAxes,
        clip_on=False,
        facecolor=colour,
        edgecolor=edge,
        hatch=hatch,
        linewidth=0.5,
    )
