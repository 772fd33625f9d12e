"""When each lab's models were begun, trained and released, against the dates that were planned and recorded."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from sim.facts.days import DAYS_PER_MONTH
from sim.facts.deals import plain
from sim.facts.errors import Fault, InputError, did_you_mean
from sim.facts.labs import MODEL
from sim.study.charts.choices import Name, Wish, without_labs
from sim.study.charts.frame import Heading
from sim.study.charts.page import Drawing, Panel, stack_panels
from sim.study.charts.progress import RELEASED, RESEARCH, Row, draw_milestones
from sim.study.charts.rules import marks_for
from sim.study.charts.view import View

PAGE, ROW_INCHES = 3.4, 0.245
"""Inches of the page beside the rows, and of a row."""

DATED = pl.col("planned").is_not_null() | pl.col("recorded").is_not_null()


@dataclass(frozen=True)
class Chosen:
    """The models drawn, those with a date before those without in each lab, and how many were left out."""

    rows: tuple[Row, ...]
    table: pl.DataFrame
    left_out: int


def milestones(view: View, wish: Wish) -> Drawing:
    """One row a model. InputError if the run has no labs, the lab is unknown, or no model was begun."""
    table = view.milestones
    if table is None:
        raise without_labs(view.name, Name.MILESTONES)
    if table.is_empty():
        raise InputError((Fault(view.name, "", "no model was begun before it ends, so there is nothing to draw"),))
    chosen = _chosen(table, view.name, wish.lab)
    title, about = _message(chosen.rows)
    subtitle = f"{_subtitle(view, chosen)}{_remark(view, about)}"
    heading = Heading(title, subtitle, marks_for(view.events, view.labels), view.known_until)
    panel = Panel(lambda ax: draw_milestones(ax, chosen.rows, heading, view.ends))
    figure = stack_panels((panel,), view.made, view.sources, PAGE + ROW_INCHES * len(chosen.rows))
    return Drawing(figure, chosen.table)


def _chosen(table: pl.DataFrame, name: str, lab: str | None) -> Chosen:
    """One lab's models; else those of all whose release is planned or recorded, or simply all if none is."""
    dated = table.filter(DATED)["item"].unique()
    known = pl.col("item").is_in(dated.implode())
    if lab is not None:
        mine = table.filter(pl.col("actor") == lab_in(table, name, lab))
        shown = pl.concat([mine.filter(known), _by_start(mine.filter(~known))])
    else:
        shown = table.filter(known) if len(dated) else table
    rows = tuple(row_of(rows, labelled) for labelled, rows in by_model(shown))
    left_out = table["item"].n_unique() - len(rows) if lab is None else 0
    return Chosen(rows, shown.rename({"actor": "lab", "item": "model"}), left_out)


def _by_start(table: pl.DataFrame) -> pl.DataFrame:
    """Models by the median day on which they are begun; those few replications begin come last."""
    begun = table.filter(pl.col("milestone") == RESEARCH).sort("p50", "p25", "p5", -pl.col("reached"), nulls_last=True)
    ranks = {model: rank for rank, model in enumerate(begun["item"])}
    return table.sort(pl.col("item").replace_strict(ranks, return_dtype=pl.Int32), maintain_order=True)


def lab_in(table: pl.DataFrame, name: str, lab: str) -> str:
    """A lab asked for as the table spells it. InputError if it has begun no model."""
    labs = table["actor"].unique(maintain_order=True).to_list()
    found = next((known for known in labs if plain(known) == plain(lab)), None)
    if found is None:
        remedy = did_you_mean(lab, labs) or f"known: {', '.join(labs)}"
        raise InputError((Fault(name, "--lab", f"no lab {lab!r} has begun a model", remedy),))
    return str(found)


def by_model(table: pl.DataFrame) -> list[tuple[tuple[str, str], pl.DataFrame]]:
    """Each model's rows under its lab's and its own name, in the order in which they stand."""
    parts = table.partition_by("actor", "item", maintain_order=True)
    return [
        ((part["actor"][0], str(part["item"][0]).removeprefix(f"{part['actor'][0]}{MODEL}")), part) for part in parts
    ]


def row_of(rows: pl.DataFrame, labelled: tuple[str, str]) -> Row:
    """One model's milestones as they are drawn."""
    spread = {row.pop("milestone"): row for row in rows.iter_rows(named=True)}
    said: dict[str, Any] = spread.get(RELEASED, {})
    quantiles = {step: {q: found[q] for q in ("p5", "p25", "p50", "p75", "p95")} for step, found in spread.items()}
    reached = {step: float(found["reached"]) for step, found in spread.items()}
    return Row(*labelled, said.get("planned"), said.get("recorded"), reached, quantiles)


def _message(rows: tuple[Row, ...]) -> tuple[str, Row | None]:
    """The model that most overruns its plan, else how often the recorded dates were met, else the first release.

    The model is given too, if it is about one.
    """
    planned = [row for row in rows if row.planned]
    if planned:
        worst = max(planned, key=lambda row: _beyond(row, row.planned))
        came = f"ships in {worst.median:%B %Y}" if worst.median else "does not ship in most replications"
        told = f" (recorded: {worst.recorded:%B %Y})" if worst.recorded else ""
        return f"{worst.lab}'s {worst.model}, planned for {worst.planned:%B %Y}, {came}{told}", worst
    recorded = [row for row in rows if row.recorded]
    if recorded:
        late = sum(_beyond(row, row.recorded) > 0 for row in recorded)
        whose = f"{rows[0].lab}'s" if len({row.lab for row in rows}) == 1 else "the"
        many = f"{late} of {whose} {len(recorded)}" if late < len(recorded) else f"All {len(recorded)} of {whose}"
        return f"{many} recorded models ship later than recorded in the median", None
    first = min(rows, key=lambda row: row.median or date.max)
    when = f"in {first.median:%B %Y} in the median" if first.median else "in fewer than half of the replications"
    return f"{first.lab}'s {first.model} ships {when}", first


def _remark(view: View, row: Row | None) -> str:
    """What the scenario notes of a model: that another stands for it, say."""
    models = view.values.get("labs", {}).get(row.lab, {}).get("models", {}) if row else {}
    note = models.get(row.model, {}).get("note", "") if row else ""
    return f" {row.model}: {note}." if row and note else ""


def _beyond(row: Row, expected: date | None) -> float:
    """Months from a date to the median release; endless if there is none."""
    if row.median is None or expected is None:
        return float("inf")
    return (row.median - expected).days / DAYS_PER_MONTH


def _subtitle(view: View, chosen: Chosen) -> str:
    parts = [_score(chosen.rows), f"{view.facts['title']}. Bars end at medians; the line beneath each is its release."]
    undated = [row for row in chosen.rows if not row.dated]
    if 0 < len(undated) < len(chosen.rows):
        parts.append("Below the dotted line: models without a date announced or recorded.")
    if chosen.left_out:
        one = chosen.left_out == 1
        models, verb = ("model", "is") if one else ("models", "are")
        parts.append(f"{chosen.left_out} {models} without a date {verb} left out (--lab shows them).")
    return " ".join(filter(None, parts))


def _score(rows: tuple[Row, ...]) -> str:
    """How many recorded releases lie inside the intervals drawn."""
    recorded = [row for row in rows if row.recorded]
    if not recorded:
        return ""
    inside = [sum(row.covers(*ends) for row in recorded) for ends in (("p5", "p95"), ("p25", "p75"))]
    whole = len(recorded)
    return f"Recorded releases within the 90% interval: {inside[0]} of {whole}; within the 50%: {inside[1]}."
