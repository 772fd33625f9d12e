"""Stock by chip, vendor, holder and origin, and what came in by origin: what charts draw.

Quantiles of a vendor's stock cannot be had from the quantiles of its chips, and the raw series of a large ensemble
would be some hundred times the size of this table. So the groupings a chart may ask for are summed in each replication
while the ensemble is in memory, small groups added up, and only their quantiles kept.
"""

from collections.abc import Callable, Collection, Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sim.facts.chips import Chip
from sim.study.keeping import inflow
from sim.study.keeping.columns import Block, Columned, regrouped
from sim.study.keeping.origins import by_origin
from sim.study.keeping.quantiles import STATISTICS, statistics
from sim.study.keeping.tables import dates
from sim.world.series import HOLDINGS, ORIGINS, Frame

MOST_LINES, LARGEST = 9, 5
ALL, OTHER = inflow.ALL, "all others together"
HOME, ABROAD = "domestic makers", "foreign makers"
OTHERS = {HOME: "other Chinese chips", ABROAD: "other foreign chips"}
"""What is left of chips is added up by where it was made."""
SMALL_WHOLE = 0.05
"""A month in which there is less of all groups than this share of the most there ever is counts as having that much."""
GROUPS = {"date": pl.Date, "measure": pl.String, "by": pl.String, "group": pl.String} | dict.fromkeys(
    STATISTICS, pl.Float64
)
Labels = Callable[[int, int], str]
"""Group of a holder's and a chip's position."""


def groups_table(
    measured: Mapping[str, Columned], frame: Frame, chips: Mapping[str, Chip], domestic: Collection[str]
) -> pl.DataFrame:
    """Quantiles of every stock measure by each grouping, largest group first, months running fastest; then inflow.

    ``chips`` are those of the frame, ``domestic`` the makers in China.
    """
    stocks = [block for name, block in measured.items() if name.startswith("stock") and block.index.size]
    groupings = _groupings(frame, [chips[chip].vendor for chip in frame.chips])
    makers = {name: OTHERS[HOME if chip.vendor in domestic else ABROAD] for name, chip in chips.items()}
    parts = [_grouped(block, frame, (by, labels), makers) for block in stocks for by, labels in groupings.items()]
    parts += _origins(stocks, measured, frame, {i for i, c in enumerate(frame.chips) if chips[c].vendor in domestic})
    parts += [part.select(*GROUPS) for part in inflow.inflow_rows(measured, frame)]
    return pl.concat(parts) if parts else pl.DataFrame(schema=GROUPS)


def _groupings(frame: Frame, vendors: list[str]) -> dict[str, Labels]:
    return {
        ALL: lambda holder, chip: ALL,
        "chip": lambda holder, chip: frame.chips[chip],
        "vendor": lambda holder, chip: vendors[chip],
        "holder": lambda holder, chip: frame.holders[holder],
    }


def _grouped(block: Columned, frame: Frame, grouping: tuple[str, Labels], folds: Mapping[str, str]) -> pl.DataFrame:
    """One grouping of a stock; ``folds`` says where a group is added up that is too small for a line of its own."""
    by, labels = grouping
    if block.measure.dimensions != HOLDINGS:
        raise ValueError(f"{block.measure.name} is not a stock by holder and chip")
    named = [labels(int(holder), int(chip)) for holder, chip in block.index]
    names = list(dict.fromkeys(named))
    fine = regrouped(block, np.array([[names.index(name)] for name in named]))
    folded, kept = _folded(fine, names, folds)
    return _rows(folded, kept, by, frame)


def _origins(
    stocks: Sequence[Columned], measured: Mapping[str, Columned], frame: Frame, home: Collection[int]
) -> list[pl.DataFrame]:
    """Every stock by origin: legal, domestic, smuggled."""
    divided = by_origin(stocks, measured, home) if stocks else []
    return [_rows(block, [ORIGINS[int(origin)] for (origin,) in block.index], "origin", frame) for block in divided]


def _rows(block: Block, kept: list[str], by: str, frame: Frame) -> pl.DataFrame:
    """Quantiles of the groups of one grouping, months running fastest."""
    found = {name: pl.Series(values.ravel()) for name, values in statistics(block.values).items()}
    months = len(frame.months)
    rows = {
        "date": dates(np.tile(np.asarray(frame.months), len(kept))),
        "group": pl.Series([name for name in kept for _ in range(months)]),
        **found,
    }
    return pl.DataFrame(rows).with_columns(measure=pl.lit(block.measure.name), by=pl.lit(by)).select(*GROUPS)


def _folded(block: Block, names: list[str], folds: Mapping[str, str]) -> tuple[Block, list[str]]:
    """The groups by size of their peak: the few largest, and those that once were a large part of the whole.

    What is left is added up at the end.
    """
    rank = _by_peak(block)
    if len(rank) <= MOST_LINES:
        return Block(block.measure, block.index[rank], block.values[rank]), [names[i] for i in rank]
    room = MOST_LINES - len({folds.get(name, OTHER) for name in names})
    candidates = dict.fromkeys([*rank[:LARGEST].tolist(), *_by_share(block).tolist()])
    chosen = set(list(candidates)[:room])
    kept = [names[i] for i in rank if i in chosen]
    left = [folds.get(names[i], OTHER) for i in rank if i not in chosen]
    labels = [*kept, *dict.fromkeys(left)]
    place = [labels.index(name if i in chosen else folds.get(name, OTHER)) for i, name in enumerate(names)]
    return regrouped(block, np.array(place, np.intp)[:, None]), labels


def _by_peak(block: Block) -> NDArray[np.intp]:
    return np.argsort(-block.values.mean(axis=2).max(axis=1), kind="stable")


def _by_share(block: Block) -> NDArray[np.intp]:
    """Groups by the largest part of the whole they ever were, once there was something to be a part of."""
    mean = block.values.mean(axis=2)
    whole = np.maximum(mean.sum(axis=0), SMALL_WHOLE * mean.sum(axis=0).max())
    return np.argsort(-(mean / whole).max(axis=1), kind="stable")
