"""Countries of transit: what passes through them to Chinese users, and how much the law lets them pass."""

from dataclasses import dataclass
from math import inf

from sim.world.draws import Floats
from sim.world.stage import Stage


@dataclass
class Transit:
    """The countries that stand between foreign makers and Chinese users, with ``tpp`` of every chip, (chips,).

    Under a cap on imports so many ``countries`` may pass on a ``share`` of what each may have; ``passed`` is the TPP
    they have passed since the cap came.
    """

    stage: Stage
    tpp: Floats
    countries: float
    share: float
    passed: float = 0.0

    def room(self) -> float:
        """TPP that may still pass; infinite without a cap."""
        cap = self.stage.regime.transit_cap_tpp
        if cap is None:
            self.passed = 0.0
            return inf
        return max(self.countries * cap * self.share - self.passed, 0.0)

    def let_through(self, tpp: float) -> None:
        """Count what has passed."""
        self.passed += tpp
