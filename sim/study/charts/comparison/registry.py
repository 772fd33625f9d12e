"""Every chart of a comparison by kind, written as a picture with the numbers behind it as CSV beside it."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sim.facts.errors import InputError
from sim.study.charts.comparison.availability import availability
from sim.study.charts.comparison.bottleneck import bottleneck
from sim.study.charts.comparison.choices import Kind, Wish
from sim.study.charts.comparison.contrast import Contrast, contrast_of
from sim.study.charts.comparison.difference import difference
from sim.study.charts.comparison.milestones import milestones
from sim.study.charts.comparison.origins import origins
from sim.study.charts.comparison.tokens import tokens
from sim.study.charts.comparison.workloads import training_inference
from sim.study.charts.page import Drawing, write_page

if TYPE_CHECKING:
    from sim.study.comparing.compared import Compared

Chart = Callable[[Contrast, Wish], Drawing]

CHARTS: dict[Kind, Chart] = {
    Kind.DIFFERENCE: difference,
    Kind.AVAILABILITY: availability,
    Kind.ORIGINS: origins,
    Kind.BOTTLENECK: bottleneck,
    Kind.MILESTONES: milestones,
    Kind.TRAINING_INFERENCE: training_inference,
    Kind.TOKENS: tokens,
}
"""One function a question; a new chart is entered here."""


def write_comparison_chart(compared: "Compared", wish: Wish) -> tuple[Path, Path]:
    """Draw a chart of a comparison; return where the picture and its CSV are.

    InputError if there is nothing to draw, or for a measure, chip or label that is unknown or was never recorded.
    """
    return _write(compared.path, contrast_of(compared), wish)


def write_all(compared: "Compared") -> list[Path]:
    """Draw every kind of chart as it is by default; return the pictures. A kind with nothing to draw is left out."""
    contrast, pictures = contrast_of(compared), []
    for kind in CHARTS:
        with suppress(InputError):
            pictures.append(_write(compared.path, contrast, Wish(kind))[0])
    return pictures


def _write(folder: Path, contrast: Contrast, wish: Wish) -> tuple[Path, Path]:
    return write_page(lambda: CHARTS[wish.kind](contrast, wish), wish.out or folder / "charts" / wish.file, wish.format)
