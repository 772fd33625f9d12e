"""How far a score hangs on luck: replications drawn again, figures near an end of their interval falling either way."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.study.scoring.figures import Interval
from sim.study.scoring.luck import likely
from sim.study.scoring.score import Score


def score(name: str, low: float, high: float, role: str = "check") -> Score:
    figure = SimpleNamespace(role=role, bound="", unit="chips")
    return Score(name, figure, Interval(low, (low + high) / 2, high), 0.0, 0.0, 0.0)  # type: ignore[arg-type]


SPREAD = np.linspace(0.0, 100.0, 100)


@pytest.mark.parametrize(
    ("low", "high", "told"),
    [(0.0, 100.0, (1, 1, 1)), (200.0, 300.0, (0, 0, 0))],
    ids=["far inside", "far outside"],
)
def test_a_median_far_from_its_bounds_falls_one_way(low, high, told):
    assert likely([score("one", low, high)], {"one": SPREAD}, seed=1) == {"check": told}


def test_a_median_on_its_bound_falls_either_way_and_as_one_with_its_like():
    """Two figures read off the same replications are inside together or not at all."""
    on_it = [score(name, 50.0, 100.0) for name in ("one", "other")]
    found = likely(on_it, {"one": SPREAD, "other": SPREAD}, seed=1)
    assert found["check"][0] == 0
    assert found["check"][2] == 2


def test_roles_are_told_apart_and_what_never_came_is_no_number():
    never = np.where(SPREAD > 50, np.inf, SPREAD)
    several = [score("one", 0, 100), score("other", 0, 100, "calibration"), score("never", 200, 300)]
    found = likely(several, {"one": SPREAD, "other": SPREAD, "never": never}, seed=1)
    assert found == {"calibration": (1, 1, 1), "check": (1, 1, 1)}
    assert likely(several, {"one": SPREAD, "other": SPREAD, "never": never}, seed=1) == found
