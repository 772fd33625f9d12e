"""A recorded figure read off the model: its value in every replication."""

from collections.abc import Mapping, Sequence
from math import inf

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.facts.days import day_of
from sim.study.keeping.columns import Columned, added_up, those_at
from sim.study.keeping.recorded import COLUMN
from sim.study.scoring.figures import Observation, Part, stretch
from sim.world.draws import Floats
from sim.world.series import Frame

Firsts = Sequence[Mapping[tuple[str, str], int]]
"""In every replication, the first day of each kind of event about each chip."""

NO_LABS = "it is not recorded in a world without labs"

FIELDS = {"actor": "actors", "chip": "chips", "origin": "origins", "item": "items"}


class UntoldError(ValueError):
    """Why a figure cannot be read off a run: its days or its names lie outside."""


def first_days(events: pl.LazyFrame, sound: Sequence[int]) -> Firsts:
    """First days of events in a log, of the ``sound`` replications, those that did not fail."""
    first = events.group_by("replication", "kind", "chip").agg(pl.col("date").min()).collect()
    found: dict[int, dict[tuple[str, str], int]] = {number: {} for number in sound}
    for replication, kind, chip, when in first.iter_rows():
        if replication in found:
            found[replication][kind, chip] = day_of(when)
    return list(found.values())


def values(figure: Observation, measured: Mapping[str, Columned], frame: Frame, firsts: Firsts) -> Floats:
    """A figure in each replication, shape (replications,): NaN where undefined, infinite if the event never came.

    Raises UntoldError if the model's days or names do not hold it.
    """
    if figure.event:
        return _days(figure, frame, firsts)
    for part in figure.parts:
        if part.measure not in measured:
            raise UntoldError(NO_LABS)
    found = [_part(part, measured[part.measure], frame) for part in figure.parts]
    if figure.over:
        top, below = found
        return np.divide(top, below, out=np.full_like(top, np.nan), where=below != 0)
    return found[0] + figure.plus


def _days(figure: Observation, frame: Frame, firsts: Firsts) -> Floats:
    for chip in figure.chips:
        if chip not in frame.chips:
            raise UntoldError(f"there is no chip {chip!r}")
    came = np.array([_first(first, figure.event, figure.chips) for first in firsts])
    if not figure.since:
        return came
    began = np.array([_first(first, figure.since, figure.chips) for first in firsts])
    with np.errstate(invalid="ignore"):
        return np.where(np.isinf(began), inf, came - began)


def _first(first: Mapping[tuple[str, str], int], kind: str, chips: Sequence[str]) -> float:
    return min((float(first[kind, chip]) for chip in chips if (kind, chip) in first), default=inf)


def _part(part: Part, block: Columned, frame: Frame) -> Floats:
    span = stretch(part.period)
    if span.start < frame.span.start or span.end > frame.span.end:
        raise UntoldError(f"{part.period} is not wholly inside the simulated days")
    months = [i for i, day in enumerate(frame.months) if span.start <= day < span.end]
    columns = _columns(part, block, frame)
    if not block.measure.additive and not len(columns):
        return np.full(block.replications, np.nan)
    total = added_up(block, columns)[months]
    if block.measure.kind == "flow":
        return np.asarray(total.sum(axis=0))
    return _over_months(total, part.take)


def _over_months(levels: Floats, take: str) -> Floats:
    """A level at the end, or its mean or maximum over the month ends on which it is defined, (months, replications)."""
    if take == "end":
        return np.asarray(levels[-1])
    if take == "max":
        highest = np.where(np.isnan(levels), -inf, levels).max(axis=0)
        return np.where(np.isinf(highest), np.nan, highest)
    defined = ~np.isnan(levels)
    count = defined.sum(axis=0)
    sums = np.where(defined, levels, 0.0).sum(axis=0)
    return np.asarray(np.divide(sums, count, out=np.full(len(count), np.nan), where=count > 0))


def _columns(part: Part, block: Columned, frame: Frame) -> NDArray[np.intp]:
    """Positions of the columns a figure adds up."""
    wanted: list[list[int] | None] = []
    for dimension, labels in zip(block.measure.dimensions, frame.labels(block.measure), strict=True):
        names = getattr(part, FIELDS[COLUMN[dimension]])
        if strangers := sorted(set(names) - set(labels)):
            raise UntoldError(f"there is no {dimension} {strangers[0]!r}")
        wanted.append([labels.index(name) for name in names] or None)
    return those_at(block, wanted)
