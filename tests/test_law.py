"""Rulings on tiny laws: doubt, several rules, relaxation, licences, caps, and what must hold of any law."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_law import DEAL, MAKER, chip, clause, licence, on, rule

from sim.facts.days import date_of, day_of
from sim.facts.deals import Deal, Party
from sim.facts.docket import Docket
from sim.facts.law import Licence, Verdict
from sim.facts.ruling import is_open, ruling
from sim.facts.statutes import Law
from sim.facts.timetable import Knowledge

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
    middles = [day_of(when) for when in (date(2022, 11, 15), date(2022, 12, 15), date(2023, 1, 15), date(2023, 2, 15))]
    ways: tuple[Knowledge, ...] = ("leaked", "announced", "in_force")

    seen = {known: [ruling(chip(), DEAL, law, day, known).verdict.word for day in middles] for known in ways}

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


def test_a_licence_that_may_be_refused_opens_nothing_until_luck_has_granted_it() -> None:
    law = Law.of({"r": rule()}, {"l": licence("r", chance=0.9)})
    docket, day = Docket(law, [chip()], [DEAL]), day_of(date(2024, 1, 1))

    assert on(law, chip()).verdict is Verdict.LICENCE
    assert docket.on(day, granted=frozenset())[0][0].verdict is Verdict.LICENCE
    assert docket.on(day, granted=frozenset({"l"}))[0][0].verdict is Verdict.ALLOWED


def test_equal_caps_of_two_rules_are_two_caps() -> None:
    capped = clause("capped", cap_units=5)
    gate = on(Law.of({"r": rule(capped), "s": rule(capped)}), chip()).deciding

    assert [(cap.by, cap.units) for cap in gate.caps] == [("r", 5), ("s", 5)]


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
