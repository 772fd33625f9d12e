"""Authorities: rules leak, are announced, take force and are withdrawn, each on its day and in the log.

What a rule means was worked out before the run; here its dates pass. Luck decides on some licences: the answer comes on
a day of its own. Whoever listens hears of an announcement, of a change of regime and of what to expect on the day
itself, makers before buyers.
"""

from typing import Protocol

from sim.facts.days import Span, date_of
from sim.facts.lawbook import LawBook, LegalEvent
from sim.world.calendar import Phase, Process
from sim.world.journal import About
from sim.world.licences import Answer, answers, usable
from sim.world.stage import Stage

LICENCE_STEPS = ("issued", "refused", "lapsed")


class Listener(Protocol):
    """Whoever must act when the law moves."""

    def announced(self, day: int, event: int) -> None:
        """A rule was announced; ``event`` is its entry in the log."""

    def regime_changed(self, day: int) -> None:
        """What may be bought has changed today."""

    def outlook_changed(self, day: int) -> None:
        """What is to be expected of the law has changed today."""


def enact(stage: Stage, law: LawBook, listener: Listener) -> Process:
    """Let every dated step of the law happen inside the span."""
    given = answers(law, stage.draws)
    _stand(stage, law)
    _adopt(stage, law, given, stage.clock.today)
    for day, steps in _agenda(law, given, stage.clock.span).items():
        yield stage.clock.at(day, Phase.LAW)
        told = [(step.step, _record(stage, step)) for step in steps]
        _adopt(stage, law, given, day)
        if day in law.epochs or any(step in LICENCE_STEPS for step, _ in told):
            listener.regime_changed(day)
        listener.outlook_changed(day)
        for event in (event for step, event in told if step == "announced"):
            listener.announced(day, event)


def _stand(stage: Stage, law: LawBook) -> None:
    """Rules older than the run stand in the log from its first day, so that what they close can name them."""
    start = stage.clock.today
    for step in law.calendar:
        dates = law.days.get(step.subject)
        if step.day < start and step.step == "in force" and dates is not None and dates.counts(start):
            about = About(step.subject, detail=f"{step.title} (since {date_of(step.day)})")
            event = stage.journal.record(start, "rule standing", about=about)
            stage.legal_events[(step.subject, step.step)] = event


def _agenda(law: LawBook, given: tuple[Answer, ...], span: Span) -> dict[int, list[LegalEvent]]:
    """Days inside the span on which the law moves, in order, with its steps; a maker's new front abroad has none."""
    steps = [*law.calendar, *(step for answer in given for step in answer.steps())]
    agenda: dict[int, list[LegalEvent]] = {day: [] for day in sorted({*law.epochs, *(step.day for step in steps)})}
    for step in sorted(steps, key=lambda step: (step.subject, step.step)):
        agenda[step.day].append(step)
    return {day: agenda[day] for day in agenda if span.start <= day < span.end}


def _adopt(stage: Stage, law: LawBook, given: tuple[Answer, ...], day: int) -> None:
    """The law of the day, and what to expect of it."""
    granted = usable(given, day)
    stage.adopt(law.regime(day, granted))
    stage.outlook = law.outlook(day, granted)


def _record(stage: Stage, step: LegalEvent) -> int:
    """Enter a step in the log, behind the step that brought it."""
    cause = stage.legal_events.get(step.cause) if step.cause else None
    about = About(step.subject, detail=step.title)
    subject = "licence" if step.step in LICENCE_STEPS else "rule"
    event = stage.journal.record(step.day, f"{subject} {step.step}", cause=cause, about=about)
    stage.legal_events[(step.subject, step.step)] = stage.turned = event
    return event
