"""Measures, sizes and dates in words that can be quoted."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any, NamedTuple

from sim.facts.days import date_of
from sim.study.keeping.periods import MONTH, QUARTER, YEAR
from sim.study.keeping.recorded import LABELS
from sim.study.keeping.wording import spelling
from sim.world.series import MEASURES

QUARTERS = ("first", "second", "third", "fourth")
FLEET = "China's stock"

WORDS = {
    "stock": FLEET,
    "stock_h100e_tpp": FLEET,
    "stock_h100e_training": FLEET,
    "stock_h100e_inference": FLEET,
    "deliveries": "deliveries",
    "orders": "orders",
    "produced": "output",
    "revenue": "revenue",
    "offshore": "Chinese firms' compute abroad",
    "stranded_value": "the value stranded",
    "us_ratio": "China's stock as a share of the US fleet",
    "us_ratio_additions": "China's additions as a share of those of the US",
    "months_behind": "China's lag behind the US fleet",
    "inference_share": "the share of compute in use that serves",
    "tokens": "the number of tokens served",
    "training_capacity": "compute in training",
    "inference_capacity": "compute for inference",
    "training_demand": "training's demand for compute",
    "inference_demand": "inference's demand for compute",
    "unmet_training": "what training lacks",
    "unmet_inference": "what inference lacks",
    "unmet_training_share": "the unmet share of training's demand",
    "unmet_inference_share": "the unmet share of inference's demand",
    "largest_cluster": "the largest cluster",
}
AT_HOLDERS = tuple(name for name in WORDS if name.startswith("unmet_") or name.endswith("_demand"))
"""Measures whose words bear no owner before them: what training lacks at somebody."""
MANIFOLD = 2.0
"""Relative change from which on the result is told, as a multiple."""
PLURAL = ("deliveries", "orders")
ORIGINS = {"legal": "legal deliveries", "domestic": "domestic makers' deliveries", "smuggled": "smuggling into China"}


COUNTED = {
    "stock": "China's number of chips",
    "stock_h100e_tpp": f"{FLEET} by TPP",
    "stock_h100e_training": f"{FLEET} by training value",
    "stock_h100e_inference": f"{FLEET} by inference value",
}
"""Stocks named apart where no amount says in what they are counted."""


class Subject(NamedTuple):
    """What is spoken of, and its verb."""

    words: str
    verb: str


def subject(row: Mapping[str, Any], names: Mapping[str, str], periods: Sequence[str]) -> Subject:
    """What a headline row measures, over one or several periods; ``names`` are what people call the makers."""
    plural = row["measure"] in PLURAL and row["origin"] != "smuggled"
    words = _what(row, {"": "", **names})
    level = MEASURES[row["measure"]].kind == "level"
    when = listed([spelt_period(period) for period in periods])
    return Subject(f"{words} {'at the end of' if level else 'in'} {when}", "are" if plural else "is")


def _what(row: Mapping[str, Any], names: Mapping[str, str]) -> str:
    measure, chip, origin = row["measure"], row["chip"], row["origin"]
    actor = names.get(row["actor"] or "", row["actor"] or "")
    words = ORIGINS[origin] if measure == "deliveries" and origin else WORDS.get(measure, f"the {_plain(measure)}")
    if measure == "stranded_value" and chip:
        return f"the value of {chip} stranded"
    joint = {"orders": "for", "revenue": "from"}.get(measure, "of")
    bare = words.removeprefix("the ").removeprefix("China's ")
    owned = f"{actor}'s {bare}" if actor else words
    if actor and measure in AT_HOLDERS:
        owned = f"{words} at {actor}"
    within = " on " if "stack" in MEASURES[measure].dimensions else ", "
    ended = f"{within}{row['item']}" if row["item"] else ""
    return f"{owned}{f' {joint} the {chip}' if chip else ''}{ended}"


def _plain(measure: str) -> str:
    return measure.replace("_h100e_", " by H100-equivalents, ").replace("_", " ")


def subjects(rows: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> str:
    """What several headline rows measure, the periods of one measure together."""
    same: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for row in rows:
        same.setdefault(tuple(row[label] for label in ("measure", *LABELS)), []).append(row)
    full = []
    for group in same.values():
        words = subject(group[0], names, [row["period"] for row in group]).words
        full.append(words.replace(FLEET, COUNTED.get(group[0]["measure"], FLEET), 1))
    return listed([full[0], *(_shortened(words, before) for before, words in pairwise(full))] if full else [])


def _shortened(words: str, before: str) -> str:
    """Without the opening that the subject before it has too: of the H800 in 2023."""
    for opening in (f"{FLEET} ", f"{before.partition(' of the ')[0]} "):
        if words.startswith(opening) and before.startswith(opening):
            return words.removeprefix(opening)
    return words


def spelt_period(text: str) -> str:
    """A period in words: 2024, the first quarter of 2025, June 2026."""
    if YEAR.fullmatch(text):
        return text
    if found := QUARTER.fullmatch(text):
        return f"the {QUARTERS[int(found[2]) - 1]} quarter of {found[1]}"
    found = MONTH.fullmatch(text)
    day = date(int(found[1]), int(found[2]), 1) if found else date.fromisoformat(text)
    return f"{day:%B %Y}"


def amount(value: float, unit: str, size: float | None = None) -> str:
    """How much, without its sign: 81k H100-equivalents by TPP, $2.9bn, 3.1 percentage points."""
    told = number(value, unit, size)
    if unit == "USD":
        return told
    words = {"share": "percentage points"}.get(unit, unit.replace("H100e", "H100-equivalents"))
    return f"{told} {words}"


def number(value: float, unit: str, size: float | None = None) -> str:
    """The figure alone, spelt as figures of that ``size`` are."""
    largest = abs(value if size is None else size)
    return f"{abs(value) * 100:.1f}" if unit == "share" else spelling(largest, unit)(abs(value)).removesuffix(" days")


def than_before(measure: str, mean: float) -> str:
    """Higher or lower, and of a time longer or shorter."""
    timely = MEASURES[measure].unit in ("months", "days")
    return ("longer" if timely else "higher") if mean > 0 else ("shorter" if timely else "lower")


def share(part: float) -> str:
    """A share in per cent; of a small one a decimal."""
    return f"{part:.0%}" if part >= 0.0095 else f"{part:.1%}"


def relation(part: float) -> str:
    """A change relative to what it changes: 12%; of a manifold one what comes out: 5.2 times as much."""
    return share(abs(part)) if part < MANIFOLD else f"{1 + part:.1f} times as much"


def month(day: int) -> str:
    """The month of a day: March 2025."""
    return f"{date_of(day):%B %Y}"


def month_of(iso: str) -> str:
    """The month of a date in ISO format."""
    return f"{date.fromisoformat(iso):%B %Y}"


def day_words(day: int) -> str:
    """A day in full: 7 October 2022."""
    when = date_of(day)
    return f"{when.day} {when:%B %Y}"


def listed(words: Sequence[str]) -> str:
    """One, two and three."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""
