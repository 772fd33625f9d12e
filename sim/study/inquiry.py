"""A question to the law in a user's words: which chip, by whom, to whom, where, when; every fault told at once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from math import inf

from sim.facts.days import day_of
from sim.facts.deals import (
    ORDINARY_BUYER,
    Deal,
    Item,
    Party,
    buyer_party,
    chip_item,
    die_item,
    hbm_item,
    plain,
    tool_item,
)
from sim.facts.errors import Fault, InputError, did_you_mean
from sim.study.scenario import Scenario

KINDS = {
    "private": ORDINARY_BUYER,
    "state-funded": Party("a state-funded Chinese data centre", "CN", state_funded=True),
    "listed": Party("a Chinese firm on the Entity List", "CN", listed=True),
    "american": Party("a US firm", "US"),
}
"""Buyers of no name."""

ANY_SELLER = {
    "american": Party("a US seller", "US"),
    "korean": Party("a Korean seller", "KR"),
    "taiwanese": Party("a Taiwanese seller", "TW"),
    "dutch": Party("a Dutch seller", "NL"),
    "japanese": Party("a Japanese seller", "JP"),
}
"""Sellers of no name."""

USUAL_SELLER = {
    "hbm": ANY_SELLER["korean"],
    "foreign-die": ANY_SELLER["taiwanese"],
    "wafer-tool": ANY_SELLER["american"],
    "remote-access": ANY_SELLER["american"],
}
"""Who sells what is no chip, where the user does not say."""


@dataclass(frozen=True)
class Specs:
    """Figures of a made-up item: TPP, density (TPP/mm2; for HBM GB/s per mm2), bandwidths in GB/s, node in nm."""

    tpp: float | None = None
    density: float | None = None
    memory_bandwidth: float | None = None
    interconnect: float | None = None
    node: float | None = None

    def faults(self) -> Iterator[Fault]:
        """Figures that no item can have."""
        for name, figure in vars(self).items():
            if figure is not None and not 0 < figure < inf:
                option = f"--{name.replace('_', '-')}"
                yield Fault("", option, f"{figure} is not a figure of an item", "give a number above zero")

    @property
    def given(self) -> bool:
        """Whether any figure is given."""
        return self != Specs()


@dataclass(frozen=True)
class Case:
    """What the law is asked about: an item, a deal and a day (a day count)."""

    item: Item
    deal: Deal
    day: int


@dataclass(frozen=True)
class Inquiry:
    """The user's words. ``item`` is a listed chip, a made-up name with specs, or hbm, foreign-die, wafer-tool.

    ``buyer`` and ``seller`` are names the scenario or its law knows, or one of the plain kinds.
    """

    item: str
    on: str
    to: str = "CN"
    buyer: str = "private"
    seller: str | None = None
    specs: Specs = field(default_factory=Specs)

    def case(self, scenario: Scenario) -> Case:
        """The case these words make in a scenario. InputError names every word that is not understood."""
        if impossible := tuple(self.specs.faults()):
            raise InputError(impossible)
        item, day, to = _item(self.item, self.specs, scenario), _day(self.on), _country(self.to)
        buyer = _party("--buyer", self.buyer, buyers(scenario))
        seller = self._seller(scenario)
        if (
            isinstance(item, Fault)
            or isinstance(day, Fault)
            or isinstance(to, Fault)
            or isinstance(buyer, Fault)
            or isinstance(seller, Fault)
        ):
            raise InputError(tuple(word for word in (item, day, to, buyer, seller) if isinstance(word, Fault)))
        return Case(item, Deal(seller, buyer, to), day)

    def _seller(self, scenario: Scenario) -> Party | Fault:
        """The seller named, else the chip's maker, else whoever usually sells such an item."""
        if self.seller is not None:
            return _party("--seller", self.seller, sellers(scenario))
        chip = scenario.chips.get(_listed(self.item, scenario) or "")
        if chip is None:
            return USUAL_SELLER.get(plain(self.item), ANY_SELLER["american"])
        return _party("--seller", chip.vendor, sellers(scenario))


def buyers(scenario: Scenario) -> dict[str, Party]:
    """Every party that can buy: the scenario's buyers and makers, entities that the law names, plain kinds."""
    clauses = [clause for rule in scenario.rules.values() for clause in rule.clauses.values()]
    entities = {name: Party(name, "CN") for clause in clauses for name in clause.entities}
    named = {name: buyer_party(name, buyer) for name, buyer in scenario.buyers.items()}
    return {**entities, **_makers(scenario), **named, **KINDS}


def sellers(scenario: Scenario) -> dict[str, Party]:
    """Every party that can sell: the scenario's makers and plain kinds."""
    return _makers(scenario) | ANY_SELLER


def _makers(scenario: Scenario) -> dict[str, Party]:
    foreign = {name: Party(name, maker.headquarters) for name, maker in scenario.foreign.items()}
    return foreign | {name: Party(name, maker.headquarters) for name, maker in scenario.domestic.items()}


def _item(name: str, specs: Specs, scenario: Scenario) -> Item | Fault:
    """A listed chip, another kind of item, or a made-up data-centre chip with the specs given."""
    listed = _listed(name, scenario)
    if listed is not None and specs.given:
        return Fault("", "CHIP", f"{listed} is a listed chip with specs of its own", "give made-up specs another name")
    if listed is not None:
        return chip_item(listed, scenario.chips[listed])
    if plain(name) in USUAL_SELLER:
        return _other(plain(name), specs)
    if not specs.given:
        known = {*scenario.chips, *USUAL_SELLER}
        remedy = did_you_mean(name, known) or "give specs (--tpp ...) for a made-up chip"
        return Fault("", "CHIP", f"unknown chip {name!r}", remedy)
    return Item("chip", name, specs.tpp, specs.density, specs.memory_bandwidth, specs.interconnect)


def _other(kind: str, specs: Specs) -> Item:
    if kind == "hbm":
        return hbm_item(specs.density)
    if kind == "remote-access":
        return Item("remote-access", kind, specs.tpp, specs.density, specs.memory_bandwidth, specs.interconnect)
    return die_item(specs.node) if kind == "foreign-die" else tool_item(specs.node)


def _listed(name: str, scenario: Scenario) -> str | None:
    return next((chip for chip in scenario.chips if plain(chip) == plain(name)), None)


def _day(text: str) -> int | Fault:
    try:
        return day_of(date.fromisoformat(text))
    except ValueError:
        return Fault("", "--on", f"{text!r} is not a date", "write it as 2024-07-01")


def _country(text: str) -> str | Fault:
    if len(text) == 2 and text.isalpha():
        return text.upper()
    return Fault("", "--to", f"{text!r} is not a country code", "use two letters: CN, HK, MY, SG")


def _party(key: str, name: str, known: Mapping[str, Party]) -> Party | Fault:
    found = next((party for other, party in known.items() if plain(other) == plain(name)), None)
    remedy = did_you_mean(name, set(known)) or f"known: {', '.join(known)}"
    return found or Fault("", key, f"unknown {key.removeprefix('--')} {name!r}", remedy)
