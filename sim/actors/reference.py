"""A reference for the other side: the fleet that owners in the US install from the same wafer lines, by TPP.

What a line makes and China does not get goes abroad, the greater part of it to the US. Chips of other makers and lines
(TPUs, AMD's for the world) are left out.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from sim.facts.days import DAYS_PER_MONTH
from sim.world.draws import Floats
from sim.world.ledger import Ints

MONTHS_PER_YEAR = 12


def fleet(added: Floats, wear: float, initial: float) -> Floats:
    """What stands at the end of each week, (weeks,), of what is ``added``; a part ``wear`` of it goes every week."""
    kept = (1.0 - wear) ** np.arange(1, len(added) + 1)
    return np.asarray(kept * (initial + np.cumsum(added / kept)))


def at_month_ends(weekly: Floats, month_of_week: Ints, months: int) -> Floats:
    """The level after the last week of each month, (months,); 0 before the first week has ended."""
    last = np.searchsorted(month_of_week, np.arange(months), side="right") - 1
    return np.where(last >= 0, weekly[np.maximum(last, 0)], 0.0)


def ratio(over: Floats, under: Floats) -> Floats:
    """One over the other; NaN where there is nothing to compare with."""
    return np.asarray(np.divide(over, under, out=np.full(over.shape, np.nan), where=under > 0))


def trailing_year(monthly: Floats) -> Floats:
    """Sums over the last twelve months, fewer at the start; shape (months,)."""
    padded = np.concatenate([np.zeros(MONTHS_PER_YEAR - 1), monthly])
    return np.asarray(sliding_window_view(padded, MONTHS_PER_YEAR).sum(axis=1))


def months_behind(sizes: Floats, days: Ints, weekly: Floats, week_days: Ints) -> Floats:
    """How many months ago a fleet, known by week, first had each of the given sizes, known on ``days``.

    NaN where it has not had that size yet, and for a size of nothing.
    """
    grown = np.maximum.accumulate(weekly)
    first = np.searchsorted(grown, sizes)
    reached = np.append(week_days, np.iinfo(np.int64).max)[first]
    had = (reached <= days) & (sizes > 0)
    return np.where(had, (days - np.where(had, reached, days)) / DAYS_PER_MONTH, np.nan)
