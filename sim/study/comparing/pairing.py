"""Differences of replications that met the same luck, and how sure the mean of them is.

The range of a paired difference says how much the effect of a policy depends on what is not known of the world; the
confidence interval of its mean says only how much more replications would still change it. Replications of a batch
share a Latin hypercube and are not independent; batches are. So the interval comes from the means of whole batches
(Student's t), and where there are fewer than FEWEST from the replications as if they were independent, which
as a rule overstates it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.study.keeping.columns import SLAB, TOTAL, Columned, Places, of_groups, totals
from sim.study.keeping.shelf import Kept
from sim.world.draws import BATCH, Floats
from sim.world.series import MEASURES, Frame, Measure

FEWEST = 5
"""Batches below which their means say too little about their spread."""
CONFIDENCE = 0.95
ROUNDING = 1e-12
"""Part of a value below which a difference is only the order in which its parts were added up."""


@dataclass(frozen=True)
class Sampling:
    """Mean of paired differences and its 95% confidence interval, each of the shape of the differences but the last.

    ``low`` and ``high`` are NaN where fewer than two pairs are defined.
    """

    mean: Floats
    low: Floats
    high: Floats


def less(variant: Floats, reference: Floats) -> Floats:
    """Variant less reference, pair by pair; nothing where only the rounding of sums tells them apart."""
    found = np.asarray(variant - reference, np.float64)
    np.copyto(found, 0.0, where=np.abs(found) <= ROUNDING * np.maximum(np.abs(variant), np.abs(reference)))
    return found


def sampling(differences: Floats, numbers: Sequence[int]) -> Sampling:
    """The mean of paired differences (..., pairs) and how sure it is; ``numbers`` are the pairs' replications.

    Undefined differences (NaN) are left out; where there are any, batches are unequal and replications are taken as
    independent instead.
    """
    batches, middle = _batches(numbers), _mean(differences)
    half = _half(differences)
    if batches:
        means = np.stack([_mean(differences[..., batch]) for batch in batches], axis=-1)
        half = np.where(np.isnan(differences).any(axis=-1), half, _half(means))
    return Sampling(middle, middle - half, middle + half)


def _half(units: Floats) -> Floats:
    """Half of the interval of the mean of independent units (..., units); NaN if fewer than two are defined."""
    count = np.count_nonzero(~np.isnan(units), axis=-1)
    spread = np.sqrt(_mean((units - _mean(units)[..., None]) ** 2) / np.maximum(count - 1, 1))
    return np.where(count >= 2, _student(count - 1) * spread, np.nan)


def _batches(numbers: Sequence[int]) -> list[Places]:
    """Places of the pairs of every whole batch; nothing if those are too few."""
    found = np.asarray(numbers, np.int64) // BATCH
    whole = [np.flatnonzero(found == batch) for batch in np.unique(found)]
    whole = [places for places in whole if len(places) == BATCH]
    return whole if len(whole) >= FEWEST else []


def _mean(values: Floats) -> Floats:
    """Mean over the last axis of what is defined; NaN where nothing is."""
    defined = ~np.isnan(values)
    count = defined.sum(axis=-1)
    total = np.where(defined, values, 0.0).sum(axis=-1)
    return np.asarray(np.divide(total, count, out=np.full(np.shape(total), np.nan), where=count > 0))


def _student(freedom: NDArray[np.intp]) -> Floats:
    """How many standard errors the interval reaches, by degrees of freedom."""
    from scipy.special import stdtrit  # type: ignore[import-untyped]

    return np.asarray(stdtrit(np.maximum(freedom, 1), 0.5 + CONFIDENCE / 2))


def same_sign(differences: Floats) -> tuple[Floats, Floats]:
    """Shares of the defined pairs whose difference is above, and is below zero."""
    count = np.maximum(np.count_nonzero(~np.isnan(differences), axis=-1), 1)
    return (differences > 0).sum(axis=-1) / count, (differences < 0).sum(axis=-1) / count


@dataclass(frozen=True)
class Pair:
    """A reference and a variant, and the replications that failed in neither."""

    reference: Kept
    variant: Kept

    @property
    def numbers(self) -> list[int]:
        """The pairs."""
        return sorted({*self.reference.sound} & {*self.variant.sound})

    def places(self) -> tuple[Places, Places]:
        """Where each pair stands among the sound replications of either side."""
        numbers = self.numbers
        return np.searchsorted(self.reference.sound, numbers), np.searchsorted(self.variant.sound, numbers)


@dataclass(frozen=True)
class PairedSlab:
    """Some columns of one measure on both sides: ``labels`` (columns, dimensions) spelt out, None where summed over.

    ``reference`` and ``variant`` have shape (columns, months, pairs), ``numbers`` are the pairs' replications.
    """

    measure: Measure
    numbers: list[int]
    labels: list[tuple[str | None, ...]]
    reference: Floats
    variant: Floats


def paired_slabs(pair: Pair, measures: Mapping[str, Measure] = MEASURES) -> Iterator[PairedSlab]:
    """Every measure that both sides have and combination of totals, a slab at a time; what one lacks is empty there."""
    places = pair.places()
    both = [name for name in measures if name in pair.reference.measured and name in pair.variant.measured]
    for name, measure in ((name, measures[name]) for name in both):
        sides = [_Spelt.of(kept.measured[name], kept.frame) for kept in (pair.reference, pair.variant)]
        labels = sorted({*sides[0].members, *sides[1].members}, key=_totals_first)
        block = pair.reference.measured[name]
        step = max(1, SLAB // max(16 * block.months * len(places[0]), 1))
        for start in range(0, len(labels), step):
            some = labels[start : start + step]
            found = [side.values(some, chosen) for side, chosen in zip(sides, places, strict=True)]
            yield PairedSlab(measure, pair.numbers, some, *found)


def _totals_first(labels: tuple[str | None, ...]) -> tuple[bool | str, ...]:
    return tuple(word for label in labels for word in (label is not None, label or ""))


@dataclass(frozen=True)
class _Spelt:
    """One side's columns of a measure by labels."""

    block: Columned
    members: dict[tuple[str | None, ...], Places]

    @classmethod
    def of(cls, block: Columned, frame: Frame) -> "_Spelt":
        names, found = frame.labels(block.measure), totals(block)
        spelt = [
            tuple(None if at == TOTAL else names[place][at] for place, at in enumerate(row))
            for row in found.index.tolist()
        ]
        return cls(block, dict(zip(spelt, found.members, strict=True)))

    def values(self, labels: Sequence[tuple[str | None, ...]], chosen: Places) -> Floats:
        """The values of labelled columns in the chosen replications, (labels, months, pairs); empty where unknown."""
        nothing = np.empty(0, np.intp)
        found = of_groups(self.block, [self.members.get(label, nothing) for label in labels])
        return np.asarray(found[:, :, chosen], np.float64)
