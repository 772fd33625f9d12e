"""Whole days: the model's clock counts them from the first day of the proleptic calendar.

A day is an ``int`` (``date.toordinal``); dates appear only where people read or write them. Spans are half-open: the
end day is the first one that is not simulated.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

DAYS_PER_WEEK = 7
DAYS_PER_YEAR = 365.25
DAYS_PER_QUARTER = DAYS_PER_YEAR / 4
DAYS_PER_MONTH = DAYS_PER_YEAR / 12


def day_of(when: date) -> int:
    """Count of days for a calendar date."""
    return when.toordinal()


def date_of(day: int) -> date:
    """Calendar date of a day count."""
    return date.fromordinal(day)


@dataclass(frozen=True)
class Span:
    """A half-open stretch of days, ``start`` simulated and ``end`` not."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise ValueError(f"span ends {date_of(self.end)} before it starts {date_of(self.start)}")

    def month_ends(self) -> tuple[int, ...]:
        """Last day of every calendar month the span touches, the last one cut at the span's end."""
        return tuple(min(day, self.end - 1) for day in _month_ends_from(self.start, self.end))


def _month_ends_from(start: int, end: int) -> Iterator[int]:
    first = date_of(start).replace(day=1)
    while day_of(first) < end:
        following = (first + timedelta(days=31)).replace(day=1)
        yield day_of(following) - 1
        first = following
