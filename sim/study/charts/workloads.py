"""Training and inference: the compute each has, by software stack, against what it asks for."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from matplotlib.axes import Axes

from sim.facts.days import DAYS_PER_MONTH
from sim.facts.deals import plain
from sim.facts.errors import Fault, InputError, did_you_mean
from sim.study.charts.choices import Name, Wish, without_labs
from sim.study.charts.frame import LEADER, Heading, count_up, head, shade_unknown, tell_end
from sim.study.charts.geometry import at, places, size_in_points, swatch, yearly
from sim.study.charts.labels import spread
from sim.study.charts.page import Drawing, Panel, stack_panels
from sim.study.charts.rules import Mark, draw_marks, marks_for, named_marks
from sim.study.charts.style import BODY, HAIRLINE, MUTED, SMALL
from sim.study.charts.view import View
from sim.study.keeping.wording import brief
from sim.world.series import MEASURES

TALLER, HEADROOM, LEAST = 8.4, 1.16, 0.001
"""Inches of the page; height of the axes over the highest thing drawn; the least part of that which can be seen."""

WIDEST, TALLEST = 1.7, 2.5
"""The band is shown up to so many times the highest mean demand, and demand up to so many times the highest capacity:
beyond, one would not see the chips."""

USES = ("training", "inference")
DEMAND = "demand"
BEYOND = " \N{UPWARDS ARROW}"
"""Said of a line that ends above the panel."""
NOTHING = 0.005
"""A share that is written as 0%."""

ROOM = 24.0
"""Points a year must have for its unmet share to be written."""

RED = "#B03A00"
ASKED: dict[str, Any] = {"color": RED, "linewidth": 1.8, "linestyle": (0, (6, 2))}


@dataclass(frozen=True)
class Fill:
    """How a stack's area is told from the others: colour on a screen, lightness and hatch in grey print."""

    colour: str
    edge: str
    hatch: str
    words: str = ""


FILLS = {
    "cuda": Fill("#7FB3D5", "#2b6a94", "", "CUDA"),
    "rocm": Fill("#5E3C99", "#5E3C99", "", "ROCm"),
    "cann": Fill("#F0B878", "#7a4a00", "////", "CANN"),
    "other": Fill("#EDEDED", "#7f7f7f", "....", "other stacks"),
}
BEHIND = {"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.85}
SPARE = (Fill("#009E73", "#00573f", "\\\\\\\\"), Fill("#CC79A7", "#7a3d60", "xx"), Fill("#FFFFFF", "#595959", "oo"))
"""For stacks that are not in the table, in the order in which they come."""


def training_inference(view: View, wish: Wish) -> Drawing:
    """Capacity against demand in two panels, of all holders or of one. InputError without labs or if it is unknown."""
    rows = uses_in(view)
    if rows is None:
        raise without_labs(view.name, Name.TRAINING_INFERENCE)
    holder = holder_in(rows, view.name, wish.holder)
    table = use_table(rows, holder, begins(view))
    marks = marks_for(view.events, view.labels)
    heading = Heading(_message(table, holder, view.known_until), _subtitle(view, holder), marks, view.known_until)
    fills = _fills(table)
    panels = tuple(Panel(lambda ax, use=use: draw_use(ax, table, use, fills, heading)) for use in USES)  # type: ignore[misc]
    return Drawing(stack_panels(panels, view.made, view.sources, TALLER), table)


def uses_in(view: View) -> pl.DataFrame | None:
    """What training and inference have, ask for and lack; None if the run's world has no labs."""
    whole = pl.col("item").is_null()
    rows = view.summary.filter(_of("{}_capacity") | ((_of("{}_demand") | _of("unmet_{}")) & whole))
    return None if rows.filter(pl.col("measure") == "training_demand").is_empty() else rows


def _of(name: str) -> pl.Expr:
    """Measures of either use."""
    return pl.col("measure").is_in([name.format(use) for use in USES])


def holder_in(rows: pl.DataFrame, name: str, wanted: str | None) -> str | None:
    """The holder asked for as the run spells it. InputError if it is unknown."""
    if wanted is None:
        return None
    holders: list[str] = sorted(rows["actor"].drop_nulls().unique())
    found = [holder for holder in holders if plain(holder) == plain(wanted)]
    if not found:
        remedy = did_you_mean(wanted, holders) or f"known: {', '.join(holders)}"
        raise InputError((Fault(name, "--holder", f"no holder {wanted!r}", remedy),))
    return found[0]


def begins(view: View) -> date:
    """The first day of the year in which the first model is begun; before that there is nothing to tell of labs."""
    begun = view.milestones["p5"].min() if view.milestones is not None else None
    return date(begun.year, 1, 1) if isinstance(begun, date) else date.min


def use_table(rows: pl.DataFrame, holder: str | None, first: date) -> pl.DataFrame:
    """By use, what (a stack's capacity, all capacity, demand, unmet demand) and month, from the ``first`` day on."""
    mine = rows.filter(pl.col("actor").is_null() if holder is None else pl.col("actor") == holder)
    use = pl.col("measure").str.extract(f"({'|'.join(USES)})")
    unmet, capacity = pl.when(_of("unmet_{}")).then(pl.lit("unmet")), pl.when(_of("{}_capacity"))
    whole = pl.coalesce(unmet, capacity.then(pl.lit("capacity")), pl.lit(DEMAND))
    told = mine.with_columns(use=use, what=pl.coalesce("item", whole))
    shown = told.filter(pl.col("date") >= first).sort("use", "what", "date", descending=[True, False, False])
    return shown.select("use", "what", "date", "p5", "p25", "p50", "p75", "p95", "mean")


def of_use(table: pl.DataFrame, use: str, what: str) -> pl.DataFrame:
    """A use's capacity, demand, unmet demand, or one stack's capacity, month by month."""
    return table.filter(pl.col("use") == use, pl.col("what") == what)


def _fills(table: pl.DataFrame) -> dict[str, Fill]:
    """The stacks of which there ever is any, from the bottom up, the named ones first."""
    sums = table.filter(~pl.col("what").is_in(["capacity", "unmet", DEMAND])).group_by("what").agg(pl.col("mean").max())
    there = sums.filter(pl.col("mean") > 0)["what"].to_list()
    spare = sorted(set(there) - set(FILLS))
    extra = {stack: SPARE[place % len(SPARE)] for place, stack in enumerate(spare)}
    return {stack: fill for stack, fill in (FILLS | extra).items() if stack in there}


def unmet_by_year(table: pl.DataFrame, use: str) -> pl.DataFrame:
    """The part of each year's demand that is not met: sums of means over the year's months, year and share."""
    yearly_sums = [
        of_use(table, use, what).group_by(pl.col("date").dt.year().alias("year")).agg(pl.col("mean").sum().alias(what))
        for what in ("unmet", DEMAND)
    ]
    both = yearly_sums[0].join(yearly_sums[1], on="year").filter(pl.col(DEMAND) > 0).sort("year")
    return both.select("year", share=pl.col("unmet") / pl.col(DEMAND))


def _message(table: pl.DataFrame, holder: str | None, known_until: date) -> str:
    """How much of each demand is unmet in the last whole year that is history."""
    shares = {use: dict(unmet_by_year(table, use).iter_rows()) for use in USES}
    years = sorted(set(shares["training"]) | set(shares["inference"]))
    past = [year for year in years if date(year, 12, 31) <= known_until] or years[:1]
    year, where = past[-1], f"at {holder}" if holder else "in China"
    lacking = {use: shares[use].get(year, 0.0) for use in USES}
    if max(lacking.values()) < NOTHING:
        return f"In {year} chips suffice for training and for inference {where}"
    parts = [f"{_percent(part)} of {use} demand" for use, part in lacking.items()]
    return f"In {year} {parts[0]} and {parts[1]} are unmet {where}"


def _percent(part: float) -> str:
    return f"{part:.0%}"


def _subtitle(view: View, holder: str | None) -> str:
    idle = "in one replication" if holder else "with one holder or in one replication"
    return (
        f"{view.facts['title']}. Areas: capacity by software stack; dashes: demand. Both are means over replications,"
        f" which add up. Band: 90% interval of demand. What leaves a panel is cut off. Chips idle {idle} do not"
        " serve in another."
    )


def draw_use(ax: Axes, table: pl.DataFrame, use: str, fills: dict[str, Fill], heading: Heading) -> Axes:
    """Draw one use's capacity by stack and its demand on ``ax`` and return it."""
    asked, whole = of_use(table, use, DEMAND), of_use(table, use, "capacity")
    wide = min(_highest(asked, "p95"), WIDEST * _highest(asked, "mean"))
    most = _highest(whole, "mean")
    top = max(min(wide, TALLEST * most) if most else wide, most, 1.0)
    unit = MEASURES[f"{use}_demand"].unit.replace("H100e ", "H100-equivalents\n")
    count_up(ax, top, unit, headroom=HEADROOM)
    left, right = at(table["date"].min()) - DAYS_PER_MONTH, at(table["date"].max())  # type: ignore[arg-type]
    ax.set_xlim(left, right)
    yearly(ax)
    shade_unknown(ax, heading.known_until, said=False)
    ends = _areas(ax, table, use, fills)
    days = places(asked["date"].to_numpy())
    ax.fill_between(days, asked["p5"], asked["p95"], color=RED, alpha=0.13, linewidth=0, zorder=1.5)
    for edge in ("p5", "p95"):
        ax.plot(days, asked[edge], color=RED, linewidth=0.8, linestyle=(0, (1, 1.5)), zorder=4)
    ax.plot(days, asked["mean"], label=DEMAND, zorder=4, **ASKED)
    _shares(ax, unmet_by_year(table, use), heading.marks)
    _name_ends(ax, fills, ends, float(asked["mean"][-1]))
    if use == USES[0]:
        ax.tick_params(axis="x", labelbottom=False)
        head(ax, heading, draw_marks(ax, heading.marks))
    else:
        _lines(ax, heading.marks)
        tell_end(ax, table["date"].to_list()[-1], heading.known_until)
    return ax


def _highest(rows: pl.DataFrame, statistic: str) -> float:
    return float(rows[statistic].max() or 0.0)  # type: ignore[arg-type]


def _areas(ax: Axes, table: pl.DataFrame, use: str, fills: dict[str, Fill]) -> dict[str, tuple[float, float]]:
    """Capacity by stack from the bottom up; gives foot and height of each at the end, of those that can be seen."""
    ends, below = {}, np.zeros(len(of_use(table, use, "capacity")))
    days = places(of_use(table, use, "capacity")["date"].to_numpy())
    for stack, fill in fills.items():
        means = of_use(table, use, stack)["mean"].to_numpy()
        if not len(means) or not means.max() > 0:
            continue
        ax.fill_between(
            days, below, below + means, facecolor=fill.colour, edgecolor=fill.edge, hatch=fill.hatch, linewidth=0.4,
            label=stack, zorder=2,
        )  # fmt: skip
        if means.max() > LEAST * ax.get_ylim()[1]:
            ends[stack] = (float(below[-1]), float(means[-1]))
        below = below + means
    return ends


def _shares(ax: Axes, unmet: pl.DataFrame, marks: tuple[Mark, ...]) -> None:
    """The unmet share of each year's demand, above the year, readable over a rule's line."""
    left, right = ax.get_xlim()
    width, height = size_in_points(ax)
    y, a_point = 1 - 9 / height, (right - left) / width
    for year, share in unmet.iter_rows():
        first, last = max(at(date(year, 1, 1)), left), min(at(date(year + 1, 1, 1)), right)
        middle, crossed = (first + last) / 2, [m for m in marks if abs(at(m.day) - (first + last) / 2) < 14 * a_point]
        if last - first > ROOM * a_point:
            look = {"bbox": BEHIND} if crossed else {}
            ax.text(middle, y, _percent(share), transform=ax.get_xaxis_transform(), fontsize=SMALL, ha="center",
                    va="center", zorder=6, **look)  # fmt: skip
    ax.text(1 + LEADER / width, y, "of the year's\ndemand unmet", transform=ax.transAxes, fontsize=SMALL, va="center")


def _name_ends(ax: Axes, fills: dict[str, Fill], ends: dict[str, tuple[float, float]], asked: float) -> None:
    """Each stack's name and last mean beside its part of the last month, and the demand's beside its line."""
    width, height = size_in_points(ax)
    top = ax.get_ylim()[1]
    values = {stack: value for stack, (_, value) in ends.items()} | {DEMAND: asked}
    middles = [*((foot + value / 2) / top for foot, value in ends.values()), min(asked / top, 1.0)]
    heights = spread(middles, (BODY + 3.5) / height, 0.0, 1 - 30 / height)
    beside = 1 + LEADER / width
    for (name, value), middle, y in zip(values.items(), middles, heights, strict=True):
        line = [1 + 1 / width, beside - 3 / width], [middle, y]
        ax.plot(*line, color=MUTED, linewidth=0.7, transform=ax.transAxes, clip_on=False)
        _sample(ax, fills.get(name), (beside, y))
        words = (fills[name].words or name) if name in fills else f"{name}{BEYOND if value > top else ''}"
        ax.text(beside + 19 / width, y, f"{words}  {brief(value)}", transform=ax.transAxes, fontsize=BODY, va="center")


def _sample(ax: Axes, fill: Fill | None, where: tuple[float, float]) -> None:
    """A swatch of a stack's area, or a piece of the demand's line."""
    (x, y), (width, height) = where, size_in_points(ax)
    if fill:
        ax.add_patch(swatch(ax, (x, y - 4 / height), fill.colour, fill.edge, fill.hatch))
    else:
        look = ASKED | {"linestyle": (0, (3, 1))}
        ax.plot([x, x + 14 / width], [y, y], transform=ax.transAxes, clip_on=False, **look)


def _lines(ax: Axes, marks: tuple[Mark, ...]) -> None:
    """The rules' lines go on through the panel below the one that names them."""
    for mark in named_marks(ax, marks):
        ax.axvline(at(mark.day), color=HAIRLINE, linewidth=0.7, linestyle=(0, (4, 3)), zorder=1)
