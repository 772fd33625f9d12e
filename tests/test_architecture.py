"""The house keeps its order: imports point one way, files and functions stay small, chance and time have one door."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SIM = ROOT / "sim"
FILES = sorted(SIM.rglob("*.py"))
TRADE = ("buying", "sight", "elsewhere", "making", "roadmap", "shop", "needs", "ranks", "compute", "uses")
TIERS = ("facts", "world", "actors", *TRADE, "week", "month", "reckoning", "study", "api", "cli")
MOST_LINES, MOST_IN_A_FUNCTION, MOST_PARAMETERS = 300, 50, 5
OPTIONS = ("sim.api",)
"""Where a function takes what a command takes, and may have as many parameters."""
HEAVY = ("numpy", "matplotlib", "polars", "scipy")


def tier(module: str) -> int | None:
    parts = module.split(".")
    return TIERS.index(parts[1]) if parts[0] == "sim" and len(parts) > 1 and parts[1] in TIERS else None


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def is_method(function: ast.FunctionDef) -> bool:
    return bool(function.args.args) and function.args.args[0].arg in ("self", "cls")


def functions(path: Path) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)]


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_imports_point_down(path):
    own = tier(name_of(path))
    above = {module for module in imports(path) if (t := tier(module)) is not None and own is not None and t > own}
    assert not above


def test_actors_never_import_each_other():
    for path in (SIM / "actors").glob("*.py"):
        assert not {module for module in imports(path) if module.startswith("sim.actors.")}, path.name


def test_facts_know_no_clock_and_no_chance():
    for path in (SIM / "facts").glob("*.py"):
        assert not imports(path) & {"simpy", "random", "time", "numpy.random"}, path.name


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_chance_and_wall_time_have_one_door(path):
    text = path.read_text()
    if path.name != "draws.py":
        assert "import random" not in text
        assert "np.random" not in text
    if path.parent.name in ("facts", "world", "actors", "sim"):
        assert not imports(path) & {"time", "datetime.datetime"}
        assert ".today()" not in text
        assert ".now()" not in text


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_files_and_functions_stay_small(path):
    assert len(path.read_text().splitlines()) <= MOST_LINES
    for function in functions(path):
        assert (function.end_lineno or 0) - function.lineno < MOST_IN_A_FUNCTION, function.name
        assert function.args.kwarg is None, f"{function.name} takes **{function.args.kwarg and function.args.kwarg.arg}"
        if name_of(path) not in OPTIONS and path.parent.name != "cli":
            assert len(function.args.args) + len(function.args.kwonlyargs) <= MOST_PARAMETERS + is_method(function), (
                function.name
            )


def test_only_the_edge_of_a_replication_catches_everything():
    catching = set()
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ExceptHandler) and isinstance(node.type, ast.Name) and node.type.id == "Exception":
                catching.add(name_of(path))
    assert catching == {"sim.study.replication"}


def test_chips_are_data_and_never_code():
    names = ("H20", "H800", "A800", "A100", "910B", "910C")
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in names:
                pytest.fail(f"{name_of(path)} names {node.value}")


@pytest.mark.parametrize("command", [["--help"], ["list"]])
def test_help_and_list_import_nothing_heavy(command):
    script = (
        "import sys; sys.argv = ['chipsim', *sys.argv[1:]]\n"
        "from sim.cli.app import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"print([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script, *command], capture_output=True, text=True, check=True)
    assert done.stderr.strip().splitlines()[-1] == "[]"
