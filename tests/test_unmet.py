"""What training and inference lack: in which unit, on which stack, and as what part of demand, totals included."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner
from yards import model, yard

from sim.cli.app import app
from sim.stacks import parts, unmet_share
from sim.study.reading.load import load
from sim.study.replication import plan, replicate

LABS = str(Path(__file__).parent / "worlds/tiny/labs.toml")

TRAINING = np.array([[1.0, 0.0], [0.0, 0.2]])
"""By training value of the two kinds of chips, on stacks of their own: one of the second kind is worth a fifth."""


@pytest.mark.parametrize(("stack", "worth"), [("cuda", 100.0), ("cann", 40.0), ("rocm", 100.0)])
def test_a_cluster_waited_for_counts_what_its_chips_give_in_training(stack, worth):
    """100 H100s by arithmetic are 100 chips of the first kind or 200 of the second; none is known on the third."""
    built = yard([], [[0, 0], [0, 0]])
    assert built.queue(model(), stack).worth(TRAINING) == pytest.approx(worth)


def test_what_is_lacking_falls_on_stacks_as_what_there_is():
    """The first holder has three quarters on one stack, the second nothing: there it falls as on the nation's."""
    capacity = np.array([[[3.0, 1.0], [0.0, 0.0]]])
    assert parts(capacity).tolist() == [[[0.75, 0.25], [0.75, 0.25]]]
    assert parts(0 * capacity).tolist() == [[[0.5, 0.5], [0.5, 0.5]]]


def test_a_share_is_that_of_the_sums_and_undefined_where_nothing_is_asked_for():
    unmet, demand = np.array([[[1.0, 0.0], [2.0, 0.0]]]), np.array([[[2.0, 0.0], [8.0, 0.0]]])
    assert unmet_share(unmet, demand) == pytest.approx(
        np.array([[[0.5, np.nan, 0.5], [0.25, np.nan, 0.25], [0.3, np.nan, 0.3]]]), nan_ok=True
    )


@pytest.mark.parametrize("use", ["training", "inference"])
def test_in_every_replication_the_share_is_what_is_unmet_of_what_is_asked_for(use):
    measures = replicate(plan(load(LABS).scenario, 1), 0).measures
    share, unmet, demand = (measures[name.format(use)] for name in ("unmet_{}_share", "unmet_{}", "{}_demand"))
    whole = demand.sum(axis=(1, 2))
    assert whole.max() > 0
    told = share[:, -1, -1]
    assert np.isnan(told[whole == 0]).all()
    assert told[whole > 0] == pytest.approx((unmet.sum(axis=(1, 2)) / np.where(whole > 0, whole, 1.0))[whole > 0])
    holder = demand.sum(axis=2)[:, 0]
    first = share[:, 0, -1]
    assert first[holder > 0] == pytest.approx((unmet.sum(axis=2)[:, 0] / np.where(holder > 0, holder, 1.0))[holder > 0])


def test_a_run_tells_unmet_shares_of_all_of_a_holder_of_a_stack_and_of_both(tmp_path):
    """Null labels are totals, as of every other measure; a headline row may ask for any of them."""
    told = CliRunner().invoke(app, ["run", LABS, "--reps", "2", "--jobs", "1", "--out", str(tmp_path), "--json"])
    assert told.exit_code == 0, told.output
    rows = pl.read_parquet(Path(json.loads(told.stdout)["path"]) / "summary.parquet")
    shares = rows.filter(pl.col("measure") == "unmet_inference_share", pl.col("p50").is_not_null())
    labelled = {(actor is not None, item is not None) for actor, item in shares.select("actor", "item").iter_rows()}
    assert labelled == {(True, True), (True, False), (False, True), (False, False)}
    assert shares["p95"].max() <= 1
