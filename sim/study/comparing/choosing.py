"""What is told first: rows that a variant asks for itself, else what changes most, wholes before parts.

Rows are on one scale; parts that merely change name are told apart.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sim.facts.days import date_of
from sim.study.comparing.drivers import FLEET_RATIOS, changes, mean_of
from sim.study.comparing.matched import Matched, wanted_of
from sim.study.comparing.phrases import amount, number, relation, subject, subjects, than_before
from sim.study.comparing.unmoved import first_month
from sim.study.keeping.recorded import LABELS
from sim.study.keeping.wording import agreed
from sim.world.series import MEASURES

NOTABLE = 0.02
"""Standardised size below which a change is told only if there is no larger one."""
RENAMED = 0.5
"""A part that loses more than this is replaced if all parts together lose less than this part of its loss."""
WHOLES = {
    2: ("stock_h100e_tpp", "stock_h100e_training", "stock_h100e_inference", *FLEET_RATIOS),
    1: ("stock", "deliveries"),
}
"""Measures that speak of the whole country: computing power before mere numbers, which rise if a weaker part comes."""


@dataclass(frozen=True)
class Moved:
    """A headline row that differs beyond sampling error.

    ``mean``, ``low`` and ``high`` are the paired difference and its 95% confidence interval, ``relative`` the mean over
    the reference's, ``agreeing`` the share of replications with its sign; ``standardised`` is its size over the larger
    median plus the wider 90% range of the two sides. ``rank`` says whether it is about the whole country. ``since`` is
    the end (ISO) of the first month in which most replications differ, empty if there is none. ``words`` tell it in
    full, ``brief`` and ``plain`` in short; ``about`` is its measure and the part of it.
    """

    name: str
    unit: str
    mean: float
    low: float | None
    high: float | None
    relative: float | None
    agreeing: float
    standardised: float
    rank: int
    since: str
    words: str
    brief: str
    plain: str
    about: tuple[str | None, ...] = ()


@dataclass(frozen=True)
class Renamed:
    """Rows about parts that another part replaces, and the words for it."""

    names: tuple[str, ...]
    words: str


def moved_rows(match: Matched, rows: Sequence[dict[str, Any]]) -> list[Moved]:
    """The rows that differ beyond sampling error, in the table's order."""
    return [_moved(match, row) for row in rows if _distinguishable(row["variant"]["difference"])]


def _distinguishable(found: Mapping[str, Any]) -> bool:
    if found["mean"] is None or not (found["above"] or found["below"]):
        return False
    return bool(found["low"] is None or found["low"] > 0 or found["high"] < 0)


def _moved(match: Matched, row: Mapping[str, Any]) -> Moved:
    found, since = row["variant"]["difference"], first_month(match, row)
    mean, agreeing = found["mean"], found["above"] if found["mean"] > 0 else found["below"]
    relative = _relative(match, row)
    told = subject(row, match.names, [row["period"]])
    size = f"{amount(mean, row['unit'])} {than_before(row['measure'], mean)}"
    details = [relation(relative) if relative is not None else "", _interval(found, row["unit"])]
    many = "all" if agreeing == 1 else f"{agreed(agreeing)} of"
    unanimous = f"in {many} replications" if len(match.pair.numbers) > 1 else "in the only replication"
    sure = "; ".join(filter(None, [*details, f"{than_before(row['measure'], mean)} {unanimous}"]))
    part = f" ({details[0]})" if details[0] else ""
    return Moved(
        **{key: found[key] for key in ("mean", "low", "high")},
        name=row["name"],
        unit=row["unit"],
        relative=relative,
        agreeing=agreeing,
        standardised=_standardised(row),
        rank=_rank(row),
        since=date_of(match.months[since]).isoformat() if since is not None else "",
        words=f"{told.words} {told.verb} {size} than in {match.other} ({sure})",
        brief=f"{told.words} change{'s' * (told.verb == 'is')} most: {size}{part}",
        plain=f"{told.words} {told.verb} {size}{part}",
        about=tuple(row[label] for label in ("measure", *LABELS)),
    )


def _relative(match: Matched, row: Mapping[str, Any]) -> float | None:
    """The mean difference over the reference's mean; None for a share, or where the reference has nothing."""
    reference, variant = match.of_row(row)
    level = float(reference.mean()) if reference.size else 0.0
    return float((variant - reference).mean()) / level if level and row["unit"] != "share" else None


def _interval(found: Mapping[str, Any], unit: str) -> str:
    if found["low"] is None:
        return ""
    low, high = sorted((abs(found["low"]), abs(found["high"])))
    return f"95% interval {number(low, unit, found['mean'])} to {number(high, unit, found['mean'])}"


def _standardised(row: Mapping[str, Any]) -> float:
    sides = (row["reference"], row["variant"])
    median = max(abs(side["p50"] or 0.0) for side in sides)
    spread = max((side["p95"] or 0.0) - (side["p5"] or 0.0) for side in sides)
    size = abs(row["variant"]["difference"]["mean"])
    return float(size / (median + spread)) if median + spread else 1.0


def _rank(row: Mapping[str, Any]) -> int:
    """2 for the whole country's computing power, 1 for its number of chips, 0 for a part of it."""
    if any(row[label] is not None for label in LABELS):
        return 0
    return next((rank for rank, measures in WHOLES.items() if row["measure"] in measures), 0)


@dataclass(frozen=True)
class Choice:
    """What is told of the table.

    ``main`` comes first, ``contrary`` is a whole that goes the other way, ``also`` a part that changes more. Where
    ``main`` is a row that the variant asks for, ``asked`` are the others of them, and ``besides`` what would be told
    first of all else.
    """

    main: Moved | None
    contrary: Moved | None = None
    also: Moved | None = None
    asked: tuple[Moved, ...] = ()
    besides: Moved | None = None


def choose(moved: Sequence[Moved], renamed: Renamed | None, own: Collection[str] = ()) -> Choice:
    """Rows that a variant has of its ``own``, in its order, where they change notably: it is asked for them.

    Without any, what changes most.
    """
    asked = [one for one in moved if one.name in own and one.standardised >= NOTABLE]
    told = {one.about for one in asked}
    found = _most([one for one in moved if one.about not in told], renamed)
    if not asked:
        return found
    besides = found.main if found.main and found.main.standardised >= NOTABLE else None
    return Choice(asked[0], asked=tuple(asked[1:]), besides=besides)


def _most(moved: Sequence[Moved], renamed: Renamed | None) -> Choice:
    """Computing power before numbers, wholes before parts, each where it changes notably; mere changes of name out."""
    names = renamed.names if renamed else ()
    able = [one for one in moved if one.name not in names]
    notable = [one for one in able if one.standardised >= NOTABLE]
    ranked = sorted(notable or able, key=lambda one: -one.standardised)
    main = next((one for rank in (2, 1, 0) for one in ranked if one.rank == rank), None)
    if main is None or main.rank == 0:
        return Choice(main)
    contrary = next((one for one in ranked if one.rank == 1 and one.mean * main.mean * _sense(main) < 0), None)
    also = next((one for one in ranked if one.rank == 0 and one.standardised > main.standardised), None)
    return Choice(main, contrary, also)


def _sense(one: Moved) -> int:
    """-1 for a lag, which grows as the stock falls."""
    return -1 if one.unit == "months" else 1


def renamed_rows(match: Matched, rows: Sequence[dict[str, Any]], moved: Sequence[Moved]) -> Renamed | None:
    """Rows about one part whose change another part makes up for; None if there are none."""
    by_name = {row["name"]: row for row in rows}
    found = [(one, net) for one in moved if (net := _net(match, by_name[one.name])) is not None]
    replaced = [(one, net) for one, net in found if (one.relative or 0.0) < -RENAMED and net > RENAMED * one.mean]
    if not replaced:
        return None
    largest, net = max(replaced, key=lambda pair: pair[0].standardised)
    words = _renamed_words(match, by_name[largest.name], largest, net)
    others = [by_name[one.name] for one, _ in replaced if one is not largest]
    if others:
        words = f"{words} Other parts take their place too: {subjects(others, match.names)}."
    return Renamed(tuple(one.name for one, _ in replaced), words)


def _net(match: Matched, row: Mapping[str, Any]) -> float | None:
    """By how much all parts together change, of a row about one part; None for a row about no part."""
    measure = MEASURES[row["measure"]]
    if row["chip"] is None or not measure.additive:
        return None
    reference, variant = match.both(row["measure"], {k: v for k, v in wanted_of(row).items() if k != "chip"})
    return mean_of(variant - reference, match.window(row["period"]), measure.kind == "level")


def _renamed_words(match: Matched, row: Mapping[str, Any], one: Moved, net: float) -> str:
    whole = {**row, "chip": None}
    told = subject(row, match.names, [row["period"]])
    rivals = [change for change in changes(match, whole) if change.size * one.mean < 0]
    place = f": {match.part(rivals[0].chip)} takes its place" if rivals else ""
    size, all_size = (f"{amount(x, row['unit'])} {than_before(row['measure'], x)}" for x in (one.mean, net))
    part = f" ({relation(one.relative)})" if one.relative is not None else ""
    together = f"but {'those' if told.verb == 'are' else 'that'} of all parts together {told.verb} {all_size}"
    return f"{told.words[0].upper()}{told.words[1:]} {told.verb} {size}{part}, {together}{place}."
