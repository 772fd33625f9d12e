"""``chipsim compare``: policy variants against a reference on the same luck, and what differs."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.console import FAILED, Debug, Json, document, failed, guarded, line, print_json, tell_some
from sim.cli.milestones import differences, differences_told
from sim.cli.options import Jobs, Means, Out, Question, Reps, Seed, Settings, Until, check_means, going_on

if TYPE_CHECKING:
    from sim.study.comparing.compared import Compared
    from sim.study.comparing.sides import Comparison

Names = Annotated[
    list[str],
    typer.Argument(
        metavar="NAME...", help="Scenarios or files, the first the reference; NAME+key=value sets a value on one side."
    ),
]
Vary = Annotated[
    list[str] | None,
    typer.Option("--vary", metavar="KEY=V1,V2", help="Add a variant of the reference for each value of a lever."),
]


def compare(
    names: Names,
    vary: Vary = None,
    settings: Settings = None,
    reps: Reps = None,
    seed: Seed = 1,
    until: Until = None,
    jobs: Jobs = None,
    out: Out = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Compare policy variants with a reference, on the same luck: paired differences and how sure they are.

    --set, --until, --reps and --seed hold for every side. Stopped work goes on where it was: ask the same again.

    Example: chipsim compare baseline h800-banned-at-once no-controls --reps 200

    Example: chipsim compare baseline --vary demand.wear=0.03,0.06
    """
    with guarded(as_json, debug):
        done = _answered(_asked(names, vary or [], (reps, seed, settings, until)), (jobs, out, False))
        if as_json:
            print_json(compare_document(done))
        else:
            _tell(done)
    if done.failures:
        raise typer.Exit(FAILED)


def _asked(names: list[str], vary: list[str], question: Question) -> "Comparison":
    """The comparison in the user's words. InputError lists everything wrong with any side."""
    from sim.study.comparing.sides import comparison, varied, wanted
    from sim.study.question import Asked

    reps, seed, settings, until = question
    sides = [wanted(name) for name in names]
    sides += [side for lever in vary for side in varied(sides[0], lever)]
    return comparison(sides, Asked(tuple(settings or ()), reps, seed, until))


def _answered(asked: "Comparison", means: Means) -> "Compared":
    from sim.cli.progress import counting
    from sim.study.comparing.answering import compare_sides
    from sim.study.keeping.results import RESULTS
    from sim.study.runs import How

    jobs, out, _ = means
    check_means(means)
    with going_on(), counting(f"{len(asked.sides)} scenarios") as progress:
        return compare_sides(asked, How(out or RESULTS, jobs, progress=progress))


def compare_document(done: "Compared") -> dict[str, Any]:
    """The comparison as JSON: what was asked, where it lies, what failed, every number in full precision."""
    facts = {key: done.manifest[key] for key in ("sides", "seed", "replications")}
    body = {"path": str(done.path), "from_disk": done.from_disk, "failures": done.failures}
    return document("compare", {**facts, **body, **done.told, "milestones": differences(done.path)})


def _tell(done: "Compared") -> None:
    """The table, a sentence a variant, what failed, what was written, what to do next."""
    from sim.cli.comparison_table import comparison_table
    from sim.cli.headline import printer

    printer().print(comparison_table(done.manifest, done.told["rows"], done.labels))
    models = differences_told(differences(done.path), done.manifest["sides"][0]["label"])
    if isinstance(models, str):
        typer.echo(line(models, 0))
    elif models is not None:
        printer().print(models)
    for told in done.told["told"].values():
        typer.echo(f"\n{line(told['sentence'], 0)}")
        for further in told["further"]:
            typer.echo(line(f"  {further}", 2))
    typer.echo(f"\n{line(done.told['pairing'], 0)}\n" if done.told["pairing"] else "")
    notes = [f"left out: {note}" for note in done.told["notes"]]
    tell_some(notes, "rows of the headline left out: see comparison.json")
    broken = [f"{failure['side']}, {failed(failure)}" for failure in done.failures]
    tell_some(broken, "failed: see manifest.json", err=True)
    charts = ", ".join(sorted(path.name for path in (done.path / "charts").glob("*.png")))
    typer.echo(f"{'answered from disk' if done.from_disk else 'written'}: {done.path}/ (charts/: {charts})")
    chart = "--measure deliveries --origin smuggled" if models is None else "--chart milestones --lab LAB"
    typer.echo(f"next: chipsim plot {done.path} {chart}")
