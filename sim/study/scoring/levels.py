"""Every number of a scenario as of a day: what could be read of it by then, and what stands in its place.

A number's standing follows from the rows its source cites: ``known`` if all were published by the day, ``partly`` if
some were, ``later`` if none was; a ``judgement`` cites none and has no day. A number fitted to recorded figures is
``fitted`` if all of them were published by then, else ``fitted later``. A leaf may state its own day as ``known``.

What was fitted later is taken out, point by point; what then has no point left gets the middle of the bounds that its
fit was given, which stand in calibration.toml with their reason, and those bounds as its interval. What rests on later
rows alone keeps its centre up to the day, since the world needs one, with an interval of at least ``DOUBT`` either way
where it has an interval. All of it is told.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import sqrt
from typing import Any, Literal

from sim.study.audit import is_number
from sim.study.reading.keys import parse_key
from sim.study.reading.load import Loaded
from sim.study.reading.numbers import least
from sim.study.reading.provenance import Origin
from sim.study.scoring.figures import Observation
from sim.study.scoring.parameters import Parameter
from sim.study.scoring.publication import Library
from sim.study.scoring.trend import Points, bounded, carried_on, dated, known_points

Standing = Literal["known", "partly", "later", "judgement", "fitted", "fitted later"]
Treatment = Literal[
    "kept", "widened", "cut, held flat", "cut, carried on", "first value kept", "not begun", "prior", "fitted again"
]

Changed = tuple[Treatment, Mapping[str, Any] | None]
"""How a number is treated, and the leaf that stands in its place if one does."""

DOUBT = 1.5
"""What only later rows tell was at best guessed before: by half either way. Judgement."""

PRIOR = "judgement: the middle of the bounds that calibration.toml gives its fit, whose figures were published later"
"""The source of what stands in the place of a value fitted later."""

SPECIFICATIONS = "1a"
"""The row that compiles the makers' own specifications: each was published when its part was launched."""

ELSEWHERE = ("rules", "licences", "window", "replications", "headline")
"""Tables that are no levels: the law goes by its own days."""


@dataclass(frozen=True)
class Level:
    """One number as of a day. ``leaf`` is what stands in its place, None if it stays as it is.

    ``later`` are the rows it cites that were published later.
    """

    key: str
    standing: Standing
    treatment: Treatment
    later: tuple[str, ...]
    leaf: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Day:
    """What a forecaster had on a day: the shelf of sources, the figures recorded by then, what may be fitted."""

    when: date
    end: date
    shelf: Library
    figures: Mapping[str, Observation]
    free: Mapping[str, Parameter]

    def target_known(self, name: str) -> bool:
        """Whether a recorded figure was published by the day."""
        return name in self.figures and self.figures[name].known <= self.when

    def dials(self, key: str) -> list[Parameter]:
        """The parameters that turn a value."""
        return [parameter for parameter in self.free.values() if parameter.key == key]

    def met(self, parameter: Parameter) -> bool:
        """Whether all that a parameter was fitted to was published by the day."""
        return all(map(self.target_known, parameter.targets))


def levels(loaded: Loaded, day: Day, idle: Sequence[str]) -> Iterator[Level]:
    """Every number of the scenario but law, dates and what belongs to an entry of ``idle``, which the day has not."""
    for key, origin in loaded.provenance.items():
        path = parse_key(key)
        plain = is_number(origin.value) and not isinstance(origin.value, date) and path[0] not in ELSEWHERE
        if plain and not any(f"{key}.".startswith(f"{one}.") or one in path for one in idle):
            yield level(key, origin, day)


def level(key: str, origin: Origin, day: Day) -> Level:
    """One number with its standing and what stands in its place on the day."""
    standing, later = standing_of(key, origin, day)
    value = origin.value
    if isinstance(value, Mapping) and "points" in value:
        treatment, leaf = _series(key, value, standing, day)
    elif standing == "later" and isinstance(value, Mapping) and value.get("low") is not None:
        treatment, leaf = _if_changed(_widened(value, least(parse_key(key))), value)
    else:
        treatment, leaf = "kept", None
    return Level(key, standing, treatment, later, leaf and _labelled(leaf, origin, treatment, day))


def _labelled(leaf: Mapping[str, Any], origin: Origin, treatment: Treatment, day: Day) -> dict[str, Any]:
    """A leaf that says why it differs from the scenario's, for the resolved file."""
    source = PRIOR if treatment == "prior" else origin.source
    return {**leaf, "source": source, "note": f"as of {day.when}: {treatment}"}


def standing_of(key: str, origin: Origin, day: Day) -> tuple[Standing, tuple[str, ...]]:
    """Whether a number could be read by the day, and which of its rows could not."""
    there, later = day.shelf.read_by(origin.source, day.when)
    if SPECIFICATIONS in later:
        there, later = (*there, SPECIFICATIONS), tuple(name for name in later if name != SPECIFICATIONS)
    stated = origin.value.get("known") if isinstance(origin.value, Mapping) else None
    if isinstance(stated, date):
        return ("known" if stated <= day.when else "later"), later
    if fitted(key, origin, day):
        return ("fitted" if all(map(day.met, day.dials(key))) else "fitted later"), later
    if not there and not later:
        return "judgement", ()
    return ("known" if not later else "partly" if there else "later"), later


def fitted(key: str, origin: Origin, day: Day) -> bool:
    """Whether a value is one that ``chipsim calibrate`` wrote, and not somebody's own in its place."""
    return origin.source.strip().lower().startswith("calibrated to") and bool(day.dials(key))


def _if_changed(wide: Mapping[str, Any], leaf: Mapping[str, Any]) -> Changed:
    return ("kept", None) if wide == leaf else ("widened", wide)


def _series(key: str, leaf: Mapping[str, Any], standing: Standing, day: Day) -> Changed:
    """A dated series as of the day: without later points, and carried on from what is left."""
    dials = [dial for dial in day.dials(key) if not day.met(dial)] if standing == "fitted later" else []
    points = {when: v for when, v in known_points(leaf, day.when).items() if not any(when in d.points for d in dials)}
    if dials and not points:
        return _prior(leaf, dials)
    wide = doubted(leaf) if standing in ("later", "fitted later") else leaf
    if not points:
        return _not_begun(wide, day.when)
    if len(points) == len(leaf["points"]):
        return _if_changed(wide, leaf)
    cut = carried_on(wide, points, day.end)
    return ("cut, carried on" if "fan_from" in cut else "cut, held flat"), cut


def _not_begun(leaf: Mapping[str, Any], when: date) -> Changed:
    """A series all of whose points come later: an amount is nothing until then, a share keeps its first value."""
    points: Points = dated(leaf)
    first, value = min(points.items())
    if first > when and value and not bounded(leaf) and leaf.get("interpolate") != "log":
        return "not begun", {**leaf, "points": {first.isoformat(): 0.0}}
    kept = {**leaf, "points": {first.isoformat(): value}}
    return ("first value kept" if value and first > when else "cut, held flat"), kept


def _prior(leaf: Mapping[str, Any], dials: Sequence[Parameter]) -> Changed:
    """The middle, on a logarithmic scale, of the bounds that the first of its values was to be fitted within.

    A factor's bounds speak of a value that is not known, so that they give no prior: the first point stays.
    """
    first = min((dial for dial in dials if dial.kind == "value"), key=lambda dial: min(dial.points), default=None)
    if first is None:
        when, value = min(dated(leaf).items())
        return "first value kept", {**doubted(leaf), "points": {when.isoformat(): value}}
    middle = sqrt(first.low * first.high)
    ends = {"relative_low": _rounded(first.low / middle), "relative_high": _rounded(first.high / middle)}
    return "prior", {**leaf, **ends, "points": {min(first.points).isoformat(): _rounded(middle)}}


def doubted(leaf: Mapping[str, Any]) -> dict[str, Any]:
    """A series with an interval of at least ``DOUBT`` either way if it has one; a share's stays within 0 and 1."""
    if leaf.get("relative_low") is None:
        return dict(leaf)
    most = max(map(float, leaf["points"].values()))
    high = min(DOUBT, max(1.0, 1.0 / most)) if bounded(leaf) and most > 0 else DOUBT
    ends = {"relative_low": min(leaf["relative_low"], _rounded(1 / DOUBT))}
    return {**leaf, **ends, "relative_high": max(leaf["relative_high"], _rounded(high))}


def _widened(leaf: Mapping[str, Any], lowest: float) -> dict[str, Any]:
    """An estimate with an interval of at least ``DOUBT`` either way, a share's on the scale of its odds.

    Nothing goes below the ``lowest`` that makes sense.
    """
    centre = float(leaf["central"])
    if centre <= 0 or (bounded(leaf) and centre >= 1):
        return dict(leaf)
    low, high = _odds(centre) if str(leaf.get("unit", "")).startswith("share") else (centre / DOUBT, centre * DOUBT)
    return {**leaf, "low": min(leaf["low"], max(_rounded(low), lowest)), "high": max(leaf["high"], _rounded(high))}


def _odds(share: float) -> tuple[float, float]:
    low, high = (share / (1 - share) * factor for factor in (1 / DOUBT, DOUBT))
    return low / (1 + low), high / (1 + high)


def _rounded(value: float) -> float:
    """Four figures: more would pretend."""
    return float(f"{value:.4g}")
