"""The few figures a scenario is run for: deliveries in a year, a stock at its end, with their intervals."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.study.keeping.columns import Columned, added_up, those_at
from sim.study.keeping.periods import period_span
from sim.study.keeping.quantiles import statistics
from sim.study.keeping.recorded import COLUMN, LABELS, misfits
from sim.study.scenario import HeadlineRow
from sim.world.series import MEASURES, Frame


@dataclass(frozen=True)
class Headline:
    """Rows as JSON-ready tables, and a sentence for every row that could not be told."""

    rows: tuple[dict[str, Any], ...]
    notes: tuple[str, ...]


class UntoldError(ValueError):
    """Why a row of the headline cannot be told."""


def headline(wanted: dict[str, HeadlineRow], measured: Mapping[str, Columned], frame: Frame) -> Headline:
    """Each wanted row's value in every replication, then its quantiles."""
    return tell(wanted, lambda name, row: _told(name, row, replication_values(row, measured, frame)))


def tell(wanted: Mapping[str, HeadlineRow], row_of: Callable[[str, HeadlineRow], dict[str, Any]]) -> Headline:
    """Every wanted row as ``row_of`` tells it; why it cannot, a ValueError, is noted."""
    rows, notes = [], []
    for name, row in wanted.items():
        try:
            rows.append(row_of(name, row))
        except ValueError as reason:
            notes.append(f"headline.{name}: {reason}")
    return Headline(tuple(rows), tuple(notes))


def asked_for(name: str, row: HeadlineRow) -> dict[str, Any]:
    """What a row is about, as every table of a headline begins it."""
    labels = {key: getattr(row, key) for key in ("measure", *LABELS, "period")}
    return {"name": name, **labels, "unit": MEASURES[row.measure].unit}


def replication_values(row: HeadlineRow, measured: Mapping[str, Columned], frame: Frame) -> NDArray[np.float64]:
    """A headline row's value in each replication: a flow's sum over the period, a level on the period's last day.

    Raises ValueError if the period lies outside the span, a label is unknown, or a total means nothing for the measure.
    """
    if row.measure not in measured:
        known = row.measure in MEASURES
        raise UntoldError(f"no measure is called {row.measure!r}" if not known else f"no labs, no {row.measure}")
    block = measured[row.measure]
    months = _months(row.period, frame)
    columns = _columns(row, block, frame)
    if not block.measure.additive and not len(columns):
        return np.full(block.replications, np.nan)
    if block.measure.kind == "level":
        months = months[-1:]
    return np.asarray(added_up(block, columns)[months].sum(axis=0))


def _months(period: str, frame: Frame) -> list[int]:
    span = period_span(period)
    if span.start < frame.span.start or span.end > frame.span.end:
        raise UntoldError(f"{period} is not wholly inside the simulated days")
    return [i for i, day in enumerate(frame.months) if span.start <= day < span.end]


def _columns(row: HeadlineRow, block: Columned, frame: Frame) -> NDArray[np.intp]:
    """Positions of the columns a row asks for."""
    labels = {label: getattr(row, label) for label in LABELS}
    for _, problem, remedy in misfits(block.measure, labels):
        raise UntoldError(f"{problem}; {remedy}")
    wanted = [labels[COLUMN[dimension]] for dimension in block.measure.dimensions]
    known = frame.labels(block.measure)
    return those_at(block, [w if w is None else [_position(w, k)] for w, k in zip(wanted, known, strict=True)])


def _position(value: str, labels: tuple[str, ...]) -> int:
    if value not in labels:
        raise UntoldError(f"{value!r} is not one of {', '.join(filter(None, labels))}")
    return labels.index(value)


def _told(name: str, row: HeadlineRow, values: NDArray[np.float64]) -> dict[str, Any]:
    found = statistics(values)
    if np.isnan(found["p50"]):
        raise UntoldError("undefined in every replication")
    return {**asked_for(name, row), **{level: float(found[level]) for level in ("p5", "p50", "p95")}}
