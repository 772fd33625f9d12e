"""What may be fitted to recorded history: free values of a scenario, their bounds, and the figures they answer to.

Check figures never get here: targets are picked by role out of the raw file before any number of theirs is read.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from sim.facts.errors import Fault, InputError, did_you_mean
from sim.facts.estimate import Record
from sim.study.reading.inline import inline
from sim.study.reading.keys import format_key
from sim.study.reading.load import Loaded, load
from sim.study.reading.shipped import home, label, read
from sim.study.scoring.faults import unknown_labels
from sim.study.scoring.figures import Observations
from sim.study.scoring.observations import checked, typed


class Parameter(Record):
    """A free value: a number's centre, one point of a dated series, or (``factor``) what several points are times.

    ``start`` is the value that stands in the scenario if not given, 1 for a factor. ``targets`` names the recorded
    figures it is fitted to, ``earlier`` figures that speak of the same and came out before them, for a fit as of a day
    on which none of the targets was published. Its ``interval`` after the fit follows from theirs, or stays as the
    scenario states it.
    """

    key: str
    points: list[date] = []
    kind: Literal["value", "factor"] = "value"
    low: float = Field(gt=0)
    high: float = Field(gt=0)
    start: float | None = None
    interval: Literal["fitted", "stated"] = "fitted"
    targets: list[str] = Field(min_length=1)
    earlier: list[str] = []


class Free(Record):
    """The file of free parameters."""

    parameters: dict[str, Parameter] = Field(min_length=1)


@dataclass(frozen=True)
class Dial:
    """A parameter that fits its scenario: where it stands, where it starts, how far it may go."""

    name: str
    parameter: Parameter
    start: float


@dataclass(frozen=True)
class Problem:
    """A scenario by the name it was asked for, the dials that may be turned, and the recorded figures to be met.

    ``under`` are settings that lie under those of the dials.
    """

    name: str
    loaded: Loaded
    dials: tuple[Dial, ...]
    targets: Observations
    under: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of the values that are fitted, each once."""
        return tuple(dict.fromkeys(dial.parameter.key for dial in self.dials))

    def leaf(self, key: str, values: Mapping[str, float]) -> Any:
        """The value of a key with the dials (by name) set to ``values``."""
        leaf = self.loaded.provenance[key].value
        for dial in self.dials:
            if dial.parameter.key == key:
                leaf = _turned(leaf, dial.parameter, values[dial.name])
        return leaf

    def settings(self, values: Mapping[str, float]) -> tuple[str, ...]:
        """The dials set to ``values``, as ``--set`` would say it."""
        return tuple(f"{key}={inline(self.leaf(key, values))}" for key in self.keys)


def free_file() -> Path:
    """The free parameters that ship with the package."""
    return home() / "calibration.toml"


def read_free(path: Path) -> Free:
    """The parameters of a file. InputError lists every fault of type, and bounds that hold nothing."""
    free = typed(read(path), Free, label(path))
    faults = [
        Fault(label(path), f"parameters.{name}.low", f"low {p.low:g} is not below high {p.high:g}", "widen the bounds")
        for name, p in free.parameters.items()
        if p.low >= p.high
    ]
    if faults:
        raise InputError(tuple(faults))
    return free


def calibration_targets(path: Path, wanted: Mapping[str, Sequence[str]]) -> Observations:
    """The named figures of a file, and no other. ``wanted`` gives, by figure, the places that ask for it.

    InputError if one does not exist, or is a check figure: what it says is never read.
    """
    tree = read(path)
    roles = {name: raw.get("role") for name, raw in tree.get("figures", {}).items() if isinstance(raw, dict)}
    faults = [fault for name, places in wanted.items() for fault in _unfit(name, places, roles)]
    if faults:
        raise InputError(tuple(faults))
    chosen = {name: tree["figures"][name] for name in roles if name in wanted}
    return checked({**tree, "figures": chosen}, label(path))


def _unfit(name: str, places: Sequence[str], roles: Mapping[str, Any]) -> Iterator[Fault]:
    file, _, key = places[0].partition(": ")
    if name not in roles:
        yield Fault(file, key, f"no recorded figure is called {name!r}", did_you_mean(name, list(roles)))
    elif roles[name] != "calibration":
        yield Fault(file, key, f"{name!r} is a check figure, which a fit must not see", "name a calibration figure")


def problem(name: str, parameters: Path, observations: Path) -> Problem:
    """Fit the parameters' file to a scenario. InputError names every key, point, bound and target that cannot be."""
    loaded = load(name)
    free, file = read_free(parameters), label(parameters)
    faults = [fault for one, p in free.parameters.items() for fault in _faults(one, p, loaded, file)]
    if faults:
        raise InputError(tuple(faults))
    wanted: dict[str, list[str]] = {}
    for one, parameter in free.parameters.items():
        for target in parameter.targets:
            wanted.setdefault(target, []).append(f"{file}: parameters.{one}.targets")
    targets = calibration_targets(observations, wanted)
    strangers = [
        fault
        for target, figure in targets.figures.items()
        for fault in unknown_labels(target, figure, loaded.scenario, targets.file)
    ]
    if strangers:
        raise InputError(tuple(strangers))
    dials = tuple(Dial(one, p, _start(p, loaded)) for one, p in free.parameters.items())
    return Problem(name, loaded, dials, targets)


def _faults(name: str, parameter: Parameter, loaded: Loaded, file: str) -> Iterator[Fault]:
    place = ("parameters", name)
    if parameter.key not in loaded.provenance:
        close = did_you_mean(parameter.key, list(loaded.provenance)) or "chipsim show NAME --all lists every key"
        yield Fault(file, format_key((*place, "key")), f"the scenario has no value {parameter.key!r}", close)
        return
    told = _mismatch(parameter, loaded.provenance[parameter.key].value)
    if told:
        yield Fault(file, format_key((*place, "points")), *told)
        return
    start = _start(parameter, loaded)
    if not parameter.low < start < parameter.high:
        bounds = f"the bounds {parameter.low:g} to {parameter.high:g} exclude the start {start:g}"
        yield Fault(file, format_key((*place, "start")), bounds, "widen the bounds or give another start")


def _mismatch(parameter: Parameter, value: Any) -> tuple[str, str] | None:
    """Why a parameter cannot turn a value, and what would help."""
    if isinstance(value, Mapping) and "points" in value:
        known = list(value["points"])
        strangers = [day.isoformat() for day in parameter.points if day.isoformat() not in known]
        if strangers:
            return f"{parameter.key} has no point {strangers[0]}", f"its points are {', '.join(known)}"
        if len(parameter.points) != 1 and parameter.kind == "value":
            return "a value needs exactly one point of a dated series", 'name one, or say kind = "factor"'
        return None if parameter.points else ("a factor needs the points it multiplies", f"of {', '.join(known)}")
    if not isinstance(_centre(value), int | float) or isinstance(_centre(value), bool):
        return f"{parameter.key} is not a number", "fit a number, an estimate or a dated series"
    return ("points belong to a dated series", "leave points out") if parameter.points else None


def _start(parameter: Parameter, loaded: Loaded) -> float:
    if parameter.start is not None:
        return parameter.start
    if parameter.kind == "factor":
        return 1.0
    value = loaded.provenance[parameter.key].value
    return float(value["points"][parameter.points[0].isoformat()] if parameter.points else _centre(value))


def _centre(value: Any) -> Any:
    return value.get("central") if isinstance(value, Mapping) else value


def _turned(leaf: Any, parameter: Parameter, value: float) -> Any:
    """A value as the file has it with one dial turned; an estimate's interval keeps its proportions."""
    if not isinstance(leaf, Mapping):
        return leaf * value if parameter.kind == "factor" else value
    if "points" in leaf:
        days = {day.isoformat() for day in parameter.points}
        points = leaf["points"].items()
        moved = {day: _moved(old, value, parameter) if day in days else old for day, old in points}
        return {**leaf, "points": moved}
    centre = _moved(leaf["central"], value, parameter)
    ends = {end: leaf[end] * centre / leaf["central"] for end in ("low", "high") if end in leaf}
    return {**leaf, "central": centre, **ends}


def _moved(old: float, value: float, parameter: Parameter) -> float:
    return float(old * value if parameter.kind == "factor" else value)
