"""The arithmetic of a training run: what a cluster gives, how long a run takes.

Model FLOPS utilisation (MFU) is against dense FP16, at six FLOP a parameter and token. It is set on one recorded run
(T1 and T2), the reference: a mixture of experts in FP8. What it gives for others is a prediction.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.facts.labs import Design

Floats = NDArray[np.float64]

SECONDS_PER_DAY = 86_400
SECONDS_PER_HOUR = 3_600
TERA = 1e12


@dataclass(frozen=True)
class Pace:
    """How one software stack trains in one replication: see the facts of its stability.

    ``utilisation`` is the MFU that ``reference`` chips reach together, stops included.
    """

    utilisation: float
    reference: float
    scaling: float
    stops: float
    lost: float

    def working(self, chips: Floats) -> Floats:
        """The part of the time in which so many chips are not held up by a stop, 0 to 1, of the shape of ``chips``.

        There are ``stops`` a chip-day, and each loses ``lost`` days of the whole cluster.
        """
        return np.asarray(1.0 / (1.0 + chips * self.stops * self.lost))


@dataclass(frozen=True)
class Gains:
    """What else than chips and software makes a run fast: a run in FP8 goes ``fp8`` times as fast as one at 16 bits,
    and a mixture of experts reaches a share ``experts`` of a dense model's rate."""

    fp8: float
    experts: float

    def over_reference(self, design: Design, in_fp8: bool) -> float:
        """How many times as fast a run goes as one of experts in FP8 on the same chips."""
        return (1.0 if in_fp8 else 1.0 / self.fp8) * (1.0 if design == "experts" else 1.0 / self.experts)


def effective(pace: Pace, chips: Floats) -> Floats:
    """Share of dense FP16 that clusters of so many chips reach, 0 to 1, of the shape of ``chips``.

    Beyond the reference size a doubling of the cluster costs a share ``scaling`` of the rate, and there are more stops;
    a smaller cluster gains nothing by its size but has fewer of them.
    """
    doublings = np.maximum(np.log2(chips / pace.reference), 0.0)
    held_up = pace.working(chips) / pace.working(np.array(pace.reference))
    return np.asarray(pace.utilisation * (1.0 - pace.scaling) ** doublings * held_up)


def cluster_size(cluster: float, tflops: Floats, h100_tflops: float) -> Floats:
    """Chips of so many dense TFLOPS, (chips,), that have the arithmetic of ``cluster`` H100s; whole."""
    return np.asarray(np.ceil(cluster * h100_tflops / tflops))


def run_days(flop: float, chips: Floats, tflops: Floats, pace: Pace) -> Floats:
    """Days that a run of so many FLOP takes on so many chips of ``tflops`` dense TFLOPS each; all of one shape."""
    return np.asarray(flop / (chips * tflops * TERA * effective(pace, chips) * SECONDS_PER_DAY))
