"""Models that a variant brings later or earlier by a month or more, and what of their way there took the difference."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from sim.facts.days import DAYS_PER_MONTH
from sim.facts.labs import MODEL
from sim.study.comparing.courses import Paths, Twins
from sim.study.comparing.lateness import later, moves, told_days
from sim.study.comparing.matched import Matched
from sim.study.comparing.phrases import listed, share
from sim.study.keeping.courses import PARTS
from sim.study.keeping.tables import EPOCH

MILESTONES = ("released", "final run")
"""The milestones that are told of, in this order."""

UPTO = {"released": tuple(PARTS), "final run": ("start", "research", "waiting")}
"""The parts of the way to a milestone."""

MOST_MODELS = 4
"""Models told of in one variant's words."""
LEAST_PART = 0.2
"""A part that makes up less of a delay is not told."""
ENOUGH = 0.25
"""Least share of pairs with the milestone on both sides from which parts are told."""
FELT = 0.01
"""Relative change of a lab's chips below which it is not told."""


@dataclass(frozen=True)
class Delay:
    """A model whose ``milestone`` a variant moves by a month or more in the median.

    ``days`` are those by which it comes later, with quartiles ``low`` and ``high``; None is endless. ``parts`` tells
    how many of them each part of its way takes, on average over the half of the pairs around the median, of those in
    which it comes on both sides; ``main`` is the largest, and ``words`` tell all of it. ``beyond`` marks a model that
    is on no roadmap but follows its lab's trend.
    """

    lab: str
    model: str
    milestone: str
    days: float | None
    low: float | None
    high: float | None
    later: float
    sooner: float
    parts: Mapping[str, float]
    main: str
    words: str
    beyond: bool = False


@dataclass(frozen=True)
class Models:
    """What is kept of all sides' models: their courses by label, and how late each milestone is."""

    paths: Mapping[str, Paths]
    lateness: pl.DataFrame


def delays(match: Matched, models: Models) -> tuple[Delay, ...]:
    """The models a variant moves by a month or more, those with a date first, then by how much."""
    twins = Twins(models.paths[match.other], models.paths[match.label])
    mine = models.lateness.filter(pl.col("variant") == match.label)
    rows = {(row["item"], row["milestone"]): row for row in mine.iter_rows(named=True)}
    found = [row for _, model in twins.models if (row := _moved(rows, model)) is not None]
    found.sort(key=lambda row: (not (row["planned"] or row["recorded"]), -moved_by(row)))
    return tuple(_delay(match, twins, row, rows.get((row["item"], "final run"))) for row in found)


def moved_by(row: Mapping[str, Any]) -> float:
    """Days by which the median of a row moves either way, endless if the milestone comes on one side alone."""
    return float("inf") if row["p50"] is None else abs(row["p50"])


def _moved(rows: Mapping[tuple[str, str], dict[str, Any]], model: str) -> dict[str, Any] | None:
    """The first milestone of a model that moves by a month or more, None if none does."""
    own = [rows[model, milestone] for milestone in MILESTONES if (model, milestone) in rows]
    return next((row for row in own if moves(row, DAYS_PER_MONTH)), None)


def _delay(match: Matched, twins: Twins, row: dict[str, Any], run: Mapping[str, Any] | None) -> Delay:
    parts = _parts(twins, row["item"], row["milestone"])
    whole = sum(abs(days) for days in parts.values())
    behind = row["later"] >= row["sooner"]
    driving = {part: days for part, days in parts.items() if (days > 0) == behind and abs(days) > LEAST_PART * whole}
    ranked = sorted(driving, key=lambda part: -abs(driving[part]))
    reasons = [_reason(match, twins, row, (part, parts[part])) for part in ranked]
    said = f"{_what(row, match.other)}{_run_words(row, run)}"
    words = f"{said}: {'; '.join(reasons)}" if reasons else said
    model = row["item"].removeprefix(f"{row['actor']}{MODEL}")
    quartiles = {name: row[quantile] for name, quantile in (("days", "p50"), ("low", "p25"), ("high", "p75"))}
    return Delay(
        row["actor"], model, row["milestone"], **quartiles, later=row["later"], sooner=row["sooner"], parts=parts,
        main=ranked[0] if ranked else "", words=words, beyond=model not in match.scenario.labs[row["actor"]].models,
    )  # fmt: skip


def _parts(twins: Twins, model: str, milestone: str) -> dict[str, float]:
    """Days that each part of the way takes longer, over the pairs around the median; none if few have it on both sides.

    The mean of all would tell of a few extreme pairs, and medians of the parts do not add up to that of the whole.
    """
    numbers = twins.numbers
    sides = (twins.reference, twins.variant)
    found = np.stack([later(*(paths.part(model, part, numbers) for paths in sides)) for part in UPTO[milestone]])
    both = np.isfinite(found).all(axis=0)
    if both.mean() < ENOUGH:
        return {}
    defined = found[:, both]
    whole = defined.sum(axis=0)
    low, high = np.quantile(whole, (0.25, 0.75), method="nearest")
    middle = defined[:, (whole >= low) & (whole <= high)].mean(axis=1)
    return dict(zip(UPTO[milestone], middle.tolist(), strict=True))


def _what(row: Mapping[str, Any], other: str) -> str:
    """What moves, by how much, and how that spreads."""
    name = spoken(row)
    verb = "is released" if row["milestone"] == "released" else "begins its final run"
    if row["p50"] is None:
        return f"{name} {verb} {_many(1 - row['never_variant'])}, in {other} {_many(1 - row['never_reference'])}"
    size = f"{abs(row['p50']):.0f} days {'later' if row['p50'] > 0 else 'sooner'}"
    return f"{name} {verb} {size} than in {other} in the median ({_half(row)})"


def spoken(row: Mapping[str, Any]) -> str:
    """A model by its lab's and its own name."""
    return f"{row['actor']} {row['item'].removeprefix(row['actor'] + MODEL)}"


def _half(row: Mapping[str, Any]) -> str:
    """Between which days half of all differences lie, in the direction of the median."""
    sign = 1 if row["p50"] > 0 else -1
    ends = ("p25", "p75")[::sign]
    days = [told_days(row, end) if row[end] is None else f"{sign * row[end] + 0.0:.0f}" for end in ends]
    told = [text.replace("-", "−") for text in days]
    return f"half of all: {told[0]} to {told[1]}"


def _run_words(row: Mapping[str, Any], run: Mapping[str, Any] | None) -> str:
    """By how much the final run of a model moves whose release does, if that is a month or more too."""
    if run is None or run is row or run["p50"] is None or not moves(run, DAYS_PER_MONTH):
        return ""
    return f", its final run beginning {abs(run['p50']):.0f} days {'later' if run['p50'] > 0 else 'sooner'}"


def _reason(match: Matched, twins: Twins, row: Mapping[str, Any], part: tuple[str, float]) -> str:
    """One part of a delay in words: how long it takes, and why as far as the log says."""
    name, days = part
    size, longer = f"{abs(days):.0f} days", "longer" if days > 0 else "less"
    after = "later" if days > 0 else "sooner"
    return {
        "start": f"work on it begins {size} {after}{_behind(twins.variant, row['item'])}",
        "research": f"its research takes {size} {longer}{_chips(match, twins, row, days)}",
        "waiting": f"it waits {size} {longer} for a cluster",
        "failures": f"failed runs cost it {size} {'more' if days > 0 else 'less'}{_failed(match, twins, row['item'])}",
        "run": f"its final run takes {size} {longer}{_ran_on(twins, row['item'])}",
        "steps": f"its steps after the run take {size} {longer}",
    }[name]


def _behind(side: Paths, model: str) -> str:
    """The model that it usually had to wait for."""
    names = side.by_model[model]["behind"].drop_nulls() if model in side.by_model else pl.Series(dtype=pl.String)
    return f", after {str(names.mode().sort()[0]).replace(MODEL, ' ', 1)}" if len(names) else ""


def _chips(match: Matched, twins: Twins, row: Mapping[str, Any], days: float) -> str:
    """By how much the chips of a lab's holder give less or more in the middle of the research, if that explains it."""
    numbers, model, side = twins.numbers, row["item"], twins.reference
    begun, run = side.days(model, "begun", numbers), side.days(model, "run", numbers)
    middle = (begun + run)[np.isfinite(begun + run)] / 2
    if not middle.size:
        return ""
    day = float(np.median(middle)) + EPOCH
    month = next((place for place, last in enumerate(match.months) if last >= day), len(match.months) - 1)
    holder = match.scenario.labs[row["actor"]].holder
    reference, variant = (values[month].mean() for values in match.both("stock_h100e_training", {"actor": (holder,)}))
    change = float(variant / reference) - 1.0 if reference > 0 else 0.0
    if abs(change) < FELT or (change > 0) == (days > 0):
        return ""
    return f", as {holder}'s chips then give {share(abs(change))} {'more' if change > 0 else 'less'} in training"


def _failed(match: Matched, twins: Twins, model: str) -> str:
    """In how many replications a run failed for good on either side, and on which stacks."""
    here, there = (_share_failed(paths, model, twins.numbers) for paths in (twins.variant, twins.reference))
    stacks = sorted({stack for paths in (twins.variant, twins.reference) for stack in _stacks(paths, model)})
    where = f" on {listed(stacks)}" if stacks else ""
    return f", as a run of it fails{where} {_many(here)}, in {match.other} {_many(there)}"


def _many(part: float) -> str:
    """In how many replications."""
    return {0.0: "in none", 1.0: "in all"}.get(part, f"in {share(part)}") + " of the replications"


def _share_failed(side: Paths, model: str, numbers: Sequence[int]) -> float:
    failed = side.days(model, "failed", numbers)
    return float(np.mean(np.isfinite(failed) & (failed > 0)))


def _stacks(side: Paths, model: str) -> set[str]:
    """The software stacks on which runs of a model failed."""
    chips, rows = side.side.plan.catalogue.chips, side.by_model.get(model)
    names = rows["failed_on"].drop_nulls().unique().to_list() if rows is not None else []
    return {chips[name].stack for name in names if name in chips}


def _ran_on(twins: Twins, model: str) -> str:
    """The chips that a model's run is usually on, where they are others than in the reference."""
    here, there = (_usual(paths, model) for paths in (twins.variant, twins.reference))
    return f", on {here} instead of {there}" if here and there and here != there else ""


def _usual(side: Paths, model: str) -> str:
    rows = side.by_model.get(model)
    names = rows["ran_on"].drop_nulls().mode().sort() if rows is not None else pl.Series(dtype=pl.String)
    return str(names[0]) if len(names) else ""


def delays_words(found: Sequence[Delay], told: int = 0) -> str:
    """What is said of a variant's models once the first of them are ``told`` of; empty without any.

    The first few are told in full, of the others the number.
    """
    words, left = [one.words for one in found[told:MOST_MODELS]], found[MOST_MODELS:]
    more = [_more(left)] if left else []
    return f"{'. '.join([*words, *more])}." if words else ""


def _more(left: Sequence[Delay]) -> str:
    """How many models that are not told of move, and how many of them no table of dated models has."""
    words = f"{len(left)} more {'model moves' if len(left) == 1 else 'models move'} by a month or more"
    beyond = sum(one.beyond for one in left)
    if not beyond:
        return words
    many = ("it is" if len(left) == 1 else "all of them") if beyond == len(left) else f"{beyond} of them"
    return f"{words}, {many} beyond the roadmaps"
