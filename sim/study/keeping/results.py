"""A run's folder: written whole or not at all, checked before it answers a question again."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.facts.errors import Fault, InputError

MANIFEST = "manifest.json"
SCHEMA = "chipsim/manifest/1"
RESULTS = Path("results")
COMPARISON = "comparison"
"""What a manifest calls its kind, so that nobody takes a comparison's folder for a run's."""


@dataclass(frozen=True)
class Run:
    """A run on disk. ``from_disk`` says that it was there before it was asked for."""

    path: Path
    manifest: dict[str, Any]
    from_disk: bool = False

    @property
    def failures(self) -> list[dict[str, Any]]:
        """Replications that broke: number, date, cause."""
        failures: list[dict[str, Any]] = self.manifest["failures"]
        return failures

    @property
    def broken(self) -> str:
        """Why there is nothing to look at: that every replication failed and the first cause; empty otherwise."""
        return all_failed(self.manifest)

    @property
    def headline(self) -> dict[str, Any]:
        """Rows and notes of the headline."""
        told: dict[str, Any] = json.loads((self.path / "headline.json").read_text(encoding="utf-8"))
        return told


def all_failed(manifest: dict[str, Any]) -> str:
    """That every replication of a run failed, and why the first did; empty if any ended well."""
    failures, asked = manifest["failures"], manifest["replications"]
    if len(failures) < asked:
        return ""
    every = "the only replication" if asked == 1 else f"all {asked} replications"
    return f"{every} failed, first on {failures[0]['date']}: {failures[0]['cause']}"


RAW = "series.parquet"
"""Every replication's series, kept for small ensembles or on request."""

RUN_INFO = "run-info.json"
"""Times and hosts: the one file that differs between identical runs."""


def write_json(path: Path, value: Any) -> None:
    """One JSON document, the same bytes for the same value."""
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def keep(parent: Path, name: str, fill: Callable[[Path], None]) -> Path:
    """Have a folder filled under a temporary name, then give it its own in one step; an earlier one makes room.

    Whatever stops the filling, a full disk or Ctrl-C, no folder of that name is left half-written.
    """
    parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{name}-", suffix=".part", dir=parent))
    try:
        fill(unfinished)
        unfinished.chmod(0o755)
        _swap(unfinished, parent / name)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return parent / name


def _swap(new: Path, final: Path) -> None:
    """Put ``new`` in the place of ``final``; one that is already there is removed once out of the way."""
    with suppress(OSError):  # it is there already, or somebody who asked the same has just put it there
        os.rename(new, final)
        return
    aside = Path(tempfile.mkdtemp(prefix=f".{final.name}-", suffix=".old", dir=final.parent))
    try:
        os.rename(final, aside / "run")
        try:
            os.rename(new, final)
        except OSError:
            os.rename(aside / "run", final)
            raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def replace_file(path: Path, data: bytes) -> None:
    """Write one file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        Path(name).chmod(0o644)
        os.replace(name, path)
    finally:
        Path(name).unlink(missing_ok=True)


def write_manifest(folder: Path, facts: dict[str, Any]) -> None:
    """List what the folder holds, charts and times left out, with the hash of every file; called last."""
    paths = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    files = {name: digest(path) for name, path in paths.items() if path.name != RUN_INFO and "charts" not in path.parts}
    write_json(folder / MANIFEST, {"schema": SCHEMA, **facts, "files": files})


def damage(folder: Path) -> str:
    """What is wrong with a run's folder, empty if nothing is."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        files = manifest["files"] if manifest["schema"] == SCHEMA else {}
        if not files:
            return f"{MANIFEST} is of another version"
        changed = [name for name, known in files.items() if digest(folder / name) != known]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        missing = Path(error.filename).name if isinstance(error, OSError) and error.filename else MANIFEST
        return f"{missing} cannot be read"
    return f"{changed[0]} was changed after the run" if changed else ""


def open_run(folder: Path, from_disk: bool = True) -> Run:
    """A run's folder as it is. InputError if it is damaged."""
    if problem := damage(folder):
        raise InputError((Fault(str(folder), "", problem, "run the scenario again"),))
    return Run(folder, json.loads((folder / MANIFEST).read_text(encoding="utf-8")), from_disk)


def answer_on_disk(folder: Path, question_hash: str) -> Run | None:
    """The run in a folder if it answers the question: undamaged, without failures, and of the same hash."""
    if damage(folder):
        return None
    run = open_run(folder)
    return run if run.manifest["hash"] == question_hash and not run.failures else None


def is_comparison(folder: Path) -> bool:
    """Whether a folder with a manifest holds a comparison and no run; False if the manifest cannot be read."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(manifest, dict) and manifest.get("kind") == COMPARISON


def find_run(reference: str, parent: Path = RESULTS) -> Path | None:
    """Folder of a run, given its path or its name under ``parent``; None if there is none.

    InputError for a folder that holds no run.
    """
    for folder in (Path(reference), parent / reference):
        if (folder / MANIFEST).is_file():
            return folder
    if Path(reference).is_dir():
        raise InputError((Fault(reference, "", f"is a folder without {MANIFEST}", "give a run's folder"),))
    return None
