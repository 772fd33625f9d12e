"""The law's machinery on tiny laws of one or two rules: days, triggers, doubt, relaxation, licences, caps."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sim.facts.days import date_of, day_of
from sim.facts.deals import ORDINARY_BUYER, Deal, Item, Party
from sim.facts.docket import Docket
from sim.facts.law import Clause, Licence, Rule, Verdict
from sim.facts.ruling import Ruling, is_open, ruling
from sim.facts.statutes import Law
from sim.facts.timetable import epochs, misnamed, timetable

MAKER = Party("maker", "US")
DEAL = Deal(MAKER, ORDINARY_BUYER, "CN")


def clause(verdict: str = "licence", **conditions: Any) -> dict[str, Any]:
    return {"verdict": verdict, "text": "", **conditions}


def rule(*clauses: dict[str, Any], announced: date | None = date(2023, 1, 1), **more: Any) -> Rule:
    named = {f"c{i}": one for i, one in enumerate(clauses or (clause(),))}
    dated = {} if announced is None else {"announced": announced}
    return Rule.model_validate({"title": "", "authority": "US", "clauses": named, **dated, **more})


def licence(*rules: str, **more: Any) -> Licence:
    return Licence.model_validate({"rules": list(rules), "issued": date(2023, 1, 1), **more})


def after(trigger: str, days: int, **more: Any) -> Rule:
    return rule(announced=None, triggered_by=trigger, lag_days=days, **more)


def on(law: Law, item: Item, when: date = date(2024, 1, 1), deal: Deal = DEAL) -> Ruling:
    return ruling(item, deal, law, day_of(when))


def chip(**figures: Any) -> Item:
    return Item("chip", "chip", **figures)


# ---- days ---------------------------------------------------------------------------------------------------------


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
    assert [date_of(day) for day in epochs(days, "in_force")][0] == date(2023, 1, 31)


def test_names_that_point_nowhere_are_found() -> None:
    rules = {"a": after("b", 1), "c": rule(relaxes=["d"])}

    assert misnamed(rules, {"l": licence("e")}) == (
        ("rules.a.triggered_by", "b"),
        ("rules.c.relaxes", "d"),
        ("licences.l.rules", "e"),
    )


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
        (clause("licence", presumption=True), "goes with denied"),
        (clause(items=["gpu"]), "foreign-die"),
    ],
)
def test_a_clause_without_sense_is_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Clause.model_validate(wrong)


def test_a_variant_can_say_that_a_rule_is_never_withdrawn() -> None:
    assert rule(withdrawn_days="never").withdrawn_days is None


# ---- doubt --------------------------------------------------------------------------------------------------------


def test_a_missing_spec_that_matters_is_named() -> None:
    law = Law.of({"r": rule(clause(tpp_at_least=1600, density_at_least=5.92))})

    answer = on(law, chip(tpp=2000.0))

    assert (answer.verdict, answer.missing) == (Verdict.UNDETERMINED, ("performance density",))
    assert (answer.deciding.at_least, answer.deciding.at_most) == (Verdict.ALLOWED, Verdict.LICENCE)
    assert not is_open(answer)


def test_a_missing_spec_does_not_matter_where_another_condition_fails() -> None:
    law = Law.of({"r": rule(clause(tpp_at_least=1600, density_at_least=5.92))})

    assert on(law, chip(tpp=1500.0)).verdict is Verdict.ALLOWED


def test_a_missing_spec_does_not_matter_where_another_clause_is_as_strict() -> None:
    law = Law.of({"r": rule(clause(tpp_at_least=4800), clause(density_at_least=5.92))})

    assert on(law, chip(tpp=36000.0)).verdict is Verdict.LICENCE


def test_a_missing_spec_does_not_matter_where_the_other_authority_forbids_anyway() -> None:
    chinese = rule(clause("denied"), authority="CN")

    answer = on(Law.of({"us": rule(clause(tpp_at_least=4800)), "cn": chinese}), chip())

    assert (answer.verdict, answer.deciding.rule, answer.missing) == (Verdict.DENIED, "cn", ())
    assert answer.gate("US").verdict is Verdict.UNDETERMINED


def test_doubt_about_a_relaxation_is_doubt() -> None:
    rules = {"r": rule(), "ease": rule(clause("allowed", tpp_below=4800), relaxes=["r"])}

    assert on(Law.of(rules), chip()).missing == ("TPP",)
    assert on(Law.of(rules), chip(tpp=100.0)).verdict is Verdict.ALLOWED


def test_a_published_part_may_decide_a_sum() -> None:
    law = Law.of({"r": rule(clause(bandwidth_sum_at_least=1700))})

    assert on(law, chip(memory_bandwidth=1700.0)).verdict is Verdict.LICENCE
    assert on(law, chip(memory_bandwidth=1699.0)).missing == ("interconnect",)


# ---- several rules ------------------------------------------------------------------------------------------------


def test_the_strictest_rule_decides_and_among_equals_the_oldest() -> None:
    rules = {
        "new": rule(announced=date(2023, 6, 1)),
        "old": rule(announced=date(2023, 1, 1)),
        "mild": rule(clause("discouraged"), announced=date(2022, 1, 1)),
    }

    gate = on(Law.of(rules), chip()).deciding

    assert (gate.rule, date_of(gate.since or 0)) == ("old", date(2023, 1, 1))


def test_a_relaxation_replaces_only_the_rules_it_names() -> None:
    ease = rule(clause("case_by_case"), relaxes=["r"])
    rules = {"r": rule(), "ease": ease}

    assert on(Law.of(rules), chip()).deciding.rule == "ease"
    assert on(Law.of({**rules, "other": rule()}), chip()).deciding.rule == "other"
    assert on(Law.of({"ease": ease}), chip()).verdict is Verdict.ALLOWED


def test_a_relaxation_never_makes_a_rule_stricter() -> None:
    rules = {"r": rule(clause("discouraged")), "ease": rule(clause("licence"), relaxes=["r"])}

    assert on(Law.of(rules), chip()).deciding.rule == "r"


def test_a_withdrawn_rule_is_gone_from_its_day() -> None:
    law = Law.of({"r": rule(withdrawn_days=31)})

    assert on(law, chip(), date(2023, 1, 31)).verdict is Verdict.LICENCE
    assert on(law, chip(), date(2023, 2, 1)).verdict is Verdict.ALLOWED


def test_what_is_leaked_or_announced_can_be_foreseen() -> None:
    law = Law.of({"r": rule(leaked_days_before=31, in_force_days=31)})
    seen = {
        known: [ruling(chip(), DEAL, law, day_of(when)).verdict for when in ()]
        + [ruling(chip(), DEAL, law, day_of(date(2022, month, 15)), known).verdict.word for month in (11, 12)]
        + [ruling(chip(), DEAL, law, day_of(date(2023, month, 15)), known).verdict.word for month in (1, 2)]
        for known in ("leaked", "announced", "in_force")
    }

    assert seen == {
        "leaked": ["allowed", "licence", "licence", "licence"],
        "announced": ["allowed", "allowed", "licence", "licence"],
        "in_force": ["allowed", "allowed", "allowed", "licence"],
    }


# ---- licences and caps --------------------------------------------------------------------------------------------


def test_a_licence_opens_the_gate_and_says_so() -> None:
    law = Law.of({"r": rule()}, {"l": licence("r", revenue_share=0.15)})

    gate = on(law, chip()).deciding

    assert (gate.verdict, gate.rule, gate.licences, gate.revenue_share) == (Verdict.ALLOWED, "r", ("l",), 0.15)


def test_a_licence_with_a_cap_opens_within_it() -> None:
    law = Law.of({"r": rule()}, {"l": licence("r", cap_units=1000.0)})

    gate = on(law, chip()).deciding

    assert gate.verdict is Verdict.CAPPED
    assert [cap.units for cap in gate.caps] == [1000.0]
    assert is_open(gate)


@pytest.mark.parametrize(
    "unfit",
    [{"buyers": ["somebody-else"]}, {"chips": ["other"]}, {"issued": date(2024, 1, 2)}, {"until": date(2024, 1, 1)}],
)
def test_a_licence_for_others_or_other_days_opens_nothing(unfit: dict[str, Any]) -> None:
    law = Law.of({"r": rule()}, {"l": licence("r", **unfit)})

    assert on(law, chip()).verdict is Verdict.LICENCE


def test_a_licence_does_not_open_a_refusal_but_may_open_a_presumption() -> None:
    refused, presumed = rule(clause("denied")), rule(clause("denied", presumption=True))

    assert on(Law.of({"r": refused}, {"l": licence("r")}), chip()).verdict is Verdict.DENIED
    assert on(Law.of({"r": presumed}, {"l": licence("r")}), chip()).verdict is Verdict.ALLOWED
    assert on(Law.of({"r": presumed}), chip()).deciding.presumption


def test_a_licence_that_waits_for_a_rule_vanishes_with_it() -> None:
    waiting = Licence.model_validate({"rules": ["r"], "triggered_by": "ease", "lag_days": 5})
    ease = rule(clause("case_by_case"), relaxes=["r"])

    assert on(Law.of({"r": rule(), "ease": ease}, {"l": waiting}), chip()).verdict is Verdict.ALLOWED
    assert on(Law.of({"r": rule()}, {"l": waiting}), chip()).verdict is Verdict.LICENCE


# ---- properties ---------------------------------------------------------------------------------------------------

FIGURES = st.fixed_dictionaries(
    {name: st.floats(0, 50_000) for name in ("tpp", "density", "memory_bandwidth", "interconnect")}
)
THRESHOLDS = st.fixed_dictionaries(
    {"verdict": st.sampled_from(["discouraged", "case_by_case", "licence", "denied"])},
    optional={
        name: st.floats(0, 50_000)
        for name in (
            "tpp_at_least",
            "density_at_least",
            "memory_bandwidth_at_least",
            "interconnect_at_least",
            "bandwidth_sum_at_least",
        )
    },
)
LAWS = st.lists(THRESHOLDS, max_size=4).map(
    lambda clauses: Law.of({f"r{i}": rule({"text": "", **one}) for i, one in enumerate(clauses)})
)


@given(law=LAWS, figures=FIGURES, more=FIGURES)
def test_a_stronger_chip_never_meets_a_milder_law(law: Law, figures: dict[str, float], more: dict[str, float]) -> None:
    stronger = {name: figures[name] + more[name] for name in figures}

    assert on(law, chip(**stronger)).verdict >= on(law, chip(**figures)).verdict


@given(
    law=LAWS, figures=FIGURES, hidden=st.sets(st.sampled_from(["tpp", "density", "memory_bandwidth", "interconnect"]))
)
def test_hiding_figures_never_changes_a_certain_answer(law: Law, figures: dict[str, float], hidden: set[str]) -> None:
    shown = {name: value for name, value in figures.items() if name not in hidden}
    doubtful, full = on(law, chip(**shown)).gate("US"), on(law, chip(**figures)).gate("US")

    assert doubtful.at_least <= full.verdict <= doubtful.at_most
    assert doubtful.verdict in (full.verdict, Verdict.UNDETERMINED)


@given(figures=FIGURES)
def test_without_rules_everything_is_allowed(figures: dict[str, float]) -> None:
    answer = on(Law.of({}), chip(**figures))

    assert [(gate.verdict, gate.rule) for gate in answer.gates] == [(Verdict.ALLOWED, None)] * 2


@given(laws=st.lists(THRESHOLDS, max_size=3), figures=st.lists(FIGURES, min_size=1, max_size=3))
def test_the_docket_gives_the_same_rulings(laws: list[dict[str, Any]], figures: list[dict[str, float]]) -> None:
    law = Law.of({f"r{i}": rule({"text": "", **one}) for i, one in enumerate(laws)}, {"l": licence("r0", buyers=["b"])})
    items = [chip(**one) for one in figures]
    deals = [DEAL, Deal(MAKER, Party("b", "CN"), "CN"), Deal(MAKER, Party("c", "US"), "MY")]
    day = day_of(date(2024, 1, 1))

    rows = Docket(law, items, deals).on(day)

    assert rows == tuple(tuple(ruling(item, deal, law, day) for item in items) for deal in deals)
