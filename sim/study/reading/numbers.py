"""Is every number of a value one that can be meant: not below zero, a share at most 1, not 0 where that is nonsense."""

from collections.abc import Iterator, Mapping
from typing import Any

from sim.facts.estimate import Z95
from sim.study.reading.keys import Path
from sim.study.reading.places import ABOVE_ZERO, LEAST, ONE_OR_MORE, SHARES, SOME, WHOLE, places_at
from sim.study.reading.shape import shape_at

ENDS = ("low: ", "high: ")
FAR = 4.75 / Z95
"""A draw in a million lies so many times as far below the centre as the 5th percentile."""


def numbers(path: Path, value: Any) -> Iterator[tuple[str, str]]:
    """Problem and remedy of every number at a path that is below zero, no share where one belongs, or too small."""
    share = any(places_at(path, SHARES))
    for name, number in _every_number(value):
        if number < 0:
            yield f"{name}{number:g} is below zero", ""
        elif share and number > 1:
            yield f"{name}{number:g} is not a share between 0 and 1", ""
    yield from _least(path, value)


def least(path: Path) -> float:
    """The least that a number at a path may be, 1 for a factor that only ever adds; else 0, which may be too little."""
    return float(any(place.thing in (ONE_OR_MORE, WHOLE) for place in places_at(path, LEAST)))


def _least(path: Path, value: Any) -> Iterator[tuple[str, str]]:
    """Numbers that are 0, or below 1, where that makes no sense, or that a draw in the far tail would make 0."""
    for place in places_at(path, LEAST):
        above = shape_at(path[:-1])
        switch = above is not None and above.kind == "table" and "enabled" in above.fields()
        wanted = f"give a number {ABOVE_ZERO}" if place.thing in (ABOVE_ZERO, SOME) else f"give {place.thing}"
        remedy = f"{wanted}, or enabled = false to do without" if switch else wanted
        wrong = [(name, n) for name, n in _every_number(value) if _unfit(name, n, place.thing)]
        yield from ((f"{name}{number:g} is not {place.thing}", remedy) for name, number in wrong)
        if not wrong and place.thing == ABOVE_ZERO and _may_draw_nothing(value):
            yield f"low: {value['low']:g} is so far below central that some draws are 0", 'write scale = "log"'


def _unfit(name: str, number: float, wanted: str) -> bool:
    """Whether a number is 0, below 1, or no whole one where that is not wanted; below zero is told anyway.

    What is drawn from an interval is rounded where it has to be whole, so that the ends need not be.
    """
    if number < 0 or wanted in (ABOVE_ZERO, SOME):
        return number == 0
    return number < 1 or (wanted == WHOLE and name not in ENDS and number % 1 != 0)


def _may_draw_nothing(value: Any) -> bool:
    """Whether one draw in a million of an estimate is 0."""
    if not isinstance(value, Mapping) or value.get("scale", "linear") != "linear":
        return False
    low, central = value.get("low"), value.get("central")
    if not isinstance(low, int | float) or not isinstance(central, int | float) or low < 0:
        return False
    return central - FAR * (central - low) <= 0


def _every_number(value: Any) -> Iterator[tuple[str, float]]:
    """Numbers in a value, each with what it is called there: ``low``, or the day of a point."""
    if isinstance(value, Mapping):
        points = value.get("points")
        inner = points if isinstance(points, Mapping) else {n: value.get(n) for n in ("central", "low", "high")}
        for name, number in inner.items():
            yield from ((f"{name}: ", found) for _, found in _every_number(number))
    elif isinstance(value, list):
        for entry in value:
            yield from _every_number(entry)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield "", value
