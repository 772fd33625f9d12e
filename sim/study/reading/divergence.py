"""The first day on which two scenarios can differ: before it they are the same world, event for event."""

from collections.abc import Iterator
from datetime import date
from fnmatch import fnmatchcase
from typing import Any

from sim.facts.buyers import Surge
from sim.facts.days import day_of
from sim.facts.labs import MODEL, Wave
from sim.facts.law import Licence, Rule
from sim.facts.timetable import Dates, Timetable, licences_known, timetable
from sim.study.reading.load import Loaded
from sim.study.scenario import Scenario

SILENT = ("headline.", "window.", "rules.", "licences.", "demand.surges.", "serving.waves.")
"""Keys that are told apart elsewhere here, or that change what is shown and not what happens."""

SHOWN = ("labs.*.models.*.planned", "labs.*.models.*.recorded")
"""Days that charts show beside the simulated ones; nobody acts upon them."""

WORDS = {"source", "note", "unit"}
DATING = {"announced", "issued", "until", "triggered_by", "trigger_event", "lag_days", "enabled"} | {
    "leaked_days_before",
    "in_force_days",
    "withdrawn_days",
}

FORESEEN = (
    "demand.load",
    "demand.budget",
    "buyers.*.share",
    "domestic.*.packaging",
    "domestic.*.products.*.mix",
    "domestic.*.products.*.own_memory",
    "foundry.wafers",
    "memory.domestic",
    "foreign.*.lines.*.output",
    "foreign.*.lines.*.abroad",
    "foreign.*.lines.*.china_share_cap",
    "foreign.*.lines.*.uncounted",
    "foreign.*.lines.*.mix.*",
)
"""Curves that buyers and makers read ahead, by covers that are drawn: a change in them may be felt from the start."""


def divergence_day(a: Loaded, b: Loaded) -> int:
    """First day that can differ, within the window; the window's end if nothing differs that matters.

    A rule's days count from its leak, because from then on actors know all of them but the withdrawal. A dated series
    counts from its first differing point (from the point before it if it is interpolated). All else has no date and
    counts from the start.
    """
    windows = (a.scenario.window, b.scenario.window)
    start, end = (min(day_of(w.start) for w in windows), min(day_of(w.end) for w in windows))
    if windows[0].start != windows[1].start:
        return start
    days = [*_law_days(a.scenario, b.scenario), *_surge_days(a.scenario, b.scenario), *_value_days(a, b, start)]
    return min(max(min(days, default=end), start), end)


def _law_days(a: Scenario, b: Scenario) -> Iterator[int]:
    rules = (timetable(a.rules), timetable(b.rules))
    yield from _dated_days((dict(a.rules), dict(b.rules)), rules)
    licences = (licences_known(a.licences, rules[0]), licences_known(b.licences, rules[1]))
    yield from _dated_days((dict(a.licences), dict(b.licences)), licences)


def _surge_days(a: Scenario, b: Scenario) -> Iterator[int]:
    """Nobody knows of a surge or a wave before its day, so the first of the two days counts where two differ.

    The day of one that a model brings is not before that model may begin.
    """
    for kind in (_surges, _waves):
        tables = [(one, {name: s for name, s in kind(one).items() if s.enabled}) for one in (a, b)]
        for name in sorted({*tables[0][1], *tables[1][1]}):
            said = [(one, table[name]) for one, table in tables if name in table]
            if len(said) == 1 or _wordless(said[0][1].model_dump()) != _wordless(said[1][1].model_dump()):
                yield min(min(day_of(s.since), _not_before(one, s.release)) for one, s in said)


def _surges(scenario: Scenario) -> dict[str, Surge]:
    return scenario.demand.surges


def _waves(scenario: Scenario) -> dict[str, Wave]:
    return scenario.serving.waves if scenario.serving else {}


def _not_before(scenario: Scenario, name: str) -> int:
    """The last day before which neither a model nor what it waits for is planned to begin; the end if there is none."""
    found: list[int] = []
    while name:
        lab, _, own = name.partition(MODEL)
        model = scenario.labs[lab].models[own] if lab in scenario.labs else None
        name = model.after if model else ""
        found += [day_of(model.starts)] if model and model.starts else []
    return max(found, default=day_of(scenario.window.end))


def _dated_days(records: tuple[dict[str, Any], dict[str, Any]], days: tuple[Timetable, Timetable]) -> Iterator[int]:
    for name in sorted({*days[0], *days[1]}):
        dates = [table[name] for table in days if name in table]
        saying = [_content(table[name]) for table, known in zip(records, days, strict=True) if name in known]
        if len(dates) == 1 or saying[0] != saying[1] or _known_days(dates[0]) != _known_days(dates[1]):
            yield min(one.leaked for one in dates)
        elif dates[0].withdrawn != dates[1].withdrawn:
            yield min(one.withdrawn for one in dates if one.withdrawn is not None)


def _known_days(dates: Dates) -> tuple[int, int, int]:
    return dates.leaked, dates.announced, dates.in_force


def _content(record: Rule | Licence) -> Any:
    """What a rule says, without its dates and without words about it; of a licence also what luck draws it from."""
    dating = DATING - {"lag_days"} if isinstance(record, Licence) and record.drawn else DATING
    return _wordless(record.model_dump(exclude=dating | {"title"}))


def _wordless(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _wordless(inner) for name, inner in value.items() if name not in WORDS}
    return value


def _value_days(a: Loaded, b: Loaded, start: int) -> Iterator[int]:
    for key in sorted({*a.provenance, *b.provenance}):
        if not key.startswith(SILENT) and not any(fnmatchcase(key, pattern) for pattern in SHOWN):
            values = [_normal(loaded.provenance[key].value) for loaded in (a, b) if key in loaded.provenance]
            if len(values) == 1 or values[0] != values[1]:
                ahead = any(fnmatchcase(key, pattern) for pattern in FORESEEN)
                yield start if ahead or len(values) == 1 else _series_day(values, start)


def _normal(value: Any) -> Any:
    """A value without words; a bare number as the estimate it is."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return {"central": value}
    return _wordless(value)


def _series_day(values: list[Any], start: int) -> int:
    """First day on which two curves differ; the start if they are not two curves that differ in points alone."""
    if not all(isinstance(value, dict) and "points" in value for value in values):
        return start
    shapes = [{name: inner for name, inner in value.items() if name != "points"} for value in values]
    if shapes[0] != shapes[1]:
        return start
    first, second = (value["points"] for value in values)
    differing = min(when for when in {*first, *second} if first.get(when) != second.get(when))
    before = [when for when in first if when < differing]
    if not before:
        return start
    step = shapes[0].get("interpolate") == "step"
    return day_of(date.fromisoformat(differing)) if step else day_of(date.fromisoformat(max(before))) + 1
