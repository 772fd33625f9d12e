"""Through which way the chips of a difference came or stayed away: a domestic maker, legal sales, brokers."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import numpy as np

from sim.study.comparing.matched import Matched, Wanted, wanted_of
from sim.world.draws import Floats
from sim.world.series import MEASURES

Way = Literal["domestic", "legal", "smuggled", "abroad"]

FLEET_RATIOS = ("us_ratio", "us_ratio_additions", "months_behind")
"""What follows from China's stock by TPP."""


class Change(NamedTuple):
    """What one chip contributes to a difference, on average over replications, and by which way it came."""

    chip: str
    way: Way
    maker: str
    size: float


def changes(match: Matched, row: Mapping[str, Any]) -> list[Change]:
    """Every chip's part in the difference of a headline row, largest first; nothing for a measure without chips."""
    measure = "stock_h100e_tpp" if row["measure"] in FLEET_RATIOS else row["measure"]
    if "chip" not in MEASURES[measure].dimensions:
        return []
    months, wanted = match.window(row["period"]), wanted_of(row)
    chips = [row["chip"]] if row["chip"] else list(dict.fromkeys((*_chips(match.reference), *_chips(match.variant))))
    sizes = {chip: _size(match, measure, {**wanted, "chip": (chip,)}, months) for chip in chips}
    found = [_change(match, row, chip, size) for chip, size in sizes.items() if size]
    return sorted(found, key=lambda change: -abs(change.size))


def _chips(side: Any) -> tuple[str, ...]:
    names: tuple[str, ...] = side.plan.frame.chips
    return names


def _size(match: Matched, measure: str, wanted: Wanted, months: list[int]) -> float:
    reference, variant = match.both(measure, wanted)
    return mean_of(variant - reference, months, MEASURES[measure].kind == "level")


def mean_of(values: Floats, months: list[int], level: bool) -> float:
    """A level's mean over replications at the end of some months, a flow's over all of them; (months, pairs)."""
    chosen = values[months[-1:]] if level else values[months]
    return float(chosen.sum(axis=0).mean()) if chosen.size else 0.0


def _change(match: Matched, row: Mapping[str, Any], chip: str, size: float) -> Change:
    maker = match.maker(chip)
    if row["measure"] == "offshore":
        return Change(chip, "abroad", maker, size)
    if row["origin"] == "smuggled" or row["measure"] == "seized":
        return Change(chip, "smuggled", maker, size)
    if match.domestic(maker):
        return Change(chip, "domestic", maker, size)
    came_in = row["measure"].startswith("stock") or row["measure"] in (*FLEET_RATIOS, "deliveries")
    way: Way = _foreign_way(match, chip, match.window(row["period"])[-1]) if came_in and not row["origin"] else "legal"
    return Change(chip, way, maker, size)


def _foreign_way(match: Matched, chip: str, last: int) -> Way:
    """Whether more of a foreign chip's difference up to a month came through brokers than by sale."""
    moved: dict[Way, float] = {}
    for way in ("legal", "smuggled"):
        reference, variant = match.both("deliveries", {"chip": (chip,), "origin": (way,)})
        moved[way] = abs(float(np.mean((variant - reference)[: last + 1].sum(axis=0))))
    return "smuggled" if moved["smuggled"] > moved["legal"] else "legal"


def main_way(found: list[Change]) -> tuple[Way, str] | None:
    """The way, with a maker where it has one, whose chips make up most of a difference once gains and losses cancel."""
    net: dict[tuple[Way, str], float] = {}
    for change in found:
        key = (change.way, change.maker if change.way in ("domestic", "legal") else "")
        net[key] = net.get(key, 0.0) + change.size
    return max(net, key=lambda key: abs(net[key])) if net else None
