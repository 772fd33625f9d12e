"""The arithmetic of a training run: what a cluster gives, how long a run takes.

Model FLOPS utilisation (MFU) is against dense FP16. It is set on one recorded run (DeepSeek-V3, T1 and T2); what it
gives for others is a prediction.
"""

from dataclasses import dataclass
from math import ceil, log2

SECONDS_PER_DAY = 86_400
TERA = 1e12


@dataclass(frozen=True)
class Pace:
    """How one software stack trains in one replication: see the facts of its stability.

    ``utilisation`` is that of the reference size, ``reference`` chips.
    """

    utilisation: float
    reference: float
    scaling: float
    stops: float
    lost: float


def effective(pace: Pace, chips: int) -> float:
    """Share of dense FP16 that so many chips reach together, stops included; 0 to 1.

    A doubling of the cluster costs a share ``scaling`` of the rate and a smaller one gains none. Every stop, of which
    there are ``stops`` a chip-day, loses ``lost`` days of the whole cluster.
    """
    doublings = max(log2(chips / pace.reference), 0.0) if chips > 0 else 0.0
    working = 1.0 / (1.0 + chips * pace.stops * pace.lost)
    return float(pace.utilisation * (1.0 - pace.scaling) ** doublings * working)


def cluster_size(cluster: float, tflops: float, h100_tflops: float) -> int:
    """Chips of so many dense TFLOPS that have the arithmetic of ``cluster`` H100s."""
    return ceil(cluster * h100_tflops / tflops)


def run_days(flop: float, chips: int, tflops: float, pace: Pace) -> float:
    """Days that a run of so many FLOP takes on so many chips of ``tflops`` dense TFLOPS each."""
    return flop / (chips * tflops * TERA * effective(pace, chips) * SECONDS_PER_DAY)
