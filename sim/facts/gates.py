"""One authority's gate: the strictest rule in force, after what relaxes it and the licences issued under it.

Each gate is judged twice: on the published specs alone, and as if every missing spec turned out for the worst. Where
the two differ the gate is undetermined and names the specs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sim.facts.caps import Limit
from sim.facts.law import Authority, Clause, Verdict
from sim.facts.statutes import ClauseKey, Law, Statutes

NEEDS_LICENCE = (Verdict.CASE_BY_CASE, Verdict.LICENCE)


@dataclass(frozen=True)
class Gate:
    """One authority's answer. Without a rule nothing was found against the sale.

    ``since`` is the day the deciding rule came into force. The published specs alone give ``at_least``, the missing
    ones could make it ``at_most``. ``caps`` are every limit that applies, ``licences`` those the sale would use, and
    ``revenue_share`` what they cost.
    """

    authority: Authority
    verdict: Verdict = Verdict.ALLOWED
    rule: str | None = None
    clause: str | None = None
    text: str = ""
    since: int | None = None
    source: str = ""
    presumption: bool = False
    at_least: Verdict = Verdict.ALLOWED
    at_most: Verdict = Verdict.ALLOWED
    missing: tuple[str, ...] = ()
    licences: tuple[str, ...] = ()
    revenue_share: float = 0.0
    caps: tuple[Limit, ...] = ()
    discouraged: bool = False


@dataclass(frozen=True)
class _Finding:
    """A clause that applies, or may apply if the missing specs turn out so."""

    rule: str
    key: str
    clause: Clause
    missing: tuple[str, ...]


@dataclass(frozen=True)
class _Hold:
    """A verdict on one rule's ground, after relaxation and licence, and the specs that could change it."""

    verdict: Verdict
    finding: _Finding
    licence: str | None = None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Bench:
    """Judges one item and deal, given which clauses apply to them and which licences cover them.

    ``applies`` has the clauses that do, each with the missing specs on which that depends.
    """

    law: Law
    statutes: Statutes
    applies: Mapping[ClauseKey, tuple[str, ...]]
    covering: frozenset[str]

    def gate(self, authority: Authority) -> Gate:
        """The gate of one authority."""
        certain: list[_Hold] = []
        possible: list[_Hold] = []
        touched = {rule for rule, _ in self.applies}
        for rule in self.statutes.restrictions[authority]:
            if rule in touched:
                found = self._findings(rule)
                relief = [f for name in self.statutes.relaxers[rule] for f in self._findings(name)]
                certain += self._holds([f for f in found if not f.missing], relief)
                wanting = tuple(dict.fromkeys(spec for f in (*found, *relief) for spec in f.missing))
                possible += self._holds(found, [f for f in relief if not f.missing], wanting)
        return self._gate(authority, certain, possible)

    def _findings(self, rule: str) -> list[_Finding]:
        read = [(key, clause, self.applies.get((rule, key))) for key, clause in self.law.rules[rule].clauses.items()]
        return [_Finding(rule, key, clause, missing) for key, clause, missing in read if missing is not None]

    def _holds(self, found: list[_Finding], relief: list[_Finding], missing: tuple[str, ...] = ()) -> list[_Hold]:
        """A rule's strictest clause after the most lenient way around it; none if no clause applies."""
        if not found:
            return []
        worst = max(found, key=lambda finding: finding.clause.verdict)
        ways = [way for way in relief if way.clause.verdict <= worst.clause.verdict]
        holds = [self._licensed(worst, way, missing) for way in (*ways, worst)]
        return [min(holds, key=lambda hold: hold.verdict)]

    def _licensed(self, worst: _Finding, way: _Finding, missing: tuple[str, ...]) -> _Hold:
        """The verdict by one way (the rule's own, or a relaxation's), opened by a licence issued for either."""
        verdict = min(worst.clause.verdict, way.clause.verdict)
        if verdict not in NEEDS_LICENCE and not way.clause.presumption:
            return _Hold(verdict, way, None, missing)
        for name in self.statutes.licences:
            licence = self.law.licences[name]
            if name in self.covering and {worst.rule, way.rule} & set(licence.rules):
                capped = licence.limits or way.clause.limits
                return _Hold(Verdict.CAPPED if capped else Verdict.ALLOWED, way, name, missing)
        return _Hold(verdict, way, None, missing)

    def _gate(self, authority: Authority, certain: Sequence[_Hold], possible: Sequence[_Hold]) -> Gate:
        """The strictest hold decides, on the oldest rule among equals."""
        floor = max((hold.verdict for hold in certain), default=Verdict.ALLOWED)
        ceiling = max((hold.verdict for hold in possible), default=Verdict.ALLOWED)
        if ceiling > floor:
            return self._worded(authority, possible, floor, ceiling)
        holds = certain or possible
        return self._worded(authority, holds, floor, ceiling) if holds else Gate(authority)

    def _worded(self, authority: Authority, holds: Sequence[_Hold], floor: Verdict, ceiling: Verdict) -> Gate:
        decisive = next(hold for hold in holds if hold.verdict == ceiling)
        finding, rule = decisive.finding, self.law.rules[decisive.finding.rule]
        doubtful = [hold for hold in holds if hold.verdict > floor]
        licences = tuple(dict.fromkeys(hold.licence for hold in holds if hold.licence is not None))
        return Gate(
            authority=authority,
            verdict=Verdict.UNDETERMINED if doubtful else floor,
            rule=finding.rule,
            clause=finding.key,
            text=finding.clause.text,
            since=self.law.days[finding.rule].start(self.statutes.known),
            source=finding.clause.source or rule.source,
            presumption=finding.clause.presumption and decisive.verdict is Verdict.DENIED,
            at_least=floor,
            at_most=ceiling,
            missing=tuple(dict.fromkeys(spec for hold in doubtful for spec in hold.missing)),
            licences=licences,
            revenue_share=max((self.law.licences[name].revenue_share for name in licences), default=0.0),
            caps=self._caps(holds, licences) if ceiling <= Verdict.CASE_BY_CASE else (),
            discouraged=any(hold.verdict is Verdict.DISCOURAGED for hold in holds),
        )

    def _caps(self, holds: Sequence[_Hold], licences: tuple[str, ...]) -> tuple[Limit, ...]:
        """Every limit once, whether a clause or a licence sets it."""
        found = [hold.finding for hold in holds if hold.finding.clause.limits]
        limits = [finding.clause.limit(finding.rule) for finding in found]
        limits += [self.law.licences[name].limit(name) for name in licences if self.law.licences[name].limits]
        return tuple(dict.fromkeys(limits))
