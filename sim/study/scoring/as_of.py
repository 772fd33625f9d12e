"""The law, the launches and the levels of a day: a scenario without what was found out later.

No later rule, licence, part, memory, front for orders abroad, model or surge of demand; no later point of a dated
series: it goes on along its own trend instead (sim/study/scoring/trend.py). Nothing fitted to figures published later,
and a wider interval around what only later sources tell (sim/study/scoring/levels.py). What it changes is laid over the
scenario as settings, so that the question's hash and the resolved file say it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sim.facts.days import day_of
from sim.facts.errors import Fault, InputError
from sim.facts.estimate import Series
from sim.facts.timetable import Timetable, licence_dates, timetable
from sim.study.reading.inline import inline
from sim.study.reading.keys import format_key
from sim.study.reading.load import Loaded
from sim.study.scenario import Scenario
from sim.study.scoring.levels import Day, Level, levels
from sim.study.scoring.observations import recorded
from sim.study.scoring.parameters import free_file, read_free
from sim.study.scoring.publication import library
from sim.study.scoring.trend import dated, known_points
from sim.study.sources import table


@dataclass(frozen=True)
class Knowledge:
    """What a day knows: ``settings`` that take what came later away.

    ``dropped`` rules do not exist; rules then only ``leaked`` stay. ``unlaunched`` are the keys of parts, memories and
    fronts put after the window's end. ``levels`` are the numbers but law and dates, each with its standing, without
    those below a key or rule of ``idle``, which the day does not have.
    """

    settings: tuple[str, ...]
    dropped: tuple[str, ...]
    leaked: tuple[str, ...]
    unlaunched: tuple[str, ...] = ()
    levels: tuple[Level, ...] = ()
    idle: tuple[str, ...] = ()

    def treated(self, *treatments: str) -> tuple[str, ...]:
        """Keys of the numbers that were treated so."""
        return tuple(level.key for level in self.levels if level.treatment in treatments)


def as_of_date(text: str) -> date:
    """A day as ``--as-of`` takes it. InputError if it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError((Fault("", "--as-of", f"{text!r} is not a date", "write it as 2024-01-01"),)) from None


def day_known(loaded: Loaded, when: date) -> Day:
    """What a forecaster had on a day. InputError if the day lies outside the scenario's window."""
    window = loaded.scenario.window
    if not window.start < when < window.end:
        problem = f"{when} is not between {window.start} and {window.end}"
        raise InputError((Fault("", "--as-of", problem, "give a day of the scenario's window"),))
    figures = recorded().figures
    shelf = library(table(), figures, window.known_until)
    return Day(when, window.end, shelf, figures, read_free(free_file()).parameters)


def known_on(loaded: Loaded, when: date) -> Knowledge:
    """The scenario with the law, the launches and the levels of that day.

    A rule stays from its leak on, with the day it later got: its kind was known, its date was not. A withdrawal that
    had not come is undone unless the rule itself relaxes others, since a period of grace states its end. InputError if
    the day lies outside the scenario's window.
    """
    scenario, day, known = loaded.scenario, day_of(when), day_known(loaded, when)
    days = timetable(scenario.rules)
    dropped = tuple(name for name, dates in days.items() if dates.leaked > day)
    unlaunched, unmade = tuple(_unlaunched(scenario, when)), tuple(_unmade(scenario, when))
    idle = (*dropped, *_idle(scenario, when))
    found = tuple(levels(loaded, known, idle))
    settings = [
        *(f"{_key('rules', name, 'enabled')}=false" for name in dropped),
        *_withdrawals(scenario, days, day),
        *_licences(scenario, days, day),
        *(f"{key}.enabled=false" for key in _unseen(scenario, when)),
        *(f"{level.key}={inline(level.leaf)}" for level in found if level.leaf is not None),
        *_unborn(loaded, idle, when),
        *unmade,
        *(f"{key}={scenario.window.end}" for key in unlaunched),
        f"window.known_until={when}",
    ]
    leaked = tuple(name for name, dates in days.items() if dates.leaked <= day < dates.announced)
    return Knowledge(_last(settings), dropped, leaked, unlaunched, found, idle)


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


def _unseen(scenario: Scenario, when: date) -> Iterator[str]:
    """Keys of the surges of demand, waves of users and models of labs that come later."""
    waves = scenario.serving.waves if scenario.serving else {}
    yield from (_key("demand", "surges", name) for name, one in scenario.demand.surges.items() if one.since > when)
    yield from (_key("serving", "waves", name) for name, one in waves.items() if one.since > when)
    for lab, roadmap in scenario.labs.items():
        for name, model in roadmap.models.items():
            if (model.recorded or model.starts or when) > when:
                yield _key("labs", lab, "models", name)


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


def _unborn(loaded: Loaded, idle: tuple[str, ...], when: date) -> Iterator[str]:
    """Series of what comes later, without their later points; the first alone if all are later."""
    for key, origin in loaded.provenance.items():
        if isinstance(origin.value, dict) and "points" in origin.value and key.startswith(tuple(f"{i}." for i in idle)):
            points = known_points(origin.value, when) or dict([min(dated(origin.value).items())])
            leaf = {"points": {at.isoformat(): value for at, value in points.items()}, "source": origin.source}
            yield f"{key}={inline(origin.value | leaf)}"


def _idle(scenario: Scenario, when: date) -> Iterator[str]:
    """Keys of chips, lines and products that come later: nothing asks for the numbers below them."""
    yield from (_key("chips", name) for name, chip in scenario.chips.items() if chip.launched and chip.launched > when)
    for maker, foreign in scenario.foreign.items():
        yield from (
            _key("foreign", maker, "lines", name) for name, line in foreign.lines.items() if line.silicon > when
        )
    for maker, works in scenario.domestic.items():
        at = ("domestic", maker, "products")
        yield from (_key(*at, name) for name, made in works.products.items() if min(made.mix.points) > when)
