"""Scores in words and as data: numbers as people write them, totals against the goals, one closing sentence."""

from collections.abc import Iterable
from math import isfinite
from typing import Any

from sim.facts.days import date_of
from sim.study.keeping.wording import spelling
from sim.study.scoring.as_of_telling import knowledge_body, total_body
from sim.study.scoring.figures import DATE, ROLES
from sim.study.scoring.score import (
    COVERAGE,
    GOALS,
    Score,
    Total,
    by_role,
    by_topic,
    total,
    two_sided_checks,
    typical_error,
)
from sim.study.scoring.verdict import Verdict, facts


def spelt(score: Score, value: float, dates: str = "") -> str:
    """A value of a figure: 1.24M, $4.6bn, 50%, 8 Nov (or as ``dates`` formats it); "never" if it did not come."""
    if not isfinite(value):
        return "never"
    if score.figure.unit == DATE:
        day = date_of(round(value))
        return day.strftime(dates) if dates else f"{day.day} {day:%b}"
    if score.figure.plus:
        return f"{value:.2f}"
    size = abs(score.recorded.central) or abs(value)
    return spelling(size, score.figure.unit)(value).removesuffix(" days")


def recorded_range(score: Score, dates: str = "") -> str:
    """The recorded interval, or its bound."""
    low, central, high = score.recorded.low, score.recorded.central, score.recorded.high
    if score.figure.bound:
        return f"{'>=' if score.figure.bound == 'at least' else '<='} {spelt(score, central, dates)}"
    return f"{spelt(score, low, dates)} - {spelt(score, high, dates)}"


def simulated_range(score: Score, dates: str = "") -> str:
    """The simulated 90% interval."""
    return f"{spelt(score, score.p5, dates)} - {spelt(score, score.p95, dates)}"


def apart(score: Score) -> str:
    """How far the median lies from what was recorded: x1.20, +12 d; nothing for a recorded zero."""
    if score.error is None and score.ratio is None:
        return ""
    if score.in_days:
        return f"{score.error:+.0f} d"
    if score.ratio is None:
        return ""
    return f"x{score.ratio:.2f}" if score.ratio < 99.5 else f"x{score.ratio:.0f}"


def closing(told: Verdict) -> str:
    """One plain sentence: how many figures lie inside and how many are covered, by role, against the goals."""
    roles = by_role(told.scores)
    parts = [_role(role, roles[role], GOALS[role]) for role in ROLES if roles[role].figures]
    whole = total(told.scores)
    covered = ", ".join(f"{role} {_covered(roles[role])}" for role in ROLES if roles[role].figures)
    low, high = COVERAGE
    return (
        f"The simulated median lies inside the recorded interval for {'; '.join(parts)}; the simulated 90% intervals "
        f"hold {_covered(whole)} recorded values: {covered} (goal {low:.0%} to {high:.0%} each)."
    )


def closing_luck(told: Verdict) -> str:
    """How much of that is the luck of these replications: figures near the end of their interval fall either way."""
    roles = by_role(told.scores)
    parts = [
        f"{low} to {high} of {roles[role].figures} {role} figures ({low / roles[role].figures:.0%} to "
        f"{high / roles[role].figures:.0%}; most often {middle})"
        for role, (low, middle, high) in told.likely.items()
    ]
    return f"On other luck, the same replications drawn again, nine times in ten {' and '.join(parts)} lie inside."


def closing_two_sided(told: Verdict) -> str:
    """The check figures that can be missed on both sides; a zero or a mere bound is met more easily."""
    group = two_sided_checks(told.scores)
    return f"Check figures without recorded zeros and one-sided bounds: {group.inside} of {group.figures} inside."


def _covered(group: Total) -> str:
    return f"{group.covered} of {group.figures} ({group.coverage:.0%})"


def _role(role: str, group: Total, goal: float) -> str:
    counts = f"{group.inside} of {group.figures} {role} figures ({group.share:.0%}, goal {goal:.0%}"
    return f"{counts}; {group.by_parent:.0%} with one vote an origin)"


def body(told: Verdict) -> dict[str, Any]:
    """The whole verdict as JSON-ready data; infinite and undefined numbers are null."""
    return {
        **facts(told),
        "failures": told.run.failures,
        "goals": {**GOALS, "coverage": list(COVERAGE)},
        "totals": {
            **{role: total_body(g) for role, g in by_role(told.scores).items()},
            "all": total_body(total(told.scores)),
        },
        "check_without_cited_rows": total_body(total(_unseen(told))),
        "check_two_sided": total_body(two_sided_checks(told.scores)),
        "typical_log_error": _number(typical_error(told.scores)),
        "topics": {topic: total_body(total(group)) for topic, group in by_topic(told.scores).items()},
        "figures": [row(score, told) for score in told.scores],
        "left_out": dict(told.left_out),
        "sentence": closing(told),
        "on_other_luck": {
            role: dict(zip(("p5", "p50", "p95"), found, strict=True)) for role, found in told.likely.items()
        },
        "knowledge": knowledge_body(told),
    }


def _unseen(told: Verdict) -> Iterable[Score]:
    """Check figures none of whose rows a value of the scenario cites."""
    return (score for score in told.scores if score.figure.role == "check" and score.name not in told.also_input)


def row(score: Score, told: Verdict) -> dict[str, Any]:
    """One figure in full precision; dates as dates."""
    figure, recorded = score.figure, score.recorded
    numbers = {"low": recorded.low, "central": recorded.central, "high": recorded.high}
    numbers |= {"p5": score.p5, "p50": score.p50, "p95": score.p95}
    return {
        "name": score.name,
        **{key: getattr(figure, key) for key in ("topic", "what", "role", "unit")},
        **{key: _day(value) if figure.unit == DATE else _number(value) for key, value in numbers.items()},
        "inside": score.inside,
        "covered": score.covered,
        "error": _number(score.error),
        "error_in": "days" if score.in_days else ("log" if recorded.central else figure.unit),
        "tense": score.tense or None,
        "published_by_then": figure.known <= told.as_of if told.as_of else None,
        "last_day": date_of(figure.last_day).isoformat(),
        **{key: getattr(figure, key) for key in ("confidence", "source", "parent", "bound", "miss")},
        "known": figure.known.isoformat(),
        "also_input": told.also_input.get(score.name),
    }


def _number(value: float | None) -> float | None:
    return value if value is not None and isfinite(value) else None


def _day(value: float) -> str | None:
    return date_of(round(value)).isoformat() if isfinite(value) else None
