"""The days of the law: offsets from one date, triggers, epochs, and records that make no sense."""

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError
from tiny_law import after, clause, licence, rule

from sim.facts.days import date_of, day_of
from sim.facts.law import Clause, Licence
from sim.facts.timetable import epochs, licence_dates, licences_known, timetable


def test_one_date_carries_the_whole_rule() -> None:
    days = timetable({"r": rule(leaked_days_before=10, in_force_days=30, withdrawn_days=100)})["r"]

    assert [date_of(day) for day in (days.leaked, days.announced, days.in_force, days.withdrawn or 0)] == [
        date(2022, 12, 22),
        date(2023, 1, 1),
        date(2023, 1, 31),
        date(2023, 4, 11),
    ]


def test_a_rule_counts_from_its_force_day_up_to_the_day_it_is_withdrawn() -> None:
    days = timetable({"r": rule(in_force_days=30, withdrawn_days=100)})["r"]
    first = day_of(date(2023, 1, 1))

    counted = [day - first for day in range(first - 5, first + 200) if days.counts(day)]

    assert counted == list(range(30, 100))


def test_triggers_chain_and_vanish_with_their_first() -> None:
    chain = {"first": rule(), "second": after("first", 10), "third": after("second", 5, in_force_days=2)}

    assert date_of(timetable(chain)["third"].in_force) == date(2023, 1, 18)
    assert timetable({**chain, "first": rule(enabled=False)}) == {}
    assert set(timetable({name: chain[name] for name in ("second", "third")})) == set()


def test_a_date_of_its_own_frees_a_rule_from_its_trigger() -> None:
    freed = rule(announced=date(2025, 1, 1), triggered_by="first", lag_days=10)

    assert date_of(timetable({"first": rule(enabled=False), "freed": freed})["freed"].announced) == date(2025, 1, 1)


def test_a_rule_can_wait_for_another_to_be_withdrawn() -> None:
    gap = after("first", 3, trigger_event="withdrawn")

    assert date_of(timetable({"first": rule(withdrawn_days=10), "gap": gap})["gap"].announced) == date(2023, 1, 14)
    assert "gap" not in timetable({"first": rule(), "gap": gap})


def test_nothing_follows_the_force_day_of_a_rule_withdrawn_before_it() -> None:
    first = rule(in_force_days=30, withdrawn_days=20)

    assert "second" not in timetable({"first": first, "second": after("first", 0, trigger_event="in_force")})
    assert not timetable({"first": first})["first"].counts(day_of(date(2023, 2, 15)))


def test_rules_that_trigger_one_another_are_refused() -> None:
    with pytest.raises(ValueError, match="circle: a <- b <- a"):
        timetable({"a": after("b", 1), "b": after("a", 1)})


def test_epochs_are_the_days_on_which_the_announced_law_changes() -> None:
    days = timetable({"r": rule(in_force_days=30, withdrawn_days=100), "late": rule(announced=date(2024, 1, 1))})

    assert [date_of(day) for day in epochs(days)] == [date(2023, 1, 1), date(2023, 4, 11), date(2024, 1, 1)]
    assert date_of(min(epochs(days, "in_force"))) == date(2023, 1, 31)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"announced": None}, "announced"),
        ({"announced": None, "triggered_by": "x"}, "lag_days"),
        ({"in_force_days": -1}, "greater than or equal to 0"),
        ({"clauses": {}}, "at least 1"),
        ({"withdrawn_day": 3}, "withdrawn_day"),
    ],
)
def test_a_rule_without_sense_is_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        rule(**wrong)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (clause("forbidden"), "not one of allowed, discouraged"),
        (clause("undetermined"), "not one of allowed"),
        (clause("capped"), "needs cap_units"),
        (clause("capped", cap_share=0.5), "cap_share_of"),
        (clause("capped", cap_share=0.5, cap_share_of="something else"), "units-shipped-to-US"),
        (clause("licence", presumption=True), "goes with denied"),
        (clause(items=["gpu"]), "foreign-die"),
    ],
)
def test_a_clause_without_sense_is_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Clause.model_validate(wrong)


def test_a_variant_can_say_that_a_rule_is_never_withdrawn() -> None:
    assert rule(withdrawn_days="never").withdrawn_days is None


# ---- licences -----------------------------------------------------------------------------------------------------


def late(**more: Any) -> Licence:
    return Licence.model_validate({"rules": ["r"], "triggered_by": "r", **more})


def test_an_uncertain_delay_counts_by_its_centre_and_may_be_felt_from_the_request() -> None:
    licences = {"l": late(lag_days={"low": 30, "central": 60, "high": 90}), "fixed": late(lag_days=60)}
    days = timetable({"r": rule()})

    usual, known = licence_dates(licences, days), licences_known(licences, days)

    assert {name: date_of(one.announced) for name, one in usual.items()} == {
        "l": date(2023, 3, 2),
        "fixed": date(2023, 3, 2),
    }
    assert [date_of(known[name].announced) for name in ("l", "fixed")] == [date(2023, 1, 1), date(2023, 3, 2)]


def test_luck_decides_on_licences_with_a_chance_or_an_uncertain_delay() -> None:
    certain = [
        licence("r"),
        late(lag_days=60),
        licence("r", lag_days={"low": 1, "central": 2, "high": 3}, triggered_by="r"),
    ]
    drawn = [licence("r", chance=0.5), late(lag_days=60, chance={"low": 0.9, "central": 1, "high": 1})]

    assert [one.drawn for one in certain] == [False] * 3
    assert [one.drawn for one in [*drawn, late(lag_days={"low": 30, "central": 60, "high": 90})]] == [True] * 3


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"chance": 1.5}, "chance 1.5"), ({"lag_days": 5}, "go together"), ({"issued": None}, "give either issued")],
)
def test_a_licence_without_sense_is_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        licence("r", **wrong)
