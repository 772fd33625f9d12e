"""The fleet's compute: training runs and research on one side, serving users on the other, and what either lacks.

Who comes first is a stated policy, stack by stack. Where training does, research holds chips by day only as far as the
nights of those that serve do not suffice; everything else serves. Where serving does, training has what it leaves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, get_args

import numpy as np

from sim.actors.buyers import Appetite, Catalogue
from sim.actors.labs import develop
from sim.actors.serving import Market, Swell, Users, by_day, night, routes, users_of
from sim.buying import Buying
from sim.facts.buyers import Buyer
from sim.facts.chips import Chip
from sim.facts.days import day_of
from sim.facts.labs import Lab, Milestone, Policy, Serving, Training, Workloads
from sim.facts.training import SECONDS_PER_DAY, TERA
from sim.facts.works import PERIOD_WEEKS
from sim.needs import Needs, reserved
from sim.roadmap import Programme, projects
from sim.shop import on_record, shop_of
from sim.world.draws import Draws, Floats
from sim.world.ledger import Ints
from sim.world.series import Frame
from sim.world.stage import Flags, Stage
from sim.world.workloads import OtherWork
from sim.world.yard import Project, Shop, Yard

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
    both (chips, stacks), ``serving`` by inference value on any, its ``tpp`` and, in a cluster, H100s by ``arithmetic``,
    all (chips,).

    ``first``, (chips,), marks where training comes first.
    """

    training: Floats
    inference: Floats
    serving: Floats
    tpp: Floats
    arithmetic: Floats
    first: Flags


class Split(NamedTuple):
    """What chips do, at home and abroad, both (months, holders, chips): those that train, in final runs or a part of
    their time in research, and those that serve, when users are awake."""

    trains: Floats
    serves: Floats


@dataclass(frozen=True)
class Seen:
    """What was so on month ends: ``weeks``, (months,), the last that was over, ``tokens`` a day asked of labs, (months,
    labs); by account, at home and then abroad, ``training``, the chips that runs held, (months, accounts, chips), and
    research ``given``, FLOP a day, (months, accounts); by holder, (months, holders), what training was ``lacking``, by
    training value, and what ``users`` of labs' models and, with other work, all serving ``wanted``, by inference value.

    Research lacks the H100s that would do what it was not given, a run the cluster for which it waits.
    """

    weeks: Ints
    training: Ints
    tokens: Floats
    given: Floats
    lacking: Floats
    users: Floats
    wanted: Floats


@dataclass
class Compute:
    """The use of all chips in one replication.

    ``idle`` is the part of chip-hours that serving leaves free and ``floor`` that of users' need that research leaves
    chips for. ``home`` is the holder of every lab and ``share`` the part of its chips it may use, both (labs,),
    ``abroad`` that of its chips abroad, (weeks, labs).
    """

    stage: Stage
    yard: Yard
    users: Users
    needs: Needs
    worth: Worth
    idle: float
    floor: float
    labs: tuple[str, ...]
    home: Ints
    share: Floats
    abroad: Floats
    seen: Seen

    def step(self, week: int) -> None:
        """A week of training; users learn of what was released, and every fourth week buyers of what is needed."""
        self.yard.step(week)
        for day, project in self.yard.released:
            self.users.receive(day, self.labs.index(project.lab), project.saves)
            self.users.hear(day, project.name)
        self.yard.released.clear()
        if week % PERIOD_WEEKS == 0:
            self.needs.tell(week, self.stage.clock.today)
            self._keep_for_users()

    def _keep_for_users(self) -> None:
        """Where training comes first, research leaves users the chips that they cannot do without by day."""
        ledger = self.stage.ledger
        free = ledger.held - ledger.training[: ledger.abroad]
        served: Floats = free @ self.worth.serving
        rest = (free * ~self.worth.first) @ self.worth.serving
        part = self.floor * reserved(self.needs.serving, served - rest, rest)
        self.yard.kept = part * (1.0 - self.idle)

    def look(self, month: int) -> None:
        """The month's last day; what users and other work ask for is as of the week before it."""
        seen, week, today = self.seen, self.stage.week_over, self.stage.clock.today
        tokens = self.users.tokens(week, today)
        seen.weeks[month], seen.tokens[month], seen.given[month] = week, tokens, self.yard.given
        seen.training[month] = self.stage.ledger.training
        seen.users[month] = self.users.need(week, today, tokens)
        seen.wanted[month] = seen.users[month] + self.yard.other.inference(week)
        given = np.add.reduce(self.yard.given.reshape(2, -1))
        seen.lacking[month] = (self.yard.asked - given) / self.yard.h100_day
        for wait in self.yard.waiting:
            seen.lacking[month, wait.holder] += wait.worth(self.worth.training)

    def close(self) -> None:
        """All is over: what waits is logged, and what chips did on month ends is worked out."""
        self.yard.close()
        levels, seen, split = self.stage.recorder.levels, self.seen, self.split()
        training, inference = split.trains @ self.worth.training, split.serves @ self.worth.inference
        able, wanted = np.add.reduce(inference, axis=2), seen.wanted
        served = np.minimum(able / np.maximum(seen.users, TINY), 1.0)
        busy = np.minimum(wanted / np.maximum(able, TINY), 1.0)
        levels["training_capacity"], levels["inference_capacity"] = training, inference
        levels["training_demand"] = np.add.reduce(training, axis=2) + seen.lacking
        levels["unmet_training"], levels["inference_demand"] = seen.lacking, wanted
        levels["unmet_inference"] = np.maximum(wanted - able, 0.0)
        levels["tokens"] = seen.tokens * (self.users.market.routes[seen.weeks] @ served[:, :, None])[:, :, 0]
        levels["inference_share"] = self._share(split, busy)
        levels["largest_cluster"] = self._largest()

    def split(self) -> Split:
        """What every chip does, at home and abroad. Research has at most what the clusters placed since leave."""
        levels, seen = self.stage.recorder.levels, self.seen
        free = np.concatenate([levels["stock"], levels["offshore"]], axis=1) - seen.training
        able = free @ self.yard.shop.research
        by_research = free * self.worth.first
        trains = seen.training + by_research * np.minimum(seen.given / np.maximum(able, TINY), 1.0)[:, :, None]
        serves = free - by_research * by_day(seen.given, able, self.idle)[:, :, None]
        holders = levels["stock"].shape[1]
        return Split(trains[:, :holders] + trains[:, holders:], serves[:, :holders] + serves[:, holders:])

    def _share(self, split: Split, busy: Floats) -> Floats:
        """The part of the compute in use that serves, by TPP and hours, (months,); NaN while none is in use."""
        serving = np.add.reduce(busy * (split.serves @ self.worth.tpp), axis=1) * (1.0 - self.idle)
        whole = serving + np.add.reduce(split.trains @ self.worth.tpp, axis=1)
        return np.asarray(np.divide(serving, whole, out=np.full(len(whole), np.nan), where=whole > 0))

    def _largest(self) -> Floats:
        """The most of one kind of chip in one place that each lab may train on, by arithmetic, (months, labs)."""
        levels, arithmetic = self.stage.recorder.levels, self.worth.arithmetic
        here, there = (np.maximum.reduce(levels[at] * arithmetic, axis=2)[:, self.home] for at in ("stock", "offshore"))
        return np.asarray(np.maximum(here * self.share, there * self.abroad[self.seen.weeks]))


def open_compute(stage: Stage, uses: Uses, catalogue: Catalogue, buying: Buying) -> Compute:
    """Labs and users at the start of a replication; every model's process begins, and buyers hear of their needs."""
    draws, labs = stage.draws, uses.labs.values()
    made = projects(Programme(uses.labs, uses.buyers, uses.training.stacks), draws)
    first = np.array([uses.policy.first.get(chip.stack) == "training" for chip in _chips(catalogue)], dtype=np.bool_)
    shop = shop_of(uses.training, first, catalogue, draws)
    for name, told in on_record(uses.training, shop, catalogue, draws).items():
        stage.recorder.levels[name][:] = told
    yard = _yard(stage, shop, _other_work(uses, stage, buying.appetite), uses, made)
    abroad = _abroad(uses, stage)
    yard.abroad = dict(zip(uses.labs, abroad.T, strict=True))
    for project in made:
        stage.clock.start(develop(yard, project))
    peak = max(draws.value(uses.serving.peak), 1.0)
    users = users_of(_market(uses, stage, buying.appetite, peak), len(uses.labs), _swells(uses.serving, draws))
    return Compute(
        stage=stage,
        yard=yard,
        users=users,
        needs=_needs(yard, users, draws.value(uses.workloads.memory), buying.beyond),
        worth=_worth(first, shop, catalogue, draws),
        idle=night(peak),
        floor=draws.value(uses.policy.floor),
        labs=tuple(uses.labs),
        home=np.array([stage.frame.holders.index(lab.holder) for lab in labs], dtype=np.int64),
        share=np.array([draws.value(lab.share) for lab in labs]),
        abroad=abroad,
        seen=_unseen(stage.frame),
    )


def _yard(stage: Stage, shop: Shop, other: OtherWork, uses: Uses, made: list[Project]) -> Yard:
    """The yard before anybody has begun."""
    steps: tuple[Milestone, ...] = get_args(Milestone)
    signals = {(one.name, step): stage.clock.signal() for one in made for step in steps}
    h100_day = stage.draws.value(uses.training.utilisation) * stage.draws.value(uses.training.occupancy)
    asked, wished, kept = np.zeros((3, len(stage.frame.holders)))
    given = np.zeros(2 * len(asked))
    yard = Yard(stage, shop, other, h100_day * shop.h100 * TERA * SECONDS_PER_DAY, asked, given, wished, kept, signals)
    yard.landmark = stage.draws.value(uses.training.landmark)
    teams = {name: one.teams for name, one in uses.training.stacks.items() if one.teams is not None}
    yard.engineers = {n: stage.clock.places(max(round(stage.draws.value(few)), 1)) for n, few in teams.items()}
    return yard


def _needs(yard: Yard, users: Users, memory: float, beyond: Floats) -> Needs:
    """Nothing is needed yet; what is will be told in ``beyond``."""
    training, serving = np.zeros((2, len(beyond)))
    at_work = np.zeros(len(beyond), dtype=np.bool_)
    return Needs(yard, users, yard.other, max(memory, 1.0), training, serving, at_work, beyond)


def _swells(serving: Serving, draws: Draws) -> tuple[Swell, ...]:
    return tuple(
        Swell(wave.release, draws.value(wave.times), max(draws.value(wave.days), 1.0), float(day_of(wave.since)))
        for wave in serving.waves.values()
        if wave.enabled
    )


def _abroad(uses: Uses, stage: Stage) -> Floats:
    """The part of its holder's chips abroad that each lab may train on, (weeks, labs)."""
    parts = np.zeros((len(stage.days), len(uses.labs)))
    for place, lab in enumerate(uses.labs.values()):
        if lab.abroad is not None:
            parts[:, place] = np.clip(stage.draws.curve(lab.abroad, stage.days), 0.0, 1.0)
    return parts


def _unseen(frame: Frame) -> Seen:
    """Nothing yet."""
    months, holders = len(frame.months), len(frame.holders)
    lacking, users, wanted = np.zeros((3, months, holders))
    training = np.zeros((months, 2 * holders, len(frame.chips)), dtype=np.int64)
    weeks, tokens = np.zeros(months, dtype=np.int64), np.zeros((months, len(frame.labs)))
    return Seen(weeks, training, tokens, np.zeros((months, 2 * holders)), lacking, users, wanted)


def _other_work(uses: Uses, stage: Stage, appetite: Appetite) -> OtherWork:
    """Training and serving that no lab's models ask for, as far as chips are used at all."""
    draws, work, kinds = stage.draws, uses.workloads, [buyer.kind for buyer in uses.buyers.values()]
    used = np.array([draws.value(work.used[kind]) if kind in work.used else 1.0 for kind in kinds])
    servers = np.array([float(kind in work.servers) for kind in kinds])
    trains, serves = (draws.curve(series, stage.days)[:, None] * used for series in (work.training, work.inference))
    return OtherWork(trains, serves * servers, appetite.in_use)


def _chips(catalogue: Catalogue) -> list[Chip]:
    return list(catalogue.chips.values())


def _worth(first: Flags, shop: Shop, catalogue: Catalogue, draws: Draws) -> Worth:
    chips, rates = _chips(catalogue), catalogue.equivalents(draws)
    own = np.array([[float(chip.stack == name) for name in catalogue.stacks] for chip in chips])
    tpp = np.array([chip.tpp or 0.0 for chip in chips])
    training, inference = rates["training"][:, None] * own, rates["inference"][:, None] * own
    return Worth(training, inference, rates["inference"], tpp, shop.tflops / shop.h100, first)


def _market(uses: Uses, stage: Stage, appetite: Appetite, peak: float) -> Market:
    """What users want, week by week."""
    draws, days, serving, holders = stage.draws, stage.days, uses.serving, stage.frame.holders
    labs, there = list(uses.labs.values()), serving.efficiency.at(day_of(serving.reference))
    users = [draws.curve(lab.users, days) for lab in labs]
    elsewhere = np.array([draws.value(lab.elsewhere) for lab in labs])
    home = [holders.index(lab.holder) for lab in labs]
    return Market(
        tokens=draws.curve(serving.tokens, days),
        users=np.stack(users, axis=1) if labs else np.zeros((len(days), 0)),
        per_chip=draws.value(serving.per_chip) * draws.curve(serving.efficiency, days) / there,
        routes=routes(home, elsewhere, appetite.in_use),
        peak=peak,
        novelty=max(draws.value(serving.novelty), 1.0),
        fades=max(draws.value(serving.fades), 1.0),
        spread=draws.value(serving.spread),
    )
