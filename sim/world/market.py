"""The market: order books, and the rationing of scarce chips in whole numbers."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sim.world.ledger import Ints

Floats = NDArray[np.float64]

TINY = 1e-6
"""Below this, a difference between chips is rounding."""


def ration(supply: Ints, wants: Ints, weights: Floats) -> Ints:
    """Divide each chip's supply among the holders that want it, in proportion to weight times want.

    ``supply`` has shape (chips,), ``wants`` and ``weights`` (holders, chips). Nobody gets more than it wants; what is
    left over goes to those still wanting; chips are given whole, so that running totals are off by less than one.
    """
    total = np.add.reduce(wants)
    scarce = total > supply
    short = np.count_nonzero(scarce)
    if not short:
        return wants.copy()
    wanted = wants.astype(np.float64)
    claims = wanted * weights
    shares = claims * (supply / np.maximum(np.add.reduce(claims), TINY))
    if short < np.count_nonzero(total):  # most weeks all that anybody wants is scarce
        np.copyto(shares, wanted, where=~scarce)
    if np.count_nonzero(shares > wanted):  # by rounding at most, if all weigh alike: then nobody is filled up
        shares = _refill(supply, wants, claims, shares)
    np.add.accumulate(shares, out=shares)
    shares += TINY
    running: Ints = shares.astype(np.int64)
    later = running[1:]
    later -= running[:-1].copy()
    return running


def _refill(supply: Ints, wants: Ints, claims: Floats, shares: Floats) -> Floats:
    """Fill whoever's claim exceeds its want, and share what is left among the others, until nobody's does."""
    scarce = np.add.reduce(wants) > supply
    filled = np.zeros(wants.shape, dtype=np.bool_)
    while np.count_nonzero(overfull := scarce & ~filled & (shares > wants + TINY)):
        filled |= overfull
        left = supply - np.add.reduce(np.where(filled, wants, 0))
        waiting = np.where(filled, 0.0, claims)
        shared = waiting * (left / np.maximum(np.add.reduce(waiting), TINY))
        shares = np.where(scarce, np.where(filled, wants, shared), shares)
    return shares


class OrderBook:
    """Open orders, of shape (holders, chips), and their ``total`` by chip: placed, struck, filled; first come, first
    counted.

    ``placed`` (less what was struck) and ``filled`` keep the chips of every week, (weeks, chips), for lead times.
    """

    def __init__(self, holders: int, chips: int, weeks: int) -> None:
        self.open: Ints = np.zeros((holders, chips), dtype=np.int64)
        self.total: Ints = np.zeros(chips, dtype=np.int64)
        self.placed: Ints = np.zeros((weeks, chips), dtype=np.int64)
        self.filled: Ints = np.zeros((weeks, chips), dtype=np.int64)

    def revise(self, week: int, change: Ints) -> None:
        """Place orders or, below zero, withdraw them (the youngest first, as if never placed); (holders, chips)."""
        self.open += change
        chips = np.add.reduce(change)
        self.total += chips
        self.placed[week] += chips

    def fill(self, week: int, grants: Ints) -> Ints:
        """Take filled orders off the book; gives the chips filled, of shape (chips,)."""
        self.open -= grants
        filled: Ints = np.add.reduce(grants)
        sent = self.filled[week]
        sent += filled
        self.total -= filled
        return filled


def lead_times(placed: Ints, filled: Ints, weeks: Ints) -> Floats:
    """Weeks that the oldest order filled in each of the given weeks had waited, (len(weeks), chips); NaN if none was.

    First come, first served, and the youngest orders are struck first: so the head of the queue was placed right after
    the last week in which net orders, added up, did not exceed what had been filled before.
    """
    ordered, served = np.cumsum(placed, axis=0), np.cumsum(filled, axis=0)
    first_nothing = np.zeros((1, placed.shape[1]), dtype=np.int64)
    backwards = np.ascontiguousarray(np.concatenate([first_nothing, ordered]).T[:, ::-1])
    before = (served - filled)[:, :, None]
    waits = np.empty((len(weeks), placed.shape[1]))
    for row, week in enumerate(weeks.tolist()):
        waits[row] = (backwards[:, len(placed) - 1 - week :] <= before[week]).argmax(axis=1)
    return np.where(filled[weeks] > 0, waits - 1, np.nan)


def fill_rates(filled: Ints, backlog: Ints, window: int) -> Floats:
    """Chips sent in the last ``window`` weeks over those plus the open orders; NaN where nobody ordered.

    Unfilled orders count: they are censored, not forgotten.
    """
    total = np.cumsum(filled, axis=0)
    recent = total.copy()
    recent[window:] -= total[:-window]
    wanted = recent + backlog
    return np.asarray(np.divide(recent, wanted, out=np.full(wanted.shape, np.nan), where=wanted > 0))


def part_given(capacity: float, other: float, asks: Sequence[tuple[float, float]]) -> float:
    """The part, 0 to 1, that all get of what they ask for where so much is to be had, and nobody more than it may.

    ``other`` is asked without such a bound; ``asks`` are pairs above zero of what is asked and the most that is given.
    What is not given for a bound goes to the others.
    """
    left, wanted = capacity, other + sum(ask for ask, _ in asks)
    for ask, most in sorted(asks, key=lambda pair: pair[1] / pair[0]):
        if left * ask <= most * wanted:
            break
        left, wanted = left - most, wanted - ask
    return min(max(left, 0.0) / wanted, 1.0) if wanted > 0 else 1.0


def divided(capacity: float, other: float, asks: Sequence[tuple[float, float]]) -> tuple[float, list[float]]:
    """The part that ``other`` gets of what it asks, and what each gets that asks so much and gets no more than so much.

    Pairs are of what is asked and the most that is given; see ``part_given``.
    """
    wanted = other + sum([ask for ask, _ in asks])
    if wanted <= capacity and all([ask <= most for ask, most in asks]):
        return 1.0, [ask for ask, _ in asks]
    part = part_given(capacity, other, [pair for pair in asks if pair[0] > 0])
    return part, [min(part * ask, most) for ask, most in asks]
