"""When, where and with what a run was made: the only reader of the wall clock, for ``run-info.json`` alone."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from time import perf_counter
from typing import Any

LIBRARIES = ("simpy", "numpy", "polars", "matplotlib", "pydantic")


class Stopwatch:
    """Notes when a run began."""

    def __init__(self) -> None:
        self.began = datetime.now(UTC)
        self._count = perf_counter()

    def info(self, jobs: int) -> dict[str, Any]:
        """Times, host facts and versions, as a table for JSON."""
        return {
            "began": self.began.isoformat(timespec="seconds"),
            "seconds": round(perf_counter() - self._count, 3),
            "jobs": jobs,
            "processors": os.cpu_count(),
            "platform": platform.platform(),
            "python": platform.python_version(),
            "libraries": {name: version(name) for name in LIBRARIES},
        }


def package_version() -> str:
    """Version of chipsim as installed; "unknown" in a bare source tree."""
    try:
        return version("chipsim")
    except PackageNotFoundError:
        return "unknown"
