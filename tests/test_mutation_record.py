"""What is stored about mutants fits itself, its reasons and its page; `make test` tells its age. No mutmut here."""

from datetime import date
from pathlib import Path

import pytest

from tools.mutate import changes_in
from tools.mutation_plan import GRADING, ROOT, group_of, plan
from tools.mutation_record import (
    BAR,
    GROUPS,
    PAGE,
    hash_of,
    one_line,
    page,
    read_reasons,
    read_results,
    reason_for,
    share,
)

RESULTS, REASONS = read_results(), read_reasons()
ONE = {
    "source": "0" * 12, "tests": "0" * 12, "measured": "2026-03-01", "commit": "abc", "mutants": 10, "killed": 8,
    "timeout": 1, "survivors": {"x_a__mutmut_1": "was => now"},
}  # fmt: skip
MODULE = "forms/grading/crs.py"


def test_every_module_of_the_plan_and_each_of_its_test_files_is_there() -> None:
    files = {file for module, tests in plan().items() for file in (module, *tests)}
    assert [file for file in sorted(files) if not (ROOT / file).is_file()] == []


def test_every_grading_module_that_holds_functions_is_in_the_plan() -> None:
    with_functions = {
        file.stem for file in (ROOT / "forms/grading").glob("*.py") if "def " in file.read_text(encoding="utf-8")
    }
    assert with_functions == set(GRADING)


@pytest.mark.parametrize("module", RESULTS)
def test_the_counts_of_a_module_add_up(module: str) -> None:
    found = RESULTS[module]
    assert found["mutants"] == found["killed"] + found["timeout"] + len(found["survivors"])


@pytest.mark.parametrize("module", RESULTS)
def test_every_survivor_has_a_reason(module: str) -> None:
    assert [name for name in RESULTS[module]["survivors"] if not reason_for(name, REASONS.get(module, {}))] == []


def test_every_reason_is_one_for_a_survivor() -> None:
    stale = [
        (module, pattern)
        for module, reasons in REASONS.items()
        for pattern in reasons
        if not any(reason_for(name, {pattern: "x"}) for name in RESULTS.get(module, {"survivors": ()})["survivors"])
    ]
    assert stale == []


@pytest.mark.parametrize("group", GROUPS)
def test_each_group_as_measured_is_above_the_bar(group: str) -> None:
    assert share(found for module, found in RESULTS.items() if group_of(module) == group) >= BAR


def test_the_page_is_what_the_stored_results_and_reasons_give() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(RESULTS, REASONS)


def test_the_share_counts_a_mutant_that_never_ended_as_killed() -> None:
    assert share([ONE]) == 90
    assert share([]) == 0


def test_make_test_tells_share_age_and_what_changed_since() -> None:
    others = len(plan()) - 1
    told = "mutation: 90.0 % of 10 mutants killed in 1 modules, oldest result 31 days old; changed since:"
    changed = {MODULE: ONE}
    current = {MODULE: {**ONE, "source": hash_of([MODULE])}}

    assert one_line(changed, date(2026, 4, 1)) == f"{told} {MODULE}; not measured: {others} modules"
    assert one_line(current, date(2026, 4, 1)) == f"{told} none; not measured: {others} modules"
    assert one_line({}, date(2026, 4, 1)) == "mutation: never measured (make mutate)"


def test_a_survivor_is_told_by_the_line_it_changed(tmp_path: Path) -> None:
    file = tmp_path / "crs.py"
    file.write_text(
        "def x_a__mutmut_orig(n):\n    m = n + 1\n    return m\n\ndef x_a__mutmut_1(n):\n    m = n - 1\n    return m\n",
        encoding="utf-8",
    )
    assert changes_in(file)["x_a__mutmut_1"] == "m = n + 1 => m = n - 1"


def test_an_exact_reason_goes_before_a_pattern() -> None:
    reasons = {"x_a__mutmut_*": "words only", "x_a__mutmut_1": "equivalent"}
    assert reason_for("x_a__mutmut_1", reasons) == "equivalent"
    assert reason_for("x_a__mutmut_2", reasons) == "words only"
    assert reason_for("x_b__mutmut_1", reasons) == ""
