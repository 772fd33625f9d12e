"""Where China's new AI chips come from under each scenario, by trailing year."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import numpy as np
import polars as pl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from sim.facts.errors import Fault, InputError
from sim.study.charts.choices import WORDS
from sim.study.charts.comparison.choices import Wish
from sim.study.charts.comparison.contrast import Contrast
from sim.study.charts.comparison.grid import Cell, Page, Shape, compose_grid
from sim.study.charts.comparison.lines import conditional, conditional_key, in_years
from sim.study.charts.frame import count_up, scale_of
from sim.study.charts.geometry import at, places
from sim.study.charts.origins import FILLS, MEASURE
from sim.study.charts.page import Drawing
from sim.study.keeping.inflow import ALL, BY_YEAR
from sim.study.keeping.wording import brief, together
from sim.world.series import UNLISTED

FEW, MANY = Shape(2, 2.1, beside=0.15), Shape(3, 1.5, beside=0.1, ticks=0.45)
NEXT_TO_NONE = 0.002
"""Part of another amount below which an amount is told as none."""
MOST_IN_TWO = 4
"""Scenarios that stand in two columns."""


@dataclass(frozen=True)
class Look:
    """The top of the axis, the last known day, the reference's table to be seen in every panel."""

    top: float
    known_until: date
    reference: pl.DataFrame


def origins(contrast: Contrast, wish: Wish) -> Drawing:
    """Inflow by origin, a panel a scenario. InputError if a side has no whole year."""
    tables = {label: _inflow(contrast, label, wish) for label in contrast.views}
    top = max(_highest(table) for table in tables.values())
    look = Look(top, contrast.known_until, tables[contrast.reference])
    cells = [
        Cell(label, [_note(table, look)], partial(_panel, table=table, look=look), contrast.strokes[label].ink)
        for label, table in tables.items()
    ]
    what = f"{scale_of(top)[1]} {WORDS[wish.counted]}, trailing year".strip()
    subtitle = (
        "Inflow over the twelve months to each date, medians of each origin stacked; they need not add up to the median"
        " of all. All panels have one vertical axis."
    )
    page = Page(
        _message(contrast, tables, wish),
        f"{subtitle} {UNLISTED}" if wish.counted != "chips" else subtitle,
        what[0].upper() + what[1:],
        _key(contrast),
        (contrast.made, contrast.sources),
    )
    numbers = pl.concat([table.select(pl.lit(label).alias("scenario"), "*") for label, table in tables.items()])
    return Drawing(compose_grid(cells, page, FEW if len(tables) <= MOST_IN_TWO else MANY), numbers)


def _inflow(contrast: Contrast, label: str, wish: Wish) -> pl.DataFrame:
    groups = contrast.views[label].groups
    table = groups.filter(pl.col("measure") == MEASURE[wish.counted], pl.col("by") == BY_YEAR).drop("by", "mean")
    if table.is_empty():
        raise InputError(
            (Fault(contrast.name, label, "holds no whole year's deliveries, so there is nothing to draw"),)
        )
    return table.sort("group", "date")


def _of(table: pl.DataFrame, group: str) -> pl.DataFrame:
    return table.filter(pl.col("group") == group)


def _highest(table: pl.DataFrame) -> float:
    """Top of the stack or of the median of all."""
    stacked = table.filter(pl.col("group") != ALL).group_by("date").agg(pl.col("p50").sum())["p50"].max()
    return max(float(stacked or 0.0), float(_of(table, ALL)["p50"].max() or 0.0), 1.0)  # type: ignore[arg-type]


def _last_year(table: pl.DataFrame, known_until: date) -> dict[str, dict[str, Any]]:
    """Each group's last year that is history, or the last of all."""
    history = table.filter(pl.col("date") <= known_until)
    chosen = history if len(history) else table
    rows = chosen.filter(pl.col("date") == pl.col("date").max())
    return {row["group"]: row for row in rows.iter_rows(named=True)}


def _note(table: pl.DataFrame, look: Look) -> str:
    whole = _last_year(table, look.known_until)[ALL]
    low, middle, high = together(whole["p5"], whole["p50"], whole["p95"])
    return f"year to {whole['date']:%b %Y}: {middle} (90% {low} to {high})"


def _message(contrast: Contrast, tables: Mapping[str, pl.DataFrame], wish: Wish) -> str:
    """The origin and the variant whose inflow is furthest from the reference's in the last known year."""
    years = {label: _last_year(table, contrast.known_until) for label, table in tables.items()}
    mine = {label: {origin: _median(year, origin) for origin in FILLS} for label, year in years.items()}
    base = mine[contrast.reference]
    gaps = {(label, o): abs(mine[label][o] - base[o]) for label in contrast.variants for o in FILLS}
    label, origin = max(gaps, key=lambda key: gaps[key])
    when = f"{years[contrast.reference][ALL]['date']:%B %Y}"
    if not gaps[label, origin]:
        return f"No variant changes where China's AI chips come from in the year to {when}, by medians"
    words = {"legal": "bought legally", "domestic": "made in China", "smuggled": "smuggled"}[origin]
    there, here = mine[label][origin], base[origin]
    amounts = f"{_told(there, here)} under {label}, {_told(here, there)} in {contrast.reference}"
    return f"{WORDS[wish.counted][0].upper()}{WORDS[wish.counted][1:]} {words} in the year to {when}: {amounts}"


def _told(value: float, beside: float) -> str:
    """An amount; one that is nothing beside the other is no figure."""
    return "next to none" if value < NEXT_TO_NONE * beside else brief(value)


def _median(year: Mapping[str, Mapping[str, Any]], origin: str) -> float:
    return float(year[origin]["p50"]) if origin in year else 0.0


def _panel(ax: Axes, table: pl.DataFrame, look: Look) -> float:
    draw_inflow(ax, table, look)
    return 0.0


def draw_inflow(ax: Axes, table: pl.DataFrame, look: Look) -> Axes:
    """Draw one scenario's inflow by origin on ``ax``, stacked, the reference's total in grey, and return it.

    ``table`` has date, group (an origin, or "all") and p50.
    """
    whole = _of(table, ALL)
    days = places(whole["date"].to_numpy())
    ax.set_xlim(days.min(), days.max())
    in_years(ax)
    count_up(ax, look.top, "", headroom=1.05)
    ax.set_ylabel("")
    foot = np.zeros(len(days))
    for origin, fill in FILLS.items():
        rows = _of(table, origin)
        if len(rows):
            head = foot + rows["p50"].to_numpy()
            ax.fill_between(days, foot, head, facecolor=fill.colour, hatch=fill.hatch, edgecolor=fill.edge,
                            linewidth=0.4, label=origin, zorder=2)  # fmt: skip
            foot = head
    conditional(ax, look.known_until)
    ax.axvline(at(look.known_until), color="white", linewidth=0.9, linestyle=(0, (1, 1.5)), zorder=2.5)
    total = _of(look.reference, ALL)
    for width, colour in ((3.4, "white"), (1.7, "#7f7f7f")):
        ax.plot(places(total["date"].to_numpy()), total["p50"], color=colour, linewidth=width, zorder=3)
    return ax


def _key(contrast: Contrast) -> list[tuple[Artist, str]]:
    fills: list[tuple[Artist, str]] = [
        (Patch(facecolor=fill.colour, edgecolor=fill.edge, hatch=fill.hatch, linewidth=0.4), fill.words)
        for fill in FILLS.values()
    ]
    total = Line2D([], [], color="#7f7f7f", linewidth=1.7)
    grey = conditional_key(contrast.known_until, contrast.end)
    return [*fills, (total, f"all origins in {contrast.reference}"), *grey]
