"""``chipsim validate``: a scenario against recorded history, figure by figure."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.console import FAILED, Debug, Json, document, guarded, print_json
from sim.cli.options import Jobs, Out, Reps, Seed

if TYPE_CHECKING:
    from rich.table import Table

    from sim.study.scoring.score import Score
    from sim.study.scoring.verdict import Verdict

WIDTH = 80
COLUMNS = {"figure": 24, "": 3, "recorded": 13, "model": 7, "90%": 13, "apart": 6, "in": 3, "90": 3}
LEFT_OUT = 3
READING = (
    "in: the recorded interval holds the model's median. 90: the model's 90% interval holds the recorded value. "
    "cal: the model was set to it; chk: it was not."
)

Name = Annotated[str, typer.Argument(metavar="[NAME]", help="A scenario or a file.")]
AsOf = Annotated[
    str | None,
    typer.Option("--as-of", metavar="DATE", help="Keep the law and launches known on that day; hold levels at it."),
]
Write = Annotated[Path | None, typer.Option("--write", metavar="FILE", help="Write every figure as Markdown too.")]


def validate(
    name: Name = "baseline",
    as_of: AsOf = None,
    reps: Reps = None,
    seed: Seed = 1,
    jobs: Jobs = None,
    out: Out = None,
    write: Write = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Hold a scenario against recorded figures: inside or outside, covered or not, by topic and role.

    --as-of takes away later rules, parts, memories, fronts and points of series.
    Values whose day of publication is not on record stay: fitted shares, capacities.

    Example: chipsim validate baseline --as-of 2024-01-01
    """
    from sim.cli.options import settled
    from sim.study.question import Asked
    from sim.study.scoring.verdict import examination, verdict

    with guarded(as_json, debug):
        examined = examination(name, Asked((), reps, seed), as_of)
        told = verdict(settled(examined.question, (jobs, out, False)), examined)
        pictures = _written(told, write)
        if as_json:
            from sim.study.scoring.telling import body

            print_json(document("validate", {**body(told), "written": [str(path) for path in pictures]}))
        else:
            _tell(told, pictures)
    if told.run.failures:
        typer.echo(f"{len(told.run.failures)} replications failed: see {told.run.path}/manifest.json", err=True)
        raise typer.Exit(FAILED)


def _written(told: "Verdict", page: Path | None) -> list[Path]:
    """The chart and its numbers beside the run, and the page if one is wanted."""
    from sim.study.charts.validation import write_validation
    from sim.study.keeping.results import replace_file
    from sim.study.scoring.report import markdown

    written = list(write_validation(told))
    if page is not None:
        replace_file(page, markdown(told).encode())
        written.append(page)
    return written


def _tell(told: "Verdict", written: list[Path]) -> None:
    from rich.console import Console

    from sim.study.scoring.score import by_topic
    from sim.study.scoring.telling import as_of_sentence, closing, closing_two_sided

    console = Console(width=WIDTH, highlight=False)
    for topic, group in by_topic(told.scores).items():
        console.print(_table(topic, group))
        console.print()
    console.print(f"{READING}\n")
    if told.as_of:
        console.print(f"{as_of_sentence(told)}\n")
    console.print(f"{closing(told)}\n")
    console.print(f"{closing_two_sided(told)}\n")
    for figure, reason in list(told.left_out.items())[:LEFT_OUT]:
        typer.echo(f"left out: {figure}: {reason}")
    if len(told.left_out) > LEFT_OUT:
        typer.echo(f"left out: {len(told.left_out) - LEFT_OUT} more: see --json")
    typer.echo(f"written: {', '.join(map(str, written))}")
    typer.echo("next: chipsim validate --write validation.md lists every miss with its reason")


def _table(topic: str, group: "tuple[Score, ...]") -> "Table":
    """A topic's figures; how many are inside in its title."""
    from rich.table import Table

    from sim.study.scoring.telling import apart, recorded_range, simulated_range, spelt

    inside = sum(score.inside for score in group)
    heading = f"{topic}: {inside} of {len(group)} inside"
    table = Table(title=heading, title_justify="left", title_style="bold", box=None, padding=(0, 1, 0, 0))
    for column, width in COLUMNS.items():
        table.add_column(column, width=width, justify="left" if column in ("figure", "") else "right")
    for score in group:
        said = "yes" if score.inside else "NO"
        table.add_row(
            score.figure.what,
            {"calibration": "cal", "check": "chk"}[score.figure.role],
            _short(recorded_range(score)),
            spelt(score, score.p50),
            _short(simulated_range(score)),
            apart(score),
            said,
            "yes" if score.covered else "no",
        )
    return table


def _short(interval: str) -> str:
    """An interval with its unit told once: 0.11-0.18M, $4.2-5.1bn."""
    low, dash, high = interval.partition(" - ")
    if not dash:
        return interval
    for unit in ("bn", "M", "k", "m", "%"):
        if low.endswith(unit) and high.endswith(unit):
            low = low.removesuffix(unit)
    if low.startswith("$") and high.startswith("$"):
        high = high.removeprefix("$")
    return f"{low}-{high}"
