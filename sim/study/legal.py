"""The law of a scenario worked out before any replication: designs first, then who may buy what in every epoch."""

from collections.abc import Iterator

import numpy as np

from sim.facts.chips import Chip
from sim.facts.days import day_of
from sim.facts.deals import ORDINARY_BUYER, Deal, Item, Party, buyer_party, chip_item, die_item, hbm_item
from sim.facts.designs import design, designs
from sim.facts.docket import Docket
from sim.facts.lawbook import Choice, LawBook, LegalEvent, Regime
from sim.facts.ruling import is_open, ruling
from sim.facts.statutes import Law
from sim.study.scenario import Scenario

ANY_SUPPLIER = Party("a foreign supplier", "KR")
ANY_FOUNDRY = Party("a foreign foundry", "TW")
ANY_CHIP_MAKER = Party("a Chinese chip maker", "CN")


def read_law(scenario: Scenario) -> LawBook:
    """The law book of a scenario, with the chips that the law makes foreign makers design."""
    law = Law.of(scenario.rules, scenario.licences)
    choices = {
        (maker, line): tuple(_choices(scenario, law, maker, line))
        for maker, terms in scenario.foreign.items()
        for line in terms.lines
    }
    designed = [choice.design for made in choices.values() for choice in made if choice.design is not None]
    chips = {**{part.name: part.chip for part in designed}, **scenario.chips}
    chips = {name: chips[name] for name in (*scenario.chips, *(name for name in chips if name not in scenario.chips))}
    fronts = {since for name in scenario.domestic for since in _fronts(scenario, name).values()}
    epochs = tuple(sorted({0, *law.turns("in_force"), *fronts}))
    regimes = _Regimes(scenario, law, chips)
    return LawBook(
        calendar=tuple(sorted(_steps(scenario, law), key=lambda step: (step.day, step.subject, step.step))),
        epochs=epochs,
        regimes=tuple(regimes.on(day) for day in epochs),
        memory_closings=tuple(_memory_closings(law, regimes)),
        choices=choices,
        chips=chips,
    )


def _choices(scenario: Scenario, law: Law, maker: str, line: str) -> Iterator[Choice]:
    """What a line would cut for China after each change of the announced law or of the memories to be had."""
    grid = scenario.foreign[maker].lines[line].grid
    if grid is None:
        return
    seller = Party(maker, scenario.foreign[maker].headquarters)
    deal, before = Deal(seller, ORDINARY_BUYER), chip_item(grid.full, scenario.chips[grid.full])
    new_memory = {day_of(option.available) for option in grid.memory.values()}
    found = designs(grid, scenario.chips, law, seller)
    found |= {day: design(grid, scenario.chips, law, seller, day) for day in new_memory - set(found)}
    for day, best in sorted(found.items()):
        gate = ruling(before, deal, law, day, "announced").gate("US")
        yield Choice(day, best, "" if is_open(gate) else gate.rule or "")
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
        yield LegalEvent(dates.announced, name, "issued", ", ".join(licence.chips), (licence.rules[0], "in force"))
        if dates.withdrawn is not None:
            yield LegalEvent(dates.withdrawn, name, "lapsed", ", ".join(licence.chips), (name, "issued"))


class _Regimes:
    """The same questions put to the law of every epoch: each maker's chips to each buyer, memory, foreign dies."""

    def __init__(self, scenario: Scenario, law: Law, chips: dict[str, Chip]) -> None:
        self._scenario, self._chips = scenario, tuple(chips)
        self._buyers = [buyer_party(name, buyer) for name, buyer in scenario.buyers.items()]
        self._dockets = [
            (columns, Docket(law, items, [Deal(seller, buyer) for buyer in self._buyers]))
            for seller, columns, items in self._offers(chips)
        ]
        self._memory = Docket(law, [_hbm(scenario)], [Deal(ANY_SUPPLIER, ANY_CHIP_MAKER)])
        self._dies = {
            name: Docket(law, [_die(scenario, name)], _die_deals(scenario, name)) for name in scenario.domestic
        }

    def _offers(self, chips: dict[str, Chip]) -> Iterator[tuple[Party, list[int], list[Item]]]:
        for maker, terms in self._scenario.makers.items():
            own = [(i, name) for i, name in enumerate(chips) if chips[name].vendor == maker]
            items = [chip_item(name, chips[name]) for _, name in own]
            yield Party(maker, terms.headquarters), [i for i, _ in own], items

    def on(self, day: int) -> Regime:
        """The regime of a day."""
        gates = np.zeros((len(self._buyers), len(self._chips)), dtype=np.bool_)
        discouraged = np.zeros_like(gates)
        closers: dict[str, str] = {}
        for columns, docket in self._dockets:
            for b, row in enumerate(docket.on(day)):
                for column, answer in zip(columns, row, strict=True):
                    gates[b, column] = is_open(answer)
                    discouraged[b, column] = answer.gate("CN").discouraged
                    if not gates[b, column]:
                        closers.setdefault(self._chips[column], answer.deciding.rule or "")
        closed = {self._chips[i] for i in np.flatnonzero(~gates.any(axis=0))}
        shut = {name: rule for name, rule in closers.items() if name in closed}
        return Regime(gates, discouraged, shut, not self.memory_closer(day), self._foreign_dies(day))

    def memory_closer(self, day: int) -> str | None:
        """The rule that closes the sale of HBM stacks to China's chip makers, None while it is open."""
        answer = self._memory.on(day)[0][0]
        return None if is_open(answer) else answer.deciding.rule

    def _foreign_dies(self, day: int) -> frozenset[str]:
        return frozenset(name for name, docket in self._dies.items() if self._some_front_open(name, docket, day))

    def _some_front_open(self, name: str, docket: Docket, day: int) -> bool:
        fronts = _fronts(self._scenario, name).values()
        return any(since <= day and is_open(row[0]) for since, row in zip(fronts, docket.on(day), strict=True))


def _hbm(scenario: Scenario) -> Item:
    return hbm_item(scenario.memory.bandwidth_density.central)


def _die(scenario: Scenario, maker: str) -> Item:
    return die_item(scenario.domestic[maker].foreign_node.central)


def _fronts(scenario: Scenario, name: str) -> dict[str, int]:
    """Parties through which a maker orders dies abroad, and since which day."""
    named = scenario.domestic[name].orders_as
    return {front: day_of(since) for front, since in named.items()} or {name: 0}


def _die_deals(scenario: Scenario, name: str) -> list[Deal]:
    """A maker's orders abroad, under its own name or those of its fronts."""
    headquarters = scenario.domestic[name].headquarters
    return [Deal(ANY_FOUNDRY, Party(front, headquarters)) for front in _fronts(scenario, name)]


def _memory_closings(law: Law, regimes: _Regimes) -> Iterator[tuple[int, int]]:
    """Days (announced, in force) of each rule whose coming into force closes the sale of HBM."""
    for day in law.turns("in_force"):
        rule = regimes.memory_closer(day)
        if rule and not regimes.memory_closer(day - 1):
            yield law.days[rule].announced, day
