"""The law of a scenario worked out before any replication: designs first, then who may buy what in every epoch."""

from collections.abc import Iterator
from itertools import combinations

from sim.facts.chips import Chip
from sim.facts.days import day_of
from sim.facts.deals import ORDINARY_BUYER, Deal, Party, chip_item
from sim.facts.designs import Design, designs, ladders
from sim.facts.errors import Fault, InputError
from sim.facts.estimate import Estimate
from sim.facts.law import Licence
from sim.facts.lawbook import Application, Choice, Granted, LawBook, LegalEvent, MemoryClosing
from sim.facts.ruling import is_open, ruling
from sim.facts.statutes import Law
from sim.study.regimes import Regimes, fronts
from sim.study.scenario import Scenario

MOST_DRAWN = 6
"""Licences that luck may decide on: each doubles the number of regimes."""


def read_law(scenario: Scenario) -> LawBook:
    """The law book of a scenario, with the chips that the law makes foreign makers design.

    InputError where luck decides on too many licences to work out every set of them.
    """
    law = Law.of(scenario.rules, scenario.licences)
    choices = {
        (maker, line): tuple(_choices(scenario, law, maker, line))
        for maker, terms in scenario.foreign.items()
        for line in terms.lines
    }
    chips = _chips(scenario, choices)
    regimes, asked = Regimes(scenario, law, chips), tuple(_applications(scenario, law))
    epochs, outlook_days = _epochs(scenario, law), _outlook_days(law)
    return LawBook(
        calendar=tuple(sorted(_steps(scenario, law), key=lambda step: (step.day, step.subject, step.step))),
        days=law.days,
        applications=asked,
        epochs=epochs,
        regimes=tuple({some: regimes.on(day, some) for some in sets} for day, sets in _granted(epochs, asked)),
        outlook_days=outlook_days,
        outlooks=tuple(
            {some: regimes.outlook(day, some) for some in sets} for day, sets in _granted(outlook_days, asked)
        ),
        memory_closings=tuple(_memory_closings(law, regimes)),
        choices=choices,
        chips=chips,
    )


def _chips(scenario: Scenario, choices: dict[tuple[str, str], tuple[Choice, ...]]) -> dict[str, Chip]:
    """The scenario's chips, then those which foreign makers would design."""
    designed = {part.name: part.chip for made in choices.values() for choice in made for part in _designs(choice)}
    return {**scenario.chips, **{name: chip for name, chip in designed.items() if name not in scenario.chips}}


def _designs(choice: Choice) -> tuple[Design, ...]:
    best = () if choice.design is None else (choice.design,)
    return (*best, *(part for part in choice.ladder if part not in best))


def _epochs(scenario: Scenario, law: Law) -> tuple[int, ...]:
    """Days on which what the law allows may change by its own dates, or by those of makers' fronts abroad."""
    since = {day for name in scenario.domestic for day in fronts(scenario, name).values()}
    return tuple(sorted({0, *law.turns("in_force"), *since}))


def _outlook_days(law: Law) -> tuple[int, ...]:
    """Days on which what is to be expected of the law may change."""
    return tuple(sorted({0, *law.turns("leaked"), *law.turns("announced"), *law.turns("in_force")}))


def _applications(scenario: Scenario, law: Law) -> Iterator[Application]:
    """The licences of which luck decides whether, or when, they are issued."""
    if len(law.drawn) > MOST_DRAWN:
        named = ", ".join(law.drawn)
        problem = f"luck decides on {len(law.drawn)} licences ({named}), at most {MOST_DRAWN} can be worked out"
        raise InputError((Fault(scenario.name, "licences", problem, "make some certain, or set enabled = false"),))
    for name in law.drawn:
        licence, dates = scenario.licences[name], law.licence_days[name]
        lag = licence.lag_days if licence.issued is None and licence.lag_days is not None else Estimate(central=0.0)
        start = dates.announced - round(lag.central)
        chips = ", ".join(licence.chips)
        yield Application(name, chips, licence_cause(licence), start, lag, licence.chance, dates.withdrawn)


def licence_cause(licence: Licence) -> tuple[str, str]:
    """The step behind a licence: what triggered it, else its rule's taking force."""
    if licence.issued is None and licence.triggered_by is not None:
        return licence.triggered_by, licence.trigger_event.replace("_", " ")
    return licence.rules[0], "in force"


def _granted(days: tuple[int, ...], asked: tuple[Application, ...]) -> Iterator[tuple[int, list[Granted]]]:
    """Each day that opens a stretch, with every set of licences that may have been granted before it ends."""
    for i, day in enumerate(days):
        open_by_then = [one.name for one in asked if i + 1 == len(days) or one.earliest < days[i + 1]]
        sizes = range(len(open_by_then) + 1)
        yield day, [frozenset(some) for size in sizes for some in combinations(open_by_then, size)]


def _choices(scenario: Scenario, law: Law, maker: str, line: str) -> Iterator[Choice]:
    """What a line would cut for China after each change of the announced law or of the memories to be had."""
    grid = scenario.foreign[maker].lines[line].grid
    if grid is None:
        return
    seller = Party(maker, scenario.foreign[maker].headquarters)
    deal, before = Deal(seller, ORDINARY_BUYER), chip_item(grid.full, scenario.chips[grid.full])
    new_memory = {day_of(option.available) for option in grid.memory.values()}
    found = designs(grid, scenario.chips, law, seller, new_memory)
    reactive = scenario.regulator.mode == "reactive"
    ranked = ladders(grid, scenario.chips, law, seller, found if reactive else ())
    for day, best in found.items():
        gate = ruling(before, deal, law, day, "announced").gate("US")
        yield Choice(day, best, "" if is_open(gate) else gate.rule or "", ranked.get(day, ()))
        if best is not None:
            before = chip_item(best.name, best.chip)


def _steps(scenario: Scenario, law: Law) -> Iterator[LegalEvent]:
    """Every dated step of every rule and licence, each naming the step behind it."""
    for name, dates in law.days.items():
        rule = scenario.rules[name]
        behind = (rule.triggered_by, rule.trigger_event.replace("_", " ")) if rule.triggered_by else None
        if dates.leaked < dates.announced:
            yield LegalEvent(dates.leaked, name, "leaked", rule.title, behind)
            behind = (name, "leaked")
        yield LegalEvent(dates.announced, name, "announced", rule.title, behind)
        if dates.withdrawn is None or dates.in_force < dates.withdrawn:
            yield LegalEvent(dates.in_force, name, "in force", rule.title, (name, "announced"))
        if dates.withdrawn is not None:
            yield LegalEvent(dates.withdrawn, name, "withdrawn", rule.title, (name, "announced"))
    for name, dates in law.licence_days.items():
        licence = scenario.licences[name]
        if not licence.drawn:
            yield LegalEvent(dates.announced, name, "issued", ", ".join(licence.chips), licence_cause(licence))
            if dates.withdrawn is not None:
                yield LegalEvent(dates.withdrawn, name, "lapsed", ", ".join(licence.chips), (name, "issued"))


def _memory_closings(law: Law, regimes: Regimes) -> Iterator[MemoryClosing]:
    """The days of each rule whose coming into force closes the sale of HBM."""
    for day in law.turns("in_force"):
        rule = regimes.memory_closer(day)
        if rule and not regimes.memory_closer(day - 1):
            yield MemoryClosing(rule, law.days[rule].leaked, law.days[rule].announced, day)
