"""The reckoning after a run: what licences cost, what the US installed meanwhile, what the controls cost the sellers.

All of it is worked out at the end from what the weeks left behind, over whole arrays.
"""

from dataclasses import dataclass

import numpy as np

from sim.actors.denial import Lines, denied, left_for_foreign
from sim.actors.reference import at_month_ends, fleet, months_behind, ratio, trailing_year
from sim.week import World
from sim.world.draws import Floats
from sim.world.flows import Flow, strongest
from sim.world.ledger import Ints
from sim.world.stage import Flags


@dataclass(frozen=True)
class Yardstick:
    """What the reckoning is done with: ``us_share`` of what goes abroad, the ``initial`` fleet there.

    ``tpp`` are H100-equivalents by TPP, (chips,); ``ordinary`` marks buyers under no rule of their own, (holders,).
    """

    us_share: float
    initial: float
    tpp: Floats
    ordinary: Flags


@dataclass(frozen=True)
class _Wafers:
    """A wafer line after the run: the columns of its parts, sold anywhere or cut for China.

    ``mix`` is what it sells outside China by part, (weeks, chips);
    ``strongest`` is the column of the strongest part sold anywhere in each week, (weeks,); -1 before there is one.
    """

    flow: Flow
    columns: list[int]
    mix: Floats
    strongest: Ints

    def of_strongest(self, figure: Floats) -> Floats:
        """A figure of every chip, (chips,), for the strongest part in each week; 0 before there is one."""
        return np.asarray(np.append(figure, 0.0)[self.strongest])


def reckon(world: World, by: Yardstick, books: dict[str, Floats]) -> dict[str, Floats]:
    """The measures of the reckoning on month ends, given the others."""
    lines = _wafers(world)
    return {
        "revenue_share": _dues(world),
        **_against_the_us(world, lines, by, books),
        **_cost_to_sellers(world, lines, by),
    }


def _wafers(world: World) -> list[_Wafers]:
    """Every foreign line of the world."""
    found = []
    for desk in world.desks:
        choices = world.law.choices[desk.maker, desk.name]
        designs = [design.name for made in choices for design in (made.design, *made.ladder) if design is not None]
        columns = sorted({world.stage.chip(name) for name in (*desk.line.parts, *designs)})
        best = strongest(world.stage, world.law, desk.line.parts)
        found.append(_Wafers(desk.flow, columns, desk.mix, best))
    return found


def _dues(world: World) -> Floats:
    """Dollars due to a government by licence, (months, makers, chips): by the law at dispatch, booked on delivery."""
    trade, price = world.trade, world.buying.appetite.price
    arrivals, weeks = world.stage.recorder.arrivals, len(world.regimes)
    due = np.zeros((weeks, len(price)))
    for regime in {id(regime): regime for regime in world.regimes}.values():
        if np.count_nonzero(regime.revenue_share):
            under = np.array([week for week, held in enumerate(world.regimes) if held is regime])
            for road, travellers in trade.travels:
                came = under[under + road < weeks] + road
                due[came] += np.add.reduce(arrivals[came] * (regime.revenue_share * travellers), axis=1)
    by_vendor = trade.vendor == np.arange(len(world.stage.frame.makers))[:, None]
    return np.asarray((world.stage.recorder.by_month(due) * price)[:, None, :] * by_vendor)


def _against_the_us(world: World, lines: list[_Wafers], by: Yardstick, books: dict[str, Floats]) -> dict[str, Floats]:
    """China's fleet and additions beside those of the US, each (months,)."""
    frame, wear = world.stage.frame, world.buying.appetite.wear_per_week
    smuggled = world.stage.recorder.weekly["smuggled"]
    gone = _side_by_side(world, [_abroad(world, line, smuggled) * (line.mix @ by.tpp) for line in lines])
    added = by.us_share * np.add.reduce(gone)
    weekly = fleet(added, wear, by.initial)
    standing = at_month_ends(weekly, np.array(frame.month_of_week), len(frame.months))
    china = books["stock_h100e_tpp"].sum(axis=(1, 2))
    ours = trailing_year(books["deliveries"].sum(axis=(1, 3)) @ by.tpp)
    theirs = trailing_year(world.stage.recorder.by_month(added))
    return {
        "us_stock_h100e_tpp": standing,
        "us_ratio": ratio(china, standing),
        "us_ratio_additions": ratio(ours, theirs),
        "months_behind": months_behind(china, np.array(frame.months), weekly, np.array(frame.weeks)),
    }


def _abroad(world: World, wafers: _Wafers, smuggled: Ints) -> Floats:
    """Chips of a line that stayed in the rest of the world, (weeks,), whatever they were sold as.

    ``smuggled`` are the chips that brokers brought, (weeks, chips).
    """
    for_china = world.stage.recorder.weekly["produced"][:, wafers.columns].sum(axis=1)
    taken = np.minimum(wafers.flow.output - for_china, wafers.flow.abroad)
    return np.asarray(np.maximum(taken - smuggled[:, wafers.columns].sum(axis=1), 0.0))


def _cost_to_sellers(world: World, lines: list[_Wafers], by: Yardstick) -> dict[str, Floats]:
    """Sales lost and equivalents denied by maker, and the one over the other in the last twelve months."""
    makers, by_month = world.stage.frame.makers, world.stage.recorder.by_month
    budget = left_for_foreign(world.buying.appetite.budget.sum(axis=1), _paid_at_home(world))
    lost, kept = denied(_lines(world, lines, by), budget)
    of = np.array([desk.maker for desk in world.desks], dtype=np.str_) == np.array(makers)[:, None]
    dollars, h100e = (by_month((of @ weekly).T) for weekly in (lost, kept))
    price = ratio(*(trailing_year(flow.sum(axis=1)) for flow in (dollars, h100e)))
    return {"lost_revenue": dollars, "denied_h100e_tpp": h100e, "dollars_per_h100e_denied": price}


def _paid_at_home(world: World) -> Floats:
    """Dollars paid for domestic chips delivered, (weeks,)."""
    domestic = world.trade.vendor >= world.trade.home.start
    delivered = world.stage.recorder.weekly["deliveries"].sum(axis=1)
    return np.asarray(delivered @ np.where(domestic, world.buying.appetite.price, 0.0))


def _dispatched(world: World) -> Ints:
    """Chips that left their makers in each week, those on the road at the end included; (weeks, chips)."""
    arrivals, weeks = np.add.reduce(world.stage.recorder.arrivals, axis=1), len(world.regimes)
    sent = [arrivals[road : road + weeks] * travellers for road, travellers in world.trade.travels]
    return np.asarray(np.add.reduce(sent))


def _lines(world: World, lines: list[_Wafers], by: Yardstick) -> Lines:
    price, chips, shut = world.buying.appetite.price, _dispatched(world), _shut(world, by.ordinary)
    weeks = np.arange(len(chips))
    return Lines(
        reach=_side_by_side(world, [line.flow.reach for line in lines]),
        price=_side_by_side(world, [line.of_strongest(price) for line in lines]),
        worth=_side_by_side(world, [line.of_strongest(by.tpp) for line in lines]),
        closed=_side_by_side(world, [shut[weeks, line.strongest] * (line.strongest >= 0) for line in lines]) > 0,
        paid=_side_by_side(world, [chips[:, line.columns] @ price[line.columns] for line in lines]),
        sent=_side_by_side(world, [chips[:, line.columns] @ by.tpp[line.columns] for line in lines]),
    )


def _side_by_side(world: World, rows: list[Floats]) -> Floats:
    """One row a line, (lines, weeks), even of a world without lines."""
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(world.regimes))


def _shut(world: World, ordinary: Flags) -> Floats:
    """1 where an ordinary buyer may not have a chip, else 0; (weeks, chips)."""
    regimes = {id(regime): regime for regime in world.regimes}
    rows = {key: ~regime.gates[ordinary].all(axis=0) for key, regime in regimes.items()}
    return np.array([rows[id(regime)] for regime in world.regimes], dtype=np.float64)
