"""The headline as a table for people."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from sim.study.keeping.wording import together
from sim.world.series import MEASURES

PIPED_WIDTH = 120
BAR_WIDTH = 36
LABELS = ("chip", "origin", "actor", "item")


def printer() -> Console:
    """A console that does not cut lines when its output goes to a file."""
    console = Console()
    return console if console.is_terminal else Console(width=PIPED_WIDTH)


def headline_table(manifest: dict[str, Any], rows: Sequence[dict[str, Any]]) -> Table:
    """What, over which period, the median and the 90% range; numbers to two or three figures."""
    done = manifest["replications"] - len(manifest["failures"])
    heading = f"{manifest['title']} ({done} replications, seed {manifest['seed']})"
    table = Table(title=heading, title_justify="left", title_style="bold")
    for column, justify in (("what", "left"), ("period", "left"), ("unit", "left")):
        table.add_column(column, justify=justify)  # type: ignore[arg-type]
    table.add_column("median", justify="right")
    table.add_column("90% range", justify="right")
    for row in rows:
        low, middle, high = together(row["p5"], row["p50"], row["p95"], row["unit"])
        table.add_row(what(row, manifest["labels"]), when(row), row["unit"], middle, f"{low} to {high}")
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
    lines = ["\nAI chips in China at the end of the year: median (90% range)"]
    for row in year_ends.iter_rows(named=True):
        low, middle, high = together(row["p5"], row["p50"], row["p95"])
        bar = (light if row["date"].isoformat() > known_until else solid) * round(BAR_WIDTH * row["p50"] / longest)
        lines.append(f"{row['date']:%b %Y}  {bar:<{BAR_WIDTH}}  {middle:>5}  ({low} to {high})")
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
