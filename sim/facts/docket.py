"""Every item against every deal, for a simulation that asks the same questions at each turn of the law.

What depends on an item's figures or on the parties alone is read once; deals that nothing in force tells apart share
their rulings, and so do items and days to which the same clauses apply.
"""

from collections.abc import Sequence

from sim.facts.clauses import binds, meets, names_buyer, names_chip
from sim.facts.deals import Deal, Item
from sim.facts.gates import Bench
from sim.facts.ruling import Ruling, judged
from sim.facts.statutes import ClauseKey, Law, Statutes
from sim.facts.timetable import Knowledge

Question = tuple[frozenset[ClauseKey], frozenset[str], Knowledge]
"""What tells deals apart: the clauses that speak of their parties, the licences their buyer holds."""

Ground = tuple[frozenset[tuple[ClauseKey, tuple[str, ...]]], frozenset[str], Knowledge]
"""All that a ruling rests on: the clauses that apply, each with the specs it wants, and the licences that cover."""


class Docket:
    """Rulings of ``items`` by ``deals``, worked out once per set of rules in force."""

    def __init__(self, law: Law, items: Sequence[Item], deals: Sequence[Deal]) -> None:
        self.law, self.items, self.deals = law, tuple(items), tuple(deals)
        clauses, licences = law.clauses.items(), law.licences.items()
        read = [{key: meets(clause, item) for key, clause in clauses} for item in self.items]
        self._meets = [{key: missing for key, missing in met.items() if missing is not None} for met in read]
        self._chips = [frozenset(name for name, licence in licences if names_chip(licence, i)) for i in self.items]
        self._binds = [frozenset(key for key, clause in clauses if binds(clause, deal)) for deal in self.deals]
        self._held = [frozenset(n for n, licence in licences if names_buyer(licence, d.buyer)) for d in self.deals]
        self._kept: dict[Question, tuple[Ruling, ...]] = {}
        self._ruled: dict[Ground, Ruling] = {}

    def on(
        self, day: int, known: Knowledge = "in_force", granted: frozenset[str] | None = None
    ) -> tuple[tuple[Ruling, ...], ...]:
        """Rulings of a day, shape (deals, items); ``granted`` are the licences that luck has brought by then."""
        statutes = self.law.on(day, known, granted)
        keys = frozenset((name, key) for name in statutes.rules for key in self.law.rules[name].clauses)
        usable = frozenset(statutes.licences)
        asked = [(bound & keys, held & usable) for bound, held in zip(self._binds, self._held, strict=True)]
        return tuple(self._row(statutes, bound, held) for bound, held in asked)

    def _row(self, statutes: Statutes, bound: frozenset[ClauseKey], held: frozenset[str]) -> tuple[Ruling, ...]:
        question = (bound, held, statutes.known)
        if question not in self._kept:
            self._kept[question] = tuple(self._ruling(statutes, bound, held, i) for i in range(len(self.items)))
        return self._kept[question]

    def _ruling(self, statutes: Statutes, bound: frozenset[ClauseKey], held: frozenset[str], i: int) -> Ruling:
        met = self._meets[i]
        applies = {key: met[key] for key in bound & met.keys()}
        covering = held & self._chips[i]
        ground = (frozenset(applies.items()), covering, statutes.known)
        if ground not in self._ruled:
            self._ruled[ground] = judged(Bench(self.law, statutes, applies, covering))
        return self._ruled[ground]
