"""The law as a table of sentences: item, parties, day, and what the law must say, one row a sentence."""

import tomllib
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError

from sim.facts.gates import Gate
from sim.facts.ruling import Ruling, ruling
from sim.facts.statutes import Law
from sim.study.inquiry import Inquiry, Specs
from sim.study.reading.load import load
from sim.study.scenario import Scenario

FOLDER = Path(__file__).parent / "rulings"


class Row(BaseModel):
    """A sentence about the law. ``authority`` asks for that gate alone; ``rule`` is the one that decides."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    says: str
    item: str
    specs: dict[str, float] = {}
    seller: str | None = None
    buyer: str = "private"
    to: str = "CN"
    on: date
    authority: str | None = None
    verdict: str
    rule: str | None = None
    clause: str | None = None
    missing: list[str] = []
    licence: str | None = None
    revenue_share: float | None = None
    source: str


def rows() -> list[Row]:
    files = sorted(FOLDER.glob("*.toml"))
    return [Row.model_validate(raw) for file in files for raw in tomllib.loads(file.read_text())["ruling"]]


@cache
def world(settings: tuple[str, ...] = ()) -> tuple[Scenario, Law]:
    scenario = load("baseline", settings).scenario
    return scenario, Law.of(scenario.rules, scenario.licences)


def answer(row: Row, settings: tuple[str, ...] = ()) -> Ruling:
    scenario, law = world(settings)
    specs = Specs(**row.specs)
    case = Inquiry(row.item, row.on.isoformat(), row.to, row.buyer, row.seller, specs).case(scenario)
    return ruling(case.item, case.deal, law, case.day)


def asked(row: Row) -> Gate:
    given = answer(row)
    return given.deciding if row.authority is None else given.gate(row.authority)


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row.on} {row.item}: {row.says}")
def test_the_law_says(row: Row) -> None:
    gate = asked(row)

    assert (gate.verdict.word, gate.rule, gate.clause, list(gate.missing)) == (
        row.verdict,
        row.rule,
        row.clause,
        row.missing,
    )
    if row.authority is None:
        assert answer(row).verdict.word == row.verdict
    if row.licence is not None:
        assert gate.licences == (row.licence,)
    if row.revenue_share is not None:
        assert gate.revenue_share == row.revenue_share


@pytest.mark.parametrize("row", [row for row in rows() if row.rule], ids=lambda row: f"{row.on} {row.item}: {row.says}")
def test_the_deciding_rule_stands_on_the_row_s_source(row: Row) -> None:
    assert row.source.split()[0] in asked(row).source


def test_there_is_a_row_for_every_clause_of_the_baseline() -> None:
    scenario, _ = world()
    exist = {(name, key) for name, rule in scenario.rules.items() if rule.enabled for key in rule.clauses}

    untold = exist - {(row.rule, row.clause) for row in rows()}

    assert untold == NEVER_DECIDE


NEVER_DECIDE = {
    ("us-2023-10-advanced-computing", "b-middle"),  # eased by the notification of NAC wherever it applies
    ("us-2023-10-advanced-computing", "b-dense"),
    ("us-2025-01-diffusion", "tier-2"),  # withdrawn before it was in force
    ("us-2025-01-diffusion", "tier-3"),
    ("cn-2025-11-power-subsidy", "foreign"),  # milder than the domestic share that stands beside it
    ("us-2026-01-transit-tariff", "h200-class"),  # forbids nothing
    ("cn-2025-10-smuggled", "false-declarations"),
}


def test_a_row_with_an_unknown_key_is_an_error() -> None:
    raw: dict[str, Any] = {"says": "x", "item": "H20", "on": date(2025, 1, 1), "verdict": "allowed", "source": "R15"}

    with pytest.raises(ValidationError, match="buyr"):
        Row.model_validate({**raw, "buyr": "state"})


# ---- variants: one key changes the law ----------------------------------------------------------------------------


def verdict(row: dict[str, Any], *settings: str) -> str:
    full = {"says": "", "verdict": "", "source": "", **row}
    return answer(Row.model_validate(full), settings).verdict.word


NO_LETTER = "rules.us-2025-04-h20-bandwidth.enabled=false"


def test_without_the_april_letter_its_reopening_and_beijing_s_answer_never_come() -> None:
    _, law = world((NO_LETTER,))
    _, told = world()

    assert set(told.days) - set(law.days) == {
        "us-2025-04-h20-bandwidth",
        "us-2025-08-h20-reopening",
        "cn-2025-07-h20-summons",
        "cn-2025-08-h20-guidance",
        "cn-2025-09-rtx-pro-6000d",
        "cn-2025-10-customs",
    }
    assert set(told.licence_days) - set(law.licence_days) == {"us-2025-08-h20"}
    assert verdict({"item": "H20", "on": date(2026, 1, 1)}, NO_LETTER) == "capped"


def test_beijing_may_answer_anyway_if_a_variant_dates_it() -> None:
    answer_anyway = "rules.cn-2025-08-h20-guidance.announced=2025-08-12"

    assert verdict({"item": "H20", "on": date(2025, 8, 12)}, NO_LETTER, answer_anyway) == "case_by_case"


def test_moving_the_letter_moves_what_hangs_on_it() -> None:
    earlier = "rules.us-2025-04-h20-bandwidth.announced=2024-04-09"

    assert verdict({"item": "H20", "on": date(2024, 4, 9)}, earlier) == "licence"
    assert verdict({"item": "H20", "on": date(2024, 7, 14)}, earlier) == "case_by_case"
    assert verdict({"item": "RTX-Pro-6000D", "on": date(2024, 9, 15)}, earlier) == "denied"


def test_moving_the_2023_rule_moves_its_early_force_for_nvidia() -> None:
    at_once = "rules.us-2023-10-advanced-computing.announced=2022-10-07"

    assert verdict({"item": "H800", "on": date(2022, 10, 12)}, at_once) == "allowed"
    assert verdict({"item": "H800", "on": date(2022, 10, 13)}, at_once) == "licence"


def test_without_the_h200_rule_customs_do_not_answer_it() -> None:
    h200 = {"item": "H200", "on": date(2026, 2, 1), "buyer": "ByteDance"}

    assert verdict(h200, "rules.us-2026-01-h200.enabled=false") == "licence"
    assert verdict(h200) == "case_by_case"


def test_a_diffusion_rule_that_is_kept_caps_countries_and_leaves_no_gap() -> None:
    kept = 'rules.us-2025-01-diffusion.withdrawn_days="never"'
    malaysia = {"item": "B200", "on": date(2025, 6, 1), "to": "MY"}

    assert verdict({**malaysia, "buyer": "american"}, kept) == "capped"
    assert verdict({**malaysia, "buyer": "ByteDance"}, kept) == "denied"
    assert verdict({**malaysia, "buyer": "ByteDance"}) == "discouraged"


def test_drafts_are_law_where_a_variant_enables_them() -> None:
    renting = {"item": "remote-access", "on": date(2026, 7, 1), "specs": {"tpp": 15832.0}}

    assert verdict(renting) == "discouraged"
    assert verdict(renting, "rules.us-2026-remote-access-act.enabled=true") == "licence"


def test_no_licence_no_sale_even_where_the_government_has_said_yes() -> None:
    h20 = {"item": "H20", "on": date(2025, 8, 10)}

    assert verdict(h20, "licences.us-2025-08-h20.enabled=false") == "case_by_case"
    assert verdict(h20) == "discouraged"


def test_every_cap_of_a_gate_is_told() -> None:
    h200 = Row(says="", item="H200", buyer="ByteDance", on=date(2026, 6, 1), verdict="", source="")
    us, cn = (answer(h200).gate(authority) for authority in ("US", "CN"))

    assert [(cap.share, cap.share_of) for cap in us.caps] == [(0.5, "units shipped to US customers")]
    assert [(cap.share, cap.units) for cap in cn.caps] == [(0.5, None), (None, 400_000)]
