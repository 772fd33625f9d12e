"""Many replications of one world, in this process or in others, always in the same order.

The caller brings the executor: none, a process pool (``sim.study.pool``), or any other of ``concurrent.futures``' kind.
"""

import errno
import pickle
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import islice
from typing import Any, TypeVar

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

Order = TypeVar("Order")
Made = TypeVar("Made")
"""What is asked of a worker at once (a chunk of replications, of a scenario), and what it makes of it."""


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
    finished: dict[int, Sequence[Replication]] = {}

    def take(numbers: range, made: Sequence[Replication]) -> None:
        finished[numbers.start] = made
        progress(sum(map(len, finished.values())), replications)

    progress(0, replications)
    chunks = cut(range(replications), chunk if executor else 1)
    share_out(partial(run_chunk, work), chunks, executor, take)
    return tuple(kept for start in sorted(finished) for kept in finished[start])


def cut(numbers: range, chunk: int) -> list[range]:
    """Consecutive chunks of replications."""
    return [numbers[start : start + chunk] for start in range(0, len(numbers), chunk)]


def run_chunk(work: Work, numbers: range) -> list[Replication]:
    """Run the replications of a chunk, in order."""
    return [_keep(work(number)) for number in numbers]


def share_out(
    task: Callable[[Order], Made],
    orders: Sequence[Order],
    executor: Executor | None,
    take: Callable[[Order, Made], None],
) -> None:
    """Have every order done, here or by an executor, and ``take`` what was made as it comes, in any sequence.

    With an executor the task and its orders are pickled. Raises ChildProcessError if a worker dies; what came before
    has been taken.
    """
    if executor is None:
        for order in orders:
            take(order, task(order))
        return
    try:
        _send_out(task, orders, executor, take)
    except BrokenExecutor as error:
        problem = "a worker process died, perhaps for want of memory; try fewer jobs"
        raise ChildProcessError(errno.ECHILD, problem) from error


def _send_out(
    task: Callable[[Order], Made], orders: Sequence[Order], executor: Executor, take: Callable[[Order, Made], None]
) -> None:
    """Keep a few tasks under way at a time, so that there is little to call back when the user stops."""
    parcel, ahead = pickle.dumps(task), iter(orders)
    running: dict[Future[Made], Order] = {}
    with patient_interrupts() as stop_if_asked:
        while True:
            with shielded():
                for order in islice(ahead, UNDER_WAY - len(running)):
                    running[executor.submit(_do, parcel, order)] = order
            if not running:
                return
            ended, _ = wait(running, timeout=LONGEST_WAIT, return_when=FIRST_COMPLETED)
            stop_if_asked()
            for future in ended:
                take(running.pop(future), future.result())


def _do(parcel: bytes, order: Any) -> Any:
    return _unpacked(parcel)(order)


@lru_cache(maxsize=1)
def _unpacked(parcel: bytes) -> Callable[[Any], Any]:
    """The task, rebuilt once in a worker and not once an order."""
    task: Callable[[Any], Any] = pickle.loads(parcel)
    return task


def _keep(outcome: Outcome) -> Replication:
    measures = {} if outcome.failure else {name: pack(MEASURES[name], a) for name, a in outcome.measures.items()}
    return Replication(outcome.replication, measures, outcome.events, outcome.failure)
