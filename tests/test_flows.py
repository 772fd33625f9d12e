"""A foreign wafer line: all it makes from what is recorded of it, and as which parts it is sold outside China."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from histories import history

from sim.facts.days import day_of
from sim.facts.errors import InputError
from sim.study.reading.load import load
from sim.study.replication import plan
from sim.world.draws import Draws
from sim.world.flows import LARGEST_SHARE, flow_of, sold_as
from sim.world.stage import set_stage

TINY = str(Path(__file__).parent / "worlds" / "tiny" / "tiny.toml")
LINE = "foreign.acme.lines.one"
RECORDED = (
    f"{LINE}.output={{points={{2022-01-01=9131.25}}}}",  # 700 chips a week beside China's part
    "chips.Alpha.price=30000",
    "exchange.tpp=16000",  # an Alpha is one H100-equivalent
    "demand.wear=0",
)
UNCOUNTED = f"{LINE}.uncounted={{points={{2022-01-01=1}}}}"
GREEDY = ("demand.load={points={2022-01-01=1000000}}", "demand.budget={points={2022-01-01=1e11}}")
SHUT = "rules.ban.announced=2022-01-01"
ALL_MADE = 700 / (1 - 0.35)


def week_of(*changes):
    """All that is made and what China can get in a week."""
    line = load(TINY, (*RECORDED, *changes)).scenario.foreign["acme"].lines["one"]
    flow = flow_of(line, Draws(1, 0), np.array([float(day_of(date(2022, 6, 30)))]))
    return flow.output.item(), flow.reach.item()


def test_chinas_share_comes_on_top_of_a_record_that_leaves_it_out():
    assert week_of() == pytest.approx((700, 245))
    assert week_of(UNCOUNTED) == pytest.approx((ALL_MADE, 0.35 * ALL_MADE))


def test_for_as_long_as_a_part_for_china_was_on_sale():
    half = f"{LINE}.uncounted={{points={{2022-01-01=0.5}}}}"
    assert week_of(half) == pytest.approx((700 / (1 - 0.175), 0.35 * 700 / (1 - 0.175)))


def test_a_share_from_the_far_tail_does_not_make_a_line_endless():
    whole = f"{LINE}.china_share_cap={{points={{2022-01-01=1}}}}"
    assert week_of(UNCOUNTED, whole) == pytest.approx((700 / (1 - LARGEST_SHARE),) * 2)


def gone_abroad(*changes):
    """Alphas a week that stand in the US at the end of 2022, over the US share."""
    world = history(TINY, 1, settings=(*RECORDED, UNCOUNTED, *GREEDY, *changes))
    end, weeks = date(2022, 12, 31), sum(day <= day_of(date(2022, 12, 31)) for day in world.plan.frame.weeks)
    return world.outcomes[0].measures["us_stock_h100e_tpp"][world.months.index(end)] / 0.75 / weeks


def test_the_world_gets_what_is_recorded_while_china_buys_its_share_and_all_of_it_if_china_may_not():
    """What the line makes is the same in both worlds."""
    assert gone_abroad() == pytest.approx(700, rel=1e-3)
    assert gone_abroad(SHUT) == pytest.approx(ALL_MADE, rel=0.02)


@pytest.fixture(scope="module")
def mixes():
    """Shares of the parts sold outside China on a day, by line."""
    drawn = plan(load("baseline").scenario, 1)
    stage = set_stage(drawn.frame, Draws(1, 0), drawn.law.regime(drawn.frame.span.start))
    lines = {n: line for maker in drawn.scenario.foreign.values() for n, line in maker.lines.items()}
    shares = {name: sold_as(stage, drawn.law, line) for name, line in lines.items()}

    def on(name, day):
        row = shares[name][np.searchsorted(drawn.frame.weeks, day_of(day))]
        return {drawn.frame.chips[chip]: row[chip] for chip in np.flatnonzero(row)}

    return on


def test_parts_share_what_is_sold_abroad_and_the_others_are_the_strongest_left(mixes):
    assert mixes("hopper", date(2024, 1, 10)) == {"H100": 1}
    autumn = mixes("hopper", date(2024, 11, 15))
    assert set(autumn) == {"H100", "H200"}
    assert sum(autumn.values()) == pytest.approx(1)
    assert mixes("hopper", date(2026, 1, 10)) == {"H200": 1}
    assert mixes("blackwell", date(2025, 8, 10)) == pytest.approx({"B200": 0.39, "B300": 0.61})


def test_a_line_for_china_alone_sells_nothing_abroad(mixes):
    assert mixes("cdna3", date(2025, 1, 10)) == {}
    assert mixes("ampere", date(2019, 1, 10)) == {}


def test_a_mix_names_parts_that_are_sold_abroad():
    with pytest.raises(InputError, match="Delta is in the mix sold outside China"):
        load(TINY, (f"{LINE}.mix.Delta={{points={{2022-01-01=1}}}}",))
