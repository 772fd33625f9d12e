"""Numbers as the sources give them: a central value, an interval where sources disagree, and where it comes from.

Low, central and high are the 5th, 50th and 95th percentile of a two-piece normal distribution (on a linear or a
logarithmic scale). It passes through all three exactly, which a triangle of the same three numbers does not.
"""

from bisect import bisect_right
from datetime import date
from functools import cached_property
from math import exp, expm1, log
from statistics import NormalDist
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from sim.facts.days import day_of

SMALLEST, LARGEST = 1e-30, 1e30
"""Beyond these, and but for zero, a number is a slip of the pen."""

DAMPING_YEARS = -0.25 / log(0.9)
"""How long a trend goes on, all in all: each quarter brings 0.9 of the one before (Gardner and McKenzie 1985, damped
trend; 0.8 to 0.98 is the usual range)."""

STANDARD = NormalDist()
Z95 = STANDARD.inv_cdf(0.95)


class Record(BaseModel):
    """A closed, frozen table of a scenario. ``source`` covers every plain value of the table and below it."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)

    source: str = ""
    note: str = ""


class Estimate(Record):
    """One number: ``central``, with ``low`` and ``high`` as its 5th and 95th percentile where sources disagree."""

    central: float
    low: float | None = None
    high: float | None = None
    scale: Literal["linear", "log"] = "linear"
    unit: str = ""
    known: date | None = Field(default=None, description="the day it was published, if its sources do not tell")
    key: str = Field(default="", exclude=True, description="the dotted key; set by the loader")

    @model_validator(mode="after")
    def _imaginable(self) -> Self:
        for figure in (self.low, self.central, self.high):
            if figure and not SMALLEST <= abs(figure) <= LARGEST:
                raise ValueError(f"{figure:g} is not between {SMALLEST:g} and {LARGEST:g}, as all figures here are")
        return self

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if (self.low is None) != (self.high is None):
            raise ValueError("give both low and high, or neither")
        if self.low is not None and self.high is not None and not self.low <= self.central <= self.high:
            raise ValueError(f"low {self.low} <= central {self.central} <= high {self.high} does not hold")
        if self.scale == "log" and (self.low if self.low is not None else self.central) <= 0:
            raise ValueError("a log scale needs numbers above zero")
        return self

    @property
    def uncertain(self) -> bool:
        """Whether sources disagree, so that replications draw it."""
        return self.low is not None and self.low != self.high

    def quantile(self, u: float) -> float:
        """Value at probability ``u`` in (0, 1); never below zero if the interval is not."""
        if self.low is None or self.high is None:
            return self.central
        z = STANDARD.inv_cdf(u) / Z95
        side = self.low if z < 0 else self.high
        if self.scale == "log":
            return exp(log(self.central) + abs(z) * (log(side) - log(self.central)))
        value = self.central + abs(z) * (side - self.central)
        return max(value, 0.0) if self.low >= 0 else value


def damped_years(years: float) -> float:
    """Years of full trend that so many years of a damped one amount to; none before its start."""
    return DAMPING_YEARS * -expm1(-max(years, 0.0) / DAMPING_YEARS)


def _dated(raw: Any) -> Any:
    """Points as TOML gives them (text keys) with their keys as dates; a bad date is named."""
    if not isinstance(raw, dict):
        return raw
    return {_date_key(key): value for key, value in raw.items()}


def _date_key(key: Any) -> Any:
    if isinstance(key, date):
        return key
    try:
        return date.fromisoformat(str(key))
    except ValueError:
        raise ValueError(f"{key!r} is not a date such as 2024-07-01") from None


class Series(Record):
    """A number that changes with time: dated points, how to read between them, and a relative interval.

    ``relative_low`` and ``relative_high`` multiply the whole curve at its 5th and 95th percentile. From ``fan_from`` on
    it is also times a yearly factor between ``fan_low`` and ``fan_high``, damped as a trend is: what lies ahead is the
    less certain the farther it lies.
    """

    points: Annotated[dict[date, float], BeforeValidator(_dated)]
    interpolate: Literal["step", "linear", "log"] = "linear"
    relative_low: float | None = None
    relative_high: float | None = None
    fan_from: date | None = None
    fan_low: float | None = None
    fan_high: float | None = None
    unit: str = ""
    known: date | None = Field(default=None, description="the day it was published, if its sources do not tell")
    key: str = Field(default="", exclude=True, description="the dotted key; set by the loader")

    @model_validator(mode="after")
    def _usable(self) -> Self:
        if not self.points:
            raise ValueError("a series needs at least one dated point")
        if self.interpolate == "log" and min(self.points.values()) <= 0:
            raise ValueError("log interpolation needs points above zero")
        for figure in self.points.values():
            Estimate(central=figure)  # raises if nobody could mean it
        Estimate(central=1.0, low=self.relative_low, high=self.relative_high, scale="log")  # raises if it is none
        Estimate(central=1.0, low=self.fan_low, high=self.fan_high, scale="log")
        if (self.fan_from is None) != (self.fan_low is None):
            raise ValueError("fan_from, fan_low and fan_high belong together")
        return self

    @cached_property
    def factor(self) -> Estimate:
        """The curve's uncertain multiplier, 1 in the centre."""
        low, high = self.relative_low, self.relative_high
        return Estimate.model_construct(central=1.0, low=low, high=high, scale="log", key=self.key)

    @cached_property
    def fan(self) -> Estimate:
        """The yearly factor after ``fan_from``, 1 in the centre; drawn apart from the curve's own."""
        low, high = self.fan_low, self.fan_high
        return Estimate.model_construct(central=1.0, low=low, high=high, scale="log", key=f"{self.key}.fan")

    def at(self, day: int) -> float:
        """Central value on a day; flat before the first and after the last point."""
        days, values = self.curve
        i = bisect_right(days, day)
        if i == 0:
            return values[0]
        if i == len(days) or self.interpolate == "step":
            return values[i - 1]
        w = (day - days[i - 1]) / (days[i] - days[i - 1])
        if self.interpolate == "log":
            return exp((1 - w) * log(values[i - 1]) + w * log(values[i]))
        return (1 - w) * values[i - 1] + w * values[i]

    @cached_property
    def curve(self) -> tuple[list[int], list[float]]:
        """Days and values of the points, in order."""
        ordered = sorted((day_of(when), value) for when, value in self.points.items())
        return [d for d, _ in ordered], [v for _, v in ordered]


def _estimate(raw: Any) -> Any:
    """A bare number is an estimate without an interval."""
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        return {"central": raw}
    return raw


def _spec(raw: Any) -> Any:
    return None if raw == "unknown" else _estimate(raw)


Number = Annotated[Estimate, BeforeValidator(_estimate, json_schema_input_type=float | Estimate)]
"""A scenario number: written bare or as an estimate table."""

Spec = Annotated[Estimate | None, BeforeValidator(_spec, json_schema_input_type=float | Estimate | Literal["unknown"])]
"""A published figure of a chip, or ``"unknown"`` where nothing is published."""
