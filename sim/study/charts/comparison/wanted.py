"""Which paired differences are drawn: a measure and labels, as a reader asks for them."""

from dataclasses import dataclass

import polars as pl

from sim.facts.deals import plain
from sim.facts.errors import Fault, InputError, did_you_mean
from sim.study.charts.choices import WORDS, Units
from sim.study.charts.comparison.choices import Wish
from sim.study.charts.comparison.contrast import Contrast
from sim.study.charts.stock import MEASURE, NOUN
from sim.study.comparing.differences import NUMBERS
from sim.study.comparing.phrases import WORDS as WORDS_OF
from sim.study.keeping.recorded import COLUMN, LABELS, misfits
from sim.world.series import MEASURES, Measure


@dataclass(frozen=True)
class Quantity:
    """What is subtracted: a measure, what of it (by key, and by name), its differences by variant and date."""

    measure: Measure
    labels: dict[str, str]
    names: list[str]
    table: pl.DataFrame

    @property
    def stock(self) -> Units | None:
        """In which units it is China's stock; None if it is something else."""
        return next((units for units, name in MEASURE.items() if name == self.measure.name), None)

    @property
    def unit(self) -> str:
        """What a difference is counted in."""
        if self.stock:
            return WORDS[self.stock]
        if self.measure.unit == "share":
            return "percentage points"
        return self.measure.unit.replace("H100e", "H100-equivalents") + " a month" * (self.measure.kind == "flow")

    @property
    def noun(self) -> str:
        """What a title calls it."""
        words = WORDS_OF.get(self.measure.name, self.measure.name)
        what = f"China's stock in {NOUN[self.stock]}" if self.stock else words
        return f"{what} ({', '.join(self.names)})" if self.names else what

    @property
    def scale(self) -> float:
        """What values are multiplied by to be in ``unit``."""
        return 100.0 if self.measure.unit == "share" else 1.0


def quantity(contrast: Contrast, wish: Wish) -> Quantity:
    """The differences asked for. InputError for an unknown measure or label, or one that was never recorded."""
    measure = _measure(contrast.name, wish)
    shown = (pl.col("measure") == measure.name) & pl.col("variant").is_in(contrast.variants)
    rows = contrast.differences.filter(shown).collect()
    if rows.is_empty():
        raise _fault(contrast, "--measure", f"{measure.name} was recorded on no side")
    labels = _labels(contrast, wish, (measure, rows))
    for column in LABELS:
        wanted = labels.get(column)
        rows = rows.filter(pl.col(column).is_null() if wanted is None else pl.col(column) == wanted)
    rows = rows.drop_nulls("p50")
    if rows.is_empty():
        raise _untold(contrast, measure, labels)
    known = contrast.views[contrast.reference].labels
    names = [known.get(label, label) for label in labels.values()]
    return Quantity(measure, labels, names, rows.select("date", "variant", *NUMBERS))


def _measure(name: str, wish: Wish) -> Measure:
    if wish.measure is None:
        return MEASURES[MEASURE[wish.counted]]
    if wish.measure not in MEASURES:
        remedy = did_you_mean(wish.measure, list(MEASURES)) or f"known: {', '.join(MEASURES)}"
        raise InputError((Fault(name, "--measure", f"no measure is called {wish.measure!r}", remedy),))
    if wish.units is not None:
        equivalents = ", ".join(MEASURE.values())
        remedy = f"leave it out, or name the measure of China's stock: {equivalents}"
        raise InputError((Fault(name, "--units", f"means nothing beside --measure {wish.measure}", remedy),))
    return MEASURES[wish.measure]


def _fault(contrast: Contrast, option: str, problem: str, remedy: str = "") -> InputError:
    return InputError((Fault(contrast.name, option, problem, remedy),))


def _labels(contrast: Contrast, wish: Wish, recorded: tuple[Measure, pl.DataFrame]) -> dict[str, str]:
    """Labels asked for as the table spells them, by column."""
    measure, rows = recorded
    asked = {"actor": wish.actor, "chip": wish.chip, "origin": wish.origin, "item": wish.item}
    for column, problem, remedy in misfits(measure, asked):
        if asked.get(column) is not None:  # a total that means nothing is told once the rest is known
            raise _fault(contrast, f"--{column}", problem, remedy)
    return {
        column: _spelt(contrast, column, word, rows[column].drop_nulls().unique().sort().to_list())
        for column, word in asked.items()
        if word is not None
    }


def _spelt(contrast: Contrast, column: str, word: str, recorded: list[str]) -> str:
    """A label's key, by its key or its name for people."""
    names = {key: name for view in contrast.views.values() for key, name in view.labels.items() if key in recorded}
    keys = {plain(key): key for key in recorded} | {plain(name): key for key, name in names.items()}
    if plain(word) in keys:
        return keys[plain(word)]
    ever = contrast.differences.select(pl.col(column).drop_nulls().unique()).collect()[column].to_list()
    known = plain(word) in map(plain, ever)
    problem = (
        f"nothing was ever recorded of {word!r}" if known else f"no {column} is called {word!r}, or nothing came of it"
    )
    remedy = did_you_mean(word, [*names.values(), *recorded]) or f"known: {', '.join(recorded)}"
    raise _fault(contrast, f"--{column}", problem, remedy)


def _untold(contrast: Contrast, measure: Measure, labels: dict[str, str]) -> InputError:
    """Why nothing is left: the measure has no total, or these labels never went together."""
    missing = [COLUMN[dimension] for dimension in measure.dimensions if COLUMN[dimension] not in labels]
    if not (measure.additive or measure.totals) and missing:
        remedy = f"say which: {', '.join(f'--{column}' for column in missing)}"
        return _fault(contrast, "--measure", f"{measure.name} has no total", remedy)
    told = ", ".join(labels.values()) or "all"
    return _fault(contrast, "--measure", f"{measure.name} of {told} is defined on both sides in no month")
