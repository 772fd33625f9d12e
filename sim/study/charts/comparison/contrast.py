"""What a comparison's chart may look at: every side as a run, the paired differences, who differs from when."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from sim.study.charts.style import STROKES, Stroke
from sim.study.charts.view import View, view_of
from sim.study.comparing.compared import PAIRED

if TYPE_CHECKING:
    from sim.study.comparing.compared import Compared

GREY = Stroke("#6e6e6e", (), "")
"""The reference, behind every variant."""


@dataclass(frozen=True)
class Contrast:
    """A comparison as charts see it: ``views`` by label, the reference first; ``paired`` is the differences' table."""

    name: str
    facts: dict[str, Any]
    views: dict[str, View]
    paired: Path

    @property
    def reference(self) -> str:
        """Label of what the others are compared with."""
        return next(iter(self.views))

    @property
    def variants(self) -> list[str]:
        """Labels of the others."""
        return list(self.views)[1:]

    @property
    def strokes(self) -> dict[str, Stroke]:
        """A stroke for each variant, the same in every chart, and grey for the reference."""
        return {self.reference: GREY} | dict(zip(self.variants, STROKES, strict=False))

    @property
    def differences(self) -> pl.LazyFrame:
        """Paired differences by date, variant, measure and labels."""
        return pl.scan_parquet(self.paired)

    @property
    def known_until(self) -> date:
        """The last day whose rules are history."""
        return date.fromisoformat(self.facts["known_until"])

    @property
    def start(self) -> date:
        """The first simulated day."""
        return date.fromisoformat(self.facts["span"]["start"])

    @property
    def end(self) -> date:
        """The day after the last simulated one."""
        return date.fromisoformat(self.facts["span"]["end"])

    def diverges(self, variant: str) -> date | None:
        """First day on which a variant can differ from the reference; None if it never can."""
        found = next(side["diverges"] for side in self.facts["sides"] if side["label"] == variant)
        return date.fromisoformat(found) if found else None

    @property
    def made(self) -> str:
        """Which comparison this is, in one line for a footer."""
        failed = len(self.facts["failures"])
        parts = [
            f"Comparison {self.name}",
            f"{len(self.views)} scenarios",
            f"{self.facts['replications']} replications of each on the same luck" + f", {failed} failed" * bool(failed),
            f"seed {self.facts['seed']}",
            f"chipsim {self.facts['package_version']}",
        ]
        return " · ".join(parts)

    @property
    def sources(self) -> str:
        """The sources that the sides state, in one line for a footer."""
        stated = dict.fromkeys(source for view in self.views.values() for source in view.facts["sources"])
        listed = f"Sources: {'; '.join(stated)}." if stated else ""
        return f"Every value with its source: scenario.toml of each side. {listed}"


def contrast_of(compared: "Compared") -> Contrast:
    """A comparison's folder, opened for drawing."""
    views = {label: view_of(folder) for label, folder in compared.sides.items()}
    return Contrast(compared.path.name, compared.manifest, views, compared.path / PAIRED)
