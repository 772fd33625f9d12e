"""``chipsim trace``: what led to an event of a run, what it led to, and how often across replications."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.console import Debug, Json, document, guarded, hung, line, print_json
from sim.cli.options import NameOrRun, Reps, Seed, Settings, Until, the_run
from sim.cli.way import tell_way, way_of

if TYPE_CHECKING:
    from sim.study.causes import Entry, Pattern
    from sim.study.tracing import Branch, Trace, Traces, Trigger

Wanted = Annotated[
    str | None,
    typer.Argument(
        metavar="[EVENT]",
        help="A rule, licence, closure or model by name or a piece of it, or an event's id; else they are listed.",
    ),
]
Which = Annotated[
    int | None, typer.Option("--replication", metavar="N", help="Whose story; the first sound one if not given.")
]
DEEPEST = 6
"""Levels by which a consequence is set in; what lies deeper stands there too."""
MOST_FAILED = 4
"""Models named of those whose runs failed."""


def trace(
    name: NameOrRun,
    event: Wanted = None,
    replication: Which = None,
    reps: Reps = None,
    seed: Seed = 1,
    settings: Settings = None,
    until: Until = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Follow a rule to its rush, its stranded stock, its redesigns: causes and consequences of an event, by date.

    A lab's model by name (LAB.MODEL) is followed from its research to its release.

    Example: chipsim trace baseline us-2025-04-h20-bandwidth --reps 20
    """
    with guarded(as_json, debug):
        from sim.study.tracing import traces_of

        run = the_run(name, (reps, seed, settings, until))
        traces = traces_of(run)
        number = traces.choose(replication)
        if event is None:
            triggers = traces.triggers(number)
            _print(as_json, triggers_document(traces, number, triggers), listed(traces, number, triggers, name))
        else:
            found = traces.trace(event, number)
            way = way_of(run.path, found.model)
            if way and not as_json:
                tell_way(way, run.manifest)
            _print(as_json, {**trace_document(traces, found), **way}, told(traces, found))


def _print(as_json: bool, whole: dict[str, Any], lines: Iterator[str]) -> None:
    if as_json:
        print_json(whole)
    else:
        for line in lines:
            typer.echo(line)


def listed(traces: "Traces", number: int, triggers: "list[Trigger]", name: str) -> Iterator[str]:
    """The rules, licences and closures that set something off, and the next command."""
    yield line(f"what set something off in replication {number} of {traces.name}: day, things it caused, name", 0)
    yield ""
    wide = max((len(str(trigger.caused)) for trigger in triggers), default=0)
    for trigger in triggers:
        yield hung(f"{trigger.entry.date}  {trigger.caused:>{wide}}  ", f"{trigger.name}: {trigger.title}")
    yield ""
    if traces.models:
        yield hung("", models_words(traces, number))
    if triggers:
        most = max(triggers, key=lambda trigger: trigger.caused)
        yield f"next: chipsim trace {name} {most.name}"


def models_words(traces: "Traces", number: int) -> str:
    """That labs' models can be asked for, and those of a replication whose runs failed."""
    ways = traces.logs[number].ways
    failed = [model for model, way in ways.items() if any(entry.kind == "run failed" for entry in way)]
    named = ", ".join(failed[:MOST_FAILED]) + (f" and {len(failed) - MOST_FAILED} more" * (len(failed) > MOST_FAILED))
    runs = f"; runs failed of {named}" if failed else ""
    return f"a lab's model is asked for by name too, {failed[0] if failed else traces.models[0]} for one{runs}"


def told(traces: "Traces", found: "Trace") -> Iterator[str]:
    """The causes, the event, what followed, and what other replications say."""
    from sim.study.sentences import sentence

    yield f"replication {found.replication} of {traces.name}"
    yield ""
    own = [entries[0].item == found.model != "" for entries in found.chain]
    below = own.index(True) if any(own) else len(found.chain) - 1
    for depth, entries in enumerate(found.chain):
        yield _line(entries[0], min(depth, below), sentence(entries, traces.labels))
    for branch in found.tree:
        yield _line(branch.entries[0], below + branch.depth, sentence(branch.entries, traces.labels))
    if not found.tree:
        yield "it led to nothing"
    yield ""
    met = f"in {found.found} of {found.of} sound replications"
    if not found.across:
        yield f"{met}, and nothing of weight followed"
        return
    yield line(f"{met}; what followed: how often, when, how much (90% interval)", 0)
    for pattern in found.across:
        yield hung("  ", _pattern(traces, pattern))


def _line(entry: "Entry", depth: int, words: str) -> str:
    arrow = "  " * (min(depth, DEEPEST) - 1) + "-> " if depth else ""
    return hung(f"{entry.date}  {arrow}", words)


def _pattern(traces: "Traces", pattern: "Pattern") -> str:
    from sim.study.sentences import pattern_amount, pattern_words

    early, late = (_day(pattern.day[place]) for place in (0, 2))
    spread = "" if early == late else f" ({early} to {late})"
    often = f"{pattern.times:g} times from " if pattern.times > 1 else ""
    parts = [
        f"{pattern_words(pattern, traces.labels)}: in {pattern.replications}",
        f"{often}{pattern.when}{spread}",
        pattern_amount(pattern),
    ]
    return "; ".join(part for part in parts if part)


def _day(ordinal: float) -> str:
    from datetime import date

    return date.fromordinal(round(ordinal)).isoformat()


def triggers_document(traces: "Traces", number: int, triggers: "list[Trigger]") -> dict[str, Any]:
    """The list as JSON."""
    rows = [
        {"name": t.name, "title": t.title, "date": t.entry.date.isoformat(), "id": t.entry.id, "caused": t.caused}
        for t in triggers
    ]
    return document("trace", {"run": traces.name, "replication": number, "triggers": rows})


def trace_document(traces: "Traces", found: "Trace") -> dict[str, Any]:
    """The story as JSON: the event last in its chain, what followed with its depth, patterns across replications."""
    body = {
        "run": traces.name,
        "replication": found.replication,
        "chain": [_entry(entry) for entries in found.chain for entry in entries],
        "consequences": [_branch(traces, branch) for branch in found.tree],
        "found": found.found,
        "of": found.of,
        "across": [_across(pattern) for pattern in found.across],
    }
    return document("trace", body)


def _entry(entry: "Entry") -> dict[str, Any]:
    return {**asdict(entry), "date": entry.date.isoformat()}


def _branch(traces: "Traces", branch: "Branch") -> dict[str, Any]:
    from sim.study.sentences import sentence

    told = sentence(branch.entries, traces.labels)
    return {"depth": branch.depth, "told": told, "events": [_entry(entry) for entry in branch.entries]}


def _across(pattern: "Pattern") -> dict[str, Any]:
    names = ("p5", "p50", "p95")
    days = {name: _day(day) for name, day in zip(names, pattern.day, strict=True)}
    quantity = dict(zip(names, pattern.quantity, strict=True)) if pattern.quantity else None
    plain = {key: getattr(pattern, key) for key in ("kind", "about", "law", "replications", "times", "unit")}
    return {**plain, "date": days, "quantity": quantity}
