"""Worker processes for an ensemble: started fresh, single-threaded, gone when their parent is.

A worker imports this module first, so it imports nothing heavy: the thread count must be set before numpy is loaded.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from math import ceil
from multiprocessing.connection import wait

SPAWN_PAYS_FROM = 12
"""Replications below which starting processes costs more than it saves."""

LARGEST_CHUNK = 10
CHUNKS_PER_WORKER = 4


Progress = Callable[[int, int], None]
"""Told how many replications are done, and of how many."""


def unheard(done: int, total: int) -> None:
    """Progress that nobody watches."""


def cores() -> int:
    """Processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def sensible_jobs(replications: int, jobs: int | None = None) -> int:
    """Processes for an ensemble: as asked, else every core, else one where there are few replications."""
    if jobs is None:
        jobs = cores() if replications >= SPAWN_PAYS_FROM else 1
    return min(jobs, replications)


def chunk_size(replications: int, jobs: int) -> int:
    """Replications a task: enough to be worth sending, few enough that no worker waits long at the end."""
    return min(LARGEST_CHUNK, ceil(replications / (jobs * CHUNKS_PER_WORKER)))


@contextmanager
def workers(jobs: int) -> Iterator[Executor | None]:
    """An executor of ``jobs`` processes, None for one. On any error, Ctrl-C too, its processes are ended at once."""
    if jobs <= 1:
        yield None
        return
    earlier = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), _prepare)
    try:
        yield pool
    except BaseException:
        for child in set(multiprocessing.active_children()) - earlier:
            child.terminate()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def patient_interrupts() -> Iterator[Callable[[], None]]:
    """Note a Ctrl-C when it comes; the function given raises it where it can do no harm.

    An interrupt raised inside a queue's lock would keep the lock for ever, and the pool with it. Outside the main
    thread nothing can be noted, and nothing comes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: None
        return
    noted = threading.Event()
    earlier = signal.signal(signal.SIGINT, lambda number, frame: noted.set())

    def stop_if_asked() -> None:
        if noted.is_set():
            raise KeyboardInterrupt

    try:
        yield stop_if_asked
    finally:
        signal.signal(signal.SIGINT, earlier)


@contextmanager
def shielded() -> Iterator[None]:
    """Hold Ctrl-C back while a process is started, so that it never hears one: its parent ends it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    earlier = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, earlier)


def _prepare() -> None:
    """Set up a worker: one thread for linear algebra, Ctrl-C left to the parent, no life after the parent's."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
