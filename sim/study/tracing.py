"""The story behind an event: what led to it, what it led to, and how often that happened across replications."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from sim.facts.errors import Fault, InputError, did_you_mean
from sim.study.causes import Entry, Log, Pattern, about, logs_of, patterns
from sim.study.keeping.results import Run
from sim.study.sentences import sentence

SEVERAL = 3
"""More effects of one kind than this are told in one line."""


@dataclass(frozen=True)
class Trigger:
    """A rule, licence or closure by a reactive regulator, the day of its first step, and how much it set off.

    What another one behind it set off is that one's; each such counts once.
    """

    name: str
    title: str
    entry: Entry
    caused: int


@dataclass(frozen=True)
class Branch:
    """Events of one kind with one cause, told together, how deep below the root; usually a single one."""

    depth: int
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Trace:
    """An event's story in one replication, and the patterns of its consequences across all sound ones.

    ``chain`` ends with what was asked about (a rule's first steps, if they came on one day); ``tree`` is what followed,
    by depth and date. ``found`` says in how many of the replications there is such an event at all.
    """

    replication: int
    chain: tuple[tuple[Entry, ...], ...]
    tree: tuple[Branch, ...]
    across: tuple[Pattern, ...]
    found: int
    of: int


@dataclass(frozen=True)
class Traces:
    """The logs of a run's sound replications, by number, and names for people of rules and makers."""

    name: str
    logs: Mapping[int, Log]
    labels: Mapping[str, str] = field(default_factory=dict)

    def choose(self, number: int | None) -> int:
        """The replication asked for, else the first sound one. InputError if it broke, is none, or all broke."""
        if not self.logs:
            problem = "every replication failed, so there is no log to trace"
            raise InputError((Fault(self.name, "", problem),))
        if number is None:
            return min(self.logs)
        if number not in self.logs:
            known = f"give one of 0 to {max(self.logs)}"
            raise InputError((Fault(self.name, "--replication", f"no sound replication {number}", known),))
        return number

    def triggers(self, number: int) -> list[Trigger]:
        """Rules, licences and closures of a replication that set something off, by date."""
        log = self.logs[number]
        firsts: dict[str, Entry] = {}
        for entry in log.entries.values():
            if entry.law:
                firsts.setdefault(entry.law, entry)
        return [
            Trigger(name, self._title(first), first, caused)
            for name, first in firsts.items()
            if (caused := self._caused(log, name))
        ]

    def _title(self, entry: Entry) -> str:
        if not entry.legal:
            return sentence([entry], self.labels)
        return self.labels.get(entry.actor) or entry.detail or entry.actor

    def _caused(self, log: Log, name: str) -> int:
        """Effects whose nearest rule, licence or closure is this one, others it triggered counted once each."""
        mine = [entry for entry in log.consequences(log.steps(name)) if log.law_behind(entry) == name]
        others = {entry.law for entry in mine if entry.law not in ("", name)}
        return len([entry for entry in mine if not entry.law]) + len(others)

    def trace(self, wanted: str, number: int) -> Trace:
        """The story of an event, given its id, or of a rule, given its name or a piece of it. InputError if unknown."""
        log = self.logs[number]
        roots = self._roots(wanted, log)
        alike = {n: _alike(roots, log, other) for n, other in self.logs.items()}
        logs = [self.logs[n] for n, found in alike.items() if found]
        places = {id(self.logs[n]): found for n, found in alike.items()}
        return Trace(
            replication=number,
            chain=(*((entry,) for entry in log.chain(roots[0])[:-1]), _first_of(log, roots)),
            tree=tuple(_tree(log, roots)),
            across=tuple(patterns(logs, lambda other: _weighty(other.consequences(places[id(other)])))),
            found=len(logs),
            of=len(self.logs),
        )

    def _roots(self, wanted: str, log: Log) -> list[Entry]:
        if wanted.isdigit():
            if int(wanted) not in log.entries:
                problem, remedy = f"no event {wanted}", f"ids go from 1 to {max(log.entries, default=0)}"
                raise InputError((Fault(self.name, "EVENT", problem, remedy),))
            return [log.entries[int(wanted)]]
        return log.steps(self._law(wanted, log))

    def _law(self, wanted: str, log: Log) -> str:
        """The one rule, licence or closure that a name or a piece of it means."""
        titles = {entry.law: self._title(entry) for entry in log.entries.values() if entry.law}
        if wanted in titles:
            return wanted
        piece = wanted.lower()
        close = [name for name, title in titles.items() if piece in name.lower() or piece in title.lower()]
        if len(close) == 1:
            return close[0]
        if close:
            remedy = f"say which: {', '.join(close)}"
            raise InputError((Fault(self.name, "EVENT", f"{wanted!r} could be several", remedy),))
        remedy = did_you_mean(wanted, set(titles)) or "chipsim trace without an event lists them"
        raise InputError((Fault(self.name, "EVENT", f"no rule, licence or closure is called {wanted!r}", remedy),))


def traces_of(run: Run) -> Traces:
    """The logs of a run on disk; replications that broke are left out."""
    failed = {failure["replication"] for failure in run.failures}
    logs = logs_of(pl.read_parquet(run.path / "events.parquet"))
    sound = {number: log for number, log in logs.items() if number not in failed}
    return Traces(run.path.name, sound, run.manifest["labels"])


def _weighty(entries: list[Entry]) -> list[Entry]:
    """All but the announcements of rules that took force later."""
    forced = {entry.actor for entry in entries if entry.kind == "rule in force"}
    early = ("rule leaked", "rule announced")
    return [entry for entry in entries if entry.kind not in early or entry.actor not in forced]


def _alike(roots: list[Entry], own: Log, other: Log) -> list[Entry]:
    """What matches an event in another replication: a rule's steps, or the same kind about the same, as manieth."""
    root = roots[0]
    if len(roots) > 1:
        return other.steps(root.law)
    ordinal = [entry.id for entry in _same(root, own)].index(root.id)
    return _same(root, other)[ordinal : ordinal + 1]


def _same(root: Entry, log: Log) -> list[Entry]:
    return [entry for entry in log.entries.values() if entry.kind == root.kind and about(entry) == about(root)]


def _first_of(log: Log, roots: list[Entry]) -> tuple[Entry, ...]:
    """The first of a rule's steps with those of the same day, or the event itself."""
    return _same_day(roots[0], log) if roots[0].legal and len(roots) > 1 else (roots[0],)


def _tree(log: Log, roots: list[Entry]) -> list[Branch]:
    """Everything below events, depth first, by date; what is alike and many is one branch."""
    branches: list[Branch] = []

    def grow(together: tuple[Entry, ...], depth: int) -> None:
        known = {entry.id for entry in together}
        effects = [effect for entry in together for effect in log.effects.get(entry.id, []) if effect.id not in known]
        for bundle in _bundles(effects, log):
            branches.append(Branch(depth, bundle))
            grow(bundle, depth + 1)

    grow(_first_of(log, roots), 1)
    return branches


def _bundles(effects: list[Entry], log: Log) -> list[tuple[Entry, ...]]:
    """Effects by date: a rule's steps of one day together, many of a kind together, everything else alone."""
    kinds: dict[str, list[Entry]] = {}
    for effect in sorted(effects, key=lambda entry: (entry.date, entry.id)):
        kinds.setdefault(effect.kind, []).append(effect)
    found: list[tuple[Entry, ...]] = []
    for alike in kinds.values():
        if alike[0].law:
            found += [_same_day(entry, log) for entry in alike]
        else:
            found += [tuple(alike)] if len(alike) > SEVERAL else [(entry,) for entry in alike]
    return sorted(found, key=lambda bundle: (bundle[0].date, bundle[0].id))


def _same_day(step: Entry, log: Log) -> tuple[Entry, ...]:
    """A rule's step and those that followed from it at once: announced and in force."""
    steps = [step]
    for entry in log.steps(step.law):
        if entry.cause == steps[-1].id and entry.date == step.date:
            steps.append(entry)
    return tuple(steps)
