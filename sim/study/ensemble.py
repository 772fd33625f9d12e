"""Many replications of one world, in this process or in others, always in the same order.

The caller brings the executor: none, a process pool (``sim.study.pool``), or any other of ``concurrent.futures``' kind.
"""

import errno
import pickle
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from sim.study.keeping.columns import Columns, pack
from sim.study.pool import Progress, patient_interrupts, shielded, unheard
from sim.study.replication import Failure, Outcome
from sim.world.journal import Event
from sim.world.series import MEASURES

UNDER_WAY = 32
"""Tasks sent out before the first one is back: enough for any machine that a process pool fills."""
LONGEST_WAIT = 0.2
"""Seconds until a Ctrl-C is heard."""

Work = Callable[[int], Outcome]
"""Runs the replication of that number; pickled when an executor is used."""


@dataclass(frozen=True)
class Replication:
    """What is kept of one replication: its measures as packed columns, its events, why it broke if it did."""

    number: int
    measures: dict[str, Columns]
    events: tuple[Event, ...]
    failure: Failure | None


def run_ensemble(
    work: Work, replications: int, executor: Executor | None = None, progress: Progress = unheard, chunk: int = 25
) -> tuple[Replication, ...]:
    """Run replications 0, 1, ... and return them in that order, whichever finished first.

    With an executor they go out in tasks of ``chunk``. A replication that breaks is returned with its failure; the
    others finish. Raises ChildProcessError if a worker dies.
    """
    numbers = range(replications)
    progress(0, replications)
    if executor is None:
        return tuple(_watched(work, number, progress, replications) for number in numbers)
    try:
        chunks = [numbers[start : start + chunk] for start in range(0, replications, chunk)]
        return _shared_out(work, chunks, executor, progress)
    except BrokenExecutor as error:
        problem = "a worker process died, perhaps for want of memory; try fewer jobs"
        raise ChildProcessError(errno.ECHILD, problem) from error


def _watched(work: Work, number: int, progress: Progress, replications: int) -> Replication:
    kept = _keep(work(number))
    progress(number + 1, replications)
    return kept


def _shared_out(work: Work, chunks: list[range], executor: Executor, progress: Progress) -> tuple[Replication, ...]:
    """Keep a few tasks under way at a time, so that there is little to call back when the user stops."""
    parcel, ahead, total = pickle.dumps(work), enumerate(chunks), sum(map(len, chunks))
    finished: dict[int, list[Replication]] = {}
    running: dict[Future[list[Replication]], int] = {}
    with patient_interrupts() as stop_if_asked:
        while len(finished) < len(chunks):
            with shielded():
                for place, chunk in islice(ahead, UNDER_WAY - len(running)):
                    running[executor.submit(_chunk, parcel, chunk)] = place
            ended, _ = wait(running, timeout=LONGEST_WAIT, return_when=FIRST_COMPLETED)
            stop_if_asked()
            finished |= {running.pop(future): future.result() for future in ended}
            if ended:
                progress(sum(map(len, finished.values())), total)
    return tuple(kept for place in sorted(finished) for kept in finished[place])


def _chunk(parcel: bytes, numbers: Sequence[int]) -> list[Replication]:
    work = _unpacked(parcel)
    return [_keep(work(number)) for number in numbers]


@lru_cache(maxsize=1)
def _unpacked(parcel: bytes) -> Work:
    """The work, rebuilt once in a worker and not once a chunk."""
    work: Work = pickle.loads(parcel)
    return work


def _keep(outcome: Outcome) -> Replication:
    measures = {} if outcome.failure else {name: pack(MEASURES[name], a) for name, a in outcome.measures.items()}
    return Replication(outcome.replication, measures, outcome.events, outcome.failure)
