"""What still waits when a run ends: as JSON, and in a few lines for people."""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import typer

from sim.cli.console import line, tell_some


def waiting(folder: Path) -> list[dict[str, Any]]:
    """The models that wait on the last day in any replication, those with dates first; none where there are no labs.

    ``share`` is that of the replications in which a model waits; ``wants`` tells what for, the most frequent first.
    """
    from sim.facts.labs import MODEL
    from sim.study.keeping.waiting import waiting_in

    table = waiting_in(folder)
    rows = [] if table is None else list(table.iter_rows(named=True))
    found = []
    for (lab, item), several in groupby(rows, key=lambda row: (row["actor"], row["item"])):
        wants = list(several)
        dates = {key: wants[0][key].isoformat() if wants[0][key] else None for key in ("planned", "recorded")}
        told = [{key: want[key] for key in ("want", "share", "amount", "what")} for want in wants]
        model = {"lab": lab, "model": item.removeprefix(f"{lab}{MODEL}"), "on_roadmap": wants[0]["on_roadmap"]}
        found.append({**model, **dates, "share": wants[0]["waiting"], "wants": told})
    return found


def tell_waiting(found: list[dict[str, Any]]) -> None:
    """A line for each of the first few wants of models on roadmaps; the rest, and what follows a trend, is counted."""
    tell_some(list(_lines(found)), "lines like these: see waiting.parquet")
    if others := [row["share"] for row in found if not row["on_roadmap"]]:
        models = "one model" if len(others) == 1 else f"{len(others)} models"
        most = f"{'at most ' if min(others) < max(others) else ''}{max(others):.0%} of replications"
        told = f"waiting at the end: {models} beyond the roadmaps, in {most}{' each' if len(others) > 1 else ''}"
        typer.echo(line(f"{told}: see waiting.parquet", 10))


def _lines(found: list[dict[str, Any]]) -> Iterator[str]:
    """One for each model, or for several of a lab that wait as often for the same."""
    together: dict[tuple[str, str], list[str]] = {}
    for row in found:
        if row["on_roadmap"]:
            often = "most often for " if len(row["wants"]) > 1 else "for "
            how = f"in {row['share']:.0%} of replications, {often}{row['wants'][0]['what']}"
            together.setdefault((row["lab"], how), []).append(row["model"])
    for (lab, how), models in together.items():
        yield f"waiting at the end: {lab} {', '.join(models)} {how}"
