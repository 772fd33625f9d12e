"""When a claim was published: what a forecaster could have read on a day, and what came later.

The table of sources says of which period a claim speaks, seldom when it was printed. The day of a row is, in this
order: ``known`` where the row states it; the day on which a recorded figure that rests on it first counts as known;
for a row that chooses among others, those of the others. Else the end of the last period its date names: nothing is
known of a year before it is over. An estimate, a plan and a forecast speak of other days than their own: of them the
day in the cited page's address counts too, or the one beside the author's name. What has no day at all, or only one
that lies ahead of it, counts as later than any: the strict side.
"""

import re
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from sim.study.scoring.figures import Observation
from sim.study.sources import Row, Table, cited

MONTHS = {"jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6}
MONTHS |= {"jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12}
MONTH = rf"(?P<month>{'|'.join(MONTHS)})[a-z]*\.?"
DATED = re.compile(rf"(?:(?P<day>\d{{1,2}})\s+)?{MONTH}\s+(?P<year>20\d\d)", re.IGNORECASE)
PART = re.compile(r"\b(?P<part>[QH][1-4]|spring|early|mid|late|end)[\s-]+(?:of\s+)?(?P<year>20\d\d)", re.IGNORECASE)
YEAR = re.compile(r"(?<!\d)(?P<year>20\d\d)(?:[–-](?P<last>\d\d))?(?!\d)")
PAGE = re.compile(r"(?<!\d)(?P<year>20\d\d)[/-](?P<month>0[1-9]|1[0-2])(?:[/-](?P<day>[0-3]\d))?(?!\d)")
AHEAD = re.compile(r"plan|forecast|forward", re.IGNORECASE)
LAST_MONTH = {"q1": 3, "q2": 6, "q3": 9, "q4": 12, "h1": 6, "h2": 12}
LAST_MONTH |= {"spring": 5, "early": 4, "mid": 7, "late": 12, "end": 12}
OLDER_THAN_ITS_PERIOD = ("estimate", "derived")
"""Kinds of row that are worked out afterwards, so that their own day counts beside the end of their period."""


@dataclass(frozen=True)
class Library:
    """The table of sources as a shelf with days: when each row could first be read; None is never, as far as known."""

    rows: Table
    days: Mapping[str, date | None]

    def read_by(self, source: str, when: date) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Rows a source text rests on: those published by a day, and those published later or on no known day."""
        names = dict.fromkeys(one for name in cited(source, self.rows) for one in _among(name, self.rows))
        there = tuple(name for name in names if _by(self.days[name], when))
        return there, tuple(name for name in names if name not in there)


def library(rows: Table, figures: Mapping[str, Observation], written: date) -> Library:
    """Every row with its day. ``written`` is when the table was closed: what ends after it can only be a plan."""
    first: dict[str, date] = {}
    for figure in figures.values():
        for name in cited(figure.source, rows)[:1]:
            first[name] = min(figure.known, first.get(name, figure.known))
    return Library(rows, {name: row.known or first.get(name) or published(row, written) for name, row in rows.items()})


def published(row: Row, written: date) -> date | None:
    """The day a row was published, as far as its date, its page's address and its author tell."""
    period = end_of(row.date)
    ahead = AHEAD.search(row.date) is not None or period is None or period > written
    printed = _earliest(_pages(row.address)) or end_of(row.who)
    if ahead:
        return printed if printed is None or printed <= written else None
    if row.confidence in OLDER_THAN_ITS_PERIOD and printed and period:
        return max(period, printed)
    return period


def end_of(text: str) -> date | None:
    """The last day of the last period a text names: "Q1 2025", "7 Oct 2022", "2025–26", "mid-2025". None if none."""
    return max((*_dated(text), *_parts(text), *_years(text)), default=None)


def _dated(text: str) -> Iterator[date]:
    for found in DATED.finditer(text):
        month = MONTHS[found["month"].lower()]
        yield _day(int(found["year"]), month, int(found["day"] or 0))


def _parts(text: str) -> Iterator[date]:
    for found in PART.finditer(text):
        yield _day(int(found["year"]), LAST_MONTH[found["part"].lower()], 0)


def _years(text: str) -> Iterator[date]:
    """Ends of years that no month, quarter or season narrows down."""
    bare = PART.sub("", DATED.sub("", text))
    for found in YEAR.finditer(bare):
        year = int(found["year"])
        yield date(year if not found["last"] else year // 100 * 100 + int(found["last"]), 12, 31)


def _pages(address: str) -> Iterator[date]:
    for found in PAGE.finditer(address):
        yield _day(int(found["year"]), int(found["month"]), int(found["day"] or 0))


def _day(year: int, month: int, day: int) -> date:
    """A day, or the last one of the month if none is given."""
    last = monthrange(year, month)[1]
    return date(year, month, day if 0 < day <= last else last)


def _among(name: str, rows: Table) -> tuple[str, ...]:
    """A row, or in place of one that chooses among others those others."""
    return tuple(other for other in rows[name].among if other in rows) or (name,)


def _earliest(days: Iterator[date]) -> date | None:
    return min(days, default=None)


def _by(day: date | None, when: date) -> bool:
    return day is not None and day <= when
