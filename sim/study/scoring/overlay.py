"""A fit written down: the fitted values as a file of the world, and a page that says how they came about."""

from collections.abc import Iterator, Mapping
from math import exp, sqrt
from pathlib import Path
from typing import Any

import tomli_w

from sim.facts.estimate import Z95
from sim.study.reading.keys import format_key, parse_key
from sim.study.reading.load import UNCOUNTED
from sim.study.reading.provenance import Origin
from sim.study.reading.sheet import take_apart
from sim.study.reading.shipped import home, label, read
from sim.study.reading.validate import tree_of
from sim.study.scoring.calibrate import Fit, Fitted
from sim.study.scoring.figures import DATE
from sim.study.scoring.score import Score
from sim.study.scoring.telling import spelt
from sim.study.sources import cited, table

WORLD = "world"


def overlay(fit: Fit, out: Path) -> str:
    """The fitted values as TOML, each with its source and, where it had one, its interval.

    A file among the shipped parts of a world stays such a part, and keeps what else it holds; any other file extends
    the fitted scenario, so that it can be run.
    """
    part = home() / WORLD in out.resolve().parents
    leaves = dict(_there(out)) if part else {}
    fresh = {key: Origin(_value(fit, key), _source(fit, key), label(out)) for key in fit.problem.keys}
    kept = {key: origin for key, origin in leaves.items() if key not in fresh}
    tree = _tree({**kept, **fresh})
    return f"{_comment(fit)}{tomli_w.dumps(tree if part else {**_heading(fit), **tree})}"


def _there(out: Path) -> Iterator[tuple[str, Origin]]:
    if out.is_file():
        for path, leaf in take_apart(read(out), label(out)).leaves.items():
            if path[-1] not in UNCOUNTED:
                yield format_key(path), Origin(leaf.value, leaf.source, leaf.file)


def _tree(leaves: Mapping[str, Origin]) -> dict[str, Any]:
    """Tables of the values, the source of a bare number in ``provenance``."""
    stated, bare = {}, {}
    for key, origin in leaves.items():
        whole = isinstance(origin.value, Mapping)
        value = {**origin.value, "source": origin.source} if whole else origin.value
        stated[parse_key(key)] = Origin(value, origin.source, origin.file)
        if not whole:
            bare[key] = origin.source
    return tree_of(stated) | ({"provenance": bare} if bare else {})


def _heading(fit: Fit) -> dict[str, Any]:
    name = fit.problem.loaded.scenario.name
    question = f"What does {name} say once its free values are fitted to the recorded calibration figures?"
    return {"title": f"{name}, fitted to recorded history", "question": question, "extends": fit.problem.name}


def _comment(fit: Fit) -> str:
    met = f"{len(fit.targets)} recorded figures, misfit {fit.misfit_before:.3g} before, {fit.misfit_after:.3g} after"
    return f"# Written by chipsim calibrate: values fitted to {met}.\n# Fit again rather than change them by hand.\n\n"


def _source(fit: Fit, key: str) -> str:
    """ "calibrated to V6; S3-10: ..." with the rows of the figures that the key's dials answer to."""
    rows, named = table(), [d for d in fit.problem.dials if d.parameter.key == key]
    targets = dict.fromkeys(target for dial in named for target in dial.parameter.targets)
    figures = [fit.problem.targets.figures[target] for target in targets]
    ids = dict.fromkeys(row for figure in figures for row in cited(figure.source, rows))
    return f"calibrated to {'; '.join(ids) or 'recorded figures'}: fitted to {', '.join(targets)}"


def _value(fit: Fit, key: str) -> Any:
    leaf = fit.problem.leaf(key, {name: _rounded(value) for name, value in fit.values.items()})
    turned = [one for one in fit.dials if one.dial.parameter.key == key and one.felt]
    turned = [one for one in turned if one.dial.parameter.interval == "fitted"]
    if not isinstance(leaf, Mapping):
        return _rounded(leaf)
    if "points" in leaf:
        points = {day: _rounded(number) for day, number in leaf["points"].items()}
        return {**leaf, "points": points, **(_relative(turned) if leaf.get("relative_low") is not None else {})}
    ends = {"low": _rounded(turned[0].low), "high": _rounded(turned[0].high)} if turned and "low" in leaf else {}
    return {**leaf, "central": _rounded(leaf["central"]), **ends}


def _relative(turned: list[Fitted]) -> dict[str, float]:
    """One relative interval for a series whose fitted points have several: their mean square."""
    if not turned:
        return {}
    sides = [one.spread or (0.0, 0.0) for one in turned]
    below, above = (Z95 * sqrt(sum(side[end] ** 2 for side in sides) / len(turned)) for end in (0, 1))
    return {"relative_low": _rounded(exp(-below)), "relative_high": _rounded(exp(above))}


def _rounded(value: float) -> float:
    """Four figures: more would pretend."""
    return float(f"{value:.4g}")


def page(fit: Fit) -> str:
    """The fit as Markdown: every dial from start to fitted, every target before and after."""
    return "\n".join(_page(fit)) + "\n"


def _page(fit: Fit) -> Iterator[str]:
    yield f"# Calibration of {fit.problem.loaded.scenario.name}\n"
    yield "Weighted least squares on ln(middle / recorded), common random numbers, calibration figures only."
    yield f"{fit.evaluations} ensembles; misfit {fit.misfit_before:.4g} at first, {fit.misfit_after:.4g} at the end."
    yield f"It ended because: {fit.ended}.\n"
    yield "| parameter | key | start | fitted | 5% | 95% | bounds |"
    yield "|---|---|---:|---:|---:|---:|---|"
    for one in fit.dials:
        p, ends = one.dial.parameter, (f"{one.low:.4g}", f"{one.high:.4g}") if one.felt else ("not", "felt")
        yield (
            f"| {one.dial.name} | `{p.key}` | {one.dial.start:.4g} | {one.value:.4g} | {ends[0]} | {ends[1]} "
            f"| {p.low:g} to {p.high:g} |"
        )
    yield "\nIntervals follow from the targets' recorded intervals alone. Not felt: no target moved when it was turned,"
    yield "in this fit's replications; what comes about in few of them, smuggling for one, may only show in more.\n"
    yield "| target | unit | recorded | before | after | residual before | after |"
    yield "|---|---|---:|---:|---:|---:|---:|"
    for met in fit.targets:
        figure = fit.problem.targets.figures[met.name]
        score = Score(met.name, figure, met.recorded, met.before, met.before, met.after)
        told = [spelt(score, value) for value in (met.recorded.central, met.before, met.after)]
        unit = "day" if figure.unit == DATE else figure.unit
        yield f"| {met.name} | {unit} | {' | '.join(told)} | {met.residual_before:+.2f} | {met.residual_after:+.2f} |"
    yield "\nResiduals are in standard deviations of the recorded interval."
