"""How the tests are spread over processes: a file stays whole, the long ones begin first, one file needs no workers."""

import pytest

LONG = ("test_comparison_charts.py",)
"""Files that take longest, longest first: what begins last should be short, so that no process waits for another."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """No workers for a single file or test: a file is never divided, and starting them takes longer than most."""
    files = {word.partition("::")[0] for word in config.args}
    return 0 if len(files) == 1 and files.pop().endswith(".py") else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long files first, everything else in its order."""
    items.sort(key=lambda item: LONG.index(item.path.name) if item.path.name in LONG else len(LONG))
