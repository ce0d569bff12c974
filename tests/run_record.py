"""What a test run did, as a JSON file that `make test` counts and compares between the engines."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

DESELECTED, ELSEWHERE = "deselected", "elsewhere"


class LeftOut:
    """A pytest plugin: notes the tests that were collected and do not run here, {why: [test id, ...]}.

    With ``database_only`` those that ask for no database are left to the run on another engine: on every engine they
    are the same. ``noted`` is written into: an xdist worker hands it to the controlling process.
    """

    def __init__(self, noted: dict[str, list[str]], *, database_only: bool) -> None:
        self.noted, self.database_only = noted, database_only

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        if self.database_only:
            self.note(ELSEWHERE, (item.nodeid for item in items if not asks_for_a_database(item)))
            items[:] = filter(asks_for_a_database, items)

    def pytest_deselected(self, items: Iterable[pytest.Item]) -> None:
        self.note(DESELECTED, (item.nodeid for item in items))

    def note(self, why: str, tests: Iterable[str]) -> None:
        self.noted[why] = sorted({*self.noted.get(why, ()), *tests})


def asks_for_a_database(item: pytest.Item) -> bool:
    """Tell whether a test or one of its fixtures asks for the engine under test."""
    return "databases" in getattr(item, "fixturenames", ())


class RunRecord:
    """A pytest plugin: remembers the outcome of each test and writes {outcome: [test id, ...]} when the run ends."""

    def __init__(self, path: Path, left_out: LeftOut) -> None:
        self.path, self.left_out = path, left_out
        self.outcomes: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        # Set-up and tear-down count only where they go wrong. An expected failure arrives as "skipped".
        if report.when == "call" or report.outcome != "passed":
            self.outcomes[report.nodeid] = report.outcome

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.outcome != "passed":
            self.outcomes[report.nodeid] = report.outcome

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        noted = getattr(node, "workeroutput", {})
        for why in (DESELECTED, ELSEWHERE):
            self.left_out.note(why, noted.get(why, ()))

    def pytest_sessionfinish(self) -> None:
        record = {
            outcome: sorted(test for test, found in self.outcomes.items() if found == outcome)
            for outcome in ("passed", "failed", "skipped")
        }
        self.path.write_text(json.dumps({**record, **self.left_out.noted}), encoding="utf-8")
