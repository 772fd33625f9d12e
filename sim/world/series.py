"""What a replication records: measures on month ends, with declared units and dimensions."""

from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.facts.days import DAYS_PER_WEEK, Span

Kind = Literal["level", "flow"]
Dimension = Literal["holder", "maker", "lab", "chip", "origin", "input", "stack", "run"]

ORIGINS = ("legal", "domestic", "smuggled")
UNLISTED = "Where a chip's figures are not published, they are judged."
INPUTS = ("dies", "hbm", "own memory", "packaging", "demand")


@dataclass(frozen=True)
class Measure:
    """A recorded quantity: a level on the month's last day or a flow summed over the month's days.

    ``additive`` says that the sum over a dimension is the total, taken in each replication before any quantile. A
    measure that is not may have ``totals`` of its own: in arrays they lie last along each of its dimensions.
    In tables ``holder``, ``maker`` and ``lab`` fill the column ``actor``, ``input``, ``stack`` and ``run`` the column
    ``item``.
    """

    name: str
    unit: str
    kind: Kind
    dimensions: tuple[Dimension, ...]
    sentence: str
    additive: bool = True
    totals: bool = False


def _declared(*measures: Measure) -> dict[str, Measure]:
    return {measure.name: measure for measure in measures}


HOLDINGS: tuple[Dimension, ...] = ("holder", "chip")
WORK: tuple[Dimension, ...] = ("holder", "stack")

MEASURES = _declared(
    Measure("stock", "chips", "level", HOLDINGS, "Chips delivered and not worn out in China, idle ones included."),
    Measure("stock_h100e_tpp", "H100e by TPP", "level", HOLDINGS, f"Stock by TPP. {UNLISTED}"),
    Measure(
        "stock_h100e_training", "H100e by training value", "level", HOLDINGS, f"Stock by training value. {UNLISTED}"
    ),
    Measure(
        "stock_h100e_inference", "H100e by inference value", "level", HOLDINGS, f"Stock by inference value. {UNLISTED}"
    ),
    Measure("deliveries", "chips", "flow", ("holder", "chip", "origin"), "Chips that reached their holder in China."),
    Measure("orders", "chips", "flow", HOLDINGS, "Chips newly ordered."),
    Measure("cancelled", "chips", "flow", HOLDINGS, "Ordered chips whose order was withdrawn or struck by a rule."),
    Measure("backlog", "chips", "level", HOLDINGS, "Chips ordered, neither sent off nor cancelled."),
    Measure("retired", "chips", "flow", HOLDINGS, "Chips worn out."),
    Measure("lead_time", "days", "level", ("chip",), "Wait of the oldest order sent in the last week.", False),
    Measure("fill_rate", "share", "level", ("chip",), "Chips sent over those plus backlog, trailing year.", False),
    Measure("produced", "chips", "flow", ("maker", "chip"), "Chips finished for China, abroad excluded."),
    Measure("vendor_inventory", "chips", "level", ("maker", "chip"), "Finished chips for China held by their maker."),
    Measure("revenue", "USD", "flow", ("maker", "chip"), "Price times chips delivered in China."),
    Measure("good_dies", "dies", "flow", ("maker",), "Good dies that came in, from domestic wafers and from abroad."),
    Measure("die_bank", "dies", "level", ("maker",), "Good dies in stock, foreign ones included."),
    Measure("hbm_stacks", "stacks", "level", ("maker",), "A maker's claim on the nation's stock of HBM."),
    Measure("binding", "share", "level", ("maker", "input"), "1 for what holds a maker back, else 0.", False),
    Measure("wafer_capacity", "wafers a month", "level", ("maker",), "7 nm wafers started for a maker's AI chips."),
    Measure("hbm_inflow", "stacks", "flow", ("origin",), "HBM stacks that reached China's chip makers."),
    Measure("revenue_share", "USD", "flow", ("maker", "chip"), "Part of the revenue due to a government by licence."),
    Measure("stranded_value", "USD", "flow", ("maker", "chip"), "Stock, work begun and commitments lost, at cost."),
    Measure("seized", "chips", "flow", ("chip",), "Smuggled chips taken on the way by an authority."),
    Measure("premium", "share", "level", (), "What a smuggled chip costs above its list price.", False),
    Measure("shortage", "share", "level", (), "Part of the wanted fleet that is missing, in equivalents.", False),
    Measure("offshore", "chips", "level", HOLDINGS, "Chips that Chinese firms own or rent outside China."),
    Measure("us_stock_h100e_tpp", "H100e by TPP", "level", (), "The US fleet of chips of the same lines, by TPP."),
    Measure("us_ratio", "share", "level", (), "China's stock over the US fleet, both by TPP.", False),
    Measure("us_ratio_additions", "share", "level", (), "China's additions over US ones, trailing year.", False),
    Measure("months_behind", "months", "level", (), "How long ago the US fleet was China's size, by TPP.", False),
    Measure("lost_revenue", "USD", "flow", ("maker",), "Sales a maker would have had if its full parts were open."),
    Measure("denied_h100e_tpp", "H100e by TPP", "flow", ("maker",), "What China did not get by the same reckoning."),
    Measure(
        "training_capacity",
        "H100e by training value",
        "level",
        WORK,
        "What final runs and research use, at home and abroad.",
    ),
    Measure(
        "training_demand",
        "H100e by training value",
        "level",
        WORK,
        "Runs' and labs' wishes, and what other training gets.",
    ),
    Measure(
        "unmet_training", "H100e by training value", "level", WORK, "Labs' research not done, clusters they await."
    ),
    Measure(
        "unmet_training_share",
        "share",
        "level",
        WORK,
        "Part of training's demand not met; on a stack as at its holder, but for runs that wait.",
        False,
        True,
    ),
    Measure(
        "inference_capacity",
        "H100e by inference value",
        "level",
        WORK,
        "Chips at home and abroad that serve, or could, by day.",
    ),
    Measure("inference_demand", "H100e by inference value", "level", WORK, "What serving takes at the peak."),
    Measure("unmet_inference", "H100e by inference value", "level", WORK, "Of what serving takes, what lacks."),
    Measure(
        "unmet_inference_share",
        "share",
        "level",
        WORK,
        "Part of inference's demand not met; on a stack as at its holder.",
        False,
        True,
    ),
    Measure("inference_share", "share", "level", (), "Part of the compute in use that serves, by TPP.", False),
    Measure("tokens", "tokens a day", "level", ("lab",), "Input and output tokens served."),
    Measure(
        "largest_cluster",
        "H100e by arithmetic",
        "level",
        ("lab",),
        "Most of one kind in one place, busy or not.",
        False,
    ),
    Measure("run_hours", "chip-hours", "level", ("run",), "What a run on record takes by the model.", False),
    Measure("run_utilisation", "share", "level", ("run",), "Part of dense FP16 that it reaches by the model.", False),
    Measure("dollars_per_h100e_denied", "USD", "level", (), "Lost sales per H100e denied, trailing year.", False),
)


OF_LABS = frozenset(
    name
    for name in MEASURES
    if name.startswith(("training_", "inference_", "unmet_", "run_")) or name in ("tokens", "largest_cluster")
)
"""Measures that a world without labs does not have."""


@dataclass(frozen=True)
class Frame:
    """The labels of every dimension of one scenario; arrays of a measure have shape (months, *dimensions).

    ``months`` are the last simulated days of each month, ``weeks`` the days on which a week ends.
    """

    span: Span
    holders: tuple[str, ...]
    makers: tuple[str, ...]
    chips: tuple[str, ...]
    stacks: tuple[str, ...] = ()
    labs: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()

    @cached_property
    def months(self) -> tuple[int, ...]:
        """Last day of every month of the span."""
        return self.span.month_ends()

    @cached_property
    def weeks(self) -> tuple[int, ...]:
        """Last day of every whole week of the span."""
        return tuple(range(self.span.start + DAYS_PER_WEEK, self.span.end, DAYS_PER_WEEK))

    @cached_property
    def days(self) -> NDArray[np.float64]:
        """The same as numbers, to look curves up on: shape (weeks,)."""
        return np.asarray(self.weeks, dtype=np.float64)

    @cached_property
    def month_of_week(self) -> tuple[int, ...]:
        """For every week, the index of the month its last day falls in."""
        return tuple(bisect_left(self.months, day) for day in self.weeks)

    @cached_property
    def months_of_weeks(self) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
        """The months in which a week ends, and the first such week of each, both of shape (months with weeks,)."""
        return np.unique(np.array(self.month_of_week, dtype=np.int64), return_index=True)

    @cached_property
    def measures(self) -> dict[str, Measure]:
        """What is recorded, by name: all measures but those of labs, unless there are labs."""
        return {name: measure for name, measure in MEASURES.items() if self.labs or name not in OF_LABS}

    @cached_property
    def column(self) -> dict[str, int]:
        """Index of every chip in an array."""
        return {name: i for i, name in enumerate(self.chips)}

    def labels(self, measure: Measure) -> tuple[tuple[str, ...], ...]:
        """Names along each dimension of a measure, in array order, and last the empty one of totals of its own."""
        axes = {
            "holder": self.holders,
            "maker": self.makers,
            "lab": self.labs,
            "chip": self.chips,
            "origin": ORIGINS,
            "input": INPUTS,
            "stack": self.stacks,
            "run": self.runs,
        }
        total: tuple[str, ...] = ("",) if measure.totals else ()
        return tuple(axes[dimension] + total for dimension in measure.dimensions)
