"""Titles of comparisons' charts are true of what is drawn: which model, which month, which lab, which year."""

import re
import shutil
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from sim.study.charts.comparison.choices import Kind, Wish
from sim.study.charts.comparison.contrast import contrast_of
from sim.study.charts.comparison.lines import frozen, told_year
from sim.study.charts.comparison.milestones import Model, chosen
from sim.study.charts.comparison.registry import CHARTS
from sim.study.charts.page import Drawing
from sim.study.charts.progress import Row
from sim.study.charts.style import look
from sim.study.comparing.answering import work_out_sides
from sim.study.comparing.compared import Compared
from sim.study.comparing.lateness import LATENESS_FILE, lateness_in
from sim.study.comparing.sides import comparison, wanted
from sim.study.question import Asked
from sim.study.runs import How

LABS = Path(__file__).parent / "worlds/tiny/labs.toml"
TWO = f"""
title = "Two tiny labs"
question = "What changes after the last day that is known?"
extends = ["{LABS}"]

[labs.Deep.models.One]
planned = 2022-05-01

[labs.Deep.models.Three]
new = true
size = "large"
starts = 2024-02-01
flop = 1e23
research = 2
research_days = 30
cluster = 300
stack = "cuda"

[labs.Wide]
new = true
holder = "Lab"
patience = 90
users = {{ points = {{ 2022-01-01 = 1 }} }}
elsewhere = 0.5

[labs.Wide.models.Alone]
size = "large"
starts = 2022-02-01
flop = 1e23
research = 2
research_days = 60
cluster = 300
stack = "cuda"
"""
LATE = "+labs.Deep.models.Three.flop=2e25"
"""A model begun after the last known day grows: nothing differs before."""
FEWER = "+labs.Deep.users={ points = { 2022-01-01 = 0.5 } }"
"""Users move from one lab to the other: all together serve as many."""


@pytest.fixture(scope="module")
def compared(tmp_path_factory) -> Compared:
    folder = tmp_path_factory.mktemp("titles")
    (folder / "two.toml").write_text(TWO)
    sides = [wanted(f"{folder / 'two.toml'}{ending}") for ending in ("", LATE, FEWER)]
    return work_out_sides(comparison(sides, Asked(replications=2)), How(folder, jobs=1))


def drawn(compared: Compared, places: tuple[int, ...], wish: Wish) -> Drawing:
    """A chart of the reference and the variants at those places."""
    sides = [compared.manifest["sides"][place] for place in (0, *places)]
    with look():
        return CHARTS[wish.kind](contrast_of(Compared(compared.path, compared.manifest | {"sides": sides})), wish)


def said(drawing: Drawing) -> str:
    """All that stands on a page, as one line: words above its axes, on them, in its keys."""
    figure = drawing.figure
    texts = [*figure.texts, *(text for key in figure.legends for text in key.get_texts())]
    texts += [text for ax in figure.axes for text in (ax._left_title, *ax.texts)]
    return " ".join(" ".join(text.get_text() for text in texts).split())


def test_a_model_without_a_date_that_moves_is_drawn_and_named(compared):
    drawing = drawn(compared, (1,), Wish(Kind.MILESTONES))
    assert set(drawing.numbers["model"]) == {"Deep.Three"}
    told = "Deep's Three ships in 0% of replications under Three.flop = 2e25, in two in 100%"
    assert f"{told}, on rules frozen as of January 2024" in said(drawing)
    assert "1 model with a date that no variant moves by more than a week is left out" in said(drawing)
    assert "Models without a date are drawn if they move by a month or more." in said(drawing)


def test_where_no_model_moves_those_with_a_date_are_drawn_and_the_title_is_of_them(compared):
    drawing = drawn(compared, (2,), Wish(Kind.MILESTONES))
    assert set(drawing.numbers["model"]) == {"Deep.One"}
    told = "No variant moves the release of a model with a date by more than a week against two, in the median"
    assert told in said(drawing)
    one = drawn(compared, (2,), Wish(Kind.MILESTONES, lab="Wide"))
    assert "moves the release of a model of Wide by more than a week" in said(one)


def test_what_moves_by_a_week_is_not_drawn_as_moved(compared, tmp_path):
    """A week is the step of the model's clock."""
    copy = tmp_path / "comparison"
    shutil.copytree(compared.path, copy)
    days = pl.col("item").replace_strict({"Deep.One": 7, "Wide.Alone": 40}, default=0.0)
    lateness_in(compared.path).with_columns(p50=days).write_parquet(copy / LATENESS_FILE)
    drawing = drawn(Compared(copy, compared.manifest), (1,), Wish(Kind.MILESTONES))
    assert set(drawing.numbers["model"]) == {"Wide.Alone"}
    assert "Wide's Alone ships 40 days later under Three.flop = 2e25 than in two" in said(drawing)


def model(name: str, days: float, recorded: date | None = None) -> Model:
    """A model whose release one variant moves."""
    row = Row("Deep", name, None, recorded, {}, {})
    return Model({"one": row}, {"other": {"p50": days, "never_both": 0.0}})


def test_of_models_without_a_date_the_few_that_move_most_are_drawn():
    undated = [model(f"M{days}", days) for days in range(20, 120, 10)]
    dated = [model("still", 7, date(2024, 1, 1)), model("moved", -8, date(2024, 1, 1))]
    found = [one.row.model for one in chosen([*dated, *undated])]
    assert found == ["moved", *(f"M{days}" for days in range(60, 120, 10))]
    assert chosen([*dated[:1], *undated[:2]]) == dated[:1]
    assert chosen(undated) == undated


def test_the_largest_difference_is_of_the_months_that_the_page_says(compared):
    wish = Wish(measure="training_demand")
    late, both = drawn(compared, (1,), wish), drawn(compared, (1, 2), wish)
    told = late.numbers.sort(pl.col("p50").abs(), descending=True).row(0, named=True)
    assert told["date"] > date(2024, 1, 1)
    assert f"in {told['date']:%B %Y}, at its largest, on rules frozen as of January 2024" in said(late)
    assert "“Largest” is of all months, as hardly anything differs before the grey part." in said(late)
    assert "a rule's day" not in said(late)
    assert "dropped" not in said(late)
    # the other variant differs by a trifle
    assert "Three.flop = 2e25 changes training's demand for compute most: " in said(both)
    served = Wish(measure="tokens", actor="Deep")
    assert "“Largest” is of the months before the grey part." in said(drawn(compared, (2,), served))
    mixed = said(drawn(compared, (1, 2), served))
    assert "“Largest” is of the months before the grey part, of all where hardly anything differs in those." in mixed
    assert re.search(
        r"0.5 } } changes the number of tokens served \(Deep\) most: −.* in (\w+) 2023 Variant minus", mixed
    )


def test_what_is_unmet_is_told_of_a_year_in_which_sides_differ(compared):
    wish = Wish(Kind.TRAINING_INFERENCE)
    assert "In 2024 85% of training demand is unmet under Three.flop = 2e25, 0% in two, on rules frozen as of" in said(
        drawn(compared, (1,), wish)
    )
    alike = said(drawn(compared, (2,), wish))
    assert re.match(r"In 2023 \d+% of training demand and \d+% of inference demand are unmet, whatever the", alike)


def test_where_all_labs_serve_as_many_the_title_is_of_the_one_that_moves_most(compared):
    drawing = drawn(compared, (2,), Wish(Kind.TOKENS))
    lab, size, way = re.match(
        r"In 2023 (\w+) serves (\d+)% (more|fewer) tokens a day under .* than in two; all labs together serve about",
        said(drawing),
    ).groups()
    whole = drawing.numbers.filter(what="difference, %", scenario=compared.manifest["sides"][2]["label"])
    alone = drawing.numbers.filter(what=f"difference of {lab}, %")
    year = pl.col("date").dt.year() == 2023
    assert whole.filter(year)["p50"].abs().max() < 1
    assert (alone.filter(year)["p50"].mean() > 0) == (way == "more")
    assert int(size) > 5
    assert f"Those of {lab} alone, minus two, in per cent of its median" in said(drawing)
    assert "alone" not in said(drawn(compared, (2,), Wish(Kind.TOKENS, lab="Deep")))


def test_history_comes_before_what_is_conditional():
    known = date(2026, 7, 1)
    assert told_year({2024: 5.0, 2025: -2.0, 2026: 9.0, 2028: 9.0}, 1.0, known) == 2025
    assert told_year({2024: 0.9, 2025: 0.0, 2027: 3.0, 2028: -2.0}, 1.0, known) == 2028
    assert told_year({2024: -5.0, 2025: 2.0, 2028: 30.0}, 1.0, known) == 2024
    assert told_year({2025: 2.0, 2028: 30.0}, 1.0, known) == 2028  # a trifle beside that
    assert told_year({2024: 0.9}, 1.0, known) is None
    assert told_year({}, 1.0, known) is None
    assert frozen(known, known) == ""
    assert frozen(date(2026, 7, 2), known) == frozen(None, known) == ", on rules frozen as of July 2026"
