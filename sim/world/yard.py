"""The yard: which chips train, and what. Research uses what is free, final runs hold clusters of one kind of chip.

Who gets which chips is decided once a week: research has what was free in it, then the runs that wait get clusters. A
run also looks when it begins to wait, after those before it in line, so that it can follow its research at once.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, repeat
from math import ceil, inf, isfinite, isinf

import numpy as np
import simpy

from sim.facts.days import DAYS_PER_WEEK
from sim.facts.estimate import Series
from sim.facts.labs import Milestone
from sim.facts.training import Pace, cluster_size, run_days
from sim.world.draws import Floats
from sim.world.journal import About
from sim.world.ledger import Ints
from sim.world.market import divided
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

    def attempts(self) -> Iterator[tuple[int, str]]:
        """The stacks to try, one after the other, for ever."""
        return enumerate(chain(self.stacks, repeat(self.stacks[-1])))


@dataclass(frozen=True)
class Shop:
    """What chips give in training, in one replication.

    ``tflops`` (chips,) is their dense FP16 as far as their kind uses it, ``stack`` that of each; ``paces`` are those of
    clusters on every stack, which are counted in ``h100``. ``research`` is what a chip gives research, FLOP a day,
    (chips,), 0 where training does not come first.
    """

    tflops: Floats
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
    for a kind that is not of the stack.
    """

    project: Project
    stack: str
    holder: int
    share: float
    chips: Floats
    days: Floats
    found: simpy.Event

    def worth(self, training: Floats) -> float:
        """H100-equivalents by ``training`` value, (chips, stacks), of the kind of cluster on which it would end first.

        Of H100s if there is no kind for it.
        """
        chip = int(self.days.argmin())
        chips = self.chips.item(chip)
        return float(chips * training[chip].sum()) if isfinite(chips) else self.project.cluster


@dataclass
class Yard:
    """The nation's chips in training: who does research, who waits for a cluster, what runs hold.

    ``asked`` and ``given`` are the research of the last week, FLOP a day, the former by holder, (holders,), the latter
    by account, at home and then abroad, (accounts,); ``other`` what training asks for that is on no roadmap, and
    ``most`` the part of its chips that a holder leaves to that, both (weeks, holders). ``signals`` tell that a model
    has reached a milestone; ``begun`` is the day on which each was. ``running`` are the chips that a lab's runs hold of
    an account, (chips,); ``released`` are the models that came out this week. ``abroad`` is the part of its holder's
    chips there that a lab may train on, (weeks,); labs that are not named train at home.
    ``engineers`` are the teams of a stack's vendor who help to port models to it, and ``porting`` who waits for one to
    which stack; where none are named nobody waits. A final run of ``landmark`` FLOP would be the nation's first so
    large; infinite once there was one.
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
    landmark: float = inf
    abroad: dict[str, Floats] = field(default_factory=dict)
    engineers: dict[str, simpy.Resource] = field(default_factory=dict)
    porting: list[tuple[Project, str]] = field(default_factory=list)

    def step(self, week: int) -> None:
        """A week: research with what was free, then clusters for the runs that wait, first come first served."""
        self._research(week)
        self._serve_line()

    def queue(self, project: Project, stack: str) -> Wait:
        """A run begins to wait for a cluster on a stack; on its lab's own chips or on those of whoever hosts it."""
        shop, holder = self.shop, project.hosts.get(stack, project.holder)
        chips, days = np.full(len(shop.stack), np.inf), np.full(len(shop.stack), np.inf)
        for chip, tflops in enumerate(shop.tflops.tolist()):
            if shop.stack[chip] == stack and tflops > 0:
                size = cluster_size(project.cluster, tflops, shop.h100)
                chips[chip], days[chip] = size, ceil(run_days(project.flop, size, tflops, shop.paces[stack]))
        share = project.share if holder == project.holder else 1.0
        wait = Wait(project, stack, holder, share, chips, days, self.stage.clock.signal())
        self.waiting.append(wait)
        self._serve_line()
        return wait

    def _serve_line(self) -> None:
        """Clusters for the runs that wait, in the order in which they came; one that fits passes one that does not."""
        for wait in [wait for wait in self.waiting if self._place(wait)]:
            self.waiting.remove(wait)

    def _place(self, wait: Wait) -> bool:
        """Whether there are chips for a run by now: it takes those of the kind on which it ends first."""
        ledger, lab = self.stage.ledger, wait.project.lab
        offers = [(self._days(wait, account, share), account) for account, share in self._accounts(wait)]
        days, account = min(offers, key=lambda offer: offer[0].min())
        chip = int(days.argmin())
        if isinf(days[chip]):
            return False
        cluster = Cluster(account, chip, int(wait.chips[chip]), int(days[chip]), account >= ledger.abroad)
        ledger.assign(account, chip, cluster.chips)
        self._own(lab, account)[chip] += cluster.chips
        wait.found.succeed(cluster)
        return True

    def _accounts(self, wait: Wait) -> list[tuple[int, float]]:
        """Where a run may find chips, at home first, and the part of those that its lab's runs may hold."""
        abroad, accounts = self._part_abroad(wait.project.lab), [(wait.holder, wait.share)]
        if abroad > 0 and wait.holder == wait.project.holder:
            accounts.append((wait.holder + self.stage.ledger.abroad, abroad))
        return accounts

    def _days(self, wait: Wait, account: int, share: float) -> Floats:
        """How long a run would take on each kind of chip in an account, (chips,); infinite if too few are free."""
        ledger, own = self.stage.ledger, self._own(wait.project.lab, account)
        owned = ledger.owned[account]
        free = np.minimum(owned - ledger.training[account], owned * share - own)
        return np.where(free >= wait.chips, wait.days, np.inf)

    def _part_abroad(self, lab: str) -> float:
        """The part of its holder's chips abroad that a lab may train on today."""
        return self.abroad[lab].item(self.stage.week_over) if lab in self.abroad else 0.0

    def give_back(self, project: Project, cluster: Cluster) -> None:
        """A run is over; its chips are free, less those that wore out."""
        self.stage.ledger.relieve(cluster.account, cluster.chip, cluster.chips)
        self._own(project.lab, cluster.account)[cluster.chip] -= cluster.chips

    def _own(self, lab: str, account: int) -> Ints:
        """Chips of an account that a lab's runs hold, (chips,), to be added to."""
        return self.running.setdefault((lab, account), np.zeros(len(self.shop.stack), dtype=np.int64))

    def _research(self, week: int) -> None:
        """Research gets what is asked for, abroad first, cut alike within a holder, and each lab at most its share."""
        ledger, holders = self.stage.ledger, len(self.other[week])
        capacity: Floats = (ledger.owned - ledger.training) @ self.shop.research
        self.asked = np.minimum(self.other[week], capacity[:holders] * self.most[week])
        self.given = np.concatenate([self.asked, np.zeros(holders)])
        by_holder: dict[int, list[Research]] = {}
        for one in self.researching:
            by_holder.setdefault(one.project.holder, []).append(one)
        for holder, projects in by_holder.items():
            self._share_out(projects, holder, (capacity.item(holder), capacity.item(holder + ledger.abroad)))

    def _share_out(self, projects: list[Research], holder: int, capacity: tuple[float, float]) -> None:
        """A week of all projects at a holder, and of what is on no roadmap; some projects are over.

        The holder can give so much at home, to all, and so much abroad, to the labs that train there.
        """
        at_home, abroad = capacity
        other, asks, share = self.asked.item(holder), dict[str, float](), dict[str, float]()
        for one in projects:
            lab = one.project.lab
            asks[lab], share[lab] = asks.get(lab, 0.0) + one.project.plan, one.project.share
        outside = self._abroad_of(asks, abroad)
        here = {lab: (ask - outside[lab], at_home * share[lab]) for lab, ask in asks.items()}
        part, inside = divided(at_home, other, here)
        self.asked[holder] = other + sum(asks.values())
        self.given[holder] = other * part + sum(inside.values())
        self.given[holder + self.stage.ledger.abroad] = sum(outside.values())
        for one in projects:
            lab = one.project.lab
            one.left -= DAYS_PER_WEEK * one.project.plan * (inside[lab] + outside[lab]) / asks[lab]
            if one.left <= DONE * one.project.plan:
                self.researching.remove(one)
                one.over.succeed()

    def _abroad_of(self, asks: Mapping[str, float], capacity: float) -> dict[str, float]:
        """What each lab of a holder gets abroad of the research it asks for, where there is so much to be had."""
        most = {lab: capacity * self._part_abroad(lab) for lab in asks} if capacity > 0 else {}
        if not any(most.values()):
            return dict.fromkeys(asks, 0.0)
        _, gets = divided(capacity, 0.0, {lab: (ask, most[lab]) for lab, ask in asks.items()})
        return gets

    def reach(self, project: Project, milestone: Milestone, event: int) -> None:
        """A model has come so far; whoever waited for it goes on."""
        if milestone == "released":
            self.released.append((self.stage.clock.today, project))
        self.signals[project.name, milestone].succeed(event)

    def close(self) -> None:
        """Models that still wait on the last day are logged with what for: a model, research, a cluster, engineers."""
        for project in self.pending:
            self._still_waiting(project, " is not ".join(project.after or ()))
        for one in self.researching:
            self._still_waiting(one.project, f"{one.left / one.project.research:.0%} of its research is left")
        for wait in self.waiting:
            wanted = f"{wait.project.cluster:,.0f} H100-equivalents of one kind of chip on {wait.stack}"
            self._still_waiting(wait.project, f"no cluster of {wanted}")
        for project, stack in self.porting:
            self._still_waiting(project, f"no engineers to port it to {stack}")

    def _still_waiting(self, project: Project, what: str) -> None:
        about = About(project.lab, detail=what, item=project.name)
        self.stage.journal.record(self.stage.frame.span.end - 1, "still waiting", about=about)
