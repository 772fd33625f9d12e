"""A sale as the law sees it: what changes hands, who sells, who buys, where it goes."""

from dataclasses import dataclass, replace
from functools import lru_cache

from sim.facts.buyers import Buyer
from sim.facts.chips import Chip, central
from sim.facts.law import ItemKind


@lru_cache(maxsize=4096)
def plain(name: str) -> str:
    """A name as the law compares it: 'Moore Threads', 'moore_threads' and 'moore-threads' are one party."""
    return name.strip().casefold().replace(" ", "-").replace("_", "-")


@dataclass(frozen=True)
class Item:
    """A controlled item by its figures, None where none is published.

    For chips: TPP, performance density (TPP/mm2), memory bandwidth and interconnect (GB/s). For an HBM stack its
    memory bandwidth density (GB/s per mm2). For a foreign foundry's AI die or a wafer tool the node (nm).
    """

    kind: ItemKind
    name: str
    tpp: float | None = None
    density: float | None = None
    memory_bandwidth: float | None = None
    interconnect: float | None = None
    memory_bandwidth_density: float | None = None
    node: float | None = None
    data_center: bool = True


def chip_item(name: str, chip: Chip) -> Item:
    """A chip by its listed spec."""
    return Item(
        kind="chip",
        name=name,
        tpp=chip.tpp,
        density=chip.density,
        memory_bandwidth=central(chip.memory_bandwidth),
        interconnect=central(chip.interconnect),
        data_center=chip.data_center,
    )


def rental_item(name: str, chip: Chip) -> Item:
    """A chip rented where it stands, by its listed spec."""
    return replace(chip_item(name, chip), kind="remote-access")


def hbm_item(memory_bandwidth_density: float | None) -> Item:
    """A stack of high-bandwidth memory, not yet mounted on a package."""
    return Item(kind="hbm", name="hbm", memory_bandwidth_density=memory_bandwidth_density)


def die_item(node: float | None) -> Item:
    """An AI chip's die from a foundry outside China, at a node in nm."""
    return Item(kind="foreign-die", name="foreign-die", node=node)


def tool_item(node: float | None) -> Item:
    """A wafer tool for a fab that makes logic at a node in nm."""
    return Item(kind="wafer-tool", name="wafer-tool", node=node)


@dataclass(frozen=True)
class Party:
    """A seller or buyer. Headquarters is that of the ultimate parent, as a two-letter country code."""

    name: str
    headquarters: str
    listed: bool = False
    state_funded: bool = False


def buyer_party(name: str, buyer: Buyer) -> Party:
    """A scenario's buyer as the law sees it."""
    return Party(name, buyer.headquarters, buyer.listed, buyer.state_funded)


ORDINARY_BUYER = Party("a private Chinese cloud", "CN")


@dataclass(frozen=True)
class Deal:
    """Who sells to whom, and the country the item goes to."""

    seller: Party
    buyer: Party
    destination: str = "CN"
