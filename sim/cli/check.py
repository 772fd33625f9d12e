"""``chipsim check``: every fault of scenario files at once."""

from typing import Annotated

import typer

from sim.cli.console import DONE, WRONG_INPUT, Json, as_object, document, guarded, line, print_json
from sim.facts.errors import Fault, InputError

SCENARIO = "scenario"
BESIDE = {"figures": "no scenario: recorded figures", "parameters": "no scenario: free parameters"}
"""What lies beside the scenarios, by the table it has."""

Files = Annotated[list[str], typer.Argument(metavar="FILE...", help="Scenario files, parts of a world, or names.")]


def check(files: Files, as_json: Json = False) -> None:
    """Check scenario files and tell every fault at once: file, key, what is wrong, what would mend it.

    Example: chipsim check my-ban.toml
    """
    with guarded(as_json):
        found = {file: _faults(file) for file in files}
        sound = {file: kind_of(file) for file, faults in found.items() if not faults}
        notes = [note for file, kind in sound.items() if kind == SCENARIO for note in _notes(file)]
        faults: dict[Fault, None] = {fault: None for several in found.values() for fault in several}
        if as_json:
            body = {"files": list(found), "ok": sound, "errors": [as_object(fault) for fault in faults]}
            print_json(document("error", body) if faults else document("check", {**body, "notes": notes}))
            raise typer.Exit(WRONG_INPUT if faults else DONE)
        for file, kind in sound.items():
            typer.echo(f"ok {file}" if kind == SCENARIO else f"ok {file} ({kind})")
        for note in notes:
            typer.echo(line(f"note: {note}", 6))
        if faults:
            raise InputError(tuple(faults))


def _faults(file: str) -> tuple[Fault, ...]:
    from sim.study.reading.load import faults_of
    from sim.study.scoring.checking import faults_beside

    beside = faults_beside(file)
    return faults_of(file) if beside is None else beside


def kind_of(file: str) -> str:
    """What a sound file is: a scenario, or one of those that stand beside or behind scenarios and cannot be run."""
    from sim.study.reading.load import load
    from sim.study.reading.shipped import bibliography, find, read

    path = find(file)
    if path.resolve() == bibliography():
        return "no scenario: the table of sources; only its TOML is checked"
    if beside := next((told for table, told in BESIDE.items() if table in read(path)), ""):
        return beside
    try:
        load(file)
        return SCENARIO
    except InputError:
        return "no scenario of its own: a part of a world, checked without its surroundings"


def _notes(file: str) -> list[str]:
    """What is no fault of a scenario and may still surprise: models that wait for one that is switched off, clusters
    that are too large for the day.
    """
    from sim.roadmap import left_out
    from sim.study.reading.ceilings import too_early
    from sim.study.reading.keys import parse_key
    from sim.study.reading.load import load

    loaded = load(file)
    behind: dict[str, list[str]] = {}
    for model, off in left_out(loaded.scenario.labs).items():
        behind.setdefault(off, []).append(model)
    told = ((off, ", ".join(names), "are" if len(names) > 1 else "is") for off, names in behind.items())
    never = [f"{off} is switched off, so {names} {verb} never made" for off, names, verb in told]
    late = too_early({parse_key(key): origin for key, origin in loaded.provenance.items()})
    return [f"{file}: {note}" for note in (*never, *late)]
