"""How a chip was ordered and obtained: orders and deliveries by month, open orders, the wait of the oldest."""

from dataclasses import dataclass
from datetime import date

import polars as pl
from matplotlib.axes import Axes

from sim.facts.days import DAYS_PER_MONTH, DAYS_PER_YEAR
from sim.facts.deals import plain
from sim.facts.errors import Fault, InputError, did_you_mean
from sim.study.charts.choices import Wish
from sim.study.charts.frame import Heading, count_up, head, shade_unknown
from sim.study.charts.geometry import at, places, quarterly, size_in_points, swatch, yearly
from sim.study.charts.page import Drawing, Panel, stack_panels
from sim.study.charts.rules import Mark, draw_marks, leaks_of, marks_for
from sim.study.charts.style import BODY, HAIRLINE, INK
from sim.study.charts.view import View
from sim.study.keeping.wording import brief

TALLER, BAR_DAYS, MOST_TICKS = 7.6, 12.5, 8
QUARTERS_SHOWN = 3.5
"""Years up to which quarters have ticks of their own."""

FLOWS = ("orders", "deliveries", "cancelled")
LEVELS = {"backlog": "open orders", "lead_time": "days waited"}


@dataclass(frozen=True)
class Bar:
    """How a flow is told from the others; ``shift`` is its place in days beside the middle of the month."""

    colour: str
    edge: str
    hatch: str
    shift: float
    words: str


BARS = {
    "orders": Bar("#F0B878", "#7a4a00", "", -6.5, "ordered"),
    "deliveries": Bar("#0072B2", "#0072B2", "", 6.5, "delivered"),
    "cancelled": Bar("#ffffff", "#595959", "/////", -6.5, "cancelled or struck"),
}


def orders(view: View, wish: Wish) -> Drawing:
    """Orders, deliveries, backlog and lead time of one chip. InputError if it is unknown or nobody ever ordered any."""
    chip = _chosen(view, wish)
    table = _table(view.summary, chip)
    known = view.known_until
    marks = tuple(sorted({*marks_for(view.events, view.labels, chip), *leaks_of(view.events, view.labels, chip)},
                         key=lambda mark: mark.day))  # fmt: skip
    subtitle = f"{_totals(table)}{view.facts['title']}. Medians by month; whiskers and bands: 50% and 90% intervals."
    heading = Heading(_message(table, chip), subtitle, marks, known)
    panels = (
        Panel(lambda ax: draw_flows(ax, table, heading), 1.7),
        Panel(lambda ax: draw_level(ax, table, "backlog", heading)),
        Panel(lambda ax: draw_level(ax, table, "lead_time", heading), 0.8),
    )
    return Drawing(stack_panels(panels, view.made, view.sources, TALLER), table)


def _chosen(view: View, wish: Wish) -> str:
    """The chip asked for, else the one with the most orders while the rules are known."""
    rows = view.summary.filter(pl.col("measure") == "orders", pl.col("actor").is_null(), pl.col("chip").is_not_null())
    known = pl.col("p50").filter(pl.col("date") <= view.known_until).sum().alias("known")
    sums = rows.group_by("chip").agg(known, pl.col("p50").sum())
    sums = sums.sort("known", "p50", "chip", descending=[True, True, False])
    ordered = sums["chip"].to_list()
    if wish.chip is None and ordered:
        return str(ordered[0])
    found = next((chip for chip in ordered if wish.chip and plain(chip) == plain(wish.chip)), None)
    if found is None:
        remedy = did_you_mean(wish.chip or "", set(ordered)) or f"known: {', '.join(ordered)}"
        problem = f"nobody ordered a chip {wish.chip!r}" if wish.chip else "nobody ordered anything"
        raise InputError((Fault(view.name, "--chip", problem, remedy if ordered else ""),))
    return str(found)


def _table(summary: pl.DataFrame, chip: str) -> pl.DataFrame:
    """Measures of one chip by month, from the first order to the last chip on order, sent or still open."""
    rows = summary.filter(
        pl.col("measure").is_in([*FLOWS, *LEVELS]),
        pl.col("chip") == chip,
        pl.col("actor").is_null(),
        pl.col("origin").is_null(),
    ).drop("actor", "origin", "item", "mean")
    busy = rows.filter(pl.col("measure").is_in([*FLOWS, "backlog"]), pl.col("p95") > 0)["date"]
    inside = pl.col("date").is_between(busy.min(), busy.max())
    return rows.filter(inside).sort("measure", "date")


def _of(table: pl.DataFrame, measure: str) -> pl.DataFrame:
    return table.filter(pl.col("measure") == measure)


def _message(table: pl.DataFrame, chip: str) -> str:
    """The month with most orders, and what arrived in it."""
    peak = _of(table, "orders").sort("p50", descending=True).row(0, named=True)
    arrived = _of(table, "deliveries").filter(pl.col("date") == peak["date"])["p50"]
    came = f", when {brief(arrived[0])} arrived" if len(arrived) else ""
    return f"Orders for the {chip} peaked at {brief(peak['p50'])} in {peak['date']:%B %Y}{came}"


def _totals(table: pl.DataFrame) -> str:
    """The largest backlog, since totals of monthly medians would mean little."""
    most = _of(table, "backlog").sort("p50", descending=True)
    if most.is_empty():
        return ""
    row = most.row(0, named=True)
    return f"Most open orders: {brief(row['p50'])} at the end of {row['date']:%B %Y}. "


def _frame(ax: Axes, table: pl.DataFrame, known_until: date | None, said: bool) -> None:
    left, right = at(table["date"].min()) - 2 * DAYS_PER_MONTH, at(table["date"].max()) + 10  # type: ignore[arg-type]
    ax.set_xlim(left, right)
    (quarterly if right - left < QUARTERS_SHOWN * DAYS_PER_YEAR else yearly)(ax)
    shade_unknown(ax, known_until, said)


def draw_flows(ax: Axes, table: pl.DataFrame, heading: Heading) -> Axes:
    """Draw orders, deliveries and what was cancelled (below zero) by month on ``ax`` and return it.

    ``table`` has measure, date (month ends), p5, p50 and p95.
    """
    tops = {measure: _highest(_of(table, measure)) for measure in FLOWS}
    count_up(ax, max(tops["orders"], tops["deliveries"], 1.0), "chips a month", headroom=1.12)
    _frame(ax, table, heading.known_until, said=True)
    for measure, bar in BARS.items():
        _bars(ax, _of(table, measure), bar, -1.0 if measure == "cancelled" else 1.0)
    if tops["cancelled"]:
        _down_to(ax, -1.08 * tops["cancelled"])
    ax.axhline(0, color=INK, linewidth=0.8, zorder=4)
    ax.spines["bottom"].set_visible(False)
    ax.tick_params(axis="x", which="both", labelbottom=False, length=0)
    _key(ax, [measure for measure in BARS if tops[measure]])
    head(ax, heading, draw_marks(ax, heading.marks))
    return ax


def _down_to(ax: Axes, bottom: float) -> None:
    """Let the axis go below zero, where what is cancelled counts down; not more ticks than can be read."""
    top, ticks, labels = ax.get_ylim()[1], ax.get_yticks(), [text.get_text() for text in ax.get_yticklabels()]
    apart, told = ticks[1] - ticks[0], float(labels[1].replace(",", ""))
    decimals = len(labels[1].partition(".")[2])
    step = 2 if (top - bottom) / apart > MOST_TICKS else 1
    shown = [place for place in range(int(bottom / apart), int(top / apart) + 1) if place % step == 0]
    ax.set_yticks([place * apart for place in shown], [f"{abs(place) * told:,.{decimals}f}" for place in shown])
    ax.set_ylim(bottom, top)


def _highest(rows: pl.DataFrame) -> float:
    return float(rows["p95"].max() or 0.0)  # type: ignore[arg-type]


def _bars(ax: Axes, rows: pl.DataFrame, bar: Bar, sign: float) -> None:
    """A bar a month at the median, a whisker over the 90% interval."""
    middle = places(rows["date"].to_numpy()) - DAYS_PER_MONTH / 2 + bar.shift
    tall, low, high = (sign * rows[statistic].to_numpy() for statistic in ("p50", "p5", "p95"))
    bars = ax.bar(
        middle, tall, BAR_DAYS, color=bar.colour, edgecolor=bar.edge, hatch=bar.hatch, linewidth=0.6, zorder=2
    )
    bars.set_label(bar.words)
    ax.vlines(middle, low, high, color=INK, linewidth=0.8, zorder=3)


def _key(ax: Axes, shown: list[str]) -> None:
    """Names beside the axes, each with a swatch."""
    width, height = size_in_points(ax)
    for place, measure in enumerate(shown):
        bar, y = BARS[measure], 0.95 - place * (BODY + 6) / height
        ax.add_patch(swatch(ax, (1 + 12 / width, y - 4 / height), bar.colour, bar.edge, bar.hatch))
        ax.text(1 + 30 / width, y, bar.words, transform=ax.transAxes, fontsize=BODY, va="center")


def draw_level(ax: Axes, table: pl.DataFrame, measure: str, heading: Heading) -> Axes:
    """Draw the backlog or the lead time on ``ax`` and return it: median, 50% and 90% bands."""
    rows = _of(table, measure).drop_nulls("p50")
    count_up(ax, max(_highest(rows), 1.0), LEVELS[measure], headroom=1.1)
    _frame(ax, table, heading.known_until, said=False)
    days = places(rows["date"].to_numpy())
    colour = "#009E73" if measure == "backlog" else "#5E3C99"
    for low, high, strength in (("p5", "p95", 0.12), ("p25", "p75", 0.25)):
        ax.fill_between(days, rows[low], rows[high], color=colour, alpha=strength, linewidth=0, zorder=2)
    ax.plot(days, rows["p50"], color=colour, linewidth=1.8, marker="o", markersize=2.5, label=measure, zorder=3)
    _rule_lines(ax, heading.marks)
    words = {"backlog": "open orders", "lead_time": "wait of the oldest\norder sent off"}[measure]
    width, _ = size_in_points(ax)
    ax.text(1 + 12 / width, 0.9, words, transform=ax.transAxes, fontsize=BODY, va="top", color=colour)
    if measure == "backlog":
        ax.tick_params(axis="x", which="both", labelbottom=False)
    return ax


def _rule_lines(ax: Axes, marks: tuple[Mark, ...]) -> None:
    """The rules' lines go on through the panels below the one that names them."""
    left, right = ax.get_xlim()
    for mark in marks:
        if left < at(mark.day) < right:
            ax.axvline(at(mark.day), color=HAIRLINE, linewidth=0.7, linestyle=(0, (4, 3)), zorder=1)
