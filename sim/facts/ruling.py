"""May this item be sold by this seller to this buyer for this destination on this day?

One gate per authority, and every gate must be open for a sale: in 2026 the H200 had a US yes and a Chinese no.
"""

from dataclasses import dataclass

from sim.facts.clauses import binds, meets, names_buyer, names_chip
from sim.facts.deals import Deal, Item
from sim.facts.gates import Bench, Gate
from sim.facts.law import AUTHORITIES, SIDES, Authority, Verdict
from sim.facts.statutes import Law
from sim.facts.timetable import Knowledge


@dataclass(frozen=True)
class Ruling:
    """The strictest gate's verdict, with every gate behind it.

    It is undetermined only where a missing spec could make it stricter: not when another gate forbids the sale anyway.
    """

    verdict: Verdict
    gates: tuple[Gate, ...]

    @property
    def deciding(self) -> Gate:
        """The gate that gives the verdict, the first if several do."""
        return next(gate for gate in self.gates if gate.verdict == self.verdict)

    @property
    def missing(self) -> tuple[str, ...]:
        """Unpublished specs that an undetermined verdict depends on."""
        return self.deciding.missing if self.verdict is Verdict.UNDETERMINED else ()

    def gate(self, authority: Authority) -> Gate:
        """One authority's gate."""
        return next(gate for gate in self.gates if gate.authority == authority)


def is_open(answer: Ruling | Gate) -> bool:
    """Whether a sale can go ahead without asking anybody: allowed, discouraged or within a cap."""
    return answer.verdict <= Verdict.CAPPED


def ruling(item: Item, deal: Deal, law: Law, day: int, known: Knowledge = "in_force") -> Ruling:
    """The law's answer for one item, one deal and one day (a day count).

    ``known`` may look ahead: the answer as it will be once the rules announced, or leaked, by that day are in force.
    """
    statutes = law.on(day, known)
    keys = [(name, key) for name in statutes.rules for key in law.rules[name].clauses]
    bound = [key for key in keys if binds(law.clauses[key], deal)]
    applies = {key: missing for key in bound if (missing := meets(law.clauses[key], item)) is not None}
    licences = {name: law.licences[name] for name in statutes.licences}
    covering = {n for n, licence in licences.items() if names_chip(licence, item) and names_buyer(licence, deal.buyer)}
    return judged(Bench(law, statutes, applies, frozenset(covering)))


def judged(bench: Bench) -> Ruling:
    """The gates of both sides, and of other authorities where a rule of theirs applies, and what they come to."""
    touched = {bench.law.rules[rule].authority for rule, _ in bench.applies}
    gates = tuple(bench.gate(authority) for authority in AUTHORITIES if authority in SIDES or authority in touched)
    certain = max(gate.at_least for gate in gates)
    doubtful = any(gate.at_most > certain for gate in gates)
    return Ruling(Verdict.UNDETERMINED if doubtful else certain, gates)
