"""The dotted key of a value: ``rules.us-2023-10.announced``, a part quoted as in TOML if it holds a dot.

One grammar serves ``--set``, sources and error messages.
"""

import re
import tomllib
from typing import Any

Path = tuple[str, ...]
"""A key taken apart: the names of the tables, then of the value."""

BARE = re.compile(r"[A-Za-z0-9_-]+")
PART = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')"""
KEY = re.compile(rf"{PART}(?:\.{PART})*")
SETTING = re.compile(r"""\s*(?P<key>(?:[^="']|"(?:[^"\\]|\\.)*"|'[^']*')+?)\s*=(?P<value>.*)""", re.DOTALL)


def format_key(path: Path) -> str:
    """A path as its dotted key."""
    return ".".join(part if BARE.fullmatch(part) else _quoted(part) for part in path)


def parse_key(text: str) -> Path:
    """A dotted key as its path. ValueError if it is not one."""
    wrong = f"{text!r} is not a key such as rules.some-rule.announced"
    if not KEY.fullmatch(text):
        raise ValueError(wrong)
    if not {'"', "'"} & set(text):
        return tuple(text.split("."))
    try:
        tree: Any = tomllib.loads(f"{text} = 0")
    except tomllib.TOMLDecodeError:
        raise ValueError(wrong) from None
    path: Path = ()
    while isinstance(tree, dict):
        ((part, tree),) = tree.items()
        path = (*path, part)
    return path


def parse_setting(text: str) -> tuple[Path, Any]:
    """What ``--set key=value`` says: a path, and a value read as TOML, else as plain text. ValueError if neither."""
    match = SETTING.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not key=value")
    return parse_key(match["key"].strip()), _value(match["value"].strip())


def _value(text: str) -> Any:
    try:
        tree = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        return text
    return tree["value"] if len(tree) == 1 else text


def _quoted(part: str) -> str:
    escaped = "".join(_escape(letter) for letter in part)
    return f'"{escaped}"'


def _escape(letter: str) -> str:
    if letter in '"\\':
        return f"\\{letter}"
    return f"\\u{ord(letter):04x}" if ord(letter) < 32 or ord(letter) == 127 else letter
