"""What is wrong with a file of recorded figures: a measure, a label, a period or an interval that cannot be."""

from collections.abc import Iterator
from datetime import date

from sim.facts.errors import Fault, did_you_mean
from sim.study.keeping.recorded import COLUMN
from sim.study.reading.keys import format_key
from sim.study.scenario import Scenario
from sim.study.scoring.figures import DATE, Observation, Part, Recorded, interval_of, stretch
from sim.study.sources import Table, problem_with
from sim.world.series import INPUTS, MEASURES, ORIGINS

Told = Iterator[tuple[str, str, str]]
"""Key below the figure, problem, remedy."""

LISTS = {"actors": "actor", "chips": "chip", "origins": "origin", "items": "item"}
KNOWN: dict[str, tuple[str, ...]] = {"origin": ORIGINS, "input": INPUTS}
"""What a figure may name whatever the scenario, by dimension."""


def faults_of_figures(recorded: Recorded, file: str) -> list[Fault]:
    """Everything wrong with the figures that no single field shows, the names of chips and actors apart."""
    found = []
    for name, figure in recorded.figures.items():
        told = [*_of_event(figure), *_of_values(figure, recorded)]
        for under, part in _parts(figure):
            told += [(f"{under}{key}", problem, remedy) for key, problem, remedy in _of_part(part)]
        found += [Fault(file, _key(name, key), problem, remedy) for key, problem, remedy in told]
    return found


def unknown_labels(name: str, figure: Observation, scenario: Scenario, file: str) -> list[Fault]:
    """Chips, actors and runs of a figure that a scenario does not have; a world without labs has no runs to lack."""
    actors, found = {*scenario.buyers, *scenario.makers}, []
    for under, part in _parts(figure) if not figure.event else [("", figure)]:
        named = [("chips", "chip", set(scenario.chips)), ("actors", "buyer or maker", actors)]
        if scenario.training and _columns(part.measure).get("item") == "run":
            named.append(("items", "run on record", set(scenario.training.recorded)))
        for field, thing, known in named:
            for word in sorted(set(getattr(part, field)) - known):
                close = did_you_mean(word, known) or f"the scenario has {', '.join(sorted(known))}"
                found.append(Fault(file, _key(name, f"{under}{field}"), f"unknown {thing} {word!r}", close))
    return found


def unsourced(recorded: dict[str, Observation], rows: Table, file: str) -> list[Fault]:
    """Figures without a source, or that cite a row which the table of sources does not have."""
    told = ((name, problem_with(figure.source, rows)) for name, figure in recorded.items())
    return [Fault(file, _key(name, "source"), problem) for name, problem in told if problem]


def _key(name: str, field: str) -> str:
    return format_key(("figures", name, *field.split(".")))


def _parts(figure: Observation) -> list[tuple[str, Part]]:
    return list(zip(("", "over."), figure.parts, strict=False))


def _columns(measure: str) -> dict[str, str]:
    """What a measure is recorded by: the dimension behind every column; nothing of an event."""
    return {COLUMN[dimension]: dimension for dimension in MEASURES[measure].dimensions} if measure else {}


def _of_event(figure: Observation) -> Told:
    if figure.event and (figure.measure or figure.over or figure.period):
        yield "event", "an event has no measure, no period and no over", "leave out either"
    if figure.since and not figure.event:
        yield "since", "since says from which event the days count", "give event too"
    if figure.event and not figure.chips:
        yield "chips", "an event is looked up by its chip", 'give chips = ["..."]'


def _of_part(part: Part) -> Told:
    if part.measure not in MEASURES:
        known = list(MEASURES)
        remedy = did_you_mean(part.measure, known) or f"the measures are {', '.join(known)}"
        yield "measure", f"no measure is called {part.measure!r}", remedy
        return
    measure, columns = MEASURES[part.measure], _columns(part.measure)
    for field, column in LISTS.items():
        words = getattr(part, field)
        if words and column not in columns:
            yield field, f"{measure.name} is not recorded by {column}", f"leave {field} out"
        elif not measure.additive and column in columns and len(words) != 1 and (words or not measure.totals):
            yield field, f"{measure.name} does not add up, so it needs exactly one {column}", "name one"
        known = list(KNOWN.get(columns.get(column, ""), words))
        for word in sorted(set(words) - set(known)):
            yield field, f"unknown {column} {word!r}", did_you_mean(word, known) or f"one of {', '.join(known)}"
    yield from _of_period(part.period)


def _of_period(period: str) -> Told:
    try:
        stretch(period)
    except ValueError as error:
        yield "period", str(error), "write 2024, 2024Q3, 2024-09 or 2025-02..2025-04"


def _of_values(figure: Observation, recorded: Recorded) -> Told:
    yield from _of_unit(figure)
    given = [value for value in (figure.low, figure.central, figure.high) if value is not None]
    if len({isinstance(value, date) for value in given}) > 1:
        yield "central", "low, central and high are not all dates or all numbers", "write dates without quotes"
        return
    if len(given) == 2 or (figure.bound and len(given) > 1):
        yield "low", "give both low and high, or neither, and neither with bound", "leave them out for the rule's"
        return
    if figure.central == 0 and len(given) == 1 and figure.unit not in recorded.spread.zero:
        yield "central", f"the rule says nothing of zero {figure.unit}", "state low and high, or add it to spread.zero"
        return
    interval = interval_of(figure, recorded.spread)
    if not interval.low <= interval.central <= interval.high:
        yield "central", "low <= central <= high does not hold", ""


def _of_unit(figure: Observation) -> Told:
    dated = bool(figure.event) and not figure.since
    if dated != isinstance(figure.central, date):
        yield "central", "a date goes with an event, a number with anything else", "use since for days between events"
    if dated or figure.since:
        fitting = DATE if dated else "days"
    elif figure.over or figure.plus:
        return
    else:
        fitting = MEASURES[figure.measure].unit if figure.measure in MEASURES else figure.unit
    if figure.unit != fitting:
        yield "unit", f"should be {fitting!r}, not {figure.unit!r}", ""
