"""Every check of the project; the last line is the total. `make test` calls it.

Tests that ask for a database run on both engines. The others, which no engine has a part in, run once. Three lanes
work side by side, so that no core waits for another: the tests without a database and then those on SQLite, which are
seen at work and go first, a little (`GOES_BEHIND`); the types and then PostgreSQL, which finds the tests compiled by
then; and the browser. The output of these two follows.

The exit code is 0 only if nothing failed and no test was skipped or deselected. Which folders run is decided here,
before pytest starts: browser tests need a Chromium, and where there is none the line `SKIP browser: <reason>` says so
(with CI=true or BROWSER=required that is a failure).
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path

from tools.browser import BrowserMissing, find_or_install_browser
from tools.mutation_record import one_line, read_results

CHECKS = {
    "format": ("ruff", "format", "--check", "."),
    "lint": ("ruff", "check", "."),
}
TYPES = ("mypy",)
BROWSER_TESTS = "tests/browser"
NO_DATABASE = "no database"
ENGINES = ("sqlite", "postgresql")
GOES_BEHIND = 3
"""How nice the lanes beside the first are: with 0 the first ends last, with 5 PostgreSQL does, half a minute late."""
NAMED = 20
"""So many tests that no suite ran are named: a suite that did not begin would name thousands."""


@dataclass(frozen=True, kw_only=True)
class Phase:
    """What one phase found; `tests` are the ids of those that ran, `left` of those that it left to another phase."""

    name: str
    passed: int
    failed: int
    skipped: int = 0
    tests: frozenset[str] = field(default=frozenset())
    left: frozenset[str] = field(default=frozenset())


def main() -> int:
    """Run all phases and return the exit code."""
    began = time.monotonic()
    phases = [run_check(name, command) for name, command in CHECKS.items()]
    without_browser, workers = ["tests", f"--ignore={BROWSER_TESTS}"], workers_of_a_suite()
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(max_workers=2) as pool:
        suite = partial(run_suite, arguments=without_browser, workers=workers, shared=folder)
        types = partial(run_check, "types", TYPES)
        browser = start_unseen(pool, [run_browser_tests], Path(folder, "browser.log"))
        others = start_unseen(pool, [types, partial(suite, "postgresql", part="database")], Path(folder, "others.log"))
        rest = suite(NO_DATABASE, part="rest")
        on_sqlite, (of_types, on_postgresql) = suite("sqlite", part="database"), others()
        suites = [on_sqlite, on_postgresql, rest]
        phases += [*suites, of_types, *browser()]
        phases += [same_on_both_engines(on_sqlite, on_postgresql), none_left_out(suites)]
    print(f"\n{one_line(read_results(), date.today())}")
    return report(phases, time.monotonic() - began)


def run_check(name: str, command: Sequence[str]) -> Phase:
    """Return the outcome of a tool that says by its exit code whether all is well."""
    began = heading(name)
    done = subprocess.run([sys.executable, "-m", *command], check=False)
    return finished(Phase(name=name, passed=int(done.returncode == 0), failed=int(done.returncode != 0)), began)


def workers_of_a_suite() -> int:
    """Return how many processes one suite has: half of the cores, since several run at once."""
    return max(1, (os.cpu_count() or 1) // 2)


def run_suite(
    name: str, arguments: Sequence[str], *, workers: int, part: str = "", browser: str = "", shared: str = ""
) -> Phase:
    """Return the outcome of pytest over some folders, on the engine of that name or else on SQLite.

    ``part`` says which of the tests run, as tests/parts.py tells. What takes long to make and no engine has a part in,
    the tests keep in the folder ``shared`` for the next suite.
    """
    began = heading(name)
    with tempfile.TemporaryDirectory() as folder:
        record = Path(folder, "record.json")
        named = {
            "TEST_ENGINE": name if name in ENGINES else "sqlite",
            "TEST_PART": part,
            "TEST_RECORD": str(record),
            "BROWSER_EXECUTABLE": browser,
            "TEST_SHARED": shared,
            "OPENBLAS_NUM_THREADS": "1",  # the cores have their work: threads of their own would only wait for it
        }
        environment = {**os.environ, **named}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # what one process compiles, the others need not
        several = ["-n", str(workers), "--dist", "worksteal"] if workers > 1 else ["-p", "no:xdist"]
        command = [sys.executable, "-m", "pytest", *several, *arguments]
        done = subprocess.run(command, env=environment, check=False)
        outcomes = json.loads(record.read_text(encoding="utf-8")) if record.exists() else {}
    return finished(phase_of(name, outcomes, done.returncode), began)


def start_unseen(
    pool: ProcessPoolExecutor, phases: Sequence[Callable[[], Phase]], shown: Path
) -> Callable[[], list[Phase]]:
    """Begin some phases, one after the other in a process of their own that lets those that are seen go first.

    Returns what waits for them, prints all that they said, which a file has kept meanwhile, and returns them.
    """
    at_work = pool.submit(run_unseen, phases, shown)

    def finish() -> list[Phase]:
        outcomes = at_work.result()
        print(shown.read_text(encoding="utf-8"), end="", flush=True)
        return outcomes

    return finish


def run_unseen(phases: Sequence[Callable[[], Phase]], shown: Path) -> list[Phase]:
    """Return what phases found in this process, which now says all, as its children do, into a file."""
    os.nice(GOES_BEHIND)
    with shown.open("wb") as file:
        for standard_output_or_error in (1, 2):
            os.dup2(file.fileno(), standard_output_or_error)
    return [phase() for phase in phases]


def phase_of(name: str, outcomes: dict[str, list[str]], exit_code: int) -> Phase:
    """Return what a test run's record says; a run that went wrong without a failed test counts as one failure."""
    passed, failed = outcomes.get("passed", []), outcomes.get("failed", [])
    left_out = [*outcomes.get("skipped", []), *outcomes.get("deselected", [])]
    for test in left_out:
        print(f"NOT RUN {test}", flush=True)
    return Phase(
        name=name,
        passed=len(passed),
        failed=len(failed) or int(exit_code != 0),
        skipped=len(left_out),
        tests=frozenset([*passed, *failed, *left_out]),
        left=frozenset(outcomes.get("left", [])),
    )


def same_on_both_engines(one: Phase, other: Phase) -> Phase:
    """Return whether the same tests ran on both engines, naming those that did not."""
    name = "same tests on both engines"
    began = heading(name)
    for test in sorted(one.tests ^ other.tests):
        print(f"only on {one.name if test in one.tests else other.name}: {test}", flush=True)
    same = one.tests == other.tests
    return finished(Phase(name=name, passed=int(same), failed=int(not same)), began)


def none_left_out(suites: Sequence[Phase]) -> Phase:
    """Return whether what each suite left to another was run by one, naming what none ran."""
    name = "no test left out"
    began = heading(name)
    ran = frozenset[str]().union(*(suite.tests for suite in suites))
    unseen = frozenset[str]().union(*(suite.left for suite in suites)) - ran
    for test in sorted(unseen)[:NAMED]:
        print(f"run by no suite: {test}", flush=True)
    if len(unseen) > NAMED:
        print(f"and {len(unseen) - NAMED} more", flush=True)
    return finished(Phase(name=name, passed=int(not unseen), failed=int(bool(unseen))), began)


def run_browser_tests() -> Phase:
    """Return the outcome of the browser tests, which need a Chromium."""
    required = os.environ.get("CI") == "true" or os.environ.get("BROWSER") == "required"
    try:
        browser = find_or_install_browser()
    except BrowserMissing as reason:
        print(f"{'FAIL' if required else 'SKIP'} browser: {reason}", flush=True)
        return Phase(name="browser", passed=0, failed=int(required))
    return run_suite("browser", [BROWSER_TESTS], workers=1, browser=browser)


def report(phases: Sequence[Phase], seconds: float) -> int:
    """Print the count of each phase, then the line of totals; return the exit code."""
    passed, failed, skipped = (sum(getattr(phase, n) for phase in phases) for n in ("passed", "failed", "skipped"))
    counts = ", ".join(f"{phase.name} {phase.passed}" for phase in phases)
    print(f"\npassed in {seconds:.0f} s: {counts}")
    print(f"total: {passed} passed, {failed} failed, {skipped} skipped", flush=True)
    return int(failed > 0 or skipped > 0)


def heading(name: str) -> float:
    """Print the heading of a phase; return the time at which it began."""
    print(f"\n== {name} ==", flush=True)
    return time.monotonic()


def finished(phase: Phase, began: float) -> Phase:
    """Print what a phase found and how long it took; return the phase."""
    seconds = time.monotonic() - began
    print(f"{phase.name}: {phase.passed} passed, {phase.failed} failed, {seconds:.1f} s", flush=True)
    return phase


if __name__ == "__main__":
    sys.exit(main())
