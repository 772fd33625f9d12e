"""What a reader may choose of a comparison's charts. Nothing heavy is imported, so that the command can name it."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sim.study.charts.choices import Format, Units


class Kind(StrEnum):
    """Which chart of a comparison."""

    DIFFERENCE = "difference"
    AVAILABILITY = "availability"
    ORIGINS = "origins"
    BOTTLENECK = "bottleneck"
    MILESTONES = "milestones"
    TRAINING_INFERENCE = "training-inference"
    TOKENS = "tokens"


OFFERED: dict[Kind, tuple[str, ...]] = {
    Kind.DIFFERENCE: ("--units", "--measure", "--actor", "--chip", "--origin", "--item"),
    Kind.AVAILABILITY: ("--units",),
    Kind.ORIGINS: ("--units",),
    Kind.BOTTLENECK: ("--maker",),
    Kind.MILESTONES: ("--lab",),
    Kind.TRAINING_INFERENCE: ("--holder",),
    Kind.TOKENS: ("--lab",),
}
"""What may be chosen of each chart."""

OF_LABS = (Kind.MILESTONES, Kind.TRAINING_INFERENCE, Kind.TOKENS)
"""Charts of worlds with labs."""


@dataclass(frozen=True)
class Wish:
    """A comparison's chart as a reader asks for it; ``out`` is the picture's path, its charts/ folder if None.

    ``units`` are H100-equivalents by TPP if not given: policies change which chips come, and chips of different kinds
    do not add up. ``measure`` (China's stock in those units if not given) and the labels choose what is subtracted.
    """

    kind: Kind = Kind.DIFFERENCE
    units: Units | None = None
    measure: str | None = None
    actor: str | None = None
    chip: str | None = None
    origin: str | None = None
    item: str | None = None
    maker: str | None = None
    lab: str | None = None
    holder: str | None = None
    format: Format = Format.PNG
    out: Path | None = None

    @property
    def counted(self) -> Units:
        """The units asked for, else H100-equivalents by TPP."""
        return self.units or Units.TPP

    @property
    def file(self) -> str:
        """File name that tells the chart's variants apart; the plain one has the plain name."""
        units = self.units if self.counted is not Units.TPP else None
        of_difference = (units, self.measure, self.actor, self.chip, self.origin, self.item)
        chosen = (*of_difference, self.maker, self.lab, self.holder)
        about = "".join(f"-{word.replace('/', '-').replace(' ', '-')}" for word in chosen if word)
        return f"{self.kind}{about}.{self.format}"
