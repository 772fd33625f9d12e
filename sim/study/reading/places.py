"""Where a scenario names things that must exist elsewhere in it, where its numbers are shares, where none may be 0."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sim.study.reading.keys import Path


@dataclass(frozen=True)
class Place:
    """Where a thing is named: ``*`` is any name, ``@`` the one that must exist; without ``@`` the value names it."""

    parts: Path
    thing: str

    def fits(self, path: Path) -> bool:
        """Whether a path of as many parts is such a place."""
        return all(part in ("*", "@", name) for part, name in zip(self.parts, path, strict=True))

    def names(self, path: Path) -> bool:
        """Whether the last part of a path is the name of such a place that must exist; the path may go on below it."""
        depth = len(path)
        alike = all(part in ("*", "@", name) for part, name in zip(self.parts, path, strict=False))
        return alike and self.parts[depth - 1 : depth] == ("@",)

    def named(self, path: Path, value: Any) -> list[str]:
        """The names used at a path that fits."""
        if "@" in self.parts:
            return [path[self.parts.index("@")]]
        listed = value if isinstance(value, list) else [value]
        return [name for name in listed if isinstance(name, str) and name]


OUTSIDERS = "party"
"""The law names parties that no world holds (a foundry, a smaller designer); only a near miss of a name is a fault."""

Places = dict[tuple[str, int], list[Place]]
"""Places by the first part and the number of parts of their paths, so that few are tried on each value."""


def _places(patterns: Mapping[str, Sequence[str]]) -> Places:
    places: Places = {}
    for thing, several in patterns.items():
        for parts in (tuple(pattern.split(".")) for pattern in several):
            places.setdefault((parts[0], len(parts)), []).append(Place(parts, thing))
    return places


def places_at(path: Path, places: Places) -> Iterator[Place]:
    """The places that a path is."""
    return (place for place in places.get((path[0], len(path)), ()) if place.fits(path))


REFERENCES = _places(
    {
        "chip": (
            "rules.*.clauses.*.chips",
            "licences.*.chips",
            "foreign.*.lines.*.parts.@",
            "foreign.*.lines.*.mix.@",
            "foreign.*.lines.*.china_only",
            "foreign.*.lines.*.grid.full",
            "foreign.*.lines.*.grid.listed",
            "domestic.*.products.@.mix",
            "buyers.*.initial.@",
            "headline.*.chip",
            "training.recorded.*.chip",
        ),
        "buyer": ("labs.*.holder", "labs.*.hosts.*", "policy.holders.@.*"),
        "model": ("labs.*.models.*.after", "demand.surges.*.release", "serving.waves.*.release"),
        "rule": (
            "rules.*.triggered_by",
            "rules.*.relaxes",
            "licences.*.rules",
            "licences.*.triggered_by",
            "buyers.*.pushed.*.@",
            "grey.customs.@",
        ),
        "stack": (
            "chips.*.stack",
            "buyers.*.preference.@",
            "buyers.*.pushed.@.*",
            "training.stacks.@.utilisation",
            "policy.first.@",
            "policy.holders.*.@",
            "labs.*.models.*.ported.@",
            "serving.ports.@",
        ),
        "stack to train on": ("labs.*.hosts.@", "labs.*.models.*.stack", "labs.*.models.*.fallback"),
        "party": ("licences.*.buyers", "rules.*.clauses.*.buyers"),
        "buyer, maker or lab": ("headline.*.actor",),
        "buyer or kind of buyer": ("domestic.*.buyer_weights.@", "grey.buyers.@", "offshore.propensity.@"),
        "measure": ("headline.*.measure",),
        "origin": ("headline.*.origin",),
        "input, stack or run": ("headline.*.item",),
    }
)

SHARES = _places(
    {
        "share": (
            "stacks.*.training_utilisation",
            "chips.*.training_utilisation",
            "exchange.training_utilisation",
            "exchange.memory_bound_share",
            "foreign.*.lines.*.china_share_cap",
            "foreign.*.lines.*.grid.compute",
            "foreign.*.pipeline.cost",
            "foreign.*.pipeline.whole_reuse",
            "foreign.*.pipeline.cut_reuse",
            "foreign.*.lines.*.uncounted",
            "foreign.*.lines.*.mix.*",
            "reference.us_share",
            "reference.home_use",
            "regulator.share",
            "domestic.*.die_yield",
            "domestic.*.two_die_survival",
            "domestic.*.wafer_share",
            "domestic.*.hbm_share",
            "domestic.*.home_share",
            "domestic.*.products.*.hbm_part",
            "foundry.ai_floor",
            "expansion.tools.slowdown",
            "domestic.*.products.*.mix",
            "buyers.*.share",
            "buyers.*.training_share",
            "demand.wear",
            "grey.better",
            "grey.customs.*",
            "grey.passed_on",
            "grey.seizure",
            "offshore.owned_share",
            "offshore.propensity.*",
            "offshore.share_cap",
            "labs.*.share",
            "labs.*.failing",
            "labs.*.elsewhere",
            "labs.*.abroad",
            "training.utilisation",
            "training.experts",
            "training.occupancy",
            "training.stacks.*.scaling",
            "training.stacks.*.failure.*",
            "workloads.inference",
            "workloads.training",
            "workloads.used.*",
            "policy.floor",
            "licences.*.revenue_share",
            "licences.*.chance",
            "rules.*.clauses.*.cap_share",
        ),
    }
)

ABOVE_ZERO, SOME, ONE_OR_MORE, WHOLE = "above zero", "more than 0", "1 or more", "a whole number of 1 or more"
"""What numbers have to be; of what must only be more than 0 a draw in the far tail may still be none."""

LEAST = _places(
    {
        ABOVE_ZERO: (
            "stacks.*.training_utilisation",
            "exchange.tpp",
            "exchange.fp16",
            "exchange.memory_bandwidth",
            "exchange.training_utilisation",
            "demand.surges.*.factor",
            "labs.*.models.*.flop",
            "labs.*.models.*.cluster",
            "labs.*.models.*.saves",
            "labs.*.later.growth",
            "labs.*.later.stretch",
            "training.utilisation",
            "training.reference_chips",
            "training.experts",
            "training.occupancy",
            "training.landmark",
            "training.stacks.*.utilisation",
            "training.recorded.*.flop",
            "serving.per_chip",
            "serving.efficiency",
        ),
        SOME: ("labs.*.share",),
        ONE_OR_MORE: (
            "labs.*.patience",
            "labs.*.later.every",
            "training.fp8",
            "serving.peak",
            "serving.novelty",
            "serving.fades",
            "serving.waves.*.times",
            "serving.waves.*.days",
            "workloads.memory",
        ),
        WHOLE: ("training.stacks.*.teams",),
    }
)
"""Numbers by which something is divided or multiplied for good, and factors that only ever add. Days in which
something grows, fades or is tried are at least one, as are teams of people, which are whole. Other days, steps,
research and weights may be 0: then there is none of it."""
