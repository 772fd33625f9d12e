"""Every chart by name, and a run's chart as files: the picture, and the numbers behind it as CSV beside it."""

from collections.abc import Callable
from pathlib import Path

from sim.facts.errors import Fault, InputError
from sim.study.charts.bottleneck import bottleneck
from sim.study.charts.choices import Name, Wish
from sim.study.charts.milestones import milestones
from sim.study.charts.orders import orders
from sim.study.charts.origins import origins
from sim.study.charts.page import Drawing, write_page
from sim.study.charts.stock import availability
from sim.study.charts.timeline import timeline
from sim.study.charts.tokens import tokens
from sim.study.charts.view import View
from sim.study.charts.workloads import training_inference
from sim.study.keeping.results import all_failed

Chart = Callable[[View, Wish], Drawing]

CHARTS: dict[Name, Chart] = {
    Name.AVAILABILITY: availability,
    Name.ORIGINS: origins,
    Name.BOTTLENECK: bottleneck,
    Name.TIMELINE: timeline,
    Name.ORDERS: orders,
    Name.MILESTONES: milestones,
    Name.TRAINING_INFERENCE: training_inference,
    Name.TOKENS: tokens,
}
"""One function a question; a new chart is entered here."""


def write_chart(folder: Path, view: View, wish: Wish) -> tuple[Path, Path]:
    """Draw a chart of the run in ``folder``; return where the picture and its CSV are.

    InputError if there is nothing to draw, because every replication failed or for the reason the chart gives.
    """
    if broken := all_failed(view.facts):
        raise InputError((Fault(view.name, "", broken, "mend that and run it again"),))
    return write_page(lambda: CHARTS[wish.chart](view, wish), wish.out or folder / "charts" / wish.file, wish.format)
