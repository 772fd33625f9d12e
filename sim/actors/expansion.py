"""How fast capacity grows at home: as planned, slower without foreign tools, faster with revenue and state money.

Denied foreign chips cut both ways. Tool rules slow new lines; buyers who can only buy at home pay for them, and the
state answers with money. So a ban may give less of what it forbids and more of what replaces it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sim.facts.works import Expansion
from sim.world.draws import Draws, Floats


class Conditions(NamedTuple):
    """What the growth of capacity depends on: the share of tool suppliers that may deliver, domestic makers' revenue of
    the last year in dollars, and the part of foreign makers' best chip, by TPP, that China is denied."""

    tools_open: float
    revenue: float
    denial: float


@dataclass(frozen=True)
class Answers:
    """How strongly growth answers in one replication, 0 where switched off; ``reference`` revenue is by period.

    The ratio of revenue to it counts between the ``bounds`` only.
    """

    slowdown: float
    reinvestment: float
    state_money: float
    reference: Sequence[float]
    bounds: tuple[float, float]


def answers(expansion: Expansion, draws: Draws, starts: Floats) -> Answers:
    """This replication's answers, for planning periods that start on the given days."""
    tools, revenue, state = expansion.tools, expansion.revenue, expansion.state_money
    return Answers(
        slowdown=draws.value(tools.slowdown) * tools.enabled,
        reinvestment=draws.value(revenue.elasticity) * revenue.enabled,
        state_money=draws.value(state.elasticity) * state.enabled,
        reference=draws.curve(revenue.reference, starts).tolist(),
        bounds=(draws.value(revenue.least), draws.value(revenue.most)),
    )


def pace(given: Answers, period: int, now: Conditions) -> float:
    """Growth of capacity over what is planned: 1 with all tools, revenue at its reference, and nothing denied."""
    tools = max(1.0 - given.slowdown * (1.0 - now.tools_open), 0.0)
    least, most = given.bounds
    ratio = min(max(now.revenue / max(given.reference[period], 1.0), least), most)
    return float(tools * ratio**given.reinvestment * (1.0 + given.state_money * now.denial))


def grown(capacity: Sequence[float], planned_change: Sequence[float], pace: float) -> list[float]:
    """Capacity a period later: planned growth comes at the pace, a planned decline as planned, never below nothing."""
    planned = zip(capacity, planned_change, strict=True)
    return [max(now + (change * pace if change > 0 else change), 0.0) for now, change in planned]
