"""What a foreign wafer line makes each week, what of it China can get, and as which parts the rest is sold."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from sim.facts.days import DAYS_PER_QUARTER, DAYS_PER_WEEK, day_of
from sim.facts.lawbook import LawBook
from sim.facts.makers import Line
from sim.world.draws import Draws, Floats
from sim.world.ledger import Ints
from sim.world.stage import Stage

LARGEST_SHARE = 0.9
"""No more of a line is ever taken to have gone uncounted to China: a share drawn from its far tail may come near 1."""


@dataclass(frozen=True)
class Flow:
    """A wafer line week by week, each of shape (weeks,): all chips it makes, whoever buys them, the most that the rest
    of the world takes (infinite if it takes all it can get), the most that China can get.
    """

    output: Floats
    abroad: Floats
    reach: Floats


def flow_of(line: Line, draws: Draws, days: Floats) -> Flow:
    """A line's flow on the given week ends; before ``abroad`` has a date, the world takes all it can get.

    What the line makes is history's, whatever China may buy in this world: of all it made, t, the record counts
    r = t (1 - s u), if China's share s was left out for a part u of the time.
    """
    per_week = DAYS_PER_WEEK / DAYS_PER_QUARTER
    output = draws.curve(line.output, days) * per_week
    share = np.minimum(draws.curve(line.china_share_cap, days), 1.0)
    if line.uncounted is not None:
        output = output / (1.0 - np.minimum(share, LARGEST_SHARE) * draws.curve(line.uncounted, days))
    abroad = np.full(days.shape, np.inf)
    if line.abroad is not None:
        abroad = np.where(days < line.abroad.curve[0][0], np.inf, draws.curve(line.abroad, days) * per_week)
    return Flow(output, abroad, np.maximum(share * output, output - abroad))


def sold_abroad(flow: Flow, made: Ints) -> Floats:
    """Chips of a line that the rest of the world took in each of the first weeks, in which it made so many for China.

    ``made`` and the answer are of shape (weeks so far,).
    """
    weeks = len(made)
    return np.maximum(np.minimum(flow.output[:weeks] - made, flow.abroad[:weeks]), 0.0)


def strongest(stage: Stage, law: LawBook, parts: dict[str, date]) -> Ints:
    """Column of the strongest part launched by each week, (weeks,); -1 before there is one."""
    best = np.full(len(stage.days), -1, dtype=np.int64)
    for part in sorted(parts, key=lambda part: law.strength[part]):
        best[stage.days >= day_of(parts[part])] = stage.chip(part)
    return best


def sold_as(stage: Stage, law: LawBook, line: Line) -> Floats:
    """Share of each part in what a line sells outside China, (weeks, chips); nothing of a line for China alone."""
    shares = np.zeros((len(stage.days), len(stage.frame.chips)))
    for part, series in line.mix.items():
        shares[:, stage.chip(part)] = stage.draws.curve(series, stage.days)
    others = {part: day for part, day in line.parts.items() if part not in {*line.mix, *line.china_only}}
    best = strongest(stage, law, others)
    known = np.flatnonzero(best >= 0)
    shares[known, best[known]] = np.maximum(1.0 - np.add.reduce(shares, axis=1), 0.0)[known]
    return shares
