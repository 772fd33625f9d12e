"""Progress on stderr: of replications, counts, rate and time left, and nothing where nobody watches; of a fit."""

import sys
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
                if 0 < done < total:
                    console.print(
                        f"{what}: {done} of {total} replications are finished already; going on", highlight=False
                    )
            passed = monotonic() - began
            rate = f"{(done - first) / passed:.1f}/s" if done > first and passed else ""
            bar.update(task, completed=done, total=total, rate=rate)

        yield tell


@contextmanager
def fitting(most: int | None) -> Iterator[Callable[[int, float], None]]:
    """Progress of a fit: a bar over the ensembles of all rounds, or a line for each where nobody watches.

    A round is one ensemble where the values stand and one for each of them moved a little; it may need fewer than
    ``most``, which need not be known.
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    limit = "" if most is None else f" of at most {most}"

    def say(evaluations: int, misfit: float) -> None:
        sys.stderr.write(f"evaluation {evaluations}{limit}: misfit {misfit:.4g}\n")
        sys.stderr.flush()

    console = Console(stderr=True)
    if not console.is_terminal:
        yield say
        return
    told = TextColumn(f"{{task.completed}}{limit} ensembles, misfit {{task.fields[misfit]}}")
    columns = (told, BarColumn(), TimeElapsedColumn(), TextColumn("at most"), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=most, misfit="?")
        yield lambda evaluations, misfit: bar.update(task, completed=evaluations, misfit=f"{misfit:.4g}")
