"""The releases of labs' models and the nation's first run of a landmark's size: as JSON, and as a table for people."""

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD

if TYPE_CHECKING:
    from rich.table import Table

LATER = "later"
QUANTILES = ("p5", "p25", "p50", "p75", "p95")


def milestones(folder: Path) -> list[dict[str, Any]]:
    """The milestones of models as dates in text, none where the world has no labs, and last the first landmark run.

    A model that was begun but never released has a row of its release if that was planned or is recorded. The landmark
    run is of no lab.
    ``reached`` is the share of replications that did; a quantile is null where so many of them did not.
    """
    from sim.study.keeping.milestones import milestones_in

    table = milestones_in(folder)
    return [] if table is None else [_milestone(row) for row in table.iter_rows(named=True)]


def releases(folder: Path) -> list[dict[str, Any]]:
    """Of the milestones only releases, and the first landmark run."""
    return [row for row in milestones(folder) if row["milestone"] == "released" or not row["lab"]]


def _milestone(row: dict[str, Any]) -> dict[str, Any]:
    dates = {key: row[key].isoformat() if row[key] else None for key in ("planned", "recorded", *QUANTILES)}
    return {**_named(row), "milestone": row["milestone"], "reached": row["reached"], **dates}


def _named(row: dict[str, Any]) -> dict[str, str]:
    """A row's lab and its model."""
    from sim.facts.labs import MODEL

    return {"lab": row["actor"], "model": row["item"].removeprefix(f"{row['actor']}{MODEL}")}


def courses(folder: Path) -> list[dict[str, Any]]:
    """The days that each part of a model's way takes, stalls among them; none where the world has no labs.

    ``reached``, ``took`` and ``unended`` are the shares of replications that came to the part, in which it took any
    days, and in which it was not over on the last day; a quantile is null where it is endless.
    """
    from sim.study.keeping.courses import courses_in

    rows = courses_in(folder).iter_rows(named=True)
    return [{**_named(row), **{key: row[key] for key in row if key not in ("actor", "item")}} for row in rows]


def milestones_table(found: list[dict[str, Any]], end: str) -> "Table | None":
    """Planned, simulated and recorded months of the models that have a date, the landmark run beneath them.

    ``end`` is the first day not simulated.
    """
    from rich.table import Table

    dated = [row for row in found if row["planned"] or row["recorded"]]
    if not dated:
        return None
    landmarks = [row for row in found if not row["lab"]]
    last = date.fromisoformat(end) - timedelta(1)
    notes = [_landmark(row) for row in landmarks]
    if any(row["p95"] is None for row in (*dated, *landmarks)):
        notes.append(f"{LATER}: after {last:%B %Y}, when the run ends")
    table = Table(
        title="Releases of models", title_justify="left", title_style="bold", caption="\n".join(notes) or None,
        caption_justify="left", box=SIMPLE_HEAD, pad_edge=False,
    )  # fmt: skip
    for column in ("model", "planned", "median", "90% range", "recorded"):
        table.add_column(column, no_wrap=column != "model", overflow="fold")
    for row in dated:
        spread = f"{_month(row['p5'])} to {_month(row['p95'])}"
        said = [_month(row[key]) if row[key] else "" for key in ("planned", "recorded")]
        table.add_row(f"{row['lab']} {row['model']}", said[0], _month(row["p50"]), spread, said[1])
    return table


def _landmark(row: dict[str, Any]) -> str:
    """When the nation's first run of a landmark's size begins, and how often it comes."""
    spread = f"{_month(row['p50'])} ({_month(row['p5'])} to {_month(row['p95'])})"
    return f"{row['model']}: {spread}, in {row['reached']:.0%} of replications"


def differences(folder: Path) -> list[dict[str, Any]]:
    """By how many days each milestone comes later than in the reference, none where the sides have no labs.

    A quantile is null where it is endless: where the milestone never comes on one side.
    """
    from sim.facts.labs import MODEL
    from sim.study.comparing.lateness import lateness_in

    rows = []
    for row in lateness_in(folder).iter_rows(named=True):
        lab, item = row.pop("actor"), row.pop("item")
        dates = {key: row[key].isoformat() if row[key] else None for key in ("planned", "recorded")}
        rows.append({"lab": lab, "model": item.removeprefix(f"{lab}{MODEL}"), **row, **dates})
    return rows


def differences_told(found: list[dict[str, Any]], reference: str) -> "Table | str | None":
    """The releases of models with a date whose median a variant moves by more than a week, as a table.

    A sentence where none is moved so; None if there are no models. ``found`` are the rows of ``differences``.
    """
    rows = [row for row in found if row["milestone"] == "released" and (row["planned"] or row["recorded"])]
    if not rows:
        return None
    return _table(rows, reference) if any(map(_felt, rows)) else f"M{_unmoved(rows)[1:]}."


def _felt(row: dict[str, Any]) -> bool:
    from sim.study.comparing.lateness import felt

    return felt(row)


def _table(rows: list[dict[str, Any]], reference: str) -> "Table":
    """Days later of the models that are moved, by variant; beneath it how many are not, and what the columns mean."""
    from rich.markup import escape
    from rich.table import Table

    words = "later, sooner: shares of replications; never: not by the last day, only now: not so in the reference"
    table = Table(
        title=f"Releases of models: days later than {escape(reference)}", title_justify="left", title_style="bold",
        caption=f"{_unmoved(rows)}; {words}", caption_justify="left", box=SIMPLE_HEAD, pad_edge=False,
    )  # fmt: skip
    for place, column in enumerate(("", "median", "50% range", "90% range", "later", "sooner")):
        table.add_column(column, overflow="fold", no_wrap=bool(place), justify="right" if place else "left")
    moved = [row for row in rows if _felt(row)]
    for variant in dict.fromkeys(row["variant"] for row in moved):
        table.add_row(f"[bold]{escape(variant)}[/bold]")
        for row in (row for row in moved if row["variant"] == variant):
            told = (_days(row, ("p50",)), _days(row, ("p25", "p75")), _days(row, ("p5", "p95")))
            table.add_row(f"  {row['lab']} {row['model']}", *told, *(f"{row[way]:.0%}" for way in ("later", "sooner")))
        table.add_section()
    return table


def _unmoved(rows: list[dict[str, Any]]) -> str:
    """How many models a variant does not move."""
    found: dict[str, list[bool]] = {}
    for row in rows:
        found.setdefault(row["variant"], []).append(_felt(row))
    parts = [f"{moved.count(False)} of {len(moved)} in {variant}" for variant, moved in found.items()]
    return f"models with a date not moved by more than a week in the median: {'; '.join(parts)}"


def _days(row: dict[str, Any], quantiles: tuple[str, ...]) -> str:
    """Quantiles of a difference with their signs; one that is endless says on which side it never comes."""
    from sim.study.comparing.lateness import told_days

    return " to ".join(told_days(row, quantile) for quantile in quantiles)


def _month(day: str | None) -> str:
    return f"{date.fromisoformat(day):%b %Y}" if day else LATER
