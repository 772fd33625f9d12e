"""The headline of a comparison: each measure on both sides, its paired difference, and how sure that is."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from sim.study.comparing.pairing import Pair, less, same_sign, sampling
from sim.study.keeping.headline import Headline, asked_for, replication_values, tell
from sim.study.keeping.quantiles import statistics
from sim.study.keeping.shelf import Kept
from sim.study.scenario import HeadlineRow
from sim.world.draws import Floats

SHOWN = ("p5", "p50", "p95")


def headline_rows(wanted: Mapping[str, HeadlineRow], sides: Mapping[str, Kept]) -> Headline:
    """Every wanted row over all sides; ``sides`` by label, the reference first. Rows it cannot be told of are noted."""
    return tell(wanted, lambda name, row: _row(name, row, sides))


def _row(name: str, row: HeadlineRow, sides: Mapping[str, Kept]) -> dict[str, Any]:
    """One row. ValueError if a side does not have it."""
    values = {label: _values(label, row, kept) for label, kept in sides.items()}
    (first, reference), *others = sides.items()
    variants = [
        {"label": label, **_spread(values[label]), "difference": difference(pair, values[first], values[label])}
        for label, pair in ((label, Pair(reference, kept)) for label, kept in others)
    ]
    return asked_for(name, row) | {"reference": {"label": first, **_spread(values[first])}, "variants": variants}


def _values(label: str, row: HeadlineRow, kept: Kept) -> Floats:
    try:
        return replication_values(row, kept.measured, kept.frame)
    except ValueError as reason:
        raise ValueError(f"{label}: {reason}") from None


def difference(pair: Pair, reference: Floats, variant: Floats) -> dict[str, Any]:
    """The paired difference of a value known of every sound replication on both sides."""
    here, there = pair.places()
    found = less(variant[there], reference[here])
    mean = sampling(found, pair.numbers)
    above, below = same_sign(found)
    told = {"mean": mean.mean, "low": mean.low, "high": mean.high, "above": above, "below": below}
    return {**_spread(found), **dict(_finite(told))}


def _spread(values: Floats) -> dict[str, float | None]:
    found = statistics(values)
    return dict(_finite({level: found[level] for level in SHOWN}))


def _finite(numbers: Mapping[str, Any]) -> Iterator[tuple[str, float | None]]:
    """Numbers as JSON knows them; None for what is not defined."""
    for name, number in numbers.items():
        yield name, float(number) if np.isfinite(number) else None
