"""Rows of a headline as written: is each about something by which its measure is recorded, a lab, a holder, a stack."""

from collections.abc import Iterator, Mapping

from sim.facts.errors import Fault
from sim.study.keeping.recorded import COLUMN, LABELS, misfits
from sim.study.reading.ceilings import Leaves, value
from sim.study.reading.keys import Path, format_key
from sim.world.series import INPUTS, MEASURES, OF_LABS, Dimension, Measure

A: Mapping[Dimension, str] = {
    "holder": "a holder",
    "maker": "a maker",
    "lab": "a lab",
    "input": "an input",
    "stack": "a stack",
    "run": "a run",
}
"""What columns of several dimensions may name, in words."""
MOST = 12


def check_rows(leaves: Leaves) -> Iterator[Fault]:
    """Rows that no replication can ever fill. Names that nothing has, and unknown measures, are told elsewhere."""
    names = _names(leaves)
    for row in dict.fromkeys(path[1] for path in leaves if path[0] == "headline" and len(path) > 2):
        measure = MEASURES.get(str(value(leaves, ("headline", row, "measure"))))
        if measure is not None:
            for label, problem, remedy in _strange(leaves, row, measure, names):
                path: Path = ("headline", row, label)
                said = leaves[path] if path in leaves else leaves["headline", row, "measure"]
                yield Fault(said.file, format_key(path), problem, remedy)


def _strange(
    leaves: Leaves, row: str, measure: Measure, names: Mapping[Dimension, list[str]]
) -> Iterator[tuple[str, str, str]]:
    """What keeps a row from being filled: label, problem, remedy."""
    labels = {label: value(leaves, ("headline", row, label)) for label in LABELS}
    if wrong := list(misfits(measure, labels)):
        yield from wrong
        return
    for dimension in measure.dimensions:
        label = COLUMN[dimension]
        name, known = labels[label], names.get(dimension, [])
        others = [other for other in names if COLUMN[other] == label and name in names[other]]
        if others and name not in known and (names["lab"] or measure.name not in OF_LABS):
            problem = f"{name!r} is {A[others[0]]}, and {measure.name} is recorded by {dimension}"
            yield label, problem, _remedy(leaves, (str(name), others[0], dimension), known)


def _remedy(leaves: Leaves, told: tuple[str, str, str], known: list[str]) -> str:
    """Whom to name instead: a lab's holder, the labs of a holder, else any that there are."""
    name, of, wanted = told
    if (of, wanted) == ("lab", "holder"):
        return f"its holder is {value(leaves, ('labs', name, 'holder'))}"
    mine = [lab for lab in known if value(leaves, ("labs", lab, "holder")) == name]
    some = mine if (of, wanted) == ("holder", "lab") and mine else known
    return f"name one of {', '.join(some[:MOST])}{', ...' if len(some) > MOST else ''}"


def _names(leaves: Leaves) -> dict[Dimension, list[str]]:
    """What there is along every dimension whose column it shares with others."""
    tops: dict[str, dict[str, None]] = {}
    for path in leaves:
        if len(path) > 1:
            tops.setdefault(path[0], {})[path[1]] = None
    makers = [*tops.get("foreign", ()), *tops.get("domestic", ())]
    runs = dict.fromkeys(path[2] for path in leaves if path[:2] == ("training", "recorded") and len(path) > 2)
    holders, labs, stacks = (list(tops.get(top, ())) for top in ("buyers", "labs", "stacks"))
    return {"holder": holders, "maker": makers, "lab": labs, "input": list(INPUTS), "stack": stacks, "run": list(runs)}
