"""Every test runs in the part that it belongs to, and what a run leaves to another is told."""

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import parts
from run_record import LEFT, RunRecord, WorkerRecord

ITEMS = {"curve": ("tmp_path",), "save": ("study", "app", "database_url", "databases"), "plain": ()}


def taken(part: str, record: RunRecord | WorkerRecord, monkeypatch: pytest.MonkeyPatch) -> Sequence[str]:
    """Return which of ITEMS run in a part."""
    monkeypatch.setattr(parts, "PART", part)
    config: Any = SimpleNamespace(pluginmanager=SimpleNamespace(get_plugins=lambda: {record, parts}))
    items: Any = [SimpleNamespace(nodeid=name, fixturenames=fixtures) for name, fixtures in ITEMS.items()]
    parts.pytest_collection_modifyitems(config, items)
    return [item.nodeid for item in items]


@pytest.mark.parametrize(
    ("part", "run", "left"),
    [
        ("", ["curve", "save", "plain"], set()),
        ("database", ["save"], {"curve", "plain"}),
        ("rest", ["curve", "plain"], {"save"}),
    ],
)
def test_a_part_runs_what_belongs_to_it_and_tells_what_it_left(
    part: str, run: list[str], left: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = RunRecord(tmp_path / "record.json")
    assert taken(part, record, monkeypatch) == run
    assert record.left == left


def test_a_worker_hands_over_what_it_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output: dict[str, Any] = {}
    taken("database", WorkerRecord(output), monkeypatch)
    assert output == {LEFT: ["curve", "plain"]}
    record = RunRecord(tmp_path / "record.json")
    record.pytest_testnodedown(SimpleNamespace(workeroutput=output))
    assert record.left == {"curve", "plain"}


def test_a_part_that_does_not_exist_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "PART", "half")
    with pytest.raises(pytest.UsageError, match="TEST_PART is 'half': give database or rest"):
        parts.pytest_configure()


def test_this_test_asks_for_no_database_and_the_next_does(request: pytest.FixtureRequest) -> None:
    assert not parts.asks_for_a_database(request.node)


def test_a_database_is_seen_behind_the_fixtures_that_ask_for_it(request: pytest.FixtureRequest, session: Any) -> None:
    assert parts.asks_for_a_database(request.node)
