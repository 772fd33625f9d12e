"""A comparison's headline as a table for people: the reference, then each variant and its paired difference."""

from collections.abc import Sequence
from typing import Any

from rich.table import Table

from sim.cli.headline import what, when
from sim.study.keeping.wording import spelling, together

UNDEFINED = "undefined"
ALIKE = 0.995
"""Share of replications from which on they are said to agree on a sign, all of them."""


def comparison_table(manifest: dict[str, Any], rows: Sequence[dict[str, Any]]) -> Table:
    """A block a measure: every side's median and 90% range, the mean paired difference and its confidence interval.

    The last column says in how many replications the difference has the sign of its mean.
    """
    sides = len(manifest["sides"])
    heading = (
        f"{sides} scenarios on the same luck, {manifest['replications']} replications each, seed {manifest['seed']}"
    )
    table = Table(title=heading, title_justify="left", title_style="bold", caption_justify="left", caption=CAPTION)
    table.add_column("", overflow="fold")
    for column in ("median", "90% range", "difference", "95% interval", "same sign"):
        table.add_column(column, justify="right", overflow="fold")
    for row in rows:
        table.add_row(f"[bold]{what(row, {})}, {when(row)}[/bold] ({row['unit']})")
        table.add_row(f"  {row['reference']['label']}", *_level(row["reference"], row["unit"]), "", "", "")
        for variant in row["variants"]:
            differing = _difference(variant["difference"], row["unit"])
            table.add_row(f"  {variant['label']}", *_level(variant, row["unit"]), *differing)
        table.add_section()
    return table


CAPTION = (
    "difference: mean over replications of variant less reference on the same luck; 95% interval: sampling error of "
    "that mean, which more replications make smaller, and no range of outcomes"
)


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
    return signed(found["mean"], size, unit), interval, "all" if agreeing >= ALIKE else f"{agreeing:.0%}"


def signed(value: float, size: float, unit: str) -> str:
    """A difference with its sign, spelt as numbers of that size are; of shares in percentage points."""
    sign = "+" if value >= 0 else "-"
    return f"{value * 100:+.1f} pp" if unit == "share" else f"{sign}{spelling(size, unit)(abs(value))}"
