"""The course of every model in every replication: when it was begun, run, trained, released, and what took the time.

A stall is what a lab did not plan: research for want of chips beyond its planned days, the wait for a cluster, runs
that failed, the wait for a vendor's engineers. The yard decides once a week, so what is a week or less is no stall of
research.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from sim.facts.days import DAYS_PER_WEEK
from sim.study.keeping.milestones import COURSE, research_done, steps_of
from sim.study.keeping.quantiles import LEVELS, nearest
from sim.world.draws import Floats

COURSES_FILE = "courses.parquet"
"""The table of a run whose world has labs: the days that each part of a model's way takes."""

PLANNED = r"planned to take (\d+) days"
"""How the log says what research on a model was meant to take."""
BY_ENGINEERS = r"after its run, (\d+) of them waiting for engineers"
"""How the log says how long porting a model before its release had to wait for a team."""
NO_ENGINEERS = "no engineers"
"""How the log says that it waits on the last day."""

PARTS = {
    "start": ("begun",),
    "research": ("ready", "-begun"),
    "waiting": ("run", "-ready"),
    "failures": ("last", "-run"),
    "run": ("trained", "-last"),
    "steps": ("released", "-trained"),
}
"""What a release's day is the sum of: the start, research, the wait for a cluster, what failed runs cost, the run that
succeeds, and steps that need no compute."""

WAY = {
    "research": ("research", False),
    "overran": ("research beyond plan", True),
    "waiting": ("waiting for a cluster", True),
    "failures": ("failed runs", True),
    "run": ("final run", False),
    "steps": ("steps after the run", False),
    "engineers": ("engineers before release", True),
}
"""The parts of a model's way in the order in which they come, by name, and which of them are stalls.

Research beyond plan is within research, and the wait for engineers before the release within the steps: the others add
up.
"""

TAKEN = {
    **dict.fromkeys(("actor", "item", "part"), pl.String),
    "stall": pl.Boolean,
    **dict.fromkeys(("reached", "took", "unended", *LEVELS, "mean"), pl.Float64),
}
"""Shares of all replications: which came to the part, in which it took any days, and was not over on the last day.
Quantiles and mean are days, over those that came to it; one is null where it is endless."""


@dataclass(frozen=True)
class Courses:
    """Every model's course in all sound replications of a run, by the model's whole name."""

    by_model: Mapping[str, pl.DataFrame]

    @classmethod
    def read(cls, events: pl.LazyFrame, sound: Sequence[int]) -> "Courses":
        """Off a run's log."""
        parts = courses(events, sound).partition_by("item", maintain_order=True)
        return cls({str(part["item"][0]): part for part in parts})

    def days(self, model: str, column: str, numbers: Sequence[int]) -> Floats:
        """A day, or a number of days, in each of these replications; infinite where it never came to it."""
        found = np.full(len(numbers), np.inf)
        if model in self.by_model:
            rows = self.by_model[model].drop_nulls(column).filter(pl.col("replication").is_in(numbers))
            found[np.searchsorted(numbers, rows["replication"])] = rows[column]
        return found

    def part(self, model: str, part: str, numbers: Sequence[int]) -> Floats:
        """The days that one of PARTS took in each of these replications, infinite where it never ended, else NaN."""
        terms = [(-1.0 if name[0] == "-" else 1.0, name.lstrip("-")) for name in PARTS.get(part, (part,))]
        with np.errstate(invalid="ignore"):
            values = [sign * self.days(model, name, numbers) for sign, name in terms]
            return np.asarray(np.add.reduce(values))


def courses(events: pl.LazyFrame, sound: Sequence[int]) -> pl.DataFrame:
    """A row for each model that a sound replication began: days since 1970, null for what never came.

    ``ready`` is when its research was done, ``run`` when the first final run began and ``last`` the last; ``failed``
    counts runs that failed for good, ``failed_on`` is the chip of the first of them and ``ran_on`` that of the last
    run; ``behind`` is the model whose milestone let this one begin, null if none did. ``overran`` and ``engineers`` are
    the days that research took beyond its plan and that porting waited for a team: null if they never ended, NaN if
    nobody can say yet.
    """
    marked = steps_of(events, sound).sort("replication", "id").collect()
    begun = _of(marked, "research begun", _day("first").alias("begun"), pl.col("cause", "detail").first())
    ready = research_done(marked.lazy()).collect().select(*COURSE, _days().alias("ready"))
    days = _day("first").alias("run"), _day("last").alias("last"), pl.len().alias("runs")
    run = _of(marked, "run begun", *days, _chip("last", "ran_on"))
    failed = _of(marked, "run failed", pl.len().alias("failed"), _chip("first", "failed_on"))
    whole = _joined(begun, ready, run, failed, _waiting(marked), _engineers(events, sound))
    for kind, column in (("model trained", "trained"), ("model released", "released")):
        whole = _joined(whole, _of(marked, kind, _day("first").alias(column)))
    causes = marked.select("replication", pl.col("id").alias("cause"), pl.col("item").alias("behind"))
    found = whole.join(causes, on=("replication", "cause"), how="left").with_columns(pl.col("failed").fill_null(0))
    return _stalled(found).drop("cause", "detail", "runs", "ends", "teamless", "teamed").sort(COURSE)


def _stalled(found: pl.DataFrame) -> pl.DataFrame:
    """The days by which research overran and engineers were late; no last run while the last that began has failed."""
    planned = pl.col("detail").str.extract(PLANNED).cast(pl.Float64).fill_null(0.0)
    beyond = pl.col("ready").fill_null(pl.col("ends")) - pl.col("begun") - planned
    late = beyond > DAYS_PER_WEEK
    overran = pl.when(late & pl.col("ready").is_not_null()).then(beyond).when(pl.col("ready").is_not_null()).then(0.0)
    return found.with_columns(
        pl.when(pl.col("runs") > pl.col("failed")).then("last").alias("last"),
        overran.when(late).then(None).otherwise(np.nan).alias("overran"),
        pl.when(pl.col("trained").is_null()).then(np.nan)
        .when(pl.col("teamless").is_not_null()).then(None)
        .otherwise(pl.col("teamed").fill_null(0.0)).alias("engineers"),
    )  # fmt: skip


def _waiting(marked: pl.DataFrame) -> pl.DataFrame:
    """The last day, if the model still waits on it, and whether for engineers."""
    teamless = pl.col("detail").filter(pl.col("detail").str.starts_with(NO_ENGINEERS)).first().alias("teamless")
    return _of(marked, "still waiting", _day("last").alias("ends"), teamless)


def _engineers(events: pl.LazyFrame, sound: Sequence[int]) -> pl.DataFrame:
    """The longest that porting a model had to wait for a team of engineers."""
    ported = events.filter(pl.col("kind") == "model ported", pl.col("replication").is_in(sound)).collect()
    days = pl.col("detail").str.extract(BY_ENGINEERS).cast(pl.Float64)
    return _of(ported, "model ported", days.max().alias("teamed"))


def _of(marked: pl.DataFrame, kind: str, *told: pl.Expr) -> pl.DataFrame:
    """A row a course that has events of a kind."""
    return marked.filter(pl.col("kind") == kind).group_by(COURSE, maintain_order=True).agg(*told)


def _joined(first: pl.DataFrame, *others: pl.DataFrame) -> pl.DataFrame:
    """Courses with what else is known of them."""
    for other in others:
        first = first.join(other, on=COURSE, how="left")
    return first


def _days() -> pl.Expr:
    return pl.col("date").to_physical().cast(pl.Float64)


def _day(which: str) -> pl.Expr:
    return _days().first() if which == "first" else _days().last()


def _chip(which: str, name: str) -> pl.Expr:
    return (pl.col("chip").first() if which == "first" else pl.col("chip").last()).alias(name)


def courses_in(folder: Path) -> pl.DataFrame:
    """The parts of models' ways in the run in a folder; no rows if its world has no labs."""
    path = folder / COURSES_FILE
    return pl.read_parquet(path) if path.is_file() else pl.DataFrame(schema=TAKEN)


def courses_table(events: pl.LazyFrame, models: Sequence[tuple[str, str]], sound: Sequence[int]) -> pl.DataFrame:
    """A row for each model, by its lab's and its whole name, and part of its way that any sound replication came to."""
    known = Courses.read(events, sound)
    began = [(lab, model) for lab, model in models if model in known.by_model]
    rows = [[lab, model, *row] for lab, model in began for row in _rows(known, model, len(sound))]
    return pl.DataFrame(rows, schema=TAKEN, orient="row")


def _rows(known: Courses, model: str, replications: int) -> list[list[object]]:
    """What is told of each part of a model's way."""
    numbers: list[int] = known.by_model[model]["replication"].to_list()
    rows: list[list[object]] = []
    for part, (name, stall) in WAY.items():
        days = known.part(model, part, numbers)
        came = days[~np.isnan(days)]
        if came.size:
            counts = (came.size, np.count_nonzero(came > 0), np.count_nonzero(np.isinf(came)))
            mean = float(came.mean()) if np.isfinite(came).all() else None
            rows.append([name, stall, *(int(count) / replications for count in counts), *nearest(came), mean])
    return rows
