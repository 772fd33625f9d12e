"""When models get so far: each milestone of every model over all replications, one that never came included."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from sim.facts.days import day_of
from sim.facts.labs import MODEL, Lab, flop_words
from sim.study.keeping.quantiles import LEVELS, nearest
from sim.study.keeping.tables import dates

REACHED = "milestones.parquet"
"""The table of a run whose world has labs."""

DONE = "research done"
"""No event of its own: the log tells it by how long a run has waited for its cluster since."""

STEPS = {
    "research begun": "research",
    DONE: "research done",
    "stack given up": "stack given up",
    "run begun": "final run",
    "run failed": "failed",
    "model trained": "trained",
    "model released": "released",
    "still waiting": "waiting at the end",
}
"""Milestones by the kind of event that marks them: the first of its kind."""

CLUSTERED = ("run begun", "stack given up", "still waiting")
"""The kinds of events by which a wait for a cluster ends, or does not by the last day."""
WAITED = r"(?:after|no cluster .*in) (\d+) days"
"""How the first two say how long it was, of the last it is the quantity; of a run begun, up to a week is untold."""

COURSE = ("replication", "actor", "item")
"""What tells one model's way in one replication from all others."""

MILESTONES = {
    "actor": pl.String,
    "item": pl.String,
    "milestone": pl.String,
    "planned": pl.Date,
    "recorded": pl.Date,
    "reached": pl.Float64,
    **dict.fromkeys(LEVELS, pl.Date),
}


def milestones_in(folder: Path) -> pl.DataFrame | None:
    """The milestones of the run in a folder; None if its world has no labs."""
    return pl.read_parquet(folder / REACHED) if (folder / REACHED).is_file() else None


def milestones_table(events: pl.LazyFrame, labs: Mapping[str, Lab], sound: Sequence[int]) -> pl.DataFrame:
    """A row for each model and milestone that any of the ``sound`` replications reached, in the roadmaps' order.

    A model that was begun and has a planned or recorded date has a row for its release even if none released it.
    ``reached`` is the share of replications that did. A quantile is null where so many of them never did.
    """
    marked = steps_of(events, sound)
    whole = pl.concat([marked.select(*COURSE, "kind", "date"), research_done(marked)])
    first = whole.group_by(*COURSE, "kind").agg(pl.col("date").min()).collect()
    days: dict[tuple[str, str, str], list[float]] = {}
    for _, actor, item, kind, when in first.iter_rows():
        days.setdefault((actor, item, kind), []).append(day_of(when))
    for actor, item, kind in list(days):
        if kind == "research begun" and any(said_of(labs[actor], actor, item)):
            days.setdefault((actor, item, "model released"), [])
    ordered = sorted(days, key=_order(list(labs), days))
    rows = [_row(key, days[key], labs[key[0]], len(sound)) for key in ordered]
    return pl.DataFrame(rows, schema=MILESTONES, orient="row")


def _order(labs: list[str], days: Mapping[tuple[str, str, str], list[float]]) -> Callable[[tuple[str, str, str]], Any]:
    """By lab, then by the median day on which a model is begun, those last that never are, then by milestone."""
    begun = {key[1]: float(np.median(found)) for key, found in days.items() if key[2] == "research begun"}
    steps = list(STEPS)
    return lambda key: (labs.index(key[0]), begun.get(key[1], np.inf), key[1], steps.index(key[2]))


def steps_of(events: pl.LazyFrame, sound: Sequence[int]) -> pl.LazyFrame:
    """The events of a log that mark milestones of models, in replications that are sound."""
    return events.filter(pl.col("item") != "", pl.col("kind").is_in(list(STEPS)), pl.col("replication").is_in(sound))


def research_done(marked: pl.LazyFrame) -> pl.LazyFrame:
    """When research on each model ended in each replication: so many days before its first cluster as that took.

    ``marked`` are the events of ``steps_of``, by replication and date. A model still in research has no row.
    """
    told = pl.col("detail").str.extract(WAITED).cast(pl.Int64)
    waited = pl.when(pl.col("kind") == "still waiting").then(pl.col("quantity").cast(pl.Int64)).otherwise(told)
    known = (pl.col("kind") == "run begun") | waited.is_not_null()
    ready = pl.col("date") - pl.duration(days=waited.fill_null(0))
    found = marked.filter(pl.col("kind").is_in(CLUSTERED), known).group_by(COURSE).agg(ready.min().alias("date"))
    return found.select(*COURSE, pl.lit(DONE).alias("kind"), "date")


def landmark_table(events: pl.LazyFrame, landmark: float, sound: Sequence[int]) -> pl.DataFrame:
    """One row, of no lab: when the nation's first final run of at least so many FLOP begins."""
    begun = events.filter(pl.col("kind") == "landmark run begun", pl.col("replication").is_in(sound))
    days = [float(day_of(when)) for when in begun.select("date").collect()["date"]]
    row = ["", f"first {flop_words(landmark)} FLOP run", STEPS["run begun"], None, None, *_reached(days, len(sound))]
    return pl.DataFrame([row], schema=MILESTONES, orient="row")


def _row(key: tuple[str, str, str], days: list[float], lab: Lab, replications: int) -> list[object]:
    actor, item, kind = key
    said = said_of(lab, actor, item) if kind == "model released" else (None, None)
    return [actor, item, STEPS[kind], *said, *_reached(days, replications)]


def _reached(days: list[float], replications: int) -> list[object]:
    """The share of replications that got so far, and the quantiles of the day."""
    found = np.array([*days, *[np.inf] * (replications - len(days))]) if replications else np.array([np.inf])
    reached = len(days) / max(replications, 1)
    return [reached, *(None if day is None else dates([int(day)])[0] for day in nearest(found))]


def said_of(lab: Lab, actor: str, item: str) -> tuple[date | None, date | None]:
    """The release of a model as it was planned and as it is recorded; of later ones neither."""
    model = lab.models.get(item.removeprefix(f"{actor}{MODEL}"))
    return (model.planned, model.recorded) if model else (None, None)
