"""The ``chipsim`` command: each subcommand is one function of one file."""

import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer

from sim.cli.calibrate import calibrate
from sim.cli.check import check
from sim.cli.compare import compare
from sim.cli.console import WRONG_INPUT, as_object, document, guarded, print_json
from sim.cli.list import list_scenarios
from sim.cli.plot import plot
from sim.cli.ruling import ruling
from sim.cli.run import run
from sim.cli.show import show
from sim.cli.sources import sources
from sim.cli.trace import trace
from sim.cli.validate import validate
from sim.facts.errors import Fault

USAGE_ERROR: Any = typer.BadParameter.__mro__[1]
"""What typer raises for an unknown option or a missing argument; it has no public name of its own."""

COMMANDS: dict[str, Callable[..., None]] = {
    "list": list_scenarios,
    "show": show,
    "check": check,
    "run": run,
    "compare": compare,
    "plot": plot,
    "ruling": ruling,
    "sources": sources,
    "trace": trace,
    "validate": validate,
    "calibrate": calibrate,
}

app = typer.Typer(name="chipsim", no_args_is_help=True, add_completion=False, rich_markup_mode="rich")
for name, command in COMMANDS.items():
    app.command(name)(command)


def _tell_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            typer.echo(f"chipsim {version('chipsim')}")
        except PackageNotFoundError:
            typer.echo("chipsim, not installed: run from its source tree")
        raise typer.Exit()


Version = Annotated[bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Show the version.")]


@app.callback()
def chipsim(version: Version = False) -> None:
    """Simulate the AI chip supply chain between the United States and China under export-control scenarios.

    Start with: chipsim list
    """


def main() -> None:
    """Run the command line. With ``--json`` even a misspelt option is told as a JSON document."""
    if "--json" not in sys.argv:
        app()
        return
    try:
        code: Any = app(standalone_mode=False)
    except USAGE_ERROR as error:
        problem, option = str(error.format_message()), getattr(getattr(error, "param", None), "opts", [""])[0]
        try:
            with guarded(as_json=True):
                print_json(document("error", {"errors": [as_object(Fault("", option, problem))]}))
                code = WRONG_INPUT
        except typer.Exit as gone:
            code = gone.exit_code
    sys.exit(code if isinstance(code, int) else 0)
