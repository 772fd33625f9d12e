"""What the timeline tells: the rules that bite, the parts they stop and bring about, and what happens in China."""

from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from sim.study.causes import Entry, Log, Pattern, logs_of, patterns
from sim.study.charts.rules import LICENSED, Mark, marks_of, with_closures
from sim.study.charts.view import View
from sim.study.keeping.inflow import BY_QUARTER

MOST_PARTS = 7
LEAST_SHARE = 0.0005
"""A part of which less came, or was on order when it was stopped, than this share of the largest has no lane."""
NOTED_SHARE = 0.05
"""A part without a lane is named from this share of the largest on."""
SOLD_SHARE = 0.02
"""A month counts as one of sale from this share of the part's best month on."""

STOPPED, STRUCK, STRANDED, RUSHED = "sales stopped", "orders struck", "stock stranded", "orders rushed"
STARTED, SHIPPED, FIRST = "design started", "first shipment", "first production"
TOLD = (STOPPED, STRUCK, STRANDED, RUSHED, STARTED, SHIPPED, FIRST)
REOPENED = "reopened"
"""Not a kind of the log: a licence issued, told of each chip it opens."""
LINKED = (STOPPED, STARTED, REOPENED)
"""What is linked to its rule by a line."""


@dataclass(frozen=True)
class Part:
    """A foreign part in China: the months in which it was delivered, how many in all, and what befell it."""

    chip: str
    months: tuple[date, ...]
    delivered: float
    moments: tuple[Pattern, ...]

    @property
    def begins(self) -> date:
        """Its first month of sale, or what first befell it if it was never sold."""
        return self.months[0] if self.months else min(moment.when for moment in self.moments)

    def happened(self, kind: str) -> list[Pattern]:
        """What of a kind befell the part in most replications, by date."""
        return [moment for moment in self.moments if moment.kind == kind]

    def touched(self, rule: str) -> bool:
        """Whether a rule stopped the part or set off its design."""
        return any(moment.law == rule and moment.kind in LINKED for moment in self.moments)


@dataclass(frozen=True)
class Story:
    """All that the timeline shows. ``smuggled`` has date and p50 by quarter, ``memory`` date and p50 by month.

    ``above`` are the rules of the US, ``below`` those of China; ``on_memory`` names those against memory alone.
    ``left_out`` are parts that came in numbers, but in too few replications to have a median.
    """

    parts: tuple[Part, ...]
    begun: tuple[Pattern, ...]
    smuggled: pl.DataFrame
    memory: pl.DataFrame
    above: tuple[Mark, ...]
    below: tuple[Mark, ...]
    on_memory: frozenset[str] = frozenset()
    left_out: tuple[str, ...] = ()


def story_of(view: View) -> Story:
    """The story of a run, out of its log and its summary."""
    failed = {failure["replication"] for failure in view.facts["failures"]}
    logs = [log for number, log in logs_of(view.events).items() if number not in failed]
    moments = [pattern for pattern in patterns(logs, _told) if pattern.usual]
    parts = _parts(view.summary, moments)
    memory = _memory(view.summary)
    on_memory = frozenset(view.rules_only("hbm")) if len(memory) else frozenset()
    marks = _marks(view, _biting(parts), on_memory)
    return Story(
        parts=parts,
        begun=_begun(view.summary, moments),
        smuggled=_smuggled(view.groups),
        memory=memory,
        above=tuple(mark for mark in marks if view.authority(mark.rule) != "CN"),
        below=tuple(mark for mark in marks if view.authority(mark.rule) == "CN"),
        on_memory=on_memory,
        left_out=_left_out(view.summary, parts),
    )


def _biting(parts: tuple[Part, ...]) -> dict[str, date]:
    """The rules that stopped a part or set off a design, and the first day on which each did."""
    linked = [m for part in parts for m in part.moments if m.kind in LINKED and m.law]
    return {m.law: m.when for m in sorted(linked, key=lambda m: m.when, reverse=True)}


def _told(log: Log) -> list[Entry]:
    """The events of the story; a licence once for each of its chips that had been stopped."""
    told = [entry for entry in log.entries.values() if entry.kind in TOLD]
    stopped = {entry.chip: entry.id for entry in told[::-1] if entry.kind == STOPPED}
    licences = [entry for entry in log.entries.values() if entry.kind == LICENSED]
    again = [
        replace(licence, kind=REOPENED, actor="", chip=chip, detail="")
        for licence in licences
        for chip in licence.detail.split(", ")
        if stopped.get(chip, licence.id) < licence.id
    ]
    return [*told, *again]


def _marks(view: View, biting: dict[str, date], others: frozenset[str]) -> tuple[Mark, ...]:
    """Rules on the day on which each began to bite, the others on their median day in force, by date."""
    titles = (
        with_closures(view.events)
        .filter(pl.col("kind").str.starts_with("rule"))
        .group_by("actor")
        .agg(pl.col("detail").first())
    )
    named = dict(titles.iter_rows()) | view.labels
    marks = [Mark(day, named.get(rule) or rule, 1, rule) for rule, day in biting.items()]
    plain = marks_of(view.events, view.labels, others - set(biting))
    return tuple(sorted([*marks, *plain], key=lambda mark: (mark.day, mark.label)))


def _totals(summary: pl.DataFrame, origin: str) -> pl.DataFrame:
    return summary.filter(
        pl.col("measure") == "deliveries",
        pl.col("actor").is_null(),
        pl.col("origin") == origin,
        pl.col("chip").is_not_null(),
    )


def _parts(summary: pl.DataFrame, moments: list[Pattern]) -> tuple[Part, ...]:
    """The foreign parts of which most came or was on order, and to which something happened, by their first month."""
    legal = _totals(summary, "legal")
    sums = legal.group_by("chip").agg(pl.col("p50").sum()).sort("p50", "chip", descending=True)
    parts = []
    for chip, delivered in sums.iter_rows():
        mine = tuple(moment for moment in moments if moment.about == chip)
        struck = sum(moment.quantity[1] for moment in mine if moment.kind == STRUCK and moment.quantity)
        if mine and delivered + struck > LEAST_SHARE * sums["p50"][0]:
            parts.append((delivered + struck, Part(chip, _sold(legal, chip), delivered, mine)))
    largest = sorted(parts, key=lambda part: -part[0])[:MOST_PARTS]
    return tuple(sorted((part for _, part in largest), key=lambda part: part.begins))


def _sold(legal: pl.DataFrame, chip: str) -> tuple[date, ...]:
    """The months in which the chip came in numbers."""
    rows = legal.filter(pl.col("chip") == chip, pl.col("p50") > 0)
    return tuple(rows.filter(pl.col("p50") >= SOLD_SHARE * pl.col("p50").max())["date"].sort())


def _left_out(summary: pl.DataFrame, parts: tuple[Part, ...]) -> tuple[str, ...]:
    """Parts without a lane of which more came, by the mean, than this share of the largest; most first."""
    sums = _totals(summary, "legal").group_by("chip").agg(pl.col("mean").sum())
    sums = sums.filter(pl.col("mean") > NOTED_SHARE * pl.col("mean").max()).sort("mean", "chip", descending=True)
    return tuple(chip for chip in sums["chip"] if chip not in {part.chip for part in parts})


def _begun(summary: pl.DataFrame, moments: list[Pattern]) -> tuple[Pattern, ...]:
    """First production of the domestic chips of which most came, by date."""
    sums = _totals(summary, "domestic").group_by("chip").agg(pl.col("p50").sum()).sort("p50", "chip", descending=True)
    largest = sums["chip"].to_list()[:MOST_PARTS]
    return tuple(moment for moment in moments if moment.kind == FIRST and moment.about in largest)


def _smuggled(groups: pl.DataFrame) -> pl.DataFrame:
    chosen = groups.filter(
        pl.col("measure") == "deliveries", pl.col("by") == BY_QUARTER, pl.col("group") == "smuggled", pl.col("p95") > 0
    )
    return chosen.select("date", "p5", "p50", "p95")


def _memory(summary: pl.DataFrame) -> pl.DataFrame:
    """HBM that reached the country's makers, by month."""
    rows = summary.filter(pl.col("measure") == "hbm_inflow", pl.col("origin").is_null(), pl.col("actor").is_null())
    return rows.filter(pl.col("p95").max() > 0).select("date", "p5", "p50", "p95").sort("date")
