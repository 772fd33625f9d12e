"""What a run says of every recorded figure, kept beside its other tables so that scoring needs no second run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from sim.study.keeping.columns import Columned
from sim.study.scoring.figures import Observation
from sim.study.scoring.reading_off import Firsts, UntoldError, values
from sim.world.draws import Floats
from sim.world.series import Frame

OBSERVED = "observed.parquet"
SCHEMA = {"replication": pl.Int32, "figure": pl.String, "value": pl.Float64}


@dataclass(frozen=True)
class Observed:
    """Values of figures by name, each of shape (replications,), and why others could not be told."""

    values: dict[str, Floats]
    left_out: dict[str, str]


def observe(
    figures: Mapping[str, Observation], measured: Mapping[str, Columned], frame: Frame, firsts: Firsts
) -> Observed:
    """Read every figure off an ensemble that the scenario's names and days hold."""
    told, untold = {}, {}
    for name, figure in figures.items():
        try:
            told[name] = values(figure, measured, frame, firsts)
        except UntoldError as reason:
            untold[name] = str(reason)
    return Observed(told, untold)


def observed_table(observed: Observed, numbers: Sequence[int]) -> pl.DataFrame:
    """One row a figure and replication; null where undefined, infinite where an event never came."""
    parts = [
        pl.DataFrame({"replication": numbers, "figure": [name] * len(numbers), "value": found}, schema=SCHEMA)
        for name, found in observed.values.items()
    ]
    return pl.concat(parts).with_columns(pl.col("value").fill_nan(None)) if parts else pl.DataFrame(schema=SCHEMA)


def observed_in(folder: Path) -> dict[str, Floats]:
    """The figures of a run on disk, by name."""
    table = pl.read_parquet(folder / OBSERVED)
    return {
        str(name): np.asarray(rows["value"].fill_null(float("nan")).to_numpy())
        for (name,), rows in table.group_by("figure", maintain_order=True)
    }
