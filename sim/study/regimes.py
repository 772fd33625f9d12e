"""The same questions put to the law of every day that matters: who may buy, rent and ship what, now and to be expected.

Nothing is drawn: where luck decides on a licence, the caller says which ones have been granted.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sim.facts.chips import Chip
from sim.facts.days import day_of
from sim.facts.deals import Deal, Item, Party, buyer_party, chip_item, die_item, hbm_item, rental_item, tool_item
from sim.facts.docket import Docket
from sim.facts.law import Verdict
from sim.facts.lawbook import NONE_GRANTED, Ceiling, Gates, Granted, Outlook, Regime, Shares
from sim.facts.ruling import Ruling, is_open
from sim.facts.statutes import Law
from sim.facts.timetable import Knowledge
from sim.study.scenario import Scenario

TRANSIT = "MY"
"""The country that stands for all through which chips pass, or in which Chinese firms have them: most cases on record
are Malaysia's, and no rule here tells it from Singapore or Indonesia."""

ANY_SUPPLIER = Party("a foreign supplier", "KR")
ANY_FOUNDRY = Party("a foreign foundry", "TW")
ANY_CHIP_MAKER = Party("a Chinese chip maker", "CN")
ANY_CLOUD = Party("a foreign cloud", "US")
ANY_FAB = Party("a Chinese fab", "CN")
TRANSIT_FIRM = Party("a firm in a country of transit", TRANSIT)

FAB_NODE = 7.0
"""Node, in nm, of the fabs that make China's AI chips."""


@dataclass(frozen=True)
class Moment:
    """What is asked about: a day, which rules count, and the licences that luck has granted by then."""

    day: int
    known: Knowledge = "in_force"
    granted: Granted = NONE_GRANTED


@dataclass(frozen=True)
class Sheet:
    """Rulings of shape (holders, chips), with what can be read off them all at once."""

    rows: tuple[tuple[Ruling, ...], ...]
    chips: tuple[str, ...]

    @property
    def open(self) -> Gates:
        """Where a sale can go ahead."""
        return np.array([[is_open(answer) for answer in row] for row in self.rows], dtype=np.bool_)

    @property
    def unwelcome(self) -> Gates:
        """Where the buyers' own state discourages it."""
        return np.array([[answer.gate("CN").discouraged for answer in row] for row in self.rows], dtype=np.bool_)

    @property
    def dues(self) -> Shares:
        """The part of the price that goes to a government under the licences of an open sale."""
        due = [[sum(g.revenue_share for g in answer.gates) * is_open(answer) for answer in row] for row in self.rows]
        return np.array(due, dtype=np.float64)

    def closers(self, closed: Gates) -> dict[str, str]:
        """For each chip with a closed cell, the rule that decides on the first of them."""
        found = {c: self.rows[h][c].deciding.rule or "" for h, c in reversed(np.argwhere(closed).tolist())}
        return {self.chips[c]: found[c] for c in sorted(found)}

    def due(self, law: Law) -> Shares:
        """Days from which sales go ahead or are decided case by case, infinite where they are not."""
        return np.array([[_due(law, answer) for answer in row] for row in self.rows], dtype=np.float64)

    def ceilings(self, law: Law) -> Iterator[Ceiling]:
        """Every cap on what is open, with the cells it binds."""
        cells: dict[object, list[tuple[int, int]]] = {}
        for h, row in enumerate(self.rows):
            for c, answer in enumerate(row):
                for limit in {limit for gate in answer.gates for limit in gate.caps if is_open(answer)}:
                    cells.setdefault(limit, []).append((h, c))
        limits = sorted({limit for row in self.rows for a in row for g in a.gates for limit in g.caps}, key=str)
        for limit in (limit for limit in limits if limit in cells):
            mask = np.zeros((len(self.rows), len(self.chips)), dtype=np.bool_)
            mask[tuple(np.transpose(cells[limit]))] = True
            yield Ceiling(mask, limit, _since(law, limit.by))


def _due(law: Law, answer: Ruling) -> float:
    """The day from which the rules that decide on a sale let it be asked for; 0 where none ever closed it."""
    if answer.verdict > Verdict.CASE_BY_CASE:
        return np.inf
    return max((law.days[gate.rule].in_force for gate in answer.gates if gate.rule), default=0)


def _since(law: Law, name: str) -> int | None:
    if name in law.days:
        return law.days[name].in_force
    return None if name in law.drawn else law.licence_days[name].in_force


class Regimes:
    """A scenario's standing questions: chips to buyers here and abroad, memory, foreign dies, wafer tools."""

    def __init__(self, scenario: Scenario, law: Law, chips: dict[str, Chip]) -> None:
        self._scenario, self._law, self._chips = scenario, law, tuple(chips)
        buyers = [buyer_party(name, buyer) for name, buyer in scenario.buyers.items()]
        self._home = self._offers(chips, [(buyer, "CN") for buyer in buyers])
        self._abroad = self._offers(chips, [(buyer, TRANSIT) for buyer in buyers])
        capped = any(clause.cap_tpp is not None for clause in law.clauses.values())
        self._transit = self._offers(chips, [(TRANSIT_FIRM, TRANSIT)] if capped else [])
        rentals = [rental_item(name, chip) for name, chip in chips.items()]
        self._rent = Docket(law, rentals, [Deal(ANY_CLOUD, buyer, TRANSIT) for buyer in buyers])
        self._memory = Docket(law, [_hbm(scenario)], [Deal(ANY_SUPPLIER, ANY_CHIP_MAKER)])
        self._suppliers = {name: share.central for name, share in scenario.expansion.tools.suppliers.items()}
        tools = [Deal(Party("a tool maker", country), ANY_FAB) for country in self._suppliers]
        self._tools = Docket(law, [tool_item(FAB_NODE)], tools)
        self._dies = {
            name: Docket(law, [_die(scenario, name)], _die_deals(scenario, name)) for name in scenario.domestic
        }

    def _offers(self, chips: dict[str, Chip], to: list[tuple[Party, str]]) -> list[tuple[list[int], Docket]]:
        """Each maker's chips (by column) to each buyer and destination."""
        offers = []
        for maker, terms in self._scenario.makers.items():
            own = [(i, name) for i, name in enumerate(chips) if chips[name].vendor == maker]
            items: list[Item] = [chip_item(name, chips[name]) for _, name in own]
            seller = Party(maker, terms.headquarters)
            deals = [Deal(seller, buyer, destination) for buyer, destination in to]
            offers.append(([i for i, _ in own], Docket(self._law, items, deals)))
        return offers

    def _sheet(self, offers: list[tuple[list[int], Docket]], when: Moment) -> Sheet:
        columns = [column for own, _ in offers for column in own]
        answered = [docket.on(when.day, when.known, when.granted) for _, docket in offers]
        order = np.argsort(columns).tolist()
        joined = [[answer for row in rows for answer in row] for rows in zip(*answered, strict=True)]
        return Sheet(tuple(tuple(row[i] for i in order) for row in joined), self._chips)

    def on(self, day: int, granted: Granted = NONE_GRANTED) -> Regime:
        """The regime of a day."""
        when = Moment(day, granted=granted)
        home, abroad = self._sheet(self._home, when), self._sheet(self._abroad, when)
        gates, elsewhere = home.open, abroad.open
        rent = Sheet(self._rent.on(day, "in_force", granted), self._chips)
        renting = rent.open
        return Regime(
            gates=gates,
            discouraged=home.unwelcome,
            closers=home.closers(~gates),
            memory_open=not self.memory_closer(day, granted),
            foreign_dies=self._foreign_dies(when),
            caps=tuple(home.ceilings(self._law)),
            abroad=elsewhere,
            renting=renting,
            transit_cap_tpp=self._transit_cap(when),
            revenue_share=home.dues,
            abroad_closers=abroad.closers(~elsewhere),
            renting_closers=rent.closers(~renting),
            tools_open=self._tools_open(day, granted),
        )

    def _tools_open(self, day: int, granted: Granted) -> float:
        """The part of tool suppliers, by weight, that may serve China's advanced fabs."""
        rulings = self._tools.on(day, "in_force", granted)
        weights = zip(self._suppliers.values(), rulings, strict=True)
        return sum(weight for weight, row in weights if is_open(row[0])) / max(sum(self._suppliers.values()), 1e-12)

    def outlook(self, day: int, granted: Granted = NONE_GRANTED) -> Outlook:
        """What is to be expected on a day: the law once all that is leaked or announced by then is in force."""
        now = self._sheet(self._home, Moment(day, granted=granted)).open
        ahead = self._sheet(self._home, Moment(day, "leaked", granted))
        then = ahead.open
        return Outlook(then, ahead.closers(now & ~then), ahead.due(self._law))

    def memory_closer(self, day: int, granted: Granted = NONE_GRANTED) -> str | None:
        """The rule that closes the sale of HBM stacks to China's chip makers, None while it is open."""
        answer = self._memory.on(day, "in_force", granted)[0][0]
        return None if is_open(answer) else answer.deciding.rule

    def _transit_cap(self, when: Moment) -> float | None:
        """The tightest cap in TPP on what a country of transit may import; None without one."""
        answers = [answer for row in self._sheet(self._transit, when).rows for answer in row if is_open(answer)]
        caps = [limit.tpp for answer in answers for gate in answer.gates for limit in gate.caps]
        return min((tpp for tpp in caps if tpp is not None), default=None)

    def _foreign_dies(self, when: Moment) -> frozenset[str]:
        return frozenset(name for name, docket in self._dies.items() if self._some_front_open(name, docket, when))

    def _some_front_open(self, name: str, docket: Docket, when: Moment) -> bool:
        since, rows = fronts(self._scenario, name).values(), docket.on(when.day, when.known, when.granted)
        return any(first <= when.day and is_open(row[0]) for first, row in zip(since, rows, strict=True))


def _hbm(scenario: Scenario) -> Item:
    return hbm_item(scenario.memory.bandwidth_density.central)


def _die(scenario: Scenario, maker: str) -> Item:
    return die_item(scenario.domestic[maker].foreign_node.central)


def fronts(scenario: Scenario, name: str) -> dict[str, int]:
    """Parties through which a maker orders dies abroad, and since which day."""
    named = scenario.domestic[name].orders_as
    return {front: day_of(since) for front, since in named.items()} or {name: 0}


def _die_deals(scenario: Scenario, name: str) -> list[Deal]:
    """A maker's orders abroad, under its own name or those of its fronts."""
    headquarters = scenario.domestic[name].headquarters
    return [Deal(ANY_FOUNDRY, Party(front, headquarters)) for front in fronts(scenario, name)]
