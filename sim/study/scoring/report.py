"""The verdict as a page of Markdown: totals, every figure by topic, every miss with its reason."""

from collections.abc import Iterator, Sequence

from sim.study.scoring.as_of_telling import GROUPS, as_of_words, by_knowledge
from sim.study.scoring.figures import ROLES
from sim.study.scoring.score import (
    COVERAGE,
    GOALS,
    Score,
    Total,
    by_role,
    by_topic,
    total,
    two_sided_checks,
    typical_error,
)
from sim.study.scoring.telling import (
    apart,
    closing,
    closing_luck,
    closing_two_sided,
    recorded_range,
    simulated_range,
    spelt,
)
from sim.study.scoring.verdict import Verdict

ISO = "%Y-%m-%d"
INTRODUCTION = """\
What is recorded of the world and measured by the model, side by side. The figures, their intervals and their roles
stand in `scenarios/observations.toml`: **calibration** figures set something (the model was fitted to them, or its data
cite them), so that meeting them tests nothing; **check** figures were kept away from the fit. *Inside* says that the
recorded interval holds the simulated median, *covered* that the simulated 90% interval holds the recorded value. Where
a source gives no interval the rule at the top of that file does, written before any comparison. IDs are rows of the
table of sources (`chipsim sources V13`); several figures may share an origin, so totals are told once more with one
vote an origin."""


def markdown(told: Verdict) -> str:
    """The page, ready to be written."""
    return "\n".join(_lines(told)) + "\n"


def _lines(told: Verdict) -> Iterator[str]:
    facts = told.run.manifest
    command = f"chipsim validate {facts['scenario']}" + (f" --as-of {told.as_of}" if told.as_of else "")
    yield "# Validation"
    yield f"\n{INTRODUCTION}\n"
    yield f"Made by `{command} --write FILE` from {facts['replications']} replications, seed {facts['seed']}."
    yield f"\n{closing(told)}"
    yield f"\n{closing_luck(told)}"
    yield f"\n{closing_two_sided(told)}"
    if told.as_of:
        yield from (f"\n{paragraph}" for paragraph in as_of_words(told))
    yield from _totals(told)
    for topic, group in by_topic(told.scores).items():
        yield f"\n## {topic}\n"
        yield from _table(group, told)
    yield from _misses(told)
    yield from _left_out(told)


def _totals(told: Verdict) -> Iterator[str]:
    yield "\n## Totals\n"
    yield "| figures | number | inside | goal | one vote an origin | covered | goal |"
    yield "|---|---:|---:|---:|---:|---:|---:|"
    for role, group in by_role(told.scores).items():
        yield _total_row(role, group, f"{GOALS[role]:.0%}")
    unseen = [s for s in told.scores if s.figure.role == ROLES[1] and s.name not in told.also_input]
    yield _total_row("check, rows that no value of the scenario cites", total(unseen), "")
    yield _total_row("check, without recorded zeros and one-sided bounds", two_sided_checks(told.scores), "")
    yield _total_row("all", total(told.scores), "")
    for name, part in by_knowledge(told).items():
        yield _total_row(f"as of {told.as_of}: {GROUPS[name]}", total(part), "")
    error = typical_error(told.scores)
    yield f"\nHalf of the medians lie within a factor {2.718281828459045**error:.2f} of what was recorded."


def _total_row(name: str, group: Total, goal: str) -> str:
    low, high = COVERAGE
    shares = (f"{group.inside} ({group.share:.0%})", goal, f"{group.by_parent:.0%}")
    covered = f"{group.covered} ({group.coverage:.0%})"
    return f"| {name} | {group.figures} | {' | '.join(shares)} | {covered} | {low:.0%}-{high:.0%} |"


def _table(group: Sequence[Score], told: Verdict) -> Iterator[str]:
    tense = "when |" if told.as_of else ""
    yield f"| figure | role |{tense} unit | recorded | interval | model | 90% | apart | inside | covered | rows |"
    yield f"|---|---|{'---|' if tense else ''}---|---:|---:|---:|---:|---:|---|---|---|"
    for score in group:
        figure = score.figure
        cells = [figure.what, figure.role, *([score.tense] if told.as_of else []), figure.unit]
        cells += [spelt(score, score.recorded.central, ISO), recorded_range(score, ISO)]
        cells += [spelt(score, score.p50, ISO), simulated_range(score, ISO), apart(score)]
        cells += ["yes" if score.inside else "**no**", "yes" if score.covered else "no", figure.source]
        yield f"| {' | '.join(cells)} |"


def _misses(told: Verdict) -> Iterator[str]:
    missed = [score for score in told.scores if not score.inside]
    yield "\n## Misses\n"
    if not missed:
        yield "None."
    for score in missed:
        why = score.figure.miss or "no reason is written down yet"
        yield f"- **{score.figure.what}** ({score.figure.role}): {_gap(score)}. {why[0].upper()}{why[1:]}."
    healed = [score.figure.what for score in told.scores if score.inside and score.figure.miss]
    if healed:
        yield f"\nA miss is explained in the file, yet these are inside: {', '.join(healed)}."


def _gap(score: Score) -> str:
    return f"{spelt(score, score.p50, ISO)} against {recorded_range(score, ISO)}"


def _left_out(told: Verdict) -> Iterator[str]:
    if told.left_out:
        yield "\n## Left out\n"
        yield from (f"- `{name}`: {reason}" for name, reason in told.left_out.items())
