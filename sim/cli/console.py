"""What every command shares: one JSON document on stdout, faults on stderr, exit codes."""

import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from textwrap import wrap
from typing import Annotated, Any

import typer

from sim.facts.errors import Fault, InputError

PIPED_WIDTH, NARROWEST = 120, 40
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


class RunFailedError(Exception):
    """A run of which nothing is left to look at; carries the faults to tell."""

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What is to be told."""
        told: tuple[Fault, ...] = self.args[0]
        return told


def width() -> int:
    """Columns to write in: as many as COLUMNS says or the terminal has, a fixed number where output is piped."""
    return PIPED_WIDTH if piped() else max(shutil.get_terminal_size().columns, NARROWEST)


def hung(lead: str, text: str, indent: int | None = None) -> str:
    """Text behind its lead, wrapped so that the lead stands alone; ``indent`` of what follows if not the lead's."""
    after = " " * (len(lead) if indent is None else indent)
    return "\n".join(wrap(text, width(), initial_indent=lead, subsequent_indent=after, break_on_hyphens=False)) or lead


def piped() -> bool:
    """Whether output goes elsewhere than to a reader, who has a terminal or says with COLUMNS how wide to write."""
    return not sys.stdout.isatty() and not os.environ.get("COLUMNS", "").isdigit()


SHOWN = 3
"""Notes and failures told one by one; the rest are counted."""


def tell_some(lines: list[str], rest: str, err: bool = False) -> None:
    """The first few lines, and how many more there are: ``rest`` says of what, and where they stand."""
    shown = len(lines) if len(lines) == SHOWN + 1 else SHOWN
    for one in lines[:shown]:
        typer.echo(line(one, 10), err=err)
    if len(lines) > shown:
        typer.echo(f"{len(lines) - shown} more {rest}", err=err)


def failed(failure: dict[str, Any]) -> str:
    """A replication that broke, as a manifest tells it."""
    return f"replication {failure['replication']} failed on {failure['date']}: {failure['cause']}"


def line(text: str, indent: int = 4) -> str:
    """A line that stays whole where output is piped, and is wrapped for a reader."""
    return text if piped() else hung("", text, indent)


@contextmanager
def guarded(as_json: bool, debug: bool = False) -> Iterator[None]:
    """Turn faults of the input into exit 2, a run that failed into 1, Ctrl-C into 130; in words or as JSON."""
    try:
        yield
    except InputError as error:
        _tell(error.faults, as_json)
        raise typer.Exit(WRONG_INPUT) from None
    except RunFailedError as error:
        _tell(error.faults, as_json)
        raise typer.Exit(FAILED) from None
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


def as_object(fault: Fault) -> dict[str, str]:
    """A fault as JSON has it."""
    return {"file": fault.file, "key": fault.key, "problem": fault.problem, "remedy": fault.remedy}


def _tell(faults: tuple[Fault, ...], as_json: bool) -> None:
    if as_json:
        print_json(document("error", {"errors": [as_object(fault) for fault in faults]}))
        return
    for fault in faults:
        sys.stderr.write(f"- {fault}\n")
