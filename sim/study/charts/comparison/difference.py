"""How much a variant changes a measure, month by month: paired differences from the reference on the same luck."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import date
from functools import partial
from typing import Any

import polars as pl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.path import Path

from sim.study.charts.comparison.choices import Wish
from sim.study.charts.comparison.contrast import Contrast
from sim.study.charts.comparison.dates import Change, changes, counted, draw_changes, named
from sim.study.charts.comparison.grid import Cell, Page, Shape, compose_grid
from sim.study.charts.comparison.lines import (
    SEEN,
    band_key,
    conditional,
    conditional_key,
    frozen,
    in_years,
    label_ends,
)
from sim.study.charts.comparison.signed import Reach, reaches, signed_axis, spelt
from sim.study.charts.comparison.wanted import Quantity, quantity
from sim.study.charts.frame import scale_of
from sim.study.charts.geometry import at, places, size_in_points
from sim.study.charts.page import Drawing
from sim.study.charts.style import INK, MUTED, SMALL, Stroke

SHAPES = {1: Shape(1, 3.1), 2: Shape(1, 1.95), 3: Shape(1, 1.55)}
MANY = Shape(2, 1.35)
BEFORE = 2
"""Years shown before the first variant can differ."""
SHORTEST = 0.015
"""Part of the axis that an interval of the mean must cover to be seen."""
CLEAR = 46.0
"""Points that names of rules may reach beyond a panel."""


WHISKER = Path([(-0.4, -1), (0.4, -1), (0, -1), (0, 1), (-0.4, 1), (0.4, 1)], [1, 2, 1, 2, 1, 2])
"""An interval as the key shows it."""


@dataclass(frozen=True)
class Look:
    """How a variant's panel is drawn: its stroke, axis, first day that can differ, last known day."""

    stroke: Stroke
    span: tuple[date, date]
    reach: Reach
    divisor: float
    unit: str
    diverges: date | None
    known_until: date


def difference(contrast: Contrast, wish: Wish) -> Drawing:
    """Paired differences over time, a panel a variant. InputError for a measure or label that is not there."""
    found = quantity(contrast, wish)
    tables = {label: found.table.filter(pl.col("variant") == label) for label in contrast.variants}
    tables = {label: table for label, table in tables.items() if len(table)}
    shape = SHAPES.get(len(tables), MANY)
    axes = reaches([_extent(table) for table in tables.values()])
    divisor, word = scale_of(max(max(map(abs, reach)) * found.scale for reach, _ in axes))
    cells, keys = [], Drawn()
    for (label, table), (reach, factor) in zip(tables.items(), axes, strict=True):
        look = Look(
            contrast.strokes[label],
            _span(contrast, found.table),
            reach,
            divisor / found.scale,
            found.measure.unit,
            contrast.diverges(label),
            contrast.known_until,
        )
        dates = changes(contrast.views[contrast.reference], contrast.views[label])
        keys = keys.joined(_drawn(table, look, dates))
        aside = [f"vertical axis ×{factor}" * (factor > 1), counted(dates)]
        notes = [*_notes(found, table, contrast.known_until), " · ".join(filter(None, aside))]
        cells.append(Cell(label, notes, partial(_panel, table=table, look=look, dates=dates), look.stroke.ink))
    what = f"difference, {word} {found.unit}".replace("  ", " ")
    page = Page(
        _message(contrast, found, tables),
        _subtitle(contrast, found, tables),
        what[0].upper() + what[1:],
        _key(contrast, keys),
        (contrast.made, contrast.sources),
    )
    return Drawing(compose_grid(cells, page, shape), _numbers(contrast, found))


def _extent(table: pl.DataFrame) -> Reach:
    """How far a variant's differences reach, and the interval of their mean where it is wider."""
    lows, highs = (table.select(*names).drop_nulls().to_numpy() for names in (("p5", "low"), ("p95", "high")))
    return float(lows.min(initial=0.0)), float(highs.max(initial=0.0))


def _span(contrast: Contrast, table: pl.DataFrame) -> tuple[date, date]:
    """Dates shown: from some years before anybody can differ to the last month."""
    days = [day for label in contrast.variants if (day := contrast.diverges(label))]
    first = min(days, default=contrast.start)
    start = max(contrast.start, first.replace(year=first.year - BEFORE, month=1, day=1))
    last: date = table["date"].max()  # type: ignore[assignment]
    return (start if start < last else contrast.start), last


def _largest(table: pl.DataFrame, known_until: date) -> dict[str, Any]:
    """The month in which the median difference is largest, while the rules are known if one can be seen then."""
    history = table.filter(pl.col("date") <= known_until)
    sizes = [one["p50"].abs().max() or 0.0 for one in (history, table)]
    chosen = history if sizes[0] and sizes[0] >= SEEN * sizes[1] else table  # type: ignore[operator]
    return chosen.sort(pl.col("p50").abs(), "date", descending=[True, False]).row(0, named=True)


def _notes(found: Quantity, table: pl.DataFrame, known_until: date) -> list[str]:
    """The largest difference in words: median, 90% of the pairs, the mean's confidence interval."""
    row, unit = _largest(table, known_until), found.measure.unit
    if not row["p50"]:
        return ["no difference in most pairs"]
    say = partial(spelt, size=row["p50"], unit=unit)
    told = f"largest {row['date']:%b %Y}: {say(row['p50'])} (90% of pairs {say(row['p5'])} to {say(row['p95'])})"
    mean = f"mean {say(row['mean'])}"
    if row["low"] is not None:
        mean += f", 95% confidence {say(row['low'])} to {say(row['high'])}"
    return [told, mean]


def _message(contrast: Contrast, found: Quantity, tables: dict[str, pl.DataFrame]) -> str:
    """Which variant differs most, and when: before the grey part, if what differs then can be seen beside the rest."""
    rows = {label: _largest(table, contrast.known_until) for label, table in tables.items()}
    sizes = {label: abs(row["p50"]) for label, row in rows.items()}
    past = {label: size for label, size in sizes.items() if _known(rows[label], contrast)}
    seen = max(past.values(), default=0.0) >= SEEN * max(sizes.values())
    label = max(past if past and seen else sizes, key=lambda label: sizes[label])
    row = rows[label]
    if not row["p50"]:
        return f"No variant changes {found.noun} in most pairs"
    amount = spelt(row["p50"], row["p50"], found.measure.unit)
    lead = f"{label} changes {found.noun}" + " most" * (len(tables) > 1)
    when = frozen(row["date"], contrast.known_until)
    return f"{lead}: {amount} in {row['date']:%B %Y}{', at its largest' * (len(tables) == 1)}{when}"


def _known(row: dict[str, Any], contrast: Contrast) -> bool:
    """Whether a month with a difference is history."""
    return bool(row["p50"]) and row["date"] <= contrast.known_until


def _about_largest(contrast: Contrast, tables: dict[str, pl.DataFrame]) -> str:
    """Of which months a difference is called the largest; empty where all are history or nothing differs."""
    rows = [_largest(table, contrast.known_until) for table in tables.values()]
    told = [_known(row, contrast) for row in rows if row["p50"]]
    if contrast.known_until >= contrast.end or not told:
        return ""
    if all(told):
        return " “Largest” is of the months before the grey part."
    if any(told):
        return " “Largest” is of the months before the grey part, of all where hardly anything differs in those."
    return " “Largest” is of all months, as hardly anything differs before the grey part."


def _subtitle(contrast: Contrast, found: Quantity, tables: dict[str, pl.DataFrame]) -> str:
    axes = " One vertical axis for all, but panels marked × are magnified." if len(tables) > 1 else ""
    largest = _about_largest(contrast, tables)
    return (
        f"Variant minus {contrast.reference}, replication by replication on the same luck. {found.measure.sentence}"
        f" Bands hold 50% and 90% of the pairs: what the effect depends on.{largest}{axes}"
    )


@dataclass(frozen=True)
class Drawn:
    """Which signs are on any panel: intervals, diamonds, a variant's rules, the reference's, one that is dropped."""

    means: bool = False
    parting: bool = False
    ours: bool = False
    theirs: bool = False
    dropped: bool = False

    def joined(self, other: "Drawn") -> "Drawn":
        """What is on either."""
        pairs = zip(astuple(self), astuple(other), strict=True)
        return Drawn(*(one or two for one, two in pairs))


def _drawn(table: pl.DataFrame, look: Look, dates: Sequence[Change]) -> Drawn:
    """The signs of one panel."""
    first, last = look.span
    inside = [change for change in dates if first < change.day < last]
    return Drawn(
        means=len(_whiskers(table, look.reach)) > 0,
        parting=look.diverges is not None and first <= look.diverges < last,
        ours=any(change.ours for change in inside),
        theirs=any(not change.ours for change in inside),
        dropped=any(change.dropped for change in named(inside)),
    )


def _key(contrast: Contrast, drawn: Drawn) -> list[tuple[Artist, str]]:
    """What the signs mean that are drawn."""
    here = f"that rule's day in {contrast.reference}" if drawn.ours else f"a rule's day in {contrast.reference}"
    dropped = "; “dropped”: the variant lacks it" * drawn.dropped
    whisker = Line2D([], [], color=INK, marker=WHISKER, markersize=9, linestyle="", fillstyle="none")
    signs = [
        (drawn.means, whisker, "95% confidence interval of the mean: sampling error, no range"),
        (
            drawn.parting,
            Line2D([], [], color=INK, marker="D", markersize=4.5, linestyle=""),
            "first day that can differ",
        ),
        (drawn.ours, Line2D([], [], color=INK, linewidth=0.8), "a rule's day in the variant"),
        (drawn.theirs, Line2D([], [], color=MUTED, linewidth=0.8, linestyle=(0, (4, 3))), f"{here}{dropped}"),
    ]
    return [
        (Line2D([], [], color=INK, linewidth=1.8), "median difference"),
        band_key(50, "pairs"),
        band_key(90, "pairs"),
        *((sign, words) for there, sign, words in signs if there),
        *conditional_key(contrast.known_until, contrast.end),
    ]


def _panel(ax: Axes, table: pl.DataFrame, look: Look, dates: tuple[Change, ...]) -> float:
    draw_difference(ax, table, look)
    return draw_changes(ax, dates, look.stroke.ink, CLEAR)


def draw_difference(ax: Axes, table: pl.DataFrame, look: Look) -> Axes:
    """Draw one variant's paired differences on ``ax`` and return it.

    ``table`` has date (month ends), p5, p25, p50, p75, p95, mean, low and high, in the measure's own unit.
    """
    start, end = look.span
    ax.set_xlim(at(start), at(end))
    in_years(ax)
    signed_axis(ax, look.reach, look.divisor, 7 if size_in_points(ax)[1] > 130 else 5)
    ax.axhline(0, color=INK, linewidth=0.9, zorder=2.5)
    days, colour = places(table["date"].to_numpy()), look.stroke.colour
    for low, high, strength in (("p5", "p95", 0.16), ("p25", "p75", 0.3)):
        ax.fill_between(days, table[low], table[high], color=colour, alpha=strength, linewidth=0, zorder=2)
    ax.plot(days, table["p50"], color=colour, linewidth=1.8, label="median", zorder=3)
    _means(ax, table)
    _divergence(ax, table, look.diverges)
    conditional(ax, look.known_until)
    last = table.row(-1, named=True)
    label_ends(ax, [(spelt(last["p50"], last["p50"], look.unit), last["p50"], look.stroke)], last["date"])
    return ax


def _whiskers(table: pl.DataFrame, reach: Reach) -> pl.DataFrame:
    """The months, one a year, whose interval of the mean is long enough to be seen on an axis of that reach."""
    step = 12 if len(table) > 24 else 3
    some = table[(len(table) - 1) % step :: step].drop_nulls(["low", "high"])
    return some.filter(pl.col("high") - pl.col("low") > SHORTEST * (reach[1] - reach[0]))


def _means(ax: Axes, table: pl.DataFrame) -> None:
    """The mean's 95% confidence interval, once a year, as a whisker: it is no band."""
    some = _whiskers(table, ax.get_ylim())
    days = places(some["date"].to_numpy())
    if len(days):
        middle = (some["low"] + some["high"]).to_numpy() / 2
        half = (some["high"] - some["low"]).to_numpy() / 2
        for width, colour, order in ((2.6, "white", 4), (1.0, INK, 5)):
            ax.errorbar(days, middle, half, fmt="none", ecolor=colour, elinewidth=width, capsize=2.5,
                        capthick=width, zorder=order, clip_on=False)  # fmt: skip


def _divergence(ax: Axes, table: pl.DataFrame, diverges: date | None) -> None:
    """A diamond on the zero line at the first day that can differ, its date on the side where nothing is yet."""
    left, right = ax.get_xlim()
    if diverges is None or not left <= at(diverges) < right:
        return
    x = max(at(diverges), left)
    ax.plot(x, 0, marker="D", markersize=4.5, color=INK, markeredgecolor="white", zorder=6, clip_on=False)
    room = (x - left) / (right - left) * size_in_points(ax)[0]
    if room > 62:
        words = f"{diverges.day} {diverges:%b %Y}"
        low, high = ax.get_ylim()
        crowded = high / (high - low) * size_in_points(ax)[1] < 2 * SMALL
        ax.annotate(words, (x, 0), (-6, -3 if crowded else 3), textcoords="offset points", fontsize=SMALL, ha="right",
                    va="top" if crowded else "bottom", zorder=6)  # fmt: skip


def _numbers(contrast: Contrast, found: Quantity) -> pl.DataFrame:
    """Every row drawn, with the measure, its labels and unit, and who is subtracted."""
    told = {"measure": found.measure.name, **found.labels, "unit": found.measure.unit, "reference": contrast.reference}
    return found.table.with_columns(**{name: pl.lit(word) for name, word in told.items()}).select(
        "variant", "reference", *(name for name in told if name != "reference"), "date", *found.table.columns[2:]
    )
