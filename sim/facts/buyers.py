"""Who buys chips in China: how much compute each needs, what it prefers, what it already holds."""

from datetime import date
from typing import Literal

from sim.facts.estimate import Estimate, Number, Record, Series

BuyerKind = Literal["cloud", "lab", "telecom", "state"]


class Buyer(Record):
    """A holder of chips. ``share`` is its part of the nation's load and budget, ``preference`` weighs stacks.

    ``pushed`` gives a stack's weight from the day on which a rule is announced, by stack and rule; the largest of those
    that hold and of ``preference`` counts, so that a world without the rule has no push.
    """

    kind: BuyerKind
    headquarters: str = "CN"
    listed: bool = False
    state_funded: bool = False
    share: Series
    training_share: Number
    cover: Number
    preference: dict[str, Series]
    pushed: dict[str, dict[str, Number]] = {}
    initial: dict[str, Number] = {}


class Surge(Record):
    """A jump, for good: ``factor`` times what the nation wants and spends. Nobody knows of it before.

    It comes on ``since``, the day on record; or, if a model on some roadmap brings it, ``lag`` days after the
    ``release`` of that (``DeepSeek.R1``), whenever this is.
    """

    since: date
    release: str = ""
    lag: Number = Estimate(central=0.0, unit="days")
    factor: Number
    enabled: bool = True


class Demand(Record):
    """The nation's wish for compute: a fleet in H100-equivalents, dollars a year for chips, worn-out share a year.

    ``budget_horizon`` is how many days of budget a buyer may commit ahead, ``order_horizon`` for how many days of its
    supply a maker accepts orders; ``discouraged_weight`` is what is left of the wish for a chip that Beijing tells
    buyers to avoid. A buyer who expects a ban looks ``rush_cover`` days further ahead, the more it believes in it:
    belief grows over ``belief_days`` from the leak and is full once the rule is announced. ``load`` and ``budget`` are
    what everybody foresees; ``surges`` come on top and take all by surprise.
    """

    load: Series
    surges: dict[str, Surge] = {}
    budget: Series
    budget_horizon: Number
    order_horizon: Number
    discouraged_weight: Number
    rush_cover: Number
    belief_days: Number
    wear: Number
