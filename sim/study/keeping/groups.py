"""Stock by chip, vendor, holder and origin of its maker, and what came in by origin: what charts draw.

Quantiles of a vendor's stock cannot be had from the quantiles of its chips, and the raw series of a large ensemble
would be some hundred times the size of this table. So the groupings a chart may ask for are summed in each replication
some columns at a time, small groups added up, and only their quantiles kept.
"""

from collections.abc import Callable, Collection, Mapping, Sequence

import numpy as np
import polars as pl

from sim.facts.chips import Chip
from sim.study.keeping import inflow
from sim.study.keeping.columns import Columned, Places, a_slab_at_a_time
from sim.study.keeping.origins import by_origin
from sim.study.keeping.quantiles import STATISTICS, statistics
from sim.study.keeping.tables import dates
from sim.world.draws import Floats
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
Members = Mapping[str, list[int]]
"""The places of each group's columns, by the group's name."""


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
    members = {name: [place for place, one in enumerate(named) if one == name] for name in dict.fromkeys(named)}
    means = [values.mean(axis=2) for _, values in a_slab_at_a_time(block, _places(members))]
    kept = _folded(np.concatenate(means), members, folds)
    found = [statistics(values) for _, values in a_slab_at_a_time(block, _places(kept))]
    spread = {name: np.concatenate([part[name].ravel() for part in found]) for name in STATISTICS}
    return _rows(block.measure.name, by, (list(kept), spread), frame)


def _origins(
    stocks: Sequence[Columned], measured: Mapping[str, Columned], frame: Frame, home: Collection[int]
) -> list[pl.DataFrame]:
    """Every stock by origin: legal, domestic, smuggled."""
    parts = []
    for block in by_origin(stocks, measured, home) if stocks else []:
        spread = {name: values.ravel() for name, values in statistics(block.values).items()}
        found = ([ORIGINS[int(origin)] for (origin,) in block.index], spread)
        parts.append(_rows(block.measure.name, "origin", found, frame))
    return parts


def _rows(measure: str, by: str, found: tuple[list[str], Mapping[str, Floats]], frame: Frame) -> pl.DataFrame:
    """The table of one grouping: its groups and their quantiles, months running fastest."""
    kept, spread = found
    months = len(frame.months)
    rows = {
        "date": dates(np.tile(np.asarray(frame.months), len(kept))),
        "group": pl.Series([name for name in kept for _ in range(months)]),
        **{name: pl.Series(spread[name]) for name in STATISTICS},
    }
    return pl.DataFrame(rows).with_columns(measure=pl.lit(measure), by=pl.lit(by)).select(*GROUPS)


def _places(members: Members) -> list[Places]:
    return [np.array(sorted(places), np.intp) for places in members.values()]


def _folded(means: Floats, members: Members, folds: Mapping[str, str]) -> Members:
    """The groups by size of their peak: the few largest, and those that once were a large part of the whole.

    What is left is added up at the end. ``means`` (groups, months) are theirs.
    """
    names = list(members)
    rank = [names[group] for group in _by_peak(means)]
    if len(rank) <= MOST_LINES:
        return {name: members[name] for name in rank}
    room = MOST_LINES - len({folds.get(name, OTHER) for name in names})
    candidates = dict.fromkeys([*rank[:LARGEST], *(names[group] for group in _by_share(means))])
    chosen = set(list(candidates)[:room])
    kept: dict[str, list[int]] = {name: members[name] for name in rank if name in chosen}
    for name in rank:
        if name not in chosen:
            together = folds.get(name, OTHER)
            kept[together] = [*kept.get(together, []), *members[name]]
    return kept


def _by_peak(means: Floats) -> Places:
    return np.argsort(-means.max(axis=1), kind="stable")


def _by_share(means: Floats) -> Places:
    """Groups by the largest part of the whole they ever were, once there was something to be a part of."""
    whole = np.maximum(means.sum(axis=0), SMALL_WHOLE * means.sum(axis=0).max())
    return np.argsort(-(means / whole).max(axis=1), kind="stable")
