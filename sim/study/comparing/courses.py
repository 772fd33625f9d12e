"""The models of both sides of a comparison, and what is compared of their courses."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from sim.facts.labs import MODEL, Lab
from sim.study.comparing.pairing import Pair
from sim.study.keeping.courses import Courses
from sim.study.working import Finished

DAYS = {"research": "begun", "final run": "run", "trained": "trained", "released": "released"}
"""The milestones that are compared, and the column of a course that dates each."""


@dataclass(frozen=True)
class Paths(Courses):
    """Every model's course in all sound replications of one side."""

    side: Finished

    @classmethod
    def of(cls, side: Finished, log: Path) -> "Paths":
        """Read off a side's log; without labs there are none."""
        known = Courses.read(pl.scan_parquet(log), side.kept.sound) if side.question.scenario.labs else Courses({})
        return cls(known.by_model, side)


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
