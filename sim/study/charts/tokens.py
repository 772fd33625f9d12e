"""Tokens a day that China's labs serve, each lab's and the nation's, against what users are assumed to ask for."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from sim.facts.days import DAYS_PER_MONTH
from sim.facts.estimate import Series
from sim.study.charts.choices import Name, Wish, without_labs
from sim.study.charts.frame import LEADER, Heading, head, shade_unknown, tell_end
from sim.study.charts.geometry import at, places, size_in_points, yearly
from sim.study.charts.labels import spread
from sim.study.charts.page import Drawing, compose
from sim.study.charts.rules import draw_marks, marks_for
from sim.study.charts.style import BODY, FAINT, INK, SMALL, Stroke, strokes_for
from sim.study.charts.view import View

ALL, ASKED = "all labs", "asked"
WHOLE = Stroke(INK, (), "")
RED = "#B03A00"
POINT: dict[str, Any] = {
    "linestyle": "",
    "marker": "D",
    "markersize": 5.5,
    "markeredgecolor": RED,
    "markeredgewidth": 1.2,
}
BEHIND = {"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.85}
SCALES = ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"), (1.0, ""))
LETTERS = {"trillion": "T", "billion": "bn", "million": "m", "": ""}


@dataclass(frozen=True)
class Asked:
    """The tokens a day that users are taken to want: dated points, and the row of the sources they begin with."""

    points: tuple[tuple[date, float], ...]
    source: str


def tokens(view: View, wish: Wish) -> Drawing:
    """Tokens a day by lab and of all. InputError if the run has no labs."""
    table = tokens_in(view)
    if table is None:
        raise without_labs(view.name, Name.TOKENS)
    asked = asked_in(view, table)
    title, interval = _message(table, view.known_until)
    subtitle = (
        f"{interval}. {view.facts['title']}. Medians, input and output tokens; band: 90% interval of all labs."
        f"{about_asked(asked)}"
    )
    heading = Heading(title, subtitle, marks_for(view.events, view.labels), view.known_until)
    figure = compose(lambda ax: draw_tokens(ax, table, asked, heading), view.made, view.sources)
    return Drawing(figure, _numbers(table, asked))


def tokens_in(view: View) -> pl.DataFrame | None:
    """Tokens served by lab and month, all labs first, then the largest; of the years in which models are begun.

    None if the run has no labs.
    """
    rows = view.summary.filter(pl.col("measure") == "tokens")
    if view.milestones is None or rows.is_empty():
        return None
    first = view.milestones["p5"].min()
    begun = date(first.year - 1, 12, 31) if isinstance(first, date) else rows["date"].min()
    told = rows.with_columns(lab=pl.col("actor").fill_null(ALL)).filter(pl.col("date") >= begun)
    last = told.filter(pl.col("date") == pl.col("date").max()).select("lab", size="p50")
    order = (pl.col("lab") != ALL, -pl.col("size"), pl.col("lab"), pl.col("date"))
    return told.join(last, on="lab").sort(*order).select("lab", "date", "p5", "p25", "p50", "p75", "p95")


def asked_in(view: View, table: pl.DataFrame) -> Asked:
    """The national series that was put in, at its points inside the dates drawn."""
    raw = view.values.get("serving", {}).get("tokens")
    if raw is None:
        return Asked((), "")
    series = Series.model_validate(raw)
    first, last = table["date"].min(), table["date"].max()
    inside = tuple((day, value) for day, value in sorted(series.points.items()) if first <= day <= last)  # type: ignore[operator]
    return Asked(inside, series.source.partition(";")[0].strip())


def about_asked(asked: Asked) -> str:
    """What the diamonds are; empty without any."""
    if not asked.points:
        return ""
    recorded = f"({asked.source}; hollow: assumed)"
    return f" Diamonds: tokens that users ask for {recorded}, put into the model and no evidence for it."


def _numbers(table: pl.DataFrame, asked: Asked) -> pl.DataFrame:
    """What is drawn: served by lab, then what was asked, in tokens a day."""
    points = pl.DataFrame(
        {"date": [day for day, _ in asked.points], "p50": [value for _, value in asked.points]},
        schema={"date": pl.Date, "p50": pl.Float64},
    )
    return pl.concat([table, points.with_columns(lab=pl.lit(ASKED))], how="diagonal")


def _message(table: pl.DataFrame, known_until: date) -> tuple[str, str]:
    """What all serve at the end of what is known, and who serves most of it."""
    history = table.filter(pl.col("date") <= known_until)
    shown = history if len(history) else table
    last = shown.filter(pl.col("date") == pl.col("date").max())
    whole, first = last.row(0, named=True), last.filter(pl.col("lab") != ALL).sort("p50", descending=True)
    low, middle, high = (spelt_tokens(whole[q]) for q in ("p5", "p50", "p95"))
    title = f"China's labs serve {middle} tokens a day at the end of {whole['date']:%B %Y}"
    if len(first) > 1 and whole["p50"] > 0:
        title += f", about {first['p50'][0] / whole['p50']:.0%} of them by {first['lab'][0]}"
    return title, f"90% interval {low} to {high}"


def spelt_tokens(value: float) -> str:
    """A number of tokens: 140T, 3.2bn."""
    size, word = next(((size, word) for size, word in SCALES if value >= size), SCALES[-1])
    text = f"{value / size:.1f}" if value / size < 9.95 else f"{value / size:,.0f}"
    return f"{text}{LETTERS[word]}"


def draw_tokens(ax: Axes, table: pl.DataFrame, asked: Asked, heading: Heading) -> Axes:
    """Draw tokens a day by lab on ``ax``, on a logarithmic scale, and return it.

    ``table`` has lab, date (month ends) and quantiles; of the one called "all labs" the 90% interval is shown too.
    """
    frame_tokens(ax, table)
    labs = table["lab"].unique(maintain_order=True).to_list()
    strokes = {ALL: WHOLE} | strokes_for(sorted(lab for lab in labs if lab != ALL))
    for position, lab in enumerate(labs):
        _curve(ax, table.filter(pl.col("lab") == lab), strokes[lab], position)
    draw_asked(ax, asked, heading.known_until)
    _label_ends(ax, table, {lab: strokes[lab] for lab in labs})
    shade_unknown(ax, heading.known_until, said=False)
    tell_end(ax, table["date"].to_list()[-1], heading.known_until)
    head(ax, heading, draw_marks(ax, heading.marks))
    return ax


def frame_tokens(ax: Axes, table: pl.DataFrame) -> None:
    """Time across, powers of ten up, from what the least lab serves at first."""
    days = places(table["date"].to_numpy())
    ax.set_xlim(days.min() - DAYS_PER_MONTH, days.max())
    yearly(ax)
    ax.set_yscale("log")
    above = table.filter(pl.col("p50") > 0)
    ax.set_ylim(0.7 * float(above["p50"].min() or 1.0), 1.6 * float(above["p95"].max() or 10.0))  # type: ignore[arg-type]
    ax.yaxis.set_major_locator(LogLocator(10.0))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _power(value)))
    ax.set_ylabel("Tokens a day served (logarithmic)")
    ax.grid(axis="y", color=FAINT, linewidth=0.7)
    ax.set_axisbelow(True)


def _power(value: float) -> str:
    """A power of ten in words: 10 billion."""
    size, word = next(((size, word) for size, word in SCALES if value >= size), SCALES[-1])
    return f"{value / size:,.0f} {word}".strip()


def _curve(ax: Axes, rows: pl.DataFrame, stroke: Stroke, position: int) -> None:
    """A lab's median; the nation's with its interval. Markers once a year, each lab's in another month."""
    days, whole = places(rows["date"].to_numpy()), rows["lab"][0] == ALL
    if whole:
        ax.fill_between(days, rows["p5"], rows["p95"], color=stroke.colour, alpha=0.13, linewidth=0, zorder=2)
    marked = list(range((5 * position) % 12, len(rows), 12))
    ax.plot(
        days, rows["p50"], color=stroke.colour, linestyle=(0, stroke.dashes) if stroke.dashes else "-",
        linewidth=2.4 if whole else 1.5, marker=stroke.marker or None, markersize=4, markevery=marked,
        label=rows["lab"][0], zorder=4 if whole else 3,
    )  # fmt: skip


def draw_asked(ax: Axes, asked: Asked, known_until: date | None) -> None:
    """What users ask for: filled where it is recorded, hollow where it is assumed."""
    recorded = [day for day, _ in asked.points if known_until and day < known_until]
    for known, colour in ((True, RED), (False, "white")):
        chosen = [(at(day), value) for day, value in asked.points if (day in recorded) is known]
        if chosen:
            ax.plot(*zip(*chosen, strict=True), color=colour, label=ASKED, zorder=6, **POINT)
    if recorded:
        day, value = max(point for point in asked.points if point[0] in recorded)
        ax.annotate(f"asked ({asked.source})", (at(day), value), (-8, 6), textcoords="offset points", ha="right",
                    va="bottom", fontsize=SMALL, color=RED, zorder=7, bbox=BEHIND)  # fmt: skip


def _label_ends(ax: Axes, table: pl.DataFrame, strokes: dict[str, Stroke]) -> None:
    """Each lab's name and last median beside the end of its line."""
    last = table.filter(pl.col("date") == pl.col("date").max())
    ends = {row["lab"]: row["p50"] for row in last.iter_rows(named=True)}
    width, height = size_in_points(ax)
    reach = [ax.transAxes.inverted().transform(ax.transData.transform((0, max(ends[lab], 1.0))))[1] for lab in strokes]
    heights = spread(reach, (BODY + 3.5) / height, 0.0, 1.0)
    beside = 1 + LEADER / width
    for (lab, stroke), end, y in zip(strokes.items(), reach, heights, strict=True):
        line = [1 + 1 / width, beside - 3 / width], [end, y]
        ax.plot(*line, color=stroke.colour, linewidth=0.7, transform=ax.transAxes, clip_on=False)
        weight = "bold" if lab == ALL else "normal"
        ax.text(beside, y, f"{lab}  {spelt_tokens(ends[lab])}", transform=ax.transAxes, color=stroke.ink, fontsize=BODY,
                va="center", fontweight=weight)  # fmt: skip
