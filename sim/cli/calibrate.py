"""``chipsim calibrate``: a scenario's free values fitted to the recorded figures that are set aside for it."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.console import Debug, Json, document, guarded, print_json
from sim.cli.options import Jobs, Seed

if TYPE_CHECKING:
    from sim.study.scoring.calibrate import Fit

OUT = Path("calibrated.toml")

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
            _tell(done, written)


def _fit(name: str, ensemble: tuple[int, int, int | None], files: tuple[Path | None, Path | None]) -> "Fit":
    from sim.cli.options import check_means
    from sim.study.scoring.calibrate import How, fit
    from sim.study.scoring.observations import shipped_file
    from sim.study.scoring.parameters import free_file, problem

    reps, seed, jobs = ensemble
    check_means((jobs, None, False))
    parameters, observations = files
    posed = problem(name, parameters or free_file(), observations or shipped_file())
    return fit(posed, How(reps, seed, jobs, heard))


def heard(evaluations: int, misfit: float) -> None:
    """Progress on stderr, one line that is written over where somebody watches."""
    end = "\r" if sys.stderr.isatty() else "\n"
    sys.stderr.write(f"evaluation {evaluations}: misfit {misfit:.4g}   {end}")
    sys.stderr.flush()


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


def _tell(done: "Fit", written: list[Path]) -> None:
    """Dials and targets as two small tables."""
    from rich.console import Console
    from rich.table import Table

    dials = Table(title="Fitted values", title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0))
    for column in ("parameter", "start", "fitted", "90% interval"):
        dials.add_column(column, justify="left" if column == "parameter" else "right")
    for one in done.dials:
        interval = f"{one.low:.4g} to {one.high:.4g}" if one.felt else "no target feels it"
        dials.add_row(one.dial.name, f"{one.dial.start:.4g}", f"{one.value:.4g}", interval)
    targets = Table(title="\nTargets", title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0))
    for column in ("figure", "recorded", "before", "after", "residual"):
        targets.add_column(column, justify="left" if column == "figure" else "right")
    for met in done.targets:
        numbers = (f"{value:,.4g}" for value in (met.recorded.central, met.before, met.after))
        targets.add_row(met.name, *numbers, f"{met.residual_after:+.2f}")
    console = Console(width=80, highlight=False)
    console.print(dials, targets)
    before, after = done.misfit_before, done.misfit_after
    typer.echo(f"\nMisfit {before:.4g} before, {after:.4g} after {done.evaluations} ensembles: {done.ended}.")
    typer.echo(f"written: {', '.join(map(str, written))}")
    typer.echo(f"next: chipsim validate {written[0]}")
