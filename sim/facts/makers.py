"""Who makes chips outside China, and from what: wafer lines with design options, parts, leads."""

from datetime import date
from typing import Self

from pydantic import model_validator

from sim.facts.estimate import Estimate, Number, Record, Series, Spec


class MemoryOption(Record):
    """Memory a line can mount: capacity in GB, bandwidth in GB/s, stacks, and the first day it can be had."""

    gb: float
    bandwidth: float
    stacks: int
    available: date


class Grid(Record):
    """The options of a wafer line: a full die, fractions of its arithmetic, interconnects in GB/s, memories.

    ``fixed_price_share`` is the part of the full part's price that a cut in arithmetic does not touch;
    ``cut_utilisation`` the training utilisation of a part whose arithmetic is cut, the full part's if none is given.
    """

    full: str
    fixed_price_share: Number = Estimate(central=0.0, unit="share")
    cut_utilisation: Spec = None
    compute: list[float]
    interconnect: list[float]
    memory: dict[str, MemoryOption]
    listed: list[str] = []


class Line(Record):
    """A wafer line: what it makes world-wide each quarter, the parts it sells anywhere, what it may cut for China.

    ``output`` is as recorded. Where the record leaves out what was made for China alone, ``uncounted`` is the part of
    the time, in 0 to 1, for which history had such a part on sale; China's share comes on top for as long.
    ``abroad`` is the most that the rest of the world takes, chips a quarter; without it, whatever China does not get.
    ``mix`` is the share of a part in what is sold outside China; what is left is the strongest of the other parts.
    ``china_only`` names those of its parts that are sold nowhere else. Volume may come ``volume_late`` by days.
    """

    silicon: date
    volume: date
    volume_late: Number = Estimate(central=0.0, unit="days")
    output: Series
    uncounted: Series | None = None
    china_share_cap: Series
    abroad: Series | None = None
    mix: dict[str, Series] = {}
    parts: dict[str, date]
    china_only: list[str] = []
    grid: Grid | None = None

    @model_validator(mode="after")
    def _sold_abroad(self) -> Self:
        for part in self.mix:
            if part not in self.parts or part in self.china_only:
                raise ValueError(f"{part} is in the mix sold outside China, but is no part of the line sold there")
        return self


class Pipeline(Record):
    """What a maker has begun for China before it is paid for, in days of its lines' sales, and what it loses of it.

    ``finished_ahead`` is the stock of a part in volume it keeps beyond orders. ``work_in_process`` (from wafer to
    module) and ``commitments`` (bought from suppliers, not begun) follow open orders, but for ``unordered`` days.
    ``cost`` is a part's cost as a share of its price. Of what a rule closes, the maker can use again ``whole_reuse`` of
    parts whose die is sold elsewhere in full, ``cut_reuse`` of those cut for China alone.
    """

    finished_ahead: Number
    work_in_process: Number
    commitments: Number
    unordered: Number
    cost: Number
    whole_reuse: Number
    cut_reuse: Number


class ForeignMaker(Record):
    """A chip designer outside China. Leads are days from the day a rule closes its part."""

    headquarters: str
    label: str = ""
    fuse_lead: Number
    design_lead: Number
    volume_lead: Number
    restart_lead: Number
    transit: Number
    pipeline: Pipeline
    lines: dict[str, Line]
