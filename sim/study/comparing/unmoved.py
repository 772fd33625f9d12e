"""Why a variant does not move a measure, as far as what was recorded says it."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.study.comparing.constraints import Constraint, inputs, sales
from sim.study.comparing.drivers import FLEET_RATIOS, changes
from sim.study.comparing.levers import closed_by
from sim.study.comparing.matched import Matched, wanted_of
from sim.study.comparing.pairing import less
from sim.study.comparing.phrases import amount, day_words, month, share, subjects
from sim.world.series import MEASURES

CANCELLING = 4
"""Gains and losses cancel if they add up to so many times what is left of them."""
STEPS, LEAST = (0.0, 0.01, 0.05, 0.2, 0.5, 1.0), 0.001
"""Rows of one reason are told together if their differences are bounded alike; and the smallest bound that is told."""
LARGE = 0.01
"""Gains and losses of a smaller part of the whole are not told."""
WIDE = 0.1
"""Part of the reference beyond which an interval of the mean says that replications are too few to tell."""


@dataclass(frozen=True)
class Unmoved:
    """A headline row that does not differ, or not beyond sampling error, and why; empty where nothing recorded says.

    ``within`` is how far the 95% interval of the mean difference reaches, as a part of the reference; of a share, in
    points. ``wide`` says that this is so far that the difference is not known to be small.
    """

    name: str
    exact: bool
    reason: str
    within: float | None = None
    constraint: Constraint | None = None
    wide: bool = False


def unmoved(match: Matched, row: Mapping[str, Any], difference: Mapping[str, Any]) -> Unmoved:
    """Why a row does not move. ``difference`` is that of the variant, as the headline has it."""
    if difference["mean"] is None:
        return Unmoved(row["name"], False, "undefined on one side or on both")
    exact = not difference["above"] and not difference["below"]
    months = match.window(row["period"])
    if match.months[months[-1]] < match.differs:
        return Unmoved(row["name"], exact, f"before the scenarios part on {day_words(match.differs)}")
    reference, variant = match.of_row(row)
    if not reference.any() and not variant.any():
        return Unmoved(row["name"], exact, _nothing(match, row, months))
    limit = _limit(match, row, months)
    why = _first(match, row) if exact else _cancelling(match, row)
    reason = "; ".join(filter(None, [f"limited by {limit.brief}" if limit else "", why]))
    level = float(np.abs(reference).mean())
    within = None if exact else _within(row, difference, level)
    wide = not exact and (within is None or uncertain(row, within, level))
    reason = reason or ("the same in every replication" if exact else "")
    return Unmoved(row["name"], exact, reason, within, limit, wide)


def _nothing(match: Matched, row: Mapping[str, Any], months: list[int]) -> str:
    rule = closed_by(match, row["chip"], months) if row["chip"] else ""
    return f"none in either scenario; closed by {match.quoted(rule)}" if rule else "none in either scenario"


def _limit(match: Matched, row: Mapping[str, Any], months: Sequence[int]) -> Constraint | None:
    """What limits the one maker that a row is about, over the row's period."""
    maker = row["actor"] or (match.maker(row["chip"]) if row["chip"] else "")
    if match.domestic(maker):
        return inputs(match, maker, months)
    sold = row["measure"] in ("deliveries", "revenue", "orders") and row["origin"] != "smuggled"
    return sales(match, maker, months) if sold and maker in match.scenario.foreign else None


def _first(match: Matched, row: Mapping[str, Any]) -> str:
    """When the measure first differs, if it does so after the row's period."""
    since = first_month(match, row)
    late = since is not None and since > match.window(row["period"])[-1]
    return f"it first differs in {month(match.months[since])}" if late and since is not None else ""


def first_month(match: Matched, row: Mapping[str, Any]) -> int | None:
    """Index of the first month in which the measure differs in most replications; None if it never does."""
    reference, variant = match.both(row["measure"], wanted_of(row))
    differing = np.flatnonzero((less(variant, reference) != 0).mean(axis=1) > 0.5)
    return int(differing[0]) if differing.size else None


def _cancelling(match: Matched, row: Mapping[str, Any]) -> str:
    """The largest gain and loss, if they make up for each other."""
    measure = "stock_h100e_tpp" if row["measure"] in FLEET_RATIOS else row["measure"]
    found = changes(match, row) if not row["chip"] else []
    gross, net = sum(abs(change.size) for change in found), abs(sum(change.size for change in found))
    if not found or gross < CANCELLING * net or gross < LARGE * _whole(match, row, measure):
        return ""
    gain, loss = max(found, key=lambda one: one.size), min(found, key=lambda one: one.size)
    return f"{match.part(gain.chip)} makes up for {match.part(loss.chip)}"


def _whole(match: Matched, row: Mapping[str, Any], measure: str) -> float:
    values = match.both(measure, wanted_of(row))[0][match.window(row["period"])]
    return float((values[-1:] if MEASURES[measure].kind == "level" else values).sum(axis=0).mean())


def _within(row: Mapping[str, Any], difference: Mapping[str, Any], level: float) -> float | None:
    """How large the difference may be at most, by its 95% interval."""
    if difference["low"] is None or not level:
        return None
    largest = max(abs(difference["low"]), abs(difference["high"]))
    return float(largest if row["unit"] == "share" else largest / level)


def uncertain(row: Mapping[str, Any], within: float, level: float) -> bool:
    """Whether a bound is more than a tenth of the reference; of a share, more than a point too."""
    return within > max(WIDE * level, LARGE) if row["unit"] == "share" else within > WIDE


def unmoved_words(
    rows: Sequence[Mapping[str, Any]], found: Sequence[Unmoved], names: Mapping[str, str]
) -> tuple[str, str]:
    """All unmoved rows in a sentence, and those of which too little is known in another; each empty without any."""
    pairs = list(zip(rows, found, strict=True))
    told = [_groups([pair for pair in pairs if pair[1].wide is wide], names) for wide in (False, True)]
    return (
        f"Not moved, or not beyond sampling error: {told[0]}." if told[0] else "",
        f"Too few replications to tell: {told[1]}." if told[1] else "",
    )


def _groups(pairs: Sequence[tuple[Mapping[str, Any], Unmoved]], names: Mapping[str, str]) -> str:
    """Rows of one reason together; of those too uncertain, whatever would be the reason."""
    groups: dict[tuple[str, str, int], list[tuple[Mapping[str, Any], Unmoved]]] = {}
    for row, one in pairs:
        points = "points" if row["unit"] == "share" and one.within is not None else ""
        reason = "" if one.wide else one.reason
        groups.setdefault((reason, points, bisect_left(STEPS, one.within or 0.0)), []).append((row, one))
    return "; ".join(_told(group, reason, names) for (reason, _, _), group in groups.items())


def _told(group: Sequence[tuple[Mapping[str, Any], Unmoved]], reason: str, names: Mapping[str, str]) -> str:
    if reason.startswith("before"):
        return f"whatever ends {reason}"
    words = subjects([row for row, _ in group], names)
    bounds = [one.within for _, one in group if one.within is not None]
    largest = max([*bounds, LEAST])
    bound = amount(largest, "share") if group[0][0]["unit"] == "share" else share(largest)
    parts = [reason, f"the mean by at most {bound} either way, 95% interval" if bounds else ""]
    why = "none in the reference" if group[0][1].wide else "nothing recorded says why"
    return f"{words} ({'; '.join(filter(None, parts)) or why})"
