"""Relief in sight: a chip that buyers expect to be sold legally before long, or a better one about to ship abroad.

Nobody pays a broker double for what he would get at list price within weeks. Buyers' patience is spread evenly from
nothing to a longest wait, so that of all of them a part 1 - wait / longest would rather wait. What has not come by its
day is believed in less and less, as evenly.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from sim.world.draws import Floats

TINY = 1e-9


class Coming(NamedTuple):
    """A part (a column of chips) that each holder expects from its ``due`` day on, (holders,), infinite for never.

    ``more`` are the chips by which its line would bring more of it until the longest wait is over than it brings now.
    """

    chip: int
    due: Floats
    more: float


@dataclass(frozen=True)
class Denial:
    """How things stand with each holder, all (holders,).

    ``shortage`` is the part of its fleet that is missing and ``missing`` the same in H100-equivalents; ``home`` is what
    the best chip it may buy is worth, ``best`` the best sold abroad.
    """

    shortage: Floats
    missing: Floats
    home: Floats
    best: Floats

    @cached_property
    def gap(self) -> Floats:
        """What the best chip each may buy falls short of the best sold abroad, 0 to 1."""
        return np.asarray(np.maximum(1.0 - self.home / self.best, 0.0))


def near(due: Floats, today: float, patience: float) -> Floats:
    """The part of buyers who would wait for what is due on such days, 0 to 1; of the shape of ``due``."""
    return np.asarray(np.maximum(1.0 - np.abs(due - today) / patience, 0.0))


def ahead(denial: Denial, coming: list[Coming], worth: Floats, when: tuple[float, float]) -> tuple[Floats, Floats]:
    """Shortage and gap as buyers would have them who wait, both (holders,); ``when`` is today and their patience.

    ``worth`` is that of each chip, (holders, chips). What a line brings more goes to those who expect it, as they lack.
    """
    shortage, gap = denial.shortage, denial.gap
    if not coming:
        return shortage, gap
    today, patience = when
    filled = np.zeros(len(shortage))
    for part in coming:
        waiting = near(part.due, today, patience)
        value = worth[:, part.chip]
        closer = denial.gap - np.maximum(1.0 - np.maximum(value, denial.home) / denial.best, 0.0)
        gap = np.minimum(gap, denial.gap - waiting * closer)
        if part.more > 0:
            would = waiting > 0
            belief = np.where(part.due >= today, would, waiting)
            lacking = float(np.add.reduce(denial.missing * would))
            filled += belief * np.minimum(part.more * value / max(lacking, TINY), 1.0)
    return shortage * (1.0 - np.minimum(filled, 1.0)), gap


def ageing(now: Floats, later: Floats, waiting: Floats) -> Floats:
    """The part of its price that today's best chip loses to one about to ship abroad, 0 to 1; (looks, holders).

    ``now`` and ``later`` are H100-equivalents a dollar of the two, (looks, holders) and (holders,); ``waiting``,
    (looks,), is the part of buyers who would wait for it.
    """
    return waiting[:, None] * np.maximum(1.0 - now / np.maximum(later, TINY), 0.0)
