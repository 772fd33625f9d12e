"""Rules and what they set off: each part's life in China, its rush, its end and its successor, linked to the rules."""

from datetime import date, timedelta

import polars as pl
from matplotlib.axes import Axes

from sim.facts.errors import Fault, InputError
from sim.study.charts.choices import Wish
from sim.study.charts.frame import Heading, head, shade_unknown
from sim.study.charts.geometry import at, yearly
from sim.study.charts.lanes import OPENED, RING, RULED, draw_begun, draw_memory, draw_part, draw_smuggled
from sim.study.charts.page import Drawing, Panel, stack_panels
from sim.study.charts.rules import Side, draw_marks
from sim.study.charts.story import (
    LINKED,
    REOPENED,
    STRUCK,
    Story,
    story_of,
)
from sim.study.charts.style import FAINT
from sim.study.charts.view import View
from sim.study.keeping.wording import brief

PAGE, LANE_INCHES = 3.4, 0.52
"""Inches of the page beside the lanes, and of a lane."""

LONGEST_NAME = 16
"""Letters of a part's name that one line beside the lanes has room for."""

SPREAD = ("p5", "p50", "p95")
TICKS_CLEAR = 20.0
BEFORE, AFTER = 300, 560
"""Days shown before the first rule and after the last known one."""


def timeline(view: View, wish: Wish) -> Drawing:
    """Rules and responses as a story in lanes. InputError if no rule did anything to a part sold in China."""
    story = story_of(view)
    if not story.parts:
        raise InputError((Fault(view.name, "", "no rule touched a part sold in China, so there is nothing to draw"),))
    subtitle = (
        f"{view.facts['title']}. Bars: deliveries to China. Diamond to triangle: design to first shipment, with its 90%"
        " interval. Cross: stopped by the rule it hangs on, of the US above, of China below. All are medians."
        f"{_left_out(story)}"
    )
    heading = Heading(_message(story, view), subtitle, story.above, view.known_until)
    lanes = len(story.parts) + len(_extras(story))
    panel = Panel(lambda ax: draw_timeline(ax, story, heading))
    figure = stack_panels((panel,), view.made, view.sources, PAGE + LANE_INCHES * lanes)
    return Drawing(figure, _numbers(story))


def _left_out(story: Story) -> str:
    if not story.left_out:
        return ""
    verb = "has no lane: it" if len(story.left_out) == 1 else "have no lanes: they"
    return f" {_listed(story.left_out)} {verb} came in at most half of the replications."


def _listed(names: tuple[str, ...]) -> str:
    """A100, H800 and H20."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _message(story: Story, view: View) -> str:
    """The rule that struck most orders."""
    struck = [moment for part in story.parts for moment in part.happened(STRUCK) if moment.quantity and moment.law]
    if not struck:
        return "What each rule set off"
    most = max(struck, key=lambda moment: moment.quantity[1] if moment.quantity else 0.0)
    name = view.labels.get(most.law, most.law)
    chips = brief(most.quantity[1] if most.quantity else 0.0)
    return f"“{name}” struck orders for {chips} {most.about} in {most.when:%B %Y}"


def _extras(story: Story) -> list[str]:
    found = {"memory": len(story.memory), "smuggled": len(story.smuggled), "begun": len(story.begun)}
    return [name for name, size in found.items() if size]


def _numbers(story: Story) -> pl.DataFrame:
    """Every moment drawn: kind, chip, the rule behind, share of replications, dates and quantities."""
    moments = [moment for part in story.parts for moment in part.moments] + list(story.begun)
    rows = [
        {
            "kind": moment.kind,
            "chip": moment.about,
            "rule": moment.law,
            "share": moment.replications / moment.of,
            **{f"date_{q}": date.fromordinal(round(day)) for q, day in zip(SPREAD, moment.day, strict=True)},
            **{f"quantity_{q}": value for q, value in zip(SPREAD, moment.quantity or (None,) * 3, strict=True)},
            "unit": moment.unit,
        }
        for moment in moments
    ]
    told = pl.DataFrame(rows, schema_overrides={f"quantity_{q}": pl.Float64 for q in SPREAD})
    flows = (("HBM received", story.memory, "stacks a month"), ("smuggled", story.smuggled, "chips a quarter"))
    return pl.concat([told, *(_flow(*flow) for flow in flows if len(flow[1]))], how="diagonal")


def _flow(kind: str, rows: pl.DataFrame, unit: str) -> pl.DataFrame:
    named = rows.rename({"date": "date_p50", **{q: f"quantity_{q}" for q in SPREAD}})
    return named.with_columns(kind=pl.lit(kind), unit=pl.lit(unit))


def draw_timeline(ax: Axes, story: Story, heading: Heading) -> Axes:
    """Draw the story on ``ax`` and return it: a lane for each part, then memory, smuggling and first production."""
    extras = _extras(story)
    lanes = len(story.parts) + len(extras)
    _frame(ax, story, heading)
    shade_unknown(ax, heading.known_until)
    for place, part in enumerate(story.parts):
        draw_part(ax, part, place)
    drawn = {"memory": draw_memory, "smuggled": draw_smuggled, "begun": draw_begun}
    for place, extra in enumerate(extras, len(story.parts)):
        drawn[extra](ax, story, place)
    _connect(ax, story, lanes)
    draw_marks(ax, story.below, Side(below=True, clear=TICKS_CLEAR, through=False))
    head(ax, heading, draw_marks(ax, story.above, Side(through=False)))
    return ax


def _frame(ax: Axes, story: Story, heading: Heading) -> None:
    """Dates from before the first rule to a year after the last known one; a lane a row, the first on top."""
    days = [mark.day for mark in (*story.above, *story.below)] or [part.begins for part in story.parts]
    last = max(days)
    known = heading.known_until or last
    ax.set_xlim(at(min(days) - timedelta(BEFORE)), at(max(last, known) + timedelta(AFTER)))
    yearly(ax)
    extras = _extras(story)
    names = {"memory": "HBM for\nChinese makers", "smuggled": "smuggled\nper quarter", "begun": "first made\nin China"}
    labels = [f"{_folded(part.chip)}\n{brief(part.delivered)}" for part in story.parts]
    labels += [names[extra] for extra in extras]
    ax.set_ylim(len(labels) - 0.5, -0.5)
    ax.set_yticks(range(len(labels)), labels)
    ax.tick_params(axis="y", length=0)
    for place in range(len(labels) - 1):
        ax.axhline(place + 0.5, color=FAINT, linewidth=0.7, zorder=0.5)


def _folded(chip: str) -> str:
    """A long name in two lines, broken at the hyphen nearest its middle."""
    breaks = [place + 1 for place, letter in enumerate(chip) if letter == "-"]
    if len(chip) <= LONGEST_NAME or not breaks:
        return chip
    middle = min(breaks, key=lambda place: abs(place - len(chip) / 2))
    return f"{chip[:middle]}\n{chip[middle:]}"


def _connect(ax: Axes, story: Story, lanes: int) -> None:
    """From each rule's name a line to the lanes it touches: from above for the US, from below for China."""
    for marks, edge in ((story.above, -0.5), (story.below, lanes - 0.5)):
        for mark in marks:
            touched = [place for place, part in enumerate(story.parts) if part.touched(mark.rule)]
            if mark.rule in story.on_memory:
                touched.append(len(story.parts))
            if touched:
                colour, lift = (OPENED, RING) if _opens(story, mark.rule) else (RULED, 0.0)
                end = (max(touched) if edge < 0 else min(touched)) - lift
                x = at(mark.day)
                ax.plot([x, x], [edge, end], color=colour, linewidth=0.9, linestyle="-" if edge < 0 else (0, (4, 2)))
                dots = [place - lift for place in touched]
                ax.plot([x] * len(dots), dots, linestyle="", marker="o", markersize=2.5, color=colour, zorder=4)


def _opens(story: Story, rule: str) -> bool:
    """Whether a rule reopened a part and did nothing else."""
    linked = [moment for part in story.parts for moment in part.moments if moment.law == rule and moment.kind in LINKED]
    return bool(linked) and all(moment.kind == REOPENED for moment in linked)
