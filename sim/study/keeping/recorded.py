"""What a measure is recorded by: chips by holder and chip, dies by maker; and whether a question fits that."""

from collections.abc import Iterator, Mapping

from sim.world.series import Dimension, Measure

LABELS = ("actor", "chip", "origin", "item")
COLUMN: Mapping[Dimension, str] = {
    "holder": "actor",
    "maker": "actor",
    "lab": "actor",
    "chip": "chip",
    "origin": "origin",
    "input": "item",
    "stack": "item",
    "run": "item",
}
"""The columns of tables that say what a number is of, and the one that each dimension of a measure fills."""


def misfits(measure: Measure, labels: Mapping[str, str | None]) -> Iterator[tuple[str, str, str]]:
    """What keeps a measure from being told by these labels, None meaning all: label, problem, remedy."""
    by = [COLUMN[dimension] for dimension in measure.dimensions]
    named = [label for label, value in labels.items() if value is not None]
    remedy = f"it is recorded by {' and '.join(by)}" if by else "it has no parts"
    strange = [label for label in named if label not in by]
    yield from ((label, f"{measure.name} is not recorded by {label}", remedy) for label in strange)
    left = [label for label in by if label not in named]
    if not (measure.additive or measure.totals) and left and not strange:
        yield left[0], f"{measure.name} has no total", f"say which {' and '.join(left)}"
