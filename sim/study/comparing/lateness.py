"""By how many days each milestone of a model comes later than in the reference, on the same luck.

A milestone that never comes before the last day is later than any day. So a replication in which it comes in the
reference alone counts as endlessly late, one in which it comes in the variant alone as endlessly early, and one in
which it comes in neither as nothing, since nobody knows which would have been first.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from sim.facts.days import DAYS_PER_WEEK
from sim.study.comparing.courses import DAYS, Paths, Twins
from sim.study.keeping.milestones import said_of
from sim.study.keeping.quantiles import LEVELS, nearest
from sim.world.draws import Floats

LATENESS_FILE = "milestones-differences.parquet"
"""The table of a comparison in which a variant and its reference have labs."""

SHARES = ("later", "sooner", "never_reference", "never_variant", "never_both")
LATENESS = (
    dict.fromkeys(("variant", "actor", "item", "milestone"), pl.String)
    | dict.fromkeys(("planned", "recorded"), pl.Date)
    | dict.fromkeys((*LEVELS, *SHARES), pl.Float64)
)
"""Quantiles of the days that the variant is later, null where that is endless (``later`` and ``sooner`` say which way);
shares of all pairs in which it is later, is sooner, and in which the milestone never comes."""


MOST = 0.5
"""Share of pairs with a milestone on neither side from which a median says nothing."""


def moves(row: Mapping[str, Any], days: float) -> bool:
    """Whether the median of a row of the table is so many days or more later or sooner, as far as it says anything."""
    return bool(row["never_both"] < MOST and (row["p50"] is None or abs(row["p50"]) >= days))


def felt(row: Mapping[str, Any]) -> bool:
    """Whether the median of a row is more than a week later or sooner: chips are given out once a week."""
    return bool(row["never_both"] < MOST and (row["p50"] is None or abs(row["p50"]) > DAYS_PER_WEEK))


def told_days(row: Mapping[str, Any], quantile: str) -> str:
    """A quantile of a difference with its sign: -12, 0, +40; never if it is endless, only now if endlessly early."""
    if row[quantile] is not None:
        return f"{row[quantile]:+.0f}" if row[quantile] else "0"
    gained = (row["never_reference"] - row["never_both"]) / (1.0 - row["never_both"])
    return "only now" if LEVELS[quantile] <= gained else "never"


def lateness_in(folder: Path) -> pl.DataFrame:
    """The table of the comparison in a folder; without rows if no variant has its reference's labs."""
    path = folder / LATENESS_FILE
    return pl.read_parquet(path) if path.is_file() else pl.DataFrame(schema=LATENESS)


def lateness_table(sides: Mapping[str, Paths]) -> pl.DataFrame:
    """A row for each variant, model and milestone that either side reached. ``sides``: reference first."""
    (_, reference), *variants = sides.items()
    rows = [row for label, variant in variants for row in _rows(label, Twins(reference, variant))]
    return pl.DataFrame(rows, schema=LATENESS, orient="row")


def _rows(label: str, twins: Twins) -> list[list[object]]:
    numbers, labs = twins.numbers, twins.reference.side.question.scenario.labs
    found: list[list[object]] = []
    for lab, model in twins.models:
        for milestone, column in DAYS.items():
            sides = [paths.days(model, column, numbers) for paths in (twins.reference, twins.variant)]
            if numbers and np.isfinite(sides).any():
                said = said_of(labs[lab], lab, model)
                found.append([label, lab, model, milestone, *said, *nearest(later(*sides)), *_shares(*sides)])
    return found


def later(reference: Floats, variant: Floats) -> Floats:
    """Days that a milestone comes later in each pair: endless if in one alone, NaN if in neither."""
    with np.errstate(invalid="ignore"):
        return variant - reference


def _shares(reference: Floats, variant: Floats) -> list[float]:
    never = [np.isinf(reference), np.isinf(variant)]
    found = later(reference, variant)
    return [float(np.mean(mask)) for mask in (found > 0, found < 0, *never, never[0] & never[1])]
