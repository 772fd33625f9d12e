"""Caps on what may be sent: they trim a week's shipments to what the law still leaves, and keep the counts.

All that is sent under a cap counts from the day on which it takes force. A share of units shipped to US customers is
held chip by chip, over all buyers in China, against all that was ever shipped there; a share of a buyer's new chips for
each buyer by itself, over the last year or since the cap is in force, whichever is shorter. Of a chip that was never
sold outside China no share may go there.

What a share keeps back stays an open order: it is sent as the other flow grows, or withdrawn once its buyer wants less.
A cap on chips or TPP that is used up leaves nothing to wait for, so it closes what it limited and orders are struck.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from sim.facts.caps import Limit
from sim.facts.lawbook import Ceiling
from sim.world.draws import Floats
from sim.world.journal import About
from sim.world.ledger import Ints
from sim.world.market import TINY, ration
from sim.world.stage import Stage

WEEKS_BEFORE = 51
"""Weeks that count with the present one as the year of a buyer's new chips."""


@dataclass
class _Count:
    """What has been sent under one cap since it took force.

    ``sent`` is by chip, (chips,); the ``weeks`` of the last year hold what each holder got under the cap and in all,
    (2, holders), and ``year`` is their sum.
    """

    sent: Floats
    year: Floats
    weeks: deque[Floats] = field(default_factory=lambda: deque(maxlen=WEEKS_BEFORE))


class Quotas:
    """The counts of one replication. ``tpp`` is each chip's, (chips,), nil where it is unpublished."""

    def __init__(self, holders: int, tpp: Floats) -> None:
        self._holders, self._tpp = holders, tpp
        self._counts: dict[Limit, _Count] = {}
        self._told: set[Limit] = set()
        self._spent: set[Limit] = set()

    def trim(self, stage: Stage, grants: Ints, abroad: Callable[[], Floats]) -> Ints:
        """A week's grants, of shape (holders, chips), cut down to what the caps in force leave.

        ``abroad`` tells the units of each chip that have gone to US customers so far, (chips,); asked only if needed.
        """
        caps = stage.regime.caps
        if not caps:
            return grants
        for cap in caps:
            left = self._within(cap, grants, abroad)
            if cap.limit not in self._told and np.count_nonzero(left != grants):
                self._tell(stage, cap, int(np.add.reduce(grants - left, axis=None)))
            grants = left
        for cap in caps:
            self._book(cap, grants)
            if cap.limit not in self._spent and self._left(cap) < 1:
                self._shut(stage, cap)
        return grants

    def look(self, stage: Stage) -> None:
        """Mark on the stage where, under the regime of the day, a cap leaves nothing more."""
        masks = [cap.mask for cap in stage.regime.caps if cap.limit in self._spent]
        if masks or np.count_nonzero(stage.used_up):
            stage.used_up = np.logical_or.reduce([np.zeros_like(stage.regime.gates), *masks])

    def _left(self, cap: Ceiling) -> float:
        """Chips that a cap on all that is sent still leaves, by the lightest of them; infinite for a share."""
        limit, sent = cap.limit, self._count(cap.limit).sent
        units = np.inf if limit.units is None else limit.units - float(np.add.reduce(sent))
        if limit.tpp is None:
            return units
        weights = self._tpp[cap.mask.any(axis=0) & (self._tpp > 0)]
        return min(units, (limit.tpp - float(sent @ self._tpp)) / float(weights.min(initial=np.inf)))

    def _shut(self, stage: Stage, cap: Ceiling) -> None:
        """What a cap limited is closed once it is used up."""
        self._spent.add(cap.limit)
        event = stage.journal.record(
            stage.clock.today,
            "cap used up",
            cause=_entry(stage, cap),
            about=About(cap.limit.by, detail=cap.limit.words),
        )
        for chip in np.flatnonzero(cap.mask.any(axis=0)):
            stage.bars.setdefault(stage.frame.chips[chip], event)
        self.look(stage)

    def _within(self, cap: Ceiling, grants: Ints, abroad: Callable[[], Floats]) -> Ints:
        """Grants with the part under a cap cut down to it."""
        under, count, limit = np.where(cap.mask, grants, 0), self._count(cap.limit), cap.limit
        if not np.count_nonzero(under):
            return grants
        if limit.units is not None:
            under = _pooled(under, int(limit.units - np.add.reduce(count.sent)))
        if limit.tpp is not None:
            under = _by_weight(under, self._tpp, limit.tpp - float(count.sent @ self._tpp))
        if limit.flow == "units-shipped-to-US":
            room = (limit.share or 0.0) * abroad() - count.sent
            under = ration(_whole(room), under, np.ones(under.shape))
        if limit.flow == "buyers-new-chips":
            under = _share_of_own(under, count.year, np.add.reduce(grants - under, axis=1), limit.share or 0.0)
        return np.where(cap.mask, under, grants)

    def _count(self, limit: Limit) -> _Count:
        if limit not in self._counts:
            self._counts[limit] = _Count(np.zeros(len(self._tpp)), np.zeros((2, self._holders)))
        return self._counts[limit]

    def _book(self, cap: Ceiling, grants: Ints) -> None:
        """Add a week to the count of a cap."""
        count, under = self._count(cap.limit), np.where(cap.mask, grants, 0)
        count.sent = count.sent + np.add.reduce(under)
        if cap.limit.flow == "buyers-new-chips":
            gone = count.weeks[0] if len(count.weeks) == WEEKS_BEFORE else 0.0
            count.weeks.append(np.array([np.add.reduce(under, axis=1), np.add.reduce(grants, axis=1)], dtype=float))
            count.year = count.year + count.weeks[-1] - gone

    def _tell(self, stage: Stage, cap: Ceiling, withheld: int) -> None:
        """Log the first time that a cap binds."""
        self._told.add(cap.limit)
        about = About(cap.limit.by, quantity=float(withheld), unit="chips", detail=cap.limit.words)
        stage.journal.record(stage.clock.today, "cap binds", cause=_entry(stage, cap), about=about)


def _entry(stage: Stage, cap: Ceiling) -> int | None:
    """The log's entry of the rule or licence that sets a cap."""
    by = cap.limit.by
    return stage.legal_events.get((by, "in force")) or stage.legal_events.get((by, "issued"))


def _whole(room: Floats) -> Ints:
    return np.asarray(np.maximum(room + TINY, 0.0), dtype=np.int64)


def _pooled(under: Ints, room: int) -> Ints:
    """So many chips in all, whoever gets them, each cut by the same share."""
    flat = under.reshape(-1, 1)
    return ration(np.array([max(room, 0)]), flat, np.ones(flat.shape)).reshape(under.shape)


def _by_weight(under: Ints, tpp: Floats, room: float) -> Ints:
    """So much TPP in all: each cut by the same share, in whole chips."""
    wanted = float(np.add.reduce(under @ tpp))
    if wanted <= room:
        return under
    left = np.asarray(under * (max(room, 0.0) / wanted) + TINY, dtype=np.int64)
    return np.where(tpp > 0, left, under)


def _share_of_own(under: Ints, year: Floats, others: Ints, share: float) -> Ints:
    """What each holder may get of capped chips, so that they are no more than a share of its new chips.

    With F and N the capped and all new chips of the year so far, f more are within the share s of all if
    F + f <= s (N + f + others), that is f <= (s (N + others) - F) / (1 - s).
    """
    if share >= 1:
        return under
    had, new = year
    room = (share * (new + others) - had) / (1 - share)
    return ration(_whole(room), under.T, np.ones(under.T.shape)).T
