"""What controls cost the seller: the sales that a closed part would have made in China, less those that were made.

A reckoning inside one run, not a comparison of two: orders, prices, domestic chips and the line's output stay as they
were in that run. China could have had as much of every line's strongest part as the line can spare, and all of its
lines together no more than is left of the nation's budget for chips once domestic makers are paid. Denied means not
sold legally: smuggled chips count neither as sold nor as had.
"""

from dataclasses import dataclass

import numpy as np

from sim.world.draws import Floats
from sim.world.stage import Flags


@dataclass(frozen=True)
class Lines:
    """Foreign wafer lines, all of shape (lines, weeks).

    ``reach`` is what China could have had of each, in chips; ``price`` (dollars) and ``worth`` (H100e by TPP) those of
    the strongest part sold anywhere, 0 before there is one; ``closed`` where an ordinary buyer may not have it;
    ``paid`` is what the line really sold China, in dollars, and ``sent`` the same in H100e by TPP.
    """

    reach: Floats
    price: Floats
    worth: Floats
    closed: Flags
    paid: Floats
    sent: Floats


def left_for_foreign(budget: Floats, domestic: Floats) -> Floats:
    """Dollars left for foreign chips, (weeks,), of the nation's ``budget`` once ``domestic`` chips are paid."""
    return np.asarray(np.maximum(budget - domestic, 0.0))


def affordable(lines: Lines, budget: Floats) -> Floats:
    """Chips of each line's strongest part that China could have had and paid, (lines, weeks), all lines cut alike."""
    cost = np.add.reduce(lines.reach * lines.price)
    return lines.reach * np.minimum(1.0, budget / np.where(cost > 0, cost, 1.0))


def denied(lines: Lines, budget: Floats) -> tuple[Floats, Floats]:
    """Dollars lost and H100e by TPP denied, both (lines, weeks); ``budget``, (weeks,), is left for foreign chips."""
    chips = affordable(lines, budget)
    lost = np.where(lines.closed, np.maximum(chips * lines.price - lines.paid, 0.0), 0.0)
    kept = np.where(lines.closed, np.maximum(chips * lines.worth - lines.sent, 0.0), 0.0)
    return lost, kept
