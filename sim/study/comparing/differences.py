"""Every measure's paired difference month by month, as a long table beside the sides' own summaries."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from sim.study.comparing.pairing import Pair, PairedSlab, less, paired_slabs, same_sign, sampling
from sim.study.keeping.quantiles import STATISTICS, statistics
from sim.study.keeping.recorded import COLUMN, LABELS
from sim.study.keeping.shelf import Kept
from sim.study.keeping.tables import dates

NUMBERS = (*STATISTICS, "low", "high", "above", "below")
"""Quantiles and mean of the differences, the mean's 95% confidence interval, shares of pairs above and below zero."""

DIFFERENCES = {"date": pl.Date, "variant": pl.String, "measure": pl.String, **dict.fromkeys(LABELS, pl.String)} | (
    dict.fromkeys(NUMBERS, pl.Float64)
)


def differences_table(sides: Mapping[str, Kept]) -> pl.DataFrame:
    """One row a variant, measure, label combination and month; a null label is a total. ``sides``: reference first."""
    (_, reference), *variants = sides.items()
    parts = [
        _rows(label, slab, reference)
        for label, kept in variants
        for slab in paired_slabs(Pair(reference, kept))
        if slab.labels
    ]
    return pl.concat(parts) if parts else pl.DataFrame(schema=DIFFERENCES)


def _rows(label: str, slab: PairedSlab, reference: Kept) -> pl.DataFrame:
    found = less(slab.variant, slab.reference)
    mean = sampling(found, slab.numbers)
    above, below = same_sign(found)
    numbers = statistics(found) | {"low": mean.low, "high": mean.high, "above": above, "below": below}
    months = reference.frame.months
    spelt = dict.fromkeys(LABELS, pl.Series([None], dtype=pl.String).new_from_index(0, len(slab.labels) * len(months)))
    for place, dimension in enumerate(slab.measure.dimensions):
        column = pl.Series([labels[place] for labels in slab.labels], dtype=pl.String)
        spelt[COLUMN[dimension]] = column.gather(np.repeat(np.arange(len(slab.labels)), len(months)))
    table = pl.DataFrame({"date": dates(np.tile(np.asarray(months), len(slab.labels))), **spelt})
    return table.with_columns(
        pl.lit(label).alias("variant"),
        pl.lit(slab.measure.name).alias("measure"),
        *(pl.Series(name, numbers[name].ravel()).fill_nan(None) for name in NUMBERS),
    ).select(*DIFFERENCES)
