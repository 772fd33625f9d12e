"""The law worked out before the run: what is to be expected, sales abroad, tools, licences that luck decides on."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from sim.facts.days import date_of, day_of
from sim.facts.errors import InputError
from sim.facts.law import Licence
from sim.study.legal import read_law
from sim.study.reading.load import load
from sim.study.replication import plan, replicate

TINY = str(Path(__file__).parent / "worlds" / "tiny" / "tiny.toml")
SOFT = 'rules.ban.clauses.fast.verdict="licence"'
PASS = {"rules": ["ban"], "triggered_by": "ban", "trigger_event": "in_force"}


@pytest.fixture(scope="module")
def book():
    return read_law(load("baseline").scenario)


def on(*when):
    return day_of(date(*when))


def column(book, chip):
    return list(book.chips).index(chip)


def tiny(*settings):
    return read_law(load(TINY, settings).scenario)


def licensed(scenario, **licences):
    """A scenario with licences of its own, each a table as a file would have it."""
    more = {name: Licence.model_validate(table) for name, table in licences.items()}
    return scenario.model_copy(update={"licences": {**scenario.licences, **more}})


# ---- outlook ------------------------------------------------------------------------------------------------------


def test_a_leaked_ban_is_expected_from_its_leak_and_no_threat_once_in_force():
    law = tiny()
    before, leaked, banned = (law.outlook(on(2022, 12, 1)), law.outlook(on(2022, 12, 2)), law.outlook(on(2023, 1, 11)))

    assert before.gates.all()
    assert not before.threats
    assert not leaked.gates.any()
    assert leaked.threats == {"Alpha": "ban", "Delta": "ban"}
    assert not banned.gates[:, 0].any()
    assert not banned.threats


def test_what_is_to_be_expected_was_worked_out_for_every_turn_of_the_law(book):
    for step in book.calendar:
        assert step.day in book.outlook_days, step


def test_the_h20_is_threatened_by_the_letter_from_the_leak_on(book):
    assert book.outlook(on(2024, 11, 9)).threats.get("H20") is None
    assert book.outlook(on(2024, 11, 10)).threats["H20"] == "us-2025-04-h20-bandwidth"
    assert book.outlook(on(2025, 4, 9)).threats.get("H20") is None


def test_what_will_be_opened_is_to_be_expected_too(book):
    assert not book.regime(on(2025, 5, 31)).gates[:, column(book, "H20")].any()
    relaxed = read_law(load("baseline", ("rules.us-2025-04-h20-bandwidth.withdrawn_days=100",)).scenario)
    assert relaxed.outlook(on(2025, 7, 18)).gates[:, column(relaxed, "H20")].any()


def test_every_chip_that_will_be_lost_has_a_rule_that_threatens_it(book):
    for day, outlook in zip(book.outlook_days, book.outlooks, strict=True):
        losing = book.regime(day).gates & ~outlook[frozenset()].gates
        lost = {list(book.chips)[c] for c in np.flatnonzero(losing.any(axis=0))}
        assert lost == set(outlook[frozenset()].threats), date_of(day)
        assert set(outlook[frozenset()].threats.values()) <= set(book.days)


# ---- abroad, rented, tools ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "may"),
    [
        (on(2023, 6, 1), True),
        (on(2024, 6, 1), False),
        (on(2025, 5, 12), False),
        (on(2025, 6, 1), True),
        (on(2026, 5, 30), True),
        (on(2026, 6, 1), False),
    ],
)
def test_chinese_firms_may_buy_an_h100_abroad_in_the_gap_only(book, day, may):
    regime, h100 = book.regime(day), column(book, "H100")
    assert regime.abroad[:, h100].tolist() == [may] * len(regime.abroad)


def test_renting_is_free_until_a_law_says_otherwise(book):
    act = read_law(load("baseline", ("rules.us-2026-remote-access-act.enabled=true",)).scenario)
    h100, weak = column(act, "H100"), column(act, "H20")
    assert book.regime(on(2026, 7, 1)).renting[:, h100].all()
    assert not act.regime(on(2026, 7, 1)).renting[:, h100].any()
    assert act.regime(on(2026, 7, 1)).renting[:, weak].all()


def test_the_us_japan_the_netherlands_and_in_december_2024_all_others_close_their_tools(book):
    days = ((2022, 10, 6), (2022, 10, 7), (2023, 7, 22), (2023, 7, 23), (2023, 9, 1), (2024, 12, 30), (2024, 12, 31))
    shares = [book.regime(on(*day)).tools_open for day in days]
    assert shares == pytest.approx([1, 0.6, 0.6, 0.3, 0.1, 0.1, 0])


def test_without_the_us_rule_of_2022_japan_and_the_netherlands_close_nothing_and_that_of_2024_half():
    alone = read_law(load("baseline", ("rules.us-2022-10-tools.enabled=false",)).scenario)
    assert [alone.regime(on(*day)).tools_open for day in ((2024, 12, 30), (2024, 12, 31))] == pytest.approx([1, 0.5])


def test_a_tool_rule_that_names_all_suppliers_leaves_none():
    alone = "rules.us-2022-10-tools.enabled=false"
    strict = "rules.us-2024-12-tools.clauses.made-anywhere.seller_outside=['CN']"
    assert read_law(load("baseline", (alone, strict)).scenario).regime(on(2025, 1, 1)).tools_open == 0


def test_a_kept_diffusion_rule_caps_what_a_country_of_transit_may_import(book):
    kept = read_law(load("baseline", ('rules.us-2025-01-diffusion.withdrawn_days="never"',)).scenario)
    assert [law.regime(on(2025, 6, 1)).transit_cap_tpp for law in (book, kept)] == [None, 790e6]


def test_caps_in_force_name_who_sets_them_and_bind_foreign_chips_only(book):
    (cap,) = book.regime(on(2025, 10, 1)).caps
    assert (cap.limit.by, cap.limit.share, cap.since) == ("cn-2025-09-domestic-share", 0.5, on(2025, 9, 30))
    bound = {list(book.chips)[c] for c in np.flatnonzero(cap.mask.any(axis=0))}
    assert bound
    assert {book.chips[chip].vendor for chip in bound} <= {"nvidia", "amd"}


# ---- licences -----------------------------------------------------------------------------------------------------


def log(replications=8, **terms):
    """What happened to a licence under the ban of the tiny world, and the outcomes."""
    drawn = plan(licensed(load(TINY, (SOFT,)).scenario, **{"pass": {**PASS, **terms}}), 1)
    outcomes = [replicate(drawn, number) for number in range(replications)]
    assert not [outcome.failure for outcome in outcomes if outcome.failure]
    return [[(e.kind, date_of(e.day), e.cause) for e in o.events if e.actor == "pass"] for o in outcomes], outcomes


def made(outcome):
    """Foreign chips finished once the ban was in force."""
    return outcome.measures["produced"][14:, :, 0].sum()


def test_a_licence_that_is_refused_keeps_the_gate_shut_and_is_in_the_log():
    (told, *_), (outcome, *_) = log(1, lag_days=50, chance=0)
    assert [entry[:2] for entry in told] == [("licence refused", date(2023, 3, 2))]
    assert [e.actor for e in outcome.events if e.id == told[0][2]] == ["ban"]
    assert made(outcome) == 0


def test_a_licence_that_is_granted_opens_it():
    certain = log(1, lag_days=50)
    lucky = log(1, lag_days=50, chance={"central": 1, "low": 0.999, "high": 1})
    assert certain[0] == lucky[0]
    assert made(certain[1][0]) == made(lucky[1][0]) > 0


def test_luck_grants_some_and_refuses_others():
    told, outcomes = log(lag_days=50, chance=0.5)
    kinds = [entries[0][0] for entries in told]
    assert set(kinds) == {"licence issued", "licence refused"}
    assert [made(outcome) > 0 for outcome in outcomes] == [kind == "licence issued" for kind in kinds]


def test_delays_are_drawn():
    told, _ = log(lag_days={"low": 30, "central": 60, "high": 90})
    days = sorted(entries[0][1] for entries in told)
    assert len(set(days)) == len(days)
    assert days[0] < date(2023, 3, 12) < days[-1]


def test_a_licence_lapses():
    told, _ = log(lag_days={"low": 30, "central": 60, "high": 90}, until=date(2024, 1, 1))
    assert {entries[-1][:2] for entries in told} == {("licence lapsed", date(2024, 1, 1))}


def test_beijing_may_clear_imports_by_licence():
    asked = {"rules": ["cn-2026-01-h200-approval"], "chips": ["H200"], "issued": date(2026, 5, 1), "chance": 0.5}
    law = read_law(licensed(load("baseline").scenario, clearing=asked))
    h200, day = column(law, "H200"), on(2026, 6, 1)

    granted = law.regime(day, frozenset({"clearing"}))

    assert not law.regime(day).gates[:, h200].any()
    assert granted.gates[:, h200].sum() == 3
    assert {cap.limit.units for cap in granted.caps} == {None, 400_000}


def test_too_many_licences_at_the_mercy_of_luck_are_refused():
    many = {f"pass-{i}": {**PASS, "lag_days": 50, "chance": 0.5} for i in range(7)}
    with pytest.raises(InputError, match="luck decides on 7 licences"):
        read_law(licensed(load(TINY).scenario, **many))
