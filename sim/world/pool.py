"""A national pool of something scarce, divided among makers by claim and need."""

from collections.abc import Sequence
from itertools import accumulate


def divide(pool: float, wants: Sequence[float], claims: Sequence[float]) -> Sequence[float]:
    """Divide a pool in proportion to claims; nobody gets more than it wants, and what one leaves goes to the others.

    ``wants`` and ``claims`` are by maker; a maker without a claim gets nothing while the pool is scarce.
    Whoever wants least for its claim is served first, with its want or its part of what is left, whichever is less.
    """
    if sum(wants) <= pool:
        return wants
    entitled = sorted([(wants[m] / claim, m) for m, claim in enumerate(claims) if claim > 0 and wants[m] > 0])
    waiting = list(accumulate([claims[m] for _, m in reversed(entitled)]))
    left, given = max(pool, 0.0), [0.0] * len(wants)
    for _, m in entitled:
        part = left * claims[m] / waiting.pop()
        given[m] = part if part < wants[m] else wants[m]
        left -= given[m]
    return given
