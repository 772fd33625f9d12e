"""Finished replications are kept, shared and never lost: what was stopped goes on, what is damaged is made again."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from test_cli_run import HEARING_CTRL_C
from test_results import SOMETIMES_BREAKS, TINY, contents, tiny

from sim.study import working
from sim.study.comparing.answering import work_out_sides
from sim.study.comparing.sides import comparison, wanted
from sim.study.keeping import columns, shelf, turned
from sim.study.keeping.shelf import FOLDER
from sim.study.question import Asked, ask
from sim.study.runs import How, answer
from sim.study.working import shelf_of

EARLY = TINY.replace("tiny.toml", "early.toml")
UNTIL = "2024-02-01"
PYTHON = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}


def sides(replications: int = 6, *settings: str):
    return comparison([wanted(TINY), wanted(EARLY)], Asked(settings, replications, until=UNTIL))


class Heard:
    """Remembers how many replications were there when the work began."""

    def __init__(self) -> None:
        self.told: list[tuple[int, int]] = []

    def __call__(self, done: int, total: int) -> None:
        self.told.append((done, total))


def compared(folder: Path, replications: int = 6, *settings: str):
    heard = Heard()
    found = work_out_sides(sides(replications, *settings), How(folder, 1, progress=heard))
    return found, heard.told


def parcels(folder: Path) -> list[Path]:
    return sorted((folder / FOLDER).glob("*/[0-9]*"))


def stopped(words: list[str], sent: int, folder: Path) -> int:
    """Start a command in a terminal of its own, stop it once some replications are done; its return code."""
    watcher, terminal = os.openpty()
    command = [sys.executable, "-c", HEARING_CTRL_C, *words]
    with subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=terminal,
        start_new_session=True,
        cwd=folder,
        env=PYTHON,
    ) as process:
        os.close(terminal)
        seen = b""
        while not re.search(rb"[1-9]\d*/80", seen):
            seen += os.read(watcher, 1000)
        os.killpg(process.pid, sent)
        with contextlib.suppress(OSError):  # the end of what a terminal shows
            while os.read(watcher, 1000):
                pass
    os.close(watcher)
    return process.returncode


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    """The folder of a comparison that was never stopped."""
    return compared(tmp_path_factory.mktemp("whole"), 40)[0].path


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a terminal of its own")
@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)])
def test_a_stopped_comparison_goes_on_and_ends_with_the_same_bytes(whole, sent, code, tmp_path):
    words = ["compare", TINY, EARLY, "--reps", "40", "--until", UNTIL, "--jobs", "1", "--out", "stopped"]

    assert stopped(words, sent, tmp_path) == code
    assert 0 < len(parcels(tmp_path / "stopped")) < 16
    assert not (tmp_path / "stopped" / whole.name).exists()

    gone_on, told = compared(tmp_path / "stopped", 40)
    assert 0 < told[0][0] < 80
    assert contents(gone_on.path) == contents(whole)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("harm", [truncate, empty])
def test_a_cut_off_parcel_is_noticed_and_run_again(harm, tmp_path):
    whole, _ = compared(tmp_path, 5)
    first = contents(whole.path)
    shutil.rmtree(whole.path)
    harm(parcels(tmp_path)[1])

    again, told = compared(tmp_path, 5)
    assert told == [(5, 10), (10, 10)]
    assert contents(again.path) == first


def test_a_parcel_with_a_flipped_bit_is_told_removed_and_run_again(tmp_path):
    whole, _ = compared(tmp_path, 5)
    first = contents(whole.path)
    shutil.rmtree(whole.path)
    spoilt = parcels(tmp_path)[0]
    data = bytearray(spoilt.read_bytes())
    data[len(data) // 2] ^= 0xFF
    spoilt.write_bytes(bytes(data))

    with pytest.raises(OSError, match="was damaged and is removed: ask again"):
        compared(tmp_path, 5)
    assert not spoilt.exists()
    assert contents(compared(tmp_path, 5)[0].path) == first


def test_what_was_half_written_is_never_read(tmp_path):
    one = answer(tiny(replications=2), How(tmp_path / "one"))
    (parcel,) = parcels(tmp_path / "one")
    world = tmp_path / "two" / FOLDER / parcel.parent.name
    world.mkdir(parents=True)
    (world / f".{parcel.name}-x1y2.part").write_bytes(parcel.read_bytes()[:1000])

    assert contents(answer(tiny(replications=2), How(tmp_path / "two")).path) == contents(one.path)


def test_runs_comparisons_and_longer_runs_share_what_is_finished(tmp_path):
    for side in sides(7).sides:
        answer(side.question, How(tmp_path))

    found, told = compared(tmp_path, 7)
    assert told == [(14, 14)]
    assert contents(found.path) == contents(compared(tmp_path / "fresh", 7)[0].path)
    assert compared(tmp_path, 7)[0].from_disk

    longer, shorter = Heard(), Heard()
    more = answer(tiny(replications=9, until=UNTIL), How(tmp_path, 1, progress=longer))
    answer(tiny(replications=3, until=UNTIL), How(tmp_path, 1, progress=shorter))
    assert longer.told[0] == (5, 9)
    assert shorter.told == [(3, 3)]
    assert contents(more.path) == contents(answer(tiny(replications=9, until=UNTIL), How(tmp_path / "fresh")).path)


def test_one_broken_replication_loses_nothing_else_and_is_run_again(tmp_path):
    found, _ = compared(tmp_path, 8, SOMETIMES_BREAKS)
    broken = {failure["replication"] for failure in found.failures}

    assert 0 < len(broken) < 8
    assert {failure["side"] for failure in found.failures} == {"tiny", "early"}
    assert found.told["rows"][0]["variants"][0]["difference"]["mean"] is not None
    again, told = compared(tmp_path, 8, SOMETIMES_BREAKS)
    assert not again.from_disk
    assert told[0][0] < 16
    assert contents(again.path) == contents(found.path)


def test_what_does_not_fit_into_memory_gives_the_same_bytes(tmp_path, monkeypatch):
    """Twenty-one replications of baseline's kind of tables, read from disk two columns at a time."""
    held, _ = compared(tmp_path / "held", 21)
    months, replications = 25, 21
    monkeypatch.setattr(working, "IN_MEMORY", 0)
    for module in (columns, shelf, sys.modules["sim.study.comparing.pairing"]):
        monkeypatch.setattr(module, "SLAB", 2 * 8 * months * replications)
    monkeypatch.setattr(turned, "MOST_ON_DISK", 0)
    read, _ = compared(tmp_path / "read", 21)

    assert contents(read.path) == contents(held.path)


def test_a_short_run_is_the_same_whether_a_longer_one_was_there_before_or_not(tmp_path):
    short, long = (ask("baseline", Asked(replications=number, until="2023-01-31")) for number in (1, 5))
    alone = answer(short, How(tmp_path / "alone", jobs=1))
    answer(long, How(tmp_path / "after", jobs=1))
    after = answer(short, How(tmp_path / "after", jobs=1))
    assert alone.manifest["files"] == after.manifest["files"]


def test_a_parcel_under_another_name_is_not_read_as_good(tmp_path):
    question = ask(TINY, Asked(replications=5))
    answer(question, How(tmp_path, jobs=1))
    shelf = shelf_of(question, tmp_path)
    (parcel,) = shelf.path.glob("*.zip")
    parcel.rename(parcel.with_name("000005-000010.zip"))
    assert shelf.missing(10) == [range(5), range(5, 10)]


def test_a_broken_parcel_takes_no_whole_one_away(tmp_path):
    question = ask(TINY, Asked(replications=5))
    answer(question, How(tmp_path, jobs=1))
    shelf = shelf_of(question, tmp_path)
    shelf.put(range(5), b"cut off", broken=True)
    assert shelf.missing(5) == []
