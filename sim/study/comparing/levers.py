"""What sets a variant apart: the values that differ, and whether the law's answers do."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from sim.facts.lawbook import NONE_GRANTED, Gates, LawBook, Regime
from sim.study.comparing.matched import Matched
from sim.study.comparing.phrases import listed
from sim.study.reading.divergence import WORDS
from sim.study.reading.load import Loaded

UNTOLD = ("headline.", "window.", "replications", "title", "question", "name", "sources")
MOST = 2
"""Levers that are named one by one."""


class Lever(NamedTuple):
    """A key of the scenario with its values on either side; None where a side lacks it."""

    key: str
    old: Any
    new: Any


def levers(reference: Loaded, variant: Loaded) -> list[Lever]:
    """Every value that differs, words and what is merely shown left out."""
    return list(_levers(reference, variant))


def _levers(reference: Loaded, variant: Loaded) -> Iterator[Lever]:
    for key in sorted({*reference.provenance, *variant.provenance}):
        sides = [side.provenance[key].value if key in side.provenance else None for side in (reference, variant)]
        if not key.startswith(UNTOLD) and _bare(sides[0]) != _bare(sides[1]):
            yield Lever(key, *sides)


def _bare(value: Any) -> Any:
    """A value without words about it; a bare number as the estimate it is."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return {"central": value}
    return {k: v for k, v in value.items() if k not in WORDS} if isinstance(value, dict) else value


def about_labs(match: Matched, found: Sequence[Lever]) -> bool:
    """Whether all that was set is about labs, how they train, or what their holders buy."""
    holders = {lab.holder for lab in match.scenario.labs.values()}
    tables = ("labs", "training", *(f"buyers.{holder}" for holder in holders))
    return bool(found) and all(lever.key.startswith(tuple(f"{table}." for table in tables)) for lever in found)


def lever_words(found: list[Lever]) -> str:
    """The levers in words: grey.travel goes from 14 to 14.0001 days."""
    told = [_words(lever) for lever in found[:MOST]]
    rest = len(found) - MOST
    return listed([*told, f"{rest} more values differ"] if rest > 0 else told)


def _words(lever: Lever) -> str:
    old, new = _central(lever.old), _central(lever.new)
    if old is None or new is None:
        return f"{lever.key} differs"
    unit = next((side["unit"] for side in (lever.new, lever.old) if isinstance(side, dict) and "unit" in side), "")
    return f"{lever.key} goes from {old} to {new}{f' {unit}' if unit else ''}"


def _central(value: Any) -> Any:
    return value.get("central") if isinstance(value, dict) else value


def makers_touched(match: Matched, found: list[Lever]) -> list[str]:
    """The domestic makers whose inputs the levers act on: their own, or by the nation's pools the largest maker's."""
    own = [lever.key.split(".")[1] for lever in found if lever.key.startswith("domestic.")]
    if any(lever.key.startswith(("foundry.", "memory.", "expansion.")) for lever in found):
        own.append(_largest(match))
    return [maker for maker in dict.fromkeys(own) if maker in match.scenario.domestic]


ACTS_ON = {
    "packaging": ("packaging", "two_die_survival", "products", "expansion"),
    "hbm": ("hbm", "memory.", "expansion"),
    "own memory": ("own_memory", "expansion"),
    "dies": ("die", "foundry.", "orders_as", "expansion", "yield"),
    "demand": ("buyer_weights",),
}
"""By what binds a maker, parts of keys that may act on it; a lever on anything else is hidden while it binds."""


def hidden_by(found: list[Lever], binds: str) -> bool:
    """Whether an input that binds a maker is one that none of the levers acts on."""
    return binds in ACTS_ON and not any(word in lever.key for lever in found for word in ACTS_ON[binds])


def _largest(match: Matched) -> str:
    made = {maker: float(match.both("produced", {"actor": (maker,)})[1].sum()) for maker in match.scenario.domestic}
    return max(made, key=lambda maker: made[maker], default="")


def same_law(one: LawBook, other: LawBook) -> bool:
    """Whether the law answers every question alike on every day, whatever licences luck decides on."""
    days = sorted({*one.epochs, *other.epochs})
    return [*one.chips] == [*other.chips] and all(
        _alike(one.regime(day, NONE_GRANTED), other.regime(day, NONE_GRANTED)) for day in days
    )


def _alike(one: Regime, other: Regime) -> bool:
    plain = ("memory_open", "foreign_dies", "transit_cap_tpp", "tools_open")
    return all(getattr(one, name) == getattr(other, name) for name in plain) and all(
        _equal(getattr(one, name), getattr(other, name)) for name in ("gates", "discouraged", "abroad", "renting")
    )


def _equal(one: Gates, other: Gates) -> bool:
    return bool(np.array_equal(one, other))


def closed_by(match: Matched, chip: str, months: list[int]) -> str:
    """The rule that keeps a chip from everybody in China at the end of all these months; empty if none does so."""
    law = match.variant.plan.law
    if chip not in law.chips or law.applications:
        return ""
    column = list(law.chips).index(chip)
    regimes = [law.regime(match.months[i]) for i in months]
    if any(regime.gates[:, column].any() for regime in regimes):
        return ""
    return regimes[-1].closers.get(chip, "")
