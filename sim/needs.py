"""What labs and their users need of each holder's chips: buyers order for it.

The nation's load is what everybody foresees. A part of it is work that no lab's models do; the rest is foreseen for
labs and their users, who may need more, or less. What they need beyond it is wanted, missed and ordered too.
"""

from dataclasses import dataclass
from math import exp

import numpy as np

from sim.facts.days import DAYS_PER_YEAR
from sim.world.draws import Floats
from sim.world.stage import Flags
from sim.world.workloads import OtherWork
from sim.world.yard import Yard

MONTH = DAYS_PER_YEAR / 12
"""Days from one reckoning to the next."""


@dataclass
class Needs:
    """What labs and users need, in H100-equivalents by holder, (holders,).

    ``memory`` is the days over which the ups and downs of ``training`` are evened out. ``at_work`` marks the holders of
    labs that have begun with their roadmaps: until then what was foreseen stands. ``beyond`` is what buyers are told.
    """

    yard: Yard
    other: OtherWork
    memory: float
    training: Floats
    at_work: Flags
    beyond: Floats

    def tell(self, week: int, users: Floats) -> None:
        """Once a month: what is needed beyond what was foreseen; ``users`` need so much, (holders,)."""
        now = self._now()
        foreseen = self.other.in_use[week] - self.other.training(week) - self.other.inference(week)
        begins = (now > 0) & ~self.at_work
        self.at_work = self.at_work | begins
        before = np.where(begins, np.maximum(foreseen - users, 0.0), self.training)
        self.training = now + (before - now) * exp(-MONTH / self.memory)
        self.beyond[:] = np.where(self.at_work, self.training + users - foreseen, 0.0)

    def _now(self) -> Floats:
        """What labs would train on today: research, clusters they wait for and those they hold."""
        now = self.yard.wished / self.yard.h100_day + self.yard.clusters()
        for wait in self.yard.waiting:
            now[wait.holder] += wait.project.cluster
        return np.asarray(now)
