"""What led to what: the event logs of a run read as chains of causes, and what many replications have in common."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from statistics import median
from typing import Any

import numpy as np
import polars as pl

LAW = ("rule ", "licence ")
"""How kinds of events begin that are steps of a rule or a licence; their actor is its name."""

CLOSES = "regulator closes"
"""The kind of event by which a reactive regulator closes a chip: law too, but no rule on record."""

OUT = "model released"
"""The step of a model that is told where other things led to it."""

Interval = tuple[float, float, float]
"""5th, 50th and 95th percentile."""


@dataclass(frozen=True)
class Entry:
    """One event of one replication; ``cause`` is the id of the event behind it, ``item`` the model it is a step of."""

    id: int
    cause: int | None
    date: date
    kind: str
    actor: str
    chip: str
    quantity: float | None
    unit: str
    detail: str
    item: str = ""

    @property
    def legal(self) -> bool:
        """Whether it is a step of a rule or a licence."""
        return self.kind.startswith(LAW)

    @property
    def law(self) -> str:
        """Name of the rule or licence it is a step of, or of the closure it is; empty for what is no law."""
        if self.kind == CLOSES:
            return closure(self.chip)
        return self.actor if self.legal else ""


def closure(chip: str) -> str:
    """What a reactive regulator's closing of a chip is called."""
    return f"{CLOSES.replace(' ', '-')}-{chip}"


@dataclass(frozen=True)
class Log:
    """The events of one replication, by id, in the order in which they were entered."""

    entries: dict[int, Entry]

    @cached_property
    def effects(self) -> dict[int, list[Entry]]:
        """What each event brought about itself."""
        found: dict[int, list[Entry]] = {}
        for entry in self.entries.values():
            if entry.cause is not None:
                found.setdefault(entry.cause, []).append(entry)
        return found

    def chain(self, entry: Entry) -> list[Entry]:
        """The event behind it all, and every cause from there down to the event itself."""
        links = [entry]
        while (cause := links[-1].cause) in self.entries and cause is not None:
            links.append(self.entries[cause])
        return links[::-1]

    def consequences(self, roots: Iterable[Entry]) -> list[Entry]:
        """Everything that events led to, by date, themselves left out."""
        first = {entry.id for entry in roots}
        seen, ahead = set(first), list(first)
        while ahead:
            fresh = [effect.id for effect in self.effects.get(ahead.pop(), []) if effect.id not in seen]
            seen.update(fresh)
            ahead += fresh
        return [self.entries[number] for number in sorted(seen - first, key=self._when)]

    def law_behind(self, entry: Entry) -> str:
        """Name of the nearest rule, licence or closure among an event's causes, empty if there is none."""
        return next((cause.law for cause in self.chain(entry)[-2::-1] if cause.law), "")

    def steps(self, name: str) -> list[Entry]:
        """The steps of a rule or licence, or a closure."""
        return [entry for entry in self.entries.values() if entry.law == name]

    @cached_property
    def ways(self) -> dict[str, list[Entry]]:
        """What happened to each model that labs work on, by its whole name."""
        found: dict[str, list[Entry]] = {}
        for entry in self.entries.values():
            if entry.item:
                found.setdefault(entry.item, []).append(entry)
        return found

    def _when(self, number: int) -> tuple[date, int]:
        return self.entries[number].date, number


def logs_of(events: pl.DataFrame) -> dict[int, Log]:
    """The log of every replication, by its number."""
    parts = events.partition_by("replication", as_dict=True, include_key=False, maintain_order=True)
    return {int(key[0]): Log(_entries(part)) for key, part in parts.items()}


def _entries(events: pl.DataFrame) -> dict[int, Entry]:
    return {row["id"]: _entry(row) for row in events.iter_rows(named=True)}


def _entry(row: dict[str, Any]) -> Entry:
    text = {name: row[name] or "" for name in ("actor", "chip", "unit", "detail", "item")}
    return Entry(row["id"], row["cause"], row["date"], row["kind"], quantity=row["quantity"], **text)


@dataclass(frozen=True)
class Pattern:
    """A kind of event about a model or a chip (or by an actor), behind a rule, as it came up across replications.

    ``replications`` is in how many of ``of`` it did, ``times`` how often where it did (the median), ``day`` the
    first time as 5th, 50th and 95th percentile (day ordinals), ``quantity`` the sum over a replication.
    """

    kind: str
    about: str
    law: str
    unit: str
    replications: int
    of: int
    times: float
    day: Interval
    quantity: Interval | None

    @property
    def when(self) -> date:
        """The median day of the first time."""
        return date.fromordinal(round(self.day[1]))

    @property
    def usual(self) -> bool:
        """Whether it came up in most replications."""
        return 2 * self.replications > self.of


def about(entry: Entry) -> str:
    """What an event is about: a rule's name, else a lab's model, else a chip, else whoever acts."""
    return entry.actor if entry.legal else entry.item or entry.chip or entry.actor


def patterns(logs: Sequence[Log], pick: Callable[[Log], Iterable[Entry]]) -> list[Pattern]:
    """What the picked events of many replications have in common, by median day."""
    found: dict[tuple[str, str, str], list[list[Entry]]] = {}
    for log in logs:
        mine: dict[tuple[str, str, str], list[Entry]] = {}
        for entry in pick(log):
            mine.setdefault((entry.kind, about(entry), log.law_behind(entry)), []).append(entry)
        for key, entries in mine.items():
            found.setdefault(key, []).append(entries)
    told = [_pattern(key, together, len(logs)) for key, together in found.items()]
    return sorted(told, key=lambda pattern: (pattern.day[1], pattern.kind, pattern.about))


def _pattern(key: tuple[str, str, str], together: list[list[Entry]], of: int) -> Pattern:
    first = [min(entry.date for entry in entries).toordinal() for entries in together]
    amounts = [sum(e.quantity for e in entries if e.quantity is not None) for entries in together]
    counted = any(entry.quantity is not None for entries in together for entry in entries)
    return Pattern(
        *key,
        unit=together[0][0].unit,
        replications=len(together),
        of=of,
        times=median(len(entries) for entries in together),
        day=interval(first),
        quantity=interval(amounts) if counted else None,
    )


def interval(values: Sequence[float]) -> Interval:
    """5th, 50th and 95th percentile."""
    low, middle, high = np.quantile(np.asarray(values, dtype=np.float64), (0.05, 0.5, 0.95))
    return float(low), float(middle), float(high)
