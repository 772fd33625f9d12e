"""The headline as a table for people."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from sim.cli.console import hung, width
from sim.study.keeping.wording import together
from sim.world.series import MEASURES

BAR_WIDTH, LEAST_BAR, BESIDE_BAR = 36, 6, 42
"""Columns of the longest bar, of the longest in a narrow terminal, and of what stands beside it."""
TOLD = ("USD", "share")
"""Units that the figure itself tells."""
NARROW = 96
"""Below so many columns period and unit stand in the column that says what."""
LABELS = ("chip", "origin", "actor", "item")


def printer() -> Console:
    """A console as wide as its reader's, of a fixed width when its output goes to a file."""
    return Console(width=width())


def headline_table(manifest: dict[str, Any], rows: Sequence[dict[str, Any]]) -> Table:
    """What, over which period, the median and the 90% range; numbers to two or three figures, never cut."""
    done, narrow = manifest["replications"] - len(manifest["failures"]), width() < NARROW
    heading = f"{manifest['title']} ({done} replications, seed {manifest['seed']})"
    look: Any = {"box": SIMPLE_HEAD, "padding": (0, 1), "pad_edge": False} if narrow else {}
    table = Table(title=heading, title_justify="left", title_style="bold", **look)
    for column in ("what",) if narrow else ("what", "period", "unit"):
        table.add_column(column, overflow="fold")
    for column in ("median", "90% range"):
        table.add_column(column, justify="right", no_wrap=True)
    for row in rows:
        low, middle, high = together(row["p5"], row["p50"], row["p95"], row["unit"])
        said = what(row, manifest["labels"]), when(row), row["unit"]
        told = [", ".join(said[: 2 if row["unit"] in TOLD else 3])] if narrow else said
        table.add_row(*told, middle, f"{low} to {high}")
    return table


def stock_bars(folder: Path, known_until: str, console: Console) -> str:
    """Chips in China at the end of each year as bars: the median's length, and the 90% range in figures.

    What lies after ``known_until``, the last day whose rules are history, is drawn lighter.
    """
    import polars as pl

    from sim.study.keeping.groups import ALL

    stock = pl.read_parquet(folder / "groups.parquet").filter(pl.col("measure") == "stock", pl.col("by") == ALL)
    year_ends = stock.group_by(pl.col("date").dt.year().alias("year"), maintain_order=True).last()
    solid, light = "█░" if console.encoding.startswith("utf") else "#-"
    longest = max(stock["p50"].max() or 1.0, 1.0)
    room = max(min(BAR_WIDTH, width() - BESIDE_BAR), LEAST_BAR)
    lines = ["", hung("", "AI chips in China at the end of the year: median (90% range)")]
    for row in year_ends.iter_rows(named=True):
        low, middle, high = together(row["p5"], row["p50"], row["p95"])
        bar = (light if row["date"].isoformat() > known_until else solid) * round(room * row["p50"] / longest)
        lines.append(f"{row['date']:%b %Y}  {bar:<{room}}  {middle:>5}  ({low} to {high})")
    lines.append(f"{light} conditional on the rules of {known_until}\n")
    return "\n".join(lines)


def when(row: dict[str, Any]) -> str:
    """Over which period a row's flow is summed, or at whose end its level is taken."""
    level = MEASURES[row["measure"]].kind == "level"
    return f"end of {row['period']}" if level else str(row["period"])


def what(row: dict[str, Any], labels: dict[str, str]) -> str:
    """What a row of a headline measures, and of what; ``labels`` are makers' names for people."""
    parts = [labels.get(row[label], row[label]) for label in LABELS if row[label] is not None]
    return f"{row['measure'].replace('_', ' ')}{': ' if parts else ''}{', '.join(parts)}"
