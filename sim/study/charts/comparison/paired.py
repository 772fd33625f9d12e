"""Lines of what each variant has more or less of than the reference, several variants on one pair of axes."""

from collections.abc import Mapping
from typing import NamedTuple

import polars as pl
from matplotlib.axes import Axes

from sim.study.charts.comparison.contrast import Contrast
from sim.study.charts.comparison.lines import conditional, draw_line, in_years
from sim.study.charts.comparison.signed import ROOM, signed_axis
from sim.study.charts.frame import scale_of
from sim.study.charts.style import MUTED, SMALL, Stroke
from sim.study.keeping.quantiles import LEVELS
from sim.study.keeping.recorded import LABELS

FEW = 2
"""Variants whose bands one panel can hold."""
TICKS = 5
WORDS = ", with bands that hold 50% of them"
"""What is said of bands where there are any."""

Lines = Mapping[str, pl.DataFrame]
"""A table by label, with a row a month: date and the five quantiles."""


class Quantity(NamedTuple):
    """What is drawn: its unit, and the strokes of the variants."""

    unit: str
    strokes: Mapping[str, Stroke]


def paired_of(contrast: Contrast, measure: str, actor: str | None) -> dict[str, pl.DataFrame]:
    """Paired differences of a measure month by month by variant, of all actors together or of one."""
    rows = contrast.differences.filter(pl.col("measure") == measure, pl.col("variant").is_in(contrast.variants))
    for column in LABELS:
        here = pl.col(column)
        rows = rows.filter(here == actor if column == "actor" and actor is not None else here.is_null())
    table = rows.select("variant", "date", *LEVELS).drop_nulls("p50").sort("date").collect()
    parts = {label: table.filter(pl.col("variant") == label).drop("variant") for label in contrast.variants}
    return {label: part for label, part in parts.items() if len(part)}


def draw_paired(ax: Axes, lines: Lines, quantity: Quantity, contrast: Contrast) -> Axes:
    """Draw medians of paired differences about zero on ``ax``, with bands where they are few, and return it.

    The time axis is as wide as it was set before.
    """
    in_years(ax)
    band = ("p25", "p75") if len(lines) <= FEW else ("p50", "p50")
    low = min((float(table[band[0]].min() or 0.0) for table in lines.values()), default=0.0)  # type: ignore[arg-type]
    high = max((float(table[band[1]].max() or 0.0) for table in lines.values()), default=0.0)  # type: ignore[arg-type]
    low, high = min(low, 0.0), max(high, 0.0)
    spare = ROOM * ((high - low) or 1.0)
    divisor, word = scale_of(max(-low, high))
    signed_axis(ax, (low - spare, high + spare), divisor, TICKS)
    label = f"{word} {quantity.unit}".strip()
    ax.set_ylabel(label[:1].upper() + label[1:], fontsize=SMALL)
    conditional(ax, contrast.known_until)
    ax.axhline(0, color=MUTED, linewidth=0.9, zorder=1.5)
    for place, (name, table) in enumerate(lines.items()):
        narrow = table.with_columns(p5=pl.col("p25"), p95=pl.col("p75"))
        draw_line(ax, narrow, quantity.strokes[name], 1.0 if len(lines) <= FEW else 0.0, offset=4 * place + 2)
    return ax
