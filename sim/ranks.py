"""Who comes first on which chips, and the time that this leaves every chip for research.

Where training comes first, research has all but what users cannot do without. Where serving does, it has the nights and
whatever else serving does not need. On a stack that is not ready for large models, so much less of its time is of use.
"""

from dataclasses import dataclass

import numpy as np

from sim.world.draws import Floats
from sim.world.stage import Flags

TINY = 1e-9


@dataclass(frozen=True)
class Ranks:
    """The policy in one replication: ``first``, (accounts, chips), marks where training comes first, at home and then
    abroad. ``ready``, (weeks, chips), is how far a chip's stack can be trained on, 0 to 1; ``idle`` the part of
    chip-hours that serving leaves at night, ``floor`` that of users' need for which research leaves chips.
    """

    first: Flags
    ready: Floats
    idle: float
    floor: float

    def time(self, week: int, able: Floats, users: Floats, wanted: Floats) -> Floats:
        """The part of its time that every chip has for research, (accounts, chips), 0 to 1.

        Chips at home are ``able`` to serve so much, (holders, chips); ``users`` of labs' models need, and with other
        work all serving has ``wanted``, so much, both (holders,).
        """
        here, there = self.first[: len(able)], self.first[len(able) :]
        rest = np.add.reduce(able * ~here, axis=1)
        kept = self.floor * reserved(users, np.add.reduce(able, axis=1) - rest, rest) * (1.0 - self.idle)
        left = 1.0 - np.minimum(wanted / np.maximum(rest, TINY), 1.0) * (1.0 - self.idle)
        at_home = np.where(here, (1.0 - kept)[:, None], left[:, None])
        return np.asarray(np.concatenate([at_home, np.where(there, 1.0, self.idle)]) * self.ready[week])


def reserved(need: Floats, first: Floats, rest: Floats) -> Floats:
    """The part of the chips on which training comes first that users cannot do without, (holders,), 0 to 1.

    ``need`` is what must be served, ``first`` what those chips could serve and ``rest`` what all others do.
    """
    return np.asarray(np.minimum(np.maximum((need - rest) / np.maximum(first, TINY), 0.0), 1.0))
