"""Which sentence about a variant comes first: rows it asks for, then models if only labs are changed, then the rest."""

from dataclasses import replace
from pathlib import Path

import pytest

from sim.study.comparing.answering import work_out_sides
from sim.study.comparing.choosing import Choice, Moved, Renamed, choose
from sim.study.comparing.delays import Delay, delays_words
from sim.study.comparing.leading import in_order
from sim.study.comparing.phrases import subject
from sim.study.comparing.sides import comparison, wanted
from sim.study.question import Asked
from sim.study.runs import How

LABS = Path(__file__).parent / "worlds/tiny/labs.toml"
SLOW = "labs.Deep.models.One.research_days=120"
MARCH = f"""
title = "Tiny labs in March"
question = "What trains in March 2022?"
extends = ["{LABS}"]

[headline.march]
new = true
measure = "training_capacity"
period = "2022-03"
"""
ASKS = """
title = "Slow research, and a row"
question = "What trains in April 2022 if research is slow?"
extends = ["march.toml"]

[labs.Deep.models.One]
research_days = 121

[headline.training-2022-04]
new = true
measure = "training_capacity"
period = "2022-04"
"""


def moved(name: str, rank: int, standardised: float, measure: str = "") -> Moved:
    about = (measure or name,)
    return Moved(name, "chips", 1.0, 1.0, 1.0, 1.0, 1.0, standardised, rank, "", "", "", "", about)


def test_rows_of_its_own_come_before_the_whole_in_the_order_of_the_file():
    power, small, large = moved("power", 2, 0.3), moved("small", 0, 0.1), moved("large", 0, 0.5)
    found = choose([power, small, large], None, {"small", "large"})
    assert (found.main, found.asked, found.besides) == (small, (large,), power)
    assert choose([power, small, large], None) == Choice(power, None, large)


def test_a_row_of_its_own_that_hardly_moves_does_not_come_first():
    power, small = moved("power", 2, 0.3), moved("small", 0, 0.01)
    assert choose([power, small], None, {"small"}) == Choice(power)
    assert choose([small], None, {"small"}) == Choice(small)


def test_besides_tells_neither_what_was_told_in_another_period_nor_a_mere_change_of_name():
    own, again, part = moved("own", 0, 0.3, "tokens"), moved("again", 0, 0.5, "tokens"), moved("part", 0, 0.4)
    assert choose([own, again, part], None, {"own"}).besides == part
    assert choose([own, again, part], Renamed(("part",), ""), {"own"}).besides is None


def test_besides_is_not_told_where_it_hardly_moves():
    assert choose([moved("own", 0, 0.3), moved("tiny", 2, 0.01)], None, {"own"}) == Choice(moved("own", 0, 0.3))


def test_models_told_before_are_not_told_again():
    found = [Delay("Deep", f"M{n}", "released", 40, 40, 40, 1, 0, {}, "", f"M{n} waits") for n in range(6)]
    assert delays_words(found) == "M0 waits. M1 waits. M2 waits. M3 waits. 2 more models move by a month or more."
    assert delays_words(found, told=1) == "M1 waits. M2 waits. M3 waits. 2 more models move by a month or more."
    beyond = [replace(one, beyond=True) for one in found]
    assert delays_words([*found[:5], beyond[5]]).endswith(
        " 2 more models move by a month or more, 1 of them beyond the roadmaps."
    )
    assert delays_words(beyond).endswith(" 2 more models move by a month or more, all of them beyond the roadmaps.")
    assert delays_words(beyond[:5]).endswith(" 1 more model moves by a month or more, it is beyond the roadmaps.")
    assert (delays_words(found[:1], told=1), delays_words([])) == ("", "")


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ({"measure": "unmet_training", "actor": "Cloud"}, "what training lacks at Cloud at the end of 2025"),
        ({"measure": "training_capacity", "item": "cann"}, "compute in training on cann at the end of 2025"),
        ({"measure": "tokens", "actor": "Deep"}, "Deep's number of tokens served at the end of 2025"),
    ],
)
def test_parts_of_what_labs_do_in_words(labels, words):
    row = {"chip": None, "origin": None, "actor": None, "item": None, "period": "2025"} | labels
    assert subject(row, {}, ["2025"]).words == words


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Slow research alone, with a row asked for, and with more wear, which is not about labs."""
    folder = tmp_path_factory.mktemp("leading")
    march, asks = folder / "march.toml", folder / "asks.toml"
    march.write_text(MARCH)
    asks.write_text(ASKS)
    names = (str(march), f"{march}+{SLOW}", str(asks), f"{march}+{SLOW}+demand.wear=0.3")
    asked = comparison([wanted(name) for name in names], Asked(replications=3))
    return list(work_out_sides(asked, How(folder, jobs=1)).told["told"].values())


def test_models_lead_where_only_labs_are_changed(told):
    slow = told[0]
    first = slow["models"][0]["words"]
    assert first.startswith("Deep One is released ")
    assert slow["sentence"] == f"{slow['variant']}: {first}."
    assert slow["further"][0].startswith("Deep Two is released ")
    assert first not in " ".join(slow["further"])


def test_the_table_follows_models_in_a_sentence_of_its_own(told):
    slow = told[0]
    words = slow["main"]["words"]
    assert slow["main"]["name"] == "march"
    assert slow["further"][1].startswith(words[0].upper() + words[1:])


def test_a_row_the_file_asks_for_comes_before_models(told):
    asks = told[1]
    assert asks["main"]["name"] == "training-2022-04"
    assert asks["sentence"].startswith("asks: compute in training at the end of April 2022 is ")
    assert asks["further"][0].startswith("Deep One is released ")


def test_the_table_leads_where_more_than_labs_is_changed(told):
    worn = told[2]
    assert worn["main"]["words"] in worn["sentence"]
    assert worn["further"][0].startswith("Deep One is released ")


def test_a_table_with_nothing_to_tell_follows_models():
    found = [Delay("Deep", "One", "released", 40, 40, 40, 1, 0, {}, "", "One waits")]
    said = in_order("slow", "otherwise identical to labs", found, True)
    assert said == ("slow: One waits.", ("", "Otherwise identical to labs."))
    assert in_order("slow", "more trains", found, False) == ("slow: more trains.", ("One waits.",))


def test_rows_that_another_variant_asks_for_are_not_told_of_a_variant(told):
    names = [{one["name"] for one in variant["unmoved"]} | {variant["main"]["name"]} for variant in told]
    assert ["training-2022-04" in one for one in names] == [False, True, False]
