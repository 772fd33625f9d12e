"""``chipsim list``: the shipped scenarios, one line each."""

import typer

from sim.cli.console import Json, guarded, hung, piped, print_json
from sim.cli.console import width as columns
from sim.study.reading.shipped import headings


def list_scenarios(as_json: Json = False) -> None:
    """List the shipped scenarios: name and question.

    Example: chipsim list
    """
    with guarded(as_json):
        found = headings()
        if as_json:
            print_json([{"name": one.name, "title": one.title, "question": one.question} for one in found])
            return
        width = max((len(one.name) for one in found), default=0)
        for one in found:
            typer.echo(_line(one.name, one.question, width))
        typer.echo("\nnext: chipsim show NAME", err=True)


def _line(name: str, question: str, width: int) -> str:
    """Name and question in one line; for a reader wrapped beside the name, below it where there is little room."""
    if piped():
        return f"{name:<{width}}  {question}"
    if columns() < 2 * width + 20:
        return f"{name}\n{hung('    ', question)}"
    return hung(f"{name:<{width}}  ", question)
