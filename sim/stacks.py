"""Holders' chips by software stack, what is lacking by stack, and the part of demand that is not met.

Research and users ask for no stack: what a holder lacks falls on stacks as what it has there does, and as what the
nation has where it has nothing. A final run asks for the stack on which it waits.
"""

import numpy as np

from sim.world.draws import Floats


def parts(capacity: Floats) -> Floats:
    """The part of each holder's chips that is of each stack, (..., holders, stacks); the nation's where it has none."""
    nation = np.add.reduce(capacity, axis=-2, keepdims=True)
    there = np.where(np.add.reduce(capacity, axis=-1, keepdims=True) > 0, capacity, nation)
    whole = np.add.reduce(there, axis=-1, keepdims=True)
    alike = np.full(there.shape, 1.0 / max(there.shape[-1], 1))
    return np.asarray(np.divide(there, whole, out=alike, where=whole > 0))


def unmet_share(unmet: Floats, demand: Floats) -> Floats:
    """The part of demand that is unmet, both (months, holders, stacks), totals last; NaN where nothing is asked for."""
    lacking, asked = _with_totals(unmet), _with_totals(demand)
    return np.asarray(np.divide(lacking, asked, out=np.full(asked.shape, np.nan), where=asked > 0))


def _with_totals(values: Floats) -> Floats:
    """Holders and stacks, and after the last of each their sum."""
    for axis in (1, 2):
        values = np.concatenate([values, np.add.reduce(values, axis=axis, keepdims=True)], axis=axis)
    return values
