"""A model's way over all replications of a run: when it comes to each milestone, and the days that each part takes."""

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD

from sim.cli.milestones import courses, milestones

if TYPE_CHECKING:
    from rich.table import Table

NEVER, ENDLESS = "never", "endless"
"""A day and a number of days that lie beyond the last day."""

Row = dict[str, Any]


def way_of(folder: Path, model: str) -> dict[str, Any]:
    """Lab, model, its milestones and the parts of its way, of a model by its whole name; empty if it has none."""
    from sim.facts.labs import MODEL

    lab, _, own = model.partition(MODEL)
    found = {"milestones": milestones(folder), "courses": courses(folder)}
    mine = {key: [row for row in rows if (row["lab"], row["model"]) == (lab, own)] for key, rows in found.items()}
    return {"lab": lab, "model": own, **mine} if mine["milestones"] else {}


def tell_way(way: dict[str, Any], manifest: dict[str, Any]) -> None:
    """Both tables."""
    from sim.cli.headline import printer

    console, sound = printer(), manifest["replications"] - len(manifest["failures"])
    last = date.fromisoformat(manifest["span"]["end"]) - timedelta(1)
    console.print(milestones_of(way, sound, last))
    if way["courses"]:
        console.print(parts_of(way["courses"]))


def milestones_of(way: dict[str, Any], sound: int, last: date) -> "Table":
    """The day of each milestone, and in how many replications it came by the ``last`` day."""
    from sim.study.keeping.milestones import STEPS

    rows = way["milestones"]
    kinds = {step: kind for kind, step in STEPS.items()}
    said = next(((row["planned"], row["recorded"]) for row in rows if row["milestone"] == "released"), (None, None))
    told = [f"{word} for {day}" for word, day in zip(("planned", "recorded"), said, strict=True) if day]
    title = ", ".join([f"{way['lab']} {way['model']} in {sound} replications", *told])
    never = f"{NEVER}: not by {last}, the last day" if _lacks(rows) else None
    table = _table(title, ("milestone", "median", "90% range", "reached in"), never)
    for row in rows:
        days = [row[quantile] or NEVER for quantile in ("p50", "p5", "p95")]
        table.add_row(kinds[row["milestone"]], days[0], _range(*days[1:]), f"{row['reached']:.0%}")
    return table


def parts_of(rows: list[Row]) -> "Table":
    """The days that each part of the way takes, stalls marked, and in how many replications it takes any."""
    notes = ["*: a stall; research beyond plan is part of research, waiting for engineers of the steps"]
    if _lacks(rows):
        notes.append(f"{ENDLESS}: not over on the last day")
    table = _table("", ("days that it takes", "median", "90% range", "any in"), "\n".join(notes))
    for row in rows:
        days = [ENDLESS if row[quantile] is None else f"{row[quantile]:.0f}" for quantile in ("p50", "p5", "p95")]
        name = f"{row['part']} *" if row["stall"] else row["part"]
        table.add_row(name, days[0], _range(*days[1:]), f"{row['took']:.0%}")
    return table


def _table(title: str, columns: tuple[str, ...], caption: str | None) -> "Table":
    from rich.table import Table

    table = Table(
        title=title or None, title_justify="left", title_style="bold", caption=caption, caption_justify="left",
        box=SIMPLE_HEAD, pad_edge=False,
    )  # fmt: skip
    for place, column in enumerate(columns):
        table.add_column(column, no_wrap=bool(place), overflow="fold", justify="right" if place else "left")
    return table


def _lacks(rows: list[Row]) -> bool:
    return any(row[quantile] is None for row in rows for quantile in ("p5", "p50", "p95"))


def _range(low: str, high: str) -> str:
    return low if low == high else f"{low} to {high}"
