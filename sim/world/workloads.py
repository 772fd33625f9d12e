"""Work that no lab's models ask for: recommenders, search, vision, and training that is on no roadmap."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sim.world.draws import Floats


@dataclass(frozen=True)
class OtherWork:
    """Other work as parts of the nation's load that it ``trains`` and ``serves``, both (weeks, holders).

    ``in_use`` is that load, (weeks, holders), in H100-equivalents; it rises when demand surges.
    """

    trains: Floats
    serves: Floats
    in_use: Floats

    def training(self, week: int) -> Floats:
        """H100-equivalents that it asks for, (holders,)."""
        return np.asarray(self.trains[week] * self.in_use[week])

    def inference(self, week: int) -> Floats:
        """H100-equivalents that it asks for, (holders,)."""
        return np.asarray(self.serves[week] * self.in_use[week])

    @cached_property
    def part(self) -> Floats:
        """The part of other work that is training, (weeks, holders), 0 to 1."""
        return np.asarray(self.trains / np.maximum(self.trains + self.serves, 1e-9))
