"""Events in plain words: one sentence for one event, or for many of a kind told together."""

from collections.abc import Iterable, Mapping, Sequence

from sim.study.causes import OUT, Entry, Pattern
from sim.study.keeping.wording import spelling

SENTENCES = {
    "sales stopped": "sales of the {chip} in China stopped",
    "orders struck": "orders for {amount} {chip} struck",
    "orders rushed": "{amount} {chip} ordered ahead of the rule",
    "demand surges": "demand surges by a factor of {amount}",
    "stock stranded": "{amount} of {chip} stranded",
    "design started": "{actor} starts a successor, the {chip}",
    "design shelved": "the {chip} shelved before it shipped",
    "first shipment": "first shipment of the {chip}",
    "line restarted": "the line of the {chip} restarted",
    "part launched": "{actor} launches the {chip}",
    "part superseded": "the {chip} replaced by a stronger part",
    "first production": "{actor} makes its first {chip}",
    "rule standing": "already in force",
    "input binds": "{actor} is held back",
    "lot ordered": "{actor} orders {amount} {chip} from brokers",
    "lot delivered": "{amount} smuggled {chip} reach {actor}",
    "lot seized": "{amount} smuggled {chip} seized",
    "placed abroad": "{actor} places {amount} {chip} abroad",
    "memory ordered ahead": "{amount} of memory ordered ahead",
    "held memory sold": "{amount} of held memory sold",
    "cap binds": "{amount} chips withheld by the cap of {actor}",
    "cap used up": "the cap of {actor} is used up",
    "regulator closes": "the regulator closes the {chip}",
    "offshore closed": "a way abroad closes on {amount} chips, most of them {chip}",
}
"""Sentences by kind of event; steps of the law are told by title, another kind that is not here by its own name."""

MOST_NAMED = 3
JOINED = ("on ", "in ", "to ")
"""How a detail begins that goes on with the sentence."""


def sentence(entries: Sequence[Entry], labels: Mapping[str, str]) -> str:
    """What happened, in one line without its date. ``labels`` are names for people of rules, makers, models."""
    first = entries[0]
    if first.legal:
        subject, steps = first.kind.split(" ", 1)[0], [entry.kind.split(" ", 1)[1] for entry in entries]
        return f"{subject} {' and '.join(steps)}: {_title(first, labels)}"
    if first.item:
        return f"{labels.get(first.item, first.item)}: {_steps(entries)}"
    if len(entries) > 1:
        return _many(entries, labels)
    amount = _amount(first.quantity, first.unit)
    if first.kind not in SENTENCES:
        parts = [labels.get(first.actor, first.actor), first.chip, amount, first.detail]
        told = ", ".join(part for part in parts if part)
        return f"{first.kind}: {told}" if told else first.kind
    words = SENTENCES[first.kind].format(
        chip=first.chip, actor=labels.get(first.actor, first.actor), amount=amount.removesuffix(" chips")
    )
    return f"{words}: {first.detail}" if first.detail else words


def _steps(entries: Sequence[Entry]) -> str:
    """What a model has come to; of many steps the first, and with its day its release, else the last."""
    first, last = entries[0], next((entry for entry in entries if entry.kind == OUT), entries[-1])
    if len(entries) > 1:
        return f"{first.kind}; {last.kind} {last.date}"
    chip = f" on {first.chip}" if first.chip and first.chip not in first.detail else ""
    joint = " " if first.detail.startswith(JOINED) else ", "
    long = f" for {first.quantity:.0f} {first.unit}" if first.quantity is not None else ""
    return f"{first.kind}{chip}{f'{joint}{first.detail}' if first.detail else ''}{long}"


def _title(entry: Entry, labels: Mapping[str, str]) -> str:
    """A rule's title, once it is announced its short name; a licence's name and what it is for."""
    label = labels.get(entry.actor)
    if label and entry.kind in ("rule in force", "rule withdrawn"):
        return label
    if entry.kind.startswith("licence"):
        return f"{label or entry.actor}{f', for {entry.detail}' if entry.detail else ''}"
    return entry.detail or label or entry.actor


def _many(entries: Sequence[Entry], labels: Mapping[str, str]) -> str:
    """A kind, how often, how many in all, from when to when; what of and with whom, if it is about no chip."""
    first = entries[0]
    chips = list(dict.fromkeys(entry.chip for entry in entries if entry.chip))
    known = [entry.quantity for entry in entries if entry.quantity is not None]
    parts = [_amount(sum(known), first.unit)] if known else []
    parts += [", ".join(chips) if len(chips) <= MOST_NAMED else f"{len(chips)} kinds"] if chips else []
    if not parts:
        parts = [_listed(entry.detail for entry in entries), _listed(labels.get(e.actor, e.actor) for e in entries)]
        return _times(entries, " at ".join(part for part in parts if part))
    return _times(entries, " of ".join(parts))


def _listed(names: Iterable[str]) -> str:
    """Each name once; how many more there are beyond a few."""
    found = [name for name in dict.fromkeys(names) if name]
    more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    return ", ".join(found[:MOST_NAMED]) + more


def _times(entries: Sequence[Entry], what: str) -> str:
    first, last = entries[0], max(entries, key=lambda entry: entry.date)
    when = f"{first.date:%b %Y} to {last.date:%b %Y}"
    return f"{first.kind}, {len(entries)} times, {when}{': ' if what else ''}{what}"


def pattern_words(pattern: Pattern, labels: Mapping[str, str]) -> str:
    """What kind of event, about what."""
    what = labels.get(pattern.about, pattern.about)
    return f"{pattern.kind}: {what}" if what else pattern.kind


def pattern_amount(pattern: Pattern) -> str:
    """The median quantity with its 90% interval, empty if there is none."""
    if pattern.quantity is None:
        return ""
    low, middle, high = pattern.quantity
    spell = spelling(middle, pattern.unit)
    unit = f" {pattern.unit}" if pattern.unit not in ("", "USD") else ""
    return f"{spell(middle)}{unit} ({spell(low)} to {spell(high)})"


def _amount(quantity: float | None, unit: str) -> str:
    if quantity is None:
        return ""
    told = spelling(quantity, unit)(quantity)
    return told if unit in ("", "USD") else f"{told} {unit}"
