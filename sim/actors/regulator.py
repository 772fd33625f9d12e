"""A regulator that reacts: some time after a part made for China ships in volume, it closes that part and its like.

It closes by the figure in which the part comes nearest to the full one of its line, as the rules on record did: the
800 series, whose arithmetic was untouched, by performance (R6), the part that followed by memory bandwidth (R15b).
"""

from dataclasses import dataclass, field

import numpy as np

from sim.facts.chips import Chip, central
from sim.facts.regulator import Regulator
from sim.world.draws import Draws
from sim.world.journal import About
from sim.world.stage import Flags, Stage

FIGURES = {"TPP": "TPP", "memory bandwidth": "GB/s of memory bandwidth"}
"""The figures by which parts are closed, in order of preference, and how a limit is worded."""


@dataclass
class Watch:
    """What a reactive regulator follows in one replication.

    ``foreign``, of shape (chips,), marks the chips of foreign makers; ``dues`` are the days on which parts are closed.
    """

    terms: Regulator
    chips: dict[str, Chip]
    foreign: Flags
    dues: dict[str, int] = field(default_factory=dict)

    def due(self, draws: Draws, part: str, volume: int) -> int:
        """The day on which a part that ships in volume from a day on is closed."""
        if part not in self.dues:
            self.dues[part] = volume + round(self.terms.lag.quantile(draws.uniform("regulator", part)))
        return self.dues[part]


def close(stage: Stage, watch: Watch, part: str, full: str, cause: int) -> int:
    """Bar a part and all foreign chips that come near it in its strongest figure; return the entry in the log."""
    figure = strongest(watch.chips[part], watch.chips[full])
    least = stage.draws.value(watch.terms.share) * (_value(watch.chips[part], figure) or 0.0)
    new = watch.foreign & ~stage.barred & reaching(watch.chips, figure, least)
    new[stage.chip(part)] = True
    about = About("US", part, detail=f"and any other of {least:,.0f} {FIGURES[figure]} or more")
    event = stage.journal.record(stage.clock.today, "regulator closes", cause=cause, about=about)
    for chip in np.flatnonzero(new):
        stage.bars.setdefault(stage.frame.chips[chip], event)
    stage.barred = stage.barred | new
    return event


def strongest(part: Chip, full: Chip) -> str:
    """The figure in which a part keeps most of the full one."""
    kept = {name: (_value(part, name) or 0.0) / (_value(full, name) or np.inf) for name in FIGURES}
    return max(kept, key=lambda name: kept[name])


def reaching(chips: dict[str, Chip], figure: str, least: float) -> Flags:
    """Chips, (chips,), whose published figure reaches a limit."""
    return np.array([(_value(chip, figure) or 0.0) >= least for chip in chips.values()], dtype=np.bool_)


def _value(chip: Chip, figure: str) -> float | None:
    return chip.tpp if figure == "TPP" else central(chip.memory_bandwidth)
