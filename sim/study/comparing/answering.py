"""A comparison answered: from disk if the same was asked before, else worked out and kept.

Its folder holds each side as a run of its own (``sides/0-baseline``), the paired differences, the headline, the charts.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from sim.facts.days import date_of
from sim.study.charts.comparison.registry import write_all
from sim.study.charts.view import EVENTS
from sim.study.comparing.compared import HEADLINE, PAIRED, SIDES, Compared, open_comparison
from sim.study.comparing.courses import Paths
from sim.study.comparing.delays import Models
from sim.study.comparing.differences import differences_table
from sim.study.comparing.lateness import LATENESS_FILE, lateness_table
from sim.study.comparing.rows import headline_rows
from sim.study.comparing.sides import Comparison, divergence_date
from sim.study.comparing.telling import telling
from sim.study.keeping.host import package_version
from sim.study.keeping.results import (
    COMPARISON,
    RUN_INFO,
    answer_on_disk,
    keep,
    replace_file,
    write_json,
    write_manifest,
)
from sim.study.runs import How
from sim.study.scenario import HeadlineRow
from sim.study.working import Finished, work_out_all, write_tables

DRAWN = ".drawn"
"""Says that every default chart is there."""


def compare_sides(asked: Comparison, how: How) -> Compared:
    """The answer to a comparison with its charts. A damaged folder, or one with failures, is worked out anew."""
    return _drawn(work_out_sides(asked, how))


def work_out_sides(asked: Comparison, how: How) -> Compared:
    """The tables and sentences that answer a comparison, whether its charts are drawn yet or not."""
    folder = how.parent / asked.folder
    if found := answer_on_disk(folder, asked.hash):
        return Compared(found.path, found.manifest, from_disk=True)
    finished = work_out_all([side.question for side in asked.sides], how.parent, how.jobs, how.progress)
    keep(how.parent, asked.folder, lambda unfinished: write_comparison(unfinished, asked, finished))
    return open_comparison(folder)


def _drawn(compared: Compared) -> Compared:
    """With its charts, unless all are there already: the last thing done, it may have been stopped."""
    if not (compared.path / "charts" / DRAWN).is_file():
        write_all(compared)
        replace_file(compared.path / "charts" / DRAWN, b"")
    return compared


def write_comparison(folder: Path, asked: Comparison, finished: list[Finished]) -> None:
    """Fill a comparison's folder: every side as a run, differences, headline; times apart, the manifest last."""
    names = [f"{SIDES}/{place}-{_slug(side.label)}" for place, side in enumerate(asked.sides)]
    for name, side in zip(names, finished, strict=True):
        (folder / name).mkdir(parents=True)
        write_tables(folder / name, side, raw=False)
    kept = {side.label: done.kept for side, done in zip(asked.sides, finished, strict=True)}
    differences = differences_table(kept)
    differences.write_parquet(folder / PAIRED)
    labelled = zip(asked.sides, finished, names, strict=True)
    paths = {side.label: Paths.of(done, folder / name / EVENTS) for side, done, name in labelled}
    lateness = lateness_table(paths)
    if not lateness.is_empty():
        lateness.write_parquet(folder / LATENESS_FILE)
    headline = headline_rows(_wanted(asked), kept)
    told = telling(asked, finished, headline.rows, differences, Models(paths, lateness))
    write_json(folder / HEADLINE, {"rows": headline.rows, "notes": headline.notes, **told.body()})
    write_json(folder / RUN_INFO, finished[0].watch.info(finished[0].jobs))
    write_manifest(folder, _facts(asked, finished, names))


def _wanted(asked: Comparison) -> Mapping[str, HeadlineRow]:
    """The rows that any side's scenario is run for, the reference's first, then China's stock at the latest."""
    wanted = dict(asked.reference.question.scenario.headline)
    for side in asked.variants:
        wanted |= {name: row for name, row in side.question.scenario.headline.items() if name not in wanted}
    return wanted | _latest(asked)


def _latest(asked: Comparison) -> dict[str, HeadlineRow]:
    """China's stock on the last month end that is history, so that no effect lies beyond all rows."""
    window = asked.reference.question.scenario.window
    month = f"{min(window.end, window.known_until) - timedelta(days=1):%Y-%m}"
    measures = ("stock", "stock_h100e_tpp", "stock_h100e_training", "stock_h100e_inference")
    return {f"latest-{name}": HeadlineRow(measure=name, period=month) for name in measures}


def _slug(label: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", label).strip("-")[:60]


def _facts(asked: Comparison, finished: list[Finished], names: list[str]) -> dict[str, Any]:
    """What the manifest says about a comparison beside its list of files."""
    window = asked.reference.question.scenario.window
    sides = [
        {
            "label": side.label,
            "folder": name,
            "scenario": side.question.scenario.name,
            "title": side.question.scenario.title,
            "question": side.question.scenario.question,
            "hash": side.question.hash,
            "diverges": divergence_date(asked, side) if side is not asked.reference else "",
        }
        for side, name in zip(asked.sides, names, strict=True)
    ]
    failures = [
        {"side": side.label, "replication": number, "date": date_of(failure.day).isoformat(), "cause": failure.cause}
        for side, done in zip(asked.sides, finished, strict=True)
        for number, failure in done.kept.failures.items()
    ]
    return {
        "kind": COMPARISON,
        "sides": sides,
        "seed": asked.reference.question.seed,
        "replications": asked.replications,
        "span": {"start": window.start.isoformat(), "end": window.end.isoformat()},
        "known_until": window.known_until.isoformat(),
        "hash": asked.hash,
        "package_version": package_version(),
        "failures": failures,
    }
