"""An as-of run in words and as data: what was taken away, what stays though it came later, how the forecasts did."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from sim.study.scoring.as_of import Knowledge
from sim.study.scoring.levels import DOUBT, Level, Treatment
from sim.study.scoring.score import Score, Total, total
from sim.study.scoring.verdict import Verdict

INSTEAD: dict[Treatment, str] = {
    "kept": "no point of it is later",
    "widened": "its points, less surely",
    "cut, held flat": "its points up to then",
    "cut, carried on": "its points up to then, carried on",
    "first value kept": "its first point",
    "not begun": "nothing yet",
    "prior": "the middle of its bounds",
    "fitted again": "fitted again",
}
"""What stands in the place of a value fitted later."""

NAMED = 6
"""Keys told by name in a sentence; the rest are counted, and stand in ``--json``."""

GROUPS = {
    "forecast": "forecasts (of what ends after that day)",
    "past, published": "past figures published by then",
    "past, unpublished": "past figures published later",
}
"""The figures of an as-of run apart, and what each group is called in a sentence."""


def by_knowledge(told: Verdict) -> dict[str, tuple[Score, ...]]:
    """The figures apart: forecasts, those of the past that were published by the day, and those published later."""
    groups: dict[str, tuple[Score, ...]] = {}
    if told.as_of is not None:
        past = [score for score in told.scores if score.tense == "hindcast"]
        groups["forecast"] = tuple(score for score in told.scores if score.tense == "forecast")
        groups["past, published"] = tuple(score for score in past if score.figure.known <= told.as_of)
        groups["past, unpublished"] = tuple(score for score in past if score.figure.known > told.as_of)
    return groups


def as_of_words(told: Verdict) -> Iterator[str]:
    """Paragraphs: what the run did not know, what it did though it could not have, what it made up; how it did."""
    if told.as_of is None or told.knowledge is None:
        return
    known = told.knowledge
    yield f"As of {told.as_of}. {_taken(known)}"
    yield _instead(known)
    yield _kept(known)
    yield _scored(told)


def _taken(known: Knowledge) -> str:
    cut = known.treated("cut, carried on", "cut, held flat", "not begun", "prior", "fitted again")
    text = (
        f"Taken away: {len(known.dropped)} later rules, {len(known.unlaunched)} later parts, memories and fronts, "
        f"later points of {len(cut)} series"
    )
    fitted = [f"{level.key} ({INSTEAD[level.treatment]})" for level in known.levels if level.standing == "fitted later"]
    return text + (f", and what was fitted to figures published later: {_names(fitted)}." if fitted else ".")


def _instead(known: Knowledge) -> str:
    """What stands in the place of what was taken."""
    parts = [
        ("Carried on along their own trend, damped, less surely every year", known.treated("cut, carried on")),
        ("Held flat (shares, weights, settings)", known.treated("cut, held flat")),
        ("Nothing until they begin", known.treated("not begun")),
        ("Fitted again to the figures published by then", known.treated("fitted again")),
        ("A prior in the fit's place, the middle of the bounds given to it", known.treated("prior")),
        ("First value kept though it comes later", known.treated("first value kept")),
    ]
    return " ".join(f"{what}: {_names(keys)}." for what, keys in parts if keys)


def _kept(known: Knowledge) -> str:
    """What could not be known and is there all the same."""
    counts = Counter(level.standing for level in known.levels)
    later = later_alone(known)
    plain = [level.key for level in later if level.treatment == "kept"]
    text = (
        f"Kept though every dated source of theirs came later: the centres of {len(later)} numbers, since the world "
        f"needs them; where they have an interval it is at least a factor of {DOUBT:g} either way. Unchanged among "
        f"them, as they have no interval or a wide one, are {len(plain)}: {_names(plain)}. {counts['partly']} more "
        f"were weighed with later sources too, {counts['judgement']} are judgements without a day: kept. "
        f"--json names them all."
    )
    if counts["fitted"]:
        names = _names([level.key for level in known.levels if level.standing == "fitted"])
        text += f" Fitted to figures all published by then, and kept: {names}."
    if known.leaked:
        text += f" Rules only leaked by then, yet kept on the day they later got: {', '.join(known.leaked)}."
    return text


def later_alone(known: Knowledge) -> tuple[Level, ...]:
    """Numbers that no row published by the day speaks of."""
    return tuple(level for level in known.levels if level.standing == "later")


def _scored(told: Verdict) -> str:
    groups = {name: total(scores) for name, scores in by_knowledge(told).items()}
    told_apart = "; ".join(f"{GROUPS[name]}: {_counts(group)}" for name, group in groups.items())
    return f"{told_apart[0].upper()}{told_apart[1:]}."


def _counts(group: Total) -> str:
    return f"{group.inside} of {group.figures} inside, {group.covered} covered"


def _names(keys: Sequence[str]) -> str:
    more = len(keys) - NAMED
    return ", ".join(keys[:NAMED]) + (f" and {more} more" if more > 0 else "")


def knowledge_body(told: Verdict) -> dict[str, Any] | None:
    """All of it as JSON-ready data: every number by standing and treatment; None without an as-of day."""
    known = told.knowledge
    if known is None:
        return None
    return {
        "standings": dict(Counter(level.standing for level in known.levels)),
        "treatments": dict(Counter(level.treatment for level in known.levels)),
        "levels": [_level(level) for level in known.levels if level.standing != "known" or level.leaf is not None],
        "not_there_yet": list(known.idle),
        "settings": list(known.settings),
        "scores": {name: total_body(total(scores)) for name, scores in by_knowledge(told).items()},
        "words": list(as_of_words(told)),
    }


def _level(level: Level) -> dict[str, Any]:
    plain = {"key": level.key, "standing": level.standing, "treatment": level.treatment}
    return {**plain, "rows_published_later": list(level.later)}


def total_body(group: Total) -> dict[str, Any]:
    """A group's counts and shares."""
    return {**asdict(group), "share": group.share, "coverage": group.coverage}
