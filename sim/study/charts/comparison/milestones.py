"""When models are released under each scenario, an interval a scenario, against the dates that are recorded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from sim.facts.days import DAYS_PER_MONTH
from sim.facts.labs import MODEL
from sim.study.charts.choices import Name, without_labs
from sim.study.charts.comparison.choices import Wish
from sim.study.charts.comparison.contrast import Contrast
from sim.study.charts.comparison.grid import folded
from sim.study.charts.comparison.lines import frozen
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
from sim.study.comparing.lateness import MOST, felt, lateness_in, moves, told_days

PAGE, SLOT, SIGNS = 3.2, 0.15, 0.5
"""Inches of the page beside the rows, of a scenario's interval, and slots that a row's signs and margins take."""
COLUMNS = (50.0, 116.0)
"""Where what stands beside the rows is centred, in points from the axes."""
WORDS = (
    "Releases over replications: median, 50% and 90% intervals. Days later: the median of the differences of"
    " replications on the same luck, which need not be the difference of the medians. An arrow: goes on beyond."
)
MOST_UNDATED = 6
"""Models without a date that are drawn beside those that have one: the ones that move most."""
LETTERS, SHORT = 60, 16
"""Letters of a scenario's name in a line of the key, and in the name of a column."""


@dataclass(frozen=True)
class Model:
    """A model's release on every side that has it, by label, and the differences to the reference's."""

    sides: Mapping[str, Row]
    late: Mapping[str, Mapping[str, Any]]

    @property
    def days(self) -> float:
        """The most by which a variant moves it in the median, 0 for a week or less, endless if it never comes."""
        return max((moved_by(row) for row in self.late.values() if felt(row)), default=0.0)

    @property
    def name(self) -> str:
        """The model as tables name it."""
        return MODEL.join((self.row.lab, self.row.model))

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
        lab, shown = None, chosen(models)
    about = _subtitle(models, shown) if lab is None else WORDS
    heading = Heading(_message(contrast, shown, lab), about, known_until=contrast.known_until)
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


def chosen(models: list[Model]) -> list[Model]:
    """Models with a date that are moved, and the few others that are moved most; all with a date if none is moved.

    In a world where none has a date, all are as if they had one.
    """
    known = [model for model in models if model.row.dated] or models
    shown = {model.name for model in known if model.days > 0}
    shown |= {model.name for model in _adrift(models)[:MOST_UNDATED]}
    return [model for model in models if model.name in shown] or known


def _adrift(models: Sequence[Model]) -> list[Model]:
    """Models without a date that are moved by a month or more, those that are moved most first."""
    if not any(model.row.dated for model in models):
        return []
    some = [model for model in models if not model.row.dated and model.days >= DAYS_PER_MONTH]
    return sorted(some, key=lambda model: -model.days)


def _message(contrast: Contrast, models: Sequence[Model], lab: str | None) -> str:
    """The model drawn that a variant moves most, in the median of the pairs.

    One that is moved by a month or more comes before others, then one with a date.
    """
    found = [
        ((moves(row, DAYS_PER_MONTH), model.row.dated, moved_by(row)), label, model)
        for model in models
        for label, row in model.late.items()
        if felt(row)
    ]
    if not found:
        whose = f" of {lab}" if lab else " with a date" * any(model.row.dated for model in models)
        than = f"against {contrast.reference}, in the median"
        return f"No variant moves the release of a model{whose} by more than a week {than}"
    _, label, model = max(found, key=lambda one: one[0])
    row, name = model.late[label], f"{model.row.lab}'s {model.row.model}"
    when = _conditional(contrast, model, label)
    if row["p50"] is None:
        here, there = (f"{1 - row[f'never_{side}']:.0%}" for side in ("variant", "reference"))
        return f"{name} ships in {here} of replications under {label}, in {contrast.reference} in {there}{when}"
    words = f"{abs(row['p50']):.0f} days {'later' if row['p50'] > 0 else 'sooner'}"
    return f"{name} ships {words} under {label} than in {contrast.reference}{when}"


def _conditional(contrast: Contrast, model: Model, label: str) -> str:
    """What the title adds where a model ships after what is known on either side, in the median."""
    days = [model.sides[side].median if side in model.sides else None for side in (contrast.reference, label)]
    day = None if None in days else max(day for day in days if day)
    return frozen(day, contrast.known_until) if contrast.known_until < contrast.end else ""


def _subtitle(models: Sequence[Model], shown: Sequence[Model]) -> str:
    """What is drawn, and which models are not."""
    parts, adrift = [WORDS], len(_adrift(models))
    if left_out := sum(model.row.dated for model in models) - sum(model.row.dated for model in shown):
        many, verb = ("model", "is") if left_out == 1 else ("models", "are")
        what = f"{left_out} {many} with a date that no variant moves by more than a week"
        parts.append(f"{what} {verb} left out (--lab shows them).")
    if adrift > MOST_UNDATED:
        many = f"Of {adrift} models without a date that move by a month or more"
        parts.append(f"{many}, the {MOST_UNDATED} that move most are drawn.")
    elif adrift:
        parts.append("Models without a date are drawn if they move by a month or more.")
    return " ".join(parts)


def _numbers(tables: Mapping[str, pl.DataFrame], models: Sequence[Model]) -> pl.DataFrame:
    """What is drawn: the releases of the shown models on every side, and the median days later."""
    names = [model.name for model in models]
    late = {(label, model.name): row["p50"] for model in models for label, row in model.late.items()}
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
