"""How many AI chips China has under each scenario, the reference behind every variant."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import polars as pl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from sim.facts.days import DAYS_PER_MONTH
from sim.facts.errors import Fault, InputError
from sim.study.charts.availability import UNITS
from sim.study.charts.comparison.choices import Wish
from sim.study.charts.comparison.contrast import Contrast
from sim.study.charts.comparison.grid import Cell, Page, Shape, compose_grid
from sim.study.charts.comparison.lines import band_key, conditional, conditional_key, draw_line, in_years, label_ends
from sim.study.charts.frame import count_up, scale_of
from sim.study.charts.geometry import at
from sim.study.charts.page import Drawing
from sim.study.charts.stock import MEASURE, NOUN
from sim.study.charts.style import INK, Stroke
from sim.study.keeping.groups import ALL
from sim.study.keeping.wording import brief, together
from sim.world.series import UNLISTED

TOGETHER = 3
"""Variants that one panel can hold with their bands."""
ONE, MANY = Shape(1, 4.0, beside=1.75), Shape(2, 1.5)


@dataclass(frozen=True)
class Look:
    """Strokes by label, the top of the axis, the last known day; whether ends are called by name."""

    strokes: Mapping[str, Stroke]
    top: float
    known_until: date
    by_name: bool


def availability(contrast: Contrast, wish: Wish) -> Drawing:
    """China's stock under each scenario over time. InputError if a side holds none."""
    tables = {label: _stock(contrast, label, wish) for label in contrast.views}
    one_panel = len(contrast.variants) <= TOGETHER
    top = max(float(table["p95"].max() or 1.0) for table in tables.values())  # type: ignore[arg-type]
    look = Look(contrast.strokes, top, contrast.known_until, one_panel)
    sets = [contrast.variants] if one_panel else [[label] for label in contrast.variants]
    cells = [_cell(contrast, {name: tables[name] for name in (contrast.reference, *some)}, look) for some in sets]
    what = f"{scale_of(top)[1]} {UNITS[wish.counted]}".strip()
    axes = "" if one_panel else " All panels have one vertical axis."
    subtitle = f"Medians with 50% and 90% bands of each scenario; grey: {contrast.reference}.{axes}"
    page = Page(
        _message(contrast, tables, wish),
        f"{subtitle} {UNLISTED}" if wish.counted != "chips" else subtitle,
        what[0].upper() + what[1:],
        _key(contrast),
        (contrast.made, contrast.sources),
    )
    numbers = pl.concat([table.select(pl.lit(label).alias("scenario"), "*") for label, table in tables.items()])
    return Drawing(compose_grid(cells, page, ONE if one_panel else MANY), numbers)


def _stock(contrast: Contrast, label: str, wish: Wish) -> pl.DataFrame:
    groups = contrast.views[label].groups
    table = groups.filter(pl.col("measure") == MEASURE[wish.counted], pl.col("by") == ALL).drop("by", "group", "mean")
    if table.is_empty():
        raise InputError((Fault(contrast.name, label, "holds no chips in China, so there is nothing to draw"),))
    return table.sort("date")


def _known(table: pl.DataFrame, known_until: date) -> dict[str, Any]:
    """The last month end that is history, or the last of all."""
    history = table.filter(pl.col("date") <= known_until)
    return (history if len(history) else table).row(-1, named=True)


def _message(contrast: Contrast, tables: Mapping[str, pl.DataFrame], wish: Wish) -> str:
    """Who holds most and least at the end of what is known, and the reference."""
    rows = {label: _known(table, contrast.known_until) for label, table in tables.items()}
    when = f"{rows[contrast.reference]['date']:%B %Y}"
    order = sorted(contrast.variants, key=lambda label: rows[label]["p50"])
    low, high = order[0], order[-1]
    held = {label: brief(row["p50"]) for label, row in rows.items()}
    noun, reference = NOUN[wish.counted], f"{held[contrast.reference]} in {contrast.reference}"
    if len(set(held.values())) == 1:
        return f"At the end of {when} China holds {held[low]} {noun} under every scenario"
    if low == high:
        return f"At the end of {when} China holds {held[low]} {noun} under {low}, {reference}"
    return f"At the end of {when} China holds from {held[low]} {noun} ({low}) to {held[high]} ({high}); {reference}"


def _cell(contrast: Contrast, tables: Mapping[str, pl.DataFrame], look: Look) -> Cell:
    draw = partial(_panel, tables=tables, look=look)
    if look.by_name:
        return Cell("", [], draw)
    reference, variant = (_known(table, look.known_until) for table in tables.values())
    label = list(tables)[1]
    low, middle, high = together(variant["p5"], variant["p50"], variant["p95"])
    note = f"{variant['date']:%b %Y}: {middle} (90% {low} to {high}); {contrast.reference} {brief(reference['p50'])}"
    return Cell(label, [note], draw, look.strokes[label].ink)


def _panel(ax: Axes, tables: Mapping[str, pl.DataFrame], look: Look) -> float:
    draw_stocks(ax, tables, look)
    return 0.0


def draw_stocks(ax: Axes, tables: Mapping[str, pl.DataFrame], look: Look) -> Axes:
    """Draw stocks on ``ax``, the reference (the first) behind, and return it.

    Each of ``tables`` has date, p5, p25, p50, p75 and p95, in chips or H100-equivalents.
    """
    days = next(iter(tables.values()))["date"]
    ax.set_xlim(at(days.min()) - DAYS_PER_MONTH, at(days.max()))  # type: ignore[arg-type]
    in_years(ax)
    count_up(ax, look.top, "")
    ax.set_ylabel("")
    conditional(ax, look.known_until)
    ends = []
    for place, (label, table) in enumerate(tables.items()):
        draw_line(ax, table, look.strokes[label], 1.4 if place == 0 else 1.0, offset=4 * place)
        last = table.row(-1, named=True)["p50"]
        ends.append((f"{label}  {brief(last)}" if look.by_name else brief(last), last, look.strokes[label]))
    label_ends(ax, ends, days.max())  # type: ignore[arg-type]
    return ax


def _key(contrast: Contrast) -> list[tuple[Artist, str]]:
    return [
        (Line2D([], [], color=INK, linewidth=1.8), "median"),
        band_key(50, "replications"),
        band_key(90, "replications"),
        *conditional_key(contrast.known_until, contrast.end),
    ]
