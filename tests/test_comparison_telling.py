"""Sentences about a comparison: what changes most, since when, what limits it, why the rest does not move."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from sim.facts.days import day_of
from sim.study.comparing.answering import work_out_sides
from sim.study.comparing.choosing import Moved, Renamed, choose
from sim.study.comparing.compared import PAIRED
from sim.study.comparing.levers import Lever, hidden_by
from sim.study.comparing.phrases import amount, relation, subject, subjects
from sim.study.comparing.sides import comparison, wanted
from sim.study.comparing.stretches import Stretch, in_turn, stretches
from sim.study.comparing.unmoved import Unmoved, uncertain, unmoved_words
from sim.study.question import Asked
from sim.study.runs import How

WORLDS = Path(__file__).parent / "worlds/tiny"
TINY = str(WORLDS / "tiny.toml")
NAMES = ("nothing", "packaging", "hbm")
DAYS = [day_of(date(2025, month, 28)) for month in range(1, 13)]


def row(measure: str, period: str, **labels: str) -> dict[str, Any]:
    return {"measure": measure, "period": period} | dict.fromkeys(("actor", "chip", "origin", "item")) | labels


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (row("stock_h100e_tpp", "2024"), "China's stock at the end of 2024 is"),
        (row("stock", "2024", actor="Cloud", chip="Alpha"), "Cloud's stock of the Alpha at the end of 2024 is"),
        (row("deliveries", "2025Q1", origin="legal"), "legal deliveries in the first quarter of 2025 are"),
        (row("deliveries", "2024", origin="smuggled"), "smuggling into China in 2024 is"),
        (row("produced", "2025", actor="delta"), "Delta Inc's output in 2025 is"),
        (row("offshore", "2026-06"), "Chinese firms' compute abroad at the end of June 2026 is"),
        (row("stranded_value", "2025", chip="Alpha"), "the value of Alpha stranded in 2025 is"),
        (row("fill_rate", "2025-03-15", chip="Alpha"), "the fill rate of the Alpha at the end of March 2025 is"),
    ],
)  # fmt: skip
def test_what_is_measured_in_words(asked, told):
    assert " ".join(subject(asked, {"delta": "Delta Inc"}, [asked["period"]])) == told


def test_several_measures_do_not_repeat_what_they_share():
    sold = (("A", "2023"), ("A", "2024"), ("B", "2023"))
    legal = [row("deliveries", year, chip=chip, origin="legal") for chip, year in sold]
    stocks = [row("stock", "2024"), row("stock_h100e_tpp", "2024")]
    assert subjects(legal, {}) == "legal deliveries of the A in 2023 and 2024 and of the B in 2023"
    assert (
        subjects(stocks, {}) == "China's number of chips at the end of 2024 and China's stock by TPP at the end of 2024"
    )


def test_sizes_in_words():
    assert amount(-81_406.5, "H100e by TPP") == "81k H100-equivalents by TPP"
    assert amount(-0.0312, "share") == "3.1 percentage points"
    assert amount(2.94e9, "USD") == "$2.9bn"
    assert (relation(-1.0), relation(0.12), relation(4.2)) == ("100%", "12%", "5.2 times as much")


def test_rows_too_uncertain_to_tell_stand_apart_from_those_that_do_not_move():
    rows = [row("stock", "2023"), row("revenue", "2023"), row("inference_share", "2023"), row("produced", "2023")]
    rows = [one | {"unit": "share" if one["measure"] == "inference_share" else "chips"} for one in rows]
    found = [
        Unmoved("stock", False, "limited by HBM", 0.04),
        Unmoved("revenue", False, "limited by HBM", 0.88, wide=True),
        Unmoved("inference_share", False, "", 0.2, wide=True),
        Unmoved("produced", False, "", None, wide=True),
    ]
    still, few = unmoved_words(rows, found, {})
    assert still == (
        "Not moved, or not beyond sampling error: China's number of chips at the end of 2023 (limited by HBM; the mean "
        "by at most 4% either way, 95% interval)."
    )
    assert few == (
        "Too few replications to tell: revenue in 2023 (the mean by at most 88% either way, 95% interval); the share "
        "of compute in use that serves at the end of 2023 (the mean by at most 20.0 percentage points either way, 95% "
        "interval); output in 2023 (none in the reference)."
    )
    assert unmoved_words(rows[:1], found[:1], {}) == (still, "")
    assert unmoved_words([], [], {}) == ("", "")


@pytest.mark.parametrize(
    ("unit", "within", "level", "told"),
    [
        ("chips", 0.1, 500.0, False),
        ("chips", 0.11, 500.0, True),
        ("share", 0.03, 0.14, True),  # 3 points of 14
        ("share", 0.03, 0.6, False),
        ("share", 0.009, 0.02, False),  # less than a point
    ],
)
def test_an_interval_wider_than_a_tenth_of_the_reference_tells_nothing(unit, within, level, told):
    assert uncertain({"unit": unit}, within, level) is told


def test_stretches_are_what_most_replications_have_and_a_flicker_is_none():
    packaging, hbm = [1, 1, 1, 2], [2, 2, 2, 1]
    states = np.array([packaging] * 4 + [hbm] + [packaging] * 2 + [hbm] * 5)
    found = stretches(states, NAMES, DAYS)
    assert [(s.holds, s.since, s.until, s.second) for s in found] == [
        ("packaging", "2025-01-28", "2025-07-28", "hbm"),
        ("hbm", "2025-08-28", "2025-12-28", "packaging"),
    ]
    assert [s.agree for s in found] == [pytest.approx(19 / 28), 0.75]


def test_a_stretch_too_mixed_to_tell_goes_with_the_one_before():
    split = [1, 1, 1, 1, 2, 2, 2, 2, 2, 0]
    states = np.array([[1] * 10] * 6 + [split] * 6)
    assert [(s.holds, s.until) for s in stretches(states, NAMES, DAYS)] == [("packaging", "2025-12-28")]


def test_constraints_are_told_in_turn_with_how_many_replications_have_them():
    found = [
        Stretch("packaging", "2024-01-31", "2026-01-31", 0.9, "hbm", 0.1),
        Stretch("hbm", "2026-02-28", "2026-12-31", 0.55, "packaging", 0.4),
    ]
    words = ["packaging at Huawei", "HBM"]
    names = {"packaging": "packaging", "hbm": "HBM"}
    told = "packaging at Huawei until January 2026, then by HBM"
    assert in_turn(found, words) == told
    assert in_turn(found, words, names) == f"{told} (in 55% of replications, packaging in 40%)"


@pytest.mark.parametrize(
    ("key", "binds", "hidden"),
    [
        ("domestic.huawei.die_yield", "packaging", True),
        ("domestic.huawei.die_yield", "dies", False),
        ("domestic.huawei.packaging", "packaging", False),
        ("memory.held", "hbm", False),
        ("expansion.tools.slowdown", "packaging", False),
        ("domestic.huawei.die_yield", "nothing", False),
    ],
)
def test_an_input_hides_only_levers_on_other_inputs(key, binds, hidden):
    assert hidden_by([Lever(key, 1, 2)], binds) is hidden


def moved(name: str, rank: int, standardised: float, mean: float = 1.0) -> Moved:
    return Moved(name, "chips", mean, mean, mean, mean, 1.0, standardised, rank, "", "", "", "")


def test_computing_power_comes_before_numbers_and_wholes_before_parts():
    power, number, part = moved("power", 2, 0.06), moved("number", 1, 0.2, -1.0), moved("part", 0, 0.5)
    found = choose([part, number, power], None)
    assert (found.main, found.contrary, found.also) == (power, number, part)
    assert choose([part, number], None).main == number
    assert choose([part, moved("tiny", 2, 0.001)], None).main == part


def test_a_mere_change_of_name_is_not_what_changes_most():
    power, part = moved("power", 2, 0.06), moved("part", 0, 0.5)
    assert choose([power, part], Renamed(("part",), "")).also is None


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """A small world, its ban a year later, and two levers that nothing shows: one that an input hides, one without."""
    names = (TINY, str(WORLDS / "late.toml"), f"{TINY}+domestic.delta.hbm_share=0.9", f"{TINY}+grey.travel=14.0001")
    asked = comparison([wanted(name) for name in names], Asked(replications=6))
    return work_out_sides(asked, How(tmp_path_factory.mktemp("compared"), jobs=1))


def test_every_variant_has_a_sentence_in_the_folder(compared):
    written = json.loads((compared.path / "comparison.json").read_text())
    assert list(written["told"]) == ["late", "delta.hbm_share = 0.9", "grey.travel = 14.0001"]
    assert all(told["sentence"].startswith(f"{label}: ") for label, told in written["told"].items())


def test_the_sentence_says_what_the_table_and_the_differences_hold(compared):
    told = compared.told["told"]["late"]
    main = told["main"]
    row = next(row for row in compared.told["rows"] if row["name"] == main["name"])
    found = row["variants"][0]["difference"]
    assert (main["mean"], main["low"], main["high"]) == (found["mean"], found["low"], found["high"])
    months = pl.read_parquet(compared.path / PAIRED).filter(
        pl.col("variant") == "late",
        pl.col("measure") == row["measure"],
        pl.col("actor").is_null(),
        pl.col("chip").is_null(),
    )
    first = months.filter(pl.col("above") + pl.col("below") > 0.5)["date"].min()
    assert main["since"] == first.isoformat()
    assert first >= date.fromisoformat(told["diverges"])
    assert f"beginning in {first:%B %Y} (the scenarios part on 2 December 2022)" in told["sentence"]


def test_what_stops_a_maker_is_told_in_dated_turns(compared):
    told = compared.told["told"]["late"]
    assert [stretch[0] for stretch in told["constraint"]["stretches"]] == ["supply"]
    limit = "further change is limited by acme's supply (China's part of its lines fills 5"
    assert limit in told["sentence"]


def test_a_lever_that_an_input_hides_changes_nothing_and_names_the_input(compared):
    told = compared.told["told"]["delta.hbm_share = 0.9"]
    assert (told["differing"], told["main"]) == ([], None)
    alike = "delta.hbm_share = 0.9: identical to tiny"
    assert told["sentence"].startswith(f"{alike}; output is limited by dies at delta until November 2022, then by ")


def test_a_lever_that_nothing_explains_says_so(compared):
    told = compared.told["told"]["grey.travel = 14.0001"]
    assert (told["same"], told["levers"]) == (True, ["grey.travel"])
    assert told["sentence"] == (
        "grey.travel = 14.0001: identical to tiny; grey.travel goes from 14 to 14.0001, and nothing recorded says what "
        "hides it."
    )


def test_pairing_is_measured_on_the_main_difference(compared):
    told = compared.told["told"]
    factor = told["late"]["times_less_variance"]
    assert factor > 1
    assert f"divides the variance of the main difference by {factor:.0f}." in compared.told["pairing"]
    assert told["grey.travel = 14.0001"]["times_less_variance"] is None


def test_measures_before_the_scenarios_part_say_so(tmp_path):
    asked = Asked(("headline.stock.period='2022-06'",), replications=2)
    done = work_out_sides(comparison([wanted(TINY), wanted(str(WORLDS / "late.toml"))], asked), How(tmp_path, jobs=1))
    (told,) = done.told["told"].values()
    before = next(one for one in told["unmoved"] if one["name"] == "stock")
    assert before["reason"] == "before the scenarios part on 2 December 2022"
    assert "whatever ends before the scenarios part on 2 December 2022" in told["further"][-1]


def test_scenarios_that_part_after_the_last_day_say_so(tmp_path):
    sides = comparison([wanted(TINY), wanted(str(WORLDS / "late.toml"))], Asked(replications=2, until="2022-12-01"))
    (told,) = work_out_sides(sides, How(tmp_path, jobs=1)).told["told"].values()
    assert (told["same"], told["diverges"]) == (True, "")
    assert told["sentence"].endswith("and they part only after the last day simulated.")


def test_what_changes_outside_the_table_alone_is_named(tmp_path):
    """A hair's breadth more wear moves the fleets' ratio by a hair's breadth, and no whole chip of the table."""
    sides = comparison([wanted(TINY), wanted(f"{TINY}+demand.wear=0.0500001")], Asked(replications=2))
    (told,) = work_out_sides(sides, How(tmp_path, jobs=1)).told["told"].values()
    assert told["main"] is None
    assert told["sentence"].endswith("which changes us_ratio and us_stock_h100e_tpp alone.")
