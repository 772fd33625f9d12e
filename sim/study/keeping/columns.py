"""A measure's months by labels, kept as the columns that ever held anything.

Of eight holders and thirty chips most pairs never meet. A replication's array is packed where it was made, so that
little travels between processes. An ensemble's columns lie in memory (``Block``) or, where that would take too much,
on disk (``sim.study.keeping.shelf``); whoever adds them up or sorts them asks for a slab of columns at a time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.world.series import Frame, Measure

TOTAL = -1
Values = NDArray[np.int32] | NDArray[np.int64] | NDArray[np.float64]
Places = NDArray[np.intp]

SLAB = 128 * 2**20
"""Bytes of values that are worked on at a time."""


@dataclass(frozen=True)
class Columns:
    """The columns of one measure in a few replications: ``kept`` their flat positions.

    ``values`` has shape (kept, months, replications).
    """

    kept: Places
    values: Values


class Columned(Protocol):
    """One measure over an ensemble: ``index`` (columns, dimensions) holds label positions, TOTAL where summed over."""

    @property
    def measure(self) -> Measure:
        """What is measured."""

    @property
    def index(self) -> Places:
        """Label positions of every column."""

    @property
    def months(self) -> int:
        """Month ends of a column."""

    @property
    def replications(self) -> int:
        """How many did not fail."""

    def slabs(self, columns: Places) -> Iterator[tuple[Places, Values]]:
        """These columns a few at a time: which, and their values (columns, months, replications)."""


@dataclass(frozen=True)
class Block:
    """One measure over an ensemble, in memory; see ``Columned``.

    ``values`` has shape (columns, months, replications): what is summed lies apart, what is sorted together.
    """

    measure: Measure
    index: Places
    values: Values

    @property
    def months(self) -> int:
        """Month ends of a column."""
        return int(self.values.shape[1])

    @property
    def replications(self) -> int:
        """How many did not fail."""
        return int(self.values.shape[2])

    def slabs(self, columns: Places) -> Iterator[tuple[Places, Values]]:
        """All these columns at once, since they are in memory."""
        yield columns, self.values[columns]


def pack(measure: Measure, array: NDArray[Any]) -> Columns:
    """Drop the columns of (months, *dimensions) that stay empty: zero, or undefined where sums mean nothing."""
    flat = array.reshape(len(array), -1)
    empty = (flat == 0) if measure.additive else np.isnan(flat)
    kept = np.flatnonzero(~empty.all(axis=0))
    return Columns(kept, _narrow(flat[:, kept]).T[:, :, None])


def _narrow(values: NDArray[Any]) -> Values:
    """Whole numbers in four bytes where they fit, everything else in double precision; no value changes."""
    whole = values.astype(np.int32, casting="unsafe") if np.isfinite(values).all() and _small(values) else None
    if whole is not None and np.array_equal(whole, values):
        return whole
    return values.astype(np.float64)


def _small(values: NDArray[Any]) -> bool:
    return values.size == 0 or bool(np.abs(values).max() < 2**31)


def laid_over(measure: Measure, months: int, packed: Sequence[Columns]) -> Columns:
    """Replications beside each other; a column missing in one of them is empty there."""
    kept = np.unique(np.concatenate([columns.kept for columns in packed] or [np.empty(0, np.intp)]))
    layout = Layout(measure, kept, months)
    return Columns(kept, layout.laid(packed, sum(columns.values.shape[2] for columns in packed)))


@dataclass(frozen=True)
class Layout:
    """The columns of a measure: ``flat`` their positions, how many months each has, and what an absent one holds."""

    measure: Measure
    flat: Places
    months: int

    def laid(self, packed: Sequence[Columns], width: int) -> Values:
        """Replications beside each other, (columns, months, width); those beyond ``width`` are left out."""
        whole = self.measure.additive and all(one.values.dtype == np.int32 for one in packed)
        empty, kind = (0 if self.measure.additive else np.nan), (np.int32 if whole else np.float64)
        values: NDArray[Any] = np.full((len(self.flat), self.months, width), empty, kind)
        after = 0
        for one in packed:
            before, after = after, min(after + one.values.shape[2], width)
            values[np.searchsorted(self.flat, one.kept), :, before:after] = one.values[:, :, : after - before]
        return values


def stack(measure: Measure, frame: Frame, packed: Sequence[Columns]) -> Block:
    """One measure of an ensemble from that of its replications, in order."""
    columns = laid_over(measure, len(frame.months), packed)
    return Block(measure, index_of(columns.kept, frame, measure), columns.values)


def index_of(kept: Places, frame: Frame, measure: Measure) -> Places:
    """Label positions (columns, dimensions) of flat positions."""
    shape = tuple(len(labels) for labels in frame.labels(measure))
    index = np.stack(np.unravel_index(kept, shape), axis=1) if shape else np.empty((len(kept), 0), np.intp)
    return np.where(index == np.array(shape, np.intp) - 1, TOTAL, index) if measure.totals else index


def those_at(block: Columned, wanted: Sequence[Sequence[int] | None]) -> Places:
    """The columns at some label positions along every dimension; None is its total, or all that adds up to that."""
    chosen = np.ones(len(block.index), bool)
    for place, positions in enumerate(wanted):
        if positions is not None:
            chosen &= np.isin(block.index[:, place], positions)
        elif block.measure.totals:
            chosen &= block.index[:, place] == TOTAL
    return np.flatnonzero(chosen)


def everything(block: Columned) -> Places:
    """The places of all columns."""
    return np.arange(len(block.index))


def summed(block: Columned, members: Sequence[Places]) -> NDArray[np.float64]:
    """For each group of columns their sum in each replication, shape (groups, months, replications).

    Columns are added in their order, so that the last bit does not depend on how many are looked at together.
    """
    sums = np.zeros((len(members), block.months, block.replications))
    at = np.empty(len(block.index), np.intp)
    for columns, values in block.slabs(np.unique(np.concatenate([*members, np.empty(0, np.intp)]))):
        at[:] = -1
        at[columns] = np.arange(len(columns))
        for group, mine in enumerate(members):
            for here in at[mine][at[mine] >= 0]:
                sums[group] += values[here]
    return sums


@dataclass(frozen=True)
class Totals:
    """Every combination of totals of a measure beside its full detail: ``index`` and the columns each adds up."""

    index: Places
    members: tuple[Places, ...]


def totals(block: Columned) -> Totals:
    """All combinations of totals, totals first; the detail alone if the measure does not add up."""
    columns = everything(block)
    if not block.measure.additive or not block.index.size:
        return Totals(block.index, tuple(columns[:, None]))
    masks = list(product((True, False), repeat=block.index.shape[1]))
    combinations = np.concatenate([np.where(mask, TOTAL, block.index) for mask in masks])
    groups, group = np.unique(combinations, axis=0, return_inverse=True)
    order = np.argsort(group.ravel(), kind="stable")
    ends = np.cumsum(np.bincount(group.ravel(), minlength=len(groups)))[:-1]
    return Totals(groups, tuple(np.split(np.tile(columns, len(masks))[order], ends)))


def with_totals(block: Columned) -> Iterator[Block]:
    """All combinations of totals beside the full detail, totals first, a slab at a time."""
    found = totals(block)
    for some, values in a_slab_at_a_time(block, found.members):
        yield Block(block.measure, found.index[some], values)


def a_slab_at_a_time(block: Columned, members: Sequence[Places]) -> Iterator[tuple[slice, Values]]:
    """The values of groups of columns, some groups at a time: which, and (groups, months, replications)."""
    step = max(1, SLAB // max(8 * block.months * block.replications, 1))
    for start in range(0, len(members), step):
        some = slice(start, start + step)
        yield some, of_groups(block, members[some])


def of_groups(block: Columned, members: Sequence[Places]) -> Values:
    """The values of groups of columns, (groups, months, replications): sums, or single columns as they are."""
    if block.measure.additive and block.index.size:
        return summed(block, members)
    values = np.full((len(members), block.months, block.replications), np.nan)
    place = {int(column): at for at, mine in enumerate(members) for column in mine}
    for columns, found in block.slabs(np.array(sorted(place), np.intp)):
        values[[place[int(column)] for column in columns]] = found
    return values


def added_up(block: Columned, columns: Places) -> NDArray[np.float64]:
    """The sum of some columns in each replication, (months, replications); undefined values make it undefined."""
    return np.asarray(summed(block, (columns,))[0])
