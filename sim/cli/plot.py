"""``chipsim plot``: a chart of a run, and the numbers behind it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.console import FAILED, Debug, Json, document, guarded, print_json
from sim.cli.options import NameOrRun, Reps, Seed, Settings, Until, the_run
from sim.study.charts.choices import OFFERED, By, Format, Name, Units, Wish

if TYPE_CHECKING:
    from sim.study.keeping.results import Run


CHART, PICTURE = "The chart", "The picture"
"""Panels of help."""

Kind = Annotated[
    Name, typer.Option("--chart", metavar="KIND", help="Which chart: one of those above.", rich_help_panel=CHART)
]
Group = Annotated[
    By | None,
    typer.Option(
        "--by",
        metavar="WHAT",
        help="availability: a line for each chip, vendor, holder or origin (legal, domestic, smuggled); else chip.",
        rich_help_panel=CHART,
    ),
]
Count = Annotated[
    Units | None,
    typer.Option(
        "--units",
        metavar="UNITS",
        help="availability, origins: chips, or H100-equivalents as h100e-tpp, h100e-training or h100e-inference; "
        "else chips.",
        rich_help_panel=CHART,
    ),
]
Chip = Annotated[
    str | None,
    typer.Option("--chip", metavar="CHIP", help="orders: of which chip; else the most ordered.", rich_help_panel=CHART),
]
Maker = Annotated[
    str | None,
    typer.Option(
        "--maker", metavar="MAKER", help="bottleneck: of one domestic maker; else of all.", rich_help_panel=CHART
    ),
]
Image = Annotated[
    Format | None,
    typer.Option("--format", metavar="KIND", help="png, svg or pdf; else as FILE ends.", rich_help_panel=PICTURE),
]
File = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE", help="Its path; in the run's charts/ if not given.", rich_help_panel=PICTURE),
]


def plot(
    name: NameOrRun,
    chart: Kind = Name.AVAILABILITY,
    by: Group = None,
    units: Count = None,
    chip: Chip = None,
    maker: Maker = None,
    kind: Image = None,
    out: File = None,
    settings: Settings = None,
    until: Until = None,
    reps: Reps = None,
    seed: Seed = 1,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Draw a chart of a run, with the numbers behind it as CSV beside it.

    [bold]availability[/bold]: how many chips China has; takes --by, --units
    [bold]origins[/bold]: legal, domestic, smuggled: where new chips came from; takes --units
    [bold]bottleneck[/bold]: what holds domestic makers back; takes --maker
    [bold]timeline[/bold]: what each rule set off
    [bold]orders[/bold]: how one chip was ordered and obtained; takes --chip

    Example: chipsim plot baseline --by vendor --units h100e-training --format svg
    """
    with guarded(as_json, debug):
        wish = _wish(chart, (by, units, chip, maker), _format(kind, out), out)
        run = the_run(name, (reps, seed, settings, until))
        picture, numbers = _draw(run, wish)
        if as_json:
            told = {"chart": str(chart), "by": str(wish.by), "units": str(wish.units), "run": str(run.path)}
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


def _wish(
    chart: Name, choices: tuple[By | None, Units | None, str | None, str | None], kind: Format, out: Path | None
) -> Wish:
    """What is to be drawn. InputError for every choice that the chart does not offer."""
    from sim.facts.errors import Fault, InputError

    given = dict(zip(("--by", "--units", "--chip", "--maker"), choices, strict=True))
    unfit = [option for option, value in given.items() if value is not None and option not in OFFERED[chart]]
    if unfit:
        offered = f"it takes {' and '.join(OFFERED[chart])}" if OFFERED[chart] else "leave it out"
        raise InputError(tuple(Fault("", option, f"means nothing for {chart}", offered) for option in unfit))
    by, units, chip, maker = choices
    return Wish(chart, by or By.CHIP, units or Units.CHIPS, kind, out, chip, maker)


def _draw(run: "Run", wish: Wish) -> tuple[Path, Path]:
    from sim.study.charts.registry import write_chart
    from sim.study.charts.view import view_of

    return write_chart(run.path, view_of(run.path), wish)
