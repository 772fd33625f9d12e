"""A national pool of something scarce, divided among makers by claim and need."""

from itertools import accumulate

import numpy as np

from sim.world.draws import Floats


def divide(pool: float, wants: Floats, claims: Floats) -> Floats:
    """Divide a pool in proportion to claims; nobody gets more than it wants, and what one leaves goes to the others.

    ``wants`` and ``claims`` have shape (makers,); a maker without a claim gets nothing while the pool is scarce.
    Whoever wants least for its claim is served first, with its want or its part of what is left, whichever is less.
    """
    wanted, claimed = wants.tolist(), claims.tolist()
    if sum(wanted) <= pool:
        return wants
    entitled = sorted([(wanted[m] / claim, m) for m, claim in enumerate(claimed) if claim > 0])
    waiting = list(accumulate(claimed[m] for _, m in reversed(entitled)))
    left, given = max(pool, 0.0), [0.0] * len(wanted)
    for _, m in entitled:
        given[m] = min(wanted[m], left * claimed[m] / waiting.pop())
        left -= given[m]
    return np.array(given)
