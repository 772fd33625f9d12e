"""Which sentence about a variant comes first: what its scenario asks, before what merely changes most."""

from collections.abc import Sequence
from typing import NamedTuple

from sim.study.comparing.choosing import Choice
from sim.study.comparing.delays import Delay, delays_words
from sim.study.comparing.levers import Lever, about_labs
from sim.study.comparing.matched import Matched


class Sentences(NamedTuple):
    """What is said of a variant's table and models: one sentence ``first``, then the others."""

    first: str
    then: tuple[str, ...]


def own_rows(match: Matched) -> frozenset[str]:
    """Names of the headline's rows that a variant adds to its reference's: what it is asked for."""
    return frozenset(match.variant.question.scenario.headline) - frozenset(match.reference.question.scenario.headline)


def models_lead(match: Matched, found: Sequence[Lever], chosen: Choice, models: Sequence[Delay]) -> bool:
    """Whether models are told of before the table.

    They are if the table has nothing to tell; or if all that was set is about labs, and the variant asks for no row.
    """
    asks = chosen.main is not None and chosen.main.name in own_rows(match)
    return bool(models) and (chosen.main is None or (not asks and about_labs(match, found)))


def in_order(label: str, table: str, models: Sequence[Delay], lead: bool) -> Sentences:
    """The sentence about the ``table`` and those about ``models``, which ``lead`` or follow."""
    if not lead:
        return Sentences(f"{label}: {table}.", (delays_words(models),))
    rest = f"{table[:1].upper()}{table[1:]}."
    return Sentences(f"{label}: {models[0].words}.", (delays_words(models, told=1), rest))
