"""A few finished replications as bytes: made where they ran, small enough to travel, read a measure at a time.

A parcel is a zip archive of numpy arrays (an ``.npz`` packed lightly): for each measure the columns that held anything
and their values, the log of events as Parquet, and as JSON what the replications are numbered and which broke.
"""

import errno
import json
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.study.ensemble import Replication, run_chunk
from sim.study.keeping.columns import Columns, laid_over
from sim.study.keeping.tables import events_table
from sim.study.replication import Failure, Plan, replicate
from sim.world.series import MEASURES

ABOUT, EVENTS = "about.json", "events.parquet"
LIGHTLY = 1
"""The level of compression: a third of the size for a twentieth of the time it took to simulate."""
STAMP = (1980, 1, 1, 0, 0, 0)
"""The date of every member, so that equal parcels are equal bytes."""


@dataclass(frozen=True)
class About:
    """Which replications a parcel holds, and which of them broke and why."""

    numbers: tuple[int, ...]
    failures: dict[int, Failure]

    @property
    def sound(self) -> tuple[int, ...]:
        """The replications that did not break, in order."""
        return tuple(number for number in self.numbers if number not in self.failures)


def parcel_of(plans: Sequence[Plan], order: tuple[int, range]) -> tuple[bytes, bool]:
    """Run a chunk of replications of one of the plans; the parcel of them, and whether any broke.

    A worker imports this module and what it needs, and no more.
    """
    place, chunk = order
    finished = run_chunk(partial(replicate, plans[place]), chunk)
    return sealed(finished), any(kept.failure for kept in finished)


def sealed(replications: Sequence[Replication]) -> bytes:
    """The parcel of these replications."""
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=LIGHTLY) as archive:
        for name, content in _members(replications):
            archive.writestr(zipfile.ZipInfo(name, STAMP), content, zipfile.ZIP_DEFLATED, LIGHTLY)
    return stream.getvalue()


def _members(replications: Sequence[Replication]) -> Iterator[tuple[str, bytes]]:
    failures = {kept.number: asdict(kept.failure) for kept in replications if kept.failure}
    told = {"numbers": [kept.number for kept in replications], "failures": failures}
    yield ABOUT, json.dumps(told, ensure_ascii=False).encode()
    sound = [kept.measures for kept in replications if not kept.failure]
    for name, found in sound[0].items() if sound else ():
        months = found.values.shape[1]
        columns = laid_over(MEASURES[name], months, [measures[name] for measures in sound])
        yield _kept(name), _bytes(columns.kept)
        yield _values(name), _bytes(columns.values)
    stream = BytesIO()
    events_table(replications).write_parquet(stream)
    yield EVENTS, stream.getvalue()


def _kept(name: str) -> str:
    return f"{name}.kept.npy"


def _values(name: str) -> str:
    return f"{name}.npy"


def _bytes(array: NDArray[Any]) -> bytes:
    stream = BytesIO()
    np.save(stream, np.ascontiguousarray(array), allow_pickle=False)
    return stream.getvalue()


@dataclass(frozen=True)
class Parcel:
    """A parcel on disk."""

    path: Path

    @contextmanager
    def open(self) -> Iterator[zipfile.ZipFile]:
        """The archive, for reading. OSError if it is damaged; it is removed then, to be made again."""
        try:
            with zipfile.ZipFile(self.path) as archive:
                yield archive
        except (zipfile.BadZipFile, zlib.error, EOFError, KeyError) as error:
            self.path.unlink(missing_ok=True)
            problem = "a finished replication was damaged and is removed: ask again, and it is run again"
            raise OSError(errno.EIO, problem, str(self.path)) from error

    def about(self) -> About:
        """What it holds."""
        with self.open() as archive:
            told = json.loads(archive.read(ABOUT))
        failures = {int(number): Failure(**failure) for number, failure in told["failures"].items()}
        return About(tuple(told["numbers"]), failures)

    def kept(self, names: Iterable[str]) -> dict[str, NDArray[np.intp]]:
        """The flat positions of each measure's columns."""
        with self.open() as archive:
            return {name: _array(archive, _kept(name)) for name in names}

    def columns(self, names: Iterable[str]) -> dict[str, Columns]:
        """The columns of each measure."""
        with self.open() as archive:
            return {name: Columns(_array(archive, _kept(name)), _array(archive, _values(name))) for name in names}

    def log(self) -> bytes:
        """The log of its replications, as Parquet."""
        with self.open() as archive:
            return archive.read(EVENTS)


def _array(archive: zipfile.ZipFile, name: str) -> NDArray[Any]:
    """An array of the archive, read to its end, where its checksum is compared."""
    return np.asarray(np.lib.format.read_array(BytesIO(archive.read(name)), allow_pickle=False))
