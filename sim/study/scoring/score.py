"""How near the model comes to what was recorded: each figure, each topic, each role, once more by origin."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import inf, isfinite, isnan, log
from typing import Literal

import numpy as np

from sim.facts.days import day_of
from sim.study.scoring.figures import DATE, ROLES, Interval, Observation, Observations, Role
from sim.world.draws import Floats

GOALS: dict[Role, float] = {"calibration": 0.85, "check": 0.70}
"""Share of the figures of each role whose recorded interval should hold the simulated median."""

COVERAGE = (0.80, 0.97)
"""Share of figures whose recorded value should lie in the simulated 90% interval: not fewer, and not nearly all."""

Tense = Literal["", "hindcast", "forecast"]


@dataclass(frozen=True)
class Score:
    """A recorded figure against the model. Dates are day counts; infinite is an event that did not come.

    ``inside``: the recorded interval holds the simulated median. ``covered``: the simulated 90% interval holds the
    recorded centre (reaches the bound, or what still counts as zero). ``error``: ln(median / recorded), days for dates,
    the plain difference from a recorded zero; None if undefined. ``tense`` is "forecast" if what the figure
    speaks of ends after an as-of day, whenever it was published.
    """

    name: str
    figure: Observation
    recorded: Interval
    p5: float
    p50: float
    p95: float
    tense: Tense = ""

    @property
    def inside(self) -> bool:
        """Whether the recorded interval holds the simulated median."""
        return self.recorded.holds(self.p50)

    @property
    def covered(self) -> bool:
        """Whether the simulated 90% interval holds what was recorded."""
        if self.figure.bound == "at least":
            return self.p95 >= self.recorded.central
        if self.figure.bound == "at most" or not self.recorded.central:
            return self.p5 <= (self.recorded.central or self.recorded.high)
        return self.p5 <= self.recorded.central <= self.p95

    @property
    def two_sided(self) -> bool:
        """Whether both ends of the record can be missed: neither a zero nor a mere bound."""
        return not self.figure.bound and bool(self.recorded.central)

    @property
    def error(self) -> float | None:
        """Log error of the median; days for dates and stretches of days; chips or dollars where zero was recorded."""
        if self.in_days or not self.recorded.central:
            return self.p50 - self.recorded.central if isfinite(self.p50) else None
        ratio = self.ratio
        return log(ratio) if ratio else None

    @property
    def ratio(self) -> float | None:
        """The simulated median over what was recorded; None for dates and zeros."""
        if self.figure.unit == DATE or not self.recorded.central or not isfinite(self.p50):
            return None
        return max(self.p50 / self.recorded.central, 0.0)

    @property
    def in_days(self) -> bool:
        """Whether errors count in days."""
        return self.figure.unit == DATE or bool(self.figure.since)


@dataclass(frozen=True)
class Total:
    """Shares of a group of figures, each figure one vote, and each origin one vote."""

    figures: int
    inside: int
    covered: int
    by_parent: float
    covered_by_parent: float
    parents: int

    @property
    def share(self) -> float:
        """Share of the figures inside."""
        return self.inside / self.figures if self.figures else 0.0

    @property
    def coverage(self) -> float:
        """Share of the figures covered."""
        return self.covered / self.figures if self.figures else 0.0


def scores(observations: Observations, observed: Mapping[str, Floats], as_of: date | None = None) -> tuple[Score, ...]:
    """Every figure that the run tells of and that is defined in some replication, in the file's order."""
    found = []
    for name, figure in observations.figures.items():
        levels = quantiles(observed[name]) if name in observed else None
        if levels:
            found.append(Score(name, figure, observations.interval(name), *levels, tense=_tense(figure, as_of)))
    return tuple(found)


def quantiles(values: Floats) -> tuple[float, float, float] | None:
    """5th, 50th and 95th percentile; an infinite value counts as later than any. None if nothing is defined."""
    defined = np.sort(values[~np.isnan(values)])
    if not len(defined):
        return None
    method: Literal["linear", "higher"] = "linear" if np.isfinite(defined).all() else "higher"
    low, middle, high = np.quantile(defined, (0.05, 0.5, 0.95), method=method)
    return float(low), float(middle), float(high)


def _tense(figure: Observation, as_of: date | None) -> Tense:
    if as_of is None:
        return ""
    return "forecast" if figure.last_day > day_of(as_of) else "hindcast"


def total(several: Iterable[Score]) -> Total:
    """A group's shares."""
    group = tuple(several)
    families: dict[str, list[Score]] = {}
    for score in group:
        families.setdefault(score.figure.parent or score.name, []).append(score)
    return Total(
        figures=len(group),
        inside=sum(score.inside for score in group),
        covered=sum(score.covered for score in group),
        by_parent=_mean([_mean([score.inside for score in family]) for family in families.values()]),
        covered_by_parent=_mean([_mean([score.covered for score in family]) for family in families.values()]),
        parents=len(families),
    )


def by_role(several: Sequence[Score]) -> dict[Role, Total]:
    """Shares of the figures the model was fitted to, and of those it never saw."""
    return {role: total(score for score in several if score.figure.role == role) for role in ROLES}


def two_sided_checks(several: Iterable[Score]) -> Total:
    """Shares of the check figures that are neither zeros nor mere bounds."""
    return total(score for score in several if score.figure.role == "check" and score.two_sided)


def by_topic(several: Sequence[Score]) -> dict[str, tuple[Score, ...]]:
    """The figures of each topic, calibration before check, in the file's order."""
    topics = dict.fromkeys(score.figure.topic for score in several)
    ordered = sorted(several, key=lambda score: ROLES.index(score.figure.role))
    return {topic: tuple(score for score in ordered if score.figure.topic == topic) for topic in topics}


def typical_error(several: Iterable[Score]) -> float:
    """Median size of the log errors, figures in days and zeros left out; a simulated nothing counts as infinite."""
    sizes = [
        abs(score.error) if score.error is not None else inf
        for score in several
        if not score.in_days and score.recorded.central
    ]
    middle = float(np.median(sizes)) if sizes else float("nan")
    return inf if isnan(middle) and sizes else middle


def _mean(shares: Sequence[float]) -> float:
    return sum(shares) / len(shares) if shares else 0.0
