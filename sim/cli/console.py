"""What every command shares: one JSON document on stdout, faults on stderr, exit codes."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from sim.facts.errors import Fault, InputError

DONE, FAILED, WRONG_INPUT, INTERRUPTED = 0, 1, 2, 130

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout and nothing else.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an unexpected error.", hidden=True)]


def document(kind: str, body: dict[str, Any]) -> dict[str, Any]:
    """A versioned JSON document: the schema's name first, then its fields."""
    return {"schema": f"chipsim/{kind}/1", **body}


def print_json(value: Any) -> None:
    """Write one JSON document to stdout."""
    json.dump(value, sys.stdout, indent=2, ensure_ascii=False, allow_nan=False)
    sys.stdout.write("\n")


@contextmanager
def guarded(as_json: bool, debug: bool = False) -> Iterator[None]:
    """Turn faults of the input into exit 2 and Ctrl-C into exit 130, in words or as a JSON document."""
    try:
        yield
    except InputError as error:
        _tell(error.faults, as_json)
        raise typer.Exit(WRONG_INPUT) from None
    except KeyboardInterrupt as interrupt:
        sys.stderr.write(f"interrupted; {interrupt if interrupt.args else 'nothing was written'}\n")
        raise typer.Exit(INTERRUPTED) from None
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads on: not a fault
        raise typer.Exit(DONE) from None
    except OSError as error:
        if debug:
            raise
        _tell((Fault(str(error.filename or ""), "", error.strerror or str(error)),), as_json)
        raise typer.Exit(FAILED) from None


def _tell(faults: tuple[Fault, ...], as_json: bool) -> None:
    if as_json:
        errors = [{"file": f.file, "key": f.key, "problem": f.problem, "remedy": f.remedy} for f in faults]
        print_json(document("error", {"errors": errors}))
        return
    for fault in faults:
        sys.stderr.write(f"- {fault}\n")
