"""A measure of a large ensemble turned round: parcels hold replications, tables want columns over all of them.

The parcels are read once, some at a time, and their columns written to a nameless file beside them, which the system
removes with the process. A slab of columns is then a few long reads.
"""

import tempfile
import weakref
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from sim.study.keeping.columns import Layout, Places, Values

MOST_ON_DISK = 8 * 2**30
"""Bytes of turned measures kept for another look; beyond, those not looked at for longest are turned again."""


@dataclass(frozen=True)
class Stretch:
    """Some replications of all columns in the file, from an offset on."""

    offset: int
    kind: np.dtype[Any]
    width: int


@dataclass(frozen=True)
class Turned:
    """A measure on disk by columns; closed and gone when nobody holds it."""

    file: IO[bytes]
    layout: Layout
    stretches: Sequence[Stretch]

    def __post_init__(self) -> None:
        weakref.finalize(self, self.file.close)

    @property
    def size(self) -> int:
        """Bytes on disk."""
        cells = len(self.layout.flat) * self.layout.months
        return sum(cells * stretch.width * stretch.kind.itemsize for stretch in self.stretches)

    def read(self, columns: Places) -> Values:
        """Columns by their place, (columns, months, replications)."""
        kind = np.result_type(np.int32, *(stretch.kind for stretch in self.stretches))
        width = sum(stretch.width for stretch in self.stretches)
        values: Values = np.empty((len(columns), self.layout.months, width), kind)
        after = 0
        for stretch in self.stretches:
            before, after = after, after + stretch.width
            for first, last in _runs(columns):
                values[first:last, :, before:after] = self._read(stretch, int(columns[first]), last - first)
        return values

    def _read(self, stretch: Stretch, first: int, count: int) -> NDArray[Any]:
        cells = self.layout.months * stretch.width
        self.file.seek(stretch.offset + first * cells * stretch.kind.itemsize)
        found = np.frombuffer(self.file.read(count * cells * stretch.kind.itemsize), stretch.kind)
        return found.reshape(count, self.layout.months, stretch.width)


def _runs(columns: Places) -> Iterator[tuple[int, int]]:
    """First and past-last place of every run of columns that lie beside each other."""
    breaks = np.flatnonzero(np.diff(columns) != 1) + 1
    return pairwise([0, *breaks.tolist(), len(columns)]) if len(columns) else iter(())


def turn(layout: Layout, parts: Iterator[Values], folder: Path) -> Turned:
    """Write parts of an ensemble, (columns, months, some replications) each, one after the other to a file."""
    file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 (closed with the Turned that holds it)
    stretches = []
    for values in parts:
        stretches.append(Stretch(file.tell(), values.dtype, values.shape[2]))
        file.write(np.ascontiguousarray(values).data)
    return Turned(file, layout, stretches)


Name = tuple[Path, str]
"""The shelf of an ensemble, and one of its measures."""


class Desk:
    """The turned measures of a question's ensembles that lie ready, as many as MOST_ON_DISK allows."""

    def __init__(self) -> None:
        self._ready: OrderedDict[Name, Turned] = OrderedDict()

    def find(self, name: Name) -> Turned | None:
        """A measure that lies ready; it is now the one looked at last."""
        if name in self._ready:
            self._ready.move_to_end(name)
        return self._ready.get(name)

    def lay(self, name: Name, turned: Turned) -> Turned:
        """Put a measure down; those not looked at for longest make room."""
        self._ready[name] = turned
        while len(self._ready) > 1 and sum(one.size for one in self._ready.values()) > MOST_ON_DISK:
            self._ready.popitem(last=False)
        return turned
