"""Reading a clause: one short function per legal idea, three answers to whether an item meets its figures.

Yes is an empty tuple, no is None, and "it depends" is the tuple of the specs that nobody has published.
"""

from collections.abc import Iterator

from sim.facts.deals import Deal, Item, Party, plain
from sim.facts.law import Clause, Licence

Missing = tuple[str, ...] | None
Held = bool | str
"""Whether one condition holds, or the name of the spec that is missing to say so."""


def meets(clause: Clause, item: Item) -> Missing:
    """Whether the item falls under the clause by kind, name and figures."""
    if item.kind not in clause.items or not _in(clause.chips, item.name):
        return None
    missing: dict[str, None] = {}
    for held in _conditions(clause, item):
        if not held:
            return None
        if isinstance(held, str):
            missing[held] = None
    return tuple(missing)


def _conditions(clause: Clause, item: Item) -> Iterator[Held]:
    yield from _performance(clause, item)
    yield from _bandwidth(clause, item)
    yield _above("memory bandwidth density", item.memory_bandwidth_density, clause.memory_bandwidth_density_above)
    yield _at_most("node", item.node, clause.node_at_most)
    yield clause.data_center is None or clause.data_center == item.data_center


def _performance(clause: Clause, item: Item) -> Iterator[Held]:
    """The thresholds of 3A090: total processing performance and performance density."""
    yield _at_least("TPP", item.tpp, clause.tpp_at_least)
    yield _below("TPP", item.tpp, clause.tpp_below)
    yield _at_least("performance density", item.density, clause.density_at_least)
    yield _below("performance density", item.density, clause.density_below)


def _bandwidth(clause: Clause, item: Item) -> Iterator[Held]:
    """The interconnect test of 2022 and the memory, interconnect and sum tests of 2025."""
    yield _at_least("interconnect", item.interconnect, clause.interconnect_at_least)
    yield _at_least("memory bandwidth", item.memory_bandwidth, clause.memory_bandwidth_at_least)
    yield _below("memory bandwidth", item.memory_bandwidth, clause.memory_bandwidth_below)
    yield from _sum_at_least(item, clause.bandwidth_sum_at_least)


def _sum_at_least(item: Item, limit: float | None) -> Iterator[Held]:
    """Memory bandwidth plus interconnect; one published part may already reach the limit."""
    parts = {"memory bandwidth": item.memory_bandwidth, "interconnect": item.interconnect}
    if limit is None or sum(part or 0.0 for part in parts.values()) >= limit:
        return
    missing = [name for name, part in parts.items() if part is None]
    if missing:
        yield from missing
    else:
        yield False


def _at_least(name: str, value: float | None, limit: float | None) -> Held:
    if limit is None:
        return True
    return name if value is None else value >= limit


def _below(name: str, value: float | None, limit: float | None) -> Held:
    if limit is None:
        return True
    return name if value is None else value < limit


def _above(name: str, value: float | None, limit: float | None) -> Held:
    if limit is None:
        return True
    return name if value is None else value > limit


def _at_most(name: str, value: float | None, limit: float | None) -> Held:
    if limit is None:
        return True
    return name if value is None else value <= limit


def binds(clause: Clause, deal: Deal) -> bool:
    """Whether the clause speaks of this seller, this buyer and this destination."""
    return _seller(clause, deal.seller) and _buyer(clause, deal.buyer) and _place(clause, deal)


def _seller(clause: Clause, seller: Party) -> bool:
    return (
        _in(clause.sellers, seller.name)
        and _in(clause.seller_headquarters, seller.headquarters)
        and not (clause.seller_outside and _in(clause.seller_outside, seller.headquarters))
    )


def _buyer(clause: Clause, buyer: Party) -> bool:
    return (
        _in([*clause.buyers, *clause.entities], buyer.name)
        and _in(clause.buyer_headquarters, buyer.headquarters)
        and not (clause.buyer_outside and _in(clause.buyer_outside, buyer.headquarters))
        and clause.buyer_listed in (None, buyer.listed)
        and clause.buyer_state_funded in (None, buyer.state_funded)
    )


def _place(clause: Clause, deal: Deal) -> bool:
    """Destination tests, and the 2023 party test: destination or headquarters among those named."""
    return (
        _in(clause.destinations, deal.destination)
        and not (clause.destinations_outside and _in(clause.destinations_outside, deal.destination))
        and (_in(clause.linked_to, deal.destination) or _in(clause.linked_to, deal.buyer.headquarters))
    )


def names_buyer(licence: Licence, buyer: Party) -> bool:
    """Whether an issued licence is for this buyer."""
    return _in(licence.buyers, buyer.name)


def names_chip(licence: Licence, item: Item) -> bool:
    """Whether an issued licence is for this chip."""
    return _in(licence.chips, item.name)


def _in(names: list[str], name: str) -> bool:
    """Whether a name is among those listed; an empty list names everybody."""
    if not names or name in names:
        return True
    sought = plain(name)
    return any(plain(other) == sought for other in names)
