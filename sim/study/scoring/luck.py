"""How far a score hangs on the luck of the draw: the same replications, drawn again with replacement (bootstrap)."""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from sim.study.scoring.figures import ROLES, Role
from sim.study.scoring.score import Score
from sim.world.draws import Draws, Floats

RESAMPLES = 400
"""Ensembles drawn again, each of as many replications as the run has."""

Likely = dict[Role, tuple[int, int, int]]
"""By role: how many figures lie inside in the 5%, the middle and the 95% of such ensembles."""


def likely(several: Sequence[Score], observed: Mapping[str, Floats], seed: int) -> Likely:
    """How many figures of each role would lie inside on other luck; the same seed tells the same."""
    found: Likely = {}
    for role in ROLES:
        group = [score for score in several if score.figure.role == role]
        if group:
            inside = np.add.reduce([_inside(score, observed[score.name], seed) for score in group])
            low, middle, high = np.quantile(inside, (0.05, 0.5, 0.95), method="nearest").tolist()
            found[role] = int(low), int(middle), int(high)
    return found


def _inside(score: Score, values: Floats, seed: int) -> Floats:
    """1 where a resampled ensemble's median lies inside what was recorded, else 0; (RESAMPLES,).

    All figures of a run as long are drawn from the same replications, so that what goes together stays together.
    """
    luck = Draws(seed, 0).block("bootstrap", str(len(values)), (RESAMPLES, len(values)))
    drawn = values[(luck * len(values)).astype(np.int64)]
    method: Literal["linear", "higher"] = "linear" if np.isfinite(values[~np.isnan(values)]).all() else "higher"
    quantile = np.nanquantile if np.isnan(values).any() else np.quantile  # the former takes row after row
    with np.errstate(invalid="ignore"):
        medians = quantile(drawn, 0.5, axis=1, method=method)
    return np.array([float(score.recorded.holds(median)) for median in medians.tolist()])
