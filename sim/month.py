"""The last day of a month, and of the run: what stands where is written down, what flowed is added up."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.facts.days import DAYS_PER_WEEK, DAYS_PER_YEAR
from sim.facts.works import PERIOD_WEEKS
from sim.week import World
from sim.world.calendar import Phase, Process
from sim.world.draws import Floats
from sim.world.ledger import Ints
from sim.world.market import fill_rates, lead_times
from sim.world.series import INPUTS, ORIGINS

TRAILING_WEEKS = round(DAYS_PER_YEAR / DAYS_PER_WEEK)
"""Weeks over which fill rates look back: a year."""

BINDING = np.arange(1, len(INPUTS) + 1)
"""The numbers by which works tell what binds them, in the order of INPUTS; 0 is nothing."""


@dataclass(frozen=True)
class Rates:
    """H100-equivalents of one chip by each of the three exchange rates, each of shape (chips,)."""

    tpp: Floats
    training: Floats
    inference: Floats


def keep_books(world: World) -> Process:
    """Record the levels on every month end, and check that no chip was lost."""
    by_vendor = _one_hot(world.trade.vendor, len(world.stage.frame.makers))
    for month, day in enumerate(world.stage.frame.months):
        yield world.stage.clock.at(day, Phase.RECORD)
        world.stage.ledger.check()
        _record(world, month, by_vendor)


def _record(world: World, month: int, by_vendor: Ints) -> None:
    stage, levels, home = world.stage, world.stage.recorder.levels, world.trade.home
    levels["stock"][month] = stage.ledger.held
    levels["backlog"][month] = stage.book.open
    levels["vendor_inventory"][month] = stage.ledger.stocked * by_vendor
    levels["die_bank"][month, home] = world.works.output.stores.dies
    levels["hbm_stacks"][month, home] = world.works.claimed()
    levels["wafer_capacity"][month, home] = world.works.wafers
    levels["shortage"][month] = world.buying.shortage
    levels["offshore"][month] = stage.ledger.offshore
    levels["premium"][month] = world.elsewhere.brokers.premium
    if world.compute is not None:
        world.compute.look(month)
    levels["binding"][month, home] = world.works.output.binding[:, None] == BINDING


def close_books(world: World, rates: Rates) -> dict[str, NDArray[Any]]:
    """Every measure on month ends, arrays of shape (months, *dimensions)."""
    recorder = world.stage.recorder
    flows = {name: recorder.by_month(weekly) for name, weekly in recorder.weekly.items()} | recorder.monthly
    by_vendor = _one_hot(world.trade.vendor, len(world.stage.frame.makers))
    sold = flows["deliveries"].sum(axis=1) * world.buying.appetite.price
    return {
        **recorder.levels,
        **{f"stock_h100e_{name}": recorder.levels["stock"] * rate for name, rate in vars(rates).items()},
        "deliveries": _by_origin(world, flows["deliveries"], flows["smuggled"]),
        "seized": flows["seized"],
        "orders": flows["orders"],
        "cancelled": flows["cancelled"],
        "retired": flows["retired"],
        "produced": flows["produced"][:, None, :] * by_vendor,
        "revenue": sold[:, None, :] * by_vendor,
        "stranded_value": flows["stranded_value"][:, None, :] * by_vendor,
        "good_dies": _good_dies(world),
        "hbm_inflow": recorder.by_month(world.works.memory.inflow),
        **_obtainability(world),
    }


def _by_origin(world: World, delivered: Ints, smuggled: Ints) -> Ints:
    """Chips that reached their holders, from makers and from brokers, by origin: (months, holders, chips, origins)."""
    home = world.trade.vendor >= world.trade.home.start
    came = {"legal": delivered * ~home, "domestic": delivered * home, "smuggled": smuggled}
    return np.stack([came[origin] for origin in ORIGINS], axis=-1)


def _one_hot(index: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """1 where a chip (column) has the index (row); shape (size, chips)."""
    return np.asarray(index == np.arange(size)[:, None], dtype=np.int64)


def _good_dies(world: World) -> Floats:
    """Good dies that came in, shape (months, makers); a planning period's count in the month in which it ends."""
    frame, dies = world.stage.frame, world.works.dies_in
    weekly = np.zeros((len(frame.weeks), len(frame.makers)))
    weekly[::PERIOD_WEEKS, world.trade.home] = dies
    return world.stage.recorder.by_month(weekly)


def _obtainability(world: World) -> dict[str, Floats]:
    """Lead times and fill rates in each month's last week, of shape (months, chips), from the whole run's books."""
    frame, book = world.stage.frame, world.stage.book
    last_week = np.searchsorted(frame.month_of_week, np.arange(len(frame.months)), side="right") - 1
    weeks = np.maximum(last_week, 0)
    backlog = np.cumsum(book.placed - book.filled, axis=0)
    seen = (last_week >= 0)[:, None]
    waits = lead_times(book.placed, book.filled, weeks) * DAYS_PER_WEEK
    rates = fill_rates(book.filled, backlog, TRAILING_WEEKS)[weeks]
    return {"lead_time": np.where(seen, waits, np.nan), "fill_rate": np.where(seen, rates, np.nan)}
