"""What a scenario says of the use of chips, and the yard, the users and their needs as a replication opens them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

import numpy as np

from sim.actors.buyers import Appetite, Catalogue
from sim.actors.labs import develop
from sim.actors.serving import Market, Swell, night, routes, users_of
from sim.buying import Buying
from sim.compute import Compute, Seen, Worth
from sim.facts.buyers import Buyer
from sim.facts.chips import Chip
from sim.facts.days import day_of
from sim.facts.labs import Lab, Milestone, Policy, Serving, Training, Workloads
from sim.facts.training import SECONDS_PER_DAY, TERA
from sim.needs import Needs
from sim.ranks import Ranks
from sim.roadmap import Programme, projects
from sim.shop import on_record, shop_of
from sim.world.draws import Draws, Floats
from sim.world.projects import Project, Shop
from sim.world.series import Frame
from sim.world.stage import Stage
from sim.world.workloads import OtherWork
from sim.world.yard import Yard


@dataclass(frozen=True)
class Uses:
    """What a scenario says of the use of chips: labs, how training and serving go, other work, who comes first."""

    buyers: Mapping[str, Buyer]
    labs: Mapping[str, Lab]
    training: Training
    serving: Serving
    workloads: Workloads
    policy: Policy


def open_compute(stage: Stage, uses: Uses, catalogue: Catalogue, buying: Buying) -> Compute:
    """Labs and users at the start of a replication; every model's process begins, and buyers hear of their needs."""
    draws, labs = stage.draws, uses.labs.values()
    made = projects(Programme(uses.labs, uses.buyers, uses.training.stacks), draws)
    shop = shop_of(uses.training, catalogue, draws)
    for name, told in on_record(uses.training, shop, catalogue, draws).items():
        stage.recorder.levels[name][:] = told
    yard = _yard(stage, shop, _other_work(uses, stage, buying.appetite), uses, made)
    abroad = _abroad(uses, stage)
    yard.abroad = {lab: part for lab, part in zip(uses.labs, abroad.T, strict=True) if part.any()}
    for project in made:
        stage.clock.start(develop(yard, project))
    peak = max(draws.value(uses.serving.peak), 1.0)
    ranks = _ranks(uses, stage, catalogue, night(peak))
    yard.time = ranks.first * ranks.ready[0]
    shape = len(uses.labs), len(stage.frame.stacks)
    users = users_of(_market(uses, stage, buying.appetite, peak), shape, _swells(uses.serving, draws))
    return Compute(
        stage=stage,
        yard=yard,
        users=users,
        needs=_needs(yard, draws.value(uses.workloads.memory), buying.beyond),
        worth=_worth(shop, catalogue, draws),
        ranks=ranks,
        labs=tuple(uses.labs),
        home=np.array([stage.frame.holders.index(lab.holder) for lab in labs], dtype=np.int64),
        share=np.array([draws.value(lab.share) for lab in labs]),
        abroad=abroad,
        seen=_unseen(stage.frame),
    )


def _ranks(uses: Uses, stage: Stage, catalogue: Catalogue, idle: float) -> Ranks:
    """The policy, and how ready each chip's stack is: as runs of large models do not fail for good on it."""
    ways = [uses.policy.first | uses.policy.holders.get(holder, {}) for holder in uses.buyers]
    first = [[way.get(chip.stack) == "training" for chip in _chips(catalogue)] for way in ways]
    failing = {name: stack.failure["large"] for name, stack in uses.training.stacks.items() if "large" in stack.failure}
    good = {name: np.clip(1.0 - stage.draws.curve(series, stage.days), 0.0, 1.0) for name, series in failing.items()}
    ready = np.stack([good.get(chip.stack, np.ones(len(stage.days))) for chip in _chips(catalogue)], axis=1)
    return Ranks(np.array([*first, *first], dtype=np.bool_), ready, idle, stage.draws.value(uses.policy.floor))


def _yard(stage: Stage, shop: Shop, other: OtherWork, uses: Uses, made: list[Project]) -> Yard:
    """The yard before anybody has begun."""
    steps: tuple[Milestone, ...] = get_args(Milestone)
    signals = {(one.name, step): stage.clock.signal() for one in made for step in steps}
    h100_day = stage.draws.value(uses.training.utilisation) * stage.draws.value(uses.training.occupancy)
    asked, wished = np.zeros((2, len(stage.frame.holders)))
    given, time = np.zeros(2 * len(asked)), np.zeros((2 * len(asked), len(shop.stack)))
    yard = Yard(stage, shop, other, h100_day * shop.h100 * TERA * SECONDS_PER_DAY, asked, given, wished, time, signals)
    yard.landmark = stage.draws.value(uses.training.landmark)
    teams = {name: one.teams for name, one in uses.training.stacks.items() if one.teams is not None}
    yard.ports = {name: round(stage.draws.value(days)) for name, days in uses.serving.ports.items()}
    yard.engineers = {n: stage.clock.places(max(round(stage.draws.value(few)), 1)) for n, few in teams.items()}
    return yard


def _needs(yard: Yard, memory: float, beyond: Floats) -> Needs:
    """Nothing is needed yet; what is will be told in ``beyond``."""
    training, at_work = np.zeros(len(beyond)), np.zeros(len(beyond), dtype=np.bool_)
    return Needs(yard, yard.other, max(memory, 1.0), training, at_work, beyond)


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
    waiting = np.zeros((months, holders, len(frame.stacks)))
    time = np.zeros((months, 2 * holders, len(frame.chips)))
    training = time.astype(np.int64)
    weeks, tokens = np.zeros(months, dtype=np.int64), np.zeros((months, len(frame.labs)))
    return Seen(weeks, training, tokens, np.zeros((months, 2 * holders)), time, lacking, waiting, users, wanted)


def _other_work(uses: Uses, stage: Stage, appetite: Appetite) -> OtherWork:
    """Training and serving that no lab's models ask for, as far as chips are used at all."""
    draws, work, kinds = stage.draws, uses.workloads, [buyer.kind for buyer in uses.buyers.values()]
    used = np.array([draws.value(work.used[kind]) if kind in work.used else 1.0 for kind in kinds])
    servers = np.array([float(kind in work.servers) for kind in kinds])
    trains, serves = (draws.curve(series, stage.days)[:, None] * used for series in (work.training, work.inference))
    return OtherWork(trains, serves * servers, appetite.in_use)


def _chips(catalogue: Catalogue) -> list[Chip]:
    return list(catalogue.chips.values())


def _worth(shop: Shop, catalogue: Catalogue, draws: Draws) -> Worth:
    chips, rates = _chips(catalogue), catalogue.equivalents(draws)
    own = np.array([[float(chip.stack == name) for name in catalogue.stacks] for chip in chips])
    tpp = np.array([chip.tpp or 0.0 for chip in chips])
    training, inference = rates["training"][:, None] * own, rates["inference"][:, None] * own
    return Worth(training, inference, rates["inference"], tpp, shop.tflops / shop.h100)


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
