"""What buyers see coming: a part designed for China, one that the law is about to let in, a better one abroad.

They know what makers have begun and how long such a thing takes, what of the law is leaked or announced, and makers'
roadmaps for the rest of the world; no luck of theirs or of any authority's.
"""

from dataclasses import dataclass
from math import ceil

import numpy as np

from sim.actors.buyers import Appetite
from sim.actors.foreign import Desk, Launch
from sim.actors.relief import Coming, Denial, ageing, ahead, near
from sim.facts.days import DAYS_PER_WEEK, day_of
from sim.facts.works import PERIOD_WEEKS
from sim.world.draws import Floats
from sim.world.stage import Stage


@dataclass(frozen=True)
class Sight:
    """What is in sight in one replication, for buyers who would wait up to ``patience`` days.

    ``ageing``, (looks, holders), is the part of its price that the best chip sold abroad loses to one about to ship.
    """

    stage: Stage
    desks: list[Desk]
    patience: float
    ageing: Floats

    def ahead(self, now: Denial, worth: Floats) -> tuple[Floats, Floats]:
        """Shortage and gap of each holder, (holders,), for those who wait; chips are ``worth`` so much to each."""
        today = self.stage.clock.today
        coming = [part for desk in self.desks if (part := self._coming(desk, today)) is not None]
        return ahead(now, coming, worth, (today, self.patience))

    def _coming(self, desk: Desk, today: int) -> Coming | None:
        """The strongest part that a line is about to sell in China, or to sell more of."""
        stage = self.stage
        for part, launch in desk.awaited:
            chip, on_offer = stage.chip(part), part == desk.offer
            if launch.volume <= today if on_offer else self._far_off(chip, launch, today):
                continue
            if stage.barred[chip]:
                continue
            due = np.maximum(stage.outlook.due[:, chip], launch.first)
            if on_offer:
                due = np.where(stage.gates[:, chip], today, due)
            if np.count_nonzero(near(due, today, self.patience)):
                return Coming(chip, due, self._more(desk, part, launch, float(np.minimum.reduce(due))))
        return None

    def _far_off(self, chip: int, launch: Launch, today: int) -> bool:
        """Whether every day from which somebody may have a chip is farther off, or longer past, than any would wait."""
        outlook, first = self.stage.outlook, launch.first
        nearest, last = max(outlook.earliest[chip], first), max(outlook.latest[chip], first)
        return nearest - today >= self.patience or today - last >= self.patience

    def _more(self, desk: Desk, part: str, launch: Launch, first: float) -> float:
        """Chips that a line would bring of a part within the patience, beyond what it brings of the one on offer."""
        today, week = self.stage.clock.today, self.stage.week
        flowing = 0.0 if desk.offer is None else desk.launches[desk.offer].ramp(today)
        if flowing >= 1.0:
            return 0.0
        if part in desk.stopped and part not in desk.line.parts:
            first = max(first, today) + desk.terms.restart_lead.central
        more, begin = 0.0, max(ceil((first - today) / DAYS_PER_WEEK), 0)
        coming = desk.weekly_reach[week + begin : week + round(self.patience / DAYS_PER_WEEK)]
        for later, chips in enumerate(coming, begin):
            more += chips * max(launch.ramp(today + DAYS_PER_WEEK * later) - flowing, 0.0)
        return more


def watch(stage: Stage, desks: list[Desk], appetite: Appetite, recent: Floats, patience: float) -> Sight:
    """What is in sight in one replication; ``recent``, (looks, chips), can be had abroad at each look."""
    days, value = stage.days[::PERIOD_WEEKS], appetite.worth_per_dollar
    now = np.maximum.reduce((recent > 0)[:, None, :] * value, axis=2)
    lost = np.zeros(now.shape)
    for desk in desks:
        for part, when in desk.line.parts.items():
            if part not in desk.line.china_only:
                waiting = np.where(days < day_of(when), near(days, day_of(when), patience), 0.0)
                lost = np.maximum(lost, ageing(now, value[:, stage.chip(part)], waiting))
    return Sight(stage, desks, patience, lost)
