"""When models get so far: each milestone of every model over all replications, one that never came included."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from sim.facts.days import day_of
from sim.facts.labs import MODEL, Lab, flop_words
from sim.study.keeping.quantiles import LEVELS
from sim.study.keeping.tables import dates

REACHED = "milestones.parquet"
"""The table of a run whose world has labs."""

STEPS = {
    "research begun": "research",
    "stack given up": "stack given up",
    "run begun": "final run",
    "run failed": "failed",
    "model trained": "trained",
    "model released": "released",
    "still waiting": "waiting at the end",
}
"""Milestones by the kind of event that marks them: the first of its kind."""

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
    marked = events.filter(pl.col("item") != "", pl.col("kind").is_in(list(STEPS)), pl.col("replication").is_in(sound))
    first = marked.group_by("replication", "actor", "item", "kind").agg(pl.col("date").min()).collect()
    days: dict[tuple[str, str, str], list[float]] = {}
    for _, actor, item, kind, when in first.iter_rows():
        days.setdefault((actor, item, kind), []).append(day_of(when))
    for actor, item, kind in list(days):
        if kind == "research begun" and any(said_of(labs[actor], actor, item)):
            days.setdefault((actor, item, "model released"), [])
    begun = {key[1]: float(np.median(found)) for key, found in days.items() if key[2] == "research begun"}
    ordered = sorted(days, key=lambda key: (list(labs).index(key[0]), begun[key[1]], key[1], list(STEPS).index(key[2])))
    rows = [_row(key, days[key], labs[key[0]], len(sound)) for key in ordered]
    return pl.DataFrame(rows, schema=MILESTONES, orient="row")


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
    spread = np.quantile(found, list(LEVELS.values()), method="lower")
    return [len(days) / max(replications, 1), *(None if np.isinf(day) else dates([int(day)])[0] for day in spread)]


def said_of(lab: Lab, actor: str, item: str) -> tuple[date | None, date | None]:
    """The release of a model as it was planned and as it is recorded; of later ones neither."""
    model = lab.models.get(item.removeprefix(f"{actor}{MODEL}"))
    return (model.planned, model.recorded) if model else (None, None)
