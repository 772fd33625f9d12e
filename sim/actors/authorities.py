"""Authorities: rules leak, are announced, take force and are withdrawn, each on its day and in the log.

What a rule means was worked out before the run; here its dates pass. Whoever listens hears of an announcement and of a
change of regime on the day itself, makers before buyers.
"""

from itertools import groupby
from typing import Protocol

from sim.facts.lawbook import LawBook, LegalEvent
from sim.world.calendar import Phase, Process
from sim.world.journal import About
from sim.world.stage import Stage


class Listener(Protocol):
    """Whoever must act when the law moves."""

    def announced(self, day: int, event: int) -> None:
        """A rule was announced; ``event`` is its entry in the log."""

    def regime_changed(self, day: int) -> None:
        """What may be bought has changed today."""


def enact(stage: Stage, law: LawBook, listener: Listener) -> Process:
    """Let every dated step of the law happen inside the span."""
    ahead = [step for step in law.calendar if stage.clock.span.start <= step.day < stage.clock.span.end]
    for day, steps in groupby(ahead, key=lambda step: step.day):
        yield stage.clock.at(day, Phase.LAW)
        announcements = [event for step in steps if (event := _record(stage, step)) and step.step == "announced"]
        if day in law.epochs:
            stage.adopt(law.regime(day))
            listener.regime_changed(day)
        for event in announcements:
            listener.announced(day, event)


def _record(stage: Stage, step: LegalEvent) -> int:
    """Enter a step in the log, behind the step that brought it."""
    cause = stage.legal_events.get(step.cause) if step.cause else None
    about = About(step.subject, detail=step.title)
    subject = "licence" if step.step == "issued" else "rule"
    event = stage.journal.record(step.day, f"{subject} {step.step}", cause=cause, about=about)
    stage.legal_events[(step.subject, step.step)] = event
    return event
