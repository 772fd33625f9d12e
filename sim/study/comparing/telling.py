"""What each variant of a comparison changes, since when, and what limits a further change, in a sentence.

What its scenario asks for comes first, then what changes most.

Nothing is guessed: sizes come from the headline's paired differences, dates and constraints from what was recorded of
both sides, replication by replication. Where the record cannot say, nothing is said.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from sim.facts.days import date_of, day_of
from sim.study.comparing.choosing import NOTABLE, Choice, Moved, Renamed, choose, moved_rows, renamed_rows
from sim.study.comparing.constraints import Constraint, constraint, inputs
from sim.study.comparing.delays import Delay, Models, delays
from sim.study.comparing.drivers import changes, main_way
from sim.study.comparing.leading import in_order, models_lead, own_rows
from sim.study.comparing.levers import Lever, hidden_by, lever_words, levers, makers_touched, same_law
from sim.study.comparing.matched import Matched
from sim.study.comparing.phrases import day_words, listed, month, month_of
from sim.study.comparing.sides import Comparison, Side
from sim.study.comparing.unmoved import Unmoved, unmoved, unmoved_words
from sim.study.working import Finished

MOST_MEASURES = 3
"""Measures named of those that differ though the table shows none of them."""

MOST_TIMES = 1000
"""Factor by which pairing cuts a variance beyond which the figure says no more."""


@dataclass(frozen=True)
class Told:
    """A variant in words.

    ``same`` says that no measure differs in any month of any replication; ``differing`` names those that do, ``levers``
    the keys of what was set differently. ``main`` is what changes most, ``contrary`` a whole that goes the other way,
    ``also`` a part that changes more, ``renamed`` parts that another one replaces; of a variant that asks for rows of
    its own, ``main`` and ``asked`` are these, ``besides`` is what else changes most. ``constraint`` limits a further
    change of ``main`` or, if there is none, hides what was set. ``times_less_variance`` is the factor by which the same
    luck cuts the variance of the main difference. ``sentence`` tells the most important; ``further`` the rest.
    ``models`` are those whose release or final run moves by a month or more.
    """

    variant: str
    same: bool
    differing: tuple[str, ...]
    levers: tuple[str, ...]
    diverges: str
    main: Moved | None
    contrary: Moved | None
    also: Moved | None
    renamed: Renamed | None
    constraint: Constraint | None
    unmoved: tuple[Unmoved, ...]
    times_less_variance: float | None
    sentence: str
    further: tuple[str, ...]
    models: tuple[Delay, ...] = ()
    asked: tuple[Moved, ...] = ()
    besides: Moved | None = None


@dataclass(frozen=True)
class Telling:
    """Every variant in words, by label, and how much the same luck helped."""

    told: dict[str, Told]
    pairing: str

    def body(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"told": {label: asdict(told) for label, told in self.told.items()}, "pairing": self.pairing}


def telling(
    asked: Comparison,
    finished: Sequence[Finished],
    rows: Sequence[Mapping[str, Any]],
    differences: pl.DataFrame,
    models: Models,
) -> Telling:
    """The sentences about a comparison: ``finished`` sides in order, ``rows`` and ``differences`` as they are kept."""
    told = {}
    for side, done in zip(asked.variants, finished[1:], strict=True):
        match = Matched(side.label, asked.reference.label, finished[0], done, asked.divergence(side))
        told[side.label] = tell(
            match, _of(rows, asked, side), _differing(differences, side.label), delays(match, models)
        )  # fmt: skip
    return Telling(told, _pairing(told))


def _of(rows: Sequence[Mapping[str, Any]], asked: Comparison, side: Side) -> list[dict[str, Any]]:
    """The headline with one variant's values, without rows that only other variants ask for."""
    names = {one.label: set(one.question.scenario.headline) for one in asked.sides}
    others = set().union(*names.values()) - names[asked.reference.label] - names[side.label]
    mine = [row for row in rows if row["name"] not in others]
    return [{**row, "variant": next(v for v in row["variants"] if v["label"] == side.label)} for row in mine]


def _differing(differences: pl.DataFrame, label: str) -> list[str]:
    """The measures of which anything differs."""
    found = differences.filter(pl.col("variant") == label, (pl.col("above") > 0) | (pl.col("below") > 0))
    return sorted(found["measure"].unique().to_list())


def tell(
    match: Matched, rows: Sequence[dict[str, Any]], differing: Sequence[str], models: tuple[Delay, ...] = ()
) -> Told:
    """One variant; ``rows`` of the headline with its values under ``variant``, ``differing`` measures at all.

    ``models`` are those that it moves by a month or more.
    """
    if not match.pair.numbers:
        return _silent(match)
    moved = moved_rows(match, rows)
    still = [row for row in rows if row["name"] not in {one.name for one in moved}]
    reasons = [unmoved(match, row, row["variant"]["difference"]) for row in still]
    found = levers(match.reference.question.loaded, match.variant.question.loaded)
    renamed = renamed_rows(match, rows, moved)
    chosen = choose(moved, renamed, own_rows(match))
    main = chosen.main
    row = next((row for row in rows if main is not None and row["name"] == main.name), None)
    limit = _hiding(match, found) if main is None or main.standardised < NOTABLE else None
    if limit is None and row is not None and main is not None:
        limit = _limit(match, row, main)
    alike = _likeness(match, differing, reasons, moved)
    exact = all(one.exact for one in reasons)
    why = _why(match, limit, found) or _unshown(match, found, differing, exact)
    nothing = f"otherwise {alike}" if models else f"{alike}; {why}"
    lead = models_lead(match, found, chosen, models)
    said = in_order(match.label, _table_words(match, chosen, limit) if main else nothing, models, lead)
    further = [*said.then, renamed.words if renamed else ""]
    further += unmoved_words(still, reasons, match.names) if main else ()
    return Told(
        variant=match.label,
        same=not differing,
        differing=tuple(differing),
        levers=tuple(lever.key for lever in found),
        diverges=date_of(match.differs).isoformat() if _parts(match) else "",
        main=main,
        contrary=chosen.contrary,
        also=chosen.also,
        renamed=renamed,
        constraint=limit,
        unmoved=tuple(reasons),
        times_less_variance=_times(match, row),
        sentence=said.first,
        further=tuple(filter(None, further)),
        models=models,
        asked=chosen.asked,
        besides=chosen.besides,
    )


def _silent(match: Matched) -> Told:
    words = f"{match.label}: no replication finished on both sides."
    return Told(match.label, False, (), (), "", None, None, None, None, None, (), None, words, ())


def _parts(match: Matched) -> bool:
    return match.differs < day_of(match.scenario.window.end)


def _limit(match: Matched, row: Mapping[str, Any], main: Moved) -> Constraint | None:
    """What limits the way by which most of the main difference came, from its first month to the row's last."""
    way, months = main_way(changes(match, row)), match.window(row["period"])
    since = match.months.index(day_of(date.fromisoformat(main.since))) if main.since else months[0]
    return constraint(match, way, range(min(since, months[-1]), months[-1] + 1)) if way else None


def _hiding(match: Matched, found: list[Lever]) -> Constraint | None:
    """What binds the makers whose inputs were set, if it is none of those inputs."""
    months = [i for i, day in enumerate(match.months) if day >= match.differs]
    for maker in makers_touched(match, found) if months else ():
        limit = inputs(match, maker, months)
        if limit is not None and hidden_by(found, limit.stretches[0].holds):
            return limit
    return None


def _table_words(match: Matched, chosen: Choice, limit: Constraint | None) -> str:
    """What is told of the table."""
    parts = [f"{chosen.main.words}{_since(match, chosen.main)}"] if chosen.main else []
    parts += [one.plain for one in chosen.asked]
    parts += [f"besides, {chosen.besides.plain}"] if chosen.besides else []
    parts += [f"yet {chosen.contrary.plain}"] if chosen.contrary else []
    parts += [f"of all else in the table, {chosen.also.brief}"] if chosen.also else []
    parts += [limit.clause] if limit else []
    return "; ".join(parts)


def _since(match: Matched, main: Moved) -> str:
    started = match.differs <= match.months[0]
    if main.since and month_of(main.since) == month(match.differs) and not started:
        return f", beginning in {month_of(main.since)}, the month in which the scenarios part"
    parting = "the scenarios differ from the start" if started else f"the scenarios part on {day_words(match.differs)}"
    return f", beginning in {month_of(main.since)} ({parting})" if main.since else f" ({parting})"


def _likeness(match: Matched, differing: Sequence[str], reasons: Sequence[Unmoved], moved: Sequence[Moved]) -> str:
    """How alike the sides are if nothing changes notably."""
    if not differing:
        return f"identical to {match.other}"
    if moved:
        return f"hardly differs from {match.other}"
    if all(one.exact for one in reasons):
        return f"identical to {match.other} in all that the table shows"
    return f"no measure in the table differs from {match.other} beyond sampling error"


def _why(match: Matched, limit: Constraint | None, found: list[Lever]) -> str:
    """Why a variant changes nothing, if the days, the law or what binds output tell it; else nothing."""
    if not _parts(match):
        return f"{lever_words(found)}, and they part only after the last day simulated"
    if limit is not None:
        return f"output is limited by {limit.words}"
    laws = all(lever.key.startswith(("rules.", "licences.")) for lever in found)
    if found and laws and same_law(match.reference.plan.law, match.variant.plan.law):
        return "the law answers every question alike, since other rules keep closed what was changed"
    return ""


def _unshown(match: Matched, found: list[Lever], differing: Sequence[str], exact: bool) -> str:
    """What keeps a change out of the table if nothing recorded hides it: it is ``exact`` if no row differs at all."""
    if not differing:
        return f"{lever_words(found)}, and nothing recorded says what hides it"
    if exact:
        more = ["others"] if len(differing) > MOST_MEASURES else []
        return f"{lever_words(found)}, which changes {listed([*differing[:MOST_MEASURES], *more])} alone"
    return f"{lever_words(found)}; {len(match.pair.numbers)} replications cannot tell its effect from none, more may"


def _times(match: Matched, row: Mapping[str, Any] | None) -> float | None:
    """By how many times pairing cuts the variance of a row's difference against two runs with luck of their own."""
    if row is None:
        return None
    reference, variant = match.of_row(row)
    paired = float(np.var(variant - reference)) if reference.size else 0.0
    return float(np.var(reference) + np.var(variant)) / paired if paired > 0 else None


def _pairing(told: Mapping[str, Told]) -> str:
    """How much the same luck helped, over all variants."""
    found = [(label, one.times_less_variance) for label, one in told.items() if one.times_less_variance is not None]
    if not found:
        return ""
    parts = [_factor(times) for _, times in found]
    if len(found) > 1:
        parts = [f"{part} ({label})" for part, (label, _) in zip(parts, found, strict=True)]
    return (
        f"Against runs with luck of their own, pairing divides the variance of the main difference by {listed(parts)}."
    )


def _factor(times: float) -> str:
    if times > MOST_TIMES:
        return f"more than {MOST_TIMES:,}"
    return f"{times:.0f}" if times >= 9.95 else f"{times:.1f}"
