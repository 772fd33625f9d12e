"""Stock by the origin of its chips: bought legally, made at home, smuggled."""

from collections.abc import Collection

import numpy as np

from sim.study.keeping.columns import Block
from sim.world.draws import Floats
from sim.world.series import ORIGINS

LEGAL, DOMESTIC, SMUGGLED = (ORIGINS.index(origin) for origin in ("legal", "domestic", "smuggled"))


def smuggled_share(stock: Block, deliveries: Block | None) -> Floats:
    """The smuggled part of each stock, (columns of ``stock``, months, replications).

    Nobody marks a chip by how it came, so what wears out of a holder's chips of a kind is smuggled in the proportion
    in which they are; what was there at the start was not.
    """
    held = np.asarray(stock.values, dtype=np.float64)
    arrived, brought = _arrivals(stock, deliveries)
    smuggled, before = np.zeros_like(held), np.zeros_like(held[:, 0])
    for month in range(held.shape[1]):
        earlier = held[:, month - 1] if month else np.maximum(held[:, 0] - arrived[:, 0], 0.0)
        seen = earlier + arrived[:, month]
        left = np.divide(held[:, month], seen, out=np.zeros_like(seen), where=seen > 0)
        before = (before + brought[:, month]) * np.minimum(left, 1.0)
        smuggled[:, month] = before
    return np.divide(smuggled, held, out=np.zeros_like(held), where=held > 0).clip(0.0, 1.0)


def _arrivals(stock: Block, deliveries: Block | None) -> tuple[Floats, Floats]:
    """What reached each column of ``stock`` in each month, in all and by brokers."""
    whole, brought = (np.zeros(stock.values.shape) for _ in range(2))
    place = {(int(holder), int(chip)): column for column, (holder, chip) in enumerate(stock.index)}
    for (holder, chip, origin), values in () if deliveries is None else zip(*_columns(deliveries), strict=True):
        column = place.get((int(holder), int(chip)))
        if column is not None:
            whole[column] += values
            brought[column] += values if origin == SMUGGLED else 0
    return whole, brought


def _columns(block: Block) -> tuple[Floats, Floats]:
    return np.asarray(block.index), np.asarray(block.values)


def by_origin(stock: Block, smuggled: Floats, home: Collection[int]) -> Block:
    """A stock divided by origin, origins that never held anything left out; ``home`` are chips of domestic makers.

    ``stock`` may count chips or H100-equivalents; ``smuggled`` is their smuggled part, of the same columns.
    """
    made_here = np.isin(stock.index[:, 1], list(home))[:, None, None]
    grey = np.where(made_here, 0.0, smuggled) * stock.values
    rest = stock.values - grey
    parts = {LEGAL: np.where(made_here, 0.0, rest), DOMESTIC: np.where(made_here, rest, 0.0), SMUGGLED: grey}
    sums = {origin: part.sum(axis=0) for origin, part in parts.items() if part.any()}
    return Block(stock.measure, np.array(list(sums), np.intp)[:, None], np.stack(list(sums.values())))
