"""chipsim from Python: load a scenario, run it, compare policy variants, and hold the answers as tables.

The functions take what the commands of the same names take, and give the same answers, from disk if they are there.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from sim.facts.errors import Fault, InputError
from sim.study.answers import ComparisonResult, RunResult, to_pandas
from sim.study.comparing.answering import compare_sides
from sim.study.comparing.sides import Wanted, comparison, varied, wanted
from sim.study.keeping.results import RESULTS
from sim.study.question import Asked, ask
from sim.study.reading.inline import inline
from sim.study.reading.load import Loaded
from sim.study.reading.load import load as load_file
from sim.study.runs import How, answer

__all__ = ["ComparisonResult", "InputError", "RunResult", "Scenario", "compare", "load", "run", "to_pandas"]

Settings = Mapping[str, object] | Sequence[str]
"""Values set over a scenario: ``{"demand.wear": 0.06}``, or ``["demand.wear=0.06"]`` as the command line takes them."""


@dataclass(frozen=True)
class Scenario:
    """A scenario with what is set over it: its rules, makers and buyers, each value with the source behind it."""

    wanted: Wanted
    loaded: Loaded

    @property
    def name(self) -> str:
        """What tables and charts call it."""
        return self.loaded.name

    @property
    def title(self) -> str:
        """One line about it."""
        return self.loaded.scenario.title

    @property
    def question(self) -> str:
        """What it asks."""
        return self.loaded.scenario.question

    @property
    def values(self) -> dict[str, Any]:
        """Every value by its dotted key, as TOML has it."""
        return {key: origin.value for key, origin in self.loaded.provenance.items()}

    @property
    def sources(self) -> dict[str, str]:
        """Where each value comes from."""
        return {key: origin.source for key, origin in self.loaded.provenance.items()}

    @property
    def changes(self) -> dict[str, Any]:
        """The values it has otherwise than the scenario it extends, and those set over it."""
        return {key: origin.value for key, origin in self.loaded.changes.items()}


def load(name: str, settings: Settings = ()) -> Scenario:
    """A shipped scenario or a file, with values set over it. InputError lists everything wrong with it."""
    wished = _wanted(name)
    whole = Wanted(wished.name, (*wished.settings, *_written(settings)))
    return Scenario(whole, load_file(whole.name, whole.settings))


def run(
    scenario: str | Scenario,
    *,
    settings: Settings = (),
    reps: int | None = None,
    seed: int = 1,
    until: str | date | None = None,
    jobs: int | None = None,
    out: str | Path = RESULTS,
) -> RunResult:
    """A scenario's replications as tables, answered from disk if the same was asked before.

    ``reps``, ``until`` (the first day not simulated), ``jobs`` and ``out`` are the command line's. InputError lists
    everything wrong with the question; replications that broke are told in ``failures``, the others are there.
    """
    side = _wanted(scenario)
    question = ask(side.name, Asked((*side.settings, *_written(settings)), reps, seed, _day(until)))
    with _told_of_workers():
        return RunResult(answer(question, _how(jobs, out)))


def compare(
    *scenarios: str | Scenario,
    vary: Mapping[str, Sequence[object]] | Sequence[str] = (),
    settings: Settings = (),
    reps: int | None = None,
    seed: int = 1,
    until: str | date | None = None,
    jobs: int | None = None,
    out: str | Path = RESULTS,
) -> ComparisonResult:
    """Policy variants against a reference, the first, on the same luck: paired differences, month by month.

    ``vary={"demand.wear": [0.03, 0.06]}`` adds a variant of the reference for each value; all else is as for ``run``
    and holds for every side. InputError lists everything that makes no comparison.
    """
    sides = [_wanted(scenario) for scenario in scenarios]
    sides += _varied(sides[0], vary) if sides else []
    asked = comparison(sides, Asked(_written(settings), reps, seed, _day(until)))
    with _told_of_workers():
        return ComparisonResult(compare_sides(asked, _how(jobs, out)))


def _wanted(scenario: str | Scenario) -> Wanted:
    return scenario.wanted if isinstance(scenario, Scenario) else wanted(scenario)


def _varied(reference: Wanted, vary: Mapping[str, Sequence[object]] | Sequence[str]) -> list[Wanted]:
    """One side for each value of a lever."""
    if not isinstance(vary, Mapping):
        return [side for lever in vary for side in varied(reference, lever)]
    settings = [_written({key: value}) for key, values in vary.items() for value in values]
    return [replace(reference, settings=(*reference.settings, *one)) for one in settings]


def _how(jobs: int | None, out: str | Path) -> How:
    if jobs is not None and jobs < 1:
        raise InputError((Fault("", "jobs", f"{jobs} is not a number of processes", "give 1 or more"),))
    return How(Path(out), jobs)


def _day(until: str | date | None) -> str | None:
    return until.isoformat() if isinstance(until, date) else until


def _written(settings: Settings) -> tuple[str, ...]:
    """Settings as the command line takes them. Text is read as there: ``"2022-10-07"`` is a date."""
    if isinstance(settings, str):
        return (settings,)
    if not isinstance(settings, Mapping):
        return tuple(settings)
    return tuple(f"{key}={value if isinstance(value, str) else inline(value, key)}" for key, value in settings.items())


@contextmanager
def _told_of_workers() -> Iterator[None]:
    """Name the likeliest reason when worker processes die: a script that starts itself anew in each of them."""
    try:
        yield
    except ChildProcessError as error:
        advice = "a script must call it under `if __name__ == '__main__':` (docs/python.md), or with jobs=1"
        raise ChildProcessError(error.errno, f"{error.strerror}; {advice}") from error
