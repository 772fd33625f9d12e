from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from small_world import FRAME, MONTHS, kept, lucky, outcome

from sim.facts.chips import Chip
from sim.study.ensemble import run_ensemble
from sim.study.keeping.groups import groups_table
from sim.study.keeping.headline import headline
from sim.study.keeping.periods import period_span
from sim.study.keeping.quantiles import LEVELS, statistics
from sim.study.keeping.tables import blocks, events_table, series_table, summary_table
from sim.study.scenario import HeadlineRow

CHIPS = {"F1": Chip(vendor="Foreign", line="f", stack="cuda"), "D1": Chip(vendor="Home", line="d", stack="cann")}


BY = "it is recorded by actor and chip"


def rows(table: pl.DataFrame, **labels: str | None) -> pl.DataFrame:
    for label, value in labels.items():
        table = table.filter(pl.col(label).is_null() if value is None else pl.col(label) == value)
    return table


def see_saw() -> dict:
    """One chip's stock rises with luck as the other's falls: 10 + 90, 50 + 50, 90 + 10."""
    ensemble = kept(*(outcome(i, stock=[[0, 0], [f, 100 - f]]) for i, f in enumerate((10, 50, 90))))
    return blocks(ensemble, FRAME)


def test_totals_are_taken_before_quantiles_because_quantiles_do_not_add():
    april = summary_table(see_saw(), FRAME).filter(pl.col("date") == pl.date(2024, 4, 30))

    assert rows(april, actor="lab", chip="F1")["p95"].item() == pytest.approx(86)
    assert rows(april, actor="lab", chip="D1")["p95"].item() == pytest.approx(86)
    assert rows(april, actor="lab", chip=None)["p95"].item() == 100
    assert rows(april, actor=None, chip=None)["p5"].item() == 100


def test_what_is_zero_in_every_replication_and_month_is_left_out():
    combinations = summary_table(see_saw(), FRAME).select("measure", "actor", "chip").unique(maintain_order=True)

    assert combinations.rows() == [
        ("stock", None, None),
        ("stock", None, "F1"),
        ("stock", None, "D1"),
        ("stock", "lab", None),
        ("stock", "lab", "F1"),
        ("stock", "lab", "D1"),
    ]


def test_a_measure_that_does_not_add_up_has_no_totals_and_skips_the_undefined():
    ages = np.full((MONTHS, 2), np.nan)
    ages[1:, 0] = 30
    table = summary_table(blocks(kept(outcome(0, lead_time=ages), outcome(1)), FRAME), FRAME)

    assert table.select("measure", "chip", "p50").rows() == [
        ("lead_time", "F1", None),
        ("lead_time", "F1", 30),
        ("lead_time", "F1", 30),
        ("lead_time", "F1", 30),
    ]


def test_a_failed_replication_counts_in_no_quantile():
    ensemble = run_ensemble(lucky, 5)
    sound = [lucky(number).measures["stock"][:, 1, 0] for number in (0, 1, 2, 4)]

    found = rows(summary_table(blocks(ensemble, FRAME), FRAME), measure="stock", actor="lab", chip="F1")

    for name, level in LEVELS.items():
        assert found[name].to_list() == np.quantile(sound, level, axis=0).tolist()


def test_series_hold_every_replication_with_its_own_total():
    ensemble = run_ensemble(lucky, 5)
    table = series_table(blocks(ensemble, FRAME), FRAME, [0, 1, 2, 4])
    last = rows(table, measure="stock", actor=None, chip=None).filter(pl.col("date") == pl.date(2024, 4, 30))

    assert last.select("replication", "value").rows() == [
        (number, lucky(number).measures["stock"][-1].sum()) for number in (0, 1, 2, 4)
    ]


def test_labels_fill_the_column_of_their_dimension():
    table = summary_table(blocks(kept(outcome(0, deliveries=1, binding=0.25)), FRAME), FRAME)
    delivered = rows(table, measure="deliveries", actor="lab", chip="D1", origin="domestic")
    bound = rows(table, measure="binding", actor="Home", item="hbm")

    assert delivered["mean"].to_list() == [1] * MONTHS
    assert rows(table, measure="deliveries", actor=None, chip=None, origin=None)["mean"].to_list() == [12] * MONTHS
    assert bound["p50"].to_list() == [0.25] * MONTHS


def test_the_event_log_keeps_causes_and_dates():
    table = events_table(kept(outcome(0), outcome(1)))

    assert table.select("replication", "id", "cause", "date", "actor", "quantity").rows() == [
        (0, 1, None, date(2024, 1, 1), "some-rule", None),
        (1, 1, None, date(2024, 1, 1), "some-rule", None),
    ]


def test_no_sound_replication_leaves_empty_tables_of_the_same_columns():
    measured = blocks((), FRAME)

    assert summary_table(measured, FRAME).columns == summary_table(see_saw(), FRAME).columns
    assert series_table(measured, FRAME, []).is_empty()
    assert groups_table(measured, FRAME, CHIPS, {"Home"}).is_empty()
    assert events_table(()).is_empty()


def test_groups_are_summed_in_each_replication():
    table = groups_table(see_saw(), FRAME, CHIPS, {"Home"}).filter(pl.col("date") == pl.date(2024, 4, 30))

    assert rows(table, by="origin").select("group", "p50").rows() == [("legal", 50), ("domestic", 50)]
    assert rows(table, by="holder").select("group", "p5", "p95").rows() == [("lab", 100, 100)]
    assert rows(table, by="all")["p5"].item() == 100
    assert rows(table, by="vendor")["group"].to_list() == ["Foreign", "Home"]


def told(**row: str) -> list[tuple[float, float, float]]:
    ensemble = kept(*(outcome(i, stock=[[0, i], [1, 1]], deliveries=i, lead_time=[[7, np.nan]]) for i in (0, 1, 2)))
    found = headline({"row": HeadlineRow(**row)}, blocks(ensemble, FRAME), FRAME)
    return [(one["p5"], one["p50"], one["p95"]) for one in found.rows] or list(found.notes)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"measure": "stock", "period": "2024-04-30"}, [(2.1, 3, 3.9)]),
        ({"measure": "stock", "period": "2024Q1", "actor": "lab"}, [(2, 2, 2)]),
        ({"measure": "deliveries", "period": "2024Q1"}, [(3.6, 36, 68.4)]),
        ({"measure": "deliveries", "period": "2024Q1", "origin": "legal", "chip": "F1"}, [(0.6, 6, 11.4)]),
        ({"measure": "lead_time", "period": "2024-02", "chip": "F1"}, [(7, 7, 7)]),
        ({"measure": "orders", "period": "2024-02"}, [(0, 0, 0)]),
        ({"measure": "stock", "period": "2024"}, ["headline.row: 2024 is not wholly inside the simulated days"]),
        ({"measure": "lead_time", "period": "2024-02"}, ["headline.row: lead_time has no total; say which chip"]),
        ({"measure": "lead_time", "period": "2024-02", "chip": "D1"}, ["headline.row: undefined in every replication"]),
        ({"measure": "stock", "period": "2024-02", "chip": "X"}, ["headline.row: 'X' is not one of F1, D1"]),
        (
            {"measure": "stock", "period": "2024-02", "item": "hbm"},
            [f"headline.row: stock is not recorded by item; {BY}"],
        ),
        ({"measure": "stocks", "period": "2024-02"}, ["headline.row: no measure is called 'stocks'"]),
    ],
)
def test_headline(row, expected):
    found = told(**row)

    assert found == [pytest.approx(one) if isinstance(one, tuple) else one for one in expected]


@pytest.mark.parametrize(
    ("text", "days"), [("2024", 366), ("2024Q1", 91), ("2024-Q4", 92), ("2024-02", 29), ("2023-12-31", 31)]
)
def test_a_period_is_whole_months(text, days):
    span = period_span(text)

    assert span.end - span.start == days


@pytest.mark.parametrize("text", ["", "24", "2024Q5", "2024-13", "2023-02-29", "next year"])
def test_what_is_no_period(text):
    with pytest.raises(ValueError, match=r"period|month"):
        period_span(text)


@settings(max_examples=60, deadline=None)
@given(arrays(np.float64, st.tuples(st.just(3), st.integers(1, 30)), elements=st.floats(-1e9, 1e9)))
def test_quantiles_are_numpys_to_the_last_bit(values):
    found = statistics(values)

    for name, level in LEVELS.items():
        assert found[name].tolist() == np.quantile(values, level, axis=1).tolist()
