"""When the law leaves a foreign maker something to sell in China, and which caps stop it."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from sim.facts.days import date_of
from sim.study.comparing.matched import Matched
from sim.world.stage import Flags

BOUND, USED_UP = "cap binds", "cap used up"


def openings(match: Matched, chips: Sequence[str]) -> tuple[Flags, Flags]:
    """Whether the law leaves open any of some chips that has shipped, and whether only a spent cap stands against it.

    Both of the variant, at month ends, (months, pairs).
    """
    shape = (len(match.months), len(match.pair.numbers))
    lawful, spent = np.zeros(shape, bool), np.zeros(shape, bool)
    used_up = _first_days(match, USED_UP)
    for chip in chips:
        shipped = np.cumsum(match.both("deliveries", {"chip": (chip,), "origin": ("legal",)})[1], axis=0) > 0
        if not shipped.any():
            continue
        for month, day in enumerate(match.months):
            openly, caps = _open(match, chip, day)
            over = [used_up[cap] <= day for cap in caps if cap in used_up]
            closed = np.logical_or.reduce(over) if over else np.zeros(shape[1], bool)
            lawful[month] |= shipped[month] & openly & ~closed
            spent[month] |= shipped[month] & openly & closed
    return lawful, spent & ~lawful


def _open(match: Matched, chip: str, day: int) -> tuple[bool, list[str]]:
    """Whether anybody in China may buy a chip on a day, as far as no luck decides on it, and whose caps limit that."""
    law = match.variant.plan.law
    regime, column = law.regime(day), list(law.chips).index(chip)
    return bool(regime.gates[:, column].any()), [c.limit.by for c in regime.caps if c.mask[:, column].any()]


def _first_days(match: Matched, kind: str) -> dict[str, np.ndarray]:
    """By subject, the first day of a kind of event in every pair; beyond all days where it does not come, (pairs,)."""
    numbers = match.pair.numbers
    found = {}
    for actor, events in _events(match, kind).group_by("actor"):
        days = dict(zip(events["replication"], events["date"], strict=True))
        beyond = match.months[-1] + 1
        found[str(actor[0])] = np.array([days[n].toordinal() if n in days else beyond for n in numbers])
    return found


def _events(match: Matched, kind: str) -> pl.DataFrame:
    """The first event of a kind by replication, subject and words."""
    log = match.pair.variant.events.filter(pl.col("kind") == kind)
    return log.group_by("replication", "actor", "detail").agg(pl.col("date").min()).collect().sort("replication")


def caps_by(match: Matched, month: int) -> str:
    """The cap that has bound in most replications by the end of a month, in the law's words; empty if none has."""
    last = date_of(match.months[month])
    told = pl.concat([_events(match, BOUND), _events(match, USED_UP)]).filter(pl.col("date") <= last)
    most = told.group_by("detail").agg(pl.col("replication").n_unique()).sort("replication", "detail", descending=True)
    return str(most["detail"][0]) if len(most) else ""
