"""A row of a headline names what its measure is recorded by: a lab, a holder, a maker, an input, a stack, a run."""

from datetime import date

import numpy as np
import pytest

from sim.facts.days import Span, day_of
from sim.facts.errors import InputError
from sim.study.keeping.columns import pack, stack
from sim.study.keeping.headline import replication_values
from sim.study.reading.load import load
from sim.study.scenario import HeadlineRow
from sim.world.series import MEASURES, Frame

LABS, TINY = "tests/worlds/tiny/labs.toml", "tests/worlds/tiny/tiny.toml"
STRANGE = {
    ("unmet_training_share", "actor=Deep"): (
        "actor: 'Deep' is a lab, and unmet_training_share is recorded by holder; its holder is Cloud"
    ),
    ("unmet_training_share", "item=hbm"): (
        "item: 'hbm' is an input, and unmet_training_share is recorded by stack; name one of cuda, cann"
    ),
    ("tokens", "actor=Cloud"): "actor: 'Cloud' is a holder, and tokens is recorded by lab; name one of Deep",
    ("tokens", "actor=acme"): "actor: 'acme' is a maker, and tokens is recorded by lab; name one of Deep",
    ("tokens", "item=cann"): "item: tokens is not recorded by item; it is recorded by actor",
    ("tokens", "chip=Alpha"): "chip: tokens is not recorded by chip; it is recorded by actor",
    ("stock", "origin=legal"): "origin: stock is not recorded by origin; it is recorded by actor and chip",
    ("produced", "actor=Lab"): "actor: 'Lab' is a holder, and produced is recorded by maker; name one of acme, delta",
    ("largest_cluster", "period='2023'"): "actor: largest_cluster has no total; say which actor",
    ("tokens", "actor=Depe"): "actor: unknown buyer, maker or lab 'Depe'; did you mean Deep?",
    ("tokns", "actor=Cloud"): "measure: unknown measure 'tokns'; did you mean tokens?",
}


@pytest.mark.parametrize(("measure", "setting"), STRANGE)
def test_a_row_that_can_never_be_filled_is_refused_once(measure, setting):
    with pytest.raises(InputError) as error:
        load(LABS, (f"headline.stock.measure={measure}", f"headline.stock.{setting}"))
    assert [str(fault) for fault in error.value.faults] == [f"--set: headline.stock.{STRANGE[measure, setting]}"]


@pytest.mark.parametrize(
    ("world", "measure", "parts"),
    [
        (LABS, "unmet_training_share", {"actor": "Cloud", "item": "cann"}),
        (LABS, "tokens", {"actor": "Deep"}),
        (LABS, "binding", {"actor": "delta", "item": "hbm"}),
        (TINY, "tokens", {"actor": "Cloud"}),
    ],
    ids=["a holder and a stack", "a lab", "a maker and an input", "labs where there are none"],
)
def test_other_rows_pass(world, measure, parts):
    row = {"measure": measure, **parts}
    assert load(world, tuple(f"headline.stock.{key}={name}" for key, name in row.items())).scenario.headline["stock"]


def test_the_names_there_are_are_told_without_the_total():
    start = day_of(date(2024, 1, 1))
    frame = Frame(Span(start, start + 31), ("Cloud", "Lab"), (), (), stacks=("cuda",), labs=("Deep",))
    measure = MEASURES["unmet_training_share"]
    block = stack(measure, frame, [pack(measure, np.zeros((1, 3, 2)))])
    row = HeadlineRow(measure=measure.name, period="2024-01-31", actor="Deep")
    with pytest.raises(ValueError, match=r"^'Deep' is not one of Cloud, Lab$"):
        replication_values(row, {measure.name: block}, frame)
