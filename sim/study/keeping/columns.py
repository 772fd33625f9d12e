"""A measure's months by labels, kept as the columns that ever held anything.

Of eight holders and thirty chips most pairs never meet. A replication's array is packed where it was made, so that
little travels between processes and two hundred replications fit in memory together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.world.series import Frame, Measure

TOTAL = -1
Values = NDArray[np.int32] | NDArray[np.int64] | NDArray[np.float64]


@dataclass(frozen=True)
class Columns:
    """The columns of one measure in one replication: ``kept`` their flat positions, ``values`` (months, kept)."""

    kept: NDArray[np.intp]
    values: Values


@dataclass(frozen=True)
class Block:
    """One measure over an ensemble: ``index`` (columns, dimensions) holds label positions, TOTAL where summed over.

    ``values`` has shape (columns, months, replications): what is summed lies apart, what is sorted together.
    """

    measure: Measure
    index: NDArray[np.intp]
    values: Values


def pack(measure: Measure, array: NDArray[Any]) -> Columns:
    """Drop the columns of (months, *dimensions) that stay empty: zero, or undefined where sums mean nothing."""
    flat = array.reshape(len(array), -1)
    empty = (flat == 0) if measure.additive else np.isnan(flat)
    kept = np.flatnonzero(~empty.all(axis=0))
    return Columns(kept, _narrow(flat[:, kept]))


def _narrow(values: NDArray[Any]) -> Values:
    """Whole numbers in four bytes where they fit, everything else in double precision; no value changes."""
    whole = values.astype(np.int32, casting="unsafe") if np.isfinite(values).all() and _small(values) else None
    if whole is not None and np.array_equal(whole, values):
        return whole
    return values.astype(np.float64)


def _small(values: NDArray[Any]) -> bool:
    return values.size == 0 or bool(np.abs(values).max() < 2**31)


def stack(measure: Measure, frame: Frame, packed: Sequence[Columns]) -> Block:
    """Lay the replications of one measure over each other; a column missing in one of them is empty there."""
    kept = np.unique(np.concatenate([columns.kept for columns in packed] or [np.empty(0, np.intp)]))
    whole = measure.additive and all(columns.values.dtype == np.int32 for columns in packed)
    empty, kind = (0 if measure.additive else np.nan), (np.int32 if whole else np.float64)
    values = np.full((len(packed), len(kept), len(frame.months)), empty, kind)
    for layer, columns in zip(values, packed, strict=True):
        layer[np.searchsorted(kept, columns.kept)] = columns.values.T
    shape = tuple(len(labels) for labels in frame.labels(measure))
    index = np.stack(np.unravel_index(kept, shape), axis=1) if shape else np.empty((len(kept), 0), np.intp)
    return Block(measure, index, np.ascontiguousarray(np.moveaxis(values, 0, 2)))


def regrouped(block: Block, index: NDArray[np.intp], columns: NDArray[np.intp] | None = None) -> Block:
    """Add up, in each replication, the columns that share a row of ``index`` (columns, any number of keys).

    ``columns`` says which column each row of ``index`` speaks of, if not each of its own.
    """
    if not block.measure.additive:
        raise ValueError(f"{block.measure.name} cannot be added up")
    groups, group = np.unique(index, axis=0, return_inverse=True)
    columns = np.arange(len(index)) if columns is None else columns
    sums = np.empty((len(groups), *block.values.shape[1:]))
    for place, total in enumerate(sums):
        np.add.reduce(block.values[columns[group.ravel() == place]], axis=0, dtype=np.float64, out=total)
    return Block(block.measure, groups, sums)


def with_totals(block: Block) -> Block:
    """All combinations of totals beside the full detail, totals first; the detail alone if it does not add up."""
    if not block.measure.additive or not block.index.size:
        return block
    masks = product((True, False), repeat=block.index.shape[1])
    combinations = np.concatenate([np.where(mask, TOTAL, block.index) for mask in masks])
    columns = np.tile(np.arange(len(block.index)), len(combinations) // len(block.index))
    return regrouped(block, combinations, columns)
