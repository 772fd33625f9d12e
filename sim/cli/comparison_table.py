"""A comparison's headline as a table for people: the reference, then each variant and its paired difference."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from sim.cli.console import width
from sim.cli.headline import what, when
from sim.study.comparing.pairing import FEWEST
from sim.study.keeping.wording import agreed, signed, together
from sim.world.draws import BATCH

Cells = tuple[str, str, str, str, str]
"""Of one side of a row: median, range, difference, interval, sign."""

UNDEFINED = "undefined"


COLUMNS = ("median", "90% range", "difference", "95% interval", "same sign")
NARROW = 100
"""Below so many columns ranges stand under what they are of."""


def comparison_table(manifest: dict[str, Any], rows: Sequence[dict[str, Any]], labels: dict[str, str]) -> Table:
    """A block a measure: every side's median and 90% range, the mean paired difference and its confidence interval.

    The last column says in how many replications the difference has the sign of its mean. ``labels`` are makers' names
    for people.
    """
    each, narrow = manifest["replications"], width() < NARROW
    heading = f"{len(manifest['sides'])} scenarios on the same luck, {each} replications each, seed {manifest['seed']}"
    look: Any = {"box": SIMPLE_HEAD, "padding": (0, 1), "pad_edge": False} if narrow else {}
    around: Any = {"title_justify": "left", "title_style": "bold", "caption_justify": "left"}
    table = Table(title=heading, caption=_caption(each), **around, **look)
    table.add_column("", overflow="fold")
    for column in _gathered(COLUMNS) if narrow else COLUMNS:
        table.add_column(column, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(f"[bold]{escape(what(row, labels))}, {when(row)}[/bold] ({row['unit']})")
        for label, cells in _sides(row):
            table.add_row(f"  {escape(label)}", *(_gathered(cells) if narrow else cells))
        table.add_section()
    return table


def _sides(row: dict[str, Any]) -> Iterator[tuple[str, Cells]]:
    """The cells of every side, the reference's first."""
    yield row["reference"]["label"], (*_level(row["reference"], row["unit"]), "", "", "")
    for variant in row["variants"]:
        yield variant["label"], (*_level(variant, row["unit"]), *_difference(variant["difference"], row["unit"]))


def _gathered(cells: Cells) -> tuple[str, str]:
    """Two columns for a narrow terminal: what a range is of, and the range below it."""
    middle, spread, differing, interval, sign = cells
    return f"{middle}\n{spread}".strip(), f"{differing}\n{interval}\n{sign}".strip()


CAPTION = (
    "difference: mean over replications of variant less reference on the same luck; 95% interval: sampling error of "
    "that mean, which more replications make smaller, and no range of outcomes; "
)


def _caption(replications: int) -> str:
    """What the columns mean, and where intervals come from."""
    batches = replications // BATCH
    if batches >= FEWEST:
        return f"{CAPTION}from {batches} independent batches of {BATCH} replications"
    return f"{CAPTION}from replications as if independent, as a rule too wide: {FEWEST * BATCH} make batches that are"


def _level(side: dict[str, Any], unit: str) -> tuple[str, str]:
    if side["p50"] is None:
        return UNDEFINED, ""
    low, middle, high = together(side["p5"], side["p50"], side["p95"], unit)
    return middle, f"{low} to {high}"


def _difference(found: dict[str, Any], unit: str) -> tuple[str, str, str]:
    if found["mean"] is None:
        return UNDEFINED, "", ""
    if not found["above"] and not found["below"]:
        return "none", "", ""
    size = max(abs(found[name] or 0.0) for name in ("mean", "low", "high"))
    interval = (
        "" if found["low"] is None else f"{signed(found['low'], size, unit)} to {signed(found['high'], size, unit)}"
    )
    agreeing = found["above"] if found["mean"] > 0 else found["below"]
    return signed(found["mean"], size, unit), interval, _agreeing(agreeing, found)


def _agreeing(part: float, found: dict[str, Any]) -> str:
    """How many replications have the mean's sign, and how many differ in nothing."""
    equal = 1.0 - found["above"] - found["below"]
    return f"{agreed(part)}, {equal:.0%} equal" if equal >= NOTED else agreed(part)


NOTED = 0.05
"""Share of replications without any difference from which on it is told."""
