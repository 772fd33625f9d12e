"""Serving users: tokens by lab, the chips they take, and what is left unserved.

The nation asks for so many tokens a day. Users divide themselves among labs, more of them to what is new. A lab's
tokens are served by its own holder and, as far as its models are open, by all; each holder needs chips for the
peak of the day. What one lab's model saves, the others learn some time after its release. A model serves on a stack
once it is ported to it; until then an older one does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf

import numpy as np

from sim.world.draws import Floats
from sim.world.stage import Flags

TINY = 1e-9


@dataclass(frozen=True)
class Market:
    """What users want in one replication. By week: ``tokens`` a day of the nation, (weeks,), the labs' weights
    ``users``, (weeks, labs), and tokens a day and H100-equivalent of software as it is then, ``per_chip``, (weeks,).

    ``routes``, (weeks, labs, holders), is the part of a lab's tokens that each holder serves.
    """

    tokens: Floats
    users: Floats
    per_chip: Floats
    routes: Floats
    peak: float
    novelty: float
    fades: float
    spread: float


@dataclass
class Swell:
    """A wave of demand that a model's release brings: so many ``times`` as many tokens, reached over ``days``.

    The nation's tokens have it in them as if it had begun on the day ``recorded``. It does on the day ``begun``,
    infinity before that is known.
    """

    model: str
    times: float
    days: float
    recorded: float
    begun: float = inf

    def moved(self, today: int) -> float:
        """How many times as many tokens are asked for as if the wave had come on the day on record."""
        return float(self.times ** (self._risen(today, self.begun) - self._risen(today, self.recorded)))

    def _risen(self, today: int, begun: float) -> float:
        return min(max((today - begun) / self.days, 0.0), 1.0)


@dataclass
class Users:
    """Users and the models they have: the day of each lab's ``latest``, (labs,), minus infinity before it has one.

    Of the models released so far that save anything, ``savers`` are the place and the lab by name, ``days`` those on
    which each lab has learnt how, by stack, (savers, labs, stacks), and ``saves`` how much that is, (savers, 1, 1). On
    the day ``even`` all stacks give the same again, if no other such model comes.
    """

    market: Market
    swells: tuple[Swell, ...]
    latest: Floats
    days: Floats
    saves: Floats
    savers: dict[str, tuple[int, int]] = field(default_factory=dict)
    even: float = -inf

    def receive(self, day: int, model: tuple[str, int], saves: float, waits: Flags) -> None:
        """A model is released, given by name and lab; it serves ``saves`` times as many tokens a chip.

        On the stacks on which it ``waits`` to be ported, (stacks,), it does so later. Others will learn how, and the
        wave of demand that it brings, if it does, begins.
        """
        name, lab = model
        self.latest[lab] = day
        for swell in self.swells:
            if swell.model == name:
                swell.begun = day
        if saves == 1.0:
            return
        self.savers[name] = (len(self.days), lab)
        learnt = np.full((1, *self.days.shape[1:]), day + self.market.spread)
        learnt[0, lab, ~waits] = day
        self.days = np.concatenate([self.days, learnt])
        self.saves = np.concatenate([self.saves, np.full((1, 1, 1), saves)])
        if waits.any():
            self.even = max(self.even, day + self.market.spread)

    def ported(self, day: int, name: str, stack: int) -> None:
        """A released model serves on one more stack, at the latest when others have learnt how."""
        if name in self.savers:
            place, lab = self.savers[name]
            self.days[place, lab, stack] = min(day, self.days[place, lab, stack])

    def tokens(self, week: int, today: int) -> Floats:
        """Tokens a day asked of each lab, (labs,)."""
        market = self.market
        nation = market.tokens.item(week)
        for swell in self.swells:
            nation *= swell.moved(today)
        fresh = 0.5 ** ((today - self.latest) / market.fades)
        weight = market.users[week] * (1.0 + (market.novelty - 1.0) * fresh)
        return np.asarray(nation * weight / max(float(np.add.reduce(weight)), TINY))

    def saved(self, today: int) -> Floats:
        """How many times as many tokens a chip of each stack gives by what models released so far have taught each lab.

        Of shape (labs, stacks).
        """
        return np.asarray(np.multiply.reduce(np.where(self.days <= today, self.saves, 1.0)))

    def need(self, week: int, today: int, tokens: Floats, stacks: Floats | None) -> Floats:
        """H100-equivalents by inference value that serve each holder's part of the labs' tokens a day at the peak.

        ``tokens`` is of shape (labs,), what is given (holders,); of each holder's chips the part ``stacks`` is of each
        stack, (holders, stacks), None if these are ``even``.
        """
        saved, routes, peak = self.saved(today), self.market.routes[week], self.market.peak
        if stacks is None:
            return np.asarray((tokens / (self.market.per_chip[week] * saved[:, 0])) @ routes * peak)
        return np.asarray(tokens @ (routes / (self.market.per_chip[week] * (saved @ stacks.T))) * peak)


def users_of(market: Market, shape: tuple[int, int], swells: tuple[Swell, ...] = ()) -> Users:
    """Users before any model is released; ``shape`` is how many labs and stacks there are."""
    return Users(market, swells, np.full(shape[0], -np.inf), np.zeros((0, *shape)), np.zeros((0, 1, 1)))


def night(peak: float) -> float:
    """The part of a day's chip-hours that chips sized for the peak are idle, 0 to 1."""
    return 1.0 - 1.0 / max(peak, 1.0)


def by_day(part: Floats, idle: float) -> Floats:
    """The part of the chips, (...), that research holds round the clock, if it has the nights of all others too.

    ``part`` is the part of all their time that it has, and ``idle`` that of chip-hours which serving leaves at night.
    """
    return np.asarray(np.clip((part - idle) / max(1.0 - idle, TINY), 0.0, 1.0))


def routes(home: Sequence[int], elsewhere: Floats, weight: Floats) -> Floats:
    """The part of each lab's tokens that each holder serves, (weeks, labs, holders).

    ``home`` is the holder of every lab, ``elsewhere``, (labs,), the part that all holders serve by their ``weight``,
    (weeks, holders).
    """
    share = weight / np.maximum(np.add.reduce(weight, axis=1), TINY)[:, None]
    parts = elsewhere[:, None] * share[:, None, :]
    parts[:, np.arange(len(home)), list(home)] += 1.0 - elsewhere
    return np.asarray(parts)
