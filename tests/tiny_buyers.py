"""Buyers written down by hand: every chip is worth an H100 and costs a dollar, unless a test says otherwise."""

from dataclasses import replace
from typing import Any

import numpy as np

from sim.actors.buyers import Appetite, Choices, Wallet
from sim.world.draws import Floats

RICH = 1e12
"""Dollars that never run out."""


def wishes(load: Any, chips: int = 1, **changes: Any) -> Appetite:
    """Wishes for the ``load``, (weeks, holders), over so many chips of one software stack; lists become arrays."""
    fleet = np.array(load, dtype=float)
    weeks, holders = fleet.shape
    plain = Appetite(
        load=fleet,
        in_use=fleet,
        rush=np.zeros_like(fleet),
        belief_days=100.0,
        budget=np.zeros_like(fleet),
        budget_weeks=0.0,
        order_weeks=52.0,
        worth=np.ones((holders, chips)),
        worth_per_dollar=np.ones((holders, chips)),
        units_per_worth=np.ones((holders, chips)),
        price=np.ones(chips),
        preference=np.ones((weeks, holders, 1)),
        stack_of=np.zeros(chips, dtype=np.int64),
        wear_per_week=0.0,
        discouraged_weight=1.0,
    )
    return replace(plain, **{name: np.array(v) if isinstance(v, list) else v for name, v in changes.items()})


def wallet(*dollars: float) -> Wallet:
    """What each holder can spend."""
    return Wallet(np.array(dollars, dtype=float))


def choices(welcome: list[list[float]], belief: list[list[float]] | None = None) -> Choices:
    """What each holder (row) may buy of each chip (column), and how sure it is to lose it."""
    return Choices(np.array(welcome, dtype=float), None if belief is None else np.array(belief, dtype=float))


def nothing(holders: int, chips: int) -> Floats:
    """An empty fleet."""
    return np.zeros((holders, chips), dtype=np.int64)
