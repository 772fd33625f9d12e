"""What foreign makers cut for China under one law or another: history's parts come out of the grids by themselves."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from itertools import pairwise

import pytest

from sim.facts.days import date_of, day_of
from sim.facts.deals import Party
from sim.facts.designs import Design, designs, points
from sim.facts.law import Rule
from sim.facts.makers import Grid
from sim.facts.statutes import Law
from sim.study.reading.load import load
from sim.study.scenario import Scenario

NVIDIA = Party("nvidia", "US")


@cache
def world() -> Scenario:
    return load("baseline").scenario


def grid(line: str) -> Grid:
    found = world().foreign["nvidia"].lines[line].grid
    assert found is not None
    return found


def law_of(rules: Mapping[str, Rule]) -> Law:
    return Law.of(rules, world().licences)


def best(line: str, law: Law, when: date) -> Design | None:
    return designs(grid(line), world().chips, law, NVIDIA, [day_of(when)])[day_of(when)]


def cut(line: str, law: Law, when: date) -> tuple[str, str]:
    part = best(line, law, when)
    assert part is not None
    return part.name, part.change


@pytest.mark.parametrize(
    ("line", "when", "part"),
    [
        ("ampere", date(2022, 8, 25), ("A100", "none")),
        ("ampere", date(2022, 8, 26), ("A800", "fuse")),
        ("ampere", date(2022, 10, 7), ("A800", "fuse")),
        ("hopper", date(2022, 8, 25), ("H100", "none")),
        ("hopper", date(2022, 8, 26), ("H800", "fuse")),
        ("hopper", date(2022, 10, 7), ("H800", "fuse")),
        ("hopper", date(2023, 10, 17), ("H20", "new")),
        ("blackwell-pro", date(2025, 4, 9), ("RTX-Pro-6000D", "new")),
    ],
)
def test_history_s_parts_come_out_by_themselves(line: str, when: date, part: tuple[str, str]) -> None:
    assert cut(line, law_of(world().rules), when) == part


def test_the_bandwidth_letter_leaves_nothing_of_the_hopper_line_until_licences() -> None:
    law = law_of(world().rules)

    assert best("hopper", law, date(2025, 4, 9)) is None
    assert best("hopper", law, date(2025, 7, 14)) is None
    assert cut("hopper", law, date(2025, 8, 8)) == ("H20", "new")


def test_without_rules_the_full_part_is_sold() -> None:
    assert cut("hopper", Law.of({}), date(2022, 10, 7)) == ("H100", "none")


def test_before_its_memory_exists_there_is_no_part() -> None:
    assert best("hopper", Law.of({}), date(2021, 1, 1)) is None


def test_the_2023_thresholds_a_year_early_bring_an_h20_like_part_a_year_early() -> None:
    rules = dict(world().rules)
    early = rules["us-2023-10-advanced-computing"].model_copy(update={"announced": date(2022, 10, 7)})
    law = law_of({**rules, "us-2023-10-advanced-computing": early})

    part = best("hopper", law, date(2022, 10, 7))

    assert part is not None
    assert (part.name, part.change, part.listed) == ("Hopper-0.15x-80GB-900", "new", False)
    h20, h100 = world().chips["H20"], world().chips["H100"]
    assert part.chip.tpp == pytest.approx(h20.tpp, rel=0.01)
    assert (part.chip.vendor, part.chip.line, part.chip.stack) == (h100.vendor, h100.line, h100.stack)
    assert part.chip.die_area == h100.die_area
    assert part.chip.price is not None
    assert h20.price is not None
    assert part.chip.price.central == pytest.approx(h20.price.central, rel=0.05)


def test_points_are_ranked_by_arithmetic_then_memory_then_links() -> None:
    ranked = [point.name for point in points(grid("hopper"), world().chips)]

    assert ranked[:3] == ["Hopper-1x-96GB-900", "Hopper-1x-96GB-400", "H100"]
    assert ranked.index("H800") < ranked.index("H20")


def test_designs_are_worked_out_for_every_announcement() -> None:
    law = law_of(world().rules)

    by_day = designs(grid("hopper"), world().chips, law, NVIDIA)

    told = [(date_of(day), part.name if part else None) for day, part in by_day.items()]
    changes = [now for before, now in pairwise([(date.min, "nothing yet"), *told]) if before[1] != now[1]]
    assert changes == [
        (date(2019, 5, 16), None),
        (date(2022, 8, 26), "H800"),
        (date(2023, 6, 30), "Hopper-1x-96GB-400"),  # the Dutch rule on tools, announced once that memory could be had
        (date(2023, 10, 17), "H20"),
        (date(2025, 4, 9), None),
        (date(2025, 8, 8), "H20"),
    ]


def test_a_made_up_part_keeps_the_interval_of_the_part_it_is_cut_from() -> None:
    part = next(point for point in points(grid("hopper"), world().chips) if point.name == "Hopper-0.5x-80GB-400")
    full = world().chips["H100"]

    assert part.chip.fp16 is not None
    assert full.fp16 is not None
    assert part.chip.fp16.central == full.fp16.central / 2
    assert part.chip.price is not None
    assert full.price is not None
    assert part.chip.price.low is not None
    assert full.price.low is not None
    assert part.chip.price.low / full.price.low == pytest.approx(part.chip.price.central / full.price.central)
