"""The clock: whole days on SimPy, with a stated order for what falls on the same day."""

from collections.abc import Callable, Generator
from enum import IntEnum
from typing import Any

import simpy

from sim.facts.days import DAYS_PER_WEEK, Span

Process = Generator[simpy.Event, object, None]
"""A SimPy process: it waits, decides, books."""


class Phase(IntEnum):
    """Order within a day. SimPy's own events have priority 0 and 1, so phases start at 10."""

    LAW = 10
    DESIGN = 20
    LABS = 25
    WEEK = 30
    RECORD = 40


class Appointment(simpy.Event):
    """A certain future moment: a day, and a phase within it."""

    def __init__(self, env: simpy.Environment, delay: int, phase: Phase) -> None:
        super().__init__(env)
        self._ok = True
        self._value = None
        env.schedule(self, priority=phase, delay=delay)  # type: ignore[arg-type]  # any int is a priority


class Clock:
    """Days of one replication, from ``span.start`` up to and not including ``span.end``."""

    def __init__(self, span: Span) -> None:
        self.span = span
        self.env = simpy.Environment(initial_time=span.start)
        self._started: list[Generator[simpy.Event, Any, Any]] = []

    @property
    def today(self) -> int:
        """The current day."""
        return int(self.env.now)

    def at(self, day: int, phase: Phase) -> Appointment:
        """Wait for a phase of a day. A day that has passed is a ValueError."""
        today = self.today
        if day < today:
            raise ValueError(f"day {day} is before today {today}")
        return Appointment(self.env, day - today, phase)

    def signal(self) -> simpy.Event:
        """Something that processes can wait for until somebody makes it happen."""
        return self.env.event()

    def places(self, number: int) -> simpy.PriorityResource:
        """So many places that processes take one each, those of a lower priority number first, and first come, first
        served among equals. Less than one is a ValueError.
        """
        return simpy.PriorityResource(self.env, number)

    def start(self, process: Generator[simpy.Event, Any, Any]) -> simpy.Event:
        """Set a process going, today; gives what tells that it is over, and what it led to."""
        self._started.append(process)
        return self.env.process(process)

    def every_week(self, step: Callable[[int], None]) -> Process:
        """Call ``step(number)`` at the end of each whole week of the span; week 0 ends seven days after the start."""
        number = 0
        day = self.span.start + DAYS_PER_WEEK
        while day < self.span.end:
            yield Appointment(self.env, DAYS_PER_WEEK, Phase.WEEK)
            step(number)
            number += 1
            day += DAYS_PER_WEEK

    def run(self) -> None:
        """Let every day of the span pass. What still waits then is ended, or it would keep its world in memory."""
        self.env.run(until=self.span.end)
        for process in self._started:
            process.close()
