"""The rows of the milestones chart: research, final run and what follows as bars, the release and its dates beneath."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from sim.facts.days import DAYS_PER_MONTH, DAYS_PER_YEAR
from sim.study.charts.frame import Heading, head, shade_unknown
from sim.study.charts.geometry import at, quarterly, size_in_points, swatch, yearly
from sim.study.charts.rules import draw_marks
from sim.study.charts.style import BODY, FAINT, HAIRLINE, INK, MUTED, SMALL

RESEARCH, RUN, FAILED, TRAINED, RELEASED = "research", "final run", "failed", "trained", "released"
QUARTERS_SHOWN, BEFORE, AFTER = 3.5, 30, 60
"""Years up to which quarters have ticks of their own; days shown before the first milestone and after the last."""

BAR, LIFT, DROP = 0.34, 0.16, 0.25
"""Height of a bar, how far it stands above its row's middle and the release's interval below, in rows."""

COLUMNS = {"months later\nthan recorded": 50.0, "first run\nfailed": 106.0, "released\nby the end": 154.0}
"""What stands beside the rows: the column's name, and where it is centred, in points from the axes."""


@dataclass(frozen=True)
class Fill:
    """How a step is told from the others: colour on a screen, lightness and hatch in grey print."""

    colour: str
    edge: str
    hatch: str
    words: str


FILLS = {
    RESEARCH: Fill("#D9D9D9", "#8c8c8c", "", "research"),
    RUN: Fill("#0072B2", "#0072B2", "", "final run"),
    TRAINED: Fill("#FFFFFF", "#7a4a00", "//////", "steps to release"),
}
"""By the milestone with which a step begins; each ends with the next."""

ENDS = {RESEARCH: RUN, RUN: TRAINED, TRAINED: RELEASED}


def sign_of(marker: str, size: float, colour: str, edge: tuple[str, float]) -> dict[str, Any]:
    """How a sign looks: its shape, size, colour, and its edge's colour and width."""
    shape = {"linestyle": "", "marker": marker, "markersize": size, "color": colour}
    return shape | {"markeredgecolor": edge[0], "markeredgewidth": edge[1]}


CAME = sign_of("|", 7.5, INK, (INK, 2.0))
PLANNED = sign_of("o", 5.0, "white", ("#00703C", 1.3))
RECORDED = sign_of("D", 4.6, "#B03A00", ("white", 0.6))
CROSS = sign_of("X", 6.5, INK, ("white", 0.8))


@dataclass(frozen=True)
class Row:
    """A model: the release that was planned and the one recorded, the share of replications and the quantiles of each
    milestone, None where so many never reached it."""

    lab: str
    model: str
    planned: date | None
    recorded: date | None
    reached: dict[str, float]
    quantiles: dict[str, dict[str, date | None]]

    def day(self, milestone: str, quantile: str = "p50") -> date | None:
        """A quantile of a milestone."""
        return self.quantiles.get(milestone, {}).get(quantile)

    @property
    def median(self) -> date | None:
        """The median release."""
        return self.day(RELEASED)

    @property
    def dated(self) -> bool:
        """Whether its release was planned or is recorded."""
        return bool(self.planned or self.recorded)

    @property
    def days(self) -> list[date]:
        """Every date drawn."""
        found = [self.day(RELEASED, "p5"), self.day(RELEASED, "p95"), *(self.day(step) for step in self.quantiles)]
        return [day for day in (self.planned, self.recorded, *found) if day]

    @property
    def ended(self) -> bool:
        """Whether all that is drawn ends before the run does."""
        return self.reached.get(RELEASED, 0.0) >= 1.0 or self.day(RELEASED, "p95") is not None

    def covers(self, low: str, high: str) -> bool:
        """Whether the recorded release lies between two quantiles of the simulated one."""
        first, last = self.day(RELEASED, low), self.day(RELEASED, high)
        return bool(self.recorded and first and first <= self.recorded <= (last or date.max))

    @property
    def months_late(self) -> float | None:
        """The median release less the recorded one, in months."""
        if self.median is None or self.recorded is None:
            return None
        return (self.median - self.recorded).days / DAYS_PER_MONTH


def draw_milestones(ax: Axes, rows: Sequence[Row], heading: Heading, ends: date) -> Axes:
    """Draw a row for each model on ``ax`` and return it; ``ends`` is the first day that was not simulated."""
    frame_models(ax, rows, span_of(rows, ends))
    shade_unknown(ax, heading.known_until, said=False)
    for place, row in enumerate(rows):
        _bars(ax, row, place)
        draw_release(ax, row, place + DROP)
        draw_said(ax, row, place + DROP)
        _beside(ax, row, place)
    _columns(ax, rows)
    _key(ax, rows, heading.known_until)
    head(ax, heading, draw_marks(ax, heading.marks))
    return ax


def span_of(rows: Sequence[Row], ends: date) -> tuple[date, date]:
    """From before the first date drawn to after the last, or to the end of the run if something lies beyond it."""
    days = [day for row in rows for day in row.days]
    last = max(days) + timedelta(AFTER) if all(row.ended for row in rows) else ends
    return min(days) - timedelta(BEFORE), min(last, ends)


def frame_models(ax: Axes, rows: Sequence[Row], span: tuple[date, date]) -> None:
    """Dates across; down models by name, their lab once, a line between labs."""
    left, right = (at(day) for day in span)
    ax.set_xlim(left, right)
    (quarterly if right - left < QUARTERS_SHOWN * DAYS_PER_YEAR else yearly)(ax)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.set_yticks(range(len(rows)), [row.model for row in rows])
    ax.tick_params(axis="y", length=0)
    longest = max(len(row.model) for row in rows) * BODY * 0.58 + 10
    for place, row in enumerate(rows):
        if place and rows[place - 1].lab == row.lab:
            if rows[place - 1].dated and not row.dated:
                ax.axhline(place - 0.5, color=MUTED, linewidth=0.8, linestyle=(0, (1, 2)), zorder=0.5)
            continue
        where: dict[str, Any] = {"xycoords": ax.get_yaxis_transform(), "textcoords": "offset points"}
        ax.annotate(row.lab, (0, place), (-longest, 0), ha="right", va="center", fontweight="bold", **where)
        if place:
            ax.axhline(place - 0.5, color=HAIRLINE, linewidth=0.7, zorder=0.5)
    ax.grid(axis="x", color=FAINT, linewidth=0.7)
    ax.set_axisbelow(True)


def _bars(ax: Axes, row: Row, place: int) -> None:
    """Research, final run and later steps between medians; a step that most never end goes on to the edge."""
    edge = ax.get_xlim()[1]
    for begins, fill in FILLS.items():
        start, end = row.day(begins), row.day(ENDS[begins])
        if start is None:
            continue
        length = (at(end) if end else edge) - at(start)
        bars = ax.barh(
            place - LIFT, length, BAR, left=at(start), color=fill.colour, edgecolor=fill.edge, hatch=fill.hatch,
            linewidth=0.6, zorder=2,
        )  # fmt: skip
        bars.set_label(f"{row.lab} {row.model}: {begins}")
    if failed := row.day(FAILED):
        ax.plot(at(failed), place - LIFT, label=FAILED, zorder=6, **CROSS)


def draw_release(ax: Axes, row: Row, y: float, look: Mapping[str, Any] = CAME) -> None:
    """The release's 90% and 50% intervals and its median, which ``look`` is of; beyond the edge where so many never
    come."""
    edge, ink = ax.get_xlim()[1], look["color"]
    for low, high, width in (("p5", "p95", 0.9), ("p25", "p75", 3.4)):
        first, last = row.day(RELEASED, low), row.day(RELEASED, high)
        if first:
            ax.plot([at(first), min(at(last), edge) if last else edge], [y, y], color=ink, linewidth=width,
                    solid_capstyle="butt", zorder=3)  # fmt: skip
    last = row.day(RELEASED, "p95")
    if row.day(RELEASED, "p5") and (last is None or at(last) > edge):
        ax.plot(edge, y, marker=">", markersize=5, color=ink, clip_on=False, zorder=5)
    if row.median:
        ax.plot(at(row.median), y, label="median", zorder=5, **look)


def draw_said(ax: Axes, row: Row, y: float) -> None:
    """The releases that were planned and recorded."""
    for label, day, look in (("planned", row.planned, PLANNED), ("recorded", row.recorded, RECORDED)):
        if day:
            ax.plot(at(day), y, label=label, zorder=5, **look)


def _beside(ax: Axes, row: Row, place: int) -> None:
    """By how many months the median is late, how often the first run failed, how many release at all."""
    late = row.months_late
    whole = row.reached.get(RELEASED, 0.0)
    failed = row.reached.get(FAILED, 0.0)
    told = ("" if late is None else _signed(late), _share(failed) if failed else "",
            _share(whole) if whole < 1 else "all")  # fmt: skip
    for text, points in zip(told, COLUMNS.values(), strict=True):
        if text:
            put_beside(ax, text, place, points)


def _signed(months: float) -> str:
    """A difference to a tenth of a month, none without a sign."""
    return f"{months:+.1f}".replace("-", "−") if abs(months) >= 0.05 else "0.0"


def _share(part: float) -> str:
    return f"{part:.0%}"


def put_beside(ax: Axes, text: str, y: float, points: float, lift: float = 0.0) -> None:
    """A word beside the axes, centred so many points from them."""
    where: dict[str, Any] = {
        "xycoords": ax.get_yaxis_transform(),
        "textcoords": "offset points",
        "annotation_clip": False,
    }
    va = "top" if lift else "center"
    ax.annotate(text, (1, y), (points, lift), ha="center", va=va, fontsize=SMALL, **where)


def _columns(ax: Axes, rows: Sequence[Row]) -> None:
    """The columns' names beneath them."""
    for name, points in COLUMNS.items():
        put_beside(ax, name, len(rows) - 0.4, points, lift=-4.0)


def _key(ax: Axes, rows: Sequence[Row], known_until: date | None) -> None:
    """What bars and signs mean, below the years; and what the grey part is."""
    width, height = size_in_points(ax)
    x, y = 0.0, -36 / height
    for fill in FILLS.values():
        ax.add_patch(swatch(ax, (x, y - 4 / height), fill.colour, fill.edge, fill.hatch))
        x = _named(ax, (x + 19 / width, y), fill.words)
    if any(row.day(FAILED) for row in rows):
        _sign(ax, (x + 5 / width, y), CROSS)
        x = _named(ax, (x + 14 / width, y), "first run failed, in most replications")
    x, y = 0.0, -52 / height
    ends = [x, x + 26 / width]
    for (left, right), thick in ((ends, 0.9), ((ends[0] + 6 / width, ends[1] - 6 / width), 3.4)):
        ax.add_line(Line2D([left, right], [y, y], color=INK, linewidth=thick, transform=ax.transAxes, clip_on=False))
    _sign(ax, (sum(ends) / 2, y), CAME)
    x = _named(ax, (x + 31 / width, y), "release: median, 50% and 90% intervals")
    for words, look, shown in (("planned", PLANNED, [r.planned for r in rows]),
                               ("recorded", RECORDED, [r.recorded for r in rows])):  # fmt: skip
        if any(shown):
            _sign(ax, (x + 4 / width, y), look)
            x = _named(ax, (x + 12 / width, y), words)
    if known_until is not None and at(known_until) < ax.get_xlim()[1]:
        words = f"grey: conditional on rules frozen as of {known_until.day} {known_until:%B %Y}"
        ax.text(0, -68 / height, words, transform=ax.transAxes, fontsize=SMALL, fontstyle="italic", color=MUTED,
                va="center")  # fmt: skip


def _named(ax: Axes, where: tuple[float, float], words: str) -> float:
    """A word of the key; gives where the next begins."""
    ax.text(*where, words, transform=ax.transAxes, fontsize=SMALL, va="center")
    return where[0] + (len(words) * SMALL * 0.6 + 16) / size_in_points(ax)[0]


def _sign(ax: Axes, where: tuple[float, float], look: dict[str, Any]) -> None:
    ax.plot(*where, transform=ax.transAxes, clip_on=False, zorder=6, **look)
