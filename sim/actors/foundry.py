"""The nation's foundry and dies from abroad: who starts how many wafers, and which good dies come in.

Phone chips take their wafers first. What is left is divided among makers of AI chips by claim and by what they can use:
a maker asks for the dies its packaging plan will take when they come out, and for none while what it has, and has in
process, lasts long enough. Dies for which memory or orders will be missing it does not count as used; and some keep a
part of their dies coming from home whatever lies in the bank. Dies come out a cycle time after their wafers went in.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

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

    ``phones`` wafers a month (periods), of which they leave the share ``floor`` in any case; ``good`` dies that a
    wafer a month gives in a period (periods, makers); ``out`` the shares of them that come in so many plans later, in
    pairs (plans, shares by maker). ``most`` wafers a month a maker asks for, for what its plan takes when their dies
    come in and some more, and ``least``, which it asks for in any case; ``ahead``: dies its plan takes until the cover
    ends, the part ``bare`` of them even with no HBM, and ``stacks`` of HBM; all (periods, makers). ``claims`` (makers)
    on wafers.
    """

    phones: list[float]
    good: Floats
    out: list[tuple[int, list[float]]]
    most: Floats
    least: Floats
    ahead: Floats
    bare: Floats
    stacks: Floats
    claims: list[float]
    floor: float


def usable(fab: Fab, period: int, memory: Sequence[float], sold: Sequence[float]) -> list[float]:
    """Share of the dies in a maker's plans until the cover ends that it can make chips of and sell, by maker.

    ``memory`` is the share of the HBM in its plans that it can hope for, ``sold`` that of its packages it found orders
    for in the last year, both in 0 to 1, by maker.
    """
    used = [bare + hoped * (1.0 - bare) for bare, hoped in zip(fab.bare[period].tolist(), memory, strict=True)]
    return list(map(min, used, sold))


def asked(
    fab: Fab, period: int, in_hand: Sequence[float], stretch: Sequence[float], use: Sequence[float]
) -> list[float]:
    """Wafers a month each maker asks for: the dies due, unless those in hand cover what it can use.

    ``in_hand`` are good dies in the bank and in process; ``stretch`` is actual over planned packaging; ``use`` the
    share of the plan's dies that is of use; all by maker.
    """
    good, ahead = fab.good[period].tolist(), fab.ahead[period].tolist()
    most, least, wafers = fab.most[period].tolist(), fab.least[period].tolist(), []
    for m, (dies, stretched, part) in enumerate(zip(in_hand, stretch, use, strict=True)):
        missing = (ahead[m] * (stretched * part) - dies) / good[m]
        wafers.append(max(min(most[m] * stretched, missing), least[m] * (stretched * part)))
    return wafers


def started(fab: Fab, period: int, capacity: float, wafers_asked: Sequence[float]) -> Sequence[float]:
    """Wafers a month started for each maker's AI chips, by maker, of a national capacity a month."""
    left = max(capacity - fab.phones[period], capacity * fab.floor)
    return divide(left, wafers_asked, fab.claims)


def cycles(days: Floats) -> Floats:
    """Shares of a period's wafers that come out before each later plan, (plans, makers), from cycles in days (makers,).

    Those started evenly over a period come in evenly a cycle later: before two plans, each its part.
    """
    periods = days / DAYS_PER_PERIOD
    plans = np.arange(np.floor(periods).max(initial=0.0) + 2)[:, None]
    return np.maximum(1.0 - np.abs(plans - periods), 0.0)


class Needs(NamedTuple):
    """What packaging plans take a period: ``dies`` with all the HBM they want, ``bare`` dies with none, and ``stacks``.

    All of shape (periods, makers), at least ``ahead_periods`` more than the run has.
    """

    dies: Floats
    bare: Floats
    stacks: Floats


def fab_of(foundry: Foundry, makers: Sequence[DomesticMaker], plan: Needs, draws: Draws, starts: Floats) -> Fab:
    """The foundry in one replication, by periods that start on the given days, and what makers plan to take of it."""
    days = np.array([draws.value(maker.cycle) for maker in makers])
    cover = draws.value(foundry.die_cover) / DAYS_PER_PERIOD
    periods = np.arange(len(starts), dtype=np.float64)
    due = [read(plan.dies[:, m], periods + 1 + cycle / DAYS_PER_PERIOD) for m, cycle in enumerate(days)]
    home = np.array([draws.value(maker.home_share) for maker in makers])
    good = [np.minimum(draws.curve(m.die_yield, starts), 1.0) * draws.value(m.gross_dies) for m in makers]
    a_wafer = np.maximum(side_by_side(good, starts), 1e-9) * MONTHS_PER_PERIOD
    wafers, ahead = side_by_side(due, starts) / a_wafer, until(plan.dies, cover, len(starts))
    return Fab(
        phones=draws.curve(foundry.phones, starts).tolist(),
        good=a_wafer,
        out=[(plans, shares) for plans, shares in enumerate(cycles(days).tolist(), 1) if any(shares)],
        most=wafers * draws.value(foundry.rush),
        least=wafers * home,
        ahead=ahead,
        bare=until(plan.bare, cover, len(starts)) / np.maximum(ahead, 1e-9),
        stacks=until(plan.stacks, cover, len(starts)),
        claims=[draws.value(maker.wafer_share) for maker in makers],
        floor=draws.value(foundry.ai_floor),
    )


def until(rate: Floats, cover: float, count: int) -> Floats:
    """Sums of amounts a period, (more periods, columns), over ``cover`` periods from each of the first ``count``."""
    total = np.concatenate([np.zeros((1, rate.shape[1])), np.cumsum(rate, axis=0)])
    ends = np.arange(count, dtype=np.float64) + np.float64(cover)
    return side_by_side([read(column, ends) - column[:count] for column in total.T], ends)


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
