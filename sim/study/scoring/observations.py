"""The file of recorded figures, read and checked: every fault at once, each with its key and remedy."""

from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from sim.facts.errors import Fault, InputError
from sim.facts.estimate import Record
from sim.study.reading.keys import format_key
from sim.study.reading.plain import in_words
from sim.study.reading.shipped import home, label, read
from sim.study.scoring.faults import faults_of_figures
from sim.study.scoring.figures import Observations, Recorded

Kind = TypeVar("Kind", bound=Record)


def shipped_file() -> Path:
    """The recorded figures that ship with the package."""
    return home() / "observations.toml"


@lru_cache(maxsize=1)
def recorded() -> Observations:
    """The shipped figures, read once."""
    return read_observations(shipped_file())


def read_observations(path: Path) -> Observations:
    """The figures of a file. InputError lists every fault: a key, a measure, a label, a period, an interval."""
    return checked(read(path), label(path))


def checked(tree: dict[str, Any], file: str) -> Observations:
    """A file's tables as figures, or InputError with all that is wrong."""
    ledger = typed(tree, Recorded, file)
    faults = faults_of_figures(ledger, file)
    if faults:
        raise InputError(tuple(faults))
    return Observations(file, ledger.spread, ledger.figures)


def typed(tree: dict[str, Any], record: type[Kind], file: str) -> Kind:
    """A file's tables as a record. InputError with every fault of type, each at its key."""
    try:
        return record.model_validate(tree)
    except ValidationError as error:
        raise InputError(tuple(dict.fromkeys(_fault(one, file) for one in error.errors(include_url=False)))) from None


def _fault(error: ErrorDetails, file: str) -> Fault:
    path = tuple(str(part) for part in error["loc"] if part not in ("[key]", "float", "date"))
    problem, remedy = in_words(error)
    return Fault(file, format_key(path), problem, remedy)
