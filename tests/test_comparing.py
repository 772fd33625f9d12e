"""Who is compared, how each side is called, what a paired difference is, and how sure its mean is."""

import json
from datetime import date
from itertools import product
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from test_results import SOMETIMES_BREAKS, TINY

from sim.facts.errors import InputError
from sim.study.comparing.answering import work_out_sides
from sim.study.comparing.compared import open_comparison
from sim.study.comparing.differences import NUMBERS
from sim.study.comparing.pairing import Pair, less, same_sign, sampling
from sim.study.comparing.sides import comparison, varied, wanted
from sim.study.keeping.quantiles import statistics
from sim.study.keeping.results import is_comparison
from sim.study.question import Asked
from sim.study.runs import How
from sim.world.draws import BATCH

EARLY = TINY.replace("tiny.toml", "early.toml")
T_98, T_4 = 1.98447, 2.77645
"""How many standard errors a 95% interval reaches with 98 and with 4 degrees of freedom."""


def labels(*names, vary=()):
    sides = [wanted(name) for name in names]
    sides += [side for lever in vary for side in varied(sides[0], lever)]
    return [side.label for side in comparison(sides, Asked(replications=1)).sides]


@pytest.mark.parametrize(
    ("names", "vary", "told"),
    [
        ([TINY, EARLY], [], ["tiny", "early"]),
        ([TINY, f"{TINY}+demand.wear=0.1"], [], ["tiny", "demand.wear = 0.1"]),
        ([TINY, f"{EARLY}+demand.wear=0.1"], [], ["tiny", "early, demand.wear = 0.1"]),
        ([TINY], ["demand.wear=0.1,0.2"], ["tiny", "demand.wear = 0.1", "demand.wear = 0.2"]),
        (
            [TINY],
            ["rules.ban.announced=[2022-05-01, 2022-06-01]"],
            ["tiny", "ban.announced = 2022-05-01", "ban.announced = 2022-06-01"],
        ),
        (
            [TINY],
            ["demand.wear=[{ central = 0.2 }, 0.3]"],
            ["tiny", "demand.wear = { central = 0.2 }", "demand.wear = 0.3"],
        ),
        (
            [TINY, f"{TINY}+buyers.Cloud.initial.Alpha=1", f"{TINY}+buyers.Lab.initial.Alpha=1"],
            [],
            ["tiny", "tiny, buyers.Cloud.initial.Alpha = 1", "tiny, buyers.Lab.initial.Alpha = 1"],
        ),
    ],
)
def test_a_label_says_what_differs(names, vary, told):
    assert labels(*names, vary=vary) == told


@pytest.mark.parametrize(
    ("names", "problem"),
    [
        ([], "NAME: 0 scenarios to compare; name a reference"),
        ([TINY], "NAME: 1 scenario to compare"),
        ([TINY] * 9, "NAME: 9 scenarios to compare; name a reference and 1 to 7 variants"),
        ([TINY, TINY], "tiny: is the same world as tiny: nothing differs between them; name another scenario, or set"),
        ([TINY, EARLY, EARLY], "early: is the same world as early"),
        (
            [TINY, f"{TINY}+window.end=2024-01-01"],
            "runs from 2022-01-01 to 2024-01-01, tiny from .* compare equal spans",
        ),
        ([TINY, f"{TINY}+demand.waer=1"], "demand.waer: unknown key; did you mean demand.wear"),
        (
            [TINY, "tiny+demand.wear"],
            "tiny.demand.wear: 'demand.wear' after the . has no value; write tiny.demand.wear=VALUE",
        ),
        ([TINY, "basline"], "no scenario is named 'basline'; did you mean baseline"),
        (
            [TINY, f"{TINY}+headline.stock.measure=stok"],
            "headline.stock.measure: unknown measure 'stok'; did you mean stock",
        ),
        (
            [TINY, f"{TINY}+headline.stock.item=dies"],
            "headline.stock.item: stock is not recorded by item; it is recorded",
        ),
        ([f"{TINY}+headline.stock.measure=binding", EARLY], "binding has no total; say which actor and item"),
    ],
)
def test_what_makes_no_comparison_is_told(names, problem):
    with pytest.raises(InputError, match=problem):
        labels(*names)


def test_everything_wrong_with_all_sides_is_told_at_once():
    with pytest.raises(InputError) as error:
        labels("basline", f"{TINY}+demand.waer=1", TINY)
    assert len(error.value.faults) == 2


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """Six pairs, some of them broken: in some replications of the reference a buyer starts with too many chips."""
    sides = [wanted(f"{TINY}+{SOMETIMES_BREAKS}"), wanted(EARLY)]
    asked = comparison(sides, Asked(replications=6, until="2024-02-01"))
    return work_out_sides(asked, How(tmp_path_factory.mktemp("compared")))


def test_differences_are_those_of_replications_that_broke_on_neither_side(compared):
    """Every number of the table, reckoned again from the sides' own series."""
    raw = [pl.read_parquet(folder / "series.parquet") for folder in compared.sides.values()]
    broken = {failure["replication"] for failure in compared.failures}
    assert 0 < len(broken) < 5
    keys = ["replication", "date", "measure", "actor", "chip", "origin", "item"]
    both = raw[0].join(raw[1], on=keys, how="full", coalesce=True, nulls_equal=True)
    both = both.filter(~pl.col("replication").is_in(list(broken))).with_columns(
        difference=pl.col("value_right").fill_null(0) - pl.col("value").fill_null(0)
    )
    table = pl.read_parquet(compared.path / "differences.parquet")
    assert table.columns == ["date", "variant", *keys[2:], *NUMBERS]
    checked = 0
    for measure, chip in product(("stock", "orders", "revenue"), ("Alpha", "Delta", None)):
        month = pl.col("date") == date(2023, 2, 28)
        one = (pl.col("measure") == measure, pl.col("chip").eq_missing(pl.lit(chip)), pl.col("actor").is_null(), month)
        values = both.filter(*one)["difference"].to_numpy()
        assert len(values) == 6 - len(broken)
        (row,) = table.filter(*one).to_dicts()
        found = {name: float(number) for name, number in statistics(values).items()}
        assert {name: row[name] for name in found} == pytest.approx(found)
        assert (row["above"], row["below"]) == ((values > 0).mean(), (values < 0).mean())
        assert row["low"] <= row["mean"] <= row["high"]
        checked += row["mean"] != 0
    assert checked == 3


def test_the_folder_is_a_comparison_and_each_side_a_run(compared):
    assert is_comparison(compared.path)
    assert open_comparison(compared.path).manifest == compared.manifest
    assert [side["diverges"] for side in compared.manifest["sides"]] == ["", "2022-01-01"]
    for side in compared.sides.values():
        assert not is_comparison(side)
        assert json.loads((side / "headline.json").read_text())["rows"]
    row = next(row for row in compared.told["rows"] if row["name"] == "delta")
    assert row["variants"][0]["difference"]["below"] == 1
    assert compared.told["notes"] == ["headline.stock: tiny: 2024 is not wholly inside the simulated days"]


class Sounds:
    """A side of which only the numbers of the replications that did not fail are known."""

    def __init__(self, *sound: int) -> None:
        self.sound = list(sound)


def test_a_pair_is_what_failed_on_neither_side():
    pair = Pair(Sounds(0, 2, 3, 5), Sounds(0, 1, 3, 4, 5))  # type: ignore[arg-type]
    assert pair.numbers == [0, 3, 5]
    assert [places.tolist() for places in pair.places()] == [[0, 2, 3], [0, 2, 4]]


def test_what_only_the_rounding_of_a_sum_tells_apart_is_no_difference():
    """A variant with one more part on offer adds up longer rows of zeros, in another order."""
    found = less(np.array([0.1 + 0.2, 3.0, 1e11 + 1, np.nan, -0.5]), np.array([0.3, 2.0, 1e11, 1.0, -0.5]))
    assert found[:3].tolist() == [0.0, 1.0, 1.0]
    assert np.isnan(found[3])
    assert found[4] == 0


def covered(differences: np.ndarray, truth: float) -> float:
    """Share of trials (trials, pairs) whose interval holds the true mean."""
    found = sampling(differences, range(differences.shape[1]))
    return float(((found.low <= truth) & (truth <= found.high)).mean())


def test_intervals_hold_the_true_mean_in_nineteen_of_twenty_trials():
    luck = np.random.default_rng(5)
    alone = luck.exponential(3.0, (4000, 200))
    together = luck.normal(2.0, 1.0, (4000, 10, 1)) + luck.normal(0.0, 0.1, (4000, 10, BATCH))
    few = luck.normal(-1.0, 4.0, (4000, 40))
    assert covered(alone, 3.0) == pytest.approx(0.95, abs=0.025)
    assert covered(together.reshape(4000, -1), 2.0) == pytest.approx(0.95, abs=0.015)
    assert covered(few, -1.0) == pytest.approx(0.95, abs=0.015)


def test_batches_count_from_five_on_and_single_replications_below():
    luck = np.random.default_rng(6)
    shared = np.repeat(luck.normal(0, 1, 5), BATCH)
    batches, single = sampling(shared, range(100)), sampling(shared[:99], range(99))
    assert batches.high - batches.mean == pytest.approx(T_4 * shared[::BATCH].std(ddof=1) / np.sqrt(5), rel=1e-4)
    assert single.high - single.mean == pytest.approx(T_98 * shared[:99].std(ddof=1) / np.sqrt(99), rel=1e-4)


def test_stratified_batches_give_a_narrower_interval_than_single_replications():
    """Each batch holds every stratum once, as a Latin hypercube does: its mean hardly varies."""
    luck = np.random.default_rng(7)
    strata = np.concatenate([luck.permutation(BATCH) for _ in range(10)]) + luck.random(200)
    width = {
        upto: np.ptp([sampling(strata[:upto], range(upto)).low, sampling(strata[:upto], range(upto)).high])
        for upto in (99, 200)
    }
    assert width[200] < width[99] / 5


def test_a_batch_that_is_not_whole_counts_as_none():
    numbers = [number for number in range(120) if number != 7]
    values = np.arange(119.0)
    whole = [values[[numbers.index(n) for n in range(20 * b, 20 * b + 20)]].mean() for b in range(1, 6)]
    found = sampling(values, numbers)
    assert found.mean == values.mean()
    assert found.high - found.mean == pytest.approx(T_4 * np.std(whole, ddof=1) / np.sqrt(5), rel=1e-4)


def test_more_replications_make_the_interval_of_a_mean_smaller_and_the_range_no_smaller():
    luck = np.random.default_rng(8).normal(0, 1, (200, 1600))
    found = {count: sampling(luck[:, :count], range(count)) for count in (100, 1600)}
    widths = {count: float((one.high - one.low).mean()) for count, one in found.items()}
    spans = {
        count: float(np.diff(np.quantile(luck[:, :count], (0.05, 0.95), axis=1), axis=0).mean()) for count in found
    }
    assert widths[1600] < widths[100] / 3
    assert spans[1600] == pytest.approx(spans[100], rel=0.1)


def test_what_is_undefined_is_left_out():
    nan = float("nan")
    found = sampling(np.array([[1.0, nan, 3.0], [nan, nan, 5.0], [nan, nan, nan]]), range(3))
    assert found.mean[:2].tolist() == [2.0, 5.0]
    assert np.isfinite(found.low).tolist() == [True, False, False]
    above, below = same_sign(np.array([[1.0, nan, -3.0], [nan, nan, nan], [0.0, 0.0, 2.0]]))
    assert above.tolist() == [0.5, 0.0, 1 / 3]
    assert below.tolist() == [0.5, 0.0, 0.0]


def test_settings_of_one_side_and_of_all(tmp_path):
    asked = comparison([wanted(TINY), wanted(f"{TINY}+demand.wear=0.1")], Asked(("memory.held=1",), 2))
    assert [side.question.scenario.memory.held.central for side in asked.sides] == [1, 1]
    assert [side.question.scenario.demand.wear.central for side in asked.sides][1] == 0.1
    assert {side.question.replications for side in asked.sides} == {2}
    assert Path(asked.folder).name.startswith("compare-tiny-")
