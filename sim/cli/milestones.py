"""The releases of labs' models: as JSON, and those with a date to hold them to as a table for people."""

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD

if TYPE_CHECKING:
    from rich.table import Table

LATER = "later"
QUANTILES = ("p5", "p25", "p50", "p75", "p95")


def releases(folder: Path) -> list[dict[str, Any]]:
    """The releases of models as dates in text, none where the world has no labs.

    A model that was begun but never released is among them if its release was planned or is recorded.
    ``reached`` is the share of replications that did; a quantile is null where so many of them did not.
    """
    from sim.study.keeping.milestones import milestones_in

    table = milestones_in(folder)
    rows = [] if table is None else [row for row in table.iter_rows(named=True) if row["milestone"] == "released"]
    return [_release(row) for row in rows]


def _release(row: dict[str, Any]) -> dict[str, Any]:
    from sim.facts.labs import MODEL

    dates = {key: row[key].isoformat() if row[key] else None for key in ("planned", "recorded", *QUANTILES)}
    model = row["item"].removeprefix(f"{row['actor']}{MODEL}")
    return {"lab": row["actor"], "model": model, "milestone": row["milestone"], "reached": row["reached"], **dates}


def milestones_table(found: list[dict[str, Any]], end: str) -> "Table | None":
    """Planned, simulated and recorded months of the models that have a date; ``end`` is the first day not simulated."""
    from rich.table import Table

    dated = [row for row in found if row["planned"] or row["recorded"]]
    if not dated:
        return None
    last = date.fromisoformat(end) - timedelta(1)
    caption = f"{LATER}: after {last:%B %Y}, when the run ends" if any(row["p95"] is None for row in dated) else None
    table = Table(
        title="Releases of models", title_justify="left", title_style="bold", caption=caption, caption_justify="left",
        box=SIMPLE_HEAD, pad_edge=False,
    )  # fmt: skip
    for column in ("model", "planned", "median", "90% range", "recorded"):
        table.add_column(column, no_wrap=column != "model", overflow="fold")
    for row in dated:
        spread = f"{_month(row['p5'])} to {_month(row['p95'])}"
        said = [_month(row[key]) if row[key] else "" for key in ("planned", "recorded")]
        table.add_row(f"{row['lab']} {row['model']}", said[0], _month(row["p50"]), spread, said[1])
    return table


def _month(day: str | None) -> str:
    return f"{date.fromisoformat(day):%b %Y}" if day else LATER
