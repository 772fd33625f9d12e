"""The story behind an event: what led to it, what it led to, and how often that happened across replications."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby

import polars as pl

from sim.facts.errors import Fault, InputError, did_you_mean
from sim.facts.labs import MODEL
from sim.study.causes import OUT, Entry, Log, Pattern, about, logs_of, patterns
from sim.study.keeping.results import Run
from sim.study.sentences import sentence

SEVERAL = 3
"""More effects of one kind than this are told in one line."""
MOST_MEANT = 8
"""Names told of those that a piece could mean."""


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

    ``chain`` ends with what was asked about (a rule's first steps, if they came on one day; all steps of a ``model``);
    ``tree`` is what followed, by depth and date. ``found`` says in how many of the replications there is such an event
    at all.
    """

    replication: int
    chain: tuple[tuple[Entry, ...], ...]
    tree: tuple[Branch, ...]
    across: tuple[Pattern, ...]
    found: int
    of: int
    model: str = ""


@dataclass(frozen=True)
class Traces:
    """The logs of a run's sound replications, by number, and names for people of rules, makers and models."""

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
        """The story of an event, given its id, or of a rule or a model, given its name or a piece of it.

        InputError if it is unknown.
        """
        log = self.logs[number]
        roots, model = self._roots(wanted, number)
        alike = {n: other.ways.get(model, []) if model else _alike(roots, log, other) for n, other in self.logs.items()}
        logs = [self.logs[n] for n, found in alike.items() if found]
        places = {id(self.logs[n]): found for n, found in alike.items()}
        start = tuple(roots) if model else _first_of(log, roots)
        ends = tuple((entry,) for entry in start) if model else (start,)
        return Trace(
            replication=number,
            chain=(*_chain(log.chain(roots[0])[:-1], roots[0].item), *ends),
            tree=tuple(_tree(log, start)),
            across=tuple(patterns(logs, lambda other: _weighty(other.consequences(places[id(other)]), roots[0].item))),
            found=len(logs),
            of=len(self.logs),
            model=model,
        )

    @cached_property
    def models(self) -> list[str]:
        """Whole names of the labs' models that any replication tells of."""
        return list(dict.fromkeys(model for log in self.logs.values() for model in log.ways))

    def _roots(self, wanted: str, number: int) -> tuple[list[Entry], str]:
        """The events that are asked about, and the model whose they all are, if one is asked for."""
        log = self.logs[number]
        if wanted.isdigit():
            if int(wanted) not in log.entries:
                problem, remedy = f"no event {wanted}", f"ids go from 1 to {max(log.entries, default=0)}"
                raise InputError((Fault(self.name, "EVENT", problem, remedy),))
            return [log.entries[int(wanted)]], ""
        name = self._name(wanted, log)
        if name not in self.models:
            return log.steps(name), ""
        if name not in log.ways:
            others = [n for n, other in self.logs.items() if name in other.ways]
            problem = f"{name} is not begun in replication {number}"
            remedy = f"it is in {len(others)} of {len(self.logs)}: --replication {others[0]}"
            raise InputError((Fault(self.name, "EVENT", problem, remedy),))
        return log.ways[name], name

    def _name(self, wanted: str, log: Log) -> str:
        """The one rule, licence, closure or model that a name or a piece of it means; a model's own name is enough."""
        titles = {entry.law: self._title(entry) for entry in log.entries.values() if entry.law}
        titles |= {model: self.labels.get(model, model) for model in self.models}
        own = {model: model.partition(MODEL)[2] for model in self.models}
        meant = _meant(wanted, titles, own)
        if len(meant) == 1:
            return meant[0]
        if meant:
            remedy = f"say which: {', '.join(meant[:MOST_MEANT])}{' ...' if len(meant) > MOST_MEANT else ''}"
            raise InputError((Fault(self.name, "EVENT", f"{wanted!r} could be several", remedy),))
        remedy = did_you_mean(wanted, {*titles, *own.values()}) or "chipsim trace without an event lists them"
        problem = f"no rule, licence, closure or model is called {wanted!r}"
        raise InputError((Fault(self.name, "EVENT", problem, remedy),))


def _meant(wanted: str, titles: Mapping[str, str], own: Mapping[str, str]) -> list[str]:
    """Names that a word means: it or a title as a whole, a model by its ``own`` name, else all with such a piece."""
    piece = wanted.lower()
    whole = [name for name, title in titles.items() if piece in (name.lower(), title.lower())]
    called = [model for model, name in own.items() if piece == name.lower()]
    close = [name for name, title in titles.items() if piece in name.lower() or piece in title.lower()]
    return ([wanted] if wanted in titles else []) or whole or called or close


def traces_of(run: Run) -> Traces:
    """The logs of a run on disk; replications that broke are left out."""
    failed = {failure["replication"] for failure in run.failures}
    logs = logs_of(pl.read_parquet(run.path / "events.parquet"))
    sound = {number: log for number, log in logs.items() if number not in failed}
    models = {model: model.replace(MODEL, " ", 1) for log in sound.values() for model in log.ways}
    return Traces(run.path.name, sound, {**run.manifest["labels"], **models})


def _weighty(entries: list[Entry], model: str) -> list[Entry]:
    """All but the announcements of rules that took force later; of models other than this one releases only."""
    forced = {entry.actor for entry in entries if entry.kind == "rule in force"}
    early = ("rule leaked", "rule announced")
    told = [entry for entry in entries if entry.kind not in early or entry.actor not in forced]
    return [entry for entry in told if entry.item in ("", model) or entry.kind == OUT]


def _chain(causes: list[Entry], model: str) -> list[tuple[Entry, ...]]:
    """Causes one by one; of models other than the one asked about the steps on the way together."""
    parts = groupby(causes, key=lambda entry: entry.item if entry.item not in ("", model) else entry.id)
    return [tuple(together) for _, together in parts]


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


def _tree(log: Log, start: tuple[Entry, ...]) -> list[Branch]:
    """Everything below events, depth first, by date; what is alike and many is one branch."""
    branches: list[Branch] = []

    def grow(together: tuple[Entry, ...], depth: int) -> None:
        known = {entry.id for entry in together}
        effects = [effect for entry in together for effect in log.effects.get(entry.id, []) if effect.id not in known]
        for bundle in _bundles(effects, log):
            branches.append(Branch(depth, bundle))
            grow(bundle, depth + 1)

    grow(start, 1)
    return branches


def _bundles(effects: list[Entry], log: Log) -> list[tuple[Entry, ...]]:
    """Effects by date: a rule's steps of one day together, all of a model that begins, many of a kind; others alone."""
    kinds: dict[str, list[Entry]] = {}
    for effect in sorted(effects, key=lambda entry: (entry.date, entry.id)):
        kinds.setdefault(effect.kind, []).append(effect)
    found: list[tuple[Entry, ...]] = []
    for alike in kinds.values():
        if alike[0].law:
            found += [_same_day(entry, log) for entry in alike]
        elif alike[0].item:
            found += [tuple(way) if entry is (way := log.ways[entry.item])[0] else (entry,) for entry in alike]
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
