"""What a chart may look at: a run's tables, its manifest, its question."""

import json
import tomllib
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from sim.study.keeping.milestones import milestones_in
from sim.study.keeping.results import MANIFEST
from sim.study.keeping.tables import SUMMARY

EVENTS = "events.parquet"
READ = 500
"""Replications whose events a chart looks at: enough to tell what is usual."""


@dataclass(frozen=True)
class View:
    """A run as charts see it; ``name`` is its folder's, ``folder`` the place of what only few charts look at."""

    name: str
    facts: dict[str, Any]
    groups: pl.DataFrame
    events: pl.DataFrame
    summary: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=SUMMARY))
    folder: Path | None = None

    @property
    def known_until(self) -> date:
        """The last day whose rules are history."""
        return date.fromisoformat(self.facts["known_until"])

    @property
    def ends(self) -> date:
        """The first day that was not simulated."""
        return date.fromisoformat(self.facts["span"]["end"])

    @property
    def milestones(self) -> pl.DataFrame | None:
        """How far each model got, and when; None if the run's world has no labs. No row of the nation's."""
        table = milestones_in(self.folder) if self.folder else None
        return None if table is None else table.filter(pl.col("actor") != "")

    @property
    def values(self) -> dict[str, Any]:
        """The scenario of the run, every value of it, as tables in tables."""
        return tomllib.loads((self.folder / "scenario.toml").read_text(encoding="utf-8")) if self.folder else {}

    @property
    def labels(self) -> dict[str, str]:
        """Names for people of rules and makers, by key."""
        labels: dict[str, str] = self.facts["labels"]
        return labels

    def rules_about(self, *items: str) -> set[str]:
        """The rules that speak of one of these kinds of items (chip, hbm, foreign-die, wafer-tool, remote-access)."""
        return {name for name, rule in self.facts.get("rules", {}).items() if set(items) & set(rule["items"])}

    def rules_only(self, item: str) -> set[str]:
        """The rules that speak of one kind of item and no other."""
        return {name for name, rule in self.facts.get("rules", {}).items() if rule["items"] == [item]}

    def authority(self, rule: str) -> str:
        """Whose rule it is: US or CN; empty if the run does not say."""
        return str(self.facts.get("rules", {}).get(rule, {}).get("authority", ""))

    @property
    def made(self) -> str:
        """Which run this is, in one line for a footer."""
        failed = len(self.facts["failures"])
        parts = [
            f"Run {self.name}",
            f"{self.facts['replications']} replications" + (f", {failed} of them failed" if failed else ""),
            f"seed {self.facts['seed']}",
            f"chipsim {self.facts['package_version']}",
        ]
        return " · ".join(parts)

    @property
    def sources(self) -> str:
        """The scenario's sources, in one line for a footer."""
        stated = "; ".join(self.facts["sources"])
        return f"Sources: {stated}. " * bool(stated) + "Every value with its source: scenario.toml of this run."


def view_of(folder: Path) -> View:
    """A run's folder, opened for drawing."""
    facts = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    groups, summary = (pl.read_parquet(folder / f"{name}.parquet") for name in ("groups", "summary"))
    return View(folder.name, facts, groups, events_in(folder), summary, folder)


def events_in(folder: Path) -> pl.DataFrame:
    """The log of a run's first replications."""
    return pl.scan_parquet(folder / EVENTS).filter(pl.col("replication") < READ).collect()
