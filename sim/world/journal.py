"""The event log: what happened on which day, to whom, and because of which earlier event."""

from dataclasses import dataclass, field
from typing import NamedTuple


class Event(NamedTuple):
    """One entry: ``cause`` is the id of the event behind it, None for what nobody in the model brought about."""

    id: int
    cause: int | None
    day: int
    kind: str
    actor: str = ""
    chip: str = ""
    quantity: float | None = None
    unit: str = ""
    detail: str = ""
    item: str = ""


class About(NamedTuple):
    """Whom and what an event concerns."""

    actor: str = ""
    chip: str = ""
    quantity: float | None = None
    unit: str = ""
    detail: str = ""
    item: str = ""


NOBODY = About()


@dataclass
class Journal:
    """The log of one replication. Ids count from 1 in the order of entry."""

    events: list[Event] = field(default_factory=list)

    def record(self, day: int, kind: str, *, cause: int | None = None, about: About = NOBODY) -> int:
        """Enter an event and return its id, so that what follows can name it as its cause."""
        number = len(self.events) + 1
        self.events.append(Event(number, cause, day, kind, *about))
        return number
