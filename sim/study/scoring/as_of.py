"""The law and the launches known on a day; levels are those of today's data, held at it.

No later rule, part, memory or front for orders abroad, no later surge of demand or point of a dated series. What it
cannot take away are values whose day of publication is not on record: shares and capacities fitted or estimated later
stay. What it changes is laid over the scenario as settings, so that the question's hash and the resolved file say it.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sim.facts.days import day_of
from sim.facts.errors import Fault, InputError
from sim.facts.estimate import Series
from sim.facts.timetable import Timetable, licence_dates, timetable
from sim.study.reading.keys import format_key
from sim.study.reading.load import Loaded
from sim.study.scenario import Scenario


@dataclass(frozen=True)
class Knowledge:
    """The law and launches of a day: ``settings`` that take later ones away.

    ``dropped`` rules do not exist; rules then only ``leaked`` stay. ``unlaunched`` are the keys of parts, memories and
    fronts put after the window's end; ``first_kept`` those of series that begin later, and keep their first value.
    """

    settings: tuple[str, ...]
    dropped: tuple[str, ...]
    leaked: tuple[str, ...]
    unlaunched: tuple[str, ...] = ()
    first_kept: tuple[str, ...] = ()


def as_of_date(text: str) -> date:
    """A day as ``--as-of`` takes it. InputError if it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError((Fault("", "--as-of", f"{text!r} is not a date", "write it as 2024-01-01"),)) from None


def known_on(loaded: Loaded, when: date) -> Knowledge:
    """The scenario with the law and the launches of that day, and every level held at it.

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
    unlaunched = tuple(_unlaunched(scenario, when))
    nothing = tuple(_unmade(scenario, when))
    settings = [
        *(f"{_key('rules', name, 'enabled')}=false" for name in dropped),
        *_withdrawals(scenario, days, day),
        *_licences(scenario, days, day),
        *_series(loaded.provenance, day),
        *(f"{_key('demand', 'surges', s, 'enabled')}=false" for s in _unseen(scenario, when)),
        *nothing,
        *(f"{key}={window.end}" for key in unlaunched),
        f"window.known_until={when}",
    ]
    leaked = tuple(name for name, dates in days.items() if dates.leaked <= day < dates.announced)
    return Knowledge(_last(settings), dropped, leaked, unlaunched, tuple(_first_kept(loaded, when)))


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
    """Every dated series with its points up to the day, of which the last holds; its first if all are later."""
    for key, origin in values.items():
        if isinstance(origin.value, dict) and "points" in origin.value:
            points = _cut(origin.value["points"], day)
            if points != origin.value["points"]:
                yield f"{key}={inline(origin.value | {'points': points, 'source': origin.source})}"


def _cut(points: Mapping[str, float], day: int) -> dict[str, float]:
    """Points up to the day; the first one alone if all are later, since a series needs one."""
    ordered = dict(sorted(points.items()))
    kept = {when: value for when, value in ordered.items() if day_of(date.fromisoformat(when)) <= day}
    return kept or dict(list(ordered.items())[:1])


def _unseen(scenario: Scenario, when: date) -> Iterator[str]:
    """Names of the surges of demand that come later."""
    return (name for name, surge in scenario.demand.surges.items() if surge.since > when)


def _unlaunched(scenario: Scenario, when: date) -> Iterator[str]:
    """Keys of the days of parts, memories and fronts that come later.

    They are put off, not deleted: a maker without any front would order abroad under its own name.
    """
    for maker, foreign in scenario.foreign.items():
        for name, line in foreign.lines.items():
            at = ("foreign", maker, "lines", name)
            yield from (_key(*at, "parts", part) for part, day in line.parts.items() if day > when)
            memory = line.grid.memory if line.grid else {}
            yield from (
                _key(*at, "grid", "memory", m, "available") for m, had in memory.items() if had.available > when
            )
    for maker, works in scenario.domestic.items():
        yield from (_key("domestic", maker, "orders_as", name) for name, day in works.orders_as.items() if day > when)


def _unmade(scenario: Scenario, when: date) -> Iterator[str]:
    """A line whose silicon comes later makes nothing, nor has a product that starts later any share of packaging.

    The day from which the world no longer takes all of a line is put off with all that comes later.
    """
    for maker, foreign in scenario.foreign.items():
        for name, line in foreign.lines.items():
            at = ("foreign", maker, "lines", name)
            if line.silicon > when:
                yield _only(_key(*at, "output"), line.output, line.silicon, 0.0)
            if line.abroad is not None and min(line.abroad.points) > when:
                yield _only(_key(*at, "abroad"), line.abroad, scenario.window.end, min(line.abroad.points.items())[1])
    for maker, works in scenario.domestic.items():
        for name, product in works.products.items():
            if min(product.mix.points) > when:
                yield _only(_key("domestic", maker, "products", name, "mix"), product.mix, min(product.mix.points), 0.0)


def _only(key: str, series: Series, when: date, value: float) -> str:
    """A series of one point."""
    single = {"points": {when.isoformat(): value}, "interpolate": "step", "unit": series.unit, "source": series.source}
    return f"{key}={inline(single)}"


def _first_kept(loaded: Loaded, when: date) -> Iterator[str]:
    """Keys of series that begin later at more than nothing and that no later launch makes idle."""
    scenario = loaded.scenario
    lines = (
        (_key("foreign", maker, "lines", n), line)
        for maker, f in scenario.foreign.items()
        for n, line in f.lines.items()
    )
    idle = {key for key, line in lines if line.silicon > when}
    unmade = {setting.partition("=")[0] for setting in _unmade(scenario, when)}
    for key, origin in loaded.provenance.items():
        if isinstance(origin.value, dict) and "points" in origin.value and key not in unmade:
            first, value = min(origin.value["points"].items())
            if value and date.fromisoformat(first) > when and key.rpartition(".")[0] not in idle:
                yield key


def inline(value: Any) -> str:
    """A value as TOML writes it on one line."""
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{format_key((str(k),))} = {inline(v)}' for k, v in value.items())} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(inline, value))}]"
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False)
