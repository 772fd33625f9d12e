"""chipsim: a scenario simulator for the AI chip supply chain between the United States and China.

From Python: ``from sim import load, run, compare``. They are imported when first asked for, so that ``import sim`` and
``chipsim --help`` stay quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.api import ComparisonResult, InputError, RunResult, Scenario, compare, load, run, to_pandas

__all__ = ["ComparisonResult", "InputError", "RunResult", "Scenario", "compare", "load", "run", "to_pandas"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module("sim.api"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
