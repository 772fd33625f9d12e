"""A progress bar on stderr: counts, rate and time left; silent where nobody watches."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic


@contextmanager
def counting(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar that is told (done, total) and vanishes when the work is over; it stays silent if stderr is no terminal.

    What was done before the first telling, by work that was stopped, counts for the bar and not for the rate.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    timing = (TextColumn("{task.fields[rate]}"), TimeRemainingColumn())
    with Progress(*columns, *timing, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=None, rate="")
        began, first = monotonic(), -1

        def tell(done: int, total: int) -> None:
            nonlocal began, first
            if first < 0:
                began, first = monotonic(), done
            passed = monotonic() - began
            rate = f"{(done - first) / passed:.1f}/s" if done > first and passed else ""
            bar.update(task, completed=done, total=total, rate=rate)

        yield tell
