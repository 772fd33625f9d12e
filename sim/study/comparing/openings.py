"""When the law leaves a foreign maker something to sell in China, and which caps stop it."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from sim.facts.days import date_of
from sim.study.comparing.matched import Matched
from sim.world.draws import Draws
from sim.world.ledger import Ints
from sim.world.licences import Answer, answers, usable
from sim.world.stage import Flags

BOUND, USED_UP, BARRED = "cap binds", "cap used up", "regulator closes"


class Openings(NamedTuple):
    """At month ends in each pair, (months, pairs): whether a maker has ``shipped`` anything yet, whether something it
    has shipped may ``lawful``ly be sold, and whether only a ``spent`` cap stands against that.
    """

    shipped: Flags
    lawful: Flags
    spent: Flags


def openings(match: Matched, chips: Sequence[str]) -> Openings:
    """What the variant leaves a foreign maker to sell in China of its chips."""
    none = np.zeros((len(match.months), len(match.pair.numbers)), bool)
    found = Openings(none.copy(), none.copy(), none.copy())
    used_up, barred = _first_days(match, USED_UP, "actor"), _first_days(match, BARRED, "chip")
    given = [answers(match.variant.plan.law, Draws(match.variant.plan.seed, n)) for n in match.pair.numbers]
    for chip in chips:
        shipped = np.cumsum(match.both("deliveries", {"chip": (chip,), "origin": ("legal",)})[1], axis=0) > 0
        found.shipped[:] |= shipped
        for month, day in enumerate(match.months if shipped.any() else ()):
            openly, caps = _open(match, chip, (day, given))
            openly &= shipped[month] & (barred.get(chip, day + 1) > day)
            over = np.logical_or.reduce([none[month], *(used_up[cap] <= day for cap in caps if cap in used_up)])
            found.lawful[month] |= openly & ~over
            found.spent[month] |= openly & over
    return Openings(found.shipped, found.lawful, found.spent & ~found.lawful)


def _open(match: Matched, chip: str, when: tuple[int, Sequence[tuple[Answer, ...]]]) -> tuple[Flags, list[str]]:
    """In which pairs anybody in China may buy a chip on a day, and whose caps limit that; with each pair's licences."""
    law, (day, given) = match.variant.plan.law, when
    column = list(law.chips).index(chip)
    granted = [usable(answer, day) for answer in given]
    openly = {some: bool(law.regime(day, some).gates[:, column].any()) for some in set(granted)}
    caps = {c.limit.by for some in openly for c in law.regime(day, some).caps if c.mask[:, column].any()}
    return np.array([openly[some] for some in granted]), sorted(caps)


def _first_days(match: Matched, kind: str, by: str) -> dict[str, Ints]:
    """By actor or chip, the first day of a kind of event in every pair, (pairs,); beyond all days if it never came."""
    numbers, beyond = match.pair.numbers, match.months[-1] + 1
    found = {}
    for (name,), events in _events(match, kind).group_by(by):
        days = {n: when.toordinal() for n, when in zip(events["replication"], events["date"], strict=True)}
        found[str(name)] = np.array([days.get(n, beyond) for n in numbers], np.int64)
    return found


def _events(match: Matched, kind: str) -> pl.DataFrame:
    """The first event of a kind by replication, subject and words, latest first."""
    log = match.pair.variant.events_of(kind)
    first = log.group_by("replication", "actor", "chip", "detail").agg(pl.col("date").min())
    return first.sort("date", "replication", "actor", "chip", "detail", descending=True)


def caps_by(match: Matched, month: int) -> str:
    """The cap that has bound in most replications by the end of a month, in the law's words; empty if none has."""
    last = date_of(match.months[month])
    told = pl.concat([_events(match, BOUND), _events(match, USED_UP)]).filter(pl.col("date") <= last)
    most = told.group_by("detail").agg(pl.col("replication").n_unique()).sort("replication", "detail", descending=True)
    return str(most["detail"][0]) if len(most) else ""
