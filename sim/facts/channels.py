"""Ways round a closed gate: brokers who smuggle chips into China, and compute that Chinese firms have abroad."""

from typing import Self

from pydantic import model_validator

from sim.facts.estimate import Number, Record, Series


class Grey(Record):
    """The grey channel, from a wish that the law denies to a lot that arrives or is taken.

    ``capacity`` is what brokers could bring, in chips a year, if every buyer's wish were urgent and no lot were lost;
    the part that stays at odds of ``q`` to lose a lot is ``(1 - q) ** deterrence``. A buyer is denied the part of its
    fleet that is missing and, by a weight ``better``, what the best chip it may buy falls short of the best sold
    abroad; at ``urgency`` so denied it buys half of what it does at most. ``buyers`` weighs buyers, by name or kind.

    Lots are of ``smallest_lot`` to ``largest_lot`` chips and travel for ``travel`` days. ``seizure`` is the chance to
    lose a lot on the way, ``customs`` what China's own customs add, by rule, while it is in force. ``price_least`` and
    ``price_most`` bound a smuggled chip's price, in list prices. Under a cap on countries of transit so many
    ``countries`` may pass on a share ``passed_on`` of what each may import.

    A chip sold abroad can be had there for ``on_hand`` days. Buyers would wait up to ``patience`` days, some less and
    some as long, for what they expect to be sold legally, or for a better chip from abroad.
    """

    capacity: Series
    deterrence: Number
    better: Number
    urgency: Number
    buyers: dict[str, Number]
    smallest_lot: Number
    largest_lot: Number
    travel: Number
    seizure: Series
    customs: dict[str, Number] = {}
    price_least: Number
    price_most: Number
    countries: Number
    passed_on: Number
    on_hand: Number
    patience: Number

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        for least, most in (("smallest_lot", "largest_lot"), ("price_least", "price_most")):
            if getattr(self, least).central > getattr(self, most).central:
                raise ValueError(f"{least} is above {most}")
        return self


class Offshore(Record):
    """Chips that Chinese firms own or rent abroad because the law denies them at home.

    ``propensity`` is the part of its denied need that a buyer would meet abroad, by name or kind. ``share_cap`` is the
    most they can get of what foreign lines sell abroad, of it ``owned_share`` to own and the rest to rent;
    ``budget_share`` the most of its budget for chips a buyer spends there on chips of its own and new rents,
    ``rent`` what a year's rent is of a chip's price.
    """

    propensity: dict[str, Number]
    share_cap: Series
    owned_share: Number
    budget_share: Number
    rent: Number
