"""Foreign makers: what a wafer line sends to China, and the part it designs when a rule closes the last one.

A line sells China the strongest part that the law leaves open, up to its share of the line's output or to what the rest
of the world no longer takes; the rest of the line sells abroad. When a rule is announced that closes the part on sale,
the maker starts the strongest legal design of its grid. A cut interconnect is fused into finished dies in weeks; a cut
die takes months and ramps up. What was finished or begun of a closed part is lost, as far as it cannot be used again;
wafers of a part made for China alone are finished all the same, and wait with the maker for another day.
"""

from dataclasses import dataclass, field

import numpy as np

from sim.facts.days import DAYS_PER_WEEK, day_of
from sim.facts.designs import TOLERANCE, Design
from sim.facts.lawbook import LawBook
from sim.facts.makers import ForeignMaker, Line
from sim.facts.stranding import Stranded, stranded
from sim.world.calendar import Phase, Process
from sim.world.draws import Floats
from sim.world.flows import Flow, flow_of, sold_as
from sim.world.journal import About
from sim.world.stage import Stage

WEEKS_BEYOND = 104
"""Weeks of a line's reach beyond the run: what is begun near its end is worth what it would be in a longer run."""

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

    ``weekly_reach`` is the flow's, as a list that goes on beyond the run; ``ahead`` are the weeks of it kept finished
    beyond orders; ``mix`` are the shares of parts in what is sold outside China, (weeks, chips). ``aim`` is the part
    it sells China, or is designing to; ``started`` holds the log entry of every design begun, ``usual`` when it would
    ship if it took as long as such designs usually take; ``awaited`` are the parts of which China may come to get more,
    the strongest first, with the launch that is known or usual. Of closed parts, ``lost`` are the chips written off, in
    stock or still to come, and ``finishing`` those that come week by week.
    """

    maker: str
    name: str
    line: Line
    terms: ForeignMaker
    law: LawBook
    flow: Flow
    weekly_reach: list[float]
    ahead: float
    mix: Floats
    launches: dict[str, Launch] = field(default_factory=dict)
    started: dict[str, int] = field(default_factory=dict)
    usual: dict[str, Launch] = field(default_factory=dict)
    awaited: list[tuple[str, Launch]] = field(default_factory=list)
    stopped: set[str] = field(default_factory=set)
    lost: dict[str, int] = field(default_factory=dict)
    finishing: dict[str, list[int]] = field(default_factory=dict)
    offer: str | None = None
    aim: str | None = None
    carried: float = 0.0


def open_desk(stage: Stage, law: LawBook, maker: str, name: str, terms: ForeignMaker) -> Desk:
    """A line's desk at the start of a replication; the parts it sells anywhere are launched on their dates."""
    line = terms.lines[name]
    beyond = stage.days[-1] + DAYS_PER_WEEK * np.arange(1, WEEKS_BEYOND + 1)
    later = flow_of(line, stage.draws, np.concatenate([stage.days, beyond]))
    flow = Flow(*(curve[: len(stage.days)] for curve in (later.output, later.abroad, later.reach)))
    ahead = stage.draws.value(terms.pipeline.finished_ahead) / DAYS_PER_WEEK
    desk = Desk(maker, name, line, terms, law, flow, later.reach.tolist(), ahead, sold_as(stage, law, line))
    for part, when in line.parts.items():
        stage.clock.start(_release(stage, desk, part, max(day_of(when), stage.clock.today)))
    return desk


def _release(stage: Stage, desk: Desk, part: str, day: int) -> Process:
    """A part sold anywhere in the world becomes available on its day; if China may not have it, a cut one is begun."""
    yield stage.clock.at(day, Phase.DESIGN)
    event = stage.journal.record(day, "part launched", about=About(desk.maker, part))
    _launch(stage, desk, part, Launch(day, day, event))
    respond(stage, desk, event)


def _launch(stage: Stage, desk: Desk, part: str, launch: Launch) -> None:
    """A part is for sale, in China or elsewhere; the desk chooses anew what it offers China."""
    desk.launches[part] = launch
    desk.awaited = _awaited(desk)
    choose_offer(stage, desk, launch.event)


def _awaited(desk: Desk) -> list[tuple[str, Launch]]:
    """Designs begun, the part on offer, and of the parts sold abroad the strongest, by strength."""
    strength, launches, offer = desk.law.strength, desk.launches, desk.offer
    awaited = {part: usual for part, usual in desk.usual.items() if part not in launches}
    abroad = [part for part in launches if part in desk.line.parts and part != offer]
    if abroad:
        best = max(abroad, key=lambda part: strength[part])
        awaited[best] = launches[best]
    if offer is not None:
        awaited[offer] = launches[offer]
    return sorted(awaited.items(), key=lambda one: strength[one[0]], reverse=True)


def reach(desk: Desk, week: int) -> float:
    """Chips a week that China could get of the line once the part on offer has ramped up."""
    return desk.weekly_reach[week]


def batch(desk: Desk, week: int, day: int, short: int) -> int:
    """Chips the line finishes for China this week: its reach as far as the part has ramped, at most what is wanted.

    Wanted is what open orders are ``short`` of in stock (below zero, stock beyond orders) and, of a part in volume,
    what is kept finished ahead of orders.
    """
    if desk.offer is None:
        return 0
    launch, most = desk.launches[desk.offer], reach(desk, week)
    possible = most * launch.ramp(day) + desk.carried
    ahead = int(most * desk.ahead) if day >= launch.volume else 0
    made = max(min(int(possible), short + ahead), 0)
    desk.carried = min(possible - made, 1.0)
    return made


def finished(desk: Desk) -> list[tuple[str, int]]:
    """Chips of closed parts whose wafers were under way, finished this week."""
    done = [(part, weeks.pop()) for part, weeks in desk.finishing.items() if weeks]
    desk.finishing = {part: weeks for part, weeks in desk.finishing.items() if weeks}
    return done


def choose_offer(stage: Stage, desk: Desk, cause: int | None = None) -> None:
    """Put the strongest launched part that anybody may still buy on offer, and log a change."""
    open_chips = stage.open_chips
    open_parts = [part for part in desk.launches if open_chips[stage.chip(part)]]
    best = max(open_parts, key=lambda part: desk.law.strength[part], default=None)
    if best == desk.offer:
        return
    if desk.offer is not None:
        stage.offered[stage.chip(desk.offer)] = False
        _withdraw(stage, desk, desk.offer, cause)
    if best is not None:
        stage.offered[stage.chip(best)] = True
        _resume(stage, desk, best, stage.clock.today)
        if desk.aim is None or desk.law.strength[best] > desk.law.strength[desk.aim]:
            desk.aim = best
    desk.offer = best
    desk.awaited = _awaited(desk)


def _withdraw(stage: Stage, desk: Desk, part: str, cause: int | None) -> None:
    """A part leaves the China market: closed by a rule, or replaced by a better one."""
    closed = not stage.open_to_some(part)
    kind, cause = ("sales stopped", stage.closing_event(part)) if closed else ("part superseded", cause)
    desk.stopped.add(part)
    desk.carried = 0.0
    stage.journal.record(stage.clock.today, kind, cause=cause, about=About(desk.maker, part))
    if closed:
        _write_off(stage, desk, part, cause)


def _write_off(stage: Stage, desk: Desk, part: str, cause: int | None) -> None:
    """Book what is lost of a part that a rule has just closed; its finished stock stays with the maker."""
    terms, draws, whole = desk.terms.pipeline, stage.draws, _whole(desk, part)
    left = _stranded(stage, desk, part)
    if not whole:
        weeks = round(draws.value(terms.work_in_process) / DAYS_PER_WEEK)
        under_way = min(left.begun, _pipeline(stage, desk, part, weeks))
        desk.finishing.setdefault(part, []).extend([int(under_way / max(weeks, 1))] * weeks)
    desk.lost[part] = int(stage.ledger.stocked[stage.chip(part)]) + sum(desk.finishing.get(part, []))
    price, reuse = desk.law.chips[part].price, terms.whole_reuse if whole else terms.cut_reuse
    dollars = 0 if price is None else round(left.value(draws.value(price), draws.value(terms.cost), draws.value(reuse)))
    if dollars <= 0:
        return
    stage.recorder.weekly["stranded_value"][stage.week, stage.chip(part)] += dollars
    used_again = f"{draws.value(reuse):.0%} of their cost used again"
    detail = f"{left.chips:,.0f} chips, {left.finished:,.0f} of them finished; {used_again}"
    about = About(desk.maker, part, float(dollars), "USD", detail)
    stage.journal.record(stage.clock.today, "stock stranded", cause=cause, about=about)


def _stranded(stage: Stage, desk: Desk, part: str) -> Stranded:
    """What is left of a part that was closed today; what was written off before does not count again."""
    terms, draws, chip = desk.terms.pipeline, stage.draws, stage.chip(part)
    days = draws.value(terms.work_in_process) + draws.value(terms.commitments)
    return stranded(
        finished=max(float(stage.ledger.stocked[chip]) - desk.lost.get(part, 0), 0.0),
        pipeline=_pipeline(stage, desk, part, round(days / DAYS_PER_WEEK)),
        ordered=float(stage.book.total[chip]),
        unordered=reach(desk, stage.week) * draws.value(terms.unordered) / DAYS_PER_WEEK,
    )


def _pipeline(stage: Stage, desk: Desk, part: str, weeks: int) -> float:
    """Chips that the line would ship China over so many weeks from today, as far as the part has ramped by then."""
    coming = desk.weekly_reach[stage.week : stage.week + weeks]
    launch, today = desk.launches[part], stage.clock.today
    return sum(chips * launch.ramp(today + DAYS_PER_WEEK * ahead) for ahead, chips in enumerate(coming))


def _whole(desk: Desk, part: str) -> bool:
    """Whether a part's dies are sold elsewhere in full, as it is or with links fused."""
    if part in desk.line.parts or desk.line.grid is None:
        return part not in desk.line.china_only
    made, full = desk.law.chips[part].tpp, desk.law.chips[desk.line.grid.full].tpp
    return made is not None and full is not None and made >= full * (1 - TOLERANCE)


def _resume(stage: Stage, desk: Desk, part: str, today: int) -> None:
    """A part that was stopped sells what is finished at once; more of a cut one must wait for new wafers."""
    if part not in desk.stopped or _whole(desk, part):
        return
    ready = today + round(stage.draws.value(desk.terms.restart_lead))
    desk.launches[part] = Launch(ready, ready, desk.launches[part].event)
    reopened = stage.turned or desk.launches[part].event
    stage.journal.record(today, "line restarted", cause=reopened, about=About(desk.maker, part))


def respond(stage: Stage, desk: Desk, cause: int) -> None:
    """If the law as announced closes what the line aims to sell, begin the strongest design it leaves open."""
    if desk.line.grid is None:
        return
    today = stage.clock.today
    choice = desk.law.choice(desk.maker, desk.name, today)
    if choice is None or today < day_of(desk.line.silicon):
        return
    design = next((made for made in choice.options if not stage.barred[stage.chip(made.name)]), None)
    if design is None or design.change == "none":
        return
    if desk.aim is not None and desk.law.strength[design.name] >= desk.law.strength[desk.aim]:
        return
    desk.aim = design.name
    if design.name in desk.launches or design.name in desk.started:
        return
    behind = stage.legal_events.get((choice.because, "announced"), cause) if choice.day == today else cause
    about = About(desk.maker, design.name, detail=CHANGES[design.change])
    desk.started[design.name] = stage.journal.record(today, "design started", cause=behind, about=about)
    desk.usual[design.name] = _usual(desk, design, today)
    desk.awaited = _awaited(desk)
    stage.clock.start(_redesign(stage, desk, design))


def _usual(desk: Desk, design: Design, begun: int) -> Launch:
    """When a design begun on a day would ship if it took as long as such designs usually take."""
    terms, silicon, fused = desk.terms, day_of(desk.line.volume), design.change == "fuse"
    first = begun + round((terms.fuse_lead if fused else terms.design_lead).central)
    volume = first if fused else begun + round(terms.volume_lead.central)
    return Launch(max(first, silicon), max(volume, silicon))


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
    _launch(stage, desk, design.name, Launch(launch.first, launch.volume, event))


def _schedule(stage: Stage, desk: Desk, design: Design) -> Launch:
    """First shipment and volume: the lead of the kind of change, never before the silicon itself ships in volume."""
    terms, today = desk.terms, stage.clock.today
    luck = stage.draws.uniform("lead", f"{desk.maker}/{desk.name}/{design.name}")
    fused = design.change == "fuse"
    first = today + round((terms.fuse_lead if fused else terms.design_lead).quantile(luck))
    volume = first if fused else today + round(terms.volume_lead.quantile(luck))
    silicon = day_of(desk.line.volume) + round(stage.draws.value(desk.line.volume_late))
    return Launch(max(first, silicon), max(volume, silicon))
