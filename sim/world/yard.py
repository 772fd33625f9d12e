"""The yard: which chips train, and what. Research uses what is free, final runs hold clusters of one kind of chip.

Who gets which chips is decided once a week: research has what was free in it, then the runs that wait get clusters. A
run also looks when it begins to wait, after those before it in line, so that it can follow its research at once.
"""

from dataclasses import dataclass, field
from math import inf

import numpy as np
import simpy

from sim.facts.days import DAYS_PER_WEEK
from sim.facts.labs import Milestone
from sim.facts.training import cluster_size, run_days
from sim.world.draws import Floats
from sim.world.journal import About
from sim.world.ledger import Ints
from sim.world.market import divided
from sim.world.projects import Bench, Cluster, Project, Research, Shop, Wait, benches_of
from sim.world.stage import Stage
from sim.world.workloads import OtherWork

DONE = 1e-6
"""Of a day's research: less than that is left of nothing."""
STILL = 0.01
"""Of the research that is asked for: what gets less than that stands still."""


@dataclass
class Yard:
    """The nation's chips in training: who does research, who waits for a cluster, what runs hold.

    ``asked`` and ``wished`` are the research of the last week, FLOP a day by holder, (holders,), all of it and that of
    labs, however small they made their models; ``given`` what of it was done by account, at home and then abroad,
    (accounts,); they are ``stale`` when something has changed since. Of ``other`` work an H100-equivalent asks
    for ``h100_day``. ``time`` is the part of its time that a chip has for research, (accounts, chips). ``signals`` tell
    that a model has reached a milestone; ``begun`` is the day on which each was, ``sizes`` its FLOP. ``running`` are
    the chips that a lab's runs hold of an account, (chips,). ``released`` are the models that came out this week, each
    with the stacks to which it is still to be ported, ``ported`` the names of those that came to serve on one more, and
    ``newest`` the last that each lab has out.
    ``abroad`` is the part of its holder's chips there that a lab may train on, (weeks,); labs that are not named train
    at home.
    ``ports`` are the days that it takes to port a released model to a stack, none to those that are not named;
    ``engineers`` are the teams of a stack's vendor who help to port models to it, and ``porting`` who waits for one to
    which stack; where none are named nobody waits. ``busy`` is the day on which the run, step or port that is under way
    for a model is over, by the model's name and what it is. A final run of ``landmark`` FLOP would be the nation's
    first so large; infinite once there was one.
    """

    stage: Stage
    shop: Shop
    other: OtherWork
    h100_day: float
    asked: Floats
    given: Floats
    wished: Floats
    time: Floats
    signals: dict[tuple[str, Milestone], simpy.Event]
    pending: list[Project] = field(default_factory=list)
    begun: dict[str, int] = field(default_factory=dict)
    sizes: dict[str, float] = field(default_factory=dict)
    researching: list[Research] = field(default_factory=list)
    waiting: list[Wait] = field(default_factory=list)
    running: dict[tuple[str, int], Ints] = field(default_factory=dict)
    released: list[tuple[int, Project, list[str]]] = field(default_factory=list)
    ported: list[tuple[int, str, str]] = field(default_factory=list)
    landmark: float = inf
    abroad: dict[str, Floats] = field(default_factory=dict)
    newest: dict[str, str] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)
    engineers: dict[str, simpy.PriorityResource] = field(default_factory=dict)
    porting: list[tuple[Project, str]] = field(default_factory=list)
    busy: dict[tuple[str, str], tuple[Project, int]] = field(default_factory=dict)
    stale: bool = True
    benches: list[Bench] | None = None

    def step(self, week: int) -> None:
        """A week: research with what was free, then clusters for the runs that wait, first come first served.

        While there is research, who does it with how much is settled anew once a month, and as soon as somebody begins
        or is done, a run takes or returns its chips, or a lab may train on more of what is abroad.
        """
        moved = self.stale or any(part[week] != part[week - 1] for part in self.abroad.values())
        if moved and self.researching:
            self.share_out(week)
        for one in self.researching:
            one.left -= one.week
        for one in [one for one in self.researching if one.left <= DONE * one.project.plan]:
            self.researching.remove(one)
            self.stale, self.benches = True, None
            one.over.succeed()
        self._serve_line()

    def queue(self, project: Project, stack: str) -> Wait:
        """A run begins to wait for a cluster on a stack; on its lab's own chips or on those of whoever hosts it."""
        shop, holder = self.shop, project.hosts.get(stack, project.holder)
        chips, days = np.full(len(shop.stack), np.inf), np.full(len(shop.stack), np.inf)
        if len(kinds := shop.trained(stack)):
            tflops, speed = shop.tflops[kinds], shop.speed[project.design][kinds]
            chips[kinds] = sizes = cluster_size(project.cluster, tflops, shop.h100)
            days[kinds] = np.ceil(run_days(project.flop, sizes, tflops * speed, shop.paces[stack]))
        share = project.share if holder == project.holder else 1.0
        clock = self.stage.clock
        wait = Wait(project, stack, holder, share, chips, days, clock.signal(), clock.today)
        self.waiting.append(wait)
        self._serve_line()
        return wait

    def _serve_line(self) -> None:
        """Clusters for the runs that wait, in the order in which they came; one that fits passes one that does not."""
        for wait in [wait for wait in self.waiting if self._place(wait)]:
            self.waiting.remove(wait)

    def _place(self, wait: Wait) -> bool:
        """Whether there are chips for a run by now: it takes those on which it ends first, at home if all are."""
        offers = [found for account, share in self._accounts(wait) if (found := self._offer(wait, account, share))]
        if not offers:
            return False
        cluster = min(offers, key=lambda offer: offer.days)
        self.stage.ledger.assign(cluster.account, cluster.chip, cluster.chips)
        self.stale = True
        self._own(wait.project.lab, cluster.account)[cluster.chip] += cluster.chips
        wait.found.succeed(cluster)
        return True

    def _accounts(self, wait: Wait) -> list[tuple[int, float]]:
        """Where a run may find chips, at home first, and the part of those that its lab's runs may hold."""
        abroad, accounts = self._part_abroad(wait.project.lab), [(wait.holder, wait.share)]
        if abroad > 0 and wait.holder == wait.project.holder:
            accounts.append((wait.holder + self.stage.ledger.abroad, abroad))
        return accounts

    def _offer(self, wait: Wait, account: int, share: float) -> Cluster | None:
        """The kind of chip in an account on which a run ends first, of several such the one of which most are free.

        None if of no kind enough are.
        """
        ledger, own = self.stage.ledger, self._own(wait.project.lab, account)
        owned = ledger.owned[account]
        free = np.minimum(owned - ledger.training[account], owned * share - own)
        fits = free >= wait.chips
        if not np.count_nonzero(fits):
            return None
        days = np.where(fits, wait.days, np.inf)
        best = np.flatnonzero(days == days.min())
        chip = int(best[free[best].argmax()])
        return Cluster(account, chip, int(wait.chips[chip]), int(days[chip]), account >= ledger.abroad)

    def _part_abroad(self, lab: str) -> float:
        """The part of its holder's chips abroad that a lab may train on today."""
        return self.abroad[lab].item(self.stage.week_over) if lab in self.abroad else 0.0

    def give_back(self, project: Project, cluster: Cluster) -> None:
        """A run is over; its chips are free, less those that wore out."""
        self.stage.ledger.relieve(cluster.account, cluster.chip, cluster.chips)
        self._own(project.lab, cluster.account)[cluster.chip] -= cluster.chips
        self.stale = True

    def clusters(self) -> Floats:
        """H100s by arithmetic that final runs hold, abroad too, by holder, (holders,)."""
        held = self.stage.ledger.training @ self.shop.tflops / self.shop.h100
        return np.asarray(np.add.reduce(held.reshape(2, -1)))

    def within_means(self, project: Project) -> Project:
        """A model as its lab begins it: no bigger than the chips of the day can bear, if the lab heeds that at all."""
        if project.stretch is not None and project.after is not None:
            able = self._able(project)
            least = self.sizes[project.after[0]] / project.flop
            project = project.smaller(min(max(project.stretch * able / project.plan, least), 1.0))
        self.sizes[project.name] = project.flop
        return project

    def _able(self, project: Project) -> float:
        """What a lab's part of its holder's chips, at home and abroad, could give research, FLOP a day."""
        ledger, holder = self.stage.ledger, project.holder
        here, there = (
            float((ledger.owned[at] * self.time[at]) @ self.shop.research) for at in (holder, holder + ledger.abroad)
        )
        return here * project.share + there * self._part_abroad(project.lab)

    def _own(self, lab: str, account: int) -> Ints:
        """Chips of an account that a lab's runs hold, (chips,), to be added to."""
        return self.running.setdefault((lab, account), np.zeros(len(self.shop.stack), dtype=np.int64))

    def begin(self, project: Project) -> simpy.Event:
        """Research on a model begins; what is given tells when it is over."""
        research = Research(project, project.research, self.stage.clock.signal())
        self.researching.append(research)
        self.stale, self.benches = True, None
        return research.over

    def share_out(self, week: int) -> None:
        """Research gets what is asked for, abroad first, cut alike within a holder, and each lab at most its share."""
        ledger, other = self.stage.ledger, self.other.training(week) * self.h100_day
        capacity: Floats = ((ledger.owned - ledger.training) * self.time) @ self.shop.research
        self.asked = np.minimum(other, capacity[: len(other)] * self.other.part[week])
        self.given[: len(other)], self.given[len(other) :], self.wished[:] = self.asked, 0.0, 0.0
        able = capacity.tolist()
        for bench in self._by_holder():
            self._divide(bench, able[bench.holder], able[bench.holder + ledger.abroad])
        self.stale = False

    def _by_holder(self) -> list[Bench]:
        """Research under way by holder, the same until somebody begins or is done."""
        if self.benches is None:
            self.benches = benches_of(self.researching)
        return self.benches

    def _divide(self, bench: Bench, at_home: float, abroad: float) -> None:
        """What the projects at a holder get that can give so much at home, to all, and so much abroad, to some labs."""
        other, holder, outside = self.asked.item(bench.holder), bench.holder, self._abroad_of(bench, abroad)
        here = [(a - o, at_home * share) for a, o, share in zip(bench.asks, outside, bench.share, strict=True)]
        part, inside = divided(at_home, other, here)
        self.given[holder] = other * part + sum(inside)
        self.given[holder + self.stage.ledger.abroad] = sum(outside)
        self.asked[holder] += bench.wish
        self.wished[holder] = bench.wish
        for projects, ask, i, o in zip(bench.projects, bench.asks, inside, outside, strict=True):
            for one in projects:
                one.week = DAYS_PER_WEEK * one.project.plan * (i + o) / ask

    def _abroad_of(self, bench: Bench, capacity: float) -> list[float]:
        """What each lab of a holder gets abroad of the research it asks for, where there is so much to be had."""
        outside = capacity > 0 and not self.abroad.keys().isdisjoint(bench.labs)
        most = [capacity * self._part_abroad(lab) for lab in bench.labs] if outside else [0.0]
        if not any(most):
            return [0.0] * len(bench.labs)
        return divided(capacity, 0.0, list(zip(bench.asks, most, strict=True)))[1]

    def reach(self, project: Project, milestone: Milestone, event: int) -> None:
        """A model has come so far; whoever waited for it goes on."""
        self.signals[project.name, milestone].succeed(event)

    def close(self) -> None:
        """Models that still wait on the last day are logged with what for: a model, research, a cluster, engineers, or
        the end of a run, of a step or of a port before the release.

        One that has no day of its own and only follows another is not late.
        """
        for project in (one for one in self.pending if one.starts is not None and one.starts < self.stage.clock.today):
            self._still_waiting(project, " is not ".join(project.after or ()))
        for one in self.researching:
            self._still_waiting(one.project, _left(one))
        for wait in self.waiting:
            wanted = f"{wait.project.cluster:,.0f} H100-equivalents of one kind of chip on {wait.stack}"
            self._still_waiting(wait.project, f"no cluster of {wanted}", wait.since)
        for project, stack in self.porting:
            if not self.signals[project.name, "released"].triggered:
                self._still_waiting(project, f"no engineers to port it to {stack}")
        for (name, what), (project, over) in self.busy.items():
            if not self.signals[name, "released"].triggered:
                left = over - self.stage.frame.span.end + 1
                self._still_waiting(project, f"its {what} is not over for {left:,} day{'s' * (left != 1)} more")

    def _still_waiting(self, project: Project, what: str, since: int | None = None) -> None:
        """Log on the last day what a model waits for, and how many days it has, if that is known."""
        last = self.stage.frame.span.end - 1
        days, unit = (None, "") if since is None else (float(last - since), "days")
        about = About(project.lab, quantity=days, unit=unit, detail=what, item=project.name)
        self.stage.journal.record(last, "still waiting", about=about)


def _left(one: Research) -> str:
    """How much of a model's research is left, and whether it stands still for want of chips."""
    left = f"{one.left / one.project.research:.0%}"
    still = one.week < STILL * DAYS_PER_WEEK * one.project.plan
    return f"no chips for its research, {left} of which is left" if still else f"{left} of its research is left"
