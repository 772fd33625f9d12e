"""``chipsim plot``: a chart of a run, and the numbers behind it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.console import FAILED, Debug, Json, document, guarded, print_json
from sim.cli.options import Reps, Seed, Settings, answered
from sim.study.charts.choices import By, Format, Name, Units, Wish

if TYPE_CHECKING:
    from sim.study.keeping.results import Run


NameOrRun = Annotated[
    str, typer.Argument(metavar="NAME-or-RUN", help="A scenario, which is run first, or a run's folder.")
]
Kind = Annotated[Name, typer.Option("--chart", help="Which chart.")]
Group = Annotated[By, typer.Option("--by", help="One line for each of these.")]
Count = Annotated[Units, typer.Option("--units", help="Chips, or H100-equivalents by one of three exchange rates.")]
Image = Annotated[Format | None, typer.Option("--format", help="Kind of picture; as FILE ends, else png.")]
File = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="The picture's path; in the run's charts/ if not given.")
]


def plot(
    name: NameOrRun,
    chart: Kind = Name.AVAILABILITY,
    by: Group = By.CHIP,
    units: Count = Units.CHIPS,
    kind: Image = None,
    out: File = None,
    settings: Settings = None,
    reps: Reps = None,
    seed: Seed = 1,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Draw a chart of a run, with the numbers behind it as CSV beside it.

    Example: chipsim plot baseline --by vendor --units h100e-training --format svg
    """
    with guarded(as_json, debug):
        picture_kind = _format(kind, out)
        run = _the_run(name, (reps, seed, settings, None))
        picture, numbers = _draw(run, Wish(chart, by, units, picture_kind, out))
        if as_json:
            told = {"chart": str(chart), "by": str(by), "units": str(units), "run": str(run.path)}
            print_json(document("plot", {**told, "path": str(picture), "numbers": str(numbers)}))
        else:
            typer.echo(f"written: {picture}\nnumbers: {numbers}")
    if run.failures:
        typer.echo(f"{len(run.failures)} replications of this run failed: see {run.path}/manifest.json", err=True)
        raise typer.Exit(FAILED)


def _format(kind: Format | None, out: Path | None) -> Format:
    """The kind asked for, else what the file's name says. InputError if the two disagree or the name says nothing."""
    from sim.facts.errors import Fault, InputError

    if out is None:
        return kind or Format.PNG
    said = out.suffix.removeprefix(".").lower()
    if said not in list(Format) or kind not in (None, said):
        wanted = kind or "png, .svg or .pdf"
        raise InputError((Fault(str(out), "--out", f"does not end in .{wanted}", "give a file such as chart.svg"),))
    return Format(said)


def _the_run(name: str, question: tuple[int | None, int, list[str] | None, str | None]) -> "Run":
    """The run of that name or path as it is, else the scenario's, run now or answered from disk."""
    from sim.facts.errors import Fault, InputError
    from sim.study.keeping.results import find_run, open_run

    folder = find_run(name)
    if folder is None:
        return answered(name, question, (None, None, False))
    if question != (None, 1, None, None):
        problem = "is a run, which --reps, --seed and --set cannot change"
        raise InputError((Fault(name, "", problem, "name the scenario instead"),))
    return open_run(folder)


def _draw(run: "Run", wish: Wish) -> tuple[Path, Path]:
    from sim.study.charts.registry import write_chart
    from sim.study.charts.view import view_of

    return write_chart(run.path, view_of(run.path), wish)
