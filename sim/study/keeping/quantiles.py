"""Quantiles across replications, column by column, undefined values left out."""

from functools import partial
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

LEVELS = {"p5": 0.05, "p25": 0.25, "p50": 0.50, "p75": 0.75, "p95": 0.95}
STATISTICS = (*LEVELS, "mean")


def statistics(values: NDArray[Any]) -> dict[str, NDArray[np.float64]]:
    """The five quantiles and the mean over the last axis; each has the shape of the other axes.

    Quantiles are numpy's linear method. NaN counts as no value; where no replication has one the result is NaN.
    """
    rest = values.shape[:-1]
    ordered = np.sort(np.asarray(values, dtype=np.float64).reshape(prod(rest), values.shape[-1]), axis=1)
    counts = np.count_nonzero(~np.isnan(ordered), axis=1)
    found = {name: _quantile(ordered, counts, level) for name, level in LEVELS.items()}
    whole = bool((counts == ordered.shape[1]).all())
    found["mean"] = (ordered.sum if whole else partial(np.nansum, ordered))(axis=1) / np.where(counts, counts, np.nan)
    return {name: column.reshape(rest) for name, column in found.items()}


def nearest(values: NDArray[np.float64]) -> list[float | None]:
    """The five quantiles, each a value that there is, NaN left out; None for one that is endless, or without values."""
    defined = values[~np.isnan(values)]
    told = np.quantile(defined, list(LEVELS.values()), method="nearest") if defined.size else [np.inf] * len(LEVELS)
    return [float(value) if np.isfinite(value) else None for value in told]


def _quantile(ordered: NDArray[np.float64], counts: NDArray[np.intp], level: float) -> NDArray[np.float64]:
    if not ordered.shape[1]:
        return np.full(len(ordered), np.nan)
    position = level * np.maximum(counts - 1, 0)
    lower = np.floor(position).astype(np.intp)
    upper = np.minimum(lower + 1, np.maximum(counts - 1, 0))
    rows = np.arange(len(ordered))
    return _between(ordered[rows, lower], ordered[rows, upper], position - lower)


def _between(low: NDArray[np.float64], high: NDArray[np.float64], share: NDArray[np.float64]) -> NDArray[np.float64]:
    """numpy's own interpolation, from the nearer end, so that results agree to the last bit."""
    gap = high - low
    return np.where(share < 0.5, low + gap * share, high - gap * (1 - share))
