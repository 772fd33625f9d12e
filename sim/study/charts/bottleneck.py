"""Which input holds each domestic maker back, month by month, and in how many replications."""

from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

import numpy as np
import polars as pl
from matplotlib.axes import Axes

from sim.facts.days import DAYS_PER_MONTH
from sim.facts.errors import Fault, InputError, did_you_mean
from sim.study.charts.choices import Wish
from sim.study.charts.frame import Heading, head, shade_unknown
from sim.study.charts.geometry import at, size_in_points, swatch, yearly
from sim.study.charts.page import Drawing, compose
from sim.study.charts.rules import Mark, draw_marks, marks_for, marks_of
from sim.study.charts.style import FAINT, HAIRLINE, INK, MUTED, SMALL
from sim.study.charts.view import View
from sim.study.keeping.wording import brief
from sim.world.series import INPUTS

TALL = 0.78
"""Height of a row in which all replications agree; rows stand one apart."""

ENOUGH = 0.005
"""A month in which fewer replications than this share bind at all counts as one without production."""


@dataclass(frozen=True)
class Fill:
    """How an input is told from the others: colour on a screen, lightness and hatch in print."""

    colour: str
    hatch: str
    ink: str
    words: str


FILLS = dict(
    zip(
        INPUTS,
        (
            Fill("#E69F00", "", INK, "dies"),
            Fill("#0072B2", "", "white", "HBM"),
            Fill("#A6D8F0", "....", INK, "own memory"),
            Fill("#D9D9D9", "////", INK, "packaging"),
            Fill("#FFFFFF", "xx", INK, "demand"),
        ),
        strict=True,
    )
)


def bottleneck(view: View, wish: Wish) -> Drawing:
    """What binds each domestic maker, one row a maker. InputError if none ever made anything, or for an unknown one."""
    made = made_by(view.summary)
    makers = _chosen(made, wish, view)
    shares = shares_of(view.summary, makers)
    title = _message(shares, view.labels.get(makers[0], makers[0]), view.known_until)
    subtitle = (
        f"{view.facts['title']}. In each month the input that binds in more replications than any other; the"
        " taller the bar, the more of them agree (a full row: all)."
    )
    heading = Heading(title, subtitle, _marks(view), view.known_until)
    rows = [(maker, f"{view.labels.get(maker, maker)}\n{brief(made[maker])} chips") for maker in makers]
    figure = compose(lambda ax: draw_bottleneck(ax, shares, rows, heading), view.made, view.sources)
    return Drawing(figure, shares)


def _marks(view: View) -> tuple[Mark, ...]:
    """The rules about what makers need; where the run has none of these, those that closed or opened a chip."""
    supply = view.rules_about("hbm", "foreign-die", "wafer-tool")
    return marks_of(view.events, view.labels, supply) or marks_for(view.events, view.labels)


def made_by(summary: pl.DataFrame) -> dict[str, float]:
    """Chips each maker with inputs of its own finished over the whole run, by medians, most first."""
    binding = summary.filter((pl.col("measure") == "binding") & (pl.col("mean") > 0))["actor"].unique()
    rows = summary.filter(
        pl.col("measure") == "produced", pl.col("chip").is_null(), pl.col("actor").is_in(binding.implode())
    )
    sums = rows.group_by("actor").agg(pl.col("p50").sum()).sort("p50", "actor", descending=[True, False])
    return dict(sums.iter_rows())


def _chosen(made: dict[str, float], wish: Wish, view: View) -> list[str]:
    if wish.maker is None and made:
        return list(made)
    wanted = (wish.maker or "").lower()
    found = [maker for maker in made if wanted in (maker.lower(), view.labels.get(maker, maker).lower())]
    if not found and wish.maker is not None:
        remedy = did_you_mean(wish.maker, set(made)) or f"known: {', '.join(made)}"
        raise InputError((Fault(view.name, "--maker", f"no domestic maker {wish.maker!r} made anything", remedy),))
    if not found:
        raise InputError((Fault(view.name, "", "no domestic maker made anything, so there is nothing to draw"),))
    return found


def shares_of(summary: pl.DataFrame, makers: list[str]) -> pl.DataFrame:
    """For each maker and month: the input that binds more often than any other, each input's share of replications."""
    rows = summary.filter(pl.col("measure") == "binding", pl.col("actor").is_in(makers))
    wide = rows.pivot(on="item", index=["actor", "date"], values="mean").rename({"actor": "maker"})
    missing = [pl.lit(0.0).alias(item) for item in INPUTS if item not in wide.columns]
    wide = wide.with_columns(missing).with_columns(pl.col(INPUTS).fill_null(0.0))
    most = pl.max_horizontal(INPUTS)
    binds = pl.coalesce(pl.when((pl.col(item) == most) & (most > ENOUGH)).then(pl.lit(item)) for item in INPUTS)
    order = pl.col("maker").replace_strict({maker: place for place, maker in enumerate(makers)}, return_dtype=pl.Int32)
    columns = ("maker", "date", "binds", "agree", *INPUTS)
    return wide.with_columns(binds=binds, agree=most).sort(order, "date").select(columns)


def _runs(months: pl.DataFrame) -> list[tuple[str | None, pl.DataFrame]]:
    """Stretches of months with the same binding input, in order."""
    runs, start = [], 0
    for binds, group in groupby(months["binds"]):
        length = len(list(group))
        runs.append((binds, months.slice(start, length)))
        start += length
    return runs


def _message(shares: pl.DataFrame, name: str, known_until: date) -> str:
    """What binds the largest maker at the end of what is known, and since when."""
    mine = shares.filter(pl.col("maker") == shares["maker"][0])
    history = mine.filter(pl.col("date") <= known_until)
    runs = _runs(history if len(history) else mine)
    binds, months = runs[-1]
    earlier = [run for run in runs[:-1] if run[0]]
    if binds is None:
        return f"{name} made nothing in {months['date'][-1]:%B %Y}"
    words = FILLS[binds].words
    now = f"{words[0].upper()}{words[1:]}"
    if not earlier:
        return f"{now} has held {name} back from the start"
    verb = "have" if binds == "dies" else "has"
    return f"{now} {verb} held {name} back since {months['date'][0]:%B %Y}, {FILLS[earlier[-1][0] or ''].words} before"


def draw_bottleneck(ax: Axes, shares: pl.DataFrame, rows: list[tuple[str, str]], heading: Heading) -> Axes:
    """Draw a row for each maker on ``ax`` and return it.

    ``shares`` has maker, date (month ends), binds and agree (a share); ``rows`` are makers and their labels, top first.
    """
    days = shares["date"]
    ax.set_xlim(at(days.min()) - DAYS_PER_MONTH, at(days.max()))  # type: ignore[arg-type]
    ax.set_ylim(len(rows) - 0.5, -0.5)
    yearly(ax)
    ax.set_yticks(range(len(rows)), [label for _, label in rows])
    ax.tick_params(axis="y", length=0)
    shade_unknown(ax, heading.known_until, said=False)
    for place, (maker, _) in enumerate(rows):
        _row(ax, shares.filter(pl.col("maker") == maker), place)
    _legend(ax, sorted(set(shares["binds"].drop_nulls()), key=INPUTS.index), heading.known_until)
    head(ax, heading, draw_marks(ax, heading.marks))
    return ax


def _row(ax: Axes, months: pl.DataFrame, place: int) -> None:
    """One maker's months as bars that stand on the row's foot, each stretch named where its name fits."""
    foot = place + TALL / 2
    ax.axhline(foot - TALL, color=FAINT, linewidth=0.7, zorder=0.5)
    ax.axhline(foot, color=HAIRLINE, linewidth=0.7, zorder=3)
    for binds, run in _runs(months):
        if binds is None:
            continue
        fill = FILLS[binds]
        ends = np.array([at(day) for day in run["date"]])
        starts = np.concatenate([[ends[0] - DAYS_PER_MONTH], ends[:-1]])
        tall = run["agree"].to_numpy() * TALL
        edge = np.concatenate([[starts[0]], ends])
        ax.stairs(
            foot - tall, edge, baseline=foot, fill=True, color=fill.colour, hatch=fill.hatch, edgecolor=MUTED,
            linewidth=0.5, zorder=2,
        )  # fmt: skip
        _say(ax, fill, (edge[0], edge[-1]), foot - TALL * 0.24)


def _say(ax: Axes, fill: Fill, reach: tuple[float, float], y: float) -> None:
    """The input's name in its stretch, if it fits."""
    left, right = ax.get_xlim()
    room = (reach[1] - reach[0]) / (right - left) * size_in_points(ax)[0]
    if room < len(fill.words) * SMALL * 0.62 + 8:
        return
    box = {"facecolor": fill.colour, "edgecolor": "none", "pad": 1.2} if fill.hatch else None
    middle = (reach[0] + reach[1]) / 2
    ax.text(middle, y, fill.words, color=fill.ink, fontsize=SMALL, ha="center", va="center", zorder=4, bbox=box)


def _legend(ax: Axes, shown: list[str], known_until: date | None) -> None:
    """What the fills mean, below the years; and what the grey part is."""
    width, height = size_in_points(ax)
    x, y = 0.0, -32 / height
    for item in shown:
        fill = FILLS[item]
        ax.add_patch(swatch(ax, (x, y - 4 / height), fill.colour, MUTED, fill.hatch))
        ax.text(x + 19 / width, y, fill.words, transform=ax.transAxes, fontsize=SMALL, va="center")
        x += (19 + len(fill.words) * SMALL * 0.62 + 18) / width
    if known_until is not None and at(known_until) < ax.get_xlim()[1]:
        words = f"grey: conditional on rules frozen as of {known_until.day} {known_until:%B %Y}"
        where: dict[str, Any] = {
            "ha": "right",
            "va": "center",
            "fontsize": SMALL,
            "fontstyle": "italic",
            "color": MUTED,
        }
        ax.text(1, y, words, transform=ax.transAxes, **where)
