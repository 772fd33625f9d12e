"""What a foreign maker would cut from a wafer line for China: the strongest part that its home law leaves open.

After a rule is announced, a maker looks through the options of its line (share of the arithmetic, memory, interconnect)
for the point with the most TPP, then the most memory bandwidth and capacity, then the fastest interconnect, that an
ordinary private buyer in China could still have. It designs to the rule as announced, before it is in force.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Literal

from sim.facts.chips import Chip, central
from sim.facts.days import day_of
from sim.facts.deals import ORDINARY_BUYER, Deal, Party, chip_item
from sim.facts.docket import Docket
from sim.facts.estimate import Estimate
from sim.facts.makers import Grid, MemoryOption
from sim.facts.ruling import Ruling, is_open
from sim.facts.statutes import Law

Change = Literal["none", "fuse", "new"]
TOLERANCE = 0.01
"""How far a point's figures may lie from a listed chip's for it to take that chip's name."""


@dataclass(frozen=True)
class Design:
    """A part a line could make. ``chip`` is the listed chip it equals, or a record made up from the full part's.

    ``change`` against the full part: "none"; "fuse" when only the interconnect is cut, in finished dies; "new" when
    arithmetic or memory differ. ``listed`` says whether the part has a recorded name; ``available`` is the first day
    (a day count) its memory can be had.
    """

    name: str
    chip: Chip
    change: Change
    listed: bool
    available: int


def designs(
    grid: Grid, chips: Mapping[str, Chip], law: Law, seller: Party, also: Iterable[int] = ()
) -> dict[int, Design | None]:
    """The strongest legal design on each day (a day count) on which a rule is announced or a licence issued.

    The same on the days given as well. None where the law leaves nothing of the line, or none of its memories can be
    had yet.
    """
    desk = _Desk.of(grid, chips, law, seller)
    days = {dates.announced for dates in (*law.days.values(), *law.licence_days.values())}
    return {day: desk.strongest(day) for day in sorted(days.union(also))}


def ladders(
    grid: Grid, chips: Mapping[str, Chip], law: Law, seller: Party, days: Iterable[int]
) -> dict[int, tuple[Design, ...]]:
    """On each day every legal design, the strongest first; of those that differ in links alone the fastest only."""
    desk = _Desk.of(grid, chips, law, seller)
    return {day: tuple(desk.ladder(day)) for day in days}


def points(grid: Grid, chips: Mapping[str, Chip]) -> list[Design]:
    """Every point of a line's grid, the strongest first, legal or not."""
    options = sorted(grid.memory.values(), key=lambda option: (option.bandwidth, option.gb), reverse=True)
    choices = product(sorted(grid.compute, reverse=True), options, sorted(grid.interconnect, reverse=True))
    return [_point(grid, chips, option, compute, interconnect) for compute, option, interconnect in choices]


@dataclass(frozen=True)
class _Desk:
    """The points of a grid before the maker's home authority, each offered to an ordinary buyer in China."""

    points: list[Design]
    docket: Docket
    home: str

    @classmethod
    def of(cls, grid: Grid, chips: Mapping[str, Chip], law: Law, seller: Party) -> "_Desk":
        ranked = points(grid, chips)
        items = [chip_item(point.name, point.chip) for point in ranked]
        return cls(ranked, Docket(law, items, [Deal(seller, ORDINARY_BUYER, "CN")]), seller.headquarters)

    def strongest(self, day: int) -> Design | None:
        """The first point whose memory exists and whose sale the home authority leaves open, by licence if issued."""
        return next(iter(self.ladder(day)), None)

    def ladder(self, day: int) -> Iterator[Design]:
        """Such points, the strongest first, one for each arithmetic and memory."""
        (row,) = self.docket.on(day, "announced")
        told = set()
        for point, ruling in zip(self.points, row, strict=True):
            core = point.chip.tpp, central(point.chip.memory_bandwidth), central(point.chip.memory_gb)
            if core not in told and point.available <= day and self._open_at_home(ruling):
                told.add(core)
                yield point

    def _open_at_home(self, ruling: Ruling) -> bool:
        return all(is_open(gate) for gate in ruling.gates if gate.authority == self.home)


def _point(grid: Grid, chips: Mapping[str, Chip], option: MemoryOption, compute: float, interconnect: float) -> Design:
    full = chips[grid.full]
    fixed = grid.fixed_price_share.central
    price_share = fixed + (1 - fixed) * compute
    utilisation = full.training_utilisation if compute == 1 else grid.cut_utilisation or full.training_utilisation
    made = _cut(full, option, compute, interconnect).model_copy(
        update={"price": _scaled(full.price, price_share), "training_utilisation": utilisation}
    )
    listed = next((name for name in (grid.full, *grid.listed) if _equal(made, chips[name])), None)
    name = listed or f"{full.line.title()}-{compute:.2g}x-{option.gb:g}GB-{interconnect:g}"
    chip = made if listed is None else chips[listed]
    return Design(name, chip, _change(full, made), listed is not None, day_of(option.available))


def _cut(full: Chip, option: MemoryOption, compute: float, interconnect: float) -> Chip:
    """The full part with a share of its arithmetic, another memory and interconnect; die, software and line stay."""
    return full.model_copy(
        update={
            **{rate: _scaled(spec, compute) for rate, spec in _rates(full).items()},
            "memory_gb": Estimate(central=option.gb, unit="GB"),
            "memory_bandwidth": Estimate(central=option.bandwidth, unit="GB/s"),
            "interconnect": Estimate(central=interconnect, unit="GB/s"),
            "hbm_stacks": option.stacks,
            "launched": None,
        }
    )


def _rates(chip: Chip) -> dict[str, Estimate | None]:
    return {"fp4": chip.fp4, "fp8": chip.fp8, "fp16": chip.fp16, "int8": chip.int8}


def _scaled(spec: Estimate | None, share: float) -> Estimate | None:
    """A figure and its interval, times a share; it stays one draw with the figure it comes from."""
    if spec is None:
        return None
    ends = {end: None if value is None else value * share for end, value in (("low", spec.low), ("high", spec.high))}
    return spec.model_copy(update={"central": spec.central * share, **ends})


def _change(full: Chip, made: Chip) -> Change:
    """Fusing cuts links between finished chips; fewer cores or another memory make a new part."""
    if not _same_core(full, made):
        return "new"
    return "none" if _near(full.interconnect, made.interconnect) else "fuse"


def _equal(made: Chip, other: Chip) -> bool:
    return _same_core(made, other) and _near(made.interconnect, other.interconnect)


def _same_core(one: Chip, other: Chip) -> bool:
    """Whether two parts have the same arithmetic and memory."""
    if one.tpp is None or other.tpp is None or abs(one.tpp - other.tpp) > TOLERANCE * other.tpp:
        return False
    return _near(one.memory_gb, other.memory_gb) and _near(one.memory_bandwidth, other.memory_bandwidth)


def _near(one: Estimate | None, other: Estimate | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one.central - other.central) <= TOLERANCE * other.central
