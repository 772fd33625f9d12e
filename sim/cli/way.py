"""A model's way over all replications of a run: when it comes to each milestone, and the days that each part takes."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD

from sim.cli.console import width
from sim.cli.milestones import courses, milestones

if TYPE_CHECKING:
    from rich.table import Table

QUANTILES = ("p5", "p50", "p95")
NARROW = 72
"""Below so many columns a range stands under its median."""

NEVER, ENDLESS = "never", "endless"
"""A day and a number of days that lie beyond the last day."""

WITHIN = {"research beyond plan": "research", "engineers before release": "steps after the run"}
"""Parts that are counted in others too."""

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
    console.print()


def milestones_of(way: dict[str, Any], sound: int, last: date) -> "Table":
    """The day of each milestone, and in how many replications it came by the ``last`` day."""
    from sim.study.keeping.milestones import STEPS

    rows = way["milestones"]
    kinds = {step: kind for kind, step in STEPS.items()}
    said = next(((row["planned"], row["recorded"]) for row in rows if row["milestone"] == "released"), (None, None))
    told = [f"{word} {day}" for word, day in zip(("planned for", "on record on"), said, strict=True) if day]
    notes = [f"release {', '.join(told)}"] if told else []
    notes += [f"{NEVER}: not by {last}, the last day"] if _lacks(rows) else []
    title = f"{way['lab']} {way['model']} in {sound} replications"
    days = [[row[quantile] or NEVER for quantile in QUANTILES] for row in rows]
    cells = [
        [kinds[row["milestone"]], when[1], _range(when[0], when[2]), f"{row['reached']:.0%}"]
        for row, when in zip(rows, days, strict=True)
    ]
    return _table(title, ("milestone", "median", "90% range", "reached in"), cells, notes)


def parts_of(rows: list[Row]) -> "Table":
    """The days that each part of the way takes, stalls marked, and in how many replications it takes any."""
    taken, none = [row for row in rows if row["took"]], [row["part"] for row in rows if not row["took"]]
    within = [f"{row['part']}: in {WITHIN[row['part']]}" for row in taken if row["part"] in WITHIN]
    notes = [f"*: a stall; {'; '.join(within)}" if within else "*: a stall"] if any(r["stall"] for r in taken) else []
    notes += [f"no day in any replication: {', '.join(none)}"] if none else []
    notes += [f"{ENDLESS}: not over on the last day"] if _lacks(taken) else []
    cells = []
    for row in taken:
        low, middle, high = (ENDLESS if row[q] is None else f"{row[q]:.0f}" for q in QUANTILES)
        name = f"{row['part']} *" if row["stall"] else row["part"]
        cells.append([name, middle, _range(low, high), f"{row['took']:.0%}"])
    return _table("", ("part of its way", "median days", "90% range", "any in"), cells, notes)


def _table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], notes: Sequence[str]) -> "Table":
    """What, median, range and share; in a narrow terminal the range stands under its median."""
    from rich.table import Table

    table = Table(
        title=title or None, title_justify="left", title_style="bold", caption="\n".join(notes) or None,
        caption_justify="left", box=SIMPLE_HEAD, pad_edge=False,
    )  # fmt: skip
    narrow = width() < NARROW
    heading, *body = (_gathered(row) if narrow else row for row in (columns, *rows))
    for place, column in enumerate(heading):
        table.add_column(column, no_wrap=bool(place), overflow="fold", justify="right" if place else "left")
    for row in body:
        table.add_row(*row)
    return table


def _gathered(row: Sequence[str]) -> Sequence[str]:
    """Three cells for a narrow terminal: what a range is of, and its two ends below it."""
    ends = row[2].replace(" to ", "\nto ") if row[2] != row[1] else ""
    return row[0], f"{row[1]}\n{ends}".strip(), row[3]


def _lacks(rows: list[Row]) -> bool:
    return any(row[quantile] is None for row in rows for quantile in QUANTILES)


def _range(low: str, high: str) -> str:
    return low if low == high else f"{low} to {high}"
