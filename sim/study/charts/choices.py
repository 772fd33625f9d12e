"""What a reader may choose of a chart. Nothing heavy is imported, so that the command line can name the choices."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sim.facts.errors import Fault, InputError


class Name(StrEnum):
    """Which chart."""

    AVAILABILITY = "availability"
    ORIGINS = "origins"
    BOTTLENECK = "bottleneck"
    TIMELINE = "timeline"
    ORDERS = "orders"
    MILESTONES = "milestones"
    TRAINING_INFERENCE = "training-inference"
    TOKENS = "tokens"
    DIFFERENCE = "difference"


class By(StrEnum):
    """What each line of an availability chart stands for. An origin is legal, domestic or smuggled, as in tables."""

    CHIP = "chip"
    VENDOR = "vendor"
    HOLDER = "holder"
    ORIGIN = "origin"


class Units(StrEnum):
    """What is counted: chips, or H100-equivalents by one of three exchange rates."""

    CHIPS = "chips"
    TPP = "h100e-tpp"
    TRAINING = "h100e-training"
    INFERENCE = "h100e-inference"


WORDS = {
    Units.CHIPS: "chips",
    Units.TPP: "H100-equivalents by TPP",
    Units.TRAINING: "H100-equivalents by training value",
    Units.INFERENCE: "H100-equivalents by inference value",
}
"""What is counted, in full, as axes and titles say it."""


class Format(StrEnum):
    """What a chart is written as."""

    PNG = "png"
    SVG = "svg"
    PDF = "pdf"


OFFERED: dict[Name, tuple[str, ...]] = {
    Name.AVAILABILITY: ("--by", "--units"),
    Name.ORIGINS: ("--units",),
    Name.BOTTLENECK: ("--maker",),
    Name.TIMELINE: (),
    Name.ORDERS: ("--chip",),
    Name.MILESTONES: ("--lab",),
    Name.TRAINING_INFERENCE: ("--holder",),
    Name.TOKENS: (),
    Name.DIFFERENCE: (),
}
"""What may be chosen of each chart of a run; a difference is one of comparisons alone."""

OF_LABS = (Name.MILESTONES, Name.TRAINING_INFERENCE, Name.TOKENS)
"""Charts of a world with labs."""


def without_labs(name: str, chart: Name) -> InputError:
    """That a chart asks for labs which a scenario or a run of that name does not have."""
    remedy = "run a scenario that has them: chipsim run baseline"
    return InputError((Fault(name, "--chart", f"has no labs, which the chart {chart} is about", remedy),))


@dataclass(frozen=True)
class Wish:
    """A chart as a reader asks for it; ``out`` is the picture's path, the run's charts/ folder if None.

    ``chip`` is the one whose orders are drawn, ``maker`` the one whose bottleneck is, ``lab`` the one whose models are,
    ``holder`` the one whose training and inference are: all of them, or the foremost, if not given.
    """

    chart: Name = Name.AVAILABILITY
    by: By = By.CHIP
    units: Units = Units.CHIPS
    format: Format = Format.PNG
    out: Path | None = None
    chip: str | None = None
    maker: str | None = None
    lab: str | None = None
    holder: str | None = None

    @property
    def file(self) -> str:
        """File name that tells the chart's variants apart; the plain one has the plain name."""
        by = f"-by-{self.by}" if self.by is not By.CHIP else ""
        units = f"-{self.units}" if self.units is not Units.CHIPS else ""
        about = "".join(f"-{name}" for name in (self.chip, self.maker, self.lab, self.holder) if name)
        return f"{self.chart}{by}{units}{about}.{self.format}"
