"""The yard: which chips train, and what. Research uses what is free, final runs hold clusters of one kind of chip.

Who gets which chips is decided once a week: first clusters for the runs that wait, then research with what is left.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, repeat
from math import ceil

import numpy as np
import simpy

from sim.facts.days import DAYS_PER_WEEK
from sim.facts.estimate import Series
from sim.facts.labs import Design, Milestone
from sim.facts.training import Pace, cluster_size, run_days
from sim.world.draws import Floats
from sim.world.journal import About
from sim.world.ledger import Ints
from sim.world.market import part_given
from sim.world.stage import Stage

DONE = 1e-6
"""Of a day's research: less than that is left of nothing."""


@dataclass(frozen=True)
class Project:
    """A model in one replication. Days and FLOP; ``plan`` is the research a day that its lab asks for.

    It begins no sooner than on the day ``starts``, the milestone ``after`` and ``every`` days after that model began.
    ``stacks`` are tried in order, the last one again and again; ``fails`` gives a stack's chance to fail a run for
    good, of which the part ``failing`` meets this lab's, and ``hosts`` the holder whose chips it runs on there, who
    lends them if it is not the lab's own.
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
    design: Design = "experts"

    def attempts(self) -> Iterator[tuple[int, str]]:
        """The stacks to try, one after the other, for ever."""
        return enumerate(chain(self.stacks, repeat(self.stacks[-1])))


@dataclass(frozen=True)
class Shop:
    """What chips give in training, in one replication.

    ``tflops`` (chips,) is their dense FP16 as far as their kind uses it, ``stack`` that of each; ``paces`` are those of
    clusters on every stack, which are counted in ``h100``. ``speed`` is how many times as fast a run of each design
    goes on a chip as the reference run would, (chips,). ``research`` is what a chip gives research, FLOP a day,
    (chips,), 0 where training does not come first.
    """

    tflops: Floats
    speed: Mapping[Design, Floats]
    stack: tuple[str, ...]
    paces: Mapping[str, Pace]
    h100: float
    research: Floats


@dataclass
class Research:
    """Research under way: FLOP ``left`` of it, and what tells the process that it is over."""

    project: Project
    left: float
    over: simpy.Event


@dataclass(frozen=True)
class Cluster:
    """So many ``chips`` of a kind in the hands of a holder, held by a run; ``days`` that the run takes on it."""

    holder: int
    chip: int
    chips: int
    days: int


@dataclass
class Wait:
    """A run that waits for a cluster on a stack; its lab's runs hold at most ``share`` of a holder's chips of a kind.

    ``chips`` are those it takes of each kind and ``days`` how long it would take on them, both (chips,) and infinite
    for a kind that is not of the stack.
    """

    project: Project
    stack: str
    holder: int
    share: float
    chips: Floats
    days: Floats
    found: simpy.Event


@dataclass
class Yard:
    """The nation's chips in training: who does research, who waits for a cluster, what runs hold.

    ``asked`` and ``given`` are the research of the last week, FLOP a day by holder, (holders,); ``other`` what training
    asks for that is on no roadmap, and ``most`` the part of its chips that a holder leaves to that, both (weeks,
    holders). ``signals`` tell that a model has reached a milestone; ``begun`` is the day on which each was. ``running``
    are the chips that a lab's runs hold of a holder's, (chips,); ``released`` are the models that came out this week.
    """

    stage: Stage
    shop: Shop
    other: Floats
    most: Floats
    asked: Floats
    given: Floats
    signals: dict[tuple[str, Milestone], simpy.Event]
    pending: list[Project] = field(default_factory=list)
    begun: dict[str, int] = field(default_factory=dict)
    researching: list[Research] = field(default_factory=list)
    waiting: list[Wait] = field(default_factory=list)
    running: dict[tuple[str, int], Ints] = field(default_factory=dict)
    released: list[tuple[int, Project]] = field(default_factory=list)

    def step(self, week: int) -> None:
        """A week: clusters for the runs that wait, first come first served, then research with what is left."""
        for wait in [wait for wait in self.waiting if self._place(wait)]:
            self.waiting.remove(wait)
        self._research(week)

    def queue(self, project: Project, stack: str) -> Wait:
        """A run begins to wait for a cluster on a stack; on its lab's own chips or on those of whoever hosts it."""
        shop, holder = self.shop, project.hosts.get(stack, project.holder)
        chips, days = np.full(len(shop.stack), np.inf), np.full(len(shop.stack), np.inf)
        rates = (shop.tflops * shop.speed[project.design]).tolist()
        for chip, tflops in enumerate(shop.tflops.tolist()):
            if shop.stack[chip] == stack and tflops > 0:
                size = cluster_size(project.cluster, tflops, shop.h100)
                chips[chip], days[chip] = size, ceil(run_days(project.flop, size, rates[chip], shop.paces[stack]))
        share = project.share if holder == project.holder else 1.0
        wait = Wait(project, stack, holder, share, chips, days, self.stage.clock.signal())
        self.waiting.append(wait)
        return wait

    def _place(self, wait: Wait) -> bool:
        """Whether there are chips for a run by now: it takes those of the kind on which it ends first."""
        ledger, holder, own = self.stage.ledger, wait.holder, self._own(wait.project.lab, wait.holder)
        free = np.minimum(ledger.held[holder] - ledger.training[holder], ledger.held[holder] * wait.share - own)
        enough = free >= wait.chips
        if not np.count_nonzero(enough):
            return False
        chip = int(np.where(enough, wait.days, np.inf).argmin())
        cluster = Cluster(holder, chip, int(wait.chips[chip]), int(wait.days[chip]))
        ledger.assign(holder, chip, cluster.chips)
        own[chip] += cluster.chips
        wait.found.succeed(cluster)
        return True

    def give_back(self, project: Project, cluster: Cluster) -> None:
        """A run is over; its chips are free, less those that wore out."""
        self.stage.ledger.relieve(cluster.holder, cluster.chip, cluster.chips)
        self._own(project.lab, cluster.holder)[cluster.chip] -= cluster.chips

    def _own(self, lab: str, holder: int) -> Ints:
        """Chips of a holder's that a lab's runs hold, (chips,), to be added to."""
        return self.running.setdefault((lab, holder), np.zeros(len(self.shop.stack), dtype=np.int64))

    def _research(self, week: int) -> None:
        """Research gets what is asked for, cut alike within a holder, and each lab at most its share."""
        free = self.stage.ledger.held - self.stage.ledger.training
        capacity: Floats = free @ self.shop.research
        self.asked = np.minimum(self.other[week], capacity * self.most[week])
        self.given = self.asked.copy()
        by_holder: dict[int, list[Research]] = {}
        for one in self.researching:
            by_holder.setdefault(one.project.holder, []).append(one)
        for holder, projects in by_holder.items():
            self._share_out(projects, holder, capacity.item(holder))

    def _share_out(self, projects: list[Research], holder: int, capacity: float) -> None:
        """A week of all projects at a holder that can give them, and what is on no roadmap, so much; some are over."""
        other = self.asked.item(holder)
        asks: dict[str, tuple[float, float]] = {}
        for one in projects:
            before, _ = asks.get(one.project.lab, (0.0, 0.0))
            asks[one.project.lab] = (before + one.project.plan, one.project.share * capacity)
        part = part_given(capacity, other, list(asks.values()))
        gets = {lab: min(part, most / plan) for lab, (plan, most) in asks.items()}
        asked, given = other, other * part
        for one in projects:
            week = one.project.plan * gets[one.project.lab]
            asked, given = asked + one.project.plan, given + week
            one.left -= DAYS_PER_WEEK * week
            if one.left <= DONE * one.project.plan:
                self.researching.remove(one)
                one.over.succeed()
        self.asked[holder], self.given[holder] = asked, given

    def reach(self, project: Project, milestone: Milestone, event: int) -> None:
        """A model has come so far; whoever waited for it goes on."""
        if milestone == "released":
            self.released.append((self.stage.clock.today, project))
        self.signals[project.name, milestone].succeed(event)

    def close(self) -> None:
        """Models that still wait for something on the last day are logged with it: a model, research or a cluster."""
        for project in self.pending:
            self._still_waiting(project, " is not ".join(project.after or ()))
        for one in self.researching:
            self._still_waiting(one.project, f"{one.left / one.project.research:.0%} of its research is left")
        for wait in self.waiting:
            wanted = f"{wait.project.cluster:,.0f} H100-equivalents of one kind of chip on {wait.stack}"
            self._still_waiting(wait.project, f"no cluster of {wanted}")

    def _still_waiting(self, project: Project, what: str) -> None:
        about = About(project.lab, detail=what, item=project.name)
        self.stage.journal.record(self.stage.frame.span.end - 1, "still waiting", about=about)
