"""The nation's foundry and dies from abroad: who starts how many wafers, and which good dies come in.

Phone chips take their wafers first. What is left is divided among makers of AI chips by claim and by what they can use:
a maker asks for the dies its packaging plan will take when they come out, and for none while what it has, and has in
process, lasts long enough. Dies come out a cycle time after their wafers went in.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.facts.days import DAYS_PER_MONTH, DAYS_PER_WEEK
from sim.facts.works import PERIOD_WEEKS, DomesticMaker, Foundry
from sim.world.draws import Draws, Floats
from sim.world.pool import divide

DAYS_PER_PERIOD = DAYS_PER_WEEK * PERIOD_WEEKS
MONTHS_PER_PERIOD = DAYS_PER_PERIOD / DAYS_PER_MONTH


@dataclass(frozen=True)
class Fab:
    """The foundry as its customers see it, in one replication, by planning period.

    ``phones`` wafers a month (periods,), of which they leave the share ``floor`` in any case; ``good`` dies that a
    wafer a month gives in a period (periods, makers); ``out`` the shares that come in before each of the next plans
    (plans, makers). ``due``: dies a maker asks for at most, what its plan takes when they come in and some more;
    ``ahead``: dies its plan takes until the cover ends; both (periods, makers). ``claims`` (makers,) on wafers.
    """

    phones: Floats
    good: Floats
    out: Floats
    due: Floats
    ahead: Floats
    claims: Floats
    floor: float


def asked(fab: Fab, period: int, in_hand: Floats, stretch: Floats) -> Floats:
    """Wafers a month each maker asks for, (makers,): the dies due, unless those in hand cover the plan.

    ``in_hand`` are good dies in the bank and in process; ``stretch`` is actual over planned packaging; both (makers,).
    """
    missing = np.maximum(fab.ahead[period] * stretch - in_hand, 0.0)
    return np.asarray(np.minimum(fab.due[period] * stretch, missing) / fab.good[period])


def started(fab: Fab, period: int, capacity: float, wafers_asked: Floats) -> Floats:
    """Wafers a month started for each maker's AI chips, (makers,), of a national capacity a month."""
    left = max(capacity - float(fab.phones[period]), capacity * fab.floor)
    return divide(left, wafers_asked, fab.claims)


def cycles(days: Floats) -> Floats:
    """Shares of a period's wafers that come out before each later plan, (plans, makers), from cycles in days (makers,).

    Those started evenly over a period come in evenly a cycle later: before two plans, each its part.
    """
    periods = days / DAYS_PER_PERIOD
    plans = np.arange(np.floor(periods).max(initial=0.0) + 2)[:, None]
    return np.maximum(1.0 - np.abs(plans - periods), 0.0)


def fab_of(foundry: Foundry, makers: Sequence[DomesticMaker], plan: Floats, draws: Draws, starts: Floats) -> Fab:
    """The foundry in one replication, by periods that start on the given days.

    ``plan``, of shape (at least ``ahead_periods`` more than starts, makers), are the dies that packaging plans take.
    """
    days = np.array([draws.value(maker.cycle) for maker in makers])
    cover, rush = draws.value(foundry.die_cover) / DAYS_PER_PERIOD, draws.value(foundry.rush)
    periods = np.arange(len(starts), dtype=np.float64)
    taken = np.concatenate([np.zeros((1, len(makers))), np.cumsum(plan, axis=0)])
    due = [rush * read(plan[:, m], periods + 1 + cycle / DAYS_PER_PERIOD) for m, cycle in enumerate(days)]
    good = [np.minimum(draws.curve(m.die_yield, starts), 1.0) * draws.value(m.gross_dies) for m in makers]
    return Fab(
        phones=draws.curve(foundry.phones, starts),
        good=np.maximum(side_by_side(good, starts), 1e-9) * MONTHS_PER_PERIOD,
        out=cycles(days),
        due=side_by_side(due, starts),
        ahead=side_by_side([read(column, periods + cover) - column[: len(starts)] for column in taken.T], starts),
        claims=np.array([draws.value(maker.wafer_share) for maker in makers]),
        floor=draws.value(foundry.ai_floor),
    )


def ahead_periods(foundry: Foundry, makers: Sequence[DomesticMaker], draws: Draws) -> int:
    """How many periods beyond the last one packaging plans are looked up: the cover or the longest cycle."""
    longest = max([draws.value(foundry.die_cover), *(draws.value(maker.cycle) for maker in makers)])
    return math.ceil(longest / DAYS_PER_PERIOD) + 2


def read(column: Floats, positions: Floats) -> Floats:
    """Values of a column between its rows."""
    return np.interp(positions, np.arange(len(column)), column)


def side_by_side(columns: list[Floats], days: Floats) -> Floats:
    """Curves as the columns of one array, shape (days, curves)."""
    return np.stack(columns, axis=1) if columns else np.zeros((len(days), 0))
