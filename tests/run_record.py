"""What a test run did, as a JSON file that `make test` counts and compares between the engines."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

DESELECTED, LEFT = "deselected_tests", "tests_left_to_another_run"


class RunRecord:
    """A pytest plugin: remembers the outcome of each test and writes {outcome: [test id, ...]} when the run ends.

    Beside the outcomes of pytest stands "left": what `parts` left to another run.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.outcomes: dict[str, str] = {}
        self.deselected: set[str] = set()
        self.left: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        # Set-up and tear-down count only where they go wrong. An expected failure arrives as "skipped".
        if report.when == "call" or report.outcome != "passed":
            self.outcomes[report.nodeid] = report.outcome

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.outcome != "passed":
            self.outcomes[report.nodeid] = report.outcome

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        self.deselected |= {item.nodeid for item in items}

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        output = getattr(node, "workeroutput", {})
        self.deselected |= set(output.get(DESELECTED, ()))
        self.left |= set(output.get(LEFT, ()))

    def pytest_sessionfinish(self) -> None:
        record = {
            outcome: sorted(test for test, found in self.outcomes.items() if found == outcome)
            for outcome in ("passed", "failed", "skipped")
        }
        record |= {"deselected": sorted(self.deselected), "left": sorted(self.left)}
        self.path.write_text(json.dumps(record), encoding="utf-8")

    def leave(self, tests: Sequence[str]) -> None:
        """Remember tests that are left to another run."""
        self.left |= set(tests)


class WorkerRecord:
    """A pytest plugin for xdist workers: hands the tests that it does not run to the controller."""

    def __init__(self, workeroutput: dict[str, Any]) -> None:
        self.workeroutput = workeroutput

    def leave(self, tests: Sequence[str]) -> None:
        """Remember tests that are left to another run."""
        self.workeroutput[LEFT] = sorted(tests)

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        found = {item.nodeid for item in items} | set(self.workeroutput.get(DESELECTED, ()))
        self.workeroutput[DESELECTED] = sorted(found)
