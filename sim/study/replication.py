"""One replication: a scenario's plan, worked out once, played through with its own luck. A failure is data."""

import traceback
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.actors.authorities import enact
from sim.actors.buyers import Catalogue, Habits, Wallet, appetite
from sim.actors.foreign import Desk, open_desk
from sim.actors.memory import MemoryMarket, front_run, market_of
from sim.actors.regulator import Watch
from sim.buying import Buying, surge
from sim.compute import Compute
from sim.elsewhere import Channels, Elsewhere, open_channels
from sim.facts.chips import h100e_tpp
from sim.facts.days import DAYS_PER_WEEK, Span, date_of, day_of
from sim.facts.lawbook import LawBook, Regime
from sim.making import Industry, Works, works_of
from sim.month import Rates, close_books, keep_books
from sim.reckoning import Yardstick, reckon
from sim.study.legal import read_law
from sim.study.scenario import Scenario
from sim.uses import Uses, open_compute
from sim.week import Trade, World
from sim.world.draws import Draws, Floats
from sim.world.journal import Event
from sim.world.ledger import Ints
from sim.world.licences import answers, usable
from sim.world.quotas import Quotas
from sim.world.series import Frame
from sim.world.stage import Stage, set_stage


@dataclass(frozen=True)
class Plan:
    """Everything common to all replications of a question. It can be pickled and sent to a worker once."""

    scenario: Scenario
    catalogue: Catalogue
    frame: Frame
    law: LawBook
    seed: int


@dataclass(frozen=True)
class Failure:
    """A replication that broke: on which day of the model, and why."""

    day: int
    cause: str
    trace: str = ""

    def __str__(self) -> str:
        return f"{date_of(self.day)}: {self.cause}"


@dataclass(frozen=True)
class Outcome:
    """What a replication recorded: arrays (months, *dimensions) by measure, the event log, its failure if it broke."""

    replication: int
    measures: dict[str, NDArray[Any]]
    events: tuple[Event, ...]
    failure: Failure | None = None


def plan(scenario: Scenario, seed: int) -> Plan:
    """Work out what chance does not touch: the span, the law, the designs it leads to, the labels of every array."""
    law = read_law(scenario)
    frame = Frame(
        span=Span(day_of(scenario.window.start), day_of(scenario.window.end)),
        holders=tuple(scenario.buyers),
        makers=tuple(scenario.makers),
        chips=tuple(law.chips),
        stacks=tuple(scenario.stacks),
        labs=tuple(scenario.labs),
        runs=tuple(scenario.training.recorded) if scenario.training else (),
    )
    catalogue = Catalogue(law.chips, scenario.stacks, scenario.exchange)
    return Plan(scenario, catalogue, frame, law, seed)


def replicate(plan: Plan, number: int) -> Outcome:
    """Play replication ``number``, counted from 0. What breaks inside it becomes a Failure.

    Want of memory is no fault of the model: MemoryError is raised.
    """
    stage = set_stage(plan.frame, Draws(plan.seed, number), plan.law.regime(plan.frame.span.start))
    try:
        with np.errstate(over="raise", invalid="raise", divide="raise"):
            measures = play(plan, stage)
    except MemoryError:
        raise
    except Exception as error:
        failure = Failure(stage.clock.today, f"{type(error).__name__}: {error}", traceback.format_exc())
        return Outcome(number, {}, tuple(stage.journal.events), failure)
    return Outcome(number, measures, tuple(stage.journal.events))


def play(plan: Plan, stage: Stage) -> dict[str, NDArray[Any]]:
    """Build the world, let every day of the span pass, close the books."""
    world = build(plan, stage)
    stage.clock.start(enact(stage, plan.law, world))
    stage.clock.start(stage.clock.every_week(world.step))
    stage.clock.start(keep_books(world))
    stage.clock.run()
    if world.compute is not None:
        world.compute.close()
    rates = _rates(plan, stage.draws)
    books = close_books(world, rates)
    return books | reckon(world, _yardstick(plan, rates, stage.draws), books)


def build(plan: Plan, stage: Stage) -> World:
    """All actors of one replication, with this replication's numbers."""
    scenario, draws, frame = plan.scenario, stage.draws, plan.frame
    shape = (len(frame.holders), len(frame.chips))
    works = home_works(plan, stage)
    _settle_initial_stock(scenario, stage)
    buying, desks, trade = _buying(plan, stage), _desks(plan, stage), _trade(plan, draws)
    stage.recorder.pave(trade.road)
    compute = _compute(plan, stage, buying)
    _start_surges(plan, stage, buying, compute)
    return World(
        stage=stage,
        law=plan.law,
        trade=trade,
        quotas=Quotas(len(frame.holders), np.array([chip.tpp or 0.0 for chip in plan.catalogue.chips.values()])),
        buying=buying,
        elsewhere=_elsewhere(plan, stage, buying, desks),
        compute=compute,
        desks=desks,
        works=works,
        at_home=np.zeros(len(works.column)),
        wear=np.zeros(shape),
        open_before=stage.gates,
        watch=_watch(plan),
    )


def _elsewhere(plan: Plan, stage: Stage, buying: Buying, desks: list[Desk]) -> Elsewhere:
    """Brokers, and firms with compute abroad."""
    channels = Channels(plan.scenario.grey, plan.scenario.offshore, plan.scenario.buyers)
    tpp = np.array([chip.tpp or 0.0 for chip in plan.catalogue.chips.values()])
    return open_channels(stage, channels, buying.appetite, desks, tpp)


def _compute(plan: Plan, stage: Stage, buying: Buying) -> Compute | None:
    """Labs and users, if the scenario has any."""
    given = plan.scenario
    if not (given.labs and given.training and given.serving and given.workloads and given.policy):
        return None
    uses = Uses(given.buyers, given.labs, given.training, given.serving, given.workloads, given.policy)
    return open_compute(stage, uses, plan.catalogue, buying)


def _watch(plan: Plan) -> Watch | None:
    """What a regulator that reacts follows; None if the law comes by its dates alone."""
    if plan.scenario.regulator.mode == "scheduled":
        return None
    chips, makers = plan.law.chips, plan.scenario.foreign
    return Watch(plan.scenario.regulator, chips, np.array([chip.vendor in makers for chip in chips.values()]))


def _buying(plan: Plan, stage: Stage) -> Buying:
    """Buyers as they are, with empty wallets, and when the rules are announced that push them."""
    announced = {name: dates.announced for name, dates in plan.law.days.items()}
    habits = Habits(plan.scenario.demand, plan.scenario.buyers, announced)
    wants = appetite(habits, plan.catalogue, stage.draws, stage.days)
    dollars, beyond = np.zeros((2, len(plan.frame.holders)))
    return Buying(stage, plan.law, wants, Wallet(dollars), beyond, stage.offered.copy())


def _start_surges(plan: Plan, stage: Stage, buying: Buying, compute: Compute | None) -> None:
    """Surges of demand wait for their days or, where there are labs, for the models that bring them, if these come."""
    for name, event in plan.scenario.demand.surges.items():
        brought = bool(event.release) and compute is not None
        release = compute.yard.signals.get((event.release, "released")) if compute is not None else None
        if event.enabled and brought == (release is not None):
            stage.clock.start(surge(buying, name, event, release))


def _yardstick(plan: Plan, rates: Rates, draws: Draws) -> Yardstick:
    """The fleet to measure China's by, and which buyers are under no rule of their own."""
    reference, buyers = plan.scenario.reference, plan.scenario.buyers.values()
    ordinary = np.array([not (buyer.listed or buyer.state_funded) for buyer in buyers])
    return Yardstick(draws.value(reference.us_share), draws.value(reference.initial), rates.tpp, ordinary)


def _rates(plan: Plan, draws: Draws) -> Rates:
    tpp = [h100e_tpp(chip, plan.scenario.exchange, draws.value) or 0.0 for chip in plan.catalogue.chips.values()]
    equivalents = plan.catalogue.equivalents(draws)
    return Rates(np.array(tpp), equivalents["training"], equivalents["inference"])


def _desks(plan: Plan, stage: Stage) -> list[Desk]:
    return [
        open_desk(stage, plan.law, name, line, maker)
        for name, maker in plan.scenario.foreign.items()
        for line in maker.lines
    ]


def _settle_initial_stock(scenario: Scenario, stage: Stage) -> None:
    """What each buyer holds on the first day."""
    for h, buyer in enumerate(scenario.buyers.values()):
        for chip, amount in buyer.initial.items():
            stage.ledger.settle(h, stage.chip(chip), round(stage.draws.value(amount)))


def home_works(plan: Plan, stage: Stage) -> Works:
    """Domestic makers with this replication's numbers: what the law lets in from abroad week by week, dies and HBM."""
    scenario = plan.scenario
    regimes, in_week = regimes_by_week(plan, stage)
    dies = np.array([[name in regime.foreign_dies for name in scenario.domestic] for regime in regimes])
    industry = Industry(
        makers=scenario.domestic,
        chips=plan.catalogue.chips,
        foundry=scenario.foundry,
        memory=scenario.memory,
        expansion=scenario.expansion,
        foreign_dies=dies.reshape(len(regimes), -1)[in_week],
    )
    market = memory_market(plan, stage, np.array([regime.memory_open for regime in regimes])[in_week])
    return works_of(industry, market, stage.draws, stage.days)


def regimes_by_week(plan: Plan, stage: Stage) -> tuple[list[Regime], Ints]:
    """The regimes of this replication, one after the other, and the place of each week's among them, (weeks,)."""
    law, given = plan.law, answers(plan.law, stage.draws)
    turns = sorted({*law.epochs, *(step.day for answer in given for step in answer.steps())})
    regimes = [law.regime(day, usable(given, day)) for day in turns]
    return regimes, np.searchsorted(turns, plan.frame.weeks, side="right") - 1


def memory_market(plan: Plan, stage: Stage, lawful: NDArray[np.bool_]) -> MemoryMarket:
    """The nation's HBM, with those who order ahead of every rule against it."""
    market = market_of(plan.scenario.memory, lawful, stage.draws, stage.days)
    for closing in plan.law.memory_closings:
        stage.clock.start(front_run(stage, market, closing))
    return market


def _trade(plan: Plan, draws: Draws) -> Trade:
    """Who makes each chip, how long it travels and how its maker weighs buyers."""
    scenario, vendors = plan.scenario, [chip.vendor for chip in plan.catalogue.chips.values()]
    transit = {name: draws.value(maker.transit) for name, maker in scenario.makers.items()}
    lags = np.array([max(1, round(transit[vendor] / DAYS_PER_WEEK)) for vendor in vendors])
    return Trade(
        weights=np.stack([_weights(scenario, vendor, draws) for vendor in vendors], axis=1),
        travels=tuple((weeks, (lags == weeks).astype(np.int64)) for weeks in np.unique(lags).tolist()),
        vendor=np.array([plan.frame.makers.index(vendor) for vendor in vendors]),
        home=slice(len(scenario.foreign), len(plan.frame.makers)),
        us_share=draws.value(scenario.reference.us_share) * draws.value(scenario.reference.home_use),
    )


def _weights(scenario: Scenario, vendor: str, draws: Draws) -> Floats:
    """How a maker weighs each buyer when its chips are scarce, shape (holders,); foreign makers weigh all alike."""
    given = scenario.domestic[vendor].buyer_weights if vendor in scenario.domestic else {}
    return np.array([draws.value(given[b.kind]) if b.kind in given else 1.0 for b in scenario.buyers.values()])
