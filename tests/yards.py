"""A yard by hand: two holders, two kinds of chips, an H100 of 1,000 TFLOPS that reaches half of them.

The holders and chips are those of the tiny world; how many of them there are, what stack they are of and what they give
is up to a test. A chip of the first kind gives research one unit a day, one of the second a half. Days count from 0.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from sim.actors.labs import develop
from sim.facts.days import day_of
from sim.facts.estimate import Series
from sim.facts.training import SECONDS_PER_DAY, TERA, Pace
from sim.study.reading.load import load
from sim.study.replication import plan
from sim.world.calendar import Phase, Process
from sim.world.draws import Draws
from sim.world.projects import Project, Shop
from sim.world.stage import set_stage
from sim.world.workloads import OtherWork
from sim.world.yard import Yard

WORLD = Path(__file__).parent / "worlds/tiny/tiny.toml"
TINY = plan(load(str(WORLD), ("window.end=2023-01-01",)).scenario, 1)
START = TINY.frame.span.start
CALM = Pace(utilisation=0.5, reference=100, scaling=0.0, stops=0.0, lost=0.0)
CHIP_DAY = 1000 * TERA * 0.5 * SECONDS_PER_DAY
"""FLOP that an H100 gives a run in a day."""


def chance(points: Mapping[str, float]) -> Series:
    """A chance that changes by steps."""
    return Series.model_validate({"points": dict(points), "interpolate": "step"})


def model(name: str = "Deep.One", **changes: Any) -> Project:
    """No research, then ten days on 100 chips of the Cloud's, nothing afterwards, unless a test says otherwise."""
    plain: dict[str, Any] = {
        "name": name,
        "lab": name.partition(".")[0],
        "holder": 0,
        "share": 1.0,
        "starts": START,
        "after": None,
        "every": 0,
        "research": 0.0,
        "plan": 1.0,
        "flop": 10 * 100 * CHIP_DAY,
        "cluster": 100.0,
        "stacks": ("cuda",),
        "hosts": {},
        "fails": {},
        "failing": 1.0,
        "patience": 30,
        "steps": (),
        "ported": (),
        "saves": 1.0,
        "stretch": None,
    }
    return Project(**({"wish": changes.get("plan", 1.0)} | plain | changes))


def yard(
    projects: Iterable[Project],
    held: list[list[int]],
    stack: tuple[str, str] = ("cuda", "cann"),
    pace: Pace = CALM,
    number: int = 0,
) -> Yard:
    """Holders with chips of two kinds, ``held`` (holders, chips), and models under way in replication ``number``."""
    stage = set_stage(TINY.frame, Draws(1, number), TINY.law.regime(START))
    for holder, chip in np.argwhere(np.array(held) > 0).tolist():
        stage.ledger.settle(holder, chip, held[holder][chip])
    speed: Any = {"experts": np.ones(2), "dense": np.full(2, 2.0)}
    shop = Shop(np.array([1000.0, 500.0]), speed, stack, {"cuda": pace, "cann": pace}, 1000.0, np.array([1.0, 0.5]))
    nothing = OtherWork(*np.zeros((3, len(stage.frame.weeks), 2)))
    made = list(projects)
    signals: Any = {(one.name, step): stage.clock.signal() for one in made for step in ("trained", "released")}
    built = Yard(stage, shop, nothing, 1.0, np.zeros(2), np.zeros(4), np.zeros(2), np.ones((4, 2)), signals)
    for one in made:
        stage.clock.start(develop(built, one))
    stage.clock.start(stage.clock.every_week(built.step))
    return built


def come(built: Yard, day: int, holder: int, chip: int, amount: int) -> Process:
    """Chips reach a holder, or wear out if they are less than none."""
    yield built.stage.clock.at(START + day, Phase.LAW)
    moved = np.zeros_like(built.stage.ledger.held)
    moved[holder, chip] = abs(amount)
    if amount < 0:
        built.stage.ledger.retire(moved)
    else:
        built.stage.ledger.settle(holder, chip, amount)


def told(built: Yard, *processes: Process) -> list[tuple[int, str, str]]:
    """Let all days pass; what the log has then: day, kind and model."""
    for process in processes:
        built.stage.clock.start(process)
    built.stage.clock.run()
    built.stage.ledger.check()
    return [(event.day - START, event.kind, event.item) for event in built.stage.journal.events]


def days(log: Iterable[tuple[int, str, str]], kind: str) -> dict[str, int]:
    """The last day of a kind of event by model."""
    return {item: day for day, what, item in log if what == kind}


def day(when: Any) -> int:
    """A date as a day of the yard."""
    return day_of(when) - START
