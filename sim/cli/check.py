"""``chipsim check``: every fault of scenario files at once."""

from typing import Annotated

import typer

from sim.cli.console import Json, document, guarded, print_json
from sim.facts.errors import Fault, InputError

Files = Annotated[list[str], typer.Argument(metavar="FILE...", help="Scenario files, parts of a world, or names.")]


def check(files: Files, as_json: Json = False) -> None:
    """Check scenario files and tell every fault at once: file, key, what is wrong, what would mend it.

    Example: chipsim check my-ban.toml
    """
    from sim.study.reading.load import faults_of
    from sim.study.scoring.checking import faults_beside

    with guarded(as_json):
        beside = {file: faults_beside(file) for file in files}
        found = {file: faults_of(file) if faults is None else faults for file, faults in beside.items()}
        if not as_json:
            for file in (file for file, faults in found.items() if not faults):
                typer.echo(f"ok {file}")
        faults: dict[Fault, None] = {fault: None for several in found.values() for fault in several}
        if faults:
            raise InputError(tuple(faults))
        if as_json:
            print_json(document("check", {"files": list(found), "errors": []}))
