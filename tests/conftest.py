"""How tests are spread over processes: a file stays whole, long ones begin first, a single file needs no workers."""

import os

import pytest
from xdist.scheduler import LoadFileScheduling

HISTORIES = (
    "test_history.py",
    "test_readme_numbers.py",
    "test_domestic_directions.py",
    "test_grey_directions.py",
    "test_directions.py",
    "test_scenario_directions.py",
    "test_labs_history.py",
    "test_milestones.py",
    "test_luck_of_pairs.py",
    "test_memory.py",
    "test_foreign.py",
    "test_week.py",
    "test_training_abroad.py",
    "test_lab_headline.py",
    "test_quotas.py",
    "test_reference.py",
)
"""Files that ask for the same histories: they run in one process, so that each history is played once."""
LONG = (
    "test_comparison_charts.py",
    "test_lab_comparison_charts.py",
    "test_cli_run.py",
    "test_cli_compare.py",
    "test_lab_charts.py",
    "test_validate.py",
    "test_calibrate.py",
    "test_results.py",
    "test_shelf.py",
    "test_python_api.py",
    "test_cli_scenarios.py",
    "test_report_charts.py",
    "test_lateness.py",
    "test_load.py",
    "test_charts.py",
    "test_labs_divergence.py",
    "test_divergence.py",
    "test_as_of.py",
    "test_bad_input.py",
    "test_architecture.py",
)
"""Other files that take long: what begins last should be short, so that no process waits for another."""
FIRST = (*HISTORIES, *LONG)


class Spread(LoadFileScheduling):
    """A file to a process, and all files of histories to the same one."""

    def _split_scope(self, nodeid: str) -> str:
        file = str(super()._split_scope(nodeid))
        return "histories" if file.rpartition("/")[2] in HISTORIES else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadFileScheduling | None:
    return Spread(config, log) if config.option.dist == "loadfile" else None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """No workers for a single file or test: it is never divided, and starting them takes longer than most."""
    files = {word.partition("::")[0] for word in config.args}
    return 0 if len(files) == 1 and files.pop().endswith(".py") else None


def pytest_configure() -> None:
    """No terminal unless a test makes one, and one thread for tables, which are small here.

    A worker inherits the size of terminal that its parent's line editor guessed.
    """
    for name in ("COLUMNS", "LINES"):
        os.environ.pop(name, None)
    os.environ.setdefault("POLARS_MAX_THREADS", "1")


@pytest.fixture(scope="session", autouse=True)
def _small_pictures() -> None:
    """Pages are laid out at full size and painted at a quarter of it: what they hold is the same."""
    from sim.study.charts import style

    style.PRINTED = style.DPI // 4


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long files first, everything else in its order."""
    items.sort(key=lambda item: FIRST.index(item.path.name) if item.path.name in FIRST else len(FIRST))
