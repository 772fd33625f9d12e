"""The world as it was known on a day: no later rule, no later point of a dated series, nothing later made.

What it changes is laid over the scenario as settings, so that the question's hash and the resolved file say it.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sim.facts.days import date_of, day_of
from sim.facts.errors import Fault, InputError
from sim.facts.estimate import Series
from sim.facts.timetable import Timetable, licence_dates, timetable
from sim.study.reading.keys import format_key
from sim.study.reading.load import Loaded
from sim.study.scenario import Scenario


@dataclass(frozen=True)
class Knowledge:
    """What a day knows: ``settings`` that take the rest away; rules it drops; rules then only leaked, which stay."""

    settings: tuple[str, ...]
    dropped: tuple[str, ...]
    leaked: tuple[str, ...]


def as_of_date(text: str) -> date:
    """A day as ``--as-of`` takes it. InputError if it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError((Fault("", "--as-of", f"{text!r} is not a date", "write it as 2024-01-01"),)) from None


def known_on(loaded: Loaded, when: date) -> Knowledge:
    """What the scenario would hold had it been written on that day.

    A rule stays from its leak on, with the day it later got: its kind was known, its date was not. A withdrawal that
    had not come is undone unless the rule itself relaxes others, since a period of grace states its end. InputError if
    the day lies outside the scenario's window.
    """
    scenario, day = loaded.scenario, day_of(when)
    window = scenario.window
    if not window.start < when < window.end:
        problem = f"{when} is not between {window.start} and {window.end}"
        raise InputError((Fault("", "--as-of", problem, "give a day of the scenario's window"),))
    days = timetable(scenario.rules)
    dropped = tuple(name for name, dates in days.items() if dates.leaked > day)
    settings = [
        *(f"{_key('rules', name, 'enabled')}=false" for name in dropped),
        *_withdrawals(scenario, days, day),
        *_licences(scenario, days, day),
        *_series(loaded.provenance, day),
        *_lines(scenario, when),
        f"window.known_until={when}",
    ]
    leaked = tuple(name for name, dates in days.items() if dates.leaked <= day < dates.announced)
    return Knowledge(_last(settings), dropped, leaked)


def _last(settings: list[str]) -> tuple[str, ...]:
    """One setting a key, the last one said."""
    return tuple({setting.partition("=")[0]: setting for setting in settings}.values())


def _key(*parts: str) -> str:
    return format_key(parts)


def _withdrawals(scenario: Scenario, days: Timetable, day: int) -> Iterator[str]:
    for name, dates in days.items():
        ends_later = dates.withdrawn is not None and dates.withdrawn > day
        if dates.leaked <= day and ends_later and not scenario.rules[name].relaxes:
            yield f'{_key("rules", name, "withdrawn_days")}="never"'


def _licences(scenario: Scenario, days: Timetable, day: int) -> Iterator[str]:
    for name, dates in licence_dates(scenario.licences, days).items():
        if dates.announced > day:
            yield f"{_key('licences', name, 'enabled')}=false"


def _series(values: Mapping[str, Any], day: int) -> Iterator[str]:
    """Every dated series cut at the day: as it stood then, flat afterwards."""
    for key, origin in values.items():
        if isinstance(origin.value, dict) and "points" in origin.value:
            points = _cut(origin.value, day)
            if points != origin.value["points"]:
                yield f"{key}={inline(origin.value | {'points': points, 'source': origin.source})}"


def _cut(raw: Mapping[str, Any], day: int) -> dict[str, float]:
    """Points up to the day, and what an interpolated curve had come to on it; the first one alone if all are later."""
    points: dict[str, float] = dict(sorted(raw["points"].items()))
    kept = {when: value for when, value in points.items() if day_of(date.fromisoformat(when)) <= day}
    if not kept:
        return dict(list(points.items())[:1])
    if len(kept) < len(points) and raw.get("interpolate") != "step":
        series = Series.model_validate({"points": points, "interpolate": raw.get("interpolate", "linear")})
        kept[date_of(day).isoformat()] = series.at(day)
    return kept


def _lines(scenario: Scenario, when: date) -> Iterator[str]:
    """A wafer line whose silicon comes later makes nothing."""
    for maker, foreign in scenario.foreign.items():
        for name, line in foreign.lines.items():
            if line.silicon > when:
                key = _key("foreign", maker, "lines", name, "output")
                nothing = {"points": {line.silicon.isoformat(): 0.0}, "interpolate": "step", "unit": line.output.unit}
                yield f"{key}={inline(nothing)}"


def inline(value: Any) -> str:
    """A value as TOML writes it on one line."""
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{format_key((str(k),))} = {inline(v)}' for k, v in value.items())} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(inline, value))}]"
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False)
