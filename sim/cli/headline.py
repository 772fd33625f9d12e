"""The headline as a table for people."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from sim.study.wording import together
from sim.world.series import MEASURES

PIPED_WIDTH = 120
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
        table.add_row(_what(row, manifest["labels"]), _when(row), row["unit"], middle, f"{low} to {high}")
    return table


def _when(row: dict[str, Any]) -> str:
    level = MEASURES[row["measure"]].kind == "level"
    return f"end of {row['period']}" if level else str(row["period"])


def _what(row: dict[str, Any], labels: dict[str, str]) -> str:
    parts = [labels.get(row[label], row[label]) for label in LABELS if row[label] is not None]
    return f"{row['measure'].replace('_', ' ')}{': ' if parts else ''}{', '.join(parts)}"
