"""What is under way in the yard: models as projects, what chips give them, their research, clusters and waits."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain, repeat
from math import isfinite

import numpy as np
import simpy

from sim.facts.estimate import Series
from sim.facts.labs import Design, Milestone
from sim.facts.training import Pace
from sim.world.draws import Floats
from sim.world.ledger import Ints


@dataclass(frozen=True)
class Project:
    """A model in one replication. Days and FLOP; ``plan`` is the research a day that its lab asks for.

    ``wish`` is that plan before it was made smaller.
    It begins no sooner than on the day ``starts``, the milestone ``after`` and ``every`` days after that model began.
    ``stacks`` are tried in order, the last one again and again; ``fails`` gives a stack's chance to fail a run for
    good, of which the part ``failing`` meets this lab's, and ``hosts`` the holder whose chips it runs on there, who
    lends them if it is not the lab's own. ``stretch`` is how many times as long as planned research may take by the
    chips of the day before the lab makes the model smaller; None if it never does.
    """

    name: str
    lab: str
    holder: int
    share: float
    starts: int | None
    after: tuple[str, Milestone] | None
    every: int
    research: float
    plan: float
    wish: float
    flop: float
    cluster: float
    stacks: tuple[str, ...]
    hosts: Mapping[str, int]
    fails: Mapping[str, Series]
    failing: float
    patience: int
    steps: tuple[tuple[str, int], ...]
    ported: tuple[tuple[str, int], ...]
    saves: float
    stretch: float | None
    design: Design = "experts"

    def smaller(self, part: float) -> "Project":
        """The same model with a part of its compute, in research and in its final run."""
        less = {name: getattr(self, name) * part for name in ("research", "plan", "flop", "cluster")}
        return replace(self, **less)

    def attempts(self) -> Iterator[tuple[int, str]]:
        """The stacks to try, one after the other, for ever."""
        return enumerate(chain(self.stacks, repeat(self.stacks[-1])))


@dataclass(frozen=True)
class Shop:
    """What chips give in training, in one replication.

    ``tflops`` (chips,) is their dense FP16 as far as their kind uses it, ``stack`` that of each; ``paces`` are those of
    clusters on every stack, which are counted in ``h100``. ``speed`` is how many times as fast a run of each design
    goes on a chip as the reference run would, (chips,). ``research`` is what a chip gives research, FLOP a day,
    (chips,).
    """

    tflops: Floats
    speed: Mapping[Design, Floats]
    stack: tuple[str, ...]
    paces: Mapping[str, Pace]
    h100: float
    research: Floats

    def trained(self, stack: str) -> Ints:
        """The chips of a stack that one can train on, by their columns."""
        able = [chip for chip, tflops in enumerate(self.tflops.tolist()) if tflops > 0 and self.stack[chip] == stack]
        return np.array(able, dtype=np.int64)


@dataclass
class Research:
    """Research under way: FLOP ``left`` of it, what it gets a ``week``, and what tells the process that it is over."""

    project: Project
    left: float
    over: simpy.Event
    week: float = 0.0


@dataclass
class Bench:
    """The research of one holder's labs: the ``projects`` of each lab, what it ``asks`` for, FLOP a day, the ``share``
    of the holder's chips it may use, and what all ``wish`` for.
    """

    holder: int
    labs: list[str] = field(default_factory=list)
    projects: list[list[Research]] = field(default_factory=list)
    asks: list[float] = field(default_factory=list)
    share: list[float] = field(default_factory=list)
    wish: float = 0.0

    def add(self, one: Research) -> None:
        """One more project."""
        project = one.project
        if project.lab not in self.labs:
            self.labs.append(project.lab)
            self.projects.append([])
            self.asks.append(0.0)
            self.share.append(project.share)
        place = self.labs.index(project.lab)
        self.projects[place].append(one)
        self.asks[place] += project.plan
        self.wish += project.wish


def benches_of(researching: Iterable[Research]) -> list[Bench]:
    """Research under way, by holder."""
    benches: dict[int, Bench] = {}
    for one in researching:
        benches.setdefault(one.project.holder, Bench(one.project.holder)).add(one)
    return list(benches.values())


@dataclass(frozen=True)
class Cluster:
    """So many ``chips`` of a kind in a holder's account, at home or ``abroad``; ``days`` that a run takes on them."""

    account: int
    chip: int
    chips: int
    days: int
    abroad: bool


@dataclass
class Wait:
    """A run that waits for a cluster on a stack; its lab's runs hold at most ``share`` of a holder's chips of a kind.

    ``chips`` are those it takes of each kind and ``days`` how long it would take on them, both (chips,) and infinite
    for a kind that is not of the stack. ``since`` is the day on which it began to wait.
    """

    project: Project
    stack: str
    holder: int
    share: float
    chips: Floats
    days: Floats
    found: simpy.Event
    since: int

    def worth(self, training: Floats) -> float:
        """H100-equivalents by ``training`` value, (chips, stacks), of the kind of cluster on which it would end first.

        Of H100s if there is no kind for it.
        """
        chip = int(self.days.argmin())
        chips = self.chips.item(chip)
        return float(chips * training[chip].sum()) if isfinite(chips) else self.project.cluster
