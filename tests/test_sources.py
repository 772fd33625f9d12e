"""The table of sources, what a source text cites, and what the sources command shows."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from sim.cli.sources import sources
from sim.facts.errors import InputError
from sim.study.audit import entries, is_number, tallies, unsourced, uses
from sim.study.reading import shipped
from sim.study.reading.keys import format_key
from sim.study.reading.load import load
from sim.study.reading.provenance import Origin
from sim.study.reading.sheet import take_apart
from sim.study.sources import Kind, cited, kind_of, problem_with, table, weighing

ROWS = table()
FILES = sorted(path for path in shipped.home().rglob("*.toml") if path.name != "sources.toml")


def origins(**sources_of: str) -> dict[str, Origin]:
    return {f"demand.{key}": Origin(1.0, source, "mine.toml") for key, source in sources_of.items()}


def written(tree: Mapping[str, Any]) -> dict[str, Origin]:
    leaves = take_apart(tree, "scenarios/world/chips.toml").leaves
    return {format_key(path): Origin(leaf.value, leaf.source, leaf.file) for path, leaf in leaves.items()}


CHIPS = written(shipped.read(shipped.home() / "world" / "chips.toml"))


def test_every_row_says_what_is_claimed_and_how_firmly() -> None:
    assert len(ROWS) == 456
    assert {row.confidence for row in ROWS.values()} == {"filing", "estimate", "press", "seed", "derived", "knowledge"}
    assert [row.id for row in ROWS.values() if not row.claim or len(row.claim) > 400] == []


def test_press_without_an_address_is_rare_and_references_are_resolved() -> None:
    assert [row.id for row in ROWS.values() if "(as " in row.address] == []
    firm = [row.id for row in ROWS.values() if row.confidence in ("filing", "estimate", "press") and not row.address]
    assert firm == ["1a"]
    assert ROWS["V14"].address == ROWS["V13"].address


def test_settings_name_rows_that_exist() -> None:
    chosen = {row.id: row.among for row in ROWS.values() if row.among}
    assert chosen["Z2"] == ("H4", "H5", "H6", "H7", "A45")
    assert [name for among in chosen.values() for name in among if name not in ROWS] == []


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("C1", ("C1",)),
        ("C1; 1a", ("C1", "1a")),
        ("C1, 1a", ("C1", "1a")),
        ("V6 ($12bn for 1.0M); C25; S3-10", ("V6", "C25", "S3-10")),
        ("C4 with H20 and A100 in it", ("C4",)),
        ("R15b; S-9; G10b", ("R15b", "S-9", "G10b")),
        ("calibrated to C4; C3: the H20 gives 1.1, not H7", ("C4", "C3")),
        ("judgement: R1 came before V3 [C3; C1]", ("C3", "C1")),
        ("judgement: R1 came before V3", ()),
        ("judgement: as Nvidia's (L9), and A55's use of stacks", ("L9", "A55")),
        ("A23 (revenue); judgement: half of H21 [V30]", ("A23", "V30", "H21")),
        ("calibrated to Z1 and Z2", ("Z1", "Z2")),
        ("E2 for one; E1 (H800, Q2 2023) for the other; C999", ("E2", "E1")),
        ("stated in mine.toml", ()),
        ("", ()),
    ],
)
def test_a_source_text_cites_the_ids_its_parts_start_with(source: str, names: tuple[str, ...]) -> None:
    assert cited(source, ROWS) == names


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("V13", "filing"),
        ("V10; V13", "filing"),
        ("V10; V4", "estimate"),
        ("S3-10", "press"),
        ("S3-10; L8", "press"),
        ("L8", "derived"),
        ("Z2", "derived"),
        ("R2", "knowledge"),
        ("calibrated to V13", "calibrated"),
        ("judgement: half of it [V13]", "judgement"),
        ("V13; judgement: the split", "judgement"),
        ("stated in mine.toml", "stated"),
        ("a friend of mine", "stated"),
    ],
)
def test_a_number_is_as_firm_as_its_firmest_row(source: str, kind: Kind) -> None:
    assert kind_of(source, ROWS) == kind


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("", "has no source"),
        ("C999", "cites 'C999', which the table of sources does not have"),
        ("V13; H20", "cites 'H20', which the table of sources does not have"),
        ("judgement", "is a judgement without a reason"),
        ("judgement: [C1]", "is a judgement without a reason"),
        ("judgement: so [C999]", "cites 'C999', which the table of sources does not have"),
        ("A23 (revenue); judgement", ""),
        ("calibrated to history", "cites no row of the table of sources: 'calibrated to history'"),
        ("somewhere", "cites no row of the table of sources: 'somewhere'"),
        ("V13; C1", ""),
        ("judgement: nobody counts it", ""),
        ("stated in mine.toml", ""),
    ],
)
def test_what_is_wrong_with_a_source(source: str, problem: str) -> None:
    assert problem_with(source, ROWS) == problem


@pytest.mark.parametrize("path", FILES, ids=shipped.label)
def test_every_number_that_ships_has_a_source_and_every_id_exists(path: Any) -> None:
    found = take_apart(shipped.read(path), shipped.label(path)).leaves
    values = {format_key(key): Origin(leaf.value, leaf.source, leaf.file) for key, leaf in found.items()}
    assert [str(fault) for fault in unsourced(values, ROWS)] == []
    if path.parent.name == "world":
        facts = [key for key, origin in values.items() if is_number(origin.value)]
        assert [key for key in facts if kind_of(values[key].source, ROWS) == "stated"] == []


def test_kinds_are_counted_over_numbers_only() -> None:
    found = origins(a="V13", b="V13", c="L8", d="judgement: why") | {"title": Origin("text", "V13", "mine.toml")}
    assert {tally.kind: tally.count for tally in tallies(found, ROWS)} == {
        "filing": 2,
        "estimate": 0,
        "press": 0,
        "derived": 1,
        "knowledge": 0,
        "calibrated": 0,
        "judgement": 1,
        "stated": 0,
    }
    first = tallies(found, ROWS)[0]
    assert (first.kind, first.share, first.example) == ("filing", 0.5, "demand.a")


def test_a_key_is_shown_with_its_rows_and_who_weighs_them() -> None:
    (entry,) = entries(CHIPS, "chips.H200.price", ROWS)
    assert (entry.kind, entry.unit) == ("press", "USD")
    assert [row.id for row in entry.rows] == ["Z34", "C28", "A54"]
    assert entries(CHIPS, "chips.H200.price.central", ROWS) == (entry,)
    assert [row.id for row in weighing(("H4",), ROWS)] == ["Z2"]


def test_a_bare_number_takes_its_unit_from_the_record() -> None:
    (entry,) = entries(CHIPS, "chips.A100.memory_bandwidth", ROWS)
    assert entry.unit == "GB/s"


def test_a_sheet_is_cut_to_the_chip_in_question() -> None:
    (entry,) = entries(CHIPS, "chips.Ascend-910.memory_gb", ROWS)
    assert [name for name, _ in entry.rows[0].sheet] == ["Ascend 910 (2019)"]


def test_a_prefix_shows_everything_below_it_and_nothing_beside_it() -> None:
    keys = [entry.key for entry in entries(CHIPS, "chips.H20", ROWS)]
    assert "chips.H20.price" in keys
    assert {key.split(".")[1] for key in keys} == {"H20"}


def test_a_row_knows_the_keys_that_use_it() -> None:
    assert set(uses(CHIPS, "C30", ROWS)) == {"chips.Ascend-910C.price", "chips.Ascend-950DT.price"}


@pytest.mark.parametrize(
    ("key", "remedy"),
    [
        ("chips.H20.prize", "did you mean chips.H20.price?"),
        ("H20", "did you mean chips.H20?"),
        ("v13", "did you mean V13?"),
        ("chips.h20", "did you mean chips.H20?"),
        ("chips.Asc", "did you mean chips.Ascend-910?"),
        ("chps.H20.price", "did you mean chips.H20.price?"),
    ],
)
def test_an_unknown_key_is_answered_with_a_known_one(key: str, remedy: str) -> None:
    with pytest.raises(InputError) as caught:
        entries(CHIPS, key, ROWS)
    (fault,) = caught.value.faults
    assert (fault.key, fault.problem, fault.remedy) == (key, "no value of this scenario has that key", remedy)


def shown(*words: str) -> Any:
    app = typer.Typer()
    app.command()(sources)
    return CliRunner().invoke(app, list(words), terminal_width=100)


def answer(*words: str) -> Any:
    result = shown(*words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_the_numbers_of_the_baseline_are_counted_by_kind() -> None:
    found = answer()
    kinds = {row["kind"]: row["count"] for row in found["kinds"]}
    assert found["schema"] == "chipsim/sources/1"
    assert found["numbers"] == sum(kinds.values()) > 300
    assert sum(row["share"] for row in found["kinds"]) == pytest.approx(1, abs=0.001)
    assert kinds["press"] > 0
    assert kinds["judgement"] > 0
    assert kinds["calibrated"] > 0
    assert "judgement   ours, with its reason" in shown().stdout


def test_every_number_of_the_baseline_is_accounted_for() -> None:
    values = load("baseline").provenance
    assert [str(fault) for fault in unsourced(values, ROWS)] == []
    assert [name for name in load("baseline").scenario.sources if name not in ROWS] == []


def test_a_leaf_in_full() -> None:
    text = shown("chips.H20.price").stdout
    assert text.startswith("chips.H20.price = 12,000 (10,000 to 12,500) USD\n    estimate: V6 ($12bn for 1.0M); C25;")
    assert "    scenarios/world/chips.toml\n" in text
    assert (
        "\nV6: H20 2024: 1,000,000 units, $12bn\n    1.0M; $12bn | SemiAnalysis | CY2024 | seed-article + analyst\n"
        in text
    )
    assert ROWS["C25"].address.split(" ; ")[0] in text
    assert (
        "Settings that weigh these against others:\n\nZ26: 910C inference vs H100"
        in shown("chips.Ascend-910C.fp16").stdout
    )


def test_a_leaf_as_json() -> None:
    found = answer("chips.H20.price")
    (value,) = found["values"]
    assert value["value"]["central"] == 12000
    assert (value["kind"], value["file"]) == ("estimate", "scenarios/world/chips.toml")
    assert value["rows"] == ["V6", "C25", "S3-10", "Z13"] == [row["id"] for row in found["rows"]]
    assert "replaces" in value


def test_a_row_and_who_uses_it() -> None:
    found = answer("C25")
    assert found["rows"][0]["who"] == ROWS["C25"].who
    assert "chips.H20.price" in found["used_by"]
    assert "Used by" in shown("C25").stdout


def test_an_unknown_key_is_exit_two_with_a_remedy() -> None:
    result = shown("chips.H20.prize")
    assert result.exit_code == 2
    assert result.stderr == (
        "- chips.H20.prize: no value of this scenario has that key; did you mean chips.H20.price?\n"
    )
    assert json.loads(shown("chips.H20.prize", "--json").stdout)["errors"][0]["key"] == "chips.H20.prize"


def test_help_shows_an_example() -> None:
    assert "chipsim sources chips.H20.price" in " ".join(shown("--help").stdout.split())
