"""``chipsim run``: a scenario's replications, its headline, its tables on disk."""

from typing import TYPE_CHECKING, Any

import typer

from sim.cli.console import FAILED, Debug, Json, document, failed, guarded, print_json, tell_some
from sim.cli.milestones import courses, milestones, milestones_table, releases
from sim.cli.options import Jobs, Name, Out, Raw, Reps, Seed, Settings, Until, answered
from sim.cli.waiting import tell_waiting, waiting

if TYPE_CHECKING:
    from sim.study.keeping.results import Run


def run(
    name: Name,
    reps: Reps = None,
    seed: Seed = 1,
    settings: Settings = None,
    until: Until = None,
    jobs: Jobs = None,
    out: Out = None,
    raw: Raw = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Run a scenario and keep its tables; the same question is answered from disk.

    Example: chipsim run baseline --reps 50 --set demand.wear=0.06 --until 2027-01-01
    """
    with guarded(as_json, debug):
        done = answered(name, (reps, seed, settings, until), (jobs, out, raw))
        if as_json:
            print_json(run_document(done))
        else:
            _tell(done)
    if done.failures:
        raise typer.Exit(FAILED)


def run_document(done: "Run") -> dict[str, Any]:
    """The run as JSON: what was asked, where it lies, what failed, the headline in full precision."""
    facts = {key: done.manifest[key] for key in ("scenario", "seed", "replications")}
    told = done.headline
    body = {"path": str(done.path), "from_disk": done.from_disk, "failures": done.failures}
    models = {"milestones": milestones(done.path), "courses": courses(done.path), "waiting": waiting(done.path)}
    return document("run", {**facts, **body, "headline": told["rows"], "notes": told["notes"], **models})


def _tell(done: "Run") -> None:
    """The headline as a table, what failed, what was written, what to do next."""
    from sim.cli.headline import headline_table, printer, stock_bars

    told, console = done.headline, printer()
    if not done.broken:
        console.print(headline_table(done.manifest, told["rows"]))
        console.print(stock_bars(done.path, done.manifest["known_until"], console), highlight=False)
        if models := milestones_table(releases(done.path), done.manifest["span"]["end"]):
            console.print(models)
        tell_waiting(waiting(done.path))
        tell_some([f"left out: {note}" for note in told["notes"]], "rows of the headline left out: see headline.json")
    tell_some([failed(failure) for failure in done.failures], "failed: see manifest.json", err=True)
    files = ", ".join(sorted(path.name for path in done.path.iterdir() if path.is_file()))
    typer.echo(f"{'answered from disk' if done.from_disk else 'written'}: {done.path}/ ({files}, charts/)")
    typer.echo(
        "next: mend what every replication broke on" if done.broken else f"next: chipsim plot {done.path} --by vendor"
    )
