"""A run and a comparison as an analyst holds them: every table a polars frame, read when first asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

import polars as pl

from sim.facts.errors import Fault, InputError, did_you_mean
from sim.study.comparing.compared import PAIRED, Compared
from sim.study.comparing.differences import NUMBERS
from sim.study.comparing.lateness import lateness_in
from sim.study.keeping.courses import courses_in
from sim.study.keeping.milestones import MILESTONES, milestones_in
from sim.study.keeping.quantiles import STATISTICS
from sim.study.keeping.recorded import LABELS, misfits
from sim.study.keeping.results import RAW, Run, open_run
from sim.study.keeping.waiting import WAITS, waiting_in
from sim.world.series import MEASURES

EXTRA = "pandas"
"""The extra of the distribution that brings what a pandas frame needs."""

SPREAD = ("p5", "p50", "p95")
TOLD = {name: pl.String for name in ("name", "measure", *LABELS, "period", "unit")}
HEADLINE = TOLD | dict.fromkeys(SPREAD, pl.Float64)
BESIDE = ("mean", "low", "high", "above", "below")
"""Of a paired difference: its mean, the mean's 95% confidence interval, shares of pairs above and below zero."""
COMPARED = TOLD | {"scenario": pl.String} | dict.fromkeys((*SPREAD, *(f"difference_{n}" for n in BESIDE)), pl.Float64)


@dataclass(frozen=True)
class Answer:
    """What a run's and a comparison's answer have in common: a folder on disk."""

    found: Run | Compared

    @property
    def path(self) -> Path:
        """Its folder: the same that the command leaves."""
        return self.found.path

    @property
    def manifest(self) -> dict[str, Any]:
        """What was asked, and the files it holds."""
        return self.found.manifest

    @property
    def from_disk(self) -> bool:
        """Whether it was there before it was asked for."""
        return self.found.from_disk

    @property
    def failures(self) -> list[dict[str, Any]]:
        """Replications that broke: number, date, cause, and of a comparison the side. The tables leave them out."""
        return self.found.failures


@dataclass(frozen=True)
class RunResult(Answer):
    """A scenario's replications: China's chips month by month with their quantiles, and what happened when."""

    found: Run

    @cached_property
    def headline(self) -> pl.DataFrame:
        """The few figures the scenario is run for, a row each: median and 90% range."""
        return pl.DataFrame(self.found.headline["rows"], schema=HEADLINE)

    @cached_property
    def summary(self) -> pl.DataFrame:
        """Quantiles and mean of every measure, label combination and month; a null label is a total."""
        return pl.read_parquet(self.path / "summary.parquet")

    @cached_property
    def events(self) -> pl.DataFrame:
        """The log of every replication; ``cause`` is the id of the event behind an event, in the same replication."""
        return pl.read_parquet(self.path / "events.parquet")

    @cached_property
    def milestones(self) -> pl.DataFrame:
        """When each model of each lab got how far, as quantiles over replications; no rows in a world without labs.

        ``reached`` is the share of replications that did; a quantile is null where so many of them never did.
        """
        found = milestones_in(self.path)
        return pl.DataFrame(schema=MILESTONES) if found is None else found

    @cached_property
    def courses(self) -> pl.DataFrame:
        """How many days each part of a model's way takes, its stalls among them; no rows in a world without labs.

        ``reached``, ``took`` and ``unended`` are the shares of replications that came to the part, in which it took any
        days, and in which it was not over on the last day; a quantile is null where it is endless.
        """
        return courses_in(self.path)

    @cached_property
    def waiting(self) -> pl.DataFrame:
        """The models that wait on the last day and what for, a row each; no rows in a world without labs.

        ``waiting`` is the share of replications in which a model waits, ``share`` that in which it does for this.
        """
        found = waiting_in(self.path)
        return pl.DataFrame(schema=WAITS) if found is None else found

    @cached_property
    def series(self) -> pl.DataFrame:
        """Every replication's months. InputError if the run is too large to have kept them."""
        if not (self.path / RAW).is_file():
            problem = "was kept without every replication's series"
            raise InputError((Fault(str(self.path), "series", problem, "chipsim run ... --raw keeps them"),))
        return pl.read_parquet(self.path / RAW)

    def measure(
        self,
        name: str,
        actor: str | None = None,
        chip: str | None = None,
        origin: str | None = None,
        item: str | None = None,
    ) -> pl.DataFrame:
        """One measure month by month: date, quantiles and mean; over all actors, chips, ... that are not named.

        No rows where the measure was zero, or undefined, in every replication. InputError for an unknown measure or
        label, and for a total that means nothing.
        """
        return picked(self.summary, name, (actor, chip, origin, item)).select("date", *STATISTICS)


@dataclass(frozen=True)
class ComparisonResult(Answer):
    """Policy variants against a reference on the same luck: every side's run, and the paired differences."""

    found: Compared

    @cached_property
    def sides(self) -> dict[str, RunResult]:
        """Every side as a run, by label; the reference first."""
        return {label: RunResult(open_run(folder)) for label, folder in self.found.sides.items()}

    @property
    def told(self) -> dict[str, Any]:
        """The headline as it stands in the folder, with notes on what could not be told and a sentence a variant."""
        return self.found.told

    @cached_property
    def headline(self) -> pl.DataFrame:
        """A row for each figure and side: median, 90% range, paired difference to the reference and how sure it is."""
        rows = [{key: row[key] for key in TOLD} | _side(side) for row in self.told["rows"] for side in _sides_of(row)]
        return pl.DataFrame(rows, schema=COMPARED)

    @cached_property
    def differences(self) -> pl.DataFrame:
        """Every measure's paired difference month by month, variant less reference.

        ``p5`` to ``p95`` tell how it spreads over replications, ``low`` and ``high`` the 95% confidence interval of its
        mean, ``above`` and ``below`` the shares of replications with that sign. A null label is a total.
        """
        return pl.read_parquet(self.path / PAIRED)

    @cached_property
    def milestones(self) -> pl.DataFrame:
        """By how many days each milestone of a model comes later than in the reference; no rows without labs.

        A milestone that never comes is later than any day: a quantile that is endless is null, ``later`` and ``sooner``
        are the shares of pairs with that sign, and ``never_reference``, ``never_variant`` and ``never_both`` those in
        which it never comes on that side, and on both.
        """
        return lateness_in(self.path)

    @cached_property
    def summary(self) -> pl.DataFrame:
        """The sides' summaries under each other; ``scenario`` is the side's label."""
        return _under_each_other({label: side.summary for label, side in self.sides.items()})

    @cached_property
    def events(self) -> pl.DataFrame:
        """The sides' logs under each other; ``scenario`` is the side's label."""
        return _under_each_other({label: side.events for label, side in self.sides.items()})

    def measure(
        self,
        name: str,
        actor: str | None = None,
        chip: str | None = None,
        origin: str | None = None,
        item: str | None = None,
    ) -> pl.DataFrame:
        """One measure's paired difference month by month, variant by variant; see ``RunResult.measure``."""
        return picked(self.differences, name, (actor, chip, origin, item)).select("variant", "date", *NUMBERS)


def to_pandas(frame: pl.DataFrame) -> Any:
    """A polars frame as a pandas one. ModuleNotFoundError names the extra that brings pandas."""
    for module in ("pandas", "pyarrow"):
        try:
            import_module(module)
        except ModuleNotFoundError as error:
            problem = f"{module} is not installed; pip install 'chipsim[{EXTRA}]' brings it"
            raise ModuleNotFoundError(problem, name=module) from error
    return frame.to_pandas()


def picked(table: pl.DataFrame, name: str, of: Sequence[str | None]) -> pl.DataFrame:
    """The rows of one measure, ``of`` an actor, chip, origin, item; None is all. InputError says what is wrong."""
    labels = dict(zip(LABELS, of, strict=True))
    rows = table.filter(pl.col("measure") == name)
    if faults := tuple(_faults(rows, name, labels)):
        raise InputError(faults)
    return rows.filter(*(pl.col(label).eq_missing(pl.lit(value, pl.String)) for label, value in labels.items()))


def _faults(rows: pl.DataFrame, name: str, labels: Mapping[str, str | None]) -> list[Fault]:
    if name not in MEASURES:
        return [Fault("", "measure", f"no measure is called {name!r}", did_you_mean(name, list(MEASURES)))]
    if faults := [Fault("", *misfit) for misfit in misfits(MEASURES[name], labels)]:
        return faults
    named = {label: value for label, value in labels.items() if value is not None}
    return [fault for label, value in named.items() if (fault := _unknown(rows[label], value))]


def _unknown(column: pl.Series, value: str) -> Fault | None:
    known = sorted(column.drop_nulls().unique().to_list())
    if value in known:
        return None
    return Fault("", column.name, f"{value!r} was never recorded", did_you_mean(value, known) or _some(known))


def _under_each_other(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(table.select(pl.lit(label).alias("scenario"), pl.all()) for label, table in tables.items())


def _sides_of(row: dict[str, Any]) -> list[dict[str, Any]]:
    return [row["reference"], *row["variants"]]


def _side(side: dict[str, Any]) -> dict[str, Any]:
    difference = side.get("difference", {})
    return {"scenario": side["label"], **{key: side[key] for key in SPREAD}} | {
        f"difference_{name}": difference.get(name) for name in BESIDE
    }


def _some(known: list[str]) -> str:
    return f"recorded are {', '.join(known)}" if known else "nothing of it was"
