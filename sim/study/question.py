"""What is asked of the simulator: a scenario, how many replications, which seed. Equal questions have equal answers."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from typing import Any

from pydantic import BaseModel

import sim
from sim.facts.errors import Fault, InputError
from sim.facts.estimate import Estimate
from sim.study.reading.load import Loaded, load
from sim.study.scenario import SHORTEST, Scenario
from sim.study.scoring.observations import recorded

MOST = 1_000_000
"""Replications that one question may ask for."""

UNHEARD = {"source", "note", "known", "sources", "question", "label"}
"""Fields that explain a value and change no result."""

TOLD = {"name", "title", "replications", "headline"}
"""Fields that change what is told of a world, and no replication of it."""


@dataclass(frozen=True)
class Asked:
    """What the command line adds to a scenario's name: ``--set``, ``--reps``, ``--seed``, ``--until``."""

    settings: tuple[str, ...] = ()
    replications: int | None = None
    seed: int = 1
    until: str | None = None


@dataclass(frozen=True)
class Question:
    """A resolved scenario and a seed; replications and span stand in the scenario."""

    loaded: Loaded
    seed: int

    @property
    def scenario(self) -> Scenario:
        """The world to run."""
        return self.loaded.scenario

    @property
    def replications(self) -> int:
        """How many times it is run."""
        return self.scenario.replications

    @cached_property
    def hash(self) -> str:
        """SHA-256 over resolved values, replications, span, seed, figures read off a run, source and versions."""
        values, labels = canonical(self.scenario), _labels(self.scenario)
        asked = [values, labels, self.seed, recorded().digest, source_hash(), versions()]
        payload = json.dumps(asked, ensure_ascii=False, allow_nan=False)
        return hashlib.sha256(payload.encode()).hexdigest()

    @cached_property
    def world(self) -> str:
        """SHA-256 over what a replication depends on: values, span, seed, source, and not how many are run."""
        values = {key: value for key, value in canonical(self.scenario).items() if key not in TOLD}
        asked = [values, self.seed, source_hash(), versions()]
        payload = json.dumps(asked, ensure_ascii=False, allow_nan=False)
        return hashlib.sha256(payload.encode()).hexdigest()

    @property
    def folder(self) -> str:
        """Name of the folder that holds the answer."""
        return f"{self.scenario.name}-{self.hash[:12]}"


def ask(name: str, asked: Asked) -> Question:
    """Resolve a scenario with what the command line adds. InputError lists what is wrong with it."""
    faults = tuple(_faults(asked))
    if faults:
        raise InputError(faults)
    loaded = load(name, asked.settings)
    extra = _extra(asked, loaded.scenario)
    return Question(load(name, (*asked.settings, *extra)) if extra else loaded, asked.seed)


def _faults(asked: Asked) -> list[Fault]:
    faults = []
    if asked.replications is not None and asked.replications < 1:
        faults.append(Fault("", "--reps", f"{asked.replications} is not a number of replications", "give 1 or more"))
    if asked.replications is not None and asked.replications > MOST:
        faults.append(Fault("", "--reps", f"{asked.replications} is more than can be run", f"give up to {MOST:,}"))
    if asked.seed < 0:
        faults.append(Fault("", "--seed", f"{asked.seed} is below zero", "give 0 or more"))
    if asked.until is not None and _date(asked.until) is None:
        faults.append(Fault("", "--until", f"{asked.until!r} is not a date", "write it as 2026-07-01"))
    return faults


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _extra(asked: Asked, scenario: Scenario) -> Sequence[str]:
    """Options that are values of the scenario too, as settings, so that the resolved file repeats the run."""
    extra = []
    if asked.replications is not None and asked.replications != scenario.replications:
        extra.append(f"replications={asked.replications}")
    until = _date(asked.until) if asked.until else None
    if until is not None and until != scenario.window.end:
        window = scenario.window
        earliest = window.start + timedelta(days=SHORTEST)
        if not earliest <= until < window.end:
            problem = f"{until} is not between {earliest}, {SHORTEST} days from the start, and {window.end}"
            raise InputError((Fault("", "--until", problem, "give a date between them"),))
        extra.append(f"window.end={until}")
    return extra


def canonical(value: Any) -> Any:
    """A scenario's values as JSON writes them, without sources, notes and questions.

    Titles of rules stay, because they stand in the event log. The order of named tables stays, because results follow
    it; of plain values under names it does not count, since TOML writes them before the tables among them.
    """
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        return {k: canonical(getattr(value, k)) for k in fields if k not in UNHEARD and not fields[k].exclude}
    if isinstance(value, dict):
        leaves = any(isinstance(entry, Estimate) or not isinstance(entry, BaseModel) for entry in value.values())
        entries = sorted(value.items()) if leaves else value.items()
        return {str(key): canonical(entry) for key, entry in entries}
    if isinstance(value, list | tuple):
        return [canonical(entry) for entry in value]
    return value.isoformat() if isinstance(value, date) else value


def _labels(scenario: Scenario) -> list[list[str]]:
    """What people call makers and rules: it stands in manifests and on charts, and changes no replication."""
    entries = (*scenario.makers.items(), *scenario.rules.items())
    return sorted([name, entry.label] for name, entry in entries if entry.label)


@lru_cache(maxsize=1)
def versions() -> dict[str, str]:
    """Of Python and of the libraries that a replication is made with."""
    return {"python": python_version(), **{name: version(name) for name in ("numpy", "simpy", "scipy", "polars")}}


@lru_cache(maxsize=1)
def source_hash() -> str:
    """SHA-256 over the path and text of every Python file of the package, as they were when it was first asked."""
    root = Path(sim.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0")
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()
