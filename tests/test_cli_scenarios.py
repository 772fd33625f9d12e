"""The command line as a user types it: list, show, check, and what it does with a slip of the pen."""

import json
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import jsonschema
import pytest
from typer.testing import CliRunner

from sim.cli.app import COMMANDS, app, main
from sim.study.reading.schema import schema, written
from sim.study.reading.shipped import BESIDE, home, names

ROOT = Path(__file__).parent.parent
TINY, EARLY = "tests/worlds/tiny/tiny.toml", "tests/worlds/tiny/early.toml"
HEAVY = ("numpy", "matplotlib", "polars", "scipy", "simpy", "sim.facts.estimate")


@pytest.fixture(autouse=True)
def _from_the_root(monkeypatch):
    monkeypatch.chdir(ROOT)


def typed(*words):
    return CliRunner().invoke(app, words)


def document(*words):
    return json.loads(typed(*words, "--json").stdout)


def test_list_names_every_scenario_on_a_line_of_its_own():
    lines = typed("list").stdout.strip().splitlines()
    assert [line.split()[0] for line in lines] == list(names())
    assert all(line.endswith("?") for line in lines)


def test_list_as_json():
    found = json.loads(typed("list", "--json").stdout)
    assert [one["name"] for one in found] == list(names())
    assert all(list(one) == ["name", "title", "question"] and all(one.values()) for one in found)


def test_show_tells_what_changes():
    assert typed("show", EARLY, "--set", "demand.wear=0.03").stdout.splitlines() == [
        "The ban comes a year earlier",
        "What if the ban had come at once?",
        "sources: T5",
        "",
        f"order:   tests/worlds/tiny/parts.toml -> {TINY} -> {EARLY} -> --set",
        "",
        "2 changed",
        f"rules.ban.announced  2023-01-01 -> 2022-01-15  [stated in early.toml]  {EARLY}",
        "demand.wear  0.05 -> 0.03  [stated in --set]  --set",
        "",
        "every value: chipsim show early --all",
    ]


def test_show_all_tells_every_value_with_unit_source_and_file():
    lines = typed("show", TINY, "--all").stdout.splitlines()
    price = "chips.Alpha.price  30,000 (25,000 to 35,000) USD  [T1]  tests/worlds/tiny/parts.toml"
    assert price in lines
    curve = "foreign.acme.lines.one.output  2022-01-01: 10,000, 2024-01-01: 20,000 chips a month  [T3]"
    assert any(line.startswith(curve) for line in lines)


def test_show_of_a_world_counts_its_values():
    assert "chips          21 values, 1 uncertain" in typed("show", TINY).stdout


def test_show_as_json():
    shown = document("show", EARLY)
    assert (shown["schema"], shown["name"], shown["layers"][-1]) == ("chipsim/show/1", "early", EARLY)
    assert shown["changes"] == [
        {
            "key": "rules.ban.announced",
            "value": "2022-01-15",
            "unit": "",
            "source": "stated in early.toml",
            "file": EARLY,
            "old": "2023-01-01",
            "old_file": "tests/worlds/tiny/parts.toml",
            "new": False,
        }
    ]
    assert len(document("show", EARLY, "--all")["values"]) > 80


def test_check_tells_every_fault_of_every_file():
    result = typed("check", TINY, "tests/bad/no-title.toml", "tests/bad/unknown-stack.toml")
    assert result.exit_code == 2
    assert result.stdout == f"ok {TINY}\n"
    assert result.stderr.splitlines() == [
        "- tests/bad/no-title.toml: title: is missing; state title here",
        "- tests/bad/unknown-stack.toml: chips.Alpha.stack: unknown stack 'kuda'; did you mean cuda?",
        "- tests/bad/unknown-stack.toml: buyers.Cloud.preference.can: unknown stack 'can'; did you mean cann?",
    ]


def test_check_of_good_files_and_parts():
    result = typed("check", TINY, "tests/worlds/tiny/parts.toml", *map(str, sorted(home().glob("**/*.toml"))))
    assert (result.exit_code, result.stderr) == (0, "")
    assert document("check", TINY) == {
        "schema": "chipsim/check/1",
        "files": [TINY],
        "ok": {TINY: "scenario"},
        "errors": [],
        "notes": [],
    }
    assert f"ok {TINY}\nok tests/worlds/tiny/parts.toml (no scenario of its own: a part of a world" in result.stdout
    assert f"ok {home()}/sources.toml (no scenario: the table of sources" in result.stdout


def test_check_as_json_tells_faults_in_the_one_document():
    result = typed("check", TINY, "tests/bad/no-title.toml", "--json")
    fault = {"file": "tests/bad/no-title.toml", "key": "title", "problem": "is missing", "remedy": "state title here"}
    assert result.exit_code == 2
    whole = {"files": [TINY, "tests/bad/no-title.toml"], "ok": {TINY: "scenario"}, "errors": [fault]}
    assert json.loads(result.stdout) == {"schema": "chipsim/error/1", **whole}


@pytest.mark.parametrize("words", [("show",), ("show", "baseline", "--sett", "a=1"), ("shw",), ("check",)])
def test_a_slip_of_the_pen_is_told_without_a_traceback(words, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["chipsim", *words])
    assert stopped() == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize("words", [("show",), ("show", "baseline", "--sett", "a=1"), ("shw",), ("list", "--reps")])
def test_with_json_even_that_is_one_document(words, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["chipsim", *words, "--json"])
    assert stopped() == 2
    said = json.loads(capsys.readouterr().out)
    assert said["schema"] == "chipsim/error/1"
    assert said["errors"][0]["problem"]


def test_with_json_a_good_command_ends_well(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["chipsim", "check", TINY, "--json"])
    assert stopped() == 0
    assert json.loads(capsys.readouterr().out)["files"] == [TINY]


def stopped():
    with pytest.raises(SystemExit) as end:
        main()
    return end.value.code


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_shows_an_example(name):
    said = typed(name, "--help")
    assert said.exit_code == 0
    assert f"chipsim {name}" in said.stdout.split("Usage")[1].split("\n", 1)[1]


@pytest.mark.parametrize("words", [["--help"], ["list"], ["list", "--json"]])
def test_help_and_list_import_nothing_heavy(words):
    code = f"""
import sys
sys.argv = ["chipsim", *{words!r}]
from sim.cli.app import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
print(sorted(set(sys.modules) & set({HEAVY!r})), file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stderr.splitlines()[-1] == "[]"


def test_the_shipped_schema_is_the_one_of_the_records():
    assert (home() / "schema.json").read_text(encoding="utf-8") == written()


SHIPPED = [path for path in sorted(home().glob("**/*.toml")) if path.stem not in ("sources", *BESIDE)]


@pytest.mark.parametrize("path", [*SHIPPED, ROOT / TINY, ROOT / EARLY], ids=lambda path: path.stem)
def test_every_file_fits_the_schema(path):
    assert list(validator().iter_errors(as_json(path))) == []


@pytest.mark.parametrize("name", ["unknown-key", "unknown-table", "part-of-estimate", "text-for-number", "new-false"])
def test_the_schema_finds_faults_that_show_in_the_file_alone(name):
    assert list(validator().iter_errors(as_json(ROOT / f"tests/bad/{name}.toml")))


@cache
def validator():
    jsonschema.Draft202012Validator.check_schema(schema())
    return jsonschema.Draft202012Validator(schema())


def as_json(path):
    return json.loads(json.dumps(tomllib.loads(path.read_text(encoding="utf-8")), default=str))
