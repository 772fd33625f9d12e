"""Finished replications on disk, shared by every question that asks for them: runs, longer runs, comparisons.

A replication depends on the scenario's values, the seed and the package's source, and on nothing else: not on how many
others are asked for. So they are kept by those, in parcels of CHUNK, each written whole or not at all. Whoever is
interrupted, by Ctrl-C or by force, goes on where he stopped. The whole of it may be deleted at any time.
"""

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import polars as pl

from sim.study.keeping.columns import SLAB, Block, Columned, Columns, Layout, Places, Values, index_of, stack
from sim.study.keeping.parcel import About, Parcel
from sim.study.keeping.results import replace_file
from sim.study.keeping.turned import Desk, Turned, turn
from sim.study.replication import Failure
from sim.world.series import Frame, Measure

FOLDER = ".replications"
CHUNK = 5
"""Replications a parcel: enough to be worth sending, few enough that little is lost when the work is stopped."""

IN_MEMORY = 384 * 2**20
"""Bytes of values that all ensembles of a question may together hold in memory."""

ROW_GROUP = 100_000
"""Events a row group of the log: given, so that equal logs are equal bytes."""

BROKEN, WHOLE = ".failed", ".zip"


def chunks(replications: int) -> list[range]:
    """The parcels that an ensemble of so many comes in."""
    numbers = range(replications)
    return [numbers[start : start + CHUNK] for start in range(0, replications, CHUNK)]


@dataclass(frozen=True)
class Shelf:
    """The folder of one world's replications; a parcel's name says which it holds."""

    path: Path

    def missing(self, replications: int) -> list[range]:
        """The chunks that are still to be run. Those in which a replication broke are run again."""
        return [chunk for chunk in chunks(replications) if self._whole(chunk) is None]

    def put(self, numbers: range, parcel: bytes, broken: bool) -> None:
        """Keep a parcel, written whole or not at all. Others stay, since somebody may be reading them."""
        replace_file(self.path / _name(numbers, BROKEN if broken else WHOLE), parcel)

    def parcels(self, replications: int) -> list[Parcel]:
        """All parcels of an ensemble, in order. FileNotFoundError if one is missing."""
        found = [(self._whole(chunk) or self._broken(chunk), chunk) for chunk in chunks(replications)]
        return [Parcel(_there(path, chunk)) for path, chunk in found]

    def _whole(self, chunk: range) -> Path | None:
        """The parcel that holds a chunk and perhaps more."""
        return next((path for path in self._starting(chunk, WHOLE) if _stop(path) >= chunk.stop), None)

    def _broken(self, chunk: range) -> Path | None:
        return next((path for path in self._starting(chunk, BROKEN) if _stop(path) >= chunk.stop), None)

    def _starting(self, chunk: range, kind: str) -> Iterable[Path]:
        """Parcels from the same replication on, those left out that were cut off or are not what they are called."""
        return [path for path in sorted(self.path.glob(f"{chunk.start:06}-*{kind}")) if _as_called(path)]


def _as_called(path: Path) -> bool:
    """Whether a parcel has its end, and holds the replications that its name says."""
    try:
        return Parcel(path).about().numbers == tuple(range(int(path.stem.partition("-")[0]), _stop(path)))
    except (BadZipFile, OSError, KeyError, ValueError, TypeError):
        return False


def _name(numbers: range, kind: str) -> str:
    return f"{numbers.start:06}-{numbers.stop:06}{kind}"


def _stop(path: Path) -> int:
    return int(path.stem.partition("-")[2])


def _there(path: Path | None, chunk: range) -> Path:
    if path is None:
        raise FileNotFoundError(f"replications {chunk.start} to {chunk.stop - 1} are not there")
    return path


@dataclass(frozen=True)
class Kept:
    """A finished ensemble, read from its parcels: what every table and chart is made of."""

    frame: Frame
    replications: int
    parcels: Sequence[Parcel]
    room: int
    """Bytes of values up to which they are held in memory; beyond, they are read from disk a slab at a time."""
    desk: Desk
    """Where they are turned round for that."""

    @property
    def _measures(self) -> Mapping[str, Measure]:
        return self.frame.measures

    @cached_property
    def abouts(self) -> list[About]:
        """What each parcel holds."""
        return [parcel.about() for parcel in self.parcels]

    @cached_property
    def sound(self) -> list[int]:
        """The replications that did not fail, in order."""
        return [number for about in self.abouts for number in about.sound if number < self.replications]

    @cached_property
    def failures(self) -> dict[int, Failure]:
        """The replications that broke, and why."""
        broken = {number: failure for about in self.abouts for number, failure in about.failures.items()}
        return {number: failure for number, failure in broken.items() if number < self.replications}

    @cached_property
    def measured(self) -> Mapping[str, Columned]:
        """Every measure over the replications that did not fail: in memory if they fit, else read in slabs."""
        if not self._fits():
            return {name: Stored(self, measure, self._kept[name]) for name, measure in self._measures.items()}
        packed = [
            parcel.columns(self._measures)
            for parcel, about in zip(self.parcels, self.abouts, strict=True)
            if about.sound
        ]
        return {
            name: _first(stack(measure, self.frame, [columns[name] for columns in packed]), len(self.sound))
            for name, measure in self._measures.items()
        }

    def events_of(self, kind: str) -> pl.DataFrame:
        """The events of one kind in every replication."""
        logs = [pl.read_parquet(parcel.log()).filter(pl.col("kind") == kind) for parcel in self.parcels]
        return pl.concat(logs).filter(pl.col("replication") < self.replications)

    def write_events(self, path: Path) -> None:
        """Write the log of every replication, failed ones up to their last day, without ever holding all of it."""
        with tempfile.TemporaryDirectory(prefix=f".{path.name}-", dir=path.parent) as folder:
            for place, parcel in enumerate(self.parcels):
                (Path(folder) / f"{place:06}.parquet").write_bytes(parcel.log())
            log = pl.scan_parquet(Path(folder) / "*.parquet").filter(pl.col("replication") < self.replications)
            log.sink_parquet(path, maintain_order=True, row_group_size=ROW_GROUP)

    def _held_by(self, parcel: Parcel, about: About) -> dict[str, Places]:
        """Flat positions that a parcel's replications, as far as they were asked for, ever held."""
        asked = sum(number < self.replications for number in about.sound)
        if asked == len(about.sound):
            return parcel.kept(self._measures)
        columns = parcel.columns(self._measures)
        return {
            name: found.kept[_held(self._measures[name], found.values[:, :, :asked])] for name, found in columns.items()
        }

    def _fits(self) -> bool:
        cells = sum(len(kept) for kept in self._kept.values()) * len(self.frame.months)
        return 8 * cells * len(self.sound) <= self.room

    @cached_property
    def _kept(self) -> dict[str, Places]:
        """Flat positions of every measure's columns that ever held anything."""
        found: dict[str, set[int]] = {name: set() for name in self._measures}
        for parcel, about in zip(self.parcels, self.abouts, strict=True):
            for name, kept in self._held_by(parcel, about).items() if about.sound else ():
                found[name].update(kept.tolist())
        return {name: np.array(sorted(kept), np.intp) for name, kept in found.items()}


def _first(block: Block, replications: int) -> Block:
    """Without replications of the last parcel that were not asked for, and columns that only those ever held."""
    if block.replications == replications:
        return block
    values = block.values[:, :, :replications]
    held = _held(block.measure, values)
    return Block(block.measure, block.index[held], values[held].copy())


def _held(measure: Measure, values: Values) -> Places:
    """Columns that ever held anything, of (columns, months, replications)."""
    empty = (values == 0) if measure.additive else np.isnan(values)
    return np.flatnonzero(~empty.all(axis=(1, 2)))


@dataclass(frozen=True)
class Stored:
    """One measure over an ensemble, on disk; see ``Columned``."""

    kept: Kept
    measure: Measure
    flat: Places

    @cached_property
    def index(self) -> Places:
        """Label positions of every column."""
        return index_of(self.flat, self.kept.frame, self.measure)

    @property
    def months(self) -> int:
        """Month ends of a column."""
        return len(self.kept.frame.months)

    @property
    def replications(self) -> int:
        """How many did not fail."""
        return len(self.kept.sound)

    def slabs(self, columns: Places) -> Iterator[tuple[Places, Values]]:
        """These columns a few at a time, each slab read from disk."""
        step = max(1, SLAB // max(8 * self.months * self.replications, 1))
        for start in range(0, len(columns), step):
            wanted = columns[start : start + step]
            yield wanted, self._turned().read(wanted)

    def _turned(self) -> Turned:
        desk, folder = self.kept.desk, self.kept.parcels[0].path.parent
        name = (folder, self.measure.name)
        return desk.find(name) or desk.lay(name, turn(self._layout, self._parts(), folder))

    @cached_property
    def _layout(self) -> Layout:
        return Layout(self.measure, self.flat, self.months)

    def _parts(self) -> Iterator[Values]:
        """The whole measure, some parcels' replications at a time."""
        room = max(1, SLAB // max(32 * len(self.flat) * self.months, 1))
        packed: list[Columns] = []
        left = self.replications
        for parcel, about in zip(self.kept.parcels, self.kept.abouts, strict=True):
            if about.sound:
                packed.append(parcel.columns((self.measure.name,))[self.measure.name])
            width = sum(one.values.shape[2] for one in packed)
            if packed and (width >= room or parcel is self.kept.parcels[-1]):
                yield self._layout.laid(packed, min(width, left))
                packed, left = [], left - width
