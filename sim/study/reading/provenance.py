"""Where each value of a scenario comes from: its source, the file that wrote it, what it replaced."""

from dataclasses import dataclass
from typing import Any

SET = "--set"
"""The file name of what the command line sets."""


@dataclass(frozen=True)
class Leaf:
    """A value as one file writes it: plain, an array, an estimate or a dated series; with the nearest source there."""

    value: Any
    source: str
    file: str


@dataclass(frozen=True)
class Origin:
    """A value of the merged scenario. ``old`` and ``old_file`` are what its last writer replaced, if anything."""

    value: Any
    source: str
    file: str
    old: Any = None
    old_file: str = ""

    @property
    def overrides(self) -> bool:
        """Whether an inherited value was replaced."""
        return bool(self.old_file)

    @property
    def unit(self) -> str:
        """Unit of the value, or of the one it replaced; empty if neither states one."""
        return _unit(self.value) or _unit(self.old)


def _unit(value: Any) -> str:
    return str(value.get("unit", "")) if isinstance(value, dict) else ""
