"""What still waits on the last day: which models of labs, in how many replications, and what for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from sim.facts.labs import MODEL, Lab, Model
from sim.roadmap import left_out

WAITING = "waiting.parquet"
"""The table of a run whose world has labs."""

WAITS = {
    "actor": pl.String,
    "item": pl.String,
    "on_roadmap": pl.Boolean,
    "planned": pl.Date,
    "recorded": pl.Date,
    "waiting": pl.Float64,
    "share": pl.Float64,
    "want": pl.String,
    "amount": pl.Float64,
    "what": pl.String,
}
BY_WANT = ("actor", "item", "want", "what")
TYPES = {"replication": pl.Int64, **dict.fromkeys(BY_WANT, pl.String), "amount": pl.Float64}


@dataclass(frozen=True)
class Want:
    """A kind of want: how the log tells it on the last day, and what it is called here, with ``{}`` for the amount.

    Unless ``always`` it is told only of models that should be out by then.
    """

    kind: str
    told: str
    called: str
    always: bool = True


WANTS = (
    Want("cluster", r"^no cluster of [\d,]+ (H100-equivalents of one kind of chip on .+)$", "a cluster of {} ${1}"),
    Want("engineers", r"^no (engineers to port it to .+)$", "${1}"),
    Want("model", r"^(.+)\.(.+) is not (trained|released)$", "${1} ${2} to be ${3}"),
    Want("research", r"^no (chips for its research), \d+(% of which is left)$", "${1}, {}${2}"),
    Want("time", r"^\d+% of its research is left$", "its research, {}% of which is left", always=False),
    Want("time", r"^(its .+) is not over for [\d,]+ days? more$", "${1}, which takes {} days more", always=False),
)
"""Research, runs, steps and ports that are under way are a wait only where the model is late."""

AMOUNT = r"^(?:no cluster of |no chips for its research, |its .+ is not over for |)([\d,]+)"


def waiting_in(folder: Path) -> pl.DataFrame | None:
    """What waits at the end of the run in a folder; None if its world has no labs."""
    return pl.read_parquet(folder / WAITING) if (folder / WAITING).is_file() else None


def waiting_table(events: pl.LazyFrame, labs: Mapping[str, Lab], sound: Sequence[int], last: date) -> pl.DataFrame:
    """A row for each model and want that any of the ``sound`` replications ends with, on the ``last`` day.

    Models with a date come first, then others on a roadmap, then those that follow a trend; in each of these the ones
    that wait most often. ``waiting`` is the share of replications in which the model waits at all, ``share`` that in
    which it wants this; ``amount`` is the median of how much, H100-equivalents, percent or days.
    """
    kept = events.filter(pl.col("item") != "", pl.col("replication").is_in(sound))
    logged = kept.filter(pl.col("kind").is_in(["still waiting", "research begun"])).collect()
    roadmaps = _roadmaps(labs)
    wants = _news(pl.concat([_logged(logged), _never_begun(logged, labs, sound, last)]), roadmaps, last)
    alike = wants.group_by(BY_WANT).agg(
        share=pl.col("replication").n_unique() / max(len(sound), 1),
        amount=pl.col("amount").median(),
        unlike=pl.col("amount").n_unique() > 1,
    )
    often = wants.group_by("item").agg(waiting=pl.col("replication").n_unique() / max(len(sound), 1))
    whole = alike.join(often, on="item").join(roadmaps, on="item", how="left")
    order = ("dated", "on_roadmap", "waiting", "place", "share", "what")
    ordered = whole.sort(order, descending=(True, True, True, False, True, False))
    return ordered.with_columns(what=_spelt()).select(*WAITS)


def _logged(logged: pl.DataFrame) -> pl.DataFrame:
    """Wants as the log tells them, a row each; what is no want is left out."""
    detail, kind, what = pl.col("detail"), pl.lit(None, pl.String), pl.lit(None, pl.String)
    for want in WANTS:
        kind = pl.when(detail.str.contains(want.told)).then(pl.lit(want.kind)).otherwise(kind)
        what = pl.when(detail.str.contains(want.told)).then(detail.str.replace(want.told, want.called)).otherwise(what)
    waits = logged.filter(pl.col("kind") == "still waiting").with_columns(
        want=kind, what=what, amount=detail.str.extract(AMOUNT).str.replace_all(",", "").cast(pl.Float64)
    )
    return waits.filter(pl.col("want").is_not_null()).select("replication", *BY_WANT, "amount")


def _news(wants: pl.DataFrame, roadmaps: pl.DataFrame, last: date) -> pl.DataFrame:
    """Wants without those of models under way that are not late: out by no day before the last."""
    late = roadmaps.filter((pl.col("planned") < last) | (pl.col("recorded") < last))["item"].to_list()
    usual = [want.kind for want in WANTS if not want.always]
    return wants.filter(~pl.col("want").is_in(usual) | pl.col("item").is_in(late))


def _never_begun(logged: pl.DataFrame, labs: Mapping[str, Lab], sound: Sequence[int], last: date) -> pl.DataFrame:
    """Models that wait for the one before them where they were never begun: those that should be out by the last day,
    and those that are never made because one before them is switched off.
    """
    off, late = left_out(labs), []
    for name, item, model in _models(labs):
        if item in off:
            what = f"{off[item].replace(MODEL, ' ')}, which is switched off"
        elif model.after and any(day <= last for day in (model.planned, model.recorded) if day):
            what = f"{model.after.replace(MODEL, ' ')} to be {model.once}"
        else:
            continue
        late += [(number, name, item, "model", what, None) for number in sound]
    found = pl.DataFrame(late, schema=TYPES, orient="row").cast({"replication": logged.schema["replication"]})
    return found.join(logged, on=("replication", "item"), how="anti")


def _models(labs: Mapping[str, Lab]) -> Iterator[tuple[str, str, Model]]:
    """Every model on a roadmap that is not switched off: its lab, its whole name, itself."""
    for name, lab in labs.items():
        yield from ((name, MODEL.join((name, own)), model) for own, model in lab.models.items() if model.enabled)


def _roadmaps(labs: Mapping[str, Lab]) -> pl.DataFrame:
    """Every model by its whole name: its place, whether it is on a roadmap or follows a trend, and its dates."""
    rows = [(item, True, model.planned, model.recorded) for _, item, model in _models(labs)]
    for name, lab in labs.items():
        rows += [(MODEL.join((name, own)), False, None, None) for own in (lab.later.names if lab.later else ())]
    schema = {"item": pl.String, "on_roadmap": pl.Boolean, "planned": pl.Date, "recorded": pl.Date}
    dated = pl.col("planned").is_not_null() | pl.col("recorded").is_not_null()
    return pl.DataFrame(rows, schema=schema, orient="row").with_row_index("place").with_columns(dated=dated)


def _spelt() -> pl.Expr:
    """What is wanted, with how much of it."""
    number = pl.col("amount").round(0).cast(pl.Int64).map_elements(lambda amount: f"{amount:,}", pl.String)
    about = pl.when("unlike").then(pl.lit("about ")).otherwise(pl.lit("")) + number
    what = pl.col("what").str.replace(r"\{\}", about).str.replace(r"takes 1 days", "takes 1 day")
    return pl.when(pl.col("amount").is_null()).then("what").otherwise(what)
