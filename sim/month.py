"""The last day of a month: what stands where is written down."""

from dataclasses import dataclass

import numpy as np

from sim.facts.days import DAYS_PER_WEEK, DAYS_PER_YEAR
from sim.week import World
from sim.world.calendar import Phase, Process
from sim.world.draws import Floats
from sim.world.market import fill_rates, lead_times

WEEKS_PER_YEAR = round(DAYS_PER_YEAR / DAYS_PER_WEEK)


@dataclass(frozen=True)
class Rates:
    """H100-equivalents of one chip by each of the three exchange rates, each of shape (chips,)."""

    tpp: Floats
    training: Floats
    inference: Floats


def keep_books(world: World, rates: Rates) -> Process:
    """Record the levels on every month end, and check that no chip was lost."""
    frame = world.stage.frame
    for month, day in enumerate(frame.months):
        yield world.stage.clock.at(day, Phase.RECORD)
        world.stage.ledger.check()
        _record(world, rates, month)


def _record(world: World, rates: Rates, month: int) -> None:
    stage, levels = world.stage, world.stage.recorder.levels
    held = stage.ledger.held
    levels["stock"][month] = held
    levels["stock_h100e_tpp"][month] = held * rates.tpp
    levels["stock_h100e_training"][month] = held * rates.training
    levels["stock_h100e_inference"][month] = held * rates.inference
    levels["backlog"][month] = stage.book.open
    levels["vendor_inventory"][month] = stage.ledger.balance[stage.ledger.makers]
    for name, stores in world.stores.items():
        maker = stage.frame.makers.index(name)
        levels["die_bank"][month, maker] = stores.dies
        levels["hbm_stacks"][month, maker] = stores.stacks


def close_books(world: World) -> None:
    """At the end: lead times and fill rates of each month's last week, from the whole run's order books."""
    frame, book, levels = world.stage.frame, world.stage.book, world.stage.recorder.levels
    last_weeks = _last_week_of_each_month(frame.month_of_week, len(frame.months))
    backlog = np.cumsum(book.placed - book.filled, axis=0)
    waits = lead_times(book.placed, book.filled) * DAYS_PER_WEEK
    rates = fill_rates(book.filled, backlog, WEEKS_PER_YEAR)
    for month, week in last_weeks.items():
        levels["lead_time"][month] = waits[week]
        levels["fill_rate"][month] = rates[week]


def _last_week_of_each_month(month_of_week: tuple[int, ...], months: int) -> dict[int, int]:
    return {month: week for week, month in enumerate(month_of_week) if month < months}
