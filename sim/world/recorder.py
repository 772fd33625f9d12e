"""Keeps the series of one replication: flows by week while it runs, everything on month ends when it is over."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.world.ledger import Ints
from sim.world.series import MEASURES, Frame

WEEKLY_BY_HOLDER = ("deliveries", "smuggled", "orders", "cancelled", "retired")
"""Flows of shape (weeks, holders, chips); ``produced``, and ``stranded_value`` in dollars, are (weeks, chips)."""


class Recorder:
    """Whole chips by week in ``weekly``; levels, of shape (months, *dimensions of the measure), in ``levels``."""

    def __init__(self, frame: Frame) -> None:
        weeks, holders, chips = len(frame.weeks), len(frame.holders), len(frame.chips)
        self.frame = frame
        self.weekly: dict[str, Ints] = {
            name: np.zeros((weeks, holders, chips), dtype=np.int64) for name in WEEKLY_BY_HOLDER
        }
        self.weekly["produced"] = np.zeros((weeks, chips), dtype=np.int64)
        self.weekly["seized"] = np.zeros((weeks, chips), dtype=np.int64)
        self.weekly["stranded_value"] = np.zeros((weeks, chips), dtype=np.int64)
        self.levels = {
            m.name: np.zeros((len(frame.months), *(len(labels) for labels in frame.labels(m))))
            for m in MEASURES.values()
            if m.kind == "level"
        }

    def by_month(self, weekly: NDArray[Any]) -> NDArray[Any]:
        """Sums over the weeks of every month, shape (months, ...)."""
        rows = weekly.reshape(len(weekly), -1)
        months = np.zeros((len(self.frame.months), rows.shape[1]), dtype=weekly.dtype)
        with_weeks, first_week = self.frame.months_of_weeks
        if len(rows):
            months[with_weeks] = np.add.reduceat(rows, first_week, axis=0)
        return months.reshape(-1, *weekly.shape[1:])
