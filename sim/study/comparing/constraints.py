"""What limits a flow of chips, month by month, as most replications have it: inputs, law, supply, demand, brokers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.facts.days import date_of
from sim.study.comparing.drivers import Way
from sim.study.comparing.matched import Matched
from sim.study.comparing.openings import caps_by, openings
from sim.study.comparing.phrases import month_of, share
from sim.world.draws import Floats
from sim.world.series import INPUTS

States = NDArray[np.intp]

SHORTEST = 3
"""Months that a constraint must last to be told."""
SURE = 0.75
"""Share of replications from which on a constraint is told as that of all."""
OFTEN = 0.2
"""Share of replications from which on a second constraint is told too."""
WAITING = 0.25
"""Open orders, over a month's deliveries, from which on buyers are said to wait."""

INPUT_WORDS = {"hbm": "HBM", "own memory": "its own memory"}
NOTHING, SUPPLY, CAP, DEMAND = range(4)
SALES = ("law", "supply", "cap", "demand")


class Stretch(NamedTuple):
    """A constraint, its first and last month end, and the mean share of replications in which it holds.

    ``second`` is what holds in most of the others, and in what share of all.
    """

    holds: str
    since: str
    until: str
    agree: float
    second: str
    second_agree: float


@dataclass(frozen=True)
class Constraint:
    """What limits a flow: its way, the maker if it has one, dated stretches; all that in words, and in few of them."""

    way: str
    maker: str
    stretches: tuple[Stretch, ...]
    words: str
    brief: str


def constraint(match: Matched, way: tuple[Way, str], months: Sequence[int]) -> Constraint | None:
    """What limits the variant's chips of one way over some months (their indices); None if nothing recorded says."""
    kind, maker = way
    if kind == "domestic":
        return inputs(match, maker, months)
    if kind == "legal":
        return sales(match, maker, months)
    return smuggling(match, months) if kind == "smuggled" else None


def inputs(match: Matched, maker: str, months: Sequence[int]) -> Constraint | None:
    """Which input holds a domestic maker back in the variant."""
    binds = [match.both("binding", {"actor": (maker,), "item": (item,)})[1] for item in INPUTS]
    states = np.where(np.sum(binds, axis=0) > 0, np.argmax(binds, axis=0) + 1, 0)
    found = stretches(states, ("nothing", *INPUTS), [match.months[i] for i in months], months)
    if not found or not any(stretch.holds in INPUTS for stretch in found):
        return None
    names = {item: INPUT_WORDS.get(item, item) for item in ("nothing", *INPUTS)}
    words = [names[stretch.holds] for stretch in found]
    words[0] = f"{words[0]} at {match.name(maker)}"
    return Constraint("domestic", maker, found, in_turn(found, words, names), in_turn(found, words))


def sales(match: Matched, maker: str, months: Sequence[int]) -> Constraint | None:
    """Whether law, supply, a cap or demand limits what a foreign maker sells in China in the variant."""
    chips = [chip for chip in match.variant.plan.frame.chips if match.maker(chip) == maker]
    sold = match.both("deliveries", {"chip": chips, "origin": ("legal",)})[1]
    waiting = match.both("backlog", {"chip": chips})[1]
    finished, (lawful, spent) = _finished_for_waiting(match, chips), openings(match, chips)
    idle = (sold <= 0) & (waiting <= 0)
    states = np.select(
        [idle & spent, idle & ~lawful, waiting <= WAITING * sold, idle, finished >= waiting],
        [CAP, NOTHING, DEMAND, DEMAND, CAP],
        SUPPLY,
    )
    found = stretches(states, SALES, [match.months[i] for i in months], months)
    if not found:
        return None
    name = match.name(maker)
    names = dict(zip(SALES, ("the law", f"{name}'s supply", "a cap", f"demand for {name}'s parts"), strict=True))
    short = [names[stretch.holds] for stretch in found]
    words = [_detailed(match, word, stretch, (sold, waiting)) for word, stretch in zip(short, found, strict=True)]
    return Constraint("legal", maker, found, in_turn(found, words, names), in_turn(found, short))


def _finished_for_waiting(match: Matched, chips: Sequence[str]) -> Floats:
    """Finished chips that lie with their maker while somebody waits for them, (months, pairs)."""
    total: Floats = np.zeros((len(match.months), len(match.pair.numbers)))
    for chip in chips:
        waiting = match.both("backlog", {"chip": (chip,)})[1]
        total += np.where(waiting > 0, match.both("vendor_inventory", {"chip": (chip,)})[1], 0.0)
    return total


def _detailed(match: Matched, word: str, stretch: Stretch, flows: tuple[Floats, Floats]) -> str:
    """A constraint on sales with the figure or the cap behind it."""
    ends = [date_of(day).isoformat() for day in match.months]
    months = range(ends.index(stretch.since), ends.index(stretch.until) + 1)
    if stretch.holds == "supply":
        return f"{word} (China's part of its lines fills {share(_filled(flows, months))} of the orders)"
    if stretch.holds == "cap":
        return f"a cap ({caps})" if (caps := caps_by(match, months[-1])) else word
    return f"{word} (orders are filled)" if stretch.holds == "demand" else word


def _filled(flows: tuple[Floats, Floats], months: Sequence[int]) -> float:
    """What was sold in a year over that and the orders still open, the mean of the months' medians."""
    sold, waiting = flows
    total = np.cumsum(np.concatenate([np.zeros((1, sold.shape[1])), sold]), axis=0)
    year = np.stack([total[i + 1] - total[max(i - 11, 0)] for i in months])
    wanted = year + waiting[list(months)]
    return float(np.median(np.divide(year, wanted, out=np.zeros_like(year), where=wanted > 0), axis=1).mean())


def smuggling(match: Matched, months: Sequence[int]) -> Constraint | None:
    """What limits brokers in the variant: their capacity and losses, or that nothing is left."""
    chosen = list(months)
    came = match.both("deliveries", {"origin": ("smuggled",)})[1][chosen].sum(axis=0)
    taken = match.both("seized", {})[1][chosen].sum(axis=0)
    whole = float(np.mean(came + taken))
    if whole <= 0:
        nothing = "what is left to lose: nothing is smuggled any more"
        return Constraint("smuggled", "", (), nothing, nothing)
    lost = f" and losses ({share(float(np.mean(taken)) / whole)} of what they buy is seized)" if taken.any() else ""
    return Constraint("smuggled", "", (), f"brokers' capacity{lost}", "brokers' capacity")


def stretches(states: States, names: Sequence[str], days: Sequence[int], months: Sequence[int]) -> tuple[Stretch, ...]:
    """What holds in most replications, as stretches of months; those that are too short join the one before.

    ``states`` has shape (all months, pairs) and counts ``names``; ``days`` are the last days of the chosen ``months``.
    """
    chosen = states[list(months)]
    counts = np.stack([(chosen == state).mean(axis=1) for state in range(len(names))], axis=1)
    modes = _calm(counts.argmax(axis=1).tolist())
    found, start = [], 0
    for mode, group in groupby(modes):
        stop = start + len(list(group))
        shares = counts[start:stop].mean(axis=0)
        second = int(np.argsort(-np.where(np.arange(len(names)) == mode, -1.0, shares), kind="stable")[0])
        ends = (_iso(days[start]), _iso(days[stop - 1]))
        found.append(Stretch(names[mode], *ends, float(shares[mode]), names[second], float(shares[second])))
        start = stop
    return tuple(found)


def _iso(day: int) -> str:
    return date_of(day).isoformat()


def _calm(modes: list[int]) -> list[int]:
    """Runs shorter than SHORTEST take on what went before, those at the start what follows."""
    runs = [[mode, len(list(group))] for mode, group in groupby(modes)]
    while len(runs) > 1 and min(length for _, length in runs) < SHORTEST:
        short = next(i for i, (_, length) in enumerate(runs) if length < SHORTEST)
        into = short - 1 if short else 1
        runs[into][1] += runs[short][1]
        del runs[short]
        flat = [mode for mode, length in runs for _ in range(length)]
        runs = [[mode, len(list(group))] for mode, group in groupby(flat)]
    return [mode for mode, length in runs for _ in range(length)]


def in_turn(found: Sequence[Stretch], words: Sequence[str], names: Mapping[str, str] | None = None) -> str:
    """Stretches one after the other: packaging until January 2026, then by HBM (in 60% of replications).

    With the ``names`` of all constraints, where replications differ it is said in how many each holds.
    """
    parts = []
    for place, (stretch, word) in enumerate(zip(found, words, strict=True)):
        until = "" if place == len(found) - 1 else f" until {month_of(stretch.until)}"
        agreed = _agreed(stretch, names) if names else ""
        open_word = word.removesuffix(")") + f", {agreed})" if word.endswith(")") else f"{word} ({agreed})"
        parts.append(f"{open_word if agreed else word}{until}")
    return ", then by ".join(parts)


def _agreed(stretch: Stretch, names: Mapping[str, str]) -> str:
    """In how many replications a constraint holds and in how many another, empty if it does in nearly all."""
    if stretch.agree >= SURE:
        return ""
    other = f", {names[stretch.second]} in {share(stretch.second_agree)}" if stretch.second_agree >= OFTEN else ""
    return f"in {share(stretch.agree)} of replications{other}"
