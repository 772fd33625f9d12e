"""A question answered: from disk if the same was asked before, else run, summarised and kept."""

import shutil
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sim.facts.days import date_of
from sim.study.charts.choices import Wish
from sim.study.charts.registry import write_chart
from sim.study.charts.view import View
from sim.study.ensemble import Progress, Replication, run_ensemble, unheard
from sim.study.groups import groups_table
from sim.study.headline import headline
from sim.study.host import Stopwatch, package_version
from sim.study.pool import chunk_size, sensible_jobs, workers
from sim.study.question import Question
from sim.study.replication import Plan, plan, replicate
from sim.study.resolved import resolved_toml
from sim.study.results import RESULTS, RUN_INFO, Run, answer_on_disk, keep, open_run, write_json, write_manifest
from sim.study.tables import blocks, events_table, series_table, summary_table
from sim.world.series import MEASURES

SMALL = 20
"""Up to this many replications the raw series are kept unasked."""

RAW = "series.parquet"


@dataclass(frozen=True)
class How:
    """Where an answer goes and how it is worked out; none of it changes the answer."""

    parent: Path = RESULTS
    jobs: int | None = None
    raw: bool = False
    progress: Progress = unheard


@dataclass(frozen=True)
class Finished:
    """An ensemble and the plan it followed."""

    plan: Plan
    ensemble: tuple[Replication, ...]


def answer(question: Question, how: How) -> Run:
    """The run that answers a question. A damaged folder, or one with failures, is worked out anew."""
    folder = how.parent / question.folder
    found = answer_on_disk(folder, question.hash)
    if found and (not how.raw or (folder / RAW).is_file()):
        return found
    watch = Stopwatch()
    jobs = sensible_jobs(question.replications, how.jobs)
    finished = compute(question, jobs, how.progress)

    def fill(unfinished: Path) -> None:
        _write(unfinished, question, finished, how)
        traces = {str(kept.number): kept.failure.trace for kept in finished.ensemble if kept.failure}
        write_json(unfinished / RUN_INFO, {**watch.info(jobs), "traces": traces})
        if found:
            _bring_charts(found.path, unfinished)

    keep(how.parent, question.folder, fill)
    return open_run(folder, from_disk=False)


def compute(question: Question, jobs: int = 1, progress: Progress = unheard) -> Finished:
    """Run every replication of a question; nothing is written."""
    drawn = plan(question.scenario, question.seed, question.replications)
    size = chunk_size(question.replications, jobs)
    with workers(jobs) as executor:
        ensemble = run_ensemble(partial(replicate, drawn), question.replications, executor, progress, size)
    return Finished(drawn, ensemble)


def _write(folder: Path, question: Question, finished: Finished, how: How) -> None:
    """Everything that identical questions have in common, the manifest last."""
    frame, ensemble = finished.plan.frame, finished.ensemble
    measured = blocks(ensemble, frame)
    told = headline(question.scenario.headline, measured, frame)
    groups = groups_table(measured, frame, finished.plan.catalogue.chips, question.scenario.domestic)
    events = events_table(ensemble)
    facts = _facts(question, ensemble)
    (folder / "scenario.toml").write_text(resolved_toml(question.loaded), encoding="utf-8", newline="\n")
    write_json(folder / "measures.json", _measures())
    write_json(folder / "headline.json", {"rows": told.rows, "notes": told.notes})
    summary_table(measured, frame).write_parquet(folder / "summary.parquet")
    groups.write_parquet(folder / "groups.parquet")
    events.write_parquet(folder / "events.parquet")
    if how.raw or question.replications <= SMALL:
        sound = [kept.number for kept in ensemble if kept.failure is None]
        series_table(measured, frame, sound).write_parquet(folder / RAW)
    if not groups.is_empty():
        write_chart(folder, View(question.folder, facts, groups, events), Wish())
    write_manifest(folder, facts)


def _facts(question: Question, ensemble: tuple[Replication, ...]) -> dict[str, Any]:
    """What the manifest says about a run beside its list of files."""
    scenario = question.scenario
    failed = [(kept.number, kept.failure) for kept in ensemble if kept.failure]
    return {
        "scenario": scenario.name,
        "title": scenario.title,
        "question": scenario.question,
        "sources": scenario.sources,
        "seed": question.seed,
        "replications": question.replications,
        "span": {"start": scenario.window.start.isoformat(), "end": scenario.window.end.isoformat()},
        "known_until": scenario.window.known_until.isoformat(),
        "labels": {name: rule.label for name, rule in scenario.rules.items() if rule.label},
        "hash": question.hash,
        "package_version": package_version(),
        "again": f"chipsim run scenario.toml --seed {question.seed}",
        "failures": [
            {"replication": number, "date": date_of(failure.day).isoformat(), "cause": failure.cause}
            for number, failure in failed
        ],
    }


def _measures() -> dict[str, Any]:
    return {
        m.name: {
            "unit": m.unit,
            "kind": m.kind,
            "dimensions": m.dimensions,
            "additive": m.additive,
            "sentence": m.sentence,
        }
        for m in MEASURES.values()
    }


def _bring_charts(old: Path, new: Path) -> None:
    """Charts drawn from an earlier, undamaged answer to the same question stay with it."""
    for path in (old / "charts").glob("*"):
        if not (new / "charts" / path.name).exists():
            (new / "charts").mkdir(exist_ok=True)
            shutil.copy2(path, new / "charts" / path.name)
