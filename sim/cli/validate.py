"""``chipsim validate``: a scenario against recorded history, figure by figure."""

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.console import FAILED, Debug, Json, document, guarded, print_json
from sim.cli.options import Jobs, Out, Reps, Seed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console
    from rich.table import Table

    from sim.study.scoring.score import Score
    from sim.study.scoring.verdict import Verdict

WIDTH = 80
"""Columns of a scoreboard, on a wider terminal and in a pipe too."""

NARROWEST = 40
COLUMNS = {"figure": 24, "": 3, "recorded": 13, "model": 7, "90%": 13, "apart": 6, "in": 3, "90": 3}
SPARED = ("apart", "", "90%", "90")
"""Columns that a narrow terminal goes without, in this order."""

SHORTEST_NAME = 16
"""Letters a figure's name has at least, before a column is spared; a longer one goes on in the next line."""

LEFT_OUT = 3
REFIT_REPS = 10
"""Replications of one evaluation of a fit as of a day: few, since the figures known by then are few and wide."""

READING = (
    "in: the recorded interval holds the model's median. 90: the model's 90% interval holds the recorded value. "
    "cal: the model was set to it; chk: it was not."
)

Name = Annotated[str, typer.Argument(metavar="[NAME]", help="A scenario or a file.")]
AsOf = Annotated[
    str | None,
    typer.Option("--as-of", metavar="DATE", help="Know only what was known that day; carry levels on from it."),
]
Refit = Annotated[bool, typer.Option("--refit", help="With --as-of: refit to the figures out by then; takes minutes.")]
Write = Annotated[Path | None, typer.Option("--write", metavar="FILE", help="Write every figure as Markdown too.")]


def validate(
    name: Name = "baseline",
    as_of: AsOf = None,
    refit: Refit = False,
    reps: Reps = None,
    seed: Seed = 1,
    jobs: Jobs = None,
    out: Out = None,
    write: Write = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Hold a scenario against recorded figures: inside or outside, covered or not, by topic and role.

    --as-of takes away later rules, launches, points of series and fitted values.
    Series go on along their own trend. It says what stays though it came later.

    Example: chipsim validate baseline --as-of 2024-01-01
    """
    from sim.cli.options import settled
    from sim.cli.progress import fitting
    from sim.study.question import Asked
    from sim.study.scoring.calibrate import How, unheard
    from sim.study.scoring.verdict import AsOfDay, examination, verdict

    with guarded(as_json, debug):
        with fitting(None) if refit else nullcontext(unheard) as heard:
            day = AsOfDay(as_of, refit, How(REFIT_REPS, seed, jobs, heard))
            examined = examination(name, Asked((), reps, seed), day)
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
    from sim.study.scoring.as_of_telling import as_of_words
    from sim.study.scoring.telling import closing, closing_luck, closing_two_sided

    console = printer()
    for title, scores in _sections(told):
        if title:
            console.print(f"{title}\n", style="bold underline")
        _scoreboard(console, scores)
    words = (READING, *as_of_words(told), closing(told), closing_luck(told), closing_two_sided(told))
    for paragraph in words:
        console.print(f"{paragraph}\n")
    for figure, reason in list(told.left_out.items())[:LEFT_OUT]:
        typer.echo(f"left out: {figure}: {reason}")
    if len(told.left_out) > LEFT_OUT:
        typer.echo(f"left out: {len(told.left_out) - LEFT_OUT} more: see --json")
    typer.echo(f"written: {', '.join(map(str, written))}")
    typer.echo("next: chipsim validate --write validation.md lists every miss with its reason")


def printer() -> "Console":
    """As wide as a narrow terminal, 80 columns on a wider one and in a pipe."""
    from rich.console import Console

    console = Console(highlight=False)
    width = max(min(console.width, WIDTH), NARROWEST) if console.is_terminal else WIDTH
    return Console(width=width, highlight=False)


def _sections(told: "Verdict") -> "Iterator[tuple[str, tuple[Score, ...]]]":
    """All figures, or those of an as-of run apart: forecasts, then the past by what was published."""
    from sim.study.scoring.as_of_telling import GROUPS, by_knowledge

    groups = by_knowledge(told)
    if not groups:
        yield "", told.scores
    for name, group in groups.items():
        if group:
            inside = sum(score.inside for score in group)
            yield f"{GROUPS[name][0].upper()}{GROUPS[name][1:]}: {inside} of {len(group)} inside", group


def _scoreboard(console: "Console", scores: "tuple[Score, ...]") -> None:
    from sim.study.scoring.score import by_topic

    for topic, group in by_topic(scores).items():
        console.print(score_table(topic, group, console.width))
        console.print()


def columns(width: int) -> dict[str, int]:
    """Columns that fit a width, each with its own: names shrink first, then columns are spared."""
    kept = dict(COLUMNS)
    for spared in SPARED:
        if width - _others(kept) >= SHORTEST_NAME:
            break
        del kept[spared]
    return {**kept, "figure": min(COLUMNS["figure"], max(width - _others(kept), 1))}


def _others(kept: dict[str, int]) -> int:
    """Width of all columns but the names, a space after each, and of the space after a name."""
    return sum(size + 1 for name, size in kept.items() if name != "figure") + 1


def score_table(topic: str, group: "tuple[Score, ...]", width: int) -> "Table":
    """A topic's figures; how many are inside in its title."""
    from rich.table import Table

    inside = sum(score.inside for score in group)
    heading = f"{topic}: {inside} of {len(group)} inside"
    table = Table(title=heading, title_justify="left", title_style="bold", box=None, padding=(0, 1, 0, 0))
    kept = columns(width)
    for column, size in kept.items():
        table.add_column(column, width=size, justify="left" if column in ("figure", "") else "right")
    for score in group:
        cells = _cells(score)
        table.add_row(*(cells[column] for column in kept))
    return table


def _cells(score: "Score") -> dict[str, str]:
    """A figure's row, by column."""
    from sim.study.scoring.telling import apart, recorded_range, simulated_range, spelt

    return {
        "figure": score.figure.what,
        "": {"calibration": "cal", "check": "chk"}[score.figure.role],
        "recorded": _short(recorded_range(score)),
        "model": spelt(score, score.p50),
        "90%": _short(simulated_range(score)),
        "apart": apart(score),
        "in": "yes" if score.inside else "NO",
        "90": "yes" if score.covered else "no",
    }


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
