"""The scenario: every number and rule of one world, as closed records."""

from datetime import date
from typing import Self

from pydantic import Field, model_validator

from sim.facts.buyers import Buyer, Demand
from sim.facts.channels import Grey, Offshore
from sim.facts.chips import Chip, Exchange, Stack
from sim.facts.estimate import Record
from sim.facts.labs import Lab, Policy, Serving, Training, Workloads
from sim.facts.law import Licence, Rule
from sim.facts.makers import ForeignMaker
from sim.facts.reference import Reference
from sim.facts.regulator import Regulator
from sim.facts.works import DomesticMaker, Expansion, Foundry, Memory

SHORTEST = 31
"""Fewest days worth simulating: a month and its weeks."""


class Window(Record):
    """The simulated days, half-open: ``start`` is simulated, ``end`` is not."""

    start: date
    end: date
    known_until: date

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if (self.end - self.start).days < SHORTEST:
            raise ValueError(f"end {self.end} is not {SHORTEST} days or more after start {self.start}")
        return self


class HeadlineRow(Record):
    """One line of the headline table: a measure, which part of it, and over which year, quarter or day."""

    measure: str
    period: str
    actor: str | None = None
    chip: str | None = None
    origin: str | None = None
    item: str | None = None


class Scenario(Record):
    """A whole world. Tables are keyed by name, so that a variant changes an entry and nothing else."""

    name: str
    title: str
    question: str
    sources: list[str] = []
    window: Window
    replications: int = Field(gt=0)
    chips: dict[str, Chip]
    stacks: dict[str, Stack]
    exchange: Exchange
    rules: dict[str, Rule]
    licences: dict[str, Licence] = {}
    regulator: Regulator = Regulator()
    foreign: dict[str, ForeignMaker]
    reference: Reference
    domestic: dict[str, DomesticMaker]
    foundry: Foundry
    memory: Memory
    expansion: Expansion
    demand: Demand
    buyers: dict[str, Buyer]
    grey: Grey
    offshore: Offshore
    labs: dict[str, Lab] = {}
    training: Training | None = None
    serving: Serving | None = None
    workloads: Workloads | None = None
    policy: Policy | None = None
    headline: dict[str, HeadlineRow]

    @model_validator(mode="after")
    def _starts_before_its_chips(self) -> Self:
        """A world that starts later would lack the stock, the orders and the designs of the years before."""
        silicon = min((line.silicon for maker in self.foreign.values() for line in maker.lines.values()), default=None)
        if silicon is not None and self.window.start > silicon:
            raise ValueError(f"window.start {self.window.start} is after the first foreign wafer line, {silicon}")
        return self

    @model_validator(mode="after")
    def _labs_have_what_they_need(self) -> Self:
        missing = [name for name in ("training", "serving", "workloads", "policy") if getattr(self, name) is None]
        if self.labs and missing:
            raise ValueError(f"labs need {', '.join(missing)} too; world/labs has them")
        return self

    @property
    def makers(self) -> dict[str, ForeignMaker | DomesticMaker]:
        """Every chip maker, foreign ones first."""
        return {**self.foreign, **self.domestic}
