"""``chipsim check`` for the files that lie beside the scenarios: recorded figures and free parameters."""

from pathlib import Path
from typing import Any

from sim.facts.errors import Fault, InputError
from sim.study.reading.load import load
from sim.study.reading.shipped import find, label, read
from sim.study.scoring.faults import unknown_labels, unsourced
from sim.study.scoring.observations import checked, shipped_file
from sim.study.scoring.parameters import problem
from sim.study.sources import table


def faults_beside(file: str) -> tuple[Fault, ...] | None:
    """Everything wrong with a file of recorded figures or free parameters; None if it is neither.

    Names of chips and buyers are looked up in the baseline, rows in the table of sources.
    """
    try:
        path = find(file)
        tree = read(path)
    except InputError:
        return None
    try:
        if "figures" in tree:
            return _of_figures(tree, path)
        if "parameters" in tree:
            problem("baseline", path, shipped_file())
            return ()
    except InputError as error:
        return error.faults
    return None


def _of_figures(tree: dict[str, Any], path: Path) -> tuple[Fault, ...]:
    observations, scenario = checked(tree, label(path)), load("baseline").scenario
    strangers = [
        fault
        for name, figure in observations.figures.items()
        for fault in unknown_labels(name, figure, scenario, observations.file)
    ]
    return (*strangers, *unsourced(observations.figures, table(), observations.file))
