"""Does a roadmap hang together: no model waits for itself, none asks for a cluster or a stack that can never be."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sim.facts.errors import Fault
from sim.facts.labs import MODEL
from sim.study.reading.ceilings import Leaves, high, is_of_model, too_large, value
from sim.study.reading.keys import Path, format_key


def check_roadmaps(leaves: Leaves, files: Sequence[str]) -> Iterator[Fault]:
    """What no single value of the labs' roadmaps shows. ``files`` are the layers in order."""
    models = {
        MODEL.join((path[1], path[3])): path
        for path, origin in leaves.items()
        if is_of_model(path, "after") and isinstance(origin.value, str) and origin.value
    }
    remedy = 'let one start on a date and write after = "" there'
    yield from rings(leaves, models, files, ("models wait for one another", remedy))
    yield from _too_large(leaves)
    yield from _in_no_time(leaves)
    yield from _untrainable(leaves)


def rings(leaves: Leaves, waiting: Mapping[str, Path], files: Sequence[str], words: tuple[str, str]) -> Iterator[Fault]:
    """Faults for names that wait, by way of others, for themselves; ``waiting`` gives the place that says for whom.

    A ring is told at the link that was written last, which closed it.
    """
    before = {name: str(leaves[path].value) for name, path in waiting.items()}
    what, remedy = words
    told: set[str] = set()
    for name in waiting:
        chain = _chain(name, before.get)
        if chain[-1] == name and name not in told:
            told.update(chain)
            last = max(chain[:-1], key=lambda one: files.index(leaves[waiting[one]].file))
            path, ring = waiting[last], " -> ".join(_chain(last, before.get))
            yield Fault(leaves[path].file, format_key(path), f"{what} in a circle: {ring}", remedy)


def _chain(name: str, before: Callable[[str], str | None]) -> list[str]:
    chain = [name]
    while (following := before(chain[-1])) is not None:
        if following in chain:
            return [*chain, following]
        chain.append(following)
    return chain


def _too_large(leaves: Leaves) -> Iterator[Fault]:
    """Clusters that a lab can never have."""
    for path, size, most, holder in too_large(leaves):
        problem = f"a cluster of {size:,.0f} H100-equivalents is more than {path[1]} can ever have, {most:,.0f}"
        parts = (format_key(("labs", path[1], "share")), format_key(("buyers", holder, "share")), "demand.load")
        yield Fault(leaves[path].file, format_key(path), problem, f"make it smaller, or see {', '.join(parts)}")


def _in_no_time(leaves: Leaves) -> Iterator[Fault]:
    """Research that is planned to take less than a day."""
    for path, origin in leaves.items():
        if not is_of_model(path, "research_days") or (days := high(origin.value)) >= 1:
            continue
        if high(value(leaves, (*path[:4], "research"))) > 0:
            problem = f"{days:g} days are too few for the model's research"
            yield Fault(origin.file, format_key(path), problem, "give 1 or more, or research = 0")


def _untrainable(leaves: Leaves) -> Iterator[Fault]:
    """Models, and clouds that host labs, on a stack on which no chip runs whose arithmetic is known."""
    running = {str(value(leaves, ("chips", chip, "stack"))) for chip in _chips(leaves)}
    serve = {path[1] for path in leaves if path[0] == "stacks"}
    train = serve & {path[2] for path in leaves if path[:2] == ("training", "stacks") and len(path) > 2}
    for path, origin in leaves.items():
        if _stack_to_train_on(path, origin.value) in train - running or _ported_to(path) in serve - running:
            stack = _stack_to_train_on(path, origin.value) or _ported_to(path)
            remedy = f"name one of {', '.join(sorted(running))}, or give the fp16 of a chip that does"
            problem = f"no chip whose dense rate at 16 bits is known runs on the stack {stack!r}"
            yield Fault(origin.file, format_key(path), problem, remedy)


def _stack_to_train_on(path: Path, named: Any) -> str:
    """The stack that a value names for a model's run, or for runs at a host; empty if it names none."""
    if is_of_model(path, "stack") or is_of_model(path, "fallback"):
        return str(named)
    return path[-1] if path[0] == "labs" and path[2:3] == ("hosts",) and len(path) == 4 else ""


def _ported_to(path: Path) -> str:
    """The stack to which a model is ported by a value; empty if it is about something else."""
    return path[-1] if is_of_model(path) and path[4:5] == ("ported",) and len(path) == 6 else ""


def _chips(leaves: Leaves) -> Iterator[str]:
    """Chips whose dense rate at 16 bits is published or judged."""
    for path, origin in leaves.items():
        if path[0] == "chips" and path[2:] in (("fp16",), ("judged", "fp16")) and high(origin.value) > 0:
            yield path[1]
