"""A run held against recorded history: the scores, what could not be scored, and what it was allowed to know."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sim.facts.days import day_of
from sim.facts.errors import Fault, InputError
from sim.study.audit import is_number
from sim.study.keeping.results import Run
from sim.study.question import Asked, Question, ask
from sim.study.reading.load import Loaded, load
from sim.study.reading.provenance import Origin
from sim.study.scoring.as_of import Knowledge, as_of_date, known_on
from sim.study.scoring.calibrate import How
from sim.study.scoring.faults import unknown_labels
from sim.study.scoring.figures import Observations, stretch
from sim.study.scoring.luck import Likely, likely
from sim.study.scoring.observations import recorded
from sim.study.scoring.observed import observed_in
from sim.study.scoring.reading_off import NO_LABS
from sim.study.scoring.refit import fitted_again
from sim.study.scoring.score import Score, scores
from sim.study.sources import cited, table
from sim.world.series import OF_LABS

BASELINE = "scenarios/baseline.toml"


@dataclass(frozen=True)
class Verdict:
    """The scores of one run, and how many figures would lie inside on other luck, by role.

    ``also_input`` names, by figure, a value of the scenario that cites one of its rows.
    """

    run: Run
    scores: tuple[Score, ...]
    likely: Likely
    left_out: Mapping[str, str]
    also_input: Mapping[str, str]
    as_of: date | None = None
    knowledge: Knowledge | None = None


@dataclass(frozen=True)
class Examination:
    """What is to be run, and as of which day."""

    question: Question
    as_of: date | None
    knowledge: Knowledge | None


@dataclass(frozen=True)
class AsOfDay:
    """``--as-of`` and ``--refit`` as typed, and how a fit is worked out."""

    text: str | None = None
    refit: bool = False
    how: How = field(default_factory=How)

    @property
    def day(self) -> date | None:
        """The day; None without one. InputError if it is no date, or if a fit is asked for without a day."""
        if self.refit and self.text is None:
            raise InputError((Fault("", "--refit", "there is no day to fit as of", "give --as-of 2024-01-01 too"),))
        return as_of_date(self.text) if self.text is not None else None


def examination(name: str, asked: Asked, as_of: AsOfDay) -> Examination:
    """The question whose answer is scored. InputError for a bad scenario, a bad day or figures the world has not."""
    when = as_of.day
    loaded = load(name, asked.settings)
    _check_labels(loaded, recorded())
    knowledge = known_on(loaded, when) if when else None
    if knowledge and when and as_of.refit:
        knowledge = fitted_again(name, loaded, knowledge, when, as_of.how)
    settings = (*asked.settings, *(knowledge.settings if knowledge else ()))
    question = ask(name, Asked(settings, asked.replications, asked.seed, asked.until))
    return Examination(question, when, knowledge)


def verdict(run: Run, examined: Examination) -> Verdict:
    """Every figure that the run tells of, scored."""
    observations, loaded = recorded(), examined.question.loaded
    observed = observed_in(run.path)
    told = scores(observations, observed, examined.as_of)
    luck = likely(told, observed, examined.question.seed)
    missing = [name for name in observations.figures if name not in {score.name for score in told}]
    left_out = {name: _why(name, observations, loaded) for name in missing}
    return Verdict(
        run, told, luck, left_out, inputs(observations, loaded.provenance), examined.as_of, examined.knowledge
    )


def inputs(observations: Observations, values: Mapping[str, Origin]) -> dict[str, str]:
    """For every figure one of whose rows a number of the scenario cites too, the first such number's key.

    The number may rest on something else that the row says.
    """
    rows = table()
    citing: dict[str, str] = {}
    for key, origin in values.items():
        for row in cited(origin.source, rows) if is_number(origin.value) else ():
            citing.setdefault(row, key)
    found = {name: _first_cited(cited(f.source, rows), citing) for name, f in observations.figures.items()}
    return {name: key for name, key in found.items() if key}


def _first_cited(rows: tuple[str, ...], citing: Mapping[str, str]) -> str:
    return next((citing[row] for row in rows if row in citing), "")


def _check_labels(loaded: Loaded, observations: Observations) -> None:
    """In a world that grew out of the baseline every name must exist; in another one none need."""
    faults: list[Fault] = []
    for name, figure in observations.figures.items():
        faults += unknown_labels(name, figure, loaded.scenario, observations.file)
    if faults and BASELINE in loaded.layers:
        raise InputError(tuple(faults))
    if {fault.key.split(".")[1] for fault in faults} >= {*observations.figures}:
        problem = "no recorded figure speaks of this world's chips and makers"
        raise InputError((Fault(loaded.file, "", problem, "validate a scenario that extends the baseline"),))


def _why(name: str, observations: Observations, loaded: Loaded) -> str:
    figure, scenario = observations.figures[name], loaded.scenario
    if faults := unknown_labels(name, figure, scenario, observations.file):
        return faults[0].problem
    if not scenario.labs and any(part.measure in OF_LABS for part in figure.parts):
        return NO_LABS
    start, end = day_of(scenario.window.start), day_of(scenario.window.end)
    spans = [stretch(part.period) for part in figure.parts]
    if any(span.start < start or span.end > end for span in spans):
        return f"{', '.join(part.period for part in figure.parts)} is not wholly inside the simulated days"
    return "undefined in every replication"


def facts(told: Verdict) -> dict[str, Any]:
    """What was scored, for JSON and for headings."""
    asked = {key: told.run.manifest[key] for key in ("scenario", "seed", "replications")}
    known = told.knowledge
    return {
        **asked,
        "path": str(told.run.path),
        "as_of": told.as_of.isoformat() if told.as_of else None,
        "dropped_rules": list(known.dropped) if known else [],
        "rules_only_leaked": list(known.leaked) if known else [],
        "not_yet_launched": list(known.unlaunched) if known else [],
        "first_value_kept": list(known.treated("first value kept")) if known else [],
    }
