"""Tokens a day that China's labs serve under each scenario, and how many more or fewer than in the reference."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, NamedTuple

import polars as pl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter

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
from sim.study.charts.milestones import lab_in
from sim.study.charts.page import Drawing
from sim.study.charts.tokens import (
    ALL,
    POINT,
    RED,
    Asked,
    about_asked,
    asked_in,
    draw_asked,
    frame_tokens,
    spelt_tokens,
    tokens_in,
)
from sim.study.charts.view import View
from sim.study.keeping.quantiles import LEVELS

SHAPE = Shape(1, 2.6, beside=0.15)
TOGETHER = 3
"""Scenarios whose bands one panel can hold."""

Tables = Mapping[str, pl.DataFrame]
"""Tokens a day month by month, by side."""


def tokens(contrast: Contrast, wish: Wish) -> Drawing:
    """Tokens a day of all labs or of one, by side. InputError if no side has labs, or none has that one."""
    views = {label: view for label, view in contrast.views.items() if tokens_in(view) is not None}
    if not views:
        raise without_labs(contrast.name, Name.TOKENS)
    lab = _lab(contrast, views, wish.lab)
    tables = _tables(views, lab)
    asked = Asked((), "") if lab else asked_in(next(iter(views.values())), next(iter(tables.values())))
    paired = _changed(contrast, tables, lab)
    whose = lab or ALL
    change = _most(_years(paired, tables), contrast.known_until)
    lone = _lone(contrast, views) if paired and change is None and lab is None else None
    cells = [Cell(f"Tokens a day of {whose} (logarithmic)", [], partial(_served, contrast, tables, asked))]
    if paired:
        title = f"The same, minus {contrast.reference}, in per cent of its median"
        cells.append(Cell(title, [], partial(_paired, contrast, tables, paired)))
    if lone:
        title = f"Those of {lone.lab} alone, minus {contrast.reference}, in per cent of its median"
        cells.append(Cell(title, [], partial(_paired, contrast, tables, lone.paired)))
    bands = ", 50% and 90% bands" if len(tables) <= TOGETHER else ""
    subtitle = (
        f"Medians over replications{bands}, input and output tokens. Below: medians of the differences of replications"
        f" on the same luck{WORDS if len(contrast.variants) <= FEW else ''}.{about_asked(asked)}"
    )
    title = _message(contrast, change, whose, lone) if paired else f"Tokens a day of {whose} under each scenario"
    page = Page(title, subtitle, "", _key(contrast, tables, asked), (contrast.made, contrast.sources))
    return Drawing(compose_grid(cells, page, SHAPE), _numbers(tables, paired, lone))


def _lab(contrast: Contrast, views: Mapping[str, View], wanted: str | None) -> str | None:
    """The lab asked for as the sides spell it."""
    if wanted is None:
        return None
    begun = [table for view in views.values() if (table := view.milestones) is not None]
    return lab_in(pl.concat(begun), contrast.name, wanted)


def _tables(views: Mapping[str, View], lab: str | None) -> dict[str, pl.DataFrame]:
    """What is served by side, the months that all sides have."""
    found = {label: table for label, view in views.items() if (table := tokens_in(view)) is not None}
    first = max(table["date"].min() for table in found.values())  # type: ignore[type-var]
    mine = (pl.col("lab") == (lab or ALL)) & (pl.col("date") >= first)
    return {label: table.filter(mine).drop("lab") for label, table in found.items()}


def _changed(contrast: Contrast, tables: Tables, lab: str | None) -> dict[str, pl.DataFrame]:
    """What variants change in per cent of the reference's median; nothing if that has no labs."""
    if contrast.reference not in tables:
        return {}
    return _relative(paired_of(contrast, "tokens", lab), tables[contrast.reference])


def _relative(lines: Lines, reference: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Differences as per cent of the reference's median, in the months in which that is above zero."""
    level = reference.filter(pl.col("p50") > 0).select("date", level="p50")
    parts = [pl.col(name) / pl.col("level") * 100.0 for name in LEVELS]
    return {label: table.join(level, on="date").select("date", *parts) for label, table in lines.items()}


class Change(NamedTuple):
    """By how many per cent a variant changes what is served over a year."""

    year: int
    variant: str
    size: float


class Lone(NamedTuple):
    """A lab that serves more or fewer tokens though all together do not: what changes, month by month and most."""

    lab: str
    paired: Lines
    change: Change


def _message(contrast: Contrast, change: Change | None, whose: str, lone: Lone | None) -> str:
    """Which variant changes most what is served; if all labs' sum does not change, that of the lab that moves most."""
    if lone:
        return f"{_said(contrast, lone.change, lone.lab)}; all labs together serve about as many"
    if change is None:
        return f"No variant changes the tokens a day of {whose} by {FELT:g}% over a year"
    return _said(contrast, change, whose)


def _said(contrast: Contrast, change: Change, whose: str) -> str:
    serve, way = "serve" if whose == ALL else "serves", "more" if change.size > 0 else "fewer"
    than = f"under {change.variant} than in {contrast.reference}"
    when = frozen(date(change.year, 12, 31), contrast.known_until)
    return f"In {change.year} {whose} {serve} {abs(change.size):.0f}% {way} tokens a day {than}{when}"


def _most(years: pl.DataFrame, known_until: date) -> Change | None:
    """The largest change in the last whole year of history that has one, else in the last year; None without any."""
    largest = years.group_by("year").agg(pl.col("size").abs().max())
    year = told_year(dict(largest.iter_rows()), FELT, known_until)
    if year is None:
        return None
    found = years.filter(year=year).sort(pl.col("size").abs(), descending=True)
    return Change(*found.select("year", "variant", "size").row(0))


def _lone(contrast: Contrast, views: Mapping[str, View]) -> Lone | None:
    """The lab that a variant changes most, of those that serve more than a trifle."""
    every = tokens_in(views[contrast.reference])
    labs = every["lab"].unique(maintain_order=True).to_list() if every is not None else []
    found = [one for lab in labs if lab != ALL and (one := _alone(contrast, views, lab)) is not None]
    return max(found, key=lambda one: abs(one.change.size), default=None)


def _alone(contrast: Contrast, views: Mapping[str, View], lab: str) -> Lone | None:
    """One lab's change, of years in which it serves a hundredth of all tokens or more."""
    tables, whole = _tables(views, lab), _tables(views, None)[contrast.reference]
    if contrast.reference not in tables:
        return None
    paired = _changed(contrast, tables, lab)
    sums = [table.group_by(pl.col("date").dt.year().alias("year")).agg(pl.col("p50").sum())
            for table in (tables[contrast.reference], whole)]  # fmt: skip
    large = sums[0].join(sums[1], on="year").filter(pl.col("p50") >= LEAST * pl.col("p50_right"))
    change = _most(_years(paired, tables).join(large, on="year", how="semi"), contrast.known_until)
    return Lone(lab, paired, change) if change else None


def _years(paired: Lines, tables: Tables) -> pl.DataFrame:
    """Year, variant and ``size``: by how many per cent what is served over a year that is drawn whole changes.

    A month counts by what the reference serves in it.
    """
    if not paired:
        return pl.DataFrame(schema={"year": pl.Int32, "variant": pl.String, "size": pl.Float64})
    level = next(iter(tables.values())).select("date", level="p50")
    found = [table.join(level, on="date").with_columns(variant=pl.lit(label)) for label, table in paired.items()]
    yearly = pl.concat(found).group_by(pl.col("date").dt.year().alias("year"), "variant", maintain_order=True)
    means = yearly.agg(size=pl.col("p50").dot("level") / pl.col("level").sum(), months=pl.len())
    return means.filter(pl.col("months") == WHOLE).drop("months")


FELT, LEAST = 1.0, 0.01
"""Per cent below which a difference is not told; part of all tokens below which a lab is not."""


def _served(contrast: Contrast, tables: Tables, asked: Asked, ax: Axes) -> float:
    draw_served(ax, tables, asked, contrast)
    return 0.0


def draw_served(ax: Axes, tables: Tables, asked: Asked, contrast: Contrast) -> Axes:
    """Draw tokens a day under each scenario on ``ax``, on a logarithmic scale, and return it."""
    frame_tokens(ax, pl.concat(tables.values()))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: spelt_tokens(value).replace(".0", "")))
    ax.set_ylabel("")
    in_years(ax)
    conditional(ax, contrast.known_until)
    bands = len(tables) <= TOGETHER
    for place, (label, table) in enumerate(tables.items()):
        draw_line(ax, table, contrast.strokes[label], 1.2 * bands, offset=4 * place)
    draw_asked(ax, asked, contrast.known_until)
    return ax


def _paired(contrast: Contrast, tables: Tables, lines: Lines, ax: Axes) -> float:
    frame_tokens(ax, pl.concat(tables.values()))
    ax.set_yscale("linear")
    draw_paired(ax, lines, Quantity("%", contrast.strokes), contrast)
    return 0.0


def _key(contrast: Contrast, tables: Tables, asked: Asked) -> Sequence[tuple[Artist, str]]:
    found: list[tuple[Artist, str]] = [(stroke_key(contrast.strokes[label]), label) for label in tables]
    if asked.points:
        look: dict[str, Any] = {**POINT, "color": RED}
        found.append((Line2D([], [], **look), "asked for by users"))
    if len(tables) <= TOGETHER:
        found += [band_key(50, "replications"), band_key(90, "replications")]
    return [*found, *conditional_key(contrast.known_until, contrast.end)]


def _numbers(tables: Tables, paired: Lines, lone: Lone | None) -> pl.DataFrame:
    """What is drawn: tokens a day by side, then the differences in per cent of the reference's median."""
    every = [(paired, "difference, %"), *([(lone.paired, f"difference of {lone.lab}, %")] if lone else [])]
    served = [
        table.with_columns(scenario=pl.lit(label), what=pl.lit("tokens a day")) for label, table in tables.items()
    ]
    less = [
        table.with_columns(scenario=pl.lit(label), what=pl.lit(what))
        for lines, what in every
        for label, table in lines.items()
    ]
    return pl.concat([*served, *less], how="diagonal").select("scenario", "what", "date", *LEVELS)
