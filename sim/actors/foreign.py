"""Foreign makers: what a wafer line sends to China, and the part it designs when a rule closes the last one.

A line sells China the strongest part that the law leaves open, never more than its share of the line's output; the rest
of the line sells abroad. When a rule is announced that closes the part on sale, the maker starts the strongest legal
design of its grid. A cut interconnect is fused into finished dies in weeks; a cut die takes months and ramps up.
"""

from dataclasses import dataclass, field

from sim.facts.chips import Chip, central
from sim.facts.days import DAYS_PER_QUARTER, DAYS_PER_WEEK, day_of
from sim.facts.designs import Design
from sim.facts.lawbook import LawBook
from sim.facts.makers import ForeignMaker, Line
from sim.world.calendar import Phase, Process
from sim.world.journal import About
from sim.world.stage import Stage

CHANGES = {"fuse": "interconnect fused in finished dies", "new": "a new part of the same wafers"}


@dataclass(frozen=True)
class Launch:
    """When a part first ships, when it ships in volume, and the event that brought it."""

    first: int
    volume: int
    event: int | None = None

    def ramp(self, day: int) -> float:
        """Share of full supply reached on a day: 0 at first shipment, 1 from volume on."""
        if day < self.first:
            return 0.0
        return 1.0 if day >= self.volume else (day - self.first) / (self.volume - self.first)


@dataclass
class Desk:
    """One wafer line's China desk in one replication: the part on offer, and what became of the others.

    ``output`` and ``share_cap`` are weekly lists: chips the line makes for the world, and the share China can get.
    ``aim`` is the part it sells China, or is designing to; ``started`` holds the log entry of every design begun.
    """

    maker: str
    name: str
    line: Line
    terms: ForeignMaker
    law: LawBook
    output: list[float]
    share_cap: list[float]
    launches: dict[str, Launch] = field(default_factory=dict)
    started: dict[str, int] = field(default_factory=dict)
    stopped: set[str] = field(default_factory=set)
    offer: str | None = None
    aim: str | None = None
    carried: float = 0.0


def open_desk(stage: Stage, law: LawBook, maker: str, name: str, terms: ForeignMaker) -> Desk:
    """A line's desk at the start of a replication; the parts it sells anywhere are launched on their dates."""
    line = terms.lines[name]
    desk = Desk(
        maker,
        name,
        line,
        terms,
        law,
        output=(stage.draws.curve(line.output, stage.days) * DAYS_PER_WEEK / DAYS_PER_QUARTER).tolist(),
        share_cap=stage.draws.curve(line.china_share_cap, stage.days).tolist(),
    )
    for part, when in line.parts.items():
        stage.clock.start(_release(stage, desk, part, max(day_of(when), stage.clock.today)))
    return desk


def _release(stage: Stage, desk: Desk, part: str, day: int) -> Process:
    """A part sold anywhere in the world becomes available on its day; if China may not have it, a cut one is begun."""
    yield stage.clock.at(day, Phase.DESIGN)
    event = stage.journal.record(day, "part launched", about=About(desk.maker, part))
    desk.launches[part] = Launch(day, day, event)
    choose_offer(stage, desk, event)
    respond(stage, desk, event)


def reach(desk: Desk, week: int) -> float:
    """Chips a week that China could get of the line once the part on offer has ramped up."""
    return desk.output[week] * desk.share_cap[week]


def batch(desk: Desk, week: int, day: int, wanted: int) -> int:
    """Chips the line finishes for China this week: its reach as far as the part has ramped, at most what is wanted."""
    if desk.offer is None:
        return 0
    possible = reach(desk, week) * desk.launches[desk.offer].ramp(day) + desk.carried
    made = min(int(possible), wanted)
    desk.carried = min(possible - made, 1.0)
    return made


def strength(chip: Chip) -> tuple[float, ...]:
    """How makers rank what they may sell: by TPP, then memory bandwidth, then interconnect."""
    return (chip.tpp or 0.0, central(chip.memory_bandwidth) or 0.0, central(chip.interconnect) or 0.0)


def choose_offer(stage: Stage, desk: Desk, cause: int | None = None) -> None:
    """Put the strongest launched part that anybody may still buy on offer, and log a change."""
    open_parts = [part for part in desk.launches if stage.open_to_some(part)]
    best = max(open_parts, key=lambda part: strength(desk.law.chips[part]), default=None)
    if best == desk.offer:
        return
    if desk.offer is not None:
        stage.offered[stage.chip(desk.offer)] = False
        _withdraw(stage, desk, desk.offer, cause)
    if best is not None:
        stage.offered[stage.chip(best)] = True
        _resume(stage, desk, best, stage.clock.today)
        if desk.aim is None or strength(desk.law.chips[best]) > strength(desk.law.chips[desk.aim]):
            desk.aim = best
    desk.offer = best


def _withdraw(stage: Stage, desk: Desk, part: str, cause: int | None) -> None:
    """A part leaves the China market: closed by a rule, or replaced by a better one."""
    closed = not stage.open_to_some(part)
    kind, cause = ("sales stopped", stage.closing_event(part)) if closed else ("part superseded", cause)
    desk.stopped.add(part)
    stage.journal.record(stage.clock.today, kind, cause=cause, about=About(desk.maker, part))


def _resume(stage: Stage, desk: Desk, part: str, today: int) -> None:
    """A part that was stopped needs its wafer line restarted before it ships again."""
    if part not in desk.stopped:
        return
    ready = today + round(stage.draws.value(desk.terms.restart_lead))
    desk.launches[part] = Launch(ready, ready, desk.launches[part].event)
    stage.journal.record(today, "line restarted", cause=desk.launches[part].event, about=About(desk.maker, part))


def respond(stage: Stage, desk: Desk, cause: int) -> None:
    """If the law as announced closes what the line aims to sell, begin the strongest design it leaves open."""
    today = stage.clock.today
    choice = desk.law.choice(desk.maker, desk.name, today)
    if choice is None or choice.design is None or choice.design.change == "none" or today < day_of(desk.line.silicon):
        return
    design = choice.design
    if desk.aim is not None and strength(design.chip) >= strength(desk.law.chips[desk.aim]):
        return
    desk.aim = design.name
    if design.name in desk.launches or design.name in desk.started:
        return
    behind = stage.legal_events.get((choice.because, "announced"), cause) if choice.day == today else cause
    about = About(desk.maker, design.name, detail=CHANGES[design.change])
    desk.started[design.name] = stage.journal.record(today, "design started", cause=behind, about=about)
    stage.clock.start(_redesign(stage, desk, design))


def _redesign(stage: Stage, desk: Desk, design: Design) -> Process:
    """From the day a rule closes a part to the first shipment of its successor."""
    launch = _schedule(stage, desk, design)
    yield stage.clock.at(launch.first, Phase.DESIGN)
    about = About(desk.maker, design.name)
    started = desk.started[design.name]
    if not stage.open_to_some(design.name):
        closed_by = stage.closing_event(design.name) or started
        stage.journal.record(launch.first, "design shelved", cause=closed_by, about=about)
        return
    event = stage.journal.record(launch.first, "first shipment", cause=started, about=about)
    desk.launches[design.name] = Launch(launch.first, launch.volume, event)
    choose_offer(stage, desk, event)


def _schedule(stage: Stage, desk: Desk, design: Design) -> Launch:
    """First shipment and volume: the lead of the kind of change, never before the silicon itself ships in volume."""
    terms, today = desk.terms, stage.clock.today
    luck = stage.draws.uniform("lead", f"{desk.maker}/{desk.name}/{design.name}")
    fused = design.change == "fuse"
    first = today + round((terms.fuse_lead if fused else terms.design_lead).quantile(luck))
    volume = first if fused else today + round(terms.volume_lead.quantile(luck))
    silicon = day_of(desk.line.volume)
    return Launch(max(first, silicon), max(volume, silicon))
