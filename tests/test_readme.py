"""What README promises a newcomer: two commands set everything up, every quoted command works, the scenario loads."""

import json
import re
import shlex
import tomllib
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from sim.cli.app import app
from sim.study.reading.load import load

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
GUIDE = (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8")
MODEL = (ROOT / "docs" / "model.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(?P<kind>\w*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
CHEAP = {"list", "show", "check", "ruling", "sources"}
HEADING = 'title = "A part of a scenario"\nquestion = "What if?"\nextends = "baseline"\n'


def blocks(text: str, kind: str) -> list[str]:
    return [found["body"] for found in BLOCK.finditer(text) if found["kind"] == kind]


def set_up_commands() -> list[list[str]]:
    """README's lines that make an environment, each as its steps."""
    lines = [line for body in blocks(README, "sh") for line in body.splitlines() if line.startswith("python3 -m venv")]
    return [line.split(" && ") for line in lines]


def quoted_commands(text: str) -> list[tuple[str, ...]]:
    """Every ``chipsim ...`` of a page, fenced or in the running text, without the program's name."""
    prose = BLOCK.sub("", text)
    fenced = [line for body in blocks(text, "sh") for line in body.splitlines()]
    inline = re.findall(r"`(chipsim [^`]+)`", prose)
    split = [shlex.split(step) for line in (*fenced, *inline) for step in line.split(" && ")]
    found = [tuple(words[1:]) for words in split if Path(words[0]).name == "chipsim" and len(words) > 1]
    return list(dict.fromkeys(found))


def own_scenario(text: str) -> str:
    """The page's first scenario, which its commands name as a file."""
    return next(body for body in blocks(text, "toml") if body.startswith("title"))


ALL = list(dict.fromkeys(words for page in (README, GUIDE, MODEL) for words in quoted_commands(page)))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A newcomer's folder that holds the scenarios both pages tell to save."""
    (tmp_path / "hbm-overnight.toml").write_text(own_scenario(README), encoding="utf-8")
    (tmp_path / "my-ban.toml").write_text(own_scenario(GUIDE), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_two_commands_do_all_the_set_up():
    run, test = set_up_commands()
    install = ".venv/bin/pip install --quiet --constraint constraints.txt --editable"
    assert run == ["python3 -m venv .venv", f"{install} .", ".venv/bin/chipsim run baseline"]
    assert test == ["python3 -m venv .venv", f"{install} '.[test]'", ".venv/bin/pytest"]


def test_ci_runs_what_readme_tells_to_test_with():
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    _, test = set_up_commands()
    steps = [line for line in ci if line.startswith(("python3 -m venv", ".venv/bin/pip", ".venv/bin/pytest"))]
    assert steps == [step.replace(".[test]", ".[dev]") for step in test]


def test_the_development_extra_holds_the_test_extra():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    assert "chipsim[test]" in extras["dev"]


def test_the_pages_quote_commands():
    names = {words[0] for words in quoted_commands(README)}
    assert names >= {"list", "show", "check", "run", "plot", "ruling", "sources", "trace", "validate", "calibrate"}
    assert {words[0] for words in quoted_commands(GUIDE)} >= {"show", "check", "run", "ruling", "sources"}


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_every_quoted_command_parses(words: tuple[str, ...]):
    group = typer.main.get_command(app)
    command = group.get_command(group.make_context("chipsim", ["list"]), words[0])  # type: ignore[attr-defined]
    assert command is not None, f"there is no command {words[0]}"
    context = command.make_context(words[0], [*words[1:]])
    assert context.params


@pytest.mark.parametrize("words", [words for words in ALL if words[0] in CHEAP], ids=" ".join)
def test_every_cheap_quoted_command_works(folder: Path, words: tuple[str, ...]):
    answer = CliRunner().invoke(app, [*words])
    assert answer.exit_code == 0, answer.output
    assert answer.output.strip()


def test_a_misspelt_command_would_be_noticed(folder: Path):
    assert CliRunner().invoke(app, ["show", "h800-baned-at-once"]).exit_code == 2


@pytest.mark.parametrize("page", [README, GUIDE], ids=["README", "scenarios"])
def test_every_scenario_shown_loads_and_changes_something(folder: Path, page: str):
    shown = blocks(page, "toml")
    assert shown
    for number, body in enumerate(shown):
        whole = body if body.startswith("title") else f"{HEADING}\n{body}"
        (folder / f"shown-{number}.toml").write_text(whole, encoding="utf-8")
        assert load(f"shown-{number}.toml").changes


def test_the_guide_tells_the_question_of_every_shipped_scenario():
    listed = {line["name"]: line["question"] for line in json.loads(CliRunner().invoke(app, ["list", "--json"]).output)}
    rows = re.findall(r"^\| `([a-z0-9-]+)` \| (.*) \|$", GUIDE, re.MULTILINE)
    assert dict(rows) == listed


def test_readme_shows_a_scenario_of_ten_lines():
    assert len(own_scenario(README).splitlines()) == 10


PAGES = [
    "README.md",
    "CHANGELOG.md",
    "results/README.md",
    *(f"docs/{name}.md" for name in ("model", "scenarios", "sources", "python")),
]


@pytest.mark.parametrize("page", PAGES)
def test_every_link_within_the_project_leads_somewhere(page: str):
    text = BLOCK.sub("", (ROOT / page).read_text(encoding="utf-8"))
    targets = [target.partition("#")[0] for target in re.findall(r"\]\(([^)]+)\)", text) if "://" not in target]
    missing = [target for target in targets if target and not ((ROOT / page).parent / target).exists()]
    assert missing == []
