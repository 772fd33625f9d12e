"""Chance, addressed by name: never by how many draws came before.

What is uncertain for a whole replication (an estimate) has one Latin-hypercube column per key and batch: each of the
BATCH replications of a batch takes its own stratum, and a new key moves nobody else's. Batches are independent, so that
the spread of their means gives a confidence interval, and replication 7 is the same however many follow it. What
happens by chance inside a replication is addressed by replication, purpose and entity, so that variants meet the same
luck.
"""

from functools import lru_cache
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from sim.facts.days import DAYS_PER_YEAR, day_of
from sim.facts.estimate import DAMPING_YEARS, Estimate, Series

Floats = NDArray[np.float64]

BATCH = 20
"""Replications that share a Latin hypercube: its strata end on the 5%, 25%, 50%, 75% and 95% that tables show."""

ACROSS_REPLICATIONS = 0
"""First word of a column's address, its batch the second; replication ``i`` has the word ``i + 1``."""


def _words(name: str) -> tuple[int, ...]:
    digest = blake2b(name.encode(), digest_size=16).digest()
    return tuple(int.from_bytes(digest[i : i + 4], "big") for i in range(0, 16, 4))


def _generator(seed: int, place: tuple[int, ...], name: str) -> np.random.Generator:
    sequence = np.random.SeedSequence(seed, spawn_key=(*place, *_words(name)))
    return np.random.Generator(np.random.PCG64(sequence))


@lru_cache(maxsize=8192)
def latin_column(seed: int, key: str, batch: int) -> tuple[float, ...]:
    """Probabilities of one uncertain key, one per replication of a batch, each from its own stratum of (0, 1)."""
    generator = _generator(seed, (ACROSS_REPLICATIONS, batch), key)
    strata = generator.permutation(BATCH)
    return tuple(((strata + generator.uniform(1e-6, 1 - 1e-6, BATCH)) / BATCH).tolist())


def on_days(series: Series, days: Floats) -> Floats:
    """Central values of a dated series, flat beyond its ends. Shape: that of ``days``."""
    when, values = series.curve
    if series.interpolate == "step":
        return np.asarray(values)[np.maximum(np.searchsorted(when, days, side="right") - 1, 0)]
    if series.interpolate == "log":
        return np.exp(np.interp(days, when, np.log(values)))
    return np.interp(days, when, values)


class Draws:
    """All the luck of one replication; ``number`` counts from 0. ValueError if it is below."""

    def __init__(self, seed: int, number: int) -> None:
        if number < 0:
            raise ValueError(f"there is no replication {number}")
        self.seed = seed
        self.number = number
        self.batch, self.place = divmod(number, BATCH)

    def value(self, estimate: Estimate) -> float:
        """An estimate's value in this replication; its centre if sources agree."""
        if not estimate.uncertain:
            return estimate.central
        return estimate.quantile(latin_column(self.seed, estimate.key, self.batch)[self.place])

    def curve(self, series: Series, days: Floats) -> Floats:
        """A dated series on the given days, times this replication's factor. Shape: that of ``days``."""
        central = on_days(series, days)
        level = central if series.relative_low is None else self.value(series.factor) * central
        if series.fan_from is None:
            return level
        years = np.maximum(days - day_of(series.fan_from), 0.0) / DAYS_PER_YEAR
        return np.asarray(level * self.value(series.fan) ** (-np.expm1(-years / DAMPING_YEARS) * DAMPING_YEARS))

    def block(self, purpose: str, entity: str, shape: tuple[int, ...]) -> Floats:
        """Numbers in (0, 1), of a shape whose first axis is time: what falls on a week is the same in every variant."""
        return _generator(self.seed, (self.number + 1,), f"{purpose}/{entity}").uniform(1e-9, 1 - 1e-9, shape)

    def uniform(self, purpose: str, entity: str) -> float:
        """One number in (0, 1) for one occasion, addressed by what it is for and whom it concerns."""
        return float(_generator(self.seed, (self.number + 1,), f"{purpose}/{entity}").uniform(1e-9, 1 - 1e-9))
