"""A question answered: from disk if the same was asked before, else worked out and kept."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from sim.study.keeping.results import RAW, RESULTS, Run, answer_on_disk, keep, open_run
from sim.study.pool import Progress, unheard
from sim.study.question import Question


@dataclass(frozen=True)
class How:
    """Where an answer goes and how it is worked out; none of it changes the answer."""

    parent: Path = RESULTS
    jobs: int | None = None
    raw: bool = False
    progress: Progress = unheard


def answer(question: Question, how: How) -> Run:
    """The run that answers a question. A damaged folder, or one with failures, is worked out anew."""
    folder = how.parent / question.folder
    found = answer_on_disk(folder, question.hash)
    if found and (not how.raw or (folder / RAW).is_file()):
        return found
    from sim.study.working import work_out, write_run

    finished = work_out(question, how.parent, how.jobs, how.progress)

    def fill(unfinished: Path) -> None:
        write_run(unfinished, finished, how.raw)
        if found:
            _bring_charts(found.path, unfinished)

    keep(how.parent, question.folder, fill)
    return open_run(folder, from_disk=False)


def _bring_charts(old: Path, new: Path) -> None:
    """Charts drawn from an earlier, undamaged answer to the same question stay with it."""
    for path in (old / "charts").glob("*"):
        if not (new / "charts" / path.name).exists():
            (new / "charts").mkdir(exist_ok=True)
            shutil.copy2(path, new / "charts" / path.name)
