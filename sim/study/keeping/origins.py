"""Stock by the origin of its chips: bought legally, made at home, smuggled."""

from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np

from sim.study.keeping.columns import SLAB, Block, Columned, Places, summed
from sim.world.draws import Floats
from sim.world.series import ORIGINS

LEGAL, DOMESTIC, SMUGGLED = (ORIGINS.index(origin) for origin in ("legal", "domestic", "smuggled"))

ARRAYS = 8
"""Arrays of the size of a slab that are in memory at once here."""


def smuggled_share(held: Floats, arrived: Floats, brought: Floats) -> Floats:
    """The smuggled part of each stock ``held``; all of shape (columns, months, replications).

    ``arrived`` is what reached it in each month, ``brought`` the part of that which brokers brought. Nobody marks a
    chip by how it came, so what wears out of a holder's chips of a kind is smuggled in the proportion in which they
    are; what was there at the start was not.
    """
    smuggled, before = np.zeros_like(held), np.zeros_like(held[:, 0])
    for month in range(held.shape[1]):
        earlier = held[:, month - 1] if month else np.maximum(held[:, 0] - arrived[:, 0], 0.0)
        seen = earlier + arrived[:, month]
        left = np.divide(held[:, month], seen, out=np.zeros_like(seen), where=seen > 0)
        before = (before + brought[:, month]) * np.minimum(left, 1.0)
        smuggled[:, month] = before
    return np.divide(smuggled, held, out=np.zeros_like(held), where=held > 0).clip(0.0, 1.0)


def by_origin(stocks: Sequence[Columned], measured: Mapping[str, Columned], home: Collection[int]) -> list[Block]:
    """Every stock measure divided by origin; ``home`` are chips of domestic makers.

    A block's ``index`` holds origins; those that never held anything are left out.
    """
    stock = measured["stock"]
    sums = [np.zeros((len(ORIGINS), stock.months, stock.replications)) for _ in stocks]
    for columns in _batches(stock):
        pairs = stock.index[columns]
        share = _smuggled(stock, measured.get("deliveries"), columns)
        made_here = np.isin(pairs[:, 1], list(home))
        for total, block in zip(sums, stocks, strict=True):
            values = summed(block, [_places(block, pair) for pair in pairs])
            grey = np.where(made_here[:, None, None], 0.0, share * values)
            total[SMUGGLED] += grey.sum(axis=0)
            total[DOMESTIC] += values[made_here].sum(axis=0)
            total[LEGAL] += (values - grey)[~made_here].sum(axis=0)
    return [_without_empty(block, total) for block, total in zip(stocks, sums, strict=True)]


def _batches(stock: Columned) -> Iterator[Places]:
    step = max(1, SLAB // max(ARRAYS * 8 * stock.months * stock.replications, 1))
    return (np.arange(start, min(start + step, len(stock.index))) for start in range(0, len(stock.index), step))


def _smuggled(stock: Columned, deliveries: Columned | None, columns: Places) -> Floats:
    """The smuggled part of some columns of the stock."""
    held, pairs = summed(stock, list(columns[:, None])), stock.index[columns]
    if deliveries is None:
        return np.zeros_like(held)
    there = [_places(deliveries, pair) for pair in pairs]
    brokers = [places[deliveries.index[places, 2] == SMUGGLED] for places in there]
    return smuggled_share(held, summed(deliveries, there), summed(deliveries, brokers))


def _places(block: Columned, pair: Places) -> Places:
    """The columns of a holder and a chip."""
    return np.flatnonzero((block.index[:, :2] == pair).all(axis=1))


def _without_empty(block: Columned, total: Floats) -> Block:
    held = [origin for origin in range(len(ORIGINS)) if total[origin].any()]
    return Block(block.measure, np.array(held, np.intp)[:, None], total[held])
