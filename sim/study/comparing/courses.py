"""The course of every model in every replication: when it was begun, run, trained, released, and what took the time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from sim.facts.labs import MODEL, Lab
from sim.study.comparing.pairing import Pair
from sim.study.keeping.milestones import STEPS
from sim.study.working import Finished
from sim.world.draws import Floats

WAITED = r"after (\d+) days of waiting"
"""How a final run's log entry says how long it waited for its cluster; shorter waits are untold."""

COURSE = ("replication", "actor", "item")
DAYS = {"research": "begun", "final run": "run", "trained": "trained", "released": "released"}
"""The milestones that are compared, and the column of a course that dates each."""

PARTS = {
    "start": ("begun",),
    "research": ("run", "-begun", "-waited"),
    "waiting": ("waited",),
    "failures": ("last", "-run"),
    "run": ("trained", "-last"),
    "steps": ("released", "-trained"),
}
"""What a release's day is the sum of: the start, research, the wait for a cluster, what failed runs cost, the run that
succeeds, and steps that need no compute."""


def courses(events: pl.LazyFrame, sound: Sequence[int]) -> pl.DataFrame:
    """A row for each model that a sound replication began: days since 1970, null for what never came.

    ``run`` is when the first final run began and ``last`` the last, ``waited`` the days that the first waited for its
    cluster; ``failed`` counts runs that failed for good, ``failed_on`` is the chip of the first of them and ``ran_on``
    that of the last run; ``behind`` is the model whose milestone let this one begin, null if none did.
    """
    told = events.filter(pl.col("item") != "", pl.col("replication").is_in(sound))
    kinds = told.filter(pl.col("kind").is_in(list(STEPS))).sort("replication", "id").collect()
    waited = pl.col("detail").first().str.extract(WAITED).cast(pl.Float64).fill_null(0.0)
    begun = _of(kinds, "research begun", _day("first").alias("begun"), pl.col("cause").first())
    run = _of(
        kinds, "run begun", _day("first").alias("run"), _day("last").alias("last"), waited.alias("waited"),
        pl.col("chip").last().alias("ran_on"),
    )  # fmt: skip
    failed = _of(kinds, "run failed", pl.len().alias("failed"), pl.col("chip").first().alias("failed_on"))
    whole = begun.join(run, on=COURSE, how="left").join(failed, on=COURSE, how="left")
    for kind, column in (("model trained", "trained"), ("model released", "released")):
        whole = whole.join(_of(kinds, kind, _day("first").alias(column)), on=COURSE, how="left")
    causes = kinds.select("replication", pl.col("id").alias("cause"), pl.col("item").alias("behind"))
    found = whole.join(causes, on=("replication", "cause"), how="left").with_columns(pl.col("failed").fill_null(0))
    return found.drop("cause").sort(COURSE)


def _of(kinds: pl.DataFrame, kind: str, *told: pl.Expr) -> pl.DataFrame:
    """A row a course that has events of a kind."""
    return kinds.filter(pl.col("kind") == kind).group_by(COURSE, maintain_order=True).agg(*told)


def _day(which: str) -> pl.Expr:
    day = pl.col("date").to_physical().cast(pl.Float64)
    return day.first() if which == "first" else day.last()


@dataclass(frozen=True)
class Paths:
    """Every model's course in all sound replications of one side, by the model's whole name."""

    side: Finished
    by_model: Mapping[str, pl.DataFrame]

    @classmethod
    def of(cls, side: Finished, log: Path) -> "Paths":
        """Read off a side's log; without labs there are none."""
        if not side.question.scenario.labs:
            return cls(side, {})
        parts = courses(pl.scan_parquet(log), side.kept.sound).partition_by("item", maintain_order=True)
        return cls(side, {str(part["item"][0]): part for part in parts})

    def days(self, model: str, column: str, numbers: Sequence[int]) -> Floats:
        """A day, or a number of days, in each of these replications; infinite where it never came to it."""
        found = np.full(len(numbers), np.inf)
        if model in self.by_model:
            rows = self.by_model[model].drop_nulls(column).filter(pl.col("replication").is_in(numbers))
            found[np.searchsorted(numbers, rows["replication"])] = rows[column]
        return found

    def part(self, model: str, part: str, numbers: Sequence[int]) -> Floats:
        """The days that one of PARTS took in each of these replications, not finite where it never ended."""
        terms = [(-1.0 if name[0] == "-" else 1.0, name.lstrip("-")) for name in PARTS[part]]
        with np.errstate(invalid="ignore"):
            values = [sign * self.days(model, name, numbers) for sign, name in terms]
            return np.asarray(np.add.reduce(values))


@dataclass(frozen=True)
class Twins:
    """The models of a reference and a variant, replication by replication on the same luck."""

    reference: Paths
    variant: Paths

    @property
    def numbers(self) -> list[int]:
        """The replications that failed on neither side."""
        return Pair(self.reference.side.kept, self.variant.side.kept).numbers

    @property
    def models(self) -> list[tuple[str, str]]:
        """Lab and whole name of every model that both sides have on their roadmaps and either begins, in order."""
        here, there = self.reference.side.question.scenario.labs, self.variant.side.question.scenario.labs
        begun = {**self.reference.by_model, **self.variant.by_model}
        known = [(name, model) for name in here if name in there for model in roadmap(name, here[name])]
        return [(name, model) for name, model in known if model in roadmap(name, there[name]) and model in begun]


def roadmap(name: str, lab: Lab) -> list[str]:
    """Whole names of a lab's models, later ones last."""
    return [f"{name}{MODEL}{model}" for model in (*lab.models, *(lab.later.names if lab.later else ()))]
