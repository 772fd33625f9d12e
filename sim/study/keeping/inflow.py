"""Chips that reached China by origin, in chips and in H100-equivalents, by quarter and by trailing year.

Neither a quarter's quantiles nor an equivalent's can be had from those of months and chips, so both are added up in
each replication.
"""

from collections.abc import Iterator, Mapping

import numpy as np
import polars as pl

from sim.facts.days import date_of
from sim.study.keeping.columns import Columned, everything
from sim.study.keeping.quantiles import statistics
from sim.study.keeping.tables import dates
from sim.world.draws import Floats
from sim.world.series import ORIGINS, Frame

ALL = "all"
BY_QUARTER, BY_YEAR = "origin by quarter", "origin by trailing year"
WORTH = {
    "deliveries": "",
    "deliveries_h100e_tpp": "stock_h100e_tpp",
    "deliveries_h100e_training": "stock_h100e_training",
    "deliveries_h100e_inference": "stock_h100e_inference",
}
"""What is kept, and the stock measure whose exchange rate it is counted at; chips as they are if there is none."""


def inflow_rows(measured: Mapping[str, Columned], frame: Frame) -> list[pl.DataFrame]:
    """Quantiles of deliveries by origin and of all together: date (a period's last day), measure, by, group."""
    found = measured.get("deliveries")
    if found is None or not found.index.size:
        return []
    return [
        _rows(name, by, _sums(values, months), [frame.months[month[-1]] for month in months])
        for name, rate in WORTH.items()
        for values in [_by_origin(found, _worth(measured, rate, frame))]
        for by, months in ((BY_QUARTER, quarters(frame)), (BY_YEAR, _years(frame)))
        if len(months)
    ]


def _worth(measured: Mapping[str, Columned], rate: str, frame: Frame) -> Floats:
    """What one chip counts for in each replication, (chips, replications): its stock by that rate over its number."""
    stock = measured["stock"]
    shape = (len(frame.chips), stock.replications)
    if not rate:
        return np.ones(shape)
    sums = {name: _by_chip(measured[name], shape) for name in ("stock", rate)}
    return np.divide(sums[rate], sums["stock"], out=np.zeros(shape), where=sums["stock"] > 0)


def _by_chip(stock: Columned, shape: tuple[int, ...]) -> Floats:
    total = np.zeros(shape)
    for columns, values in stock.slabs(everything(stock)):
        np.add.at(total, stock.index[columns, 1], values.sum(axis=1, dtype=np.float64))
    return total


def _by_origin(deliveries: Columned, worth: Floats) -> Floats:
    """All together, then each origin: (1 + origins, months, replications)."""
    total = np.zeros((1 + len(ORIGINS), deliveries.months, deliveries.replications))
    for columns, slab in deliveries.slabs(everything(deliveries)):
        for (_, chip, origin), values in zip(deliveries.index[columns], slab, strict=True):
            total[1 + origin] += values * worth[chip]
    total[0] = total[1:].sum(axis=0)
    return total


def quarters(frame: Frame) -> list[list[int]]:
    """The months of every whole quarter of the span."""
    ends = [date_of(day) for day in frame.months]
    found: dict[tuple[int, int], list[int]] = {}
    for month, end in enumerate(ends):
        found.setdefault((end.year, (end.month - 1) // 3), []).append(month)
    whole = _whole_months(frame)
    return [months for months in found.values() if len(months) == 3 and all(whole[month] for month in months)]


def _years(frame: Frame) -> list[list[int]]:
    """For every whole month with eleven whole ones before it, those twelve."""
    whole = _whole_months(frame)
    windows = [list(range(last - 11, last + 1)) for last in range(11, len(frame.months))]
    return [window for window in windows if all(whole[month] for month in window)]


def _whole_months(frame: Frame) -> list[bool]:
    """Whether each month of the span was simulated from its first to its last day."""
    starts = [frame.span.start, *(day + 1 for day in frame.months[:-1])]
    return [date_of(a).day == 1 and date_of(b + 1).day == 1 for a, b in zip(starts, frame.months, strict=True)]


def _sums(values: Floats, periods: list[list[int]]) -> Floats:
    """What came in each period, (groups, periods, replications)."""
    return np.stack([values[:, months].sum(axis=1) for months in periods], axis=1)


def _rows(name: str, by: str, values: Floats, days: list[int]) -> pl.DataFrame:
    """Quantiles of each group's sums; ``values`` has shape (groups, periods, replications)."""
    spread = statistics(values)
    shown = list(_shown(values))
    rows = {
        "date": dates(np.tile(np.asarray(days), len(shown))),
        "group": pl.Series([(ALL, *ORIGINS)[place] for place in shown for _ in days]),
        **{statistic: pl.Series(found[shown].ravel()) for statistic, found in spread.items()},
    }
    return pl.DataFrame(rows).with_columns(measure=pl.lit(name), by=pl.lit(by))


def _shown(values: Floats) -> Iterator[int]:
    """All together, and whatever origin anything ever came from."""
    return (place for place in range(len(values)) if place == 0 or values[place].any())
