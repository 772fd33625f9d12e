"""Chips as listed: the law's measures, the three exchange rates, and what nobody has published."""

import pytest
from pydantic import ValidationError

from sim.facts.chips import Chip, Equivalents, Exchange, Judged, Stack, equivalents
from sim.facts.deals import chip_item
from sim.facts.estimate import Estimate
from sim.study.reading import shipped

TREE = shipped.read(shipped.home() / "world" / "chips.toml")
CHIPS = {name: Chip.model_validate(raw) for name, raw in TREE["chips"].items()}
STACKS = {name: Stack.model_validate(raw) for name, raw in TREE["stacks"].items()}
EXCHANGE = Exchange.model_validate(TREE["exchange"])


def rates(name: str, u: float = 0.5) -> Equivalents:
    def read(estimate: Estimate) -> float:
        return estimate.quantile(u)

    chip = CHIPS[name]
    return equivalents(chip, STACKS[chip.stack], EXCHANGE, read)


@pytest.mark.parametrize(
    ("name", "tpp"),
    [
        ("A100", 4992),
        ("A800", 4992),
        ("H100", 15824),
        ("H800", 15824),
        ("H20", 2368),
        ("L20", 1912),
        ("B200", 36000),
        ("B300", 60000),
        ("B30A", 30000),
        ("RTX-Pro-6000D", 4784),
        ("Ascend-910", 4096),
        ("Ascend-910B", 5120),
        ("Ascend-910C", 12480),
        ("Ascend-950PR", 6240),
        ("Ascend-950DT", 8000),
        ("Ascend-960", 16000),
        ("MLU590", 6240),
        ("MTT-S5000", 8000),
    ],
)
def test_tpp_is_arithmetic_times_bit_length_at_the_best_precision(name: str, tpp: float) -> None:
    assert CHIPS[name].tpp == pytest.approx(tpp)


@pytest.mark.parametrize(("name", "density"), [("A100", 6.04), ("H100", 19.4), ("H800", 19.4), ("H20", 2.9)])
def test_performance_density_is_tpp_over_die_area(name: str, density: float) -> None:
    assert CHIPS[name].density == pytest.approx(density, abs=0.05)


@pytest.mark.parametrize(
    ("name", "rate", "expected", "tolerance"),
    [
        ("H100", "tpp", 1.0, 0.001),
        ("H20", "tpp", 0.15, 0.005),
        ("Ascend-910B", "tpp", 0.32, 0.005),
        ("A100", "tpp", 0.32, 0.005),
        ("H100", "training", 1.0, 0.001),
        ("H20", "training", 0.24, 0.005),
        ("H100", "inference", 1.0, 0.001),
        ("H20", "inference", 1.1, 0.02),
        ("A100", "inference", 0.61, 0.02),
        ("Ascend-910C", "inference", 0.60, 0.005),
    ],
)
def test_one_chip_in_h100s(name: str, rate: str, expected: float, tolerance: float) -> None:
    assert getattr(rates(name), rate) == pytest.approx(expected, abs=tolerance)


def test_domestic_chips_are_worth_less_in_training_than_by_tpp() -> None:
    for name in ("Ascend-910B", "Ascend-910C", "MLU590", "Kunlun-P800", "T-Head-PPU"):
        found = rates(name)
        assert found.training is not None
        assert found.tpp is not None
        assert found.training < found.tpp, name


def test_the_h20_by_training_value_spans_what_sources_leave_open() -> None:
    low, high = rates("H20", 0.05).training, rates("H20", 0.95).training
    assert low == pytest.approx(0.15, abs=0.005)
    assert high == pytest.approx(0.35, abs=0.005)


def test_tpp_is_the_laws_figure_and_is_never_drawn() -> None:
    assert rates("Ascend-910B", 0.01).tpp == rates("Ascend-910B", 0.99).tpp


def test_what_is_not_published_stays_unknown() -> None:
    assert CHIPS["MI308"].tpp is None
    assert CHIPS["L20"].density is None
    bare = CHIPS["MI308"].model_copy(update={"judged": Judged()})
    assert equivalents(bare, STACKS["rocm"], EXCHANGE, lambda e: e.central) == Equivalents(None, None, None)


@pytest.mark.parametrize("name", ["MI308", "Hygon-DCU"])
def test_what_is_judged_counts_by_a_wide_interval_and_the_law_does_not_see_it(name: str) -> None:
    item = chip_item(name, CHIPS[name])
    assert (item.tpp, item.density, item.memory_bandwidth, item.interconnect) == (None, None, None, None)
    low, high = rates(name, 0.05), rates(name, 0.95)
    for rate in ("tpp", "training", "inference"):
        assert 0 < 1.3 * getattr(low, rate) < getattr(high, rate), rate


def test_a_part_sold_under_the_rule_of_october_2023_is_judged_to_be_under_its_limit() -> None:
    judged = CHIPS["MI308"].judged.fp16
    assert judged is not None
    assert judged.high is not None
    assert 16 * judged.high < 4800


def test_every_shipped_chip_counts_by_every_rate() -> None:
    assert [name for name in CHIPS if None in (rates(name).tpp, rates(name).training, rates(name).inference)] == []


def test_nobody_judges_a_figure_that_is_published() -> None:
    given = {"vendor": "x", "line": "x", "stack": "cuda", "fp16": 100}
    with pytest.raises(ValidationError, match=r"judged\.fp16 is for a figure that is not published"):
        Chip.model_validate({**given, "judged": {"fp16": 90}})
    assert Chip.model_validate({**given, "judged": {"memory_bandwidth": 90}}).bandwidth == Estimate(central=90)


def test_a_910c_is_two_910b_dies_with_eight_stacks_and_a_950pr_needs_no_hbm() -> None:
    assert (CHIPS["Ascend-910B"].dies, CHIPS["Ascend-910B"].hbm_stacks) == (1, 4)
    assert (CHIPS["Ascend-910C"].dies, CHIPS["Ascend-910C"].hbm_stacks) == (2, 8)
    assert CHIPS["Ascend-950PR"].hbm_stacks == 0


def test_the_rtx_pro_6000d_stays_under_the_limits_of_april_2025() -> None:
    card = CHIPS["RTX-Pro-6000D"]
    assert not card.data_center
    assert card.memory_bandwidth is not None
    assert card.interconnect is not None
    assert card.memory_bandwidth.central < 1400
    assert card.memory_bandwidth.central + card.interconnect.central < 1700


def test_every_shipped_chip_has_a_price_and_a_stack() -> None:
    assert [name for name, chip in CHIPS.items() if chip.price is None] == []
    assert [name for name, chip in CHIPS.items() if chip.stack not in STACKS] == []


def test_the_far_tail_of_a_wide_interval_gives_no_value_rather_than_a_crash() -> None:
    slow = {"fp16": 100, "memory_bandwidth": {"low": 100, "central": 1000, "high": 1500}}
    chip = Chip.model_validate({"vendor": "x", "line": "x", "stack": "cuda", **slow})

    def read(estimate: Estimate) -> float:
        return estimate.quantile(0.001)

    assert equivalents(chip, STACKS["cuda"], EXCHANGE, read).inference == 0.0


@pytest.mark.parametrize("figure", [0, -1.0, {"low": 0.0, "central": 1.0, "high": 2.0}])
def test_a_published_figure_is_above_zero(figure: object) -> None:
    with pytest.raises(ValidationError, match='write "unknown" where nothing is published'):
        Chip.model_validate({"vendor": "x", "line": "x", "stack": "cuda", "fp16": figure})


def test_zero_stacks_are_allowed_and_zero_dies_are_not() -> None:
    with pytest.raises(ValidationError, match="greater than 0"):
        Chip.model_validate({"vendor": "x", "line": "x", "stack": "cuda", "dies": 0})
