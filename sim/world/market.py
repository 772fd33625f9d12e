"""The market: order books, and the rationing of scarce chips in whole numbers."""

import numpy as np
from numpy.typing import NDArray

from sim.world.ledger import Ints

Floats = NDArray[np.float64]


def ration(supply: Ints, wants: Ints, weights: Floats) -> Ints:
    """Divide each chip's supply among the holders that want it, in proportion to weight times want.

    ``supply`` has shape (chips,), ``wants`` and ``weights`` (holders, chips). Nobody gets more than it wants; what is left
    over goes to those still wanting; a chip is given whole, the odd ones by the largest remainder.
    """
    grants = np.where(wants.sum(axis=0) <= supply, wants, 0)
    for chip in np.flatnonzero((grants.sum(axis=0) == 0) & (supply > 0)):
        if wants[:, chip].any():
            grants[:, chip] = _share_out(int(supply[chip]), wants[:, chip].tolist(), weights[:, chip].tolist())
    return grants


def _share_out(supply: int, wants: list[int], weights: list[float]) -> list[int]:
    """One scarce chip among holders, in whole chips; fill those whose claim exceeds their want, divide the rest."""
    claims = [want * weight for want, weight in zip(wants, weights, strict=True)]
    granted = [0.0] * len(wants)
    open_to = [i for i, claim in enumerate(claims) if claim > 0]
    left = float(supply)
    while open_to and left > 0:
        rate = left / sum(claims[i] for i in open_to)
        filled = [i for i in open_to if claims[i] * rate >= wants[i]]
        if not filled:
            for i in open_to:
                granted[i] = claims[i] * rate
            break
        for i in filled:
            granted[i] = float(wants[i])
            left -= wants[i]
        open_to = [i for i in open_to if i not in filled]
    return _whole(granted, min(supply, sum(w for w, c in zip(wants, claims, strict=True) if c > 0)), wants)


def _whole(shares: list[float], total: int, limits: list[int]) -> list[int]:
    """Round shares to whole chips that sum to ``total``, by the largest remainder, none above its limit."""
    whole = [int(share) for share in shares]
    order = sorted(range(len(shares)), key=lambda i: (whole[i] - shares[i], i))
    missing = total - sum(whole)
    while missing > 0:
        before = missing
        for i in order:
            if missing > 0 and whole[i] < limits[i] and shares[i] > 0:
                whole[i] += 1
                missing -= 1
        if missing == before:
            break
    return whole


class OrderBook:
    """Open orders, of shape (holders, chips): placed, struck, filled; first come, first counted for lead times."""

    def __init__(self, holders: int, chips: int, weeks: int) -> None:
        self.open: Ints = np.zeros((holders, chips), dtype=np.int64)
        self.placed: Ints = np.zeros((weeks, chips), dtype=np.int64)
        self.filled: Ints = np.zeros((weeks, chips), dtype=np.int64)

    def place(self, week: int, orders: Ints) -> None:
        """Add orders of shape (holders, chips)."""
        self.open += orders
        self.placed[week] += orders.sum(axis=0)

    def strike(self, week: int, orders: Ints) -> None:
        """Withdraw orders: the youngest go first, so a cancelled order never counts as waiting."""
        self.open -= orders
        self.placed[week] -= orders.sum(axis=0)

    def fill(self, week: int, grants: Ints) -> None:
        """Take filled orders off the book."""
        self.open -= grants
        self.filled[week] += grants.sum(axis=0)


def lead_times(placed: Ints, filled: Ints) -> Floats:
    """Weeks that the last chip filled in each week had waited, of shape (weeks, chips); NaN where none was filled.

    First in, first out on the cumulative curves: the n-th chip filled answers the n-th chip ordered and not withdrawn.
    """
    ordered, served = np.cumsum(placed, axis=0), np.cumsum(filled, axis=0)
    ordered = np.maximum.accumulate(ordered, axis=0)
    waits = np.full(placed.shape, np.nan)
    weeks = np.arange(len(placed))
    for chip in np.flatnonzero(served[-1]):
        came = np.searchsorted(ordered[:, chip], served[:, chip], side="left")
        waits[:, chip] = np.where(filled[:, chip] > 0, np.maximum(weeks - came, 0), np.nan)
    return waits


def fill_rates(filled: Ints, backlog: Ints, window: int) -> Floats:
    """Deliveries of the last ``window`` weeks over those plus the open orders; NaN where nobody ordered.

    Unfilled orders count: they are censored, not forgotten.
    """
    total = np.cumsum(filled, axis=0)
    recent = total.copy()
    recent[window:] -= total[:-window]
    wanted = recent + backlog
    return np.divide(recent, wanted, out=np.full(wanted.shape, np.nan), where=wanted > 0)
