"""``chipsim calibrate``: a scenario's free values fitted to the recorded figures that are set aside for it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.console import Debug, Json, document, guarded, line, print_json, width
from sim.cli.options import Jobs, Seed

if TYPE_CHECKING:
    from rich.table import Table

    from sim.study.scoring.calibrate import Fit

OUT = Path("calibrated.toml")
WIDEST = 80
ENOUGH = 100
"""Replications from which on a value that no target feels may be said to matter to none."""

Name = Annotated[str, typer.Argument(metavar="[NAME]", help="A scenario or a file.")]
Reps = Annotated[int, typer.Option("--reps", metavar="N", min=2, help="Replications of every ensemble.")]
To = Annotated[Path, typer.Option("--out", metavar="FILE", help="Where the fitted values go, and FILE.md the report.")]
Report = Annotated[Path | None, typer.Option("--report", metavar="FILE", help="Where the report goes instead.")]
Parameters = Annotated[
    Path | None, typer.Option("--parameters", metavar="FILE", help="Free parameters; those shipped if not given.")
]
Figures = Annotated[
    Path | None, typer.Option("--observations", metavar="FILE", help="Recorded figures; those shipped if not given.")
]


def calibrate(
    name: Name = "baseline",
    reps: Reps = 30,
    seed: Seed = 1,
    jobs: Jobs = None,
    out: To = OUT,
    report: Report = None,
    parameters: Parameters = None,
    observations: Figures = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Fit a scenario's free values to recorded calibration figures; check figures are never read.

    Example: chipsim calibrate baseline --reps 30 --out calibrated.toml
    """
    with guarded(as_json, debug):
        done = _fit(name, (reps, seed, jobs), (parameters, observations))
        written = _write(done, out, report)
        if as_json:
            print_json(document("calibrate", {**_body(done), "written": [str(path) for path in written]}))
        else:
            _tell(done, written, reps)


def _fit(name: str, ensemble: tuple[int, int, int | None], files: tuple[Path | None, Path | None]) -> "Fit":
    from sim.cli.options import check_means
    from sim.cli.progress import fitting
    from sim.study.scoring.calibrate import MOST_STEPS, How, fit
    from sim.study.scoring.observations import shipped_file
    from sim.study.scoring.parameters import free_file, problem

    reps, seed, jobs = ensemble
    check_means((jobs, None, False))
    parameters, observations = files
    posed = problem(name, parameters or free_file(), observations or shipped_file())
    with fitting(MOST_STEPS * (len(posed.dials) + 1)) as heard:
        return fit(posed, How(reps, seed, jobs, heard))


def _write(done: "Fit", out: Path, report: Path | None) -> list[Path]:
    """The fitted values and the report, each whole or not at all; InputError-free, since both are made first."""
    from sim.study.keeping.results import replace_file
    from sim.study.scoring.overlay import overlay, page

    page_file = report or out.with_suffix(".md")
    values, told = overlay(done, out), page(done)
    replace_file(out, values.encode())
    replace_file(page_file, told.encode())
    return [out, page_file]


def _body(done: "Fit") -> dict[str, Any]:
    from math import isfinite

    from sim.study.scoring.figures import number

    return {
        "scenario": done.problem.loaded.scenario.name,
        "evaluations": done.evaluations,
        "misfit": {"before": done.misfit_before, "after": done.misfit_after},
        "ended": done.ended,
        "parameters": [
            {
                "name": one.dial.name,
                "key": one.dial.parameter.key,
                "start": one.dial.start,
                "value": one.value,
                "low": one.low if one.felt else None,
                "high": one.high if one.felt else None,
            }
            for one in done.dials
        ],
        "targets": [
            {
                "name": met.name,
                "recorded": number(met.recorded.central),
                "before": met.before if isfinite(met.before) else None,
                "after": met.after if isfinite(met.after) else None,
                "residual_before": met.residual_before,
                "residual_after": met.residual_after,
            }
            for met in done.targets
        ],
    }


def unfelt_words(dials: int, replications: int) -> str:
    """What it means that no target answered to a dial, with so few replications or with many."""
    which = "One value was" if dials == 1 else f"{dials} values were"
    said = f"{which} not felt: no target moved when it was turned, in {replications} replications."
    few = " That is too few to tell: what happens in few of them, smuggling for one, shows only in more."
    return said + (few if replications < ENOUGH else "")


def _table(title: str, columns: tuple[str, ...]) -> "Table":
    """Labels that wrap, then numbers that do not."""
    from rich.table import Table

    table = Table(title=title, title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column(columns[0], overflow="fold")
    for column in columns[1:]:
        table.add_column(column, justify="right", no_wrap=True)
    return table


def _tell(done: "Fit", written: list[Path], reps: int) -> None:
    """Dials and targets as two small tables."""
    from rich.console import Console

    dials, unfelt = _table("Fitted values", ("parameter", "start", "fitted", "90% interval")), 0
    for one in done.dials:
        interval = f"{one.low:.4g} to {one.high:.4g}" if one.felt else "not felt"
        unfelt += not one.felt
        dials.add_row(one.dial.name, f"{one.dial.start:.4g}", f"{one.value:.4g}", interval)
    targets = _table("\nTargets", ("figure", "recorded", "before", "after", "residual"))
    for met in done.targets:
        numbers = (f"{value:,.4g}" for value in (met.recorded.central, met.before, met.after))
        targets.add_row(met.name, *numbers, f"{met.residual_after:+.2f}")
    Console(width=min(width(), WIDEST), highlight=False).print(dials, targets)
    if unfelt:
        typer.echo(line(f"\n{unfelt_words(unfelt, reps)}", 0))
    before, after = done.misfit_before, done.misfit_after
    typer.echo(line(f"\nMisfit {before:.4g} before, {after:.4g} after {done.evaluations} ensembles: {done.ended}.", 0))
    typer.echo(f"written: {', '.join(map(str, written))}")
    typer.echo(f"next: chipsim validate {written[0]}")
