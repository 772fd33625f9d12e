"""What held in most replications, month by month, as stretches told one after the other."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.facts.days import date_of
from sim.study.comparing.phrases import month_of, share
from sim.world.draws import Floats

States = NDArray[np.intp]

SHORTEST = 3
"""Months that a constraint must last to be told."""
LEAD = 0.15
"""Lead over the next, in share of replications, below which a stretch goes with the one before if that is the next."""
SURE, SPLIT = 0.75, 0.6
"""Shares of replications: from the first on, a constraint is told as that of all; below the second, the next too."""


class Stretch(NamedTuple):
    """What holds, its first and last month end, and the mean share of replications in which it does.

    ``second`` is what holds in most of the others, and in what share of all.
    """

    holds: str
    since: str
    until: str
    agree: float
    second: str
    second_agree: float


def stretches(states: States, names: Sequence[str], days: Sequence[int]) -> tuple[Stretch, ...]:
    """What holds in most replications by stretches of months; one too short joins its neighbour.

    ``states``, (months, pairs), counts ``names``; ``days`` are the last days of the months.
    """
    shares = np.stack([(states == state).mean(axis=1) for state in range(len(names))], axis=1)
    modes = _joined(_calm(shares.argmax(axis=1).tolist()), shares)
    found, start = [], 0
    for mode, group in groupby(modes):
        stop = start + len(list(group))
        mean = shares[start:stop].mean(axis=0)
        second = _second(mean, mode)
        ends = (date_of(days[start]).isoformat(), date_of(days[stop - 1]).isoformat())
        found.append(Stretch(names[mode], *ends, float(mean[mode]), names[second], float(mean[second])))
        start = stop
    return tuple(found)


def _second(mean: Floats, mode: int) -> int:
    return int(np.where(np.arange(len(mean)) == mode, -1.0, mean).argmax())


def _calm(modes: list[int]) -> list[int]:
    """Runs shorter than SHORTEST take on what went before, those at the start what follows."""
    runs = _runs(modes)
    while len(runs) > 1 and min(length for _, length in runs) < SHORTEST:
        short = next(i for i, (_, length) in enumerate(runs) if length < SHORTEST)
        mode = runs[short - 1 if short else 1][0]
        runs[short] = (mode, runs[short][1])
        runs = _runs([mode for mode, length in runs for _ in range(length)])
    return [mode for mode, length in runs for _ in range(length)]


def _runs(modes: Sequence[int]) -> list[tuple[int, int]]:
    return [(mode, len(list(group))) for mode, group in groupby(modes)]


def _joined(modes: list[int], shares: Floats) -> list[int]:
    """Each stretch by what holds most over all of it, or by its neighbour's where that comes close."""
    joined: list[int] = []
    start = 0
    for _, length in _runs(modes):
        mean = shares[start : start + length].mean(axis=0)
        best = int(mean.argmax())
        second = _second(mean, best)
        near = joined[-1] if joined else best
        joined += [near if near == second and mean[best] - mean[second] < LEAD else best] * length
        start += length
    return joined


def in_turn(found: Sequence[Stretch], words: Sequence[str], names: Mapping[str, str] | None = None) -> str:
    """Stretches one after the other: packaging until January 2026, then by HBM (in 60% of replications).

    With the ``names`` of all constraints, where replications differ it is said in how many each holds.
    """
    parts = []
    for place, (stretch, word) in enumerate(zip(found, words, strict=True)):
        until = "" if place == len(found) - 1 else f" until {month_of(stretch.until)}"
        agreed = _agreed(stretch, names) if names else ""
        inside = word.removesuffix(")") + f"; {agreed})" if word.endswith(")") else f"{word} ({agreed})"
        parts.append(f"{inside if agreed else word}{until}")
    return ", then by ".join(parts)


def _agreed(stretch: Stretch, names: Mapping[str, str]) -> str:
    """In how many replications a constraint holds and in how many another, empty if it does in nearly all."""
    if stretch.agree >= SURE:
        return ""
    other = f", {names[stretch.second]} in {share(stretch.second_agree)}" if stretch.agree < SPLIT else ""
    return f"in {share(stretch.agree)} of replications{other}"
