"""A variant beside its reference, replication by replication: the numbers that sentences about them are made of."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from sim.facts.works import DomesticMaker
from sim.study.comparing.pairing import Pair
from sim.study.keeping.columns import Columned, Places, summed, those_at
from sim.study.keeping.headline import replication_values
from sim.study.keeping.periods import period_span
from sim.study.keeping.recorded import COLUMN, LABELS
from sim.study.keeping.shelf import CHUNK, Kept
from sim.study.scenario import HeadlineRow, Scenario
from sim.study.working import Finished
from sim.world.draws import Floats
from sim.world.series import Frame

ENOUGH = 250
"""Replications that constraints and dates are read off; sizes and their intervals come from all."""

Wanted = Mapping[str, Collection[str]]
"""Which labels of which dimension to add up; a dimension that is not named is added up whole."""


@dataclass(frozen=True)
class Matched:
    """Two sides on the same luck, a variant's ``label`` and its reference's, ``other``.

    ``differs`` is the first day on which they can differ, the window's end if they cannot.
    """

    label: str
    other: str
    reference: Finished
    variant: Finished
    differs: int

    @cached_property
    def whole(self) -> Pair:
        """All replications that failed on neither side."""
        return Pair(self.reference.kept, self.variant.kept)

    @cached_property
    def pair(self) -> Pair:
        """The first of them, few enough to be looked at month by month."""
        return Pair(_some(self.reference.kept), _some(self.variant.kept))

    @property
    def scenario(self) -> Scenario:
        """The variant's world."""
        return self.variant.question.scenario

    @cached_property
    def months(self) -> tuple[int, ...]:
        """Last day of every month."""
        return self.variant.plan.frame.months

    def both(self, measure: str, wanted: Wanted) -> tuple[Floats, Floats]:
        """Reference and variant month by month, each (months, pairs); undefined values count nothing."""
        sides = zip((self.pair.reference, self.pair.variant), self.pair.places(), strict=True)
        found = [_added(kept, measure, wanted)[:, chosen] for kept, chosen in sides]
        return found[0], found[1]

    def of_row(self, row: Mapping[str, Any]) -> tuple[Floats, Floats]:
        """What a headline row says of either side, (all pairs,), where it is defined on both."""
        asked, whole = HeadlineRow(**{key: row[key] for key in ("measure", *LABELS, "period")}), self.whole
        sides = zip((whole.reference, whole.variant), whole.places(), strict=True)
        found = [replication_values(asked, kept.measured, kept.frame)[chosen] for kept, chosen in sides]
        defined = ~np.isnan(found[0] + found[1])
        return found[0][defined], found[1][defined]

    def name(self, key: str) -> str:
        """What people call a maker or rule."""
        for table in (self.scenario.makers, self.scenario.rules, self.reference.question.scenario.rules):
            if key in table and table[key].label:
                return str(table[key].label)
        return key

    @cached_property
    def names(self) -> dict[str, str]:
        """What people call every maker."""
        return {key: self.name(key) for key in self.scenario.makers}

    def quoted(self, rule: str) -> str:
        """A rule by the short name it has for people."""
        return f"the rule \u201c{self.name(rule)}\u201d"

    def maker(self, chip: str) -> str:
        """Who makes a chip; empty if neither side knows it."""
        for side in (self.variant, self.reference):
            if chip in side.plan.law.chips:
                return side.plan.law.chips[chip].vendor
        return ""

    def domestic(self, maker: str) -> bool:
        """Whether a maker is in China."""
        return isinstance(self.scenario.makers.get(maker), DomesticMaker)

    def part(self, chip: str) -> str:
        """A chip as readers know it; a part that only the model's law brings about is said to be one."""
        known = chip in self.scenario.chips or chip in self.reference.question.scenario.chips
        return f"the {chip}" if known else f"a new part of {self.name(self.maker(chip))}'s ({chip})"

    def window(self, period: str) -> list[int]:
        """Indices of the months of a period."""
        span = period_span(period)
        return [i for i, day in enumerate(self.months) if span.start <= day < span.end]


def wanted_of(row: Mapping[str, Any]) -> Wanted:
    """The labels that a headline row asks for."""
    return {key: (row[key],) for key in LABELS if row[key] is not None}


def _some(kept: Kept) -> Kept:
    """The first replications of an ensemble, few enough to be held in memory."""
    few = kept.parcels[: ENOUGH // CHUNK]
    return kept if kept.replications <= ENOUGH else replace(kept, replications=ENOUGH, parcels=few)


def _added(kept: Kept, measure: str, wanted: Wanted) -> Floats:
    block = kept.measured[measure]
    return np.asarray(np.nan_to_num(summed(block, (_columns(block, kept.frame, wanted),))[0]), np.float64)


def _columns(block: Columned, frame: Frame, wanted: Wanted) -> Places:
    asked = [wanted.get(COLUMN[dimension]) for dimension in block.measure.dimensions]
    known = frame.labels(block.measure)
    return those_at(
        block,
        [a if a is None else [k.index(name) for name in a if name in k] for a, k in zip(asked, known, strict=True)],
    )
