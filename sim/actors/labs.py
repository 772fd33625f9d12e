"""Labs at work: every model is a process of research, a cluster, a final run, steps that need no compute, release.

Research uses whatever chips its lab can spare and takes longer with fewer of them. A final run waits for a cluster of
one kind of chip and holds it until it is over. On a stack that is not ready for its size it can fail for good: the lab
notices when its patience ends, and falls back. Who gets which chips is decided by the yard.
"""

from collections.abc import Generator
from math import inf
from typing import Any

import numpy as np
import simpy

from sim.facts.days import DAYS_PER_WEEK
from sim.facts.labs import flop_words
from sim.world.calendar import Phase, Process
from sim.world.journal import About
from sim.world.projects import Cluster, Project
from sim.world.yard import Yard

Stretch = Generator[simpy.Event, Any, int]
"""Part of a process, which ends with the log entry that it leads to; 0 if nothing in the model brought it about."""


def develop(yard: Yard, project: Project) -> Process:
    """The life of a model, from its first experiments to its release."""
    cause = yield from _begin(yard, project)
    planned, project = project, yard.within_means(project)
    begun = _tell(yard, project, "research begun", cause, (_intended(planned, project), ""))
    if project.research > 0:
        yield yard.begin(project)
    trained, stack = yield from _train(yard, project, begun)
    yard.reach(project, "trained", trained)
    released = yield from _finish(yard, project, trained)
    yard.reach(project, "released", released)
    _offer(yard, project, stack, released)


def _intended(planned: Project, project: Project) -> str:
    """How long research on a model is meant to take, and how much smaller than planned its lab makes it."""
    part = project.flop / planned.flop
    told = [f"planned to take {project.research / project.plan:.0f} days"] if project.research > 0 else []
    return ", ".join([*told, f"at {part:.0%} of its planned size"] if part < 1 else told)


def _begin(yard: Yard, project: Project) -> Stretch:
    """Wait for the day, and for the model before; what that brought is the cause."""
    cause, day, clock = 0, project.starts or 0, yard.stage.clock
    if project.after is not None:
        yard.pending.append(project)
        cause = yield yard.signals[project.after]
        yard.pending.remove(project)
        day = max(day, yard.begun[project.after[0]] + project.every)
    if day > clock.today:
        yield clock.at(day, Phase.LABS)
    yard.begun[project.name] = clock.today
    return cause


def _train(yard: Yard, project: Project, cause: int) -> Generator[simpy.Event, Any, tuple[int, str]]:
    """Final runs until one succeeds; the log entry of its end, and the stack it was on."""
    stage, attempts = yard.stage, project.attempts()
    while True:
        attempt, stack = next(attempts)
        since = stage.clock.today
        cluster = yield from _cluster(yard, project, stack)
        if cluster is None:
            told = f"no cluster on {stack} in {project.patience} days"
            cause = _tell(yard, project, "stack given up", cause, (told, ""))
            continue
        name = stage.frame.chips[cluster.chip]
        days = stage.clock.today - since
        waited = f" after {days} days of waiting for them" if days > DAYS_PER_WEEK else ""
        where = " abroad" if cluster.abroad else ""
        cause = _tell(yard, project, "run begun", cause, (f"on {cluster.chips:,} {name}{where}{waited}", name))
        _tell_if_landmark(yard, project, cause, name)
        doomed = _doomed(yard, project, stack, attempt)
        yield from _busy(yard, project, *(("failing run", project.patience) if doomed else ("final run", cluster.days)))
        yard.give_back(project, cluster)
        if not doomed:
            return _tell(yard, project, "model trained", cause, (f"in {cluster.days} days", name)), stack
        cause = _tell(yard, project, "run failed", cause, (f"given up after {project.patience} days", name))


def _cluster(yard: Yard, project: Project, stack: str) -> Generator[simpy.Event, Any, Cluster | None]:
    """Wait for a cluster, on the last stack to try for ever, on another as long as the lab has patience."""
    wait, clock = yard.queue(project, stack), yard.stage.clock
    if stack != project.stacks[-1]:
        yield wait.found | clock.at(clock.today + project.patience, Phase.LABS)
        if not wait.found.triggered:
            yard.waiting.remove(wait)
            return None
    found: Cluster = yield wait.found
    return found


def _tell_if_landmark(yard: Yard, project: Project, cause: int, chip: str) -> None:
    """The nation's first final run of a size that is watched for begins."""
    if project.flop >= yard.landmark:
        yard.landmark = inf
        _tell(yard, project, "landmark run begun", cause, (f"{flop_words(project.flop)} FLOP", chip))


def _doomed(yard: Yard, project: Project, stack: str, attempt: int) -> bool:
    """Whether a run that starts today on a stack will fail for good."""
    if stack not in project.fails:
        return False
    draws, today = yard.stage.draws, np.array([yard.stage.clock.today], dtype=np.float64)
    chance = project.failing * float(draws.curve(project.fails[stack], today)[0])
    return chance > 0 and draws.uniform("run fails", f"{project.name}/{attempt}") < chance


def _finish(yard: Yard, project: Project, trained: int) -> Stretch:
    """Steps that need no compute, and porting, which goes on beside them; then release, after whichever comes last."""
    stage, cause = yard.stage, trained
    ports = [stage.clock.start(_port(yard, project, port, (trained, "run", 0))) for port in project.ported]
    for step, days in project.steps:
        yield from _busy(yard, project, step, days)
        cause = _tell(yard, project, f"{step} done", cause, (f"in {days} days", ""))
    for port in ports:
        ported: Any = yield port
        cause = max(cause, ported)
    return _tell(yard, project, "model released", cause)


def _offer(yard: Yard, project: Project, stack: str, released: int) -> None:
    """A released model serves users on the stack of its run, on those it is ported to, and later on all others.

    A port that saves nothing and takes nobody's time is not told.
    """
    ready = {stack, *(name for name, _ in project.ported)}
    felt = [name for name in yard.ports if project.saves != 1.0 or name in yard.engineers]
    later = {name: yard.ports[name] for name in felt if name not in ready}
    yard.newest[project.lab] = project.name
    yard.released.append((yard.stage.clock.today, project, list(later)))
    for name, days in later.items():
        yard.stage.clock.start(_follow(yard, project, name, days, released))


def _follow(yard: Yard, project: Project, stack: str, days: int, released: int) -> Process:
    """Port a released model to one more stack; nobody does if its lab has a newer one out before a team has time."""
    if (yield from _port(yard, project, (stack, days), (released, "release", 1))):
        yard.ported.append((yard.stage.clock.today, project.name, stack))


def _port(yard: Yard, project: Project, to: tuple[str, int], after: tuple[int, str, int]) -> Stretch:
    """Port a model ``to`` a stack in so many days; the log entry of it, 0 if it is out of date before it is begun.

    If its vendor's engineers are few this begins once a team of them has time: first for models whose release waits
    for it. ``after`` is the log entry and the name of what it follows, and its place in that order.
    """
    (stack, days), (cause, what, rank) = to, after
    clock, since, told = yard.stage.clock, yard.stage.clock.today, ""
    if stack not in yard.engineers:
        yield from _busy(yard, project, f"port to {stack}", days)
    else:
        with yard.engineers[stack].request(priority=rank) as team:
            yard.porting.append((project, stack))
            yield team
            yard.porting.remove((project, stack))
            if yard.newest.get(project.lab, project.name) != project.name and rank:
                return 0
            told = f", {clock.today - since} of them waiting for engineers" if clock.today > since else ""
            yield from _busy(yard, project, f"port to {stack}", days)
    about = (f"to {stack}, {clock.today - since} days after its {what}{told}", "")
    return _tell(yard, project, "model ported", cause, about)


def _busy(yard: Yard, project: Project, what: str, days: int) -> Process:
    """So many days pass on one thing to be done for a model; the yard knows of it."""
    over = yard.stage.clock.today + days
    yard.busy[project.name, what] = (project, over)
    yield yard.stage.clock.at(over, Phase.LABS)
    del yard.busy[project.name, what]


def _tell(yard: Yard, project: Project, kind: str, cause: int, about: tuple[str, str] = ("", "")) -> int:
    """Log what a model has come to, with a detail and the chip if it is about one."""
    detail, chip = about
    told = About(project.lab, chip, detail=detail, item=project.name)
    return yard.stage.journal.record(yard.stage.clock.today, kind, cause=cause or None, about=told)
