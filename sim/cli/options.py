"""Options that ``run`` and ``plot`` share, and the question they amount to."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.console import RunFailedError

if TYPE_CHECKING:
    from sim.study.keeping.results import Run
    from sim.study.question import Question as Asking

RUN, MEANS = "The run", "How it is worked out and kept"
"""Panels of help: what changes the answer, and what does not."""

Name = Annotated[str, typer.Argument(metavar="NAME", help="A shipped scenario (chipsim list) or a file.")]
Reps = Annotated[
    int | None,
    typer.Option("--reps", metavar="N", help="Replications; the scenario says how many if not.", rich_help_panel=RUN),
]
Seed = Annotated[int, typer.Option("--seed", metavar="S", help="Seed of all chance.", rich_help_panel=RUN)]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Set a value; may be repeated.", rich_help_panel=RUN),
]
Until = Annotated[
    str | None,
    typer.Option("--until", metavar="DATE", help="End earlier: the first day not simulated.", rich_help_panel=RUN),
]
Jobs = Annotated[
    int | None,
    typer.Option("--jobs", metavar="N", help="Processes; every core if not given.", rich_help_panel=MEANS),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out", metavar="DIR", help="Folder for the run's folder; results if not given.", rich_help_panel=MEANS
    ),
]
Raw = Annotated[bool, typer.Option("--raw", help="Keep every replication's series too.", rich_help_panel=MEANS)]
NameOrRun = Annotated[
    str, typer.Argument(metavar="NAME-or-RUN", help="A scenario, which is run first, or a run's folder.")
]


Question = tuple[int | None, int, list[str] | None, str | None]
"""--reps, --seed, --set, --until."""

Means = tuple[int | None, Path | None, bool]
"""--jobs, --out, --raw."""


def answered(name: str, question: Question, means: Means) -> "Run":
    """Ask and answer, with a progress bar. Everything wrong with the input is told before anything is written."""
    from sim.study.question import Asked, ask

    reps, seed, settings, until = question
    check_means(means)
    return settled(ask(name, Asked(tuple(settings or ()), reps, seed, until)), means)


def settled(question: "Asking", means: Means) -> "Run":
    """Answer a question that is already asked, with a progress bar."""
    from sim.cli.progress import counting
    from sim.study.keeping.results import RESULTS
    from sim.study.runs import How, answer

    jobs, out, raw = means
    check_means(means)
    with going_on(), counting(question.scenario.name) as progress:
        return answer(question, How(out or RESULTS, jobs, raw, progress))


@contextmanager
def going_on() -> Iterator[None]:
    """Work that goes on where it was stopped: Ctrl-C says so."""
    try:
        yield
    except KeyboardInterrupt:
        raise KeyboardInterrupt("what was finished is kept: the same command goes on from there") from None


def check_means(means: Means) -> None:
    """InputError if so many processes or such a folder cannot be."""
    jobs, out, _ = means
    _check_means(jobs, out)


def the_run(name: str, question: Question) -> "Run":
    """The run of that name or path as it is, else the scenario's, run now or answered from disk.

    RunFailedError if every replication of it failed.
    """
    from sim.facts.errors import Fault, InputError
    from sim.study.keeping.results import find_run, is_comparison, open_run

    folder = find_run(name)
    if folder is None:
        return _sound(answered(name, question, (None, None, False)))
    if is_comparison(folder):
        sides = ", ".join(str(side) for side in sorted((folder / "sides").iterdir()))
        raise InputError((Fault(name, "", "is a comparison, not a run", f"name one of its sides: {sides}"),))
    if question != (None, 1, None, None):
        problem = "is a run, which --reps, --seed, --set and --until cannot change"
        raise InputError((Fault(name, "", problem, "name the scenario instead"),))
    return _sound(open_run(folder))


def _sound(run: "Run") -> "Run":
    """The run, if there is anything to look at. RunFailedError if every replication failed."""
    from sim.facts.errors import Fault

    if run.broken:
        raise RunFailedError((Fault(str(run.path), "", run.broken, "mend that and run it again"),))
    return run


def _check_means(jobs: int | None, out: Path | None) -> None:
    from sim.facts.errors import Fault, InputError

    if jobs is not None and jobs < 1:
        raise InputError((Fault("", "--jobs", f"{jobs} is not a number of processes", "give 1 or more"),))
    if out is not None and out.exists() and not out.is_dir():
        raise InputError((Fault(str(out), "--out", "is a file, not a folder", "give a folder"),))
    if out is not None and not _can_write(out):
        raise InputError((Fault(str(out), "--out", "cannot be written to", "give a folder of your own"),))


def _can_write(folder: Path) -> bool:
    """Whether a folder, or the nearest one above it that exists, is a folder that takes new entries."""
    there = next((path for path in (folder, *folder.absolute().parents) if path.exists()), None)
    return there is not None and there.is_dir() and os.access(there, os.W_OK | os.X_OK)
