import multiprocessing
import os
import signal
import threading
from concurrent.futures import Executor, Future, ThreadPoolExecutor

import pytest
from small_world import lucky

from sim.study.ensemble import Replication, run_ensemble
from sim.study.pool import chunk_size, sensible_jobs, workers
from sim.study.replication import Failure, Outcome


def fingerprint(ensemble: tuple[Replication, ...]) -> list[object]:
    return [
        (
            replication.number,
            replication.failure,
            {name: (columns.kept.tolist(), columns.values.tobytes()) for name, columns in replication.measures.items()},
        )
        for replication in ensemble
    ]


def test_a_failed_replication_is_data_and_the_others_finish():
    ensemble = run_ensemble(lucky, 6)

    assert [replication.number for replication in ensemble] == [0, 1, 2, 3, 4, 5]
    assert [replication.number for replication in ensemble if replication.failure] == [3]
    assert ensemble[3].failure == Failure(ensemble[3].failure.day, "ZeroDivisionError: no dies")
    assert ensemble[3].measures == {}


@pytest.mark.parametrize("jobs", [2, 4])
def test_any_number_of_processes_gives_the_same_ensemble(jobs):
    alone = run_ensemble(lucky, 9)
    with workers(jobs) as executor:
        together = run_ensemble(lucky, 9, executor, chunk=2)

    assert fingerprint(together) == fingerprint(alone)


class Backwards(Executor):
    """Does everything, last task first, when the last task is in."""

    def __init__(self, tasks: int) -> None:
        self.waiting: list[tuple[Future, object, tuple]] = []
        self.tasks = tasks

    def submit(self, fn, /, *args):
        self.waiting.append((Future(), fn, args))
        if len(self.waiting) == self.tasks:
            for future, task, given in reversed(self.waiting):
                future.set_result(task(*given))
        return self.waiting[-1][0]


def test_results_are_ordered_by_replication_whatever_finished_first():
    assert fingerprint(run_ensemble(lucky, 9, Backwards(3), chunk=3)) == fingerprint(run_ensemble(lucky, 9))


def test_progress_counts_up_to_the_whole():
    told: list[tuple[int, int]] = []
    with ThreadPoolExecutor(2) as executor:
        run_ensemble(lucky, 5, executor, lambda done, total: told.append((done, total)), chunk=2)

    assert told[0] == (0, 5)
    assert told[-1] == (5, 5)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def dies(number: int) -> Outcome:
    os.kill(os.getpid(), signal.SIGKILL)
    return lucky(number)


def test_a_worker_that_dies_is_told_as_such():
    with pytest.raises(ChildProcessError, match="worker process died"), workers(2) as executor:
        run_ensemble(dies, 4, executor, chunk=1)


def never_ends(number: int) -> Outcome:
    threading.Event().wait()
    return lucky(number)


def test_ctrl_c_ends_the_workers_at_once():
    def interrupt(done: int, total: int) -> None:
        if done:
            raise KeyboardInterrupt

    def run() -> None:
        with workers(2) as executor:
            executor.submit(never_ends, 0)
            run_ensemble(lucky, 2, executor, interrupt, chunk=1)

    with pytest.raises(KeyboardInterrupt):
        run()

    assert multiprocessing.active_children() == []


def test_few_replications_need_no_processes_unless_asked():
    assert sensible_jobs(5) == 1
    assert sensible_jobs(5, jobs=3) == 3
    assert sensible_jobs(2, jobs=8) == 2
    assert [chunk_size(200, 2), chunk_size(200, 64), chunk_size(3, 1)] == [10, 1, 1]
