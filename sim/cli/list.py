"""``chipsim list``: the shipped scenarios, one line each."""

import typer

from sim.cli.console import Json, guarded, print_json
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
            typer.echo(f"{one.name:<{width}}  {one.question}")
        typer.echo("\nnext: chipsim show NAME", err=True)
