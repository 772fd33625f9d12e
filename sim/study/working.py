"""The work behind an answer: every replication run that is not on the shelf, summarised, drawn and written."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from sim.facts.days import date_of
from sim.facts.law import Rule
from sim.facts.makers import ForeignMaker
from sim.facts.works import DomesticMaker
from sim.study.charts.choices import Wish
from sim.study.charts.registry import write_chart
from sim.study.charts.view import EVENTS, view_of
from sim.study.ensemble import share_out
from sim.study.keeping.courses import COURSES_FILE, courses_table
from sim.study.keeping.groups import groups_table
from sim.study.keeping.headline import headline
from sim.study.keeping.host import Stopwatch, package_version
from sim.study.keeping.milestones import REACHED, landmark_table, milestones_table
from sim.study.keeping.parcel import parcel_of
from sim.study.keeping.results import RAW, RUN_INFO, write_json, write_manifest
from sim.study.keeping.shelf import FOLDER, IN_MEMORY, Kept, Shelf
from sim.study.keeping.tables import series_table, summary_table
from sim.study.keeping.turned import Desk
from sim.study.keeping.waiting import WAITING, waiting_table
from sim.study.pool import Progress, sensible_jobs, unheard, workers
from sim.study.question import Question
from sim.study.reading.resolved import resolved_toml
from sim.study.replication import Plan, plan
from sim.study.scenario import Scenario
from sim.study.scoring.observations import recorded
from sim.study.scoring.observed import OBSERVED, observe, observed_table
from sim.study.scoring.reading_off import first_days
from sim.world.series import Frame

SMALL = 20
"""Up to this many replications the raw series are kept unasked."""


@dataclass(frozen=True)
class Finished:
    """A question's ensemble, the plan it followed, in how many processes and since when."""

    question: Question
    plan: Plan
    kept: Kept
    jobs: int
    watch: Stopwatch


def shelf_of(question: Question, parent: Path) -> Shelf:
    """Where a question's replications are kept among the results under ``parent``."""
    return Shelf(parent / FOLDER / question.world[:16])


def work_out(question: Question, parent: Path, jobs: int | None = None, progress: Progress = unheard) -> Finished:
    """Run every replication of a question that is not on the shelf; they are kept there as they finish."""
    return work_out_all([question], parent, jobs, progress)[0]


def work_out_all(
    questions: Sequence[Question], parent: Path, jobs: int | None = None, progress: Progress = unheard
) -> list[Finished]:
    """Several questions at once, all as far as each other, under one count of replications."""
    watch, plans = Stopwatch(), [plan(question.scenario, question.seed) for question in questions]
    shelves = [shelf_of(question, parent) for question in questions]
    wanted = [question.replications for question in questions]
    left = [(place, chunk) for place, shelf in enumerate(shelves) for chunk in shelf.missing(wanted[place])]
    hands = sensible_jobs(max(sum(len(chunk) for _, chunk in left), 1), jobs)
    done = sum(wanted) - sum(len(chunk) for _, chunk in left)

    def take(order: tuple[int, range], parcel: tuple[bytes, bool]) -> None:
        nonlocal done
        place, chunk = order
        shelves[place].put(chunk, *parcel)
        done += len(chunk)
        progress(done, sum(wanted))

    with workers(hands) as executor:
        progress(done, sum(wanted))
        share_out(partial(parcel_of, plans), sorted(left, key=_first_first), executor, take)
    room, desk = IN_MEMORY // len(questions), Desk()
    kept = [Kept(p.frame, n, shelf.parcels(n), room, desk) for p, n, shelf in zip(plans, wanted, shelves, strict=True)]
    return [Finished(q, p, k, hands, watch) for q, p, k in zip(questions, plans, kept, strict=True)]


def _first_first(order: tuple[int, range]) -> tuple[int, int]:
    place, chunk = order
    return chunk.start, place


def write_run(folder: Path, finished: Finished, raw: bool = False) -> None:
    """Fill a run's folder: what identical questions have in common, then times and traces."""
    write_tables(folder, finished, raw)
    _draw(folder, finished)
    traces = {str(number): failure.trace for number, failure in finished.kept.failures.items()}
    write_json(folder / RUN_INFO, {**finished.watch.info(finished.jobs), "traces": traces})


def write_tables(folder: Path, finished: Finished, raw: bool) -> None:
    """Everything that identical questions have in common, the manifest last."""
    question, frame, kept = finished.question, finished.plan.frame, finished.kept
    measured = kept.measured
    told = headline(question.scenario.headline, measured, frame)
    groups = groups_table(measured, frame, finished.plan.catalogue.chips, question.scenario.domestic)
    facts = _facts(question, kept)
    (folder / "scenario.toml").write_text(resolved_toml(question.loaded), encoding="utf-8", newline="\n")
    write_json(folder / "measures.json", _measures(frame))
    write_json(folder / "headline.json", {"rows": told.rows, "notes": told.notes})
    summary = summary_table(measured, frame)
    summary.write_parquet(folder / "summary.parquet")
    groups.write_parquet(folder / "groups.parquet")
    kept.write_events(folder / EVENTS)
    figures = recorded().figures
    kinds = {kind for figure in figures.values() for kind in (figure.event, figure.since) if kind}
    log = pl.scan_parquet(folder / EVENTS).filter(pl.col("kind").is_in(sorted(kinds)))
    told_of = observe(figures, measured, frame, first_days(log, kept.sound))
    observed_table(told_of, kept.sound).write_parquet(folder / OBSERVED)
    if question.scenario.labs and (training := question.scenario.training):
        happened = pl.scan_parquet(folder / EVENTS)
        reached = milestones_table(happened, question.scenario.labs, kept.sound)
        landmark = landmark_table(happened, training.landmark.central, kept.sound)
        pl.concat([reached, landmark]).write_parquet(folder / REACHED)
        models = reached.select("actor", "item").unique(maintain_order=True).rows()
        courses_table(happened, models, kept.sound).write_parquet(folder / COURSES_FILE)
        last = date_of(frame.span.end - 1)
        waiting_table(happened, question.scenario.labs, kept.sound, last).write_parquet(folder / WAITING)
    if raw or question.replications <= SMALL:
        series_table(measured, frame, kept.sound).write_parquet(folder / RAW)
    write_manifest(folder, facts)


def _draw(folder: Path, finished: Finished) -> None:
    """The chart that every run has, if there is anything to draw."""
    view = replace(view_of(folder), name=finished.question.folder)
    if not view.groups.is_empty():
        write_chart(folder, view, Wish())


def _facts(question: Question, kept: Kept) -> dict[str, Any]:
    """What the manifest says about a run beside its list of files."""
    scenario = question.scenario
    return {
        "scenario": scenario.name,
        "title": scenario.title,
        "question": scenario.question,
        "sources": scenario.sources,
        "seed": question.seed,
        "replications": question.replications,
        "span": {"start": scenario.window.start.isoformat(), "end": scenario.window.end.isoformat()},
        "known_until": scenario.window.known_until.isoformat(),
        "labels": {name: entry.label for name, entry in _labelled(scenario) if entry.label},
        "rules": {name: _subject(rule) for name, rule in scenario.rules.items()},
        "hash": question.hash,
        "package_version": package_version(),
        "again": f"chipsim run scenario.toml --seed {question.seed}",
        "failures": [
            {"replication": number, "date": date_of(failure.day).isoformat(), "cause": failure.cause}
            for number, failure in kept.failures.items()
        ],
    }


def _subject(rule: Rule) -> dict[str, Any]:
    """Whose rule it is and what kinds of items it speaks of, for charts."""
    return {
        "authority": rule.authority,
        "items": sorted({item for clause in rule.clauses.values() for item in clause.items}),
    }


def _labelled(scenario: Scenario) -> Iterable[tuple[str, Rule | ForeignMaker | DomesticMaker]]:
    """Whatever has a name for people beside its key."""
    return (*scenario.rules.items(), *scenario.makers.items())


def _measures(frame: Frame) -> dict[str, Any]:
    return {
        m.name: {
            "unit": m.unit,
            "kind": m.kind,
            "dimensions": m.dimensions,
            "additive": m.additive,
            "totals": m.totals,
            "sentence": m.sentence,
        }
        for m in frame.measures.values()
    }
