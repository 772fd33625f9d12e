"""The most chips that a lab may ever come to have for a run, by what its holder may come to want of the nation's load.

Values are read as written, so that what is wrong with them is told together with faults of type. The upper ends of the
load, of the holder's share and of every surge are taken all at once, far out in the tail: that is room enough for what
a lab that waits for a cluster has ordered beyond the load, and for chips with more arithmetic than they are worth.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cache, partial
from math import inf, prod
from typing import Any

from pydantic import ValidationError

from sim.facts.days import DAYS_PER_YEAR, day_of
from sim.facts.estimate import Series, damped_years
from sim.facts.labs import MODEL
from sim.study.reading.keys import Path
from sim.study.reading.provenance import Origin

Leaves = Mapping[Path, Origin]

STEP = 91
"""Days: what a holder may want is looked at every so often."""
DATED = ("starts", "planned", "recorded")
OUT = ("planned", "recorded")


def is_of_model(path: Path, key: str = "") -> bool:
    """Whether a value is of a model on a roadmap; if a key is given, that one."""
    return path[0] == "labs" and path[2:3] == ("models",) and len(path) > 3 and (not key or path[4:] == (key,))


def too_large(leaves: Leaves) -> Iterator[tuple[Path, float, float, str]]:
    """Clusters that a lab can never have, of models that are to be made: where they stand, the size, the most, whose.

    Looked at are the days of the window, and those up to the last that a roadmap names where the window ends before.
    """
    start, end = (_day(value(leaves, ("window", key))) for key in ("start", "end"))
    if start is None or end is None:
        return
    named = [_day(origin.value) for path, origin in leaves.items() if is_of_model(path) and path[-1] in DATED]
    last = max(end - 1, *(day for day in named if day is not None), start)
    held = cache(partial(_held, leaves, (*range(start, last, STEP), last)))
    for path, size in _clusters(leaves):
        most, holder = _most(leaves, path, held)
        if size > most:
            yield path, size, most, holder


def too_early(leaves: Leaves) -> Iterator[str]:
    """Sentences on clusters that are more than their labs are taken to have by the day their models are to be out."""
    for path, size in _clusters(leaves):
        days = [value(leaves, (*path[:-1], key)) for key in OUT]
        out = max((day for day in days if isinstance(day, date)), default=None)
        most, _ = _most(leaves, path, partial(_held, leaves, (day_of(out),))) if out else (inf, "")
        if size > most:
            cluster = f"{MODEL.join((path[1], path[3]))} takes a cluster of {size:,.0f} H100-equivalents"
            yield f"{cluster}, more than {path[1]} is taken to have by {out}, at most {most:,.0f}: it comes late"


def _clusters(leaves: Leaves) -> Iterator[tuple[Path, float]]:
    """The clusters of models that are to be made: where they stand, and the size's upper end."""
    for path, origin in leaves.items():
        if is_of_model(path, "cluster") and _ever_made(leaves, path):
            yield path, high(origin.value)


def _ever_made(leaves: Leaves, path: Path) -> bool:
    """Whether neither the model of a value is switched off nor one behind which it waits."""
    behind: set[str] = set()
    while made(leaves, path):
        after = str(value(leaves, (*path[:4], "after"), ""))
        if not after or after in behind:
            return True
        behind.add(after)
        lab, _, own = after.partition(MODEL)
        path = ("labs", lab, "models", own, path[-1])
    return False


def _most(leaves: Leaves, path: Path, held: Callable[[str, float], float]) -> tuple[float, str]:
    """The most H100-equivalents that a model's lab may have for a run, and whose they are; infinite if that is unclear.

    On a stack in ``hosts`` those are its host's chips, else its part of its own holder's: at home, or of what it has
    abroad, where firms get no more than they would rather have there.
    """
    lab, model = ("labs", path[1]), path[:-1]
    stacks = {str(value(leaves, (*model, key))) for key in ("stack", "fallback")} - {"None", ""}
    hosts = [str(value(leaves, (*lab, "hosts", stack), "")) for stack in stacks]
    holder, share = str(value(leaves, (*lab, "holder"))), high(value(leaves, (*lab, "share"), 1.0))
    if share == 0:
        return inf, holder
    own = max(share, high(value(leaves, (*lab, "abroad"), 0.0)) * _abroad(leaves, holder))
    found = [(held(host, 1.0), host) if host else (held(holder, own), holder) for host in hosts]
    return max(found, default=(inf, holder))


def _abroad(leaves: Leaves, holder: str) -> float:
    """The part of its need that a holder would meet abroad, by its name or its kind, at most all."""
    kind = value(leaves, ("buyers", holder, "kind"))
    named = (value(leaves, ("offshore", "propensity", str(one))) for one in (holder, kind))
    return min(next((high(one) for one in named if one is not None), 0.0), 1.0)


def _held(leaves: Leaves, days: tuple[int, ...], holder: str, part: float) -> float:
    """The most that a part of a holder's chips may come to on some days, H100-equivalents; infinite if unclear."""
    load, share = (_series(value(leaves, key)) for key in (("demand", "load"), ("buyers", holder, "share")))
    if load is None or share is None:
        return inf
    surges = _surges(leaves)
    surged = {day: prod(factor for since, factor in surges if since <= day) for day in days}
    wanted = max(_ceiling(load, day) * min(_ceiling(share, day) * part, 1.0) * surged[day] for day in days)
    held = [high(origin.value) for path, origin in leaves.items() if path[:3] == ("buyers", holder, "initial")]
    return wanted + sum(held) * part


def _surges(leaves: Leaves) -> list[tuple[int, float]]:
    """The day of every surge of demand, the first of all days if it has none, and how many times as much it may be."""
    paths = [path for path in leaves if path[:2] == ("demand", "surges") and path[3:] == ("factor",)]
    days = ((path, _day(value(leaves, (*path[:-1], "since"))) or 0) for path in paths if made(leaves, path))
    return [(day, max(high(leaves[path].value), 1.0)) for path, day in days]


def _ceiling(series: Series, day: int) -> float:
    """The upper end of a series' interval on a day."""
    years = (day - day_of(series.fan_from)) / DAYS_PER_YEAR if series.fan_from else 0.0
    fan: float = (series.fan_high or 1.0) ** damped_years(years)
    return series.at(day) * (series.relative_high or 1.0) * fan


def made(leaves: Leaves, path: Path) -> bool:
    """Whether the record in which a value stands is not switched off."""
    return value(leaves, (*path[:-1], "enabled")) is not False


def value(leaves: Leaves, path: Path, otherwise: Any = None) -> Any:
    """What is written at a path, or something else if nothing is."""
    return leaves[path].value if path in leaves else otherwise


def high(found: Any) -> float:
    """The upper end of an estimate, or of a series at its highest; 0 if there is no number."""
    if isinstance(found, Mapping):
        points = found.get("points")
        factor = found.get("relative_high") or 1.0
        inner = points.values() if isinstance(points, Mapping) else (found.get("central"), found.get("high"))
        return max((high(one) for one in inner), default=0.0) * high(factor)
    return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else 0.0


def _series(found: Any) -> Series | None:
    try:
        return Series.model_validate(found)
    except ValidationError:
        return None


def _day(found: Any) -> int | None:
    return day_of(found) if isinstance(found, date) else None
