"""What is lacking by software stack, and the part of demand that is not met.

Research and users ask for no stack: what a holder lacks falls on stacks as what it has there does, and as what the
nation has where it has nothing. A final run asks for the stack on which it waits.
"""

import numpy as np

from sim.world.draws import Floats


def on_stacks(lacking: Floats, capacity: Floats) -> Floats:
    """What holders lack, (months, holders), by stack: (months, holders, stacks), as is their ``capacity``."""
    nation = np.add.reduce(capacity, axis=1, keepdims=True)
    there = np.where(np.add.reduce(capacity, axis=2, keepdims=True) > 0, capacity, nation)
    whole = np.add.reduce(there, axis=2, keepdims=True)
    alike = np.full(there.shape, 1.0 / max(there.shape[2], 1))
    return np.asarray(lacking[:, :, None] * np.divide(there, whole, out=alike, where=whole > 0))


def unmet_share(unmet: Floats, demand: Floats) -> Floats:
    """The part of demand that is unmet, both (months, holders, stacks), totals last; NaN where nothing is asked for."""
    lacking, asked = _with_totals(unmet), _with_totals(demand)
    return np.asarray(np.divide(lacking, asked, out=np.full(asked.shape, np.nan), where=asked > 0))


def _with_totals(values: Floats) -> Floats:
    """Holders and stacks, and after the last of each their sum."""
    for axis in (1, 2):
        values = np.concatenate([values, np.add.reduce(values, axis=axis, keepdims=True)], axis=axis)
    return values
