"""Buyers: clouds, labs, telecoms and the state compare the fleet they need with the one they have, and order.

Need is a fleet in H100-equivalents at the buyer's own mix of training and inference. Orders go to whatever is on offer,
more to what gives more compute a dollar and to the software stack the buyer prefers, within its budget. Whoever expects
a chip to be banned orders it for a longer time ahead. What is not delivered stays on the book; what is no longer wanted
is withdrawn.
"""

from dataclasses import dataclass

import numpy as np

from sim.facts.buyers import Buyer, Demand
from sim.facts.chips import Chip, Exchange, Stack, h100e_inference, h100e_training
from sim.facts.days import DAYS_PER_WEEK, DAYS_PER_YEAR
from sim.world.draws import Draws, Floats
from sim.world.ledger import Ints

TINY = 1e-12
"""Below the appeal of any chip that somebody would buy, and below what any costs: nothing, where one divides by it."""


@dataclass(frozen=True)
class Appetite:
    """What every holder wants, for one replication. Fleets in H100-equivalents, money in dollars.

    Shapes: ``load`` and ``budget`` (weeks, holders), ``load`` for when today's orders could arrive, ``in_use`` today,
    ``rush`` what is wanted on top when a ban is certain; ``worth`` (holders, chips) in H100-equivalents a chip, its
    inverse ``units_per_worth``, and ``worth_per_dollar``, 0 where no price is known; ``preference`` (weeks, holders,
    stacks); ``price`` in dollars, 0 where none is known, and ``stack_of`` (chips,).
    """

    load: Floats
    in_use: Floats
    rush: Floats
    belief_days: float
    budget: Floats
    budget_weeks: float
    order_weeks: float
    worth: Floats
    worth_per_dollar: Floats
    units_per_worth: Floats
    price: Floats
    preference: Floats
    stack_of: Ints
    wear_per_week: float
    discouraged_weight: float

    def surge(self, week: int, factor: float) -> None:
        """From a week on the nation wants, and spends, so many times as much."""
        for foreseen in (self.load, self.in_use, self.rush, self.budget):
            foreseen[week:] *= factor

    def fleet(self, chips: Ints) -> Floats:
        """H100-equivalents of what each holder has, (holders,), of ``chips`` (holders, chips)."""
        return np.asarray(np.add.reduce(chips * self.worth, axis=1))


@dataclass(frozen=True)
class Wallet:
    """Money a holder has not spent yet, in dollars, shape (holders,)."""

    dollars: Floats

    def filled(self, budget: Floats, spent: Floats, most: Floats) -> "Wallet":
        """The wallet after new budget came in and deliveries were paid; what exceeds ``most`` is lost."""
        return Wallet(np.minimum(self.dollars + budget - spent, most))

    def less(self, committed: Floats) -> "Wallet":
        """What is free when chips on their way are still to be paid."""
        return Wallet(self.dollars - committed)


@dataclass(frozen=True)
class Choices:
    """What a holder can do about its need, both of shape (holders, chips).

    ``welcome`` is above 0 where it may buy the chip and somebody sells it, ``belief`` in 0 to 1 how sure it is that it
    soon may not; None if nobody expects a ban.
    """

    welcome: Floats
    belief: Floats | None = None


def target_orders(appetite: Appetite, week: int, short: Floats, choices: Choices, wallet: Wallet) -> Floats:
    """Orders each holder wants open at the end of the week, shape (holders, chips).

    ``short``, (holders,), is what the fleet it will need lacks; below zero where more is there or on the road.
    """
    need = np.maximum(short, 0.0)
    appeal = choices.welcome * appetite.preference[week].take(appetite.stack_of, axis=1) * appetite.worth_per_dollar
    worth = _shared_out(appeal, need)
    if choices.belief is not None:
        threatened = appeal * choices.belief
        ahead = appetite.rush[week] * np.maximum.reduce(choices.belief * (appeal > 0), axis=1)
        worth += _shared_out(threatened, np.maximum(short + ahead, 0.0) - need)
    units = worth * appetite.units_per_worth
    return np.asarray(units * _affordable(appetite, week, units, wallet)[:, None])


def _shared_out(appeal: Floats, need: Floats) -> Floats:
    """A need in H100-equivalents, (holders,), divided over chips by their appeal, (holders, chips)."""
    total = np.add.reduce(appeal, axis=1)
    return np.asarray(appeal * (need / np.maximum(total, TINY))[:, None])


def missing(wanted: Floats, fleet: Floats) -> tuple[Floats, float]:
    """The part of the fleet ``wanted`` today that each holder lacks, (holders,), and that the nation lacks; 0 to 1.

    ``fleet`` is what each has or has coming, (holders,).
    """
    lacking = np.maximum(wanted - fleet, 0.0)
    return lacking / np.maximum(wanted, 1e-9), float(np.add.reduce(lacking) / max(np.add.reduce(wanted), 1e-9))


def belief(appetite: Appetite, today: int, leaked: int, announced: int) -> float:
    """How sure buyers are of a ban, 0 to 1: it grows from the leak and is full once announced. Days are day counts."""
    return 1.0 if today >= announced else min(max((today - leaked) / appetite.belief_days, 0.0), 1.0)


def accepted(wanted: Floats, supply: Floats, weeks: float) -> Ints:
    """Orders that makers take, whole, (holders, chips): so many weeks of each chip's supply, cut alike for all."""
    total = np.add.reduce(wanted)
    rate = np.minimum(1.0, supply * weeks / np.maximum(total, TINY))
    taken: Ints = (wanted * rate).astype(np.int64)
    return taken


def _affordable(appetite: Appetite, week: int, units: Floats, wallet: Wallet) -> Floats:
    """Share of its wishes each holder can pay from its wallet and its budget up to the horizon, shape (holders,)."""
    cost = units @ appetite.price
    means = np.maximum(wallet.dollars + appetite.budget[week] * appetite.budget_weeks, 0.0)
    return np.asarray(np.minimum(1.0, means / np.maximum(cost, TINY)))


def worn_out(held: Ints, carried: Floats, rate: float) -> tuple[Ints, Floats]:
    """Chips worn out since the last count and the fraction carried to the next, both of shape (holders, chips)."""
    due = carried + held * rate
    dead = np.minimum(due.astype(np.int64), held)
    return dead, due - dead


@dataclass(frozen=True)
class Catalogue:
    """The chips as buyers see them, in the order of the arrays."""

    chips: dict[str, Chip]
    stacks: dict[str, Stack]
    exchange: Exchange

    def equivalents(self, draws: Draws) -> dict[str, Floats]:
        """H100-equivalents of one chip by ``training`` and ``inference``, each (chips,).

        A chip of which nothing is published or judged is worth 0, so that nobody orders it.
        """
        rates = {"training": h100e_training, "inference": h100e_inference}
        return {
            name: np.array(
                [rate(c, self.stacks[c.stack], self.exchange, draws.value) or 0.0 for c in self.chips.values()]
            )
            for name, rate in rates.items()
        }

    def prices(self, draws: Draws) -> Floats:
        """Dollars a chip, shape (chips,); 0 where no price is known: nobody can order such a chip."""
        return np.array([0.0 if c.price is None else draws.value(c.price) for c in self.chips.values()])


@dataclass(frozen=True)
class Habits:
    """What buyers are like: the nation's demand, each buyer, and the days on which rules are announced."""

    demand: Demand
    buyers: dict[str, Buyer]
    announced: dict[str, int]


def appetite(habits: Habits, catalogue: Catalogue, draws: Draws, days: Floats) -> Appetite:
    """Every buyer's wishes in one replication, on the given week ends."""
    demand, buyers = habits.demand, habits.buyers
    equivalents = catalogue.equivalents(draws)
    training = np.array([draws.value(buyer.training_share) for buyer in buyers.values()])[:, None]
    worth = training * equivalents["training"] + (1 - training) * equivalents["inference"]
    share = _of_each(buyers, draws, days)
    budget = share * draws.curve(demand.budget, days)[:, None]
    stacks, price = list(catalogue.stacks), catalogue.prices(draws)
    cover = np.array([draws.value(buyer.cover) for buyer in buyers.values()])
    load = _loads(habits, cover, draws, days)
    later = _loads(habits, cover + draws.value(demand.rush_cover), draws, days)
    return Appetite(
        load=load,
        in_use=share * draws.curve(demand.load, days)[:, None],
        rush=np.maximum(later - load, 0.0),
        belief_days=draws.value(demand.belief_days),
        budget=budget * DAYS_PER_WEEK / DAYS_PER_YEAR,
        budget_weeks=draws.value(demand.budget_horizon) / DAYS_PER_WEEK,
        order_weeks=draws.value(demand.order_horizon) / DAYS_PER_WEEK,
        worth=worth,
        units_per_worth=1.0 / np.where(worth > 0, worth, 1.0),
        worth_per_dollar=worth / np.where(price > 0, price, np.inf),
        price=price,
        preference=_preferences(habits, stacks, draws, days),
        stack_of=np.array([stacks.index(chip.stack) for chip in catalogue.chips.values()]),
        wear_per_week=draws.value(demand.wear) * DAYS_PER_WEEK / DAYS_PER_YEAR,
        discouraged_weight=draws.value(demand.discouraged_weight),
    )


def _of_each(buyers: dict[str, Buyer], draws: Draws, days: Floats) -> Floats:
    """Each holder's share of the nation, shape (days, holders)."""
    return np.stack([draws.curve(buyer.share, days) for buyer in buyers.values()], axis=1)


def _loads(habits: Habits, ahead: Floats, draws: Draws, days: Floats) -> Floats:
    """Fleet wanted by each holder so many days ``ahead``, (holders,), of the given days; shape (days, holders)."""
    when = days[:, None] + ahead
    share = [draws.curve(buyer.share, looked) for buyer, looked in zip(habits.buyers.values(), when.T, strict=True)]
    return draws.curve(habits.demand.load, when) * np.stack(share, axis=1)


def _preferences(habits: Habits, stacks: list[str], draws: Draws, days: Floats) -> Floats:
    """Weight of each software stack, shape (days, holders, stacks); a stack a buyer does not name weighs nothing.

    ``days`` stand in order, and what a rule pushes is pushed from its announcement on.
    """
    weights = np.zeros((len(days), len(habits.buyers), len(stacks)))
    for h, buyer in enumerate(habits.buyers.values()):
        for name, series in buyer.preference.items():
            weights[:, h, stacks.index(name)] = draws.curve(series, days)
        for name, pushes in buyer.pushed.items():
            for rule, weight in pushes.items():
                if rule in habits.announced:
                    since = weights[days.searchsorted(habits.announced[rule]) :, h, stacks.index(name)]
                    np.maximum(since, draws.value(weight), out=since)
    return weights
