"""What a run leaves to another: `make test` runs what asks for a database on each engine, and the rest once.

TEST_PART=database  only tests that ask for a database of the engine under test
TEST_PART=rest      only the others, which no engine has a part in; a database is refused to them
otherwise           all tests
"""

import os
from collections.abc import Iterable

import pytest

from run_record import RunRecord, WorkerRecord

PART = os.environ.get("TEST_PART", "")
DATABASE, REST = "database", "rest"
GIVES_A_DATABASE = "databases"
"""The fixture that all others which open a database of the engine under test are made with."""


def pytest_configure() -> None:
    """Refuse a part that does not exist."""
    if PART not in ("", DATABASE, REST):
        raise pytest.UsageError(f"TEST_PART is {PART!r}: give database or rest, or leave it out.")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the tests of the other part out, and tell which they are."""
    if not PART:
        return
    left = [item for item in items if asks_for_a_database(item) is (PART == REST)]
    items[:] = [item for item in items if asks_for_a_database(item) is (PART == DATABASE)]
    for record in records(config):
        record.leave([item.nodeid for item in left])


def asks_for_a_database(item: pytest.Item) -> bool:
    """Return whether a test, or a fixture that it asks for, opens a database of the engine under test."""
    return GIVES_A_DATABASE in getattr(item, "fixturenames", ())


def records(config: pytest.Config) -> Iterable[RunRecord | WorkerRecord]:
    """Return where this process tells what it did not run."""
    plugins = config.pluginmanager.get_plugins()
    return [plugin for plugin in plugins if isinstance(plugin, RunRecord | WorkerRecord)]
