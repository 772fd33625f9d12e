"""Licences asked for: luck decides whether each is granted, and how long the authority takes."""

from collections.abc import Iterator
from dataclasses import dataclass

from sim.facts.lawbook import Application, Granted, LawBook, LegalEvent
from sim.world.draws import Draws


@dataclass(frozen=True)
class Answer:
    """What an authority said to an application in one replication, and on which day."""

    application: Application
    day: int
    granted: bool

    def usable(self, day: int) -> bool:
        """Whether a licence can be used on a day: granted by then and not lapsed."""
        until = self.application.until
        return self.granted and self.day <= day and (until is None or day < until)

    def steps(self) -> Iterator[LegalEvent]:
        """The answer, and the lapse of what was granted, as entries of the legal calendar."""
        asked = self.application
        step = "issued" if self.granted else "refused"
        yield LegalEvent(self.day, asked.name, step, asked.title, asked.cause)
        if self.granted and asked.until is not None and asked.until > self.day:
            yield LegalEvent(asked.until, asked.name, "lapsed", asked.title, (asked.name, step))


def answers(law: LawBook, draws: Draws) -> tuple[Answer, ...]:
    """The authorities' answers in one replication; each is the same in every variant that asks for the same licence."""
    return tuple(_answer(asked, draws) for asked in law.applications)


def _answer(asked: Application, draws: Draws) -> Answer:
    granted = draws.uniform("licence", asked.name) < draws.value(asked.chance)
    return Answer(asked, max(asked.day + round(draws.value(asked.lag)), asked.earliest), granted)


def usable(given: tuple[Answer, ...], day: int) -> Granted:
    """Names of the licences that can be used on a day."""
    return frozenset(answer.application.name for answer in given if answer.usable(day))
