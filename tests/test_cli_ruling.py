"""``chipsim ruling`` as a user types it."""

import json
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from sim.cli.ruling import ruling

app = typer.Typer()
app.command("ruling")(ruling)


@app.callback()
def _chipsim() -> None:
    """A command of its own, so that ``ruling`` is named as in ``chipsim``."""


def ask(*words: str) -> Result:
    return CliRunner().invoke(app, ["ruling", *words], env={"COLUMNS": "160", "TERM": "dumb"})


def document(*words: str) -> dict[str, Any]:
    result = ask(*words, "--json")
    assert result.exit_code == 0, result.output
    parsed: dict[str, Any] = json.loads(result.stdout)
    return parsed


def test_one_sentence_then_each_gate_in_labelled_lines() -> None:
    result = ask("H20", "--on", "2025-05-01")

    assert result.exit_code == 0
    first, *lines = result.stdout.splitlines()
    assert first == "2025-05-01: H20 from nvidia to a private Chinese cloud in CN needs a licence (US)."
    told = [" ".join(line.split()) for line in lines if line]
    assert told == [
        "US licence",
        "rule us-2025-04-h20-bandwidth",
        "clause named: Nvidia's H20 and AMD's MI308",
        "in force since 2025-04-09",
        "source R15; R15b; Z44",
        "CN allowed: no rule applies",
    ]
    assert "next: chipsim sources rules.us-2025-04-h20-bandwidth" in result.stderr


def test_the_document_has_the_promised_fields() -> None:
    body = document("H200", "--on", "2026-02-01", "--to", "CN")

    assert {key: body[key] for key in ("schema", "item", "to", "buyer", "on", "verdict")} == {
        "schema": "chipsim/ruling/1",
        "item": "H200",
        "to": "CN",
        "buyer": "a private Chinese cloud",
        "on": "2026-02-01",
        "verdict": "denied",
    }
    assert [(gate["authority"], gate["verdict"], gate["rule"], gate["since"]) for gate in body["gates"]] == [
        ("US", "case_by_case", "us-2026-01-h200", "2026-01-15"),
        ("CN", "denied", "cn-2026-01-h200-customs", "2026-01-13"),
    ]
    assert all({"clause", "source"} <= set(gate) for gate in body["gates"])


def test_a_gate_that_nothing_touches_has_no_rule() -> None:
    (us, _) = document("A800", "--on", "2022-12-01")["gates"]

    assert (us["verdict"], us["rule"], us["since"]) == ("allowed", None, None)


def test_who_buys_matters_from_november_2025() -> None:
    card = ("card", "--tpp", "1000", "--density", "1", "--memory-bandwidth", "500", "--interconnect", "64")

    verdicts = {
        (buyer, day): document(*card, "--on", day, "--buyer", buyer)["verdict"]
        for buyer in ("state", "ByteDance")
        for day in ("2025-11-04", "2025-11-05")
    }

    assert verdicts == {
        ("state", "2025-11-04"): "capped",
        ("state", "2025-11-05"): "denied",
        ("ByteDance", "2025-11-04"): "capped",
        ("ByteDance", "2025-11-05"): "capped",
    }


def test_names_are_read_kindly() -> None:
    assert document("rtx pro 6000d", "--on", "2025-08-01", "--to", "cn")["item"] == "RTX-Pro-6000D"


def test_a_licence_is_told_with_its_share_of_revenue() -> None:
    result = ask("H20", "--on", "2025-08-08")

    assert "licence us-2025-08-h20" in result.stdout
    assert "15% of revenue" in result.stdout


def test_an_unknown_figure_is_named() -> None:
    body = document("L20", "--on", "2024-05-01")

    assert (body["verdict"], body["missing"]) == ("undetermined", ["performance density"])
    assert body["sentence"].endswith("performance density unknown, so anything from allowed to licence.")


def test_every_misspelt_word_is_told_at_once() -> None:
    result = ask("H2O", "--on", "01.05.2025", "--to", "China", "--buyer", "Bytdance", "--seller", "nvidea")

    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        "- CHIP: unknown chip 'H2O'; did you mean H20?",
        "- --on: '01.05.2025' is not a date; write it as 2024-07-01",
        "- --to: 'China' is not a country code; use two letters: CN, HK, MY, SG",
        "- --buyer: unknown buyer 'Bytdance'; did you mean ByteDance?",
        "- --seller: unknown seller 'nvidea'; did you mean nvidia?",
    ]


def test_faults_are_one_document_too() -> None:
    result = ask("H2O", "--on", "2025-05-01", "--json")

    assert result.exit_code == 2
    assert json.loads(result.stdout)["errors"] == [
        {"file": "", "key": "CHIP", "problem": "unknown chip 'H2O'", "remedy": "did you mean H20?"}
    ]


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("H20", "--tpp", "100"), "is a listed chip"),
        (("nobody-knows",), "give specs"),
    ],
)
def test_a_made_up_chip_needs_specs_and_a_name_of_its_own(words: tuple[str, ...], problem: str) -> None:
    result = ask(*words, "--on", "2025-05-01")

    assert result.exit_code == 2
    assert problem in result.stderr


def test_memory_and_dies_can_be_asked_about() -> None:
    assert document("hbm", "--on", "2025-01-01", "--density", "2.5")["verdict"] == "licence"
    assert document("foreign-die", "--on", "2023-01-01", "--node", "7", "--buyer", "sophgo")["verdict"] == "allowed"
