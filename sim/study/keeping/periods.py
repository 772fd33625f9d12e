"""Periods as people write them: 2024, 2024Q3, 2024-09, 2024-09-30."""

import re
from datetime import date, timedelta

from sim.facts.days import Span, day_of

YEAR = re.compile(r"(\d{4})")
QUARTER = re.compile(r"(\d{4})-?Q([1-4])")
MONTH = re.compile(r"(\d{4})-(\d{2})")


def period_span(text: str) -> Span:
    """The whole months a period means; a date means the month it falls in. Raises ValueError for anything else."""
    if found := YEAR.fullmatch(text):
        return _months(int(found[1]), 1, 12)
    if found := QUARTER.fullmatch(text):
        return _months(int(found[1]), 3 * int(found[2]) - 2, 3)
    if found := MONTH.fullmatch(text):
        return _months(int(found[1]), int(found[2]), 1)
    try:
        when = date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a period such as 2024, 2024Q3, 2024-09 or 2024-09-30") from None
    return _months(when.year, when.month, 1)


def _months(year: int, month: int, count: int) -> Span:
    """Span of whole months; raises ValueError for a month that is none."""
    start = end = date(year, month, 1)
    for _ in range(count):
        end = (end + timedelta(days=31)).replace(day=1)
    return Span(day_of(start), day_of(end))
