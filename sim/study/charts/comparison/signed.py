"""Differences on paper: numbers with their sign, axes about zero, panels that are magnified by round factors."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from sim.study.charts.style import FAINT
from sim.study.keeping.wording import signed

FACTORS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 75, 100, 150, 200, 300, 500, 1000)
"""How much a panel is magnified whose differences are too small for the common axis."""

ROOM = 0.05
"""Space beyond what is drawn, in parts of it."""
ENOUGH = 0.4
"""Part of the common axis that a panel fills if it is not magnified."""

Reach = tuple[float, float]


def spelt(value: float, size: float, unit: str) -> str:
    """A difference as charts write it, at the size of another: +0.12M, −38k, +3 pp; 0 where there is none."""
    return signed(value, size, unit).replace("-", "−") if value else "0"


def reaches(extents: Sequence[Reach]) -> list[tuple[Reach, int]]:
    """Axis and magnification of each panel, given how far from zero its differences reach.

    The largest share one axis; a panel that would hardly show on it gets one that covers a round part of its length.
    """
    padded = [(low - ROOM * (high - low), high + ROOM * (high - low)) for low, high in extents]
    longest = max((high - low for low, high in padded), default=0.0) or 1.0
    factors = [_factor(high - low, longest) for low, high in padded]
    alike = [reach for reach, factor in zip(padded, factors, strict=True) if factor == 1]
    common = min(low for low, _ in alike), max(high for _, high in alike)
    common = common if common[1] > common[0] else (-1.0, 1.0)
    length = common[1] - common[0]
    return [
        (common if factor == 1 else _centred(reach, length / factor), factor)
        for reach, factor in zip(padded, factors, strict=True)
    ]


def _factor(length: float, longest: float) -> int:
    """The largest factor that still holds the panel, 1 for one that fills enough of the common axis."""
    if length == 0 or length > ENOUGH * longest:
        return 1
    return max(factor for factor in FACTORS if length * factor <= longest)


def _centred(reach: Reach, length: float) -> Reach:
    """An axis of that length about a reach; it holds zero because the reach does."""
    slack = (length - (reach[1] - reach[0])) / 2
    return reach[0] - slack, reach[1] + slack


def signed_axis(ax: Axes, reach: Reach, divisor: float, ticks: int) -> None:
    """A vertical axis over ``reach``, its numbers divided, a line at zero."""
    low, high = reach
    found = MaxNLocator(ticks, steps=[1, 2, 2.5, 5, 10], min_n_ticks=3).tick_values(low, high)
    heights = [float(height) for height in found if low <= height <= high]
    numbers = [round(height / divisor, 9) for height in heights]
    decimals = max((len(f"{number:g}".partition(".")[2]) for number in numbers), default=0)
    texts = [f"{number:+,.{decimals}f}".replace("-", "−") if number else "0" for number in numbers]
    ax.set_yticks(heights, texts)
    ax.set_ylim(low, high)
    ax.grid(axis="y", color=FAINT, linewidth=0.7)
    ax.set_axisbelow(True)
