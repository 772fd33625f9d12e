"""The law of one scenario with its days worked out, and what of it counts on a given day."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sim.facts.law import AUTHORITIES, Authority, Clause, Licence, Rule
from sim.facts.timetable import Knowledge, Timetable, epochs, licence_dates, timetable

ClauseKey = tuple[str, str]
"""A clause by the names of its rule and its own."""


@dataclass(frozen=True)
class Statutes:
    """What counts on a day: restrictions by authority (oldest first), what relaxes each, licences that can be used."""

    known: Knowledge
    restrictions: dict[Authority, tuple[str, ...]]
    relaxers: dict[str, tuple[str, ...]]
    licences: tuple[str, ...]

    @property
    def rules(self) -> tuple[str, ...]:
        """Every rule that counts: restrictions, then what relaxes them."""
        binding = [name for names in self.restrictions.values() for name in names]
        return tuple(dict.fromkeys([*binding, *(r for name in binding for r in self.relaxers[name])]))


@dataclass(frozen=True)
class Law:
    """Rules, licences and their days. What counts on a day is kept once worked out, as it is asked for often."""

    rules: Mapping[str, Rule]
    licences: Mapping[str, Licence]
    days: Timetable
    licence_days: Timetable
    clauses: dict[ClauseKey, Clause]
    _kept: dict[tuple[int, Knowledge], Statutes] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, rules: Mapping[str, Rule], licences: Mapping[str, Licence] | None = None) -> "Law":
        """The law that these rules and licences make. Raises ValueError when triggers form a circle."""
        days = timetable(rules)
        clauses = {(name, key): clause for name in days for key, clause in rules[name].clauses.items()}
        return cls(rules, licences or {}, days, licence_dates(licences or {}, days), clauses)

    def on(self, day: int, known: Knowledge = "in_force") -> Statutes:
        """What counts on a day: the rules in force, or those announced, or those leaked by then."""
        if (day, known) not in self._kept:
            self._kept[day, known] = self._statutes(day, known)
        return self._kept[day, known]

    def turns(self, known: Knowledge = "in_force") -> tuple[int, ...]:
        """Days, in order, on which a ruling can change: rules begin or end, licences are issued or lapse."""
        return tuple(sorted({*epochs(self.days, known), *epochs(self.licence_days, known)}))

    def _statutes(self, day: int, known: Knowledge) -> Statutes:
        live = sorted(
            (name for name, dates in self.days.items() if dates.counts(day, known)),
            key=lambda name: (self.days[name].start(known), name),
        )
        relaxing = [name for name in live if self.rules[name].relaxes]
        binding = [name for name in live if not self.rules[name].relaxes]
        restrictions = {a: tuple(name for name in binding if self.rules[name].authority == a) for a in AUTHORITIES}
        relaxers = {name: tuple(r for r in relaxing if name in self.rules[r].relaxes) for name in binding}
        licences = tuple(sorted(name for name, dates in self.licence_days.items() if dates.counts(day, known)))
        return Statutes(known, restrictions, relaxers, licences)
