"""Long tables out of an ensemble: quantiles of every measure and every total, raw series, the event log.

A total is taken in each replication before any quantile, because quantiles do not add.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.study.keeping.columns import Block, Columned, stack, with_totals
from sim.study.keeping.quantiles import STATISTICS, statistics
from sim.study.keeping.recorded import COLUMN, LABELS
from sim.world.series import Frame

if TYPE_CHECKING:
    from sim.study.ensemble import Replication

SUMMARY = {"date": pl.Date, "measure": pl.String, **dict.fromkeys(LABELS, pl.String)} | dict.fromkeys(
    STATISTICS, pl.Float64
)
SERIES = {"replication": pl.Int32, "date": pl.Date, "measure": pl.String, **dict.fromkeys(LABELS, pl.String)} | {
    "value": pl.Float64
}
EVENTS = {
    "replication": pl.Int32,
    "id": pl.Int32,
    "cause": pl.Int32,
    "date": pl.Date,
    "kind": pl.String,
    "actor": pl.String,
    "chip": pl.String,
    "quantity": pl.Float64,
    "unit": pl.String,
    "detail": pl.String,
    "item": pl.String,
}
EPOCH = np.datetime64("1970-01-01").astype("datetime64[D]").item().toordinal()


def blocks(ensemble: Sequence["Replication"], frame: Frame) -> dict[str, Block]:
    """Every measure over the replications that did not fail, full detail only, empty columns dropped."""
    sound = [replication.measures for replication in ensemble if replication.failure is None]
    return {m.name: stack(m, frame, [kept[m.name] for kept in sound]) for m in frame.measures.values()}


def summary_table(measured: Mapping[str, Columned], frame: Frame) -> pl.DataFrame:
    """Quantiles and mean across replications: one row a measure, label combination and month; null label = total."""
    parts = [_summary(part, frame) for block in measured.values() if block.replications for part in with_totals(block)]
    return pl.concat(parts) if parts else pl.DataFrame(schema=SUMMARY)


def _summary(block: Block, frame: Frame) -> pl.DataFrame:
    columns = {name: pl.Series(found.ravel()) for name, found in statistics(block.values).items()}
    return (
        _labelled(block, frame).with_columns(**columns).with_columns(pl.col(STATISTICS).fill_nan(None)).select(*SUMMARY)
    )


def series_table(measured: Mapping[str, Columned], frame: Frame, numbers: Sequence[int]) -> pl.DataFrame:
    """The summary's rows for each replication; ``numbers`` are those of the replications that did not fail."""
    slabs = (slab for block in measured.values() for slab in with_totals(block))
    parts = [part for slab in slabs for part in _series(slab, frame, numbers)]
    return pl.concat(parts) if parts else pl.DataFrame(schema=SERIES)


def _series(block: Block, frame: Frame, numbers: Sequence[int]) -> list[pl.DataFrame]:
    labels = _labelled(block, frame)
    return [
        labels.with_columns(
            pl.lit(number, pl.Int32).alias("replication"),
            pl.Series("value", block.values[:, :, place].ravel().astype(np.float64)).fill_nan(None),
        ).select(*SERIES)
        for place, number in enumerate(numbers)
    ]


def events_table(ensemble: Sequence["Replication"]) -> pl.DataFrame:
    """The log of every replication, failed ones up to their last day; ``cause`` is an id of the same replication."""
    rows = [(replication.number, event) for replication in ensemble for event in replication.events]
    columns: dict[str, Any] = {
        "replication": [number for number, _ in rows],
        "date": dates([event.day for _, event in rows]),
    }
    named = ("id", "cause", "kind", "actor", "chip", "quantity", "unit", "detail", "item")
    columns.update({name: [getattr(event, name) for _, event in rows] for name in named})
    return pl.DataFrame({name: columns[name] for name in EVENTS}, schema_overrides=EVENTS)


def dates(days: Sequence[int] | NDArray[Any]) -> pl.Series:
    """Day counts as calendar dates."""
    return pl.Series((np.asarray(days, dtype=np.int64) - EPOCH).astype(np.int32)).cast(pl.Date)


def _labelled(block: Block, frame: Frame) -> pl.DataFrame:
    """Dates and labels of a block's columns, months running fastest."""
    months = len(frame.months)
    nothing = pl.Series([None], dtype=pl.String).new_from_index(0, months * len(block.index))
    columns = dict.fromkeys(LABELS, nothing)
    for position, dimension in enumerate(block.measure.dimensions):
        spelt = _spelt(block, frame.labels(block.measure)[position], position)
        columns[COLUMN[dimension]] = spelt.gather(np.repeat(np.arange(len(spelt)), months))
    when = dates(np.tile(np.asarray(frame.months), len(block.index)))
    measure = pl.lit(block.measure.name).alias("measure")
    return pl.DataFrame({"date": when, **columns}).with_columns(measure)


def _spelt(block: Block, labels: tuple[str, ...], position: int) -> pl.Series:
    return pl.Series([None if label < 0 else labels[label] for label in block.index[:, position]], dtype=pl.String)
