"""The fleet's compute: training runs and research on one side, serving users on the other, and what either lacks.

Who comes first is a stated policy, by holder and stack. Where training does, research holds chips by day only as far as
the nights of those that serve do not suffice; everything else serves. Where serving does, research has what it leaves.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sim.actors.serving import Users, by_day
from sim.needs import Needs
from sim.ranks import Ranks
from sim.stacks import parts, unmet_share
from sim.world.draws import Floats
from sim.world.ledger import Ints
from sim.world.stage import Stage
from sim.world.yard import Yard

TINY = 1e-9


@dataclass(frozen=True)
class Worth:
    """What a chip counts for: H100-equivalents by ``training`` and ``inference`` value on its own stack, 0 on others,
    both (chips, stacks), ``serving`` by inference value on any, its ``tpp`` and, in a cluster, H100s by ``arithmetic``,
    all (chips,).
    """

    training: Floats
    inference: Floats
    serving: Floats
    tpp: Floats
    arithmetic: Floats


class Split(NamedTuple):
    """What chips do, at home and abroad, both (months, holders, chips): those that train, in final runs or a part of
    their time in research, and those that serve, when users are awake."""

    trains: Floats
    serves: Floats


@dataclass(frozen=True)
class Seen:
    """What was so on month ends: ``weeks``, (months,), the last that was over, ``tokens`` a day asked of labs, (months,
    labs); by account, at home and then abroad, ``training``, the chips that runs held, (months, accounts, chips), and
    research ``given``, FLOP a day, (months, accounts), and the part of its ``time`` that a chip had for it, (months,
    accounts, chips); by holder, (months, holders), what research and other training were ``lacking``, the H100s that
    would do what was not done, and what ``users`` of labs' models and, with other work, all serving ``wanted``, by
    inference value; and the clusters for which runs were ``waiting`` on a stack, by training value, (months, holders,
    stacks).
    """

    weeks: Ints
    training: Ints
    tokens: Floats
    given: Floats
    time: Floats
    lacking: Floats
    waiting: Floats
    users: Floats
    wanted: Floats


@dataclass
class Compute:
    """The use of all chips in one replication.

    ``home`` is the holder of every lab and ``share`` the part of its chips it may use, both (labs,),
    ``abroad`` that of its chips abroad, (weeks, labs).
    """

    stage: Stage
    yard: Yard
    users: Users
    needs: Needs
    worth: Worth
    ranks: Ranks
    labs: tuple[str, ...]
    home: Ints
    share: Floats
    abroad: Floats
    seen: Seen

    def step(self, week: int) -> None:
        """A week of training; users learn of what was released."""
        self.yard.step(week)
        for day, project, later in self.yard.released:
            waits = np.array([stack in later for stack in self.stage.frame.stacks])
            self.users.receive(day, (project.name, self.labs.index(project.lab)), project.saves, waits)
        for day, name, stack in self.yard.ported:
            self.users.ported(day, name, self.stage.frame.stacks.index(stack))
        self.yard.released.clear()
        self.yard.ported.clear()

    def _share_time(self, week: int, users: Floats) -> None:
        """What serving leaves to research from now on; ``users`` of models need so much, (holders,)."""
        ledger = self.stage.ledger
        able = (ledger.held - ledger.training[: ledger.abroad]) * self.worth.serving
        self.yard.time = self.ranks.time(week, able, users, users + self.yard.other.inference(week))

    def look(self, month: int) -> None:
        """The month's last day; what users and other work ask for is as of the week before it.

        Research hears what serving leaves it and, from the first lab's beginning on, buyers hear what is needed.
        """
        seen, week, today = self.seen, self.stage.week_over, self.stage.clock.today
        tokens = self.users.tokens(week, today)
        if self.yard.stale:
            self.yard.share_out(week)
        seen.weeks[month], seen.tokens[month], seen.given[month] = week, tokens, self.yard.given
        seen.training[month], seen.time[month] = self.stage.ledger.training, self.yard.time
        seen.users[month] = self.users.need(week, today, tokens, self._on_stacks(today))
        seen.wanted[month] = seen.users[month] + self.yard.other.inference(week)
        given = np.add.reduce(self.yard.given.reshape(2, -1))
        seen.lacking[month] = np.maximum(self.yard.asked - given, 0.0) / self.yard.h100_day
        for wait in self.yard.waiting:
            stack = self.stage.frame.stacks.index(wait.stack)
            seen.waiting[month, wait.holder, stack] += wait.worth(self.worth.training)
        if self.yard.begun:
            self.needs.tell(week, seen.users[month])
        self._share_time(week, seen.users[month])
        self.yard.stale = True

    def _on_stacks(self, today: int) -> Floats | None:
        """The part of each holder's chips, at home and abroad, that is of each stack, (holders, stacks).

        None while all stacks serve alike, for which nobody needs to know.
        """
        if today >= self.users.even:
            return None
        return parts((self.stage.ledger.held + self.stage.ledger.offshore) @ self.worth.inference)

    def close(self) -> None:
        """All is over: what waits is logged, and what chips did on month ends is worked out."""
        self.yard.close()
        levels, seen, split = self.stage.recorder.levels, self.seen, self.split()
        training, inference = split.trains @ self.worth.training, split.serves @ self.worth.inference
        able, wanted = np.add.reduce(inference, axis=2), seen.wanted
        served = np.minimum(able / np.maximum(seen.users, TINY), 1.0)
        busy = np.minimum(wanted / np.maximum(able, TINY), 1.0)
        lacking = np.maximum(wanted - able, 0.0)[:, :, None] * parts(inference)
        self._tell("inference", inference, lacking, lacking + inference * busy[:, :, None])
        lacking = seen.lacking[:, :, None] * parts(training) + seen.waiting
        self._tell("training", training, lacking, lacking + training)
        levels["tokens"] = seen.tokens * (self.users.market.routes[seen.weeks] @ served[:, :, None])[:, :, 0]
        levels["inference_share"] = self._share(split, busy)
        levels["largest_cluster"] = self._largest()

    def _tell(self, use: str, capacity: Floats, lacking: Floats, asked: Floats) -> None:
        """What there is of a use, what is lacking and what is asked for, all (months, holders, stacks)."""
        levels = self.stage.recorder.levels
        levels[f"{use}_capacity"], levels[f"{use}_demand"], levels[f"unmet_{use}"] = capacity, asked, lacking
        levels[f"unmet_{use}_share"] = unmet_share(lacking, asked)

    def split(self) -> Split:
        """What every chip does, at home and abroad. Research has at most what the clusters placed since leave."""
        levels, seen = self.stage.recorder.levels, self.seen
        free = np.concatenate([levels["stock"], levels["offshore"]], axis=1) - seen.training
        able = (free * seen.time) @ self.yard.shop.research
        part = seen.time * np.minimum(seen.given / np.maximum(able, TINY), 1.0)[:, :, None]
        trains = seen.training + free * part
        serves = free - free * self.ranks.first * by_day(part, self.ranks.idle)
        holders = levels["stock"].shape[1]
        return Split(trains[:, :holders] + trains[:, holders:], serves[:, :holders] + serves[:, holders:])

    def _share(self, split: Split, busy: Floats) -> Floats:
        """The part of the compute in use that serves, by TPP and hours, (months,); NaN while none is in use."""
        serving = np.add.reduce(busy * (split.serves @ self.worth.tpp), axis=1) * (1.0 - self.ranks.idle)
        whole = serving + np.add.reduce(split.trains @ self.worth.tpp, axis=1)
        return np.asarray(np.divide(serving, whole, out=np.full(len(whole), np.nan), where=whole > 0))

    def _largest(self) -> Floats:
        """The most of one kind of chip in one place that each lab may train on, by arithmetic, (months, labs)."""
        levels, arithmetic = self.stage.recorder.levels, self.worth.arithmetic
        here, there = (np.maximum.reduce(levels[at] * arithmetic, axis=2)[:, self.home] for at in ("stock", "offshore"))
        return np.asarray(np.maximum(here * self.share, there * self.abroad[self.seen.weeks]))
