"""The availability chart of a run: which rows it draws, what its title says."""

from datetime import date

import polars as pl

from sim.facts.errors import Fault, InputError
from sim.study.charts.availability import Options, draw_availability
from sim.study.charts.choices import By, Units, Wish
from sim.study.charts.frame import Heading
from sim.study.charts.origins import FILLS
from sim.study.charts.page import Drawing, compose
from sim.study.charts.rules import marks_for
from sim.study.charts.view import View
from sim.study.keeping.groups import ALL
from sim.study.keeping.wording import together
from sim.world.series import UNLISTED

MEASURE = {
    Units.CHIPS: "stock",
    Units.TPP: "stock_h100e_tpp",
    Units.TRAINING: "stock_h100e_training",
    Units.INFERENCE: "stock_h100e_inference",
}

NOUN = {
    Units.CHIPS: "AI chips",
    Units.TPP: "H100-equivalents by TPP",
    Units.TRAINING: "H100-equivalents (training)",
    Units.INFERENCE: "H100-equivalents (inference)",
}


def availability(view: View, wish: Wish) -> Drawing:
    """Stock in China by chip, vendor, holder or origin. InputError if the run holds no stock to draw."""
    rows = view.groups.filter(pl.col("measure") == MEASURE[wish.units])
    table = rows.filter(pl.col("by") == wish.by).drop("measure", "by", "mean")
    table = table.with_columns(pl.col("group").replace(view.labels))
    words = {key: fill.words for key, fill in FILLS.items()} if wish.by is By.ORIGIN else {}
    keys = {label: key for key, label in (view.labels | words).items()}
    shown = table.with_columns(pl.col("group").replace(words))
    if table.is_empty():
        raise InputError((Fault(view.name, "", "holds no chips in China, so there is nothing to draw"),))
    title, interval = _message(rows.filter(pl.col("by") == ALL), wish.units, view.known_until)
    subtitle = f"{interval}. {view.facts['title']}. Stock by {wish.by}: medians, with 50% and 90% bands."
    heading = Heading(title, subtitle, marks_for(view.events, view.labels), view.known_until)
    options = Options(heading, wish.units, keys)
    footer = view.sources if wish.units is Units.CHIPS else f"{view.sources} {UNLISTED}"
    figure = compose(lambda ax: draw_availability(ax, shown, options), view.made, footer)
    return Drawing(figure, table)


def _message(total: pl.DataFrame, units: Units, known_until: date) -> tuple[str, str]:
    """What China holds on the last month end that is history, and the interval around it."""
    history = total.filter(pl.col("date") <= known_until)
    row = (history if len(history) else total).row(-1, named=True)
    low, middle, high = together(row["p5"], row["p50"], row["p95"])
    return f"China holds {middle} {NOUN[units]} at the end of {row['date']:%B %Y}", f"90% interval {low} to {high}"
