"""When models are released under each scenario, an interval a scenario, against the dates that are recorded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from sim.facts.days import DAYS_PER_WEEK
from sim.facts.labs import MODEL
from sim.study.charts.choices import Name, without_labs
from sim.study.charts.comparison.choices import Wish
from sim.study.charts.comparison.contrast import Contrast
from sim.study.charts.comparison.grid import folded
from sim.study.charts.frame import Heading, head, shade_unknown
from sim.study.charts.geometry import at, size_in_points
from sim.study.charts.milestones import by_model, lab_in, row_of
from sim.study.charts.page import Drawing, Panel, stack_panels
from sim.study.charts.progress import (
    AFTER,
    PLANNED,
    RECORDED,
    RELEASED,
    Row,
    draw_release,
    frame_models,
    put_beside,
    sign_of,
    span_of,
)
from sim.study.charts.style import SMALL, Stroke
from sim.study.comparing.delays import moved_by
from sim.study.comparing.lateness import MOST, lateness_in, moves, told_days

PAGE, SLOT, SIGNS = 3.2, 0.15, 0.5
"""Inches of the page beside the rows, of a scenario's interval, and slots that a row's signs and margins take."""
COLUMNS = (50.0, 116.0)
"""Where what stands beside the rows is centred, in points from the axes."""
LETTERS, SHORT = 60, 16
"""Letters of a scenario's name in a line of the key, and in the name of a column."""


@dataclass(frozen=True)
class Model:
    """A model's release on every side that has it, by label, and the differences to the reference's."""

    sides: Mapping[str, Row]
    late: Mapping[str, Mapping[str, Any]]

    @property
    def row(self) -> Row:
        """The first side's, for its names and the dates that were said."""
        return next(iter(self.sides.values()))


def milestones(contrast: Contrast, wish: Wish) -> Drawing:
    """Releases by model and side. InputError if no side has labs, or the lab is unknown."""
    tables = {label: view.milestones for label, view in contrast.views.items()}
    there = {label: table for label, table in tables.items() if table is not None and not table.is_empty()}
    if not there:
        raise without_labs(contrast.name, Name.MILESTONES)
    models = _models(contrast, there)
    if wish.lab is not None:
        lab = lab_in(pl.concat(there.values()), contrast.name, wish.lab)
        shown = [model for model in models if model.row.lab == lab]
    else:
        dated = [model for model in models if model.row.dated] or models
        shown = [model for model in dated if any(_moves(row) for row in model.late.values())] or dated
    left_out = 0 if wish.lab else sum(model.row.dated for model in models) - len(shown)
    heading = Heading(_message(contrast, shown), _subtitle(left_out), known_until=contrast.known_until)
    panel = Panel(lambda ax: draw_releases(ax, shown, contrast.strokes, heading, contrast.end))
    tall = SLOT * (len(contrast.views) + 2 * SIGNS) * len(shown)
    figure = stack_panels((panel,), contrast.made, contrast.sources, PAGE + SLOT * len(contrast.views) + tall)
    return Drawing(figure, _numbers(there, shown))


def _models(contrast: Contrast, tables: Mapping[str, pl.DataFrame]) -> list[Model]:
    """Every model that a side has a release of, in the order of the first side that has labs."""
    late = lateness_in(contrast.paired.parent).filter(pl.col("milestone") == RELEASED)
    found: dict[tuple[str, str], dict[str, Row]] = {}
    for label, table in tables.items():
        for named, rows in by_model(table.filter(pl.col("milestone") == RELEASED)):
            found.setdefault(named, {})[label] = row_of(rows, named)
    labs = list(dict.fromkeys(lab for lab, _ in found))
    ordered = sorted(found.items(), key=lambda item: (labs.index(item[0][0]), not next(iter(item[1].values())).dated))
    known: dict[str, dict[str, dict[str, Any]]] = {}
    for row in late.filter(pl.col("variant").is_in(list(contrast.views))).iter_rows(named=True):
        known.setdefault(row["item"], {})[row["variant"]] = row
    return [Model(sides, known.get(MODEL.join(named), {})) for named, sides in ordered]


def _moves(row: Mapping[str, Any]) -> bool:
    return moves(row, DAYS_PER_WEEK)


def _message(contrast: Contrast, models: Sequence[Model]) -> str:
    """The model that a variant moves most, in the median of the pairs; one with a date before one without."""
    found = [
        ((model.row.dated, moved_by(row)), label, model)
        for model in models
        for label, row in model.late.items()
        if row["p50"] != 0 and row["never_both"] < MOST
    ]
    if not found:
        return f"No variant moves the release of a model against {contrast.reference}, in the median"
    _, label, model = max(found, key=lambda one: one[0])
    row, name = model.late[label], f"{model.row.lab}'s {model.row.model}"
    if row["p50"] is None:
        here, there = (f"{1 - row[f'never_{side}']:.0%}" for side in ("variant", "reference"))
        return f"{name} ships in {here} of replications under {label}, in {contrast.reference} in {there}"
    words = f"{abs(row['p50']):.0f} days {'later' if row['p50'] > 0 else 'sooner'}"
    return f"{name} ships {words} under {label} than in {contrast.reference}"


def _subtitle(left_out: int) -> str:
    parts = [
        "Releases over replications: median, 50% and 90% intervals. Days later: the median of the differences of"
        " replications on the same luck, which need not be the difference of the medians. An arrow: goes on beyond."
    ]
    if left_out:
        one = left_out == 1
        models, verb = ("model", "is") if one else ("models", "are")
        parts.append(f"{left_out} dated {models} that no variant moves by a week {verb} left out (--lab shows them).")
    return " ".join(parts)


def _numbers(tables: Mapping[str, pl.DataFrame], models: Sequence[Model]) -> pl.DataFrame:
    """What is drawn: the releases of the shown models on every side, and the median days later."""
    names = [MODEL.join((model.row.lab, model.row.model)) for model in models]
    late = {(label, name): row["p50"] for model, name in zip(models, names, strict=True)
            for label, row in model.late.items()}  # fmt: skip
    parts = []
    for label, table in tables.items():
        rows = table.filter(pl.col("milestone") == RELEASED, pl.col("item").is_in(names))
        days = pl.Series("days_later", [late.get((label, name)) for name in rows["item"]], dtype=pl.Float64)
        parts.append(rows.select(pl.lit(label).alias("scenario"), "*").with_columns(days))
    return pl.concat(parts).rename({"actor": "lab", "item": "model"})


def draw_releases(
    ax: Axes, models: Sequence[Model], strokes: Mapping[str, Stroke], heading: Heading, ends: date
) -> Axes:
    """Draw a row for each model on ``ax``, an interval for each scenario in its stroke, and return it."""
    frame_models(ax, [model.row for model in models], _span(models, ends))
    shade_unknown(ax, heading.known_until, said=False)
    slot = 1.0 / (len(strokes) + 2 * SIGNS)
    for place, model in enumerate(models):
        top = place - 0.5
        _said(ax, model.row, (top + 0.04, top + 0.96))
        for number, (label, stroke) in enumerate(strokes.items()):
            y = top + (SIGNS + 0.5 + number) * slot
            if label in model.sides:
                draw_release(ax, model.sides[label], y, _look(stroke))
            if label in model.sides or label in model.late:
                _beside(ax, model, label, y)
    _columns(ax, models, next(iter(strokes)))
    _key(ax, models, strokes, heading.known_until)
    head(ax, heading, 0.0)
    return ax


def _span(models: Sequence[Model], ends: date) -> tuple[date, date]:
    """From before the first date drawn to after all medians and middle halves; what is rarer goes on beyond."""
    rows = [row for model in models for row in model.sides.values()]
    first, _ = span_of(rows, ends)
    days = [row.day(RELEASED, quantile) for row in rows for quantile in ("p5", "p50", "p75")]
    said = [day for row in rows for day in (row.planned, row.recorded)]
    return first, min(max(day for day in (*days, *said) if day) + timedelta(AFTER), ends)


def _columns(ax: Axes, models: Sequence[Model], reference: str) -> None:
    """The names of the columns beside the rows, below them."""
    than = reference if len(reference) <= SHORT else "the reference"
    names = [f"days later\nthan {than}", "released\nby the end"]
    for name, points in zip(names if _partly(models) else names[:1], COLUMNS, strict=False):
        put_beside(ax, name, len(models) - 0.4, points, lift=-4.0)


def _partly(models: Sequence[Model]) -> bool:
    """Whether some replication never releases a model that is drawn."""
    rare = (row.reached.get(RELEASED, 0.0) < 1 for model in models for row in model.sides.values())
    return any(rare) or any(model.late.keys() - model.sides.keys() for model in models)


def _look(stroke: Stroke) -> dict[str, Any]:
    """A scenario's median: its marker in its colour, a bar for the reference."""
    return sign_of(stroke.marker or "|", 5.0 if stroke.marker else 8.0, stroke.colour, (stroke.colour, 1.6))


def _said(ax: Axes, row: Row, span: tuple[float, float]) -> None:
    """The recorded and the planned release as lines down the row, their signs at the top."""
    for day, look, label in ((row.planned, PLANNED, "planned"), (row.recorded, RECORDED, "recorded")):
        if day:
            ink = look["markeredgecolor"] if label == "planned" else look["color"]
            ax.plot([at(day)] * 2, span, color=ink, linewidth=0.9, alpha=0.8, zorder=2)
            ax.plot(at(day), span[0] + 0.03, label=label, zorder=5.5, **look)


def _beside(ax: Axes, model: Model, label: str, y: float) -> None:
    """The median days later, and how many replications release the model at all."""
    reached = model.sides[label].reached.get(RELEASED, 0.0) if label in model.sides else 0.0
    said = label in model.late and model.late[label]["never_both"] < MOST
    told = (told_days(model.late[label], "p50").replace("-", "\u2212") if said else "",
            f"{reached:.0%}" if reached < 1 else "")  # fmt: skip
    for text, points in zip(told, COLUMNS, strict=True):
        put_beside(ax, text, y, points)


def _key(ax: Axes, models: Sequence[Model], strokes: Mapping[str, Stroke], known_until: date | None) -> None:
    """Which sign is which scenario, and the signs of the dates said, below the years."""
    handles = [Line2D([], [], linewidth=2.4, **{**_look(s), "linestyle": "-"}) for s in strokes.values()]
    words = ["\n".join(folded(label, LETTERS)) for label in strokes]
    said = (
        ("planned", PLANNED, [m.row.planned for m in models]),
        ("recorded", RECORDED, [m.row.recorded for m in models]),
    )
    for label, look, days in said:
        if any(days):
            handles.append(Line2D([], [], **look))
            words.append(label)
    ax.legend(
        handles, words, loc="upper left", bbox_to_anchor=(0, -36 / size_in_points(ax)[1]), frameon=False,
        fontsize=SMALL, ncols=2, borderaxespad=0, borderpad=0, handlelength=2.6, columnspacing=2.0,
    )  # fmt: skip
    if known_until is not None and at(known_until) < ax.get_xlim()[1]:
        words_grey = f"grey: conditional on rules frozen as of {known_until.day} {known_until:%B %Y}"
        ax.annotate(words_grey, (1, 0), (0, -20), xycoords="axes fraction", textcoords="offset points", fontsize=SMALL,
                    fontstyle="italic", ha="right", va="top")  # fmt: skip
