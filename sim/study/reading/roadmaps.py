"""Does a roadmap hang together: no model waits for itself, none asks for a cluster or a stack that can never be."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache, partial
from math import inf, prod
from typing import Any

from pydantic import ValidationError

from sim.facts.days import DAYS_PER_YEAR, day_of
from sim.facts.errors import Fault
from sim.facts.estimate import Series, damped_years
from sim.facts.labs import MODEL
from sim.study.reading.keys import Path, format_key
from sim.study.reading.provenance import Origin

Leaves = Mapping[Path, Origin]

AHEAD, STEP = 3 * 365, 91
"""Days: buyers order what they will want later, and what they want is looked at every so often."""
ROOM = 2.0
"""So many times its part of the load a holder may come to have: intervals have ends beyond their 95th percentile, what
a lab waits for is ordered too, and a chip may have more arithmetic than it is worth."""


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
    yield from _untrainable(leaves)


def is_of_model(path: Path, key: str = "") -> bool:
    """Whether a value is of a model on a roadmap; if a key is given, that one."""
    return path[0] == "labs" and path[2:3] == ("models",) and len(path) > 3 and (not key or path[4:] == (key,))


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
    """Clusters that a lab can never have, of models that are to be made."""
    held = cache(partial(_held, leaves))
    for path, origin in leaves.items():
        if is_of_model(path, "cluster") and _made(leaves, path):
            size, (most, holder) = _high(origin.value), _most(leaves, path, held)
            if size > most:
                problem = f"a cluster of {size:,.0f} H100-equivalents is more than {path[1]} can ever have, {most:,.0f}"
                parts = (format_key(("labs", path[1], "share")), format_key(("buyers", holder, "share")), "demand.load")
                yield Fault(origin.file, format_key(path), problem, f"make it smaller, or see {', '.join(parts)}")


def _most(leaves: Leaves, path: Path, held: Callable[[str, float], float]) -> tuple[float, str]:
    """The most H100-equivalents that a model's lab may have for a run, and whose they are; infinite if that is unclear.

    On a stack in ``hosts`` those are its host's chips, else its part of its own holder's, at home or abroad.
    """
    lab, model = ("labs", path[1]), path[:-1]
    stacks = {str(_value(leaves, (*model, key))) for key in ("stack", "fallback")} - {"None", ""}
    hosts = [str(_value(leaves, (*lab, "hosts", stack), "")) for stack in stacks]
    own = max(_high(_value(leaves, (*lab, "share"), 1.0)), _high(_value(leaves, (*lab, "abroad"), 0.0)))
    holder = str(_value(leaves, (*lab, "holder")))
    found = [(held(host, 1.0), host) if host else (held(holder, own), holder) for host in hosts]
    return max(found, default=(inf, holder))


def _held(leaves: Leaves, holder: str, part: float) -> float:
    """The most that a part of a holder's chips may come to, in H100-equivalents; infinite if that is unclear."""
    load, share = (_series(_value(leaves, key)) for key in (("demand", "load"), ("buyers", holder, "share")))
    start, end = (_value(leaves, ("window", key)) for key in ("start", "end"))
    if load is None or share is None or not isinstance(start, date) or not isinstance(end, date):
        return inf
    days = range(day_of(start), day_of(end) + AHEAD, STEP)
    wanted = max((_ceiling(load, day) * min(_ceiling(share, day) * part * ROOM, 1.0) for day in days), default=inf)
    held = [_high(origin.value) for path, origin in leaves.items() if path[:3] == ("buyers", holder, "initial")]
    return wanted * _surged(leaves) + sum(held) * part * ROOM


def _surged(leaves: Leaves) -> float:
    """How many times as much the nation may come to want by all surges together."""
    factors = (
        max(_high(origin.value), 1.0)
        for path, origin in leaves.items()
        if path[:2] == ("demand", "surges") and path[3:] == ("factor",) and _made(leaves, path)
    )
    return prod(factors)


def _ceiling(series: Series, day: int) -> float:
    """The upper end of a series' interval on a day."""
    years = (day - day_of(series.fan_from)) / DAYS_PER_YEAR if series.fan_from else 0.0
    fan: float = (series.fan_high or 1.0) ** damped_years(years)
    return series.at(day) * (series.relative_high or 1.0) * fan


def _untrainable(leaves: Leaves) -> Iterator[Fault]:
    """Models, and clouds that host labs, on a stack on which no chip runs whose arithmetic is known."""
    running = {str(_value(leaves, ("chips", chip, "stack"))) for chip in _chips(leaves)}
    serve = {path[1] for path in leaves if path[0] == "stacks"}
    train = serve & {path[2] for path in leaves if path[:2] == ("training", "stacks") and len(path) > 2}
    for path, origin in leaves.items():
        if _stack_to_train_on(path, origin.value) in train - running or _ported_to(path) in serve - running:
            stack = _stack_to_train_on(path, origin.value) or _ported_to(path)
            remedy = f"name one of {', '.join(sorted(running))}, or give the fp16 of a chip that does"
            problem = f"no chip whose dense rate at 16 bits is known runs on the stack {stack!r}"
            yield Fault(origin.file, format_key(path), problem, remedy)


def _stack_to_train_on(path: Path, value: Any) -> str:
    """The stack that a value names for a model's run, or for runs at a host; empty if it names none."""
    if is_of_model(path, "stack") or is_of_model(path, "fallback"):
        return str(value)
    return path[-1] if path[0] == "labs" and path[2:3] == ("hosts",) and len(path) == 4 else ""


def _ported_to(path: Path) -> str:
    """The stack to which a model is ported by a value; empty if it is about something else."""
    return path[-1] if is_of_model(path) and path[4:5] == ("ported",) and len(path) == 6 else ""


def _chips(leaves: Leaves) -> Iterator[str]:
    """Chips whose dense rate at 16 bits is published or judged."""
    for path, origin in leaves.items():
        if path[0] == "chips" and path[2:] in (("fp16",), ("judged", "fp16")) and _high(origin.value) > 0:
            yield path[1]


def _made(leaves: Leaves, path: Path) -> bool:
    """Whether the record in which a value stands is not switched off."""
    return _value(leaves, (*path[:-1], "enabled")) is not False


def _value(leaves: Leaves, path: Path, otherwise: Any = None) -> Any:
    return leaves[path].value if path in leaves else otherwise


def _series(value: Any) -> Series | None:
    try:
        return Series.model_validate(value)
    except ValidationError:
        return None


def _high(value: Any) -> float:
    """The upper end of an estimate, or of a series at its highest; 0 if there is no number."""
    if isinstance(value, Mapping):
        points = value.get("points")
        factor = value.get("relative_high") or 1.0
        inner = points.values() if isinstance(points, Mapping) else (value.get("central"), value.get("high"))
        return max((_high(one) for one in inner), default=0.0) * _high(factor)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0
