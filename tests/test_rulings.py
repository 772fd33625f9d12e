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
from sim.study.load import load
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
def world() -> tuple[Scenario, Law]:
    scenario = load("baseline").scenario
    return scenario, Law.of(scenario.rules, scenario.licences)


def answer(row: Row) -> Ruling:
    scenario, law = world()
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
}


def test_a_row_with_an_unknown_key_is_an_error() -> None:
    raw: dict[str, Any] = {"says": "x", "item": "H20", "on": date(2025, 1, 1), "verdict": "allowed", "source": "R15"}

    with pytest.raises(ValidationError, match="buyr"):
        Row.model_validate({**raw, "buyr": "state"})
