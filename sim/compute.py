"""The fleet's compute: training runs and research on one side, serving users on the other, and what either lacks.

Who comes first is a stated policy, stack by stack. Where training does, research holds chips by day only as far as the
nights of those that serve do not suffice; everything else serves. Where serving does, training has what it leaves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple, get_args

import numpy as np

from sim.actors.buyers import Appetite, Catalogue
from sim.actors.labs import develop
from sim.actors.serving import Market, Users, by_day, night, routes, users_of
from sim.facts.buyers import Buyer
from sim.facts.chips import Chip
from sim.facts.labs import Lab, Milestone, Policy, Serving, Training, Workloads
from sim.facts.training import SECONDS_PER_DAY, TERA
from sim.roadmap import Programme, projects
from sim.shop import on_record, shop_of
from sim.world.draws import Draws, Floats
from sim.world.ledger import Ints
from sim.world.series import Frame
from sim.world.stage import Flags, Stage
from sim.world.yard import Shop, Yard

TINY = 1e-9


@dataclass(frozen=True)
class Uses:
    """What a scenario says of the use of chips: labs, how training and serving go, other work, who comes first."""

    buyers: Mapping[str, Buyer]
    labs: Mapping[str, Lab]
    training: Training
    serving: Serving
    workloads: Workloads
    policy: Policy


@dataclass(frozen=True)
class Worth:
    """What a chip counts for: H100-equivalents by ``training`` and ``inference`` value on its own stack, 0 on others,
    both (chips, stacks), its ``tpp`` and, in a cluster, H100s by ``arithmetic``, both (chips,).

    ``first``, (chips,), marks where training comes first.
    """

    training: Floats
    inference: Floats
    tpp: Floats
    arithmetic: Floats
    first: Flags


class Split(NamedTuple):
    """What chips do, both (months, holders, chips): those that train, in final runs or a part of their time in
    research, and those that serve, when users are awake."""

    trains: Floats
    serves: Floats


@dataclass(frozen=True)
class Seen:
    """What was so on month ends: ``weeks``, (months,), the last that was over, ``training`` the chips that runs held,
    (months, holders, chips), ``tokens`` a day asked of labs, (months, labs), and by holder, (months, holders), research
    ``given``, FLOP a day, what training was ``lacking`` and what serving ``wanted``, both in H100-equivalents."""

    weeks: Ints
    training: Ints
    tokens: Floats
    given: Floats
    lacking: Floats
    wanted: Floats


@dataclass
class Compute:
    """The use of all chips in one replication. ``other``, (weeks, holders), serves what no lab's model does.

    ``h100_day`` is what an H100 gives research, FLOP a day; ``idle`` the part of chip-hours that serving leaves free.
    ``home`` is the holder of every lab and ``share`` the part of its chips it may use, both (labs,).
    """

    stage: Stage
    yard: Yard
    users: Users
    worth: Worth
    other: Floats
    h100_day: float
    idle: float
    labs: tuple[str, ...]
    home: Ints
    share: Floats
    seen: Seen

    def step(self, week: int) -> None:
        """A week of training; users learn of what was released."""
        self.yard.step(week)
        for day, project in self.yard.released:
            self.users.receive(day, self.labs.index(project.lab), project.saves)
        self.yard.released.clear()

    def look(self, month: int) -> None:
        """The month's last day; what users and other work ask for is as of the week before it."""
        seen, week, today = self.seen, self.stage.week_over, self.stage.clock.today
        tokens = self.users.tokens(week, today)
        seen.weeks[month], seen.tokens[month], seen.given[month] = week, tokens, self.yard.given
        seen.training[month] = self.stage.ledger.training
        seen.wanted[month] = self.users.need(week, today, tokens) + self.other[week]
        seen.lacking[month] = (self.yard.asked - self.yard.given) / self.h100_day
        for wait in self.yard.waiting:
            seen.lacking[month, wait.holder] += wait.project.cluster

    def close(self) -> None:
        """All is over: what waits is logged, and what chips did on month ends is worked out."""
        self.yard.close()
        levels, seen, split = self.stage.recorder.levels, self.seen, self._split()
        training, inference = split.trains @ self.worth.training, split.serves @ self.worth.inference
        able, wanted = np.add.reduce(inference, axis=2), seen.wanted
        served = np.minimum(able / np.maximum(wanted, TINY), 1.0)
        busy = np.minimum(wanted / np.maximum(able, TINY), 1.0)
        levels["training_capacity"], levels["inference_capacity"] = training, inference
        levels["training_demand"] = np.add.reduce(training, axis=2) + seen.lacking
        levels["unmet_training"], levels["inference_demand"] = seen.lacking, wanted
        levels["unmet_inference"] = np.maximum(wanted - able, 0.0)
        levels["tokens"] = seen.tokens * (self.users.market.routes[seen.weeks] @ served[:, :, None])[:, :, 0]
        levels["inference_share"] = self._share(split, busy)
        levels["largest_cluster"] = self._largest()

    def _split(self) -> Split:
        """What every chip does; those abroad all serve."""
        levels, seen = self.stage.recorder.levels, self.seen
        free = levels["stock"] - seen.training
        able = free @ self.yard.shop.research
        by_research = free * self.worth.first
        trains = seen.training + by_research * (seen.given / np.maximum(able, TINY))[:, :, None]
        away = by_research * by_day(seen.given, able, self.idle)[:, :, None]
        return Split(trains, free - away + levels["offshore"])

    def _share(self, split: Split, busy: Floats) -> Floats:
        """The part of the compute in use that serves, by TPP and hours, (months,); NaN while none is in use."""
        serving = np.add.reduce(busy * (split.serves @ self.worth.tpp), axis=1) * (1.0 - self.idle)
        whole = serving + np.add.reduce(split.trains @ self.worth.tpp, axis=1)
        return np.asarray(np.divide(serving, whole, out=np.full(len(whole), np.nan), where=whole > 0))

    def _largest(self) -> Floats:
        """The largest cluster of one kind of chip that each lab can put together, by arithmetic, (months, labs)."""
        largest = np.maximum.reduce(self.stage.recorder.levels["stock"] * self.worth.arithmetic, axis=2)
        return np.asarray(largest[:, self.home] * self.share)


def open_compute(stage: Stage, uses: Uses, catalogue: Catalogue, appetite: Appetite) -> Compute:
    """Labs and users at the start of a replication; every model's process begins."""
    draws = stage.draws
    made = projects(Programme(uses.labs, uses.buyers, uses.training.stacks), draws)
    first = np.array([uses.policy.first.get(chip.stack) == "training" for chip in _chips(catalogue)], dtype=np.bool_)
    shop = shop_of(uses.training, first, catalogue, draws)
    for name, told in on_record(uses.training, shop, catalogue, draws).items():
        stage.recorder.levels[name][:] = told
    h100_day = draws.value(uses.training.utilisation) * draws.value(uses.training.occupancy)
    h100_day *= shop.h100 * TERA * SECONDS_PER_DAY
    steps: tuple[Milestone, ...] = get_args(Milestone)
    signals = {(one.name, step): stage.clock.signal() for one in made for step in steps}
    training, inference = _workloads(uses, stage, appetite)
    nothing, most = np.zeros(len(stage.frame.holders)), training / np.maximum(training + inference, TINY)
    yard = Yard(stage, shop, training * h100_day, most, nothing, nothing.copy(), signals)
    for project in made:
        stage.clock.start(develop(yard, project))
    peak = max(draws.value(uses.serving.peak), 1.0)
    return Compute(
        stage=stage,
        yard=yard,
        users=users_of(_market(uses, stage, appetite, peak), len(uses.labs)),
        worth=_worth(first, shop, catalogue, draws),
        other=inference,
        h100_day=h100_day,
        idle=night(peak),
        labs=tuple(uses.labs),
        home=np.array([stage.frame.holders.index(lab.holder) for lab in uses.labs.values()], dtype=np.int64),
        share=np.array([draws.value(lab.share) for lab in uses.labs.values()]),
        seen=_unseen(stage.frame),
    )


def _unseen(frame: Frame) -> Seen:
    """Nothing yet."""
    months, holders = len(frame.months), len(frame.holders)
    given, lacking, wanted = np.zeros((3, months, holders))
    training = np.zeros((months, holders, len(frame.chips)), dtype=np.int64)
    return Seen(np.zeros(months, dtype=np.int64), training, np.zeros((months, len(frame.labs))), given, lacking, wanted)


def _workloads(uses: Uses, stage: Stage, appetite: Appetite) -> tuple[Floats, Floats]:
    """Training and serving that no lab's models ask for, in H100-equivalents, both (weeks, holders)."""
    read, load = partial(stage.draws.curve, days=stage.days), appetite.in_use
    servers = np.array([float(buyer.kind in uses.workloads.servers) for buyer in uses.buyers.values()])
    training, inference = read(uses.workloads.training), read(uses.workloads.inference)
    return training[:, None] * load, inference[:, None] * load * servers


def _chips(catalogue: Catalogue) -> list[Chip]:
    return list(catalogue.chips.values())


def _worth(first: Flags, shop: Shop, catalogue: Catalogue, draws: Draws) -> Worth:
    chips, rates = _chips(catalogue), catalogue.equivalents(draws)
    own = np.array([[float(chip.stack == name) for name in catalogue.stacks] for chip in chips])
    tpp = np.array([chip.tpp or 0.0 for chip in chips])
    training, inference = rates["training"][:, None] * own, rates["inference"][:, None] * own
    return Worth(training, inference, tpp, shop.tflops / shop.h100, first)


def _market(uses: Uses, stage: Stage, appetite: Appetite, peak: float) -> Market:
    """What users want, week by week."""
    draws, days, serving, holders = stage.draws, stage.days, uses.serving, stage.frame.holders
    labs = list(uses.labs.values())
    users = [draws.curve(lab.users, days) for lab in labs]
    elsewhere = np.array([draws.value(lab.elsewhere) for lab in labs])
    home = [holders.index(lab.holder) for lab in labs]
    return Market(
        tokens=draws.curve(serving.tokens, days),
        users=np.stack(users, axis=1) if labs else np.zeros((len(days), 0)),
        per_chip=draws.value(serving.per_chip) * draws.curve(serving.efficiency, days),
        routes=routes(home, elsewhere, appetite.in_use),
        peak=peak,
        novelty=max(draws.value(serving.novelty), 1.0),
        fades=max(draws.value(serving.fades), 1.0),
        spread=draws.value(serving.spread),
    )
