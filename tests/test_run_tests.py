"""`make test` counts honestly: what was left out shows, what went wrong fails, the last line is the total."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools.browser import BrowserMissing, find_browser, find_or_install_browser
from tools.run_tests import (
    Phase,
    none_left_out,
    phase_of,
    report,
    run_browser_tests,
    run_check,
    same_on_both_engines,
    workers_of_a_suite,
)


def test_a_clean_run_counts_what_passed() -> None:
    found = phase_of("sqlite", {"passed": ["a", "b"], "failed": [], "skipped": [], "deselected": []}, 0)
    assert found == Phase(name="sqlite", passed=2, failed=0, skipped=0, tests=frozenset("ab"))


def test_a_skipped_and_a_deselected_test_are_counted_and_named(capsys: pytest.CaptureFixture[str]) -> None:
    found = phase_of("sqlite", {"passed": ["a"], "failed": [], "skipped": ["b"], "deselected": ["c"]}, 0)
    assert found == Phase(name="sqlite", passed=1, failed=0, skipped=2, tests=frozenset("abc"))
    assert capsys.readouterr().out == "NOT RUN b\nNOT RUN c\n"


@pytest.mark.parametrize("outcomes", [{}, {"passed": ["a"], "failed": []}])
def test_a_run_that_went_wrong_without_a_failed_test_is_a_failure(outcomes: dict[str, list[str]]) -> None:
    assert phase_of("sqlite", outcomes, 3).failed == 1


def test_a_test_that_ran_on_one_engine_only_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    one = Phase(name="sqlite", passed=2, failed=0, tests=frozenset("ab"))
    other = Phase(name="postgresql", passed=1, failed=0, tests=frozenset("b"))
    assert same_on_both_engines(one, other).failed == 1
    assert "only on sqlite: a\n" in capsys.readouterr().out


def test_equal_tests_on_both_engines_pass() -> None:
    one = Phase(name="sqlite", passed=1, failed=0, tests=frozenset("a"))
    other = Phase(name="postgresql", passed=1, failed=0, tests=frozenset("a"))
    assert same_on_both_engines(one, other).failed == 0


def test_what_every_suite_left_to_another_is_a_failure_and_named(capsys: pytest.CaptureFixture[str]) -> None:
    outcomes = {"passed": ["a"], "failed": [], "left": ["b", "c"]}
    engine = phase_of("sqlite", outcomes, 0)
    assert engine == Phase(name="sqlite", passed=1, failed=0, tests=frozenset("a"), left=frozenset("bc"))
    rest = Phase(name="no database", passed=1, failed=0, tests=frozenset("b"), left=frozenset("a"))
    assert none_left_out([engine, rest]).failed == 1
    assert "\nrun by no suite: c\n" in capsys.readouterr().out
    whole = Phase(name="no database", passed=2, failed=0, tests=frozenset("bc"), left=frozenset("a"))
    assert none_left_out([engine, whole]) == Phase(name="no test left out", passed=1, failed=0)


@pytest.mark.parametrize(
    ("failed", "skipped", "exit_code", "last_line"),
    [
        (0, 0, 0, "total: 3 passed, 0 failed, 0 skipped"),
        (1, 0, 1, "total: 3 passed, 1 failed, 0 skipped"),
        (0, 2, 1, "total: 3 passed, 0 failed, 2 skipped"),
    ],
)
def test_the_last_line_is_the_total(
    failed: int, skipped: int, exit_code: int, last_line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    phases = [Phase(name="lint", passed=1, failed=0), Phase(name="sqlite", passed=2, failed=failed, skipped=skipped)]
    assert report(phases, 1.0) == exit_code
    assert capsys.readouterr().out.splitlines()[-1] == last_line


@pytest.mark.parametrize(("module", "passed"), [("this", 1), ("no_such_module", 0)])
def test_a_check_counts_and_what_it_says_is_shown(module: str, passed: int, capfd: pytest.CaptureFixture[str]) -> None:
    assert run_check("tool", (module,)) == Phase(name="tool", passed=passed, failed=1 - passed)
    shown, said_amiss = capfd.readouterr()
    assert "\n== tool ==\n" in shown
    assert ("Readability counts." in shown) if passed else ("No module named no_such_module" in said_amiss)


TWO_PHASES = """
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from tools.run_tests import run_check, start_unseen
with ProcessPoolExecutor(max_workers=1) as pool:
    phases = [partial(run_check, "unseen", ("this",)), partial(run_check, "later", ("no_such_module",))]
    unseen = start_unseen(pool, phases, Path(sys.argv[1]))
    run_check("seen", ("__hello__",))
    print(unseen())
"""


def test_what_phases_say_beside_a_suite_is_kept_for_later(tmp_path: Path) -> None:
    command = [sys.executable, "-c", TWO_PHASES, str(tmp_path / "shown")]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "\n== seen ==\nHello world!\nseen: 1 passed, 0 failed, " in said
    order = [
        *("seen: 1 passed", "== unseen ==", "Readability counts.", "unseen: 1 passed, 0 failed, "),
        *("== later ==", "No module named no_such_module", "later: 0 passed, 1 failed, "),
    ]
    assert sorted(order, key=said.index) == order
    found = [Phase(name="unseen", passed=1, failed=0), Phase(name="later", passed=0, failed=1)]
    assert said.splitlines()[-1] == str(found)


@pytest.mark.parametrize(("cores", "workers"), [(None, 1), (1, 1), (2, 1), (3, 1), (8, 4)])
def test_each_suite_has_half_of_the_cores(cores: int | None, workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    assert workers_of_a_suite() == workers


def test_the_headless_shell_is_taken_before_another_chromium(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("chromium", "chromium-headless-shell"):
        make_program(tmp_path / name)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_browser() == find_or_install_browser() == str(tmp_path / "chromium-headless-shell")


@pytest.mark.parametrize("exit_code", [0, 1])
def test_another_chromium_serves_where_the_headless_shell_cannot_be_installed(
    exit_code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make_program(tmp_path / "chromium")
    make_program(tmp_path / "apt-get", f"echo no such package >&2; exit {exit_code}")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert find_or_install_browser() == str(tmp_path / "chromium")
    assert ("`apt-get update -qq` failed: no such package" in capsys.readouterr().out) is bool(exit_code)


def make_program(path: Path, script: str = "") -> None:
    """Write a program of one line."""
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_a_browser_is_found_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chromium = tmp_path / "chromium-browser"
    make_program(chromium)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_browser() == find_or_install_browser() == str(chromium)


@pytest.mark.parametrize(
    ("ci", "browser", "failed", "word"),
    [("", "", 0, "SKIP"), ("true", "", 1, "FAIL"), ("", "required", 1, "FAIL")],
)
def test_a_missing_browser_is_said_and_fails_where_it_is_required(
    ci: str, browser: str, failed: int, word: str,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CI", ci)
    monkeypatch.setenv("BROWSER", browser)
    with pytest.raises(BrowserMissing, match="no chromium-headless-shell on the PATH"):
        find_or_install_browser()
    assert run_browser_tests() == Phase(name="browser", passed=0, failed=failed)
    assert capsys.readouterr().out.startswith(f"{word} browser: no chromium-headless-shell on the PATH, and ")
