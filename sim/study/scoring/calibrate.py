"""Free values fitted to recorded history: least squares on weighted log residuals of ensemble middles.

All evaluations meet the same luck (one seed, the same replications), so that only the values differ. The middle of a
figure is the mean of the middle half of the replications: it moves smoothly where a median jumps. A residual is
ln(middle / recorded) over the standard deviation that the recorded interval implies on that side of its centre; for
dates it is the difference in days over that of the interval. What only bounds counts on its wrong side alone.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from math import exp, isfinite, log
from typing import Any

import numpy as np

from sim.facts.days import date_of
from sim.facts.estimate import Z95
from sim.study.ensemble import run_ensemble
from sim.study.keeping.tables import blocks, events_table
from sim.study.pool import chunk_size, sensible_jobs, workers
from sim.study.reading.load import load
from sim.study.replication import plan, replicate
from sim.study.scoring.figures import Interval, Observation, Observations, number, stretch
from sim.study.scoring.observed import observe
from sim.study.scoring.parameters import Dial, Problem
from sim.study.scoring.reading_off import first_days
from sim.world.draws import Floats

STEP = 0.03
"""Relative step of the finite differences: wide enough to outgrow the grain of whole chips."""

TOLERANCE = 1e-3
MOST_STEPS = 10
FLOOR = 0.01
"""A simulated middle below this part of the record counts as this part: nothing has no logarithm."""

NEVER_DAYS = 730.0
"""An event that did not come counts as so many days late."""

SLACK_DAYS = 366
"""Days simulated beyond the latest event that is fitted."""

Heard = Callable[[int, float], None]
"""Told the number of evaluations so far and the misfit of the last."""


def unheard(evaluations: int, misfit: float) -> None:
    """A fit that nobody watches."""


@dataclass(frozen=True)
class How:
    """How a fit is worked out: replications an evaluation, seed, processes, who is told."""

    replications: int = 30
    seed: int = 1
    jobs: int | None = None
    heard: Heard = unheard


@dataclass(frozen=True)
class Fitted:
    """One dial after the fit. ``spread`` is the standard deviation of its logarithm below and above its value.

    It follows from the targets' own intervals and is None if no target answers to the dial.
    """

    dial: Dial
    value: float
    spread: tuple[float, float] | None

    @property
    def felt(self) -> bool:
        """Whether any target answers to it."""
        return self.spread is not None

    @property
    def low(self) -> float:
        """5th percentile, within the bounds."""
        return max(self.value * exp(-Z95 * (self.spread or (0.0, 0.0))[0]), self.dial.parameter.low)

    @property
    def high(self) -> float:
        """95th percentile, within the bounds."""
        return min(self.value * exp(Z95 * (self.spread or (0.0, 0.0))[1]), self.dial.parameter.high)


@dataclass(frozen=True)
class Met:
    """One target: what was recorded, what the model said before and after, and both residuals."""

    name: str
    recorded: Interval
    before: float
    after: float
    residual_before: float
    residual_after: float


@dataclass(frozen=True)
class Fit:
    """A finished fit; misfits are half the sum of squared residuals."""

    problem: Problem
    dials: tuple[Fitted, ...]
    targets: tuple[Met, ...]
    evaluations: int
    misfit_before: float
    misfit_after: float
    ended: str

    @property
    def values(self) -> dict[str, float]:
        """The fitted values by parameter."""
        return {fitted.dial.name: fitted.value for fitted in self.dials}


@dataclass
class _Bench:
    """Where values are tried: the problem, the executor that is kept for the whole fit, and what has been tried."""

    problem: Problem
    how: How
    jobs: int
    executor: Executor | None
    base: tuple[str, ...]
    tried: dict[bytes, dict[str, float]] = field(default_factory=dict)

    def medians(self, x: Floats) -> dict[str, float]:
        """Every target's median with the dials at ``x`` times their starts."""
        if x.tobytes() not in self.tried:
            self.tried[x.tobytes()] = self._worked_out(x)
            told = self.weighed(self.tried[x.tobytes()])
            self.how.heard(len(self.tried), float(told @ told) / 2)
        return self.tried[x.tobytes()]

    def residuals(self, x: Floats) -> Floats:
        """Weighted residuals of every target with the dials at ``x`` times their starts, shape (targets,)."""
        return self.weighed(self.medians(x))

    def weighed(self, medians: Mapping[str, float]) -> Floats:
        """Residuals of every target, shape (targets,)."""
        targets = self.problem.targets
        return np.array([residual(f, targets.interval(n), medians[n]) for n, f in targets.figures.items()])

    def _worked_out(self, x: Floats) -> dict[str, float]:
        values = {d.name: d.start * float(t) for d, t in zip(self.problem.dials, x, strict=True)}
        settings = (*self.base, *self.problem.settings(values))
        scenario = load(self.problem.name, settings).scenario
        drawn = plan(scenario, self.how.seed)
        chunk = chunk_size(scenario.replications, self.jobs)
        ensemble = run_ensemble(partial(replicate, drawn), scenario.replications, self.executor, chunk=chunk)
        broken = [kept for kept in ensemble if kept.failure]
        if broken:
            raise ChildProcessError(f"replication {broken[0].number} failed with {values}: {broken[0].failure}")
        firsts = first_days(events_table(ensemble).lazy(), range(scenario.replications))
        told = observe(self.problem.targets.figures, blocks(ensemble, drawn.frame), drawn.frame, firsts).values
        return {name: middle(told[name]) for name in self.problem.targets.figures}


def middle(values: Floats) -> float:
    """Mean of the middle half of what is defined; infinite if that reaches what never came, NaN if nothing is."""
    defined = np.sort(values[~np.isnan(values)])
    cut = len(defined) // 4
    return float(defined[cut : len(defined) - cut].mean()) if len(defined) else float("nan")


def residual(figure: Observation, recorded: Interval, median: float) -> float:
    """How far a middle lies from its record, in standard deviations of the recorded interval on that side."""
    below, above = deviations(figure, recorded)
    if figure.event:
        late = median - recorded.central
        return (late if isfinite(late) else NEVER_DAYS) / (above if late > 0 else below)
    value = median if isfinite(median) else 0.0
    ratio = log(max(value / recorded.central, FLOOR))
    if figure.bound:
        ratio = min(ratio, 0.0) if figure.bound == "at least" else max(ratio, 0.0)
    return ratio / (above if ratio > 0 else below)


def deviations(figure: Observation, recorded: Interval) -> tuple[float, float]:
    """Standard deviations below and above the centre of a recorded interval: of days, or of the logarithm."""
    low, central, high = recorded.low, recorded.central, recorded.high
    if figure.event:
        return max((central - low) / Z95, 1.0), max((high - central) / Z95, 1.0)
    if figure.bound:
        return log(2.0) / (2 * Z95), log(2.0) / (2 * Z95)
    return max(log(central / max(low, FLOOR * central)) / Z95, 1e-3), max(log(high / central) / Z95, 1e-3)


def fit(problem: Problem, how: How) -> Fit:
    """Turn the dials until the targets are met as well as they can be."""
    from scipy.optimize import least_squares  # type: ignore[import-untyped]

    jobs = sensible_jobs(how.replications, how.jobs)
    starts = np.array([dial.start for dial in problem.dials])
    bounds = [np.array([getattr(d.parameter, end) for d in problem.dials]) / starts for end in ("low", "high")]
    base = (*problem.under, f"replications={how.replications}", *_cut(problem))
    with workers(jobs) as executor:
        bench = _Bench(problem, how, jobs, executor, base)
        start = np.ones(len(starts))
        before = bench.residuals(start)
        found: Any = least_squares(
            bench.residuals, start, bounds=bounds, diff_step=STEP, ftol=TOLERANCE, xtol=TOLERANCE, max_nfev=MOST_STEPS
        )
        after = bench.residuals(found.x)
    spread = _spread(problem.targets, found.jac * found.x, after)
    return Fit(
        problem=problem,
        dials=tuple(Fitted(d, d.start * float(t), s) for d, t, s in zip(problem.dials, found.x, spread, strict=True)),
        targets=_met(problem.targets, (bench.medians(start), before), (bench.medians(found.x), after)),
        evaluations=len(bench.tried),
        misfit_before=float(before @ before) / 2,
        misfit_after=float(after @ after) / 2,
        ended=str(found.message).rstrip("."),
    )


def _cut(problem: Problem) -> tuple[str, ...]:
    """The span ended soon after the last target: what comes later changes nothing before."""
    last = max(_last_day(figure) for figure in problem.targets.figures.values())
    month = date_of(last).replace(day=1)
    end, window = (month + timedelta(days=32)).replace(day=1), problem.loaded.scenario.window
    return (f"window.end={end}",) if window.start < end < window.end else ()


def _last_day(figure: Observation) -> int:
    if not figure.event:
        return max(stretch(part.period).end for part in figure.parts)
    if figure.since:
        return 10**6
    return int(number(figure.high or figure.central)) + SLACK_DAYS


def _spread(targets: Observations, jacobian: Floats, residuals: Floats) -> list[tuple[float, float] | None]:
    """Standard deviations of every dial's logarithm below and above; None where no target feels it.

    ``jacobian`` is that of the residuals, (targets, dials), each in deviations of the side on which its residual lies:
    taken back, and put in those of one side after the other, as targets rise with their dials.
    """
    sides = np.array([deviations(figure, targets.interval(name)) for name, figure in targets.figures.items()])
    raw = jacobian * np.where(residuals > 0, sides[:, 1], sides[:, 0])[:, None]
    felt = np.linalg.norm(jacobian, axis=0) > 1e-6
    spread: list[tuple[float, float] | None] = [None] * len(felt)
    below, above = (_deviations_of_dials(raw[:, felt] / side[:, None]) for side in sides.T)
    for place, dial in enumerate(np.flatnonzero(felt)):
        spread[dial] = (float(below[place]), float(above[place]))
    return spread


def _deviations_of_dials(jacobian: Floats) -> Floats:
    return np.asarray(np.sqrt(np.diag(np.linalg.pinv(jacobian.T @ jacobian))))


def _met(
    targets: Observations, before: tuple[Mapping[str, float], Floats], after: tuple[Mapping[str, float], Floats]
) -> tuple[Met, ...]:
    return tuple(
        Met(name, targets.interval(name), before[0][name], after[0][name], float(before[1][i]), float(after[1][i]))
        for i, name in enumerate(targets.figures)
    )
