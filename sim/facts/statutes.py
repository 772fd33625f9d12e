"""The law of one scenario with its days worked out, and what of it counts on a given day."""

from collections.abc import Iterator, Mapping
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
    _kept: dict[tuple[int, Knowledge, frozenset[str] | None], Statutes] = field(
        default_factory=dict, compare=False, repr=False
    )

    @classmethod
    def of(cls, rules: Mapping[str, Rule], licences: Mapping[str, Licence] | None = None) -> "Law":
        """The law that these rules and licences make. Raises ValueError when triggers form a circle."""
        days = timetable(rules)
        clauses = {(name, key): clause for name in days for key, clause in rules[name].clauses.items()}
        return cls(rules, licences or {}, days, licence_dates(licences or {}, days), clauses)

    @property
    def drawn(self) -> tuple[str, ...]:
        """Licences of which luck decides whether, or when, they are issued."""
        return tuple(name for name in self.licence_days if self.licences[name].drawn)

    def on(self, day: int, known: Knowledge = "in_force", granted: frozenset[str] | None = None) -> Statutes:
        """What counts on a day: the rules in force, or those announced, or those leaked by then.

        ``granted`` are the licences that luck has brought by then. Without it those that may be refused do not count,
        and those that are sure to come do from their usual day.
        """
        if (day, known, granted) not in self._kept:
            self._kept[day, known, granted] = self._statutes(day, known, granted)
        return self._kept[day, known, granted]

    def turns(self, known: Knowledge = "in_force") -> tuple[int, ...]:
        """Days, in order, on which rules begin or end, or licences that luck does not touch are issued or lapse."""
        certain = {name: dates for name, dates in self.licence_days.items() if not self.licences[name].drawn}
        return tuple(sorted({*epochs(self.days, known), *epochs(certain, known)}))

    def _statutes(self, day: int, known: Knowledge, granted: frozenset[str] | None) -> Statutes:
        live = sorted(
            (name for name, dates in self.days.items() if dates.counts(day, known)),
            key=lambda name: (self.days[name].start(known), name),
        )
        relaxing = [name for name in live if self.rules[name].relaxes]
        binding = [name for name in live if not self.rules[name].relaxes]
        restrictions = {a: tuple(name for name in binding if self.rules[name].authority == a) for a in AUTHORITIES}
        relaxers = {name: tuple(r for r in relaxing if name in self.rules[r].relaxes) for name in binding}
        return Statutes(known, restrictions, relaxers, tuple(sorted(self._usable(day, known, granted))))

    def _usable(self, day: int, known: Knowledge, granted: frozenset[str] | None) -> Iterator[str]:
        for name, dates in self.licence_days.items():
            licence = self.licences[name]
            if licence.drawn and granted is not None:
                if name in granted:
                    yield name
            elif dates.counts(day, known) and not licence.chancy:
                yield name
