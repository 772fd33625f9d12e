"""A dated series cut at a day and carried on as a forecaster of that day would: along its own trend, ever less surely.

Judged once from what such series are, before any comparison with what came:

- A level or a rate that is interpolated (wafers a month, USD a year, chips a year), and a step series that is a record
  (four points or more within two years, such as chips a quarter), grows on log-linearly at the pace of its last two
  years, damped: each quarter brings 0.9 of the growth of the one before. Faster than fourfold a year nothing grows on.
- A share, a weight, a step series of fewer points (a setting) and what stands at nothing stay flat at the last point;
  of a series that began at nothing only the points above it tell of growth.

How far the trend may be wrong: over a year between no growth at all and twice the growth (5th to 95th percentile), at
the least a quarter either way.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from math import exp, log
from typing import Any

import numpy as np

from sim.facts.days import DAYS_PER_YEAR
from sim.facts.estimate import damped_years

LOOK_BACK_YEARS = 2.0
RECORD_POINTS = 4
FASTEST, LEAST_DOUBT = log(4.0), log(1.25)
MONTHS_BETWEEN = 3
QUARTER = 92
"""Days of the longest quarter."""
BOUNDED = ("share", "weight")
"""How the unit of what does not grow begins: "share of price", "weight"."""

Points = dict[date, float]


def dated(leaf: Mapping[str, Any]) -> Points:
    """The points of a series as a scenario's file has them, in order."""
    return dict(sorted((date.fromisoformat(str(when)), float(value)) for when, value in leaf["points"].items()))


def known_points(leaf: Mapping[str, Any], day: date) -> Points:
    """The points of a series by a day.

    A short step of an amount speaks of the stretch up to the next one (the chips of a quarter), so that it is known
    when the stretch is over; a step of more than a quarter is a setting, known from its date on.
    """
    points = dated(leaf)
    short = timedelta(days=QUARTER if leaf.get("interpolate") == "step" and not bounded(leaf) else 0)
    ends = [*list(points)[1:], date.max]
    told = zip(points.items(), ends, strict=True)
    return {when: value for (when, value), end in told if (end if end - when <= short else when) <= day}


def bounded(leaf: Mapping[str, Any]) -> bool:
    """Whether a series is a share or a weight, which does not grow for ever."""
    return str(leaf.get("unit", "")).startswith(BOUNDED)


def growth(leaf: Mapping[str, Any], points: Points) -> float:
    """Growth of the logarithm a year over the last two years of the points; 0.0 for what is held flat."""
    last = max(points)
    recent = {when: v for when, v in points.items() if (last - when).days <= LOOK_BACK_YEARS * DAYS_PER_YEAR}
    if bounded(leaf) or (leaf.get("interpolate") == "step" and len(recent) < RECORD_POINTS):
        return 0.0
    if points[last] <= 0:
        return 0.0
    if len(recent) < 2:
        recent = dict(list(points.items())[-2:])
    recent = {when: value for when, value in recent.items() if value > 0}
    if len(recent) < 2:
        return 0.0
    years = [(when - last).days / DAYS_PER_YEAR for when in recent]
    slope = float(np.polyfit(years, np.log(list(recent.values())), 1)[0])
    return max(-FASTEST, min(slope, FASTEST))


def carried_on(leaf: Mapping[str, Any], points: Points, end: date) -> dict[str, Any]:
    """A series of the given points, carried on to ``end`` along its trend with the doubt about it; flat without one."""
    slope, last = growth(leaf, points), max(points)
    cut = {**leaf, "points": {when.isoformat(): value for when, value in points.items()}}
    if not slope:
        return cut
    years = {when: damped_years((when - last).days / DAYS_PER_YEAR) for when in _on(last, end)}
    ahead = {when.isoformat(): _rounded(points[last] * exp(slope * full)) for when, full in years.items()}
    doubt = exp(max(abs(slope), LEAST_DOUBT))
    fan = {"fan_from": last, "fan_low": _rounded(1 / doubt), "fan_high": _rounded(doubt)}
    return {**cut, "points": cut["points"] | ahead, **fan}


def _on(last: date, end: date) -> list[date]:
    """Days a quarter of a year apart, the first one a quarter after ``last``, up to and beyond ``end`` by one."""
    days, when = [], last
    while when < end:
        when = _later(when, MONTHS_BETWEEN)
        days.append(when)
    return days


def _later(when: date, months: int) -> date:
    month = when.month - 1 + months
    first = date(when.year + month // 12, month % 12 + 1, 1)
    return min(first + timedelta(days=when.day - 1), (first + timedelta(days=32)).replace(day=1) - timedelta(days=1))


def _rounded(value: float) -> float:
    """Four figures: more would pretend."""
    return float(f"{value:.4g}")
