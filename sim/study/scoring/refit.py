"""What a forecaster would have fitted on a day: the free values turned to the figures published by then, no others.

A dial whose targets were all published later turns to those of its ``earlier`` figures that were out; one that has
neither is not turned, and its points stay away (sim/study/scoring/levels.py). A value starts in the middle of its
bounds, so that nothing of the later fit is in the start; a factor's curve keeps its shape between the points it moves.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from math import sqrt
from typing import Any

from sim.study.reading.inline import inline
from sim.study.reading.load import Loaded
from sim.study.scoring.as_of import Knowledge, day_known
from sim.study.scoring.calibrate import How, fit
from sim.study.scoring.figures import Observations
from sim.study.scoring.levels import Day, Level, doubted, fitted
from sim.study.scoring.observations import recorded
from sim.study.scoring.parameters import Dial, Parameter, Problem
from sim.study.scoring.trend import carried_on, known_points


def fitted_again(name: str, loaded: Loaded, knowledge: Knowledge, when: date, how: How) -> Knowledge:
    """What a day knows, with the free values fitted to the figures published by it; unchanged if none was.

    InputError if the scenario cannot be read again with them.
    """
    day = day_known(loaded, when)
    posed = replace(problem_of(loaded, knowledge, day), name=name)
    if not posed.dials:
        return knowledge
    values = fit(posed, how).values
    leaves = {key: _carried(posed.leaf(key, values), day) for key in posed.keys}
    kept = [one for one in knowledge.settings if one.partition("=")[0] not in leaves]
    settings = (*kept, *(f"{key}={inline(leaf)}" for key, leaf in leaves.items()))
    return replace(knowledge, settings=settings, levels=tuple(_again(level, leaves) for level in knowledge.levels))


def problem_of(loaded: Loaded, knowledge: Knowledge, day: Day) -> Problem:
    """The dials that a figure published by the day speaks of, and those figures."""
    stood = {key: origin for key, origin in loaded.provenance.items() if fitted(key, origin, day)}
    free = {name: _restricted(one, day) for name, one in day.free.items() if one.key in stood}
    kept = {name: one for name, one in free.items() if one.targets and one.points}
    cut = {key: replace(stood[key], value=_without(key, stood[key].value, day, kept)) for key in stood}
    targets = {name: day.figures[name] for one in kept.values() for name in one.targets}
    keys = {one.key for one in kept.values()}
    return Problem(
        name=loaded.file,
        loaded=replace(loaded, provenance={**loaded.provenance, **cut}),
        dials=tuple(Dial(name, one, _start(one)) for name, one in kept.items()),
        targets=Observations(recorded().file, recorded().spread, targets),
        under=tuple(one for one in knowledge.settings if one.partition("=")[0] not in keys),
    )


def _restricted(parameter: Parameter, day: Day) -> Parameter:
    """A parameter with the targets and the points that the day knows."""
    known = [name for name in parameter.targets if day.target_known(name)]
    known = known or [name for name in parameter.earlier if day.target_known(name)]
    return parameter.model_copy(update={"targets": known, "points": [at for at in parameter.points if at <= day.when]})


def _start(parameter: Parameter) -> float:
    return 1.0 if parameter.kind == "factor" else sqrt(parameter.low * parameter.high)


def _without(key: str, leaf: Mapping[str, Any], day: Day, kept: Mapping[str, Parameter]) -> dict[str, Any]:
    """A series without later points and without those of its dials that cannot be turned on the day."""
    turned = {at for one in kept.values() if one.key == key for at in one.points}
    gone = {at for one in day.dials(key) for at in one.points} - turned
    points = {at: value for at, value in known_points(leaf, day.when).items() if at not in gone}
    return {**leaf, "points": {at.isoformat(): value for at, value in points.items()}}


def _carried(leaf: Mapping[str, Any], day: Day) -> dict[str, Any]:
    points = {date.fromisoformat(str(at)): float(f"{value:.4g}") for at, value in leaf["points"].items()}
    return {**carried_on(doubted(leaf), points, day.end), "note": f"as of {day.when}: fitted again"}


def _again(level: Level, leaves: Mapping[str, Any]) -> Level:
    if level.key not in leaves:
        return level
    return replace(level, treatment="fitted again", leaf=leaves[level.key])
