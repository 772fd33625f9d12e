"""The law of one scenario worked out before the run: who may buy what in which epoch, what a line may design.

Nothing here depends on chance, so it is made once and shared by every replication.
"""

from bisect import bisect_right
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.facts.chips import Chip
from sim.facts.designs import Design

Gates = NDArray[np.bool_]


@dataclass(frozen=True)
class LegalEvent:
    """A dated step of a rule or licence; ``cause`` names the (subject, step) behind it."""

    day: int
    subject: str
    step: str
    title: str
    cause: tuple[str, str] | None = None


@dataclass(frozen=True)
class Regime:
    """What the rules in force allow.

    ``gates`` and ``discouraged`` (by the buyer's own state) have shape (holders, chips); ``closers`` names, for each
    chip that nobody may buy, the rule that decides; ``foreign_dies`` the makers that may still buy dies from foreign
    foundries.
    """

    gates: Gates
    discouraged: Gates
    closers: dict[str, str]
    memory_open: bool
    foreign_dies: frozenset[str]


@dataclass(frozen=True)
class Choice:
    """What a line would cut for China from a day on, None if nothing; ``because`` is the rule that closed more."""

    day: int
    design: Design | None
    because: str = ""


@dataclass(frozen=True)
class LawBook:
    """The legal calendar of a scenario. Regime ``i`` holds from day ``epochs[i]``, the first from before the span.

    ``memory_closings`` are the (announced, in force) days of rules against HBM; ``choices`` of each (maker, line) stand
    in order of days; ``chips`` are the scenario's and those that foreign makers would design.
    """

    calendar: tuple[LegalEvent, ...]
    epochs: tuple[int, ...]
    regimes: tuple[Regime, ...]
    memory_closings: tuple[tuple[int, int], ...]
    choices: dict[tuple[str, str], tuple[Choice, ...]]
    chips: dict[str, Chip]

    def regime(self, day: int) -> Regime:
        """The regime of a day."""
        return self.regimes[max(bisect_right(self.epochs, day) - 1, 0)]

    def choice(self, maker: str, line: str, day: int) -> Choice | None:
        """What a line would cut under the law announced by a day; None for a line without options."""
        made = [choice for choice in self.choices.get((maker, line), ()) if choice.day <= day]
        return made[-1] if made else None
