"""What limits a flow of chips, month by month, as most replications have it: inputs, law, supply, demand, brokers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.facts.days import date_of
from sim.study.comparing.drivers import Way
from sim.study.comparing.matched import Matched
from sim.study.comparing.openings import caps_by, openings
from sim.study.comparing.phrases import share
from sim.study.comparing.stretches import Stretch, in_turn, stretches
from sim.world.draws import Floats
from sim.world.series import INPUTS

WAITING = 0.25
"""Open orders, over a month's deliveries, from which on buyers wait; finished chips, over open orders, from which on a
cap keeps them back, since makers send all they have to whoever may have it."""

INPUT_WORDS = {"hbm": "HBM", "own memory": "its own memory"}
LAW, SUPPLY, CAP, DEMAND = range(4)
SALES = ("law", "supply", "cap", "demand")


@dataclass(frozen=True)
class Constraint:
    """What limits a flow: its way, the maker if it has one, dated stretches; all that in words, and in few of them.

    ``ended`` says that the flow has come to nothing.
    """

    way: str
    maker: str
    stretches: tuple[Stretch, ...]
    words: str
    brief: str
    ended: bool = False

    @property
    def clause(self) -> str:
        """What a further change meets."""
        if self.ended:
            return f"no more can be lost in this way: {self.words}"
        return f"further change is limited by {self.words}"


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
    found = stretches(states[list(months)], ("nothing", *INPUTS), [match.months[i] for i in months])
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
    may, idle = openings(match, chips), (sold <= 0) & (waiting <= 0)
    kept = _finished_for_waiting(match, chips) >= WAITING * waiting
    states = np.select(
        [idle & may.spent, idle & may.lawful, idle & may.shipped, idle, waiting <= WAITING * sold, kept],
        [CAP, DEMAND, LAW, SUPPLY, DEMAND, CAP],
        SUPPLY,
    )
    found = stretches(states[list(months)], SALES, [match.months[i] for i in months])
    if not found:
        return None
    name = match.name(maker)
    names = dict(zip(SALES, ("the law", f"{name}'s supply", "a cap", f"demand for {name}'s parts"), strict=True))
    short = [names[stretch.holds] for stretch in found]
    words = [*short[:-1], _detailed(match, short[-1], found[-1], (sold, waiting))]
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
        return Constraint("smuggled", "", (), "nothing is smuggled any more", "nothing is smuggled", ended=True)
    lost = f" and losses ({share(float(np.mean(taken)) / whole)} of what they buy is seized)" if taken.any() else ""
    return Constraint("smuggled", "", (), f"brokers' capacity{lost}", "brokers' capacity")
