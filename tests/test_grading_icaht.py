"""ICAHT, T-ICAHT and recovery after an infusion: each length and limit one unit on each side (CLINICAL.md 2.6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from bedside import child, said
from forms.grading.icaht import (
    ICAHT_EARLY,
    ICAHT_LATE,
    T_ICAHT_EARLY,
    T_ICAHT_LATE,
    _icaht,
    _t_icaht,
    early_neutropenia,
    early_thrombocytopenia,
)
from forms.grading.recovery import ANC_RECOVERY, PLATELET_RECOVERY_20, PLATELET_RECOVERY_50
from forms.rule_set import Certainty, RuleSet, Verdict

EXACT, AT_LEAST = "exact", "at_least"
DAY_0 = date(2026, 3, 5)


def judged(rule_set: RuleSet, analyte: str, values: dict[int, str], **rows: Any) -> Verdict | None:
    """Return the verdict on the infusion, with values of an analyte on the given days after it."""
    samples = [
        {"key": f"l{day}", "infusion": "i1", "sampled_at": f"{DAY_0 + timedelta(days=day)} 06:00", analyte: value}
        for day, value in values.items()
    ]
    return rule_set.verdicts(child(laboratory=samples, **rows)).get("i1")


def course(low: str, days: int, high: str = "2", *, first: int = 5, last: int = 30) -> dict[int, str]:
    """Return a value for every day from 0 to the last: low for some days from the first on, high else."""
    return {day: low if first <= day < first + days else high for day in range(last + 1)}


@pytest.mark.parametrize(
    ("low", "days", "grade"),
    # Early: <=0.5 for 1-6 days 1, 7-13 2, >=14 3; <=0.1 for >=7 days 3, >=14 4.
    [
        ("0.501", 20, "0"),
        ("0.5", 1, "1"),
        ("0.5", 6, "1"),
        ("0.5", 7, "2"),
        ("0.5", 13, "2"),
        ("0.5", 14, "3"),
        ("0.5", 25, "3"),
        ("0.101", 14, "3"),
        ("0.1", 6, "1"),
        ("0.1", 7, "3"),
        ("0.1", 13, "3"),
        ("0.1", 14, "4"),
    ],
)
def test_early_icaht_grades_the_longest_run_by_its_depth(low: str, days: int, grade: str) -> None:
    assert said(judged(ICAHT_EARLY, "anc", course(low, days))) == (grade, EXACT)


@pytest.mark.parametrize(
    ("first", "last_low", "grade"),
    # Never recovered: a run from day 3 at the latest to the end of the window.
    [(0, 30, "4"), (3, 30, "4"), (4, 30, "3"), (3, 29, "3")],
)
def test_neutropenia_that_never_recovers_is_grade_4(first: int, last_low: int, grade: str) -> None:
    assert said(judged(ICAHT_EARLY, "anc", course("0.4", last_low - first + 1, first=first))) == (grade, EXACT)


@pytest.mark.parametrize(("days_above", "grade"), [(1, "2"), (2, "2"), (3, "1")])
def test_a_run_ends_only_with_three_days_above(days_above: int, grade: str) -> None:
    values = {**course("0.4", 5), **dict.fromkeys(range(10 + days_above, 12 + days_above), "0.4")}

    assert said(judged(ICAHT_EARLY, "anc", values)) == (grade, EXACT)


def test_a_death_ends_the_window_and_a_count_that_stayed_low_till_then_never_recovered() -> None:
    values = course("0.2", 13, first=2, last=12)
    death = [{"key": "x1", "died_on": str(DAY_0 + timedelta(days=12)), "cause_of_death": "infection"}]

    assert said(judged(ICAHT_EARLY, "anc", values, end_of_study=death)) == ("4", EXACT)
    assert said(judged(ICAHT_EARLY, "anc", values)) == ("2", AT_LEAST)


def test_a_second_infusion_ends_the_window_of_the_first() -> None:
    infusions = [{"key": "i1", "infused_on": str(DAY_0)}, {"key": "i2", "infused_on": str(DAY_0 + timedelta(days=20))}]

    assert said(judged(ICAHT_EARLY, "anc", course("0.4", 20, last=19), infusion=infusions)) == ("3", EXACT)


@pytest.mark.parametrize(
    ("without", "expected"),
    [
        ((8,), ("2", EXACT)),  # one missing day between two low ones is interpolated
        ((8, 9), ("2", EXACT)),  # two days above would not end the run either
        ((7, 8, 9), ("1", AT_LEAST)),
        ((12,), ("2", EXACT)),  # between 0.4 and 2: the mean is 1.2
        ((20, 21), ("2", EXACT)),
        ((13, 14, 15, 16, 17, 18, 19, 20), ("2", AT_LEAST)),
    ],
)
def test_single_missing_days_are_interpolated_and_longer_gaps_leave_a_lower_bound(
    without: tuple[int, ...], expected: tuple[str, str]
) -> None:
    values = {day: value for day, value in course("0.4", 7).items() if day not in without}

    assert said(judged(ICAHT_EARLY, "anc", values)) == expected


def test_a_single_missing_day_has_the_mean_of_its_neighbours() -> None:
    values = {**course("0.4", 6), 11: "2"}
    without = {day: value for day, value in values.items() if day != 10} | {11: "0.6"}

    verdict = judged(ICAHT_EARLY, "anc", without)

    assert verdict is not None
    assert (said(verdict), verdict.details["longest_run_500"]) == (("1", EXACT), "6")  # (0.4 + 0.6) / 2 = 0.5


def test_the_lowest_value_of_a_day_counts_and_a_sign_is_believed_as_far_as_it_goes() -> None:
    assert said(judged(ICAHT_EARLY, "anc", course("<0.1", 7))) == ("3", EXACT)
    assert said(judged(ICAHT_EARLY, "anc", course("<0.5", 7))) == ("2", AT_LEAST)


@pytest.mark.parametrize(
    ("values", "expected"),
    # Late, after day 30, two measured days in a row: <=1.5 1, <=1.0 2, <=0.5 3, <=0.1 4.
    [
        ({31: "1.501", 40: "1.501"}, ("0", EXACT)),
        ({31: "1.5", 40: "1.5"}, ("1", EXACT)),
        ({31: "1", 40: "1.2"}, ("1", EXACT)),
        ({31: "1", 40: "1"}, ("2", EXACT)),
        ({31: "0.5", 40: "0.5"}, ("3", EXACT)),
        ({31: "0.1", 40: "0.1"}, ("4", EXACT)),
        ({31: "0.4", 40: "3", 50: "0.4"}, ("0", EXACT)),
        ({30: "0.4", 31: "0.4", 40: "3"}, ("0", EXACT)),
        ({31: "<0.5", 40: "0.1"}, ("3", AT_LEAST)),
        ({31: "0.4"}, (None, "not_assessable")),
    ],
)
def test_late_icaht_grades_the_lowest_count_that_is_not_transient(
    values: dict[int, str], expected: tuple[str | None, str]
) -> None:
    assert said(judged(ICAHT_LATE, "anc", values)) == expected


def test_without_a_value_in_the_window_nothing_is_said() -> None:
    assert judged(ICAHT_LATE, "anc", {30: "0.4"}) is None
    assert judged(ICAHT_EARLY, "anc", {31: "0.4"}) is None
    assert judged(ICAHT_EARLY, "platelets", {3: "10"}) is None


@pytest.mark.parametrize(
    ("low", "days", "grade"),
    # T-ICAHT, days 0-30: <50 for 1-6 days 1, >=7 2; <20 for 1-13 days 3, >=14 4; days are added up.
    [
        ("50", 20, "0"),
        ("49.9", 1, "1"),
        ("49.9", 6, "1"),
        ("49.9", 7, "2"),
        ("20", 20, "2"),
        ("19.9", 1, "3"),
        ("19.9", 13, "3"),
        ("19.9", 14, "4"),
    ],
)
def test_early_t_icaht_adds_up_the_days_below(low: str, days: int, grade: str) -> None:
    assert said(judged(T_ICAHT_EARLY, "platelets", course(low, days, "200"))) == (grade, EXACT)


def test_days_of_t_icaht_need_not_be_in_a_row() -> None:
    values = {day: "40" if day % 2 else "60" for day in range(14)} | dict.fromkeys(range(14, 31), "200")

    assert said(judged(T_ICAHT_EARLY, "platelets", values)) == ("2", EXACT)


@pytest.mark.parametrize(
    ("low", "days", "grade"),
    # T-ICAHT, days 31-100: <100 1, <50 2, <20 for 1-13 days 3, >=14 4.
    [("100", 9, "0"), ("99.9", 1, "1"), ("49.9", 1, "2"), ("19.9", 1, "3"), ("19.9", 13, "3"), ("19.9", 14, "4")],
)
def test_late_t_icaht_grades_days_31_to_100(low: str, days: int, grade: str) -> None:
    values = course(low, days, "200", first=40, last=100)

    assert said(judged(T_ICAHT_LATE, "platelets", values)) == (grade, EXACT)
    assert said(judged(T_ICAHT_LATE, "platelets", {40: low, 90: "200"})) == (min(grade, "3"), AT_LEAST)


@pytest.mark.parametrize(
    ("values", "value"),
    [
        ({0: "100", 5: "19.9", 6: "20", 7: "20", 8: "20"}, "day_6"),
        ({0: "100", 5: "19.9", 6: "20", 7: "20", 8: "19.9"}, "not_recovered"),
        ({0: "100", 5: "19.9", 6: "20", 7: "20"}, "not_recovered"),
        ({0: "100", 5: "19.9", 6: "20", 8: "30"}, "day_6"),  # day 7 has the mean of its neighbours
        ({0: "100", 5: "19.9", 6: "20", 9: "30"}, "not_recovered"),
        ({0: "100", 5: "20"}, "never_low"),
    ],
)
def test_platelets_recover_with_three_days_in_a_row(values: dict[int, str], value: str) -> None:
    verdict = judged(PLATELET_RECOVERY_20, "platelets", values)

    assert verdict is not None and verdict.value == value


@pytest.mark.parametrize(
    ("given", "value"),
    [
        (str(DAY_0 + timedelta(days=2)), "day_10"),  # day 9 lies 7 days after it, day 10 lies 8
        (str(DAY_0 + timedelta(days=1)), "day_9"),
        (str(DAY_0 + timedelta(days=10)), "day_18"),
        ("2026-03", "not_recovered"),
    ],
)
def test_platelets_count_as_recovered_only_without_a_transfusion_in_7_days(given: str, value: str) -> None:
    values = {5: "19"} | dict.fromkeys(range(9, 25), "30")
    support = [{"key": "s1", "kind": "platelets", "started_at": given}]

    verdict = judged(PLATELET_RECOVERY_20, "platelets", values, support=support)

    assert verdict is not None and verdict.value == value


def test_recovery_to_50_is_a_rule_set_of_its_own() -> None:
    values = {5: "19", 6: "20", 7: "30", 8: "40", 9: "50", 10: "60", 11: "50"}
    found = [judged(rule_set, "platelets", values) for rule_set in (PLATELET_RECOVERY_20, PLATELET_RECOVERY_50)]

    assert [verdict.value if verdict else None for verdict in found] == ["day_6", "day_9"]


@pytest.mark.parametrize(
    ("values", "value"),
    # CIBMTR: the first of three consecutive values on different days at or above 0.5.
    [
        ({2: "0.4", 10: "0.5", 14: "0.6", 20: "0.5"}, "day_10"),
        ({2: "0.4", 10: "0.499", 14: "0.6", 20: "0.5", 22: "0.5"}, "day_14"),
        ({2: "0.4", 10: "0.5", 14: "0.4", 20: "0.5", 22: "0.6", 25: "0.7"}, "day_20"),
        ({2: "0.4", 10: "0.5", 14: "0.6"}, "not_recovered"),
        ({2: "0.5", 10: "0.5"}, "never_low"),
    ],
)
def test_neutrophils_recover_with_three_values_in_a_row(values: dict[int, str], value: str) -> None:
    verdict = judged(ANC_RECOVERY, "anc", values)

    assert verdict is not None and verdict.value == value


def test_only_what_was_read_is_verified() -> None:
    assert [rule_set.verified for rule_set in (ICAHT_EARLY, ICAHT_LATE, T_ICAHT_EARLY, T_ICAHT_LATE)] == [
        False,
        False,
        True,
        True,
    ]


def test_a_verdict_says_what_was_counted() -> None:
    late = judged(ICAHT_LATE, "anc", {31: "0.4", 40: "0.4", 50: "2"})
    late_open = judged(ICAHT_LATE, "anc", {31: "<0.5", 40: "<0.5", 50: "2"})
    early = judged(ICAHT_EARLY, "anc", course("0.4", 7))

    assert late is not None and late_open is not None and early is not None
    assert (late.because, late.details) == ("grade 3: 3 days with a value after day 30", {"days": "3"})
    assert late_open.because == "at least grade 3: 3 days with a value after day 30, as far as values are known"
    assert (late_open.why, late_open.missing) == ("days_missing", ("laboratory.anc",))
    assert early.because == "grade 2: 7 days in a row at or below 0.5, 0 at or below 0.1"
    assert early.details == {"longest_run_500": "7", "longest_run_100": "0", "missing_days": "0"}


@pytest.mark.parametrize(
    ("rule_set", "id_"),
    [
        (ICAHT_EARLY, "icaht_early"),
        (ICAHT_LATE, "icaht_late"),
        (T_ICAHT_EARLY, "t_icaht_early"),
        (T_ICAHT_LATE, "t_icaht_late"),
    ],
)
def test_each_set_names_itself_what_it_reads_and_the_grades_it_can_say(rule_set: RuleSet, id_: str) -> None:
    assert (rule_set.id, rule_set.version, rule_set.form) == (id_, "1", "infusion")
    assert rule_set.uses == ("laboratory", "end_of_study")
    assert rule_set.values == ("0", "1", "2", "3", "4")
    assert rule_set.title and rule_set.source and len(rule_set.decisions) >= 3


def test_a_lower_bound_names_what_is_missing_and_the_days_without_a_value() -> None:
    without = {10, 11, 20, 21}
    anc = {day: value for day, value in course("0.4", 7).items() if day not in without}
    platelets = {day: value for day, value in course("19", 1, "60").items() if day not in without}

    neutrophils, thrombocytes = judged(ICAHT_EARLY, "anc", anc), judged(T_ICAHT_EARLY, "platelets", platelets)

    assert neutrophils == Verdict(
        value="1",
        certainty=Certainty.AT_LEAST,
        because="at least grade 1: 5 days in a row at or below 0.5, 0 at or below 0.1, as far as values are known",
        why="days_missing",
        missing=("laboratory.anc",),
        details={"longest_run_500": "5", "longest_run_100": "0", "missing_days": "4"},
    )
    assert thrombocytes == Verdict(
        value="3",
        because="grade 3: 1 days below 50, 1 below 20",
        details={"days_below_50": "1", "days_below_20": "1", "missing_days": "4"},
    )


def test_late_platelets_name_what_is_missing_too() -> None:
    verdict = judged(T_ICAHT_LATE, "platelets", {31: "60", 40: "60", 41: "60"})

    assert verdict == Verdict(
        value="1",
        certainty=Certainty.AT_LEAST,
        because="at least grade 1: 0 days below 50, 0 below 20, as far as values are known",
        why="days_missing",
        missing=("laboratory.platelets",),
        details={"days_below_50": "0", "days_below_20": "0", "missing_days": "67"},
    )


def test_a_set_made_by_another_name_is_the_same_but_for_its_name_its_grading_and_its_own_decision() -> None:
    neutropenia = _icaht("made_up", "Made up", early_neutropenia, "Decided so.")
    platelets = _t_icaht("made_up", "Made up", early_thrombocytopenia)
    counts = course("0.4", 7)
    samples = [
        {"key": f"l{day}", "infusion": "i1", "sampled_at": f"{DAY_0 + timedelta(days=day)} 06:00", "anc": value}
        for day, value in counts.items()
    ]
    thrombocytes = [{**sample, "platelets": "19"} for sample in samples]

    for made, known in ((neutropenia, ICAHT_EARLY), (platelets, T_ICAHT_EARLY)):
        assert (made.id, made.title) == ("made_up", "Made up")
        same = replace(made, id=known.id, title=known.title, judge_child=known.judge_child, decisions=known.decisions)
        assert same == known
    assert neutropenia.decisions == ("Decided so.", *ICAHT_EARLY.decisions[-2:])
    assert platelets.decisions == T_ICAHT_EARLY.decisions
    assert said(neutropenia.verdicts(child(laboratory=samples))["i1"]) == ("2", EXACT)
    assert said(platelets.verdicts(child(laboratory=thrombocytes))["i1"]) == ("4", EXACT)
