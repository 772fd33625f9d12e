"""Keeps the series of one replication: flows by week, levels on month ends."""

import numpy as np
from numpy.typing import NDArray

from sim.world.series import MEASURES, Frame

Array = NDArray[np.float64]


class Recorder:
    """Arrays of shape (weeks or months, *dimensions of the measure), filled as the replication goes."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.weekly = {m.name: self._zeros(len(frame.weeks), m.name) for m in MEASURES.values() if m.kind == "flow"}
        self.levels = {m.name: self._zeros(len(frame.months), m.name) for m in MEASURES.values() if m.kind == "level"}

    def _zeros(self, rows: int, name: str) -> Array:
        return np.zeros((rows, *(len(labels) for labels in self.frame.labels(MEASURES[name]))))

    def measures(self) -> dict[str, Array]:
        """Every measure on month ends: levels as they stood, flows summed over the month's weeks."""
        flows = {name: self._by_month(values) for name, values in self.weekly.items()}
        return {**self.levels, **flows}

    def _by_month(self, values: Array) -> Array:
        months = np.zeros((len(self.frame.months), *values.shape[1:]))
        np.add.at(months, self.frame.month_of_week, values)
        return months
