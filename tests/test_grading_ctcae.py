"""CTCAE v5 and v6 for laboratory values: one unit on each side of each limit (CLINICAL.md 2.5, D8)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bedside import child, said
from forms.context import ReferenceRange
from forms.grading.ctcae import CTCAE_V5_1, CTCAE_V6_1
from forms.grading.ctcae_open import CTCAE_V5, CTCAE_V6
from forms.rule_set import RuleSet, Verdict

EXACT, AT_LEAST = "exact", "at_least"


def normal(analyte: str, low: str | None = None, high: str | None = None, **more: Any) -> ReferenceRange:
    return ReferenceRange(
        analyte=analyte,
        valid_from=date(2026, 1, 1),
        low=Decimal(low) if low else None,
        high=Decimal(high) if high else None,
        **more,
    )


RANGES = (
    normal("alt", high="40"),
    normal("ast", high="40"),
    normal("bilirubin_total", high="1"),
    normal("creatinine", high="0.8"),
    normal("fibrinogen", low="200"),
    normal("haemoglobin", low="11.5"),
    normal("platelets", low="150"),
    normal("anc", low="1.8"),
    normal("aptt_s", high="40"),
)


def sample(number: int, day: str = "2026-03-08", **values: Any) -> dict[str, Any]:
    return {"key": f"l{number}", "infusion": "i1", "sampled_at": f"{day} 06:00", **values}


def judged(
    rule_set: RuleSet,
    values: dict[str, Any],
    *before: dict[str, Any],
    ranges: Iterable[ReferenceRange] = RANGES,
    **rows: Any,
) -> Verdict | None:
    """Return the verdict on one sample of day 3, on which both versions agree; the samples before stand beside it."""
    context = child(laboratory=[*before, sample(9, **values)], ranges=ranges, **rows)
    first = {CTCAE_V5.id: CTCAE_V5_1, CTCAE_V6.id: CTCAE_V6_1}[rule_set.id]
    verdict = rule_set.verdicts(context).get("l9")
    assert verdict == first.verdicts(context).get("l9")
    return verdict


def before_infusion(**values: Any) -> dict[str, Any]:
    return sample(1, "2026-03-01", **values)


CREATININE_BEFORE = {"baseline": [{"key": "b1", "baseline_creatinine": "0.5"}]}
# Analyte, value, grade by version 5, grade by version 6 (None: not graded); normal before infusion.
LIMITS: list[tuple[str, str, str | None, str | None]] = [
    # ALT, AST: >ULN, >3, >5, >20 x ULN (40).
    ("alt", "40", "0", "0"),
    ("alt", "40.1", "1", "1"),
    ("alt", "120", "1", "1"),
    ("alt", "120.1", "2", "2"),
    ("ast", "200", "2", "2"),
    ("ast", "200.1", "3", "3"),
    ("ast", "800", "3", "3"),
    ("ast", "800.1", "4", "4"),
    # Bilirubin: >ULN, >1.5, >3, >10 x ULN (1).
    ("bilirubin_total", "1", "0", "0"),
    ("bilirubin_total", "1.5", "1", "1"),
    ("bilirubin_total", "1.51", "2", "2"),
    ("bilirubin_total", "3", "2", "2"),
    ("bilirubin_total", "3.01", "3", "3"),
    ("bilirubin_total", "10", "3", "3"),
    ("bilirubin_total", "10.01", "4", "4"),
    # Fibrinogen: <1, <0.75, <0.5, <0.25 x LLN (200), and <50 mg/dL. Without a value before infusion see below.
    ("fibrinogen", "200", "0", "0"),
    # Hemoglobin: <LLN (11.5), <10, <8.
    ("haemoglobin", "11.5", "0", "0"),
    ("haemoglobin", "11.49", "1", "1"),
    ("haemoglobin", "10", "1", "1"),
    ("haemoglobin", "9.99", "2", "2"),
    ("haemoglobin", "8", "2", "2"),
    ("haemoglobin", "7.99", "3", "3"),
    # Platelets, version 5: <LLN (150), <75, <50, <25; version 6: <75, <50, <10.
    ("platelets", "150", "0", "0"),
    ("platelets", "149.9", "1", "1"),
    ("platelets", "75", "1", "1"),
    ("platelets", "74.9", "2", "2"),
    ("platelets", "50", "2", "2"),
    ("platelets", "49.9", "3", "3"),
    ("platelets", "25", "3", "3"),
    ("platelets", "24.9", "4", "3"),
    ("platelets", "10", "4", "3"),
    ("platelets", "9.9", "4", "4"),
    # ANC, version 5: <LLN (1.8), <1.5, <1.0, <0.5 (0.5 is grade 3); version 6: <1.0, <0.5, <0.1.
    ("anc", "1.8", "0", "0"),
    ("anc", "1.799", "1", "1"),
    ("anc", "1.5", "1", "1"),
    ("anc", "1.499", "2", "1"),
    ("anc", "1", "2", "1"),
    ("anc", "0.999", "3", "2"),
    ("anc", "0.5", "3", "2"),
    ("anc", "0.499", "4", "3"),
    ("anc", "0.1", "4", "3"),
    ("anc", "0.099", "4", "4"),
    # aPTT: >1, >1.5, >2.5 x ULN (40).
    ("aptt_s", "40", "0", "0"),
    ("aptt_s", "40.1", "1", "1"),
    ("aptt_s", "60.1", "2", "2"),
    ("aptt_s", "100", "2", "2"),
    ("aptt_s", "100.1", "3", "3"),
]


@pytest.mark.parametrize(("analyte", "value", "fifth", "sixth"), LIMITS)
def test_each_limit_of_both_versions(analyte: str, value: str, fifth: str, sixth: str) -> None:
    assert said(judged(CTCAE_V5, {analyte: value})) == (fifth, EXACT)
    assert said(judged(CTCAE_V6, {analyte: value})) == (sixth, EXACT)


@pytest.mark.parametrize(
    ("creatinine", "grade"),
    # Version 5: >ULN (0.8), >1.5, >3, >6 x ULN, and >1.5, >3 x the value before infusion (0.5).
    [
        ("0.75", "0"),
        ("0.751", "2"),
        ("1.2", "2"),
        ("1.5", "2"),
        ("1.501", "3"),
        ("2.4", "3"),
        ("4.8", "3"),
        ("4.801", "4"),
    ],
)
def test_creatinine_counts_against_the_range_and_against_the_value_before_infusion(creatinine: str, grade: str) -> None:
    assert said(judged(CTCAE_V5, {"creatinine": creatinine}, **CREATININE_BEFORE)) == (grade, EXACT)


def test_without_a_creatinine_before_infusion_the_grade_is_a_lower_bound() -> None:
    verdict = judged(CTCAE_V5, {"creatinine": "1"})

    assert verdict is not None
    assert (said(verdict), verdict.why) == (("1", AT_LEAST), "no_baseline")
    assert verdict.missing == ("baseline.baseline_creatinine",)


def test_creatinine_is_not_graded_by_version_6() -> None:
    assert judged(CTCAE_V6, {"creatinine": "9"}) is None


@pytest.mark.parametrize(
    ("before", "value", "fifth", "sixth"),
    # Abnormal before infusion: v5 >=1.5, >3, >5, >20 x that value; v6 >1, >1.5, >2, >4 x. Before: 80 U/L.
    [
        ({"alt": "80"}, {"alt": "80"}, "0", "0"),
        ({"alt": "80"}, {"alt": "80.1"}, "0", "1"),
        ({"alt": "80"}, {"alt": "119.9"}, "0", "1"),
        ({"alt": "80"}, {"alt": "120"}, "1", "1"),
        ({"alt": "80"}, {"alt": "120.1"}, "1", "2"),
        ({"alt": "80"}, {"alt": "160.1"}, "1", "3"),
        ({"alt": "80"}, {"alt": "240"}, "1", "3"),
        ({"alt": "80"}, {"alt": "240.1"}, "2", "3"),
        ({"alt": "80"}, {"alt": "320.1"}, "2", "4"),
        ({"alt": "80"}, {"alt": "400.1"}, "3", "4"),
        ({"alt": "80"}, {"alt": "1600.1"}, "4", "4"),
        ({"alt": "40"}, {"alt": "120.1"}, "2", "2"),  # 40 is normal
        # Bilirubin before infusion 2: v5 >1, >1.5, >3, >10 x; v6 >1, >1.5, >2.5, >10 x.
        ({"bilirubin_total": "2"}, {"bilirubin_total": "2"}, "0", "0"),
        ({"bilirubin_total": "2"}, {"bilirubin_total": "2.01"}, "1", "1"),
        ({"bilirubin_total": "2"}, {"bilirubin_total": "5"}, "2", "2"),
        ({"bilirubin_total": "2"}, {"bilirubin_total": "5.01"}, "2", "3"),
        ({"bilirubin_total": "2"}, {"bilirubin_total": "6.01"}, "3", "3"),
        ({"bilirubin_total": "2"}, {"bilirubin_total": "20.01"}, "4", "4"),
    ],
)
def test_what_was_abnormal_before_infusion_is_compared_with_itself(
    before: dict[str, str], value: dict[str, str], fifth: str, sixth: str
) -> None:
    found = [said(judged(rule_set, value, before_infusion(**before))) for rule_set in (CTCAE_V5, CTCAE_V6)]

    assert found == [(fifth, EXACT), (sixth, EXACT)]


@pytest.mark.parametrize(
    ("before", "value", "expected"),
    # LLN 200: <150 is grade 2, <100 grade 3, <50 grade 4. The fall counts below the range: 25, 50, 75 %.
    [
        ("300", "200", ("0", EXACT)),
        ("210", "199", ("1", EXACT)),
        ("210", "158", ("1", EXACT)),
        ("210", "157.5", ("2", EXACT)),
        ("600", "300", ("0", EXACT)),
        ("398", "199.1", ("2", EXACT)),
        ("398", "199", ("3", EXACT)),
        ("600", "150.1", ("3", EXACT)),
        ("600", "150", ("4", EXACT)),
        ("190", "149.9", ("2", EXACT)),
        ("190", "99.9", ("3", EXACT)),
        ("190", "50", ("3", EXACT)),
        ("190", "49.9", ("4", EXACT)),
        (None, "199", ("1", AT_LEAST)),
        (None, "49.9", ("4", EXACT)),
    ],
)
def test_fibrinogen_counts_against_the_range_and_by_its_fall(
    before: str | None, value: str, expected: tuple[str, str]
) -> None:
    earlier = [before_infusion(fibrinogen=before)] if before else []

    assert said(judged(CTCAE_V5, {"fibrinogen": value}, *earlier)) == expected


@pytest.mark.parametrize(
    ("values", "expected", "why"),
    # D8: no normal range: ungradable unless a fixed limit decides.
    [
        ({"alt": "4000"}, (None, "not_assessable"), "no_reference_range"),
        ({"haemoglobin": "10"}, (None, "not_assessable"), "no_reference_range"),
        ({"haemoglobin": "9.9"}, ("2", EXACT), ""),
        ({"platelets": "24.9"}, ("4", EXACT), ""),
        ({"fibrinogen": "49.9"}, ("4", EXACT), ""),
        ({"fibrinogen": "50"}, (None, "not_assessable"), "no_reference_range"),
        ({"haemoglobin": "9.9", "alt": "30"}, ("2", AT_LEAST), "no_reference_range"),
        ({"platelets": "24.9", "alt": "30"}, ("4", EXACT), ""),
    ],
)
def test_without_a_normal_range_only_a_fixed_limit_decides(
    values: dict[str, str], expected: tuple[str | None, str], why: str
) -> None:
    verdict = judged(CTCAE_V5, values, ranges=())

    assert verdict is not None
    assert (said(verdict), verdict.why) == (expected, why)


def test_without_a_normal_range_a_fall_of_fibrinogen_does_not_count() -> None:
    verdict = judged(CTCAE_V5, {"fibrinogen": "200"}, before_infusion(fibrinogen="600"), ranges=())

    assert verdict is not None and (verdict.value, verdict.why) == (None, "no_reference_range")


def test_the_sites_range_does_not_hold_for_a_sample_measured_elsewhere() -> None:
    verdict = judged(CTCAE_V5, {"alt": "41", "other_laboratory": "yes"})

    assert verdict is not None and verdict.why == "no_reference_range"


def test_a_sample_measured_elsewhere_is_graded_by_the_ranges_of_the_laboratory_it_names() -> None:
    there = normal("alt", high="20", laboratory="referring hospital")
    values = {"alt": "41", "other_laboratory": "yes", "which_laboratory": "Referring hospital"}

    # 41 U/L is above 1 and below 3 times the ULN of the site (40), and within 3 times that of the other (20): grade 1,
    # where 61 is above 3 times the one and not the other.
    assert said(judged(CTCAE_V5, values, ranges=(*RANGES, there))) == ("1", EXACT)
    assert said(judged(CTCAE_V5, {**values, "alt": "61"}, ranges=(*RANGES, there))) == ("2", EXACT)
    assert said(judged(CTCAE_V5, {"alt": "61"}, ranges=(*RANGES, there))) == ("1", EXACT)


def test_whether_the_value_before_infusion_was_abnormal_is_told_by_the_laboratory_that_measured_it() -> None:
    there = normal("alt", high="60", laboratory="referring hospital")
    named = {"other_laboratory": "yes", "which_laboratory": "Referring hospital"}

    def grade(before: dict[str, str], now: dict[str, str]) -> tuple[str | None, str]:
        return said(judged(CTCAE_V5, now, before_infusion(**before), ranges=(*RANGES, there)))

    # 50 is above the site's 40: multiples of 50 at the referring hospital too, 160 being above 3 x 50: grade 2 (v5).
    assert grade({"alt": "50"}, {"alt": "160", **named}) == ("2", EXACT)
    # 50 is within the referring hospital's 60: multiples of the ULN at the site, 125 being above 3 x 40: grade 2.
    assert grade({"alt": "50", **named}, {"alt": "125"}) == ("2", EXACT)
    # One laboratory: 50 is within 60, 160 within 3 x 60; 50 is above 40, 125 within 3 x 50: grade 1.
    assert grade({"alt": "50", **named}, {"alt": "160", **named}) == ("1", EXACT)
    assert grade({"alt": "50"}, {"alt": "125"}) == ("1", EXACT)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"platelets": "<10"}, ("4", EXACT)),
        ({"platelets": "<30"}, ("3", AT_LEAST)),
        ({"anc": "<0.1"}, ("4", EXACT)),
        ({"alt": ">1000"}, ("4", EXACT)),
        ({"alt": ">300"}, ("3", AT_LEAST)),
        ({"alt": "<40"}, ("0", EXACT)),
        ({"alt": "<50"}, (None, "not_assessable")),
    ],
)
def test_a_value_beyond_a_limit_of_detection_gives_what_it_proves(
    values: dict[str, str], expected: tuple[str | None, str]
) -> None:
    assert said(judged(CTCAE_V5, values)) == expected


def test_the_range_for_sex_age_and_day_is_used() -> None:
    ranges = [
        normal("alt", high="30", sex="male"),
        normal("alt", high="50", age_from_years=8, age_to_years=8),
        normal("alt", high="20", age_from_years=9),
    ]

    assert said(judged(CTCAE_V5, {"alt": "50"}, ranges=ranges)) == ("0", EXACT)
    assert said(judged(CTCAE_V5, {"alt": "50.1"}, ranges=ranges)) == ("1", EXACT)


@pytest.mark.parametrize(("birth", "value"), [("2017", "1"), ("2018", None)])
def test_a_partial_birth_date_matters_only_where_the_ranges_differ(birth: str, value: str | None) -> None:
    """Born in 2017 the girl is 8 or 9, born in 2018 she is 7 or 8."""
    ranges = [normal("alt", high="20", age_to_years=7), normal("alt", high="50", age_from_years=8)]

    found = judged(CTCAE_V5, {"alt": "60"}, ranges=ranges, enrolment=[{"key": "e1", "birth_date": birth}])

    assert found is not None and found.value == value


@pytest.mark.parametrize(("given", "sixth"), [("2026-03-08 20:00", "3"), ("2026-03-08", "3"), ("2026-03-09", "1")])
def test_platelets_given_that_day_are_grade_3_by_version_6_only(given: str, sixth: str) -> None:
    support = [{"key": "s1", "kind": "platelets", "started_at": given}]

    assert said(judged(CTCAE_V6, {"platelets": "100"}, support=support)) == (sixth, EXACT)
    assert said(judged(CTCAE_V5, {"platelets": "100"}, support=support)) == ("1", EXACT)


def test_the_highest_grade_stands_and_the_details_hold_each_analyte() -> None:
    verdict = judged(CTCAE_V5, {"alt": "130", "ast": "10", "platelets": "30", "creatinine": "0.5"})

    assert verdict is not None
    assert (said(verdict), verdict.because) == (("3", EXACT), "grade 3: Platelets")
    assert verdict.details == {
        "alt": "2",
        "ast": "0",
        "creatinine": "undetermined",
        "platelets": "3",
    }


def test_the_last_value_before_the_infusion_is_the_one_compared_with() -> None:
    earlier = [
        sample(1, "2026-02-20", alt="200"),
        sample(2, "2026-03-02", alt="80"),
        sample(3, "2026-03-05", alt="60", before_infusion="yes"),
        sample(4, "2026-03-05", alt="90"),
    ]

    assert said(judged(CTCAE_V5, {"alt": "90"}, *earlier)) == ("1", EXACT)
    assert said(judged(CTCAE_V5, {"alt": "89.9"}, *earlier)) == ("0", EXACT)


def test_a_sample_without_a_graded_analyte_has_no_verdict() -> None:
    assert judged(CTCAE_V5, {"ferritin": "5000"}) is None


def test_the_two_versions_are_two_rule_sets_and_only_what_was_read_is_verified() -> None:
    assert [(rule_set.id, rule_set.verified) for rule_set in (CTCAE_V5, CTCAE_V6)] == [
        ("ctcae_v5_laboratory", True),
        ("ctcae_v6_laboratory", False),
    ]
