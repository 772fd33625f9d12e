"""Where scenario files live: the ones that ship with the package, and the reader's own.

Nothing here validates, so that ``chipsim list`` stays quick.
"""

import os
import re
import tomllib
from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import sim
from sim.facts.errors import Fault, InputError, did_you_mean


@dataclass(frozen=True)
class Heading:
    """A scenario as a list shows it."""

    name: str
    title: str
    question: str


BESIDE = ("observations", "calibration")
"""Files that lie beside the scenarios and are none: recorded figures, and the parameters fitted to them."""

LONGEST_NAME = 1000
"""Characters of a name or path that can be meant."""


def home() -> Path:
    """Folder of the shipped scenarios: inside the installed package, else beside it in a source tree."""
    package = Path(sim.__file__).resolve().parent
    inside = package / "scenarios"
    return inside if inside.is_dir() else package.parent / "scenarios"


def names() -> tuple[str, ...]:
    """Names of the shipped scenarios; the baseline first, then by alphabet."""
    found = {path.stem for path in home().glob("*.toml")} - {bibliography().stem, *BESIDE}
    return tuple(sorted(found, key=lambda name: (name != "baseline", name)))


def bibliography() -> Path:
    """The table of sources, which lies beside the scenarios and is none."""
    return home() / "sources.toml"


def parts() -> tuple[str, ...]:
    """Names of the shipped parts of a world, such as world/chips, which only ``extends`` may use."""
    return tuple(sorted(f"world/{path.stem}" for path in (home() / "world").glob("*.toml")))


def headings() -> tuple[Heading, ...]:
    """Name, title and question of every shipped scenario, in the order of ``names``."""
    return tuple(_heading(name) for name in names())


def _heading(name: str) -> Heading:
    tree = read(home() / f"{name}.toml")
    return Heading(name, str(tree.get("title", "")), str(tree.get("question", "")))


def label(path: Path) -> str:
    """A file as messages name it: scenarios/... if shipped, else relative to the working folder where it lies below."""
    whole = path.resolve()
    if whole.is_relative_to(home()):
        return f"scenarios/{whole.relative_to(home()).as_posix()}"
    here = Path.cwd()
    return whole.relative_to(here).as_posix() if whole.is_relative_to(here) else str(path)


def find(reference: str, base: Path | None = None, blame: Fault | None = None) -> Path:
    """File behind a shipped name, or behind a path relative to ``base`` (the working folder if None).

    InputError if there is none; ``blame`` says which file and key asked for it.
    """
    shipped = home() / f"{reference}.toml"
    if reference in names() or reference in parts():
        return shipped
    path = (base or Path()) / reference
    candidates = [path] if path.suffix == ".toml" or not path.name else [path, path.with_name(f"{path.name}.toml")]
    for candidate in candidates:
        if os.path.isfile(candidate):  # unlike Path.is_file, it takes a name too long for a plain no
            return candidate
    raise InputError((_missing(reference, path, blame),))


def _missing(reference: str, path: Path, blame: Fault | None) -> Fault:
    known = [*names(), *parts()] if blame else list(names())
    place = (blame.file, blame.key) if blame else ("", "")
    if len(reference) > LONGEST_NAME:
        return Fault(*place, f"no scenario has a name of {len(reference)} characters", "give a shorter one")
    if os.path.isdir(path):
        return Fault(*place, f"{reference!r} is a folder, not a scenario file", "give one .toml file")
    if path.suffix == ".toml":
        close = did_you_mean(path.stem, list(names()))
        return Fault(*place, f"there is no file {reference!r}", close or "check the path")
    wanted = "scenario or file" if blame else "scenario"
    listing = f"the scenarios are {', '.join(names())}"
    remedy = " ".join(filter(None, (did_you_mean(reference, known), listing)))
    return Fault(*place, f"no {wanted} is named {reference!r}", remedy)


def read(path: Path) -> dict[str, Any]:
    """Tables of a scenario file as TOML gives them. InputError if it cannot be read, is empty or is not TOML."""
    text = _text(path)
    if not text.strip():
        raise InputError((Fault(label(path), "", "the file is empty", "give at least title, question and extends"),))
    try:
        return deepcopy(parsed(text))
    except tomllib.TOMLDecodeError as error:
        raise InputError((_syntax(label(path), text, str(error)),)) from None
    except RecursionError:
        raise InputError((Fault(label(path), "", "brackets are nested too deeply"),)) from None


@lru_cache(maxsize=64)
def parsed(text: str) -> dict[str, Any]:
    """Tables of a file's text, kept for its next reader: every side of a comparison lies over the same world."""
    return tomllib.loads(text)


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise InputError((Fault(label(path), "", "not a text file in UTF-8", "save it as UTF-8 text"),)) from None
    except OSError as error:
        reason = (error.strerror or os.strerror(error.errno or 0)).lower()
        raise InputError((Fault(label(path), "", f"cannot be read: {reason}"),)) from None


PARSER_WORDS = {
    "Cannot overwrite a value": "the key stands twice in the file",
    "Expected newline or end of document after a statement": "something is left over after the value",
}


def _syntax(file: str, text: str, message: str) -> Fault:
    """What the TOML parser says, with the line in front and an impossible date named."""
    match = re.fullmatch(r"(?P<what>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)", message)
    if match is None:
        return Fault(file, "", f"not valid TOML: {message}")
    if match["line"] is None:
        return Fault(file, "last line", f"not valid TOML: {match['what'].lower()}", "is a bracket or quote left open?")
    line, column = int(match["line"]), int(match["column"])
    written = text.splitlines()[line - 1] if line <= len(text.splitlines()) else ""
    date = re.match(r"\d{4}-\d{2}-\d{2}", written[column - 1 :])
    if date and "date" in match["what"].lower():
        return Fault(file, f"line {line}", f"there is no day {date[0]}", "write a real date such as 2023-02-28")
    what = PARSER_WORDS.get(match["what"], match["what"][:1].lower() + match["what"][1:])
    return Fault(file, f"line {line}", f"not valid TOML: {what} (column {column})", f"it reads: {written.strip()[:80]}")
