"""Brokers: they see who is denied what, buy lots abroad and bring them in at a premium; some are taken on the way.

How many lots a week brings is a Poisson number around what brokers would bring; size, buyer, chip and fate of each come
from luck that was drawn for that week before the run, so that a change in one week moves no other week's.
"""

from bisect import bisect_left
from dataclasses import dataclass, field
from functools import cached_property
from math import exp, isfinite, log, nan
from typing import NamedTuple

import numpy as np

from sim.facts.channels import Grey
from sim.facts.days import DAYS_PER_WEEK, DAYS_PER_YEAR
from sim.world.draws import Draws, Floats
from sim.world.journal import About
from sim.world.stage import Flags, Stage
from sim.world.transit import Transit

MOST_LOTS = 16
"""Lots that a week can bring: at the highest capacities on record one week in hundreds would bring more."""

WORST_ODDS = 0.95
"""Some lot gets through whatever is done: judgement."""


@dataclass(frozen=True)
class Luck:
    """What falls on each week, all in (0, 1): ``count`` (weeks,) decides on how many lots, ``lots`` (weeks, lots, 3) on
    each one's size, buyer and chip, and fate.
    """

    count: list[float]
    lots: Floats


@dataclass(frozen=True)
class Habits:
    """How brokers work in one replication; see the facts of the grey channel.

    ``capacity`` in chips a week and ``seizure`` are lists by week; ``share``, (holders,), adds up to 1 or, if nobody
    smuggles, to 0; ``lot`` is the smallest and largest; a lot travels so many ``weeks``; ``price`` is the least and the
    most, in list prices.
    """

    capacity: list[float]
    deterrence: float
    better: float
    urgency: float
    share: Floats
    lot: tuple[float, float]
    weeks: int
    seizure: list[float]
    customs: dict[str, float]
    price: tuple[float, float]

    @cached_property
    def mean_lot(self) -> float:
        """Chips in a lot on average, sizes being spread evenly on a logarithmic scale."""
        small, large = self.lot
        return (large - small) / log(large / small) if large > small else small


class Lot(NamedTuple):
    """Chips (a column) bought abroad for a holder, and its ``fate``: below the odds it is taken."""

    holder: int
    chip: int
    size: int
    fate: float


@dataclass(frozen=True)
class Wishes:
    """What brokers would bring: ``chips`` a week, and the running sum of the parts of each holder and chip, holder by
    holder, ``columns`` chips each.
    """

    chips: float
    running: list[float]
    columns: int

    def cell(self, luck: float) -> tuple[int, int]:
        """The holder and chip on which luck in (0, 1) falls."""
        return divmod(bisect_left(self.running, luck * self.running[-1]), self.columns)


def habits(grey: Grey, weights: Floats, draws: Draws, days: Floats) -> Habits:
    """Brokers' ways in one replication, on the given week ends; ``weights`` of the holders, (holders,)."""
    smallest = max(draws.value(grey.smallest_lot), 1.0)
    return Habits(
        capacity=(draws.curve(grey.capacity, days) * DAYS_PER_WEEK / DAYS_PER_YEAR).tolist(),
        deterrence=draws.value(grey.deterrence),
        better=min(draws.value(grey.better), 1.0),
        urgency=draws.value(grey.urgency),
        share=weights / max(float(weights.sum()), 1e-9),
        lot=(smallest, max(draws.value(grey.largest_lot), smallest)),
        weeks=max(round(draws.value(grey.travel) / DAYS_PER_WEEK), 1),
        seizure=np.clip(draws.curve(grey.seizure, days), 0.0, 1.0).tolist(),
        customs={rule: min(draws.value(chance), 1.0) for rule, chance in grey.customs.items()},
        price=(draws.value(grey.price_least), draws.value(grey.price_most)),
    )


def luck_of(draws: Draws, weeks: int) -> Luck:
    """A replication's luck with lots, whole, whether it is needed or not."""
    count = draws.block("smuggling", "lots of a week", (weeks,))
    return Luck(count.tolist(), draws.block("smuggling", "lot", (weeks, MOST_LOTS, 3)))


def denied(shortage: Floats, gap: Floats, better: float) -> Floats:
    """How far each holder is denied what it wants, 0 to 1, (holders,).

    ``shortage`` is the part of its fleet that is missing, ``gap`` what the best chip it may buy falls short of the best
    sold abroad, both 0 to 1.
    """
    return np.asarray(1.0 - (1.0 - shortage) * (1.0 - better * gap))


def pull(wish: Floats, urgency: float) -> Floats:
    """How much of what it would buy at most a holder so denied buys, 0 to 1: half of it at ``urgency``; (holders,)."""
    return np.asarray(wish / np.maximum(wish + urgency, 1e-9))


def expected(habits: Habits, week: int, wish: Floats, mix: Floats, odds: float) -> Wishes | None:
    """What brokers would bring this week, None if nothing: nobody is denied anything, or there are no brokers.

    ``mix``, (holders, chips), is each closed chip's part of what the holder would like to buy abroad, ``odds`` those to
    lose a lot.
    """
    parts = (habits.share * pull(wish, habits.urgency))[:, None] * mix
    running: list[float] = np.add.accumulate(parts.ravel()).tolist()
    if running[-1] <= 0 or habits.capacity[week] <= 0:
        return None
    willing = habits.capacity[week] * (1.0 - odds) ** habits.deterrence
    return Wishes(willing * running[-1], running, mix.shape[1])


def price_above_list(habits: Habits, wish: Floats, odds: float, ageing: Floats) -> float:
    """What a smuggled chip costs above list, as a share of it: more where more is denied and where more lots are lost.

    Between its bounds it follows the buyers' denied wishes evenly, less what it loses to a better chip about to ship,
    ``ageing``, (holders,); who buys also pays for the lots that never arrive.
    """
    least, most = habits.price
    scarce = float(habits.share @ ((least + (most - least) * wish) * (1.0 - ageing)))
    return min(max(scarce / (1.0 - odds), least), most) - 1.0


def poisson(mean: float, luck: float) -> int:
    """Number of lots at which the cumulative distribution reaches ``luck`` in (0, 1), at most MOST_LOTS."""
    number, chance = 0, exp(-mean)
    reached = chance
    while luck > reached and number < MOST_LOTS:
        number += 1
        chance *= mean / number
        reached += chance
    return number


def lots_of(habits: Habits, wishes: Wishes, count: float, luck: Floats) -> list[Lot]:
    """The lots of a week, from its own luck only: ``count`` and, for each lot, ``luck`` (lots, 3)."""
    small, large = habits.lot
    lots: list[Lot] = []
    number = poisson(wishes.chips / habits.mean_lot, count)
    if not number:
        return lots
    for size, cell, fate in luck[:number].tolist():
        holder, chip = wishes.cell(cell)
        lots.append(Lot(holder, chip, round(small * (large / small) ** size), fate))
    return lots


@dataclass
class Brokers:
    """All brokers of one replication: what they would bring, what it costs, and the lots under way.

    ``price`` is the list price, (chips,), dollars; ``premium`` is NaN while nothing is closed or none is brought.
    ``under_way`` are the lots due in each week, with their entries in the log, and the list prices they cost.
    """

    stage: Stage
    habits: Habits
    luck: Luck
    transit: Transit
    price: Floats
    wishes: Wishes | None = None
    premium: float = nan
    under_way: dict[int, tuple[list[tuple[Lot, int]], float]] = field(default_factory=dict)

    def look(self, week: int, wish: Floats, mix: Floats, ageing: Floats) -> None:
        """Brokers see how far each is denied what it wants, which chips, (holders, chips), and how these age.

        ``wish`` and ``ageing`` are (holders,), as buyers see them who would wait for what is in sight.
        """
        odds = self._odds(week)[1]
        self.wishes = expected(self.habits, week, wish, mix, odds)
        self.premium = nan if self.wishes is None else price_above_list(self.habits, wish, odds, ageing)

    def rest(self) -> None:
        """Nothing is denied that is sold abroad."""
        self.wishes, self.premium = None, nan

    def buy(self, week: int) -> None:
        """The week's lots are bought abroad and set out together."""
        if self.wishes is None:
            return
        lots, gates = lots_of(self.habits, self.wishes, self.luck.count[week], self.luck.lots[week]), self.stage.gates
        bought = [done for lot in lots if (done := self._buy(lot, gates)) is not None]
        if bought:
            self.under_way[week + self.habits.weeks] = bought, 1.0 + self.premium

    def _buy(self, lot: Lot, gates: Flags) -> tuple[Lot, int] | None:
        """A lot and its entry in the log, unless its chip is legal by now or countries of transit may pass no more."""
        stage, tpp = self.stage, float(self.transit.tpp[lot.chip])
        room = self.transit.room()
        size = min(lot.size, int(room / tpp)) if tpp > 0 and isfinite(room) else lot.size
        if size <= 0 or gates[lot.holder, lot.chip]:
            return None
        self.transit.let_through(size * tpp)
        stage.ledger.smuggle(lot.chip, size)
        name, today = stage.frame.chips[lot.chip], stage.clock.today
        about = About(stage.frame.holders[lot.holder], name, float(size), "chips", f"{self.premium:+.0%} on list price")
        event = stage.journal.record(today, "lot ordered", cause=stage.closing_event(name), about=about)
        return Lot(lot.holder, lot.chip, size, lot.fate), event

    def deliver(self, week: int) -> None:
        """Lots that are due come to their buyers or into an authority's hands."""
        if week not in self.under_way:
            return
        lots, price = self.under_way.pop(week)
        odds = self._odds(week)
        for lot, event in lots:
            if lot.fate < odds[1]:
                self._lose(week, lot, event, odds[0])
            else:
                self._arrive(week, lot, event, price)

    def _arrive(self, week: int, lot: Lot, event: int, price: float) -> None:
        """A lot reaches its buyer, who pays."""
        stage = self.stage
        stage.ledger.hand_over(lot.holder, lot.chip, lot.size)
        stage.recorder.weekly["smuggled"][week, lot.chip] += lot.size
        stage.recorder.month("smuggled", week)[lot.holder, lot.chip] += lot.size
        stage.spent[lot.holder] += lot.size * self.price[lot.chip] * price
        stage.journal.record(stage.clock.today, "lot delivered", cause=event, about=self._about(lot))

    def _lose(self, week: int, lot: Lot, event: int, abroad: float) -> None:
        """A lot is taken, below the odds ``abroad`` on the way, else at China's border."""
        stage = self.stage
        stage.ledger.seize(lot.chip, lot.size)
        stage.recorder.weekly["seized"][week, lot.chip] += lot.size
        about = self._about(lot, "on the way" if lot.fate < abroad else "by Chinese customs")
        stage.journal.record(stage.clock.today, "lot seized", cause=event, about=about)

    def _about(self, lot: Lot, detail: str = "") -> About:
        frame = self.stage.frame
        return About(frame.holders[lot.holder], frame.chips[lot.chip], float(lot.size), "chips", detail)

    def _odds(self, week: int) -> tuple[float, float]:
        """Chance to lose a lot before China's border, and altogether."""
        abroad, passing = self.habits.seizure[week], 1.0
        for rule, chance in self.habits.customs.items():
            if self.stage.in_force(rule):
                passing *= 1.0 - chance
        return min(abroad, WORST_ODDS), min(1.0 - (1.0 - abroad) * passing, WORST_ODDS)
