"""A comparison on disk: its sides, its headline, what is said of each variant."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from sim.study.keeping.results import MANIFEST, open_run

SIDES, HEADLINE, PAIRED = "sides", "comparison.json", "differences.parquet"


@dataclass(frozen=True)
class Compared:
    """A comparison on disk. ``from_disk`` says that it was there before it was asked for."""

    path: Path
    manifest: dict[str, Any]
    from_disk: bool = False

    @cached_property
    def told(self) -> dict[str, Any]:
        """Rows of the headline, what could not be told, and a sentence a variant."""
        told: dict[str, Any] = json.loads((self.path / HEADLINE).read_text(encoding="utf-8"))
        return told

    @property
    def sides(self) -> dict[str, Path]:
        """The folder of each side, a run's, by label; the reference first."""
        return {side["label"]: self.path / side["folder"] for side in self.manifest["sides"]}

    @property
    def labels(self) -> dict[str, str]:
        """Names for people of rules and makers, by key, as the reference has them."""
        first = json.loads((next(iter(self.sides.values())) / MANIFEST).read_text(encoding="utf-8"))
        labels: dict[str, str] = first["labels"]
        return labels

    @property
    def failures(self) -> list[dict[str, Any]]:
        """Replications that broke: side, number, date, cause."""
        failures: list[dict[str, Any]] = self.manifest["failures"]
        return failures


def open_comparison(folder: Path) -> Compared:
    """A comparison's folder as it is. InputError if it is damaged."""
    run = open_run(folder)
    return Compared(run.path, run.manifest)
