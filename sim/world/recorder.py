"""Keeps the series of one replication: flows by week or by month while it runs, everything on month ends after it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.world.ledger import Ints
from sim.world.series import Frame

BY_HOLDER = ("orders", "cancelled", "retired", "smuggled")
"""Flows that nobody looks back on by week, of shape (months, holders, chips)."""

BY_CHIP = ("produced", "smuggled", "seized", "stranded_value")
"""Flows of shape (weeks, chips), chips or dollars."""


class Recorder:
    """Flows by week in ``weekly``, by month in ``monthly``; ``levels`` of shape (months, *dimensions of the measure).

    All are whole chips, or dollars. Of ``arrivals``, (weeks and the longest road, holders, chips), chips sent by their
    makers are entered when they leave, on the week in which they will reach their holder.
    """

    def __init__(self, frame: Frame) -> None:
        weeks, shape = len(frame.weeks), (len(frame.holders), len(frame.chips))
        self.frame = frame
        self.weekly: dict[str, Ints] = {name: np.zeros((weeks, shape[1]), dtype=np.int64) for name in BY_CHIP}
        self.pave(0)
        self.monthly: dict[str, Ints] = {
            name: np.zeros((len(frame.months), *shape), dtype=np.int64) for name in BY_HOLDER
        }
        self.levels = {
            m.name: np.zeros((len(frame.months), *(len(labels) for labels in frame.labels(m))))
            for m in frame.measures.values()
            if m.kind == "level"
        }

    def pave(self, road: int) -> None:
        """Leave room for what is still on the road, at most so many weeks, when the last week ends."""
        weeks, shape = len(self.frame.weeks), (len(self.frame.holders), len(self.frame.chips))
        self.arrivals: Ints = np.zeros((weeks + road, *shape), dtype=np.int64)
        self.weekly["deliveries"] = self.arrivals[:weeks]

    def month(self, name: str, week: int) -> Ints:
        """A monthly flow in the month in which a week ends, (holders, chips), to be added to."""
        return np.asarray(self.monthly[name][self.frame.month_of_week[week]])

    def by_month(self, weekly: NDArray[Any]) -> NDArray[Any]:
        """Sums over the weeks of every month, shape (months, ...)."""
        rows = weekly.reshape(len(weekly), -1)
        months = np.zeros((len(self.frame.months), rows.shape[1]), dtype=weekly.dtype)
        with_weeks, first_week = self.frame.months_of_weeks
        if len(rows):
            months[with_weeks] = np.add.reduceat(rows, first_week, axis=0)
        return months.reshape(-1, *weekly.shape[1:])
