"""Where labels go so that none covers another: line ends spread apart, rule names hung above the axes."""

from collections.abc import Sequence
from dataclasses import dataclass


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places nearest the wanted heights with at least ``gap`` between neighbours, inside [low, high] if they fit.

    Neighbours that would overlap share their middle (pool adjacent violators), so that none moves further than need be.
    """
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    pools: list[tuple[float, int]] = []
    for rank, i in enumerate(order):
        pools.append((wanted[i] - rank * gap, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (a, n), (b, m) = pools.pop(-2), pools.pop()
            pools.append(((a * n + b * m) / (n + m), n + m))
    bases = [base for base, count in pools for _ in range(count)]
    ceiling = high - (len(wanted) - 1) * gap
    places = [0.0] * len(wanted)
    for rank, i in enumerate(order):
        places[i] = max(min(bases[rank], ceiling), low) + rank * gap
    return places


@dataclass(frozen=True)
class Flag:
    """A name beside the top of its stem: the lane it hangs in, and whether it reaches right or left."""

    lane: int
    to_right: bool


def flags(stems: Sequence[float], widths: Sequence[float], left: float, right: float) -> list[Flag]:
    """Hang names on stems (in rising order) so that no stem crosses a name and the fewest lanes are used.

    Names of the first few stems reach left, of the rest right, both climbing towards the middle like a pyramid.
    A name may reach from ``left`` to ``right`` if it can.
    """
    splits = [_pyramid(stems, widths, split) for split in range(len(stems) + 1)]
    overrun = [_overrun(pyramid, stems, widths, (left, right)) for pyramid in splits]
    height = [max((flag.lane for flag in pyramid), default=0) for pyramid in splits]
    return splits[min(range(len(splits)), key=lambda split: (overrun[split], height[split]))]


def _pyramid(stems: Sequence[float], widths: Sequence[float], split: int) -> list[Flag]:
    lefts = _stairs([-stem for stem in stems[:split]][::-1], widths[:split][::-1])[::-1]
    rights = _stairs(stems[split:], widths[split:])
    return [Flag(lane, False) for lane in lefts] + [Flag(lane, True) for lane in rights]


def _stairs(stems: Sequence[float], widths: Sequence[float]) -> list[int]:
    """Lanes for names that reach right: each above every stem that stands under it."""
    lanes = [0] * len(stems)
    for i in reversed(range(len(stems))):
        under = [lanes[j] for j in range(i + 1, len(stems)) if stems[j] < stems[i] + widths[i]]
        lanes[i] = 1 + max(under, default=-1)
    return lanes


def _overrun(pyramid: list[Flag], stems: Sequence[float], widths: Sequence[float], room: tuple[float, float]) -> float:
    """How far names reach beyond the room, added up."""
    beyond = 0.0
    for flag, stem, width in zip(pyramid, stems, widths, strict=True):
        beyond += max(stem + width - room[1], 0) if flag.to_right else max(room[0] - (stem - width), 0)
    return beyond
