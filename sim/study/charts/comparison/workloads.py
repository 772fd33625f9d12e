"""Capacity for training and for inference under each scenario, and what a variant changes of it and of unmet demand."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

import polars as pl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from sim.facts.days import DAYS_PER_MONTH
from sim.study.charts.choices import Name, without_labs
from sim.study.charts.comparison.choices import Wish
from sim.study.charts.comparison.contrast import Contrast
from sim.study.charts.comparison.grid import Cell, Page, Shape, compose_grid
from sim.study.charts.comparison.lines import (
    WHOLE,
    band_key,
    conditional,
    conditional_key,
    draw_line,
    frozen,
    in_years,
    stroke_key,
    told_year,
)
from sim.study.charts.comparison.paired import FEW, WORDS, Lines, Quantity, draw_paired, paired_of
from sim.study.charts.frame import count_up
from sim.study.charts.geometry import at, places
from sim.study.charts.page import Drawing
from sim.study.charts.style import INK, SMALL
from sim.study.charts.workloads import (
    DEMAND,
    USES,
    begins,
    holder_in,
    of_use,
    unmet_by_year,
    use_table,
    uses_in,
)
from sim.study.keeping.quantiles import LEVELS
from sim.world.series import MEASURES

SHAPE = Shape(2, 1.75, beside=0.1, ticks=0.88)
TOGETHER = 3
"""Scenarios whose bands one panel can hold."""
FELT = 0.01
"""Least difference of a share that is told."""

ASKED: dict[str, Any] = {"linewidth": 1.3, "linestyle": (0, (7, 2, 1, 2))}
"""Unlike any scenario's line; in its colour."""
APART = 0.02
"""Least part of the reference's demand by which another's differs that is drawn too."""

CHANGED = {"{}_capacity": "capacity", "unmet_{}": "unmet demand"}
"""Measures of a use of which the differences are drawn, and what they are called."""

Tables = Mapping[str, pl.DataFrame]
"""The numbers of both uses by side."""


def training_inference(contrast: Contrast, wish: Wish) -> Drawing:
    """Capacity of both uses, and what a variant changes of it and of the demand that is unmet.

    InputError if no side has labs, or the holder is unknown.
    """
    tables, holder = _tables(contrast, wish)
    cells = [
        Cell(f"{use.capitalize()}: capacity and demand", [], partial(_capacity, contrast, tables, use)) for use in USES
    ]
    changed = {name.format(use): words for name, words in CHANGED.items() for use in USES}
    paired = {measure: _since(paired_of(contrast, measure, holder), tables) for measure in changed}
    if any(paired.values()):
        cells += [_paired(contrast, tables, measure, (words, paired[measure])) for measure, words in changed.items()]
    bands = " with 50% and 90% bands" if len(tables) <= TOGETHER else ""
    subtitle = (
        f"{holder or 'All holders'}. Capacity: medians over replications{bands}; dashes and dots: demand, of a variant"
        f" where it differs by {APART:.0%} or more. Below: variant minus {contrast.reference}, medians of the"
        f" differences of replications on the same luck{WORDS if len(contrast.variants) <= FEW else ''}."
    )
    page = Page(_message(contrast, tables), subtitle, "", _key(contrast, tables), (contrast.made, contrast.sources))
    return Drawing(compose_grid(cells, page, SHAPE), _numbers(tables, paired))


def _tables(contrast: Contrast, wish: Wish) -> tuple[Tables, str | None]:
    """The numbers of every side that has labs, from the year on in which a side first begins a model; the holder."""
    rows = {label: found for label, view in contrast.views.items() if (found := uses_in(view)) is not None}
    if not rows:
        raise without_labs(contrast.name, Name.TRAINING_INFERENCE)
    holder = holder_in(pl.concat(rows.values()), contrast.name, wish.holder)
    first = min(begins(contrast.views[label]) for label in rows)
    return {label: use_table(found, holder, first) for label, found in rows.items()}, holder


def _since(lines: Lines, tables: Tables) -> dict[str, pl.DataFrame]:
    """The months of lines that are among those of the tables."""
    first = next(iter(tables.values()))["date"].min()
    return {label: table.filter(pl.col("date") >= first) for label, table in lines.items()}


def _message(contrast: Contrast, tables: Tables) -> str:
    """The use and the variant whose unmet share differs most from the reference's in a year.

    It is the last of history in which they differ, else the last of all, whole ones first; what is unmet in the last
    of history if they differ in none.
    """
    shares = {
        (label, use): dict(unmet_by_year(table, use).iter_rows()) for label, table in tables.items() for use in USES
    }
    first, known = next(iter(tables)), contrast.known_until
    years, whole = _years(tables[first])
    gaps = {
        year: {key: abs(_in(shares[key], year) - _in(shares[first, key[1]], year)) for key in shares} for year in years
    }
    most = {year: max(found.values()) for year, found in gaps.items()}
    year = told_year({year: most[year] for year in whole}, FELT, known) or told_year(most, FELT, known)
    if year is None:
        year = max([year for year in whole if date(year, 12, 31) <= known], default=min(years, default=0))
        parts = " and ".join(f"{_in(shares[first, use], year):.0%} of {use} demand" for use in USES)
        return f"In {year} {parts} are unmet" + ", whatever the scenario" * (len(tables) > 1)
    label, use = max(gaps[year], key=lambda key: gaps[year][key])
    here, there = (_in(shares[side, use], year) for side in (label, first))
    when = f"In {year}" + ", as far as it is simulated," * (year not in whole)
    day = min(date(year, 12, 31), max(tables[first]["date"].to_list()))
    told = f"{when} {here:.0%} of {use} demand is unmet under {label}, {there:.0%} in {first}"
    return f"{told}{frozen(day, known)}"


def _in(shares: Mapping[int, float], year: int) -> float:
    """What is unmet in a year; nothing where nothing is asked for."""
    return shares.get(year, 0.0)


def _years(table: pl.DataFrame) -> tuple[list[int], list[int]]:
    """All years of a table by month, and those of which it has every month."""
    counted = table.group_by(pl.col("date").dt.year().alias("year")).agg(pl.col("date").n_unique()).sort("year")
    years = dict(counted.iter_rows())
    return list(years), [year for year, months in years.items() if months == WHOLE]


def _unit(measure: str) -> str:
    return MEASURES[measure].unit.replace("H100e ", "H100-equivalents\n")


def _across(ax: Axes, tables: Tables) -> None:
    """A time axis from a month before the first number to the last."""
    days = next(iter(tables.values()))["date"]
    ax.set_xlim(at(days.min()) - DAYS_PER_MONTH, at(days.max()))  # type: ignore[arg-type]


def _capacity(contrast: Contrast, tables: Tables, use: str, ax: Axes) -> float:
    draw_capacities(ax, tables, use, contrast)
    return 0.0


def draw_capacities(ax: Axes, tables: Tables, use: str, contrast: Contrast) -> Axes:
    """Draw a use's capacity and demand under each scenario on ``ax`` and return it; demands that differ, that is."""
    bands, demands = len(tables) <= TOGETHER, _demands(tables, use)
    asked = max(float(demand["p50"].max()) for demand in demands.values())  # type: ignore[arg-type]
    most = [of_use(table, use, "capacity")["p95" if bands else "p50"].max() for table in tables.values()]
    _across(ax, tables)
    in_years(ax)
    count_up(ax, max(*map(float, most), asked, 1.0), _unit(f"{use}_capacity"), headroom=1.05)  # type: ignore[arg-type]
    ax.yaxis.label.set_fontsize(SMALL)
    conditional(ax, contrast.known_until)
    for place, (label, table) in enumerate(tables.items()):
        draw_line(ax, of_use(table, use, "capacity"), contrast.strokes[label], 1.2 * bands, offset=4 * place)
    for label, demand in demands.items():
        colour = contrast.strokes[label].colour
        ax.plot(places(demand["date"].to_numpy()), demand["p50"], label=DEMAND, zorder=4, color=colour, **ASKED)
    return ax


def _demands(tables: Tables, use: str) -> dict[str, pl.DataFrame]:
    """The first side's demand, and that of every side that differs from it, by label."""
    found = {label: of_use(table, use, DEMAND) for label, table in tables.items()}
    first = next(iter(found))
    usual = found[first]["p50"].to_numpy()
    apart = {label: abs(one["p50"].to_numpy() - usual).max() > APART * usual.max() for label, one in found.items()}
    return {label: one for label, one in found.items() if label == first or apart[label]}


def _paired(contrast: Contrast, tables: Tables, measure: str, drawn: tuple[str, Lines]) -> Cell:
    words, lines = drawn
    use = next(use for use in USES if use in measure)

    def draw(ax: Axes) -> float:
        _across(ax, tables)
        draw_paired(ax, lines, Quantity(_unit(measure), contrast.strokes), contrast)
        return 0.0

    return Cell(f"{use.capitalize()}: {words}, minus {contrast.reference}", [], draw)


def _key(contrast: Contrast, tables: Tables) -> Sequence[tuple[Artist, str]]:
    sides: list[tuple[Artist, str]] = [(stroke_key(contrast.strokes[label]), label) for label in tables]
    bands: list[tuple[Artist, str]] = [band_key(50, "replications"), band_key(90, "replications")]
    asked = (Line2D([], [], color=INK, **ASKED), "demand, in its scenario's colour")
    grey = conditional_key(contrast.known_until, contrast.end)
    return [*sides, asked, *(bands if len(tables) <= TOGETHER else []), *grey]


def _numbers(tables: Tables, paired: Mapping[str, Lines]) -> pl.DataFrame:
    """What is drawn: capacity and demand by side and use, then the differences."""
    shown = [
        table.filter(pl.col("what").is_in(["capacity", DEMAND])).with_columns(scenario=pl.lit(label))
        for label, table in tables.items()
    ]
    shown += [
        table.with_columns(scenario=pl.lit(label), use=pl.lit(next(use for use in USES if use in measure)),
                           what=pl.lit(f"{measure}, difference"))
        for measure, lines in paired.items() for label, table in lines.items()
    ]  # fmt: skip
    return pl.concat(shown, how="diagonal").select("scenario", "use", "what", "date", *LEVELS)
