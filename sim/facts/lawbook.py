"""The law of one scenario worked out before the run: who may buy what in which epoch, what a line may design.

Chance touches nothing here but which licences are issued, and when; for those the book has an answer for every set of
licences that may have been granted. So it is made once and shared by every replication.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.facts.caps import Limit
from sim.facts.chips import Chip, strength
from sim.facts.designs import Design
from sim.facts.estimate import Estimate
from sim.facts.timetable import Timetable

Gates = NDArray[np.bool_]
Shares = NDArray[np.float64]
Granted = frozenset[str]
"""Licences, of those that luck decides on, that have been issued and have not lapsed."""

NONE_GRANTED: Granted = frozenset()


@dataclass(frozen=True)
class LegalEvent:
    """A dated step of a rule or licence; ``cause`` names the (subject, step) behind it."""

    day: int
    subject: str
    step: str
    title: str
    cause: tuple[str, str] | None = None


@dataclass(frozen=True)
class Application:
    """A licence that has been asked for: answered ``lag`` days after ``day``, granted with a ``chance``.

    ``cause`` names the (rule, step) it hangs on; ``until`` is the day on which it lapses, None for never.
    """

    name: str
    title: str
    cause: tuple[str, str]
    day: int
    lag: Estimate
    chance: Estimate
    until: int | None

    @property
    def earliest(self) -> int:
        """A day before which it is never issued."""
        low = self.lag.low if self.lag.low is not None else self.lag.central
        return self.day + min(round(low), 0)


@dataclass(frozen=True)
class Ceiling:
    """A cap in force: the cells of (holders, chips) whose sales it limits, how far, and since which day.

    ``since`` is None where luck decides on the day.
    """

    mask: Gates
    limit: Limit
    since: int | None


@dataclass(frozen=True)
class Regime:
    """What the rules in force allow.

    ``gates`` and ``discouraged`` (by the buyer's own state) have shape (holders, chips); ``closers`` names, for each
    chip that somebody may not buy, the rule that decides on the first such buyer; ``foreign_dies`` the makers that may
    still buy dies from foreign foundries; ``caps`` are the quantities that bind open gates. ``abroad`` says who may buy
    what for a country of transit, ``renting`` who may rent what there; both (holders, chips). ``transit_cap_tpp`` is
    the TPP which such a country may import in all, None without a cap. ``tools_open`` is the share, in 0 to 1, of tool
    suppliers that may serve China's advanced fabs. ``abroad_closers`` and ``renting_closers`` name the rules that close
    chips there, to own and to rent.
    """

    gates: Gates
    discouraged: Gates
    closers: dict[str, str]
    memory_open: bool
    foreign_dies: frozenset[str]
    caps: tuple[Ceiling, ...]
    abroad: Gates
    renting: Gates
    transit_cap_tpp: float | None
    tools_open: float
    revenue_share: Shares
    abroad_closers: dict[str, str] = field(default_factory=dict)
    renting_closers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outlook:
    """What the law would be once everything leaked or announced by a day is in force.

    ``gates`` has shape (holders, chips). ``threats`` names, for each chip that somebody may buy now and could not then,
    the rule that would close it. ``due``, (holders, chips), is the day from which a sale would go ahead or be decided
    case by case; infinite where it would still need a licence that is not to be had, or be denied.
    """

    gates: Gates
    threats: dict[str, str]
    due: Shares

    @cached_property
    def earliest(self) -> list[float]:
        """The first day from which somebody may have each chip, by chip; infinite for never."""
        found: list[float] = self.due.min(axis=0).tolist()
        return found

    @cached_property
    def latest(self) -> list[float]:
        """The last day from which somebody may have each chip, by chip; minus infinity for never."""
        found: list[float] = np.where(np.isfinite(self.due), self.due, -np.inf).max(axis=0).tolist()
        return found


@dataclass(frozen=True)
class Choice:
    """What a line would cut for China from a day on, None if nothing; ``because`` is the rule that closed more.

    ``ladder`` are the legal designs by strength, the best first, if the regulator may close some of them by itself.
    """

    day: int
    design: Design | None
    because: str = ""
    ladder: tuple[Design, ...] = ()

    @property
    def options(self) -> tuple[Design, ...]:
        """What the line could cut, the strongest first; the best alone as a rule."""
        return self.ladder or (() if self.design is None else (self.design,))


class MemoryClosing(NamedTuple):
    """A rule whose coming into force closes the sale of HBM, and the days on which it steps."""

    rule: str
    leaked: int
    announced: int
    in_force: int


@dataclass(frozen=True)
class LawBook:
    """The legal calendar of a scenario. Regimes ``i`` hold from day ``epochs[i]``, the first from before the span.

    There is one for each set of ``applications`` that may have been granted by then; likewise outlooks from their days
    on. ``days`` are those of every rule that exists; ``memory_closings`` the steps of rules
    against HBM; ``choices`` of each (maker, line) stand in order of days; ``chips`` are the scenario's and those that
    foreign makers would design.
    """

    calendar: tuple[LegalEvent, ...]
    days: Timetable
    applications: tuple[Application, ...]
    epochs: tuple[int, ...]
    regimes: tuple[dict[Granted, Regime], ...]
    outlook_days: tuple[int, ...]
    outlooks: tuple[dict[Granted, Outlook], ...]
    memory_closings: tuple[MemoryClosing, ...]
    choices: dict[tuple[str, str], tuple[Choice, ...]]
    chips: dict[str, Chip]

    @cached_property
    def strength(self) -> dict[str, tuple[float, ...]]:
        """How strong every chip is, as makers rank them."""
        return {name: strength(chip) for name, chip in self.chips.items()}

    def regime(self, day: int, granted: Granted = NONE_GRANTED) -> Regime:
        """The regime of a day, under the licences that luck has granted by then."""
        return self.regimes[max(bisect_right(self.epochs, day) - 1, 0)][granted]

    def outlook(self, day: int, granted: Granted = NONE_GRANTED) -> Outlook:
        """The law to expect on a day, under the licences that luck has granted by then."""
        return self.outlooks[max(bisect_right(self.outlook_days, day) - 1, 0)][granted]

    def choice(self, maker: str, line: str, day: int) -> Choice | None:
        """What a line would cut under the law announced by a day; None for a line without options."""
        made = self.choices.get((maker, line), ())
        place = bisect_right(made, day, key=lambda choice: choice.day)
        return made[place - 1] if place else None
