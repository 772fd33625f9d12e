"""Dates as matplotlib counts them, axes in points."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import matplotlib.dates as mdates
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

POINTS_PER_INCH = 72


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


def size_in_points(ax: Axes) -> tuple[float, float]:
    """Width and height of the axes."""
    figure = ax.get_figure(root=True)
    if figure is None:
        raise ValueError("these axes belong to no figure")
    box = ax.get_window_extent()
    return box.width * POINTS_PER_INCH / figure.dpi, box.height * POINTS_PER_INCH / figure.dpi
