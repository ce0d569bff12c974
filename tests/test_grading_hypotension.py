"""Hypotension for age: PALS by completed years, strictly below (CLINICAL.md 2.4, D10), and the 5th centiles beside."""

from __future__ import annotations

import pytest

from bedside import said, verdict_on
from forms.grading.hypotension import HYPOTENSION_P5_MEAN, HYPOTENSION_P5_SYSTOLIC, HYPOTENSION_PALS, pals_limit

# Born on, and the PALS limit on 2026-03-08: CLINICAL.md 2.4.
LIMITS = [
    ("2026-03-08", 60),
    ("2026-02-08", 60),  # 28 days
    ("2026-02-07", 70),  # 29 days
    ("2025-03-09", 70),  # 364 days
    ("2025-03-08", 72),  # 1 year
    ("2021-03-08", 80),  # 5 years
    ("2016-03-09", 88),  # 9 years, on the day before the tenth birthday
    ("2016-03-08", 90),  # 10 years
    ("1996-03-08", 90),  # 30 years
]


def born(text: str) -> list[dict[str, str]]:
    return [{"key": "e1", "birth_date": text}]


@pytest.mark.parametrize(("birth", "limit"), LIMITS)
def test_pals_calls_only_a_pressure_below_the_limit_of_the_age_low(birth: str, limit: int) -> None:
    found = [
        said(verdict_on(HYPOTENSION_PALS, {"systolic_mmhg": pressure}, enrolment=born(birth)))
        for pressure in (limit - 1, limit, limit + 1)
    ]

    assert found == [("yes", "exact"), ("no", "exact"), ("no", "exact")]


def test_the_limit_of_nine_and_of_ten_years_are_those_of_the_table() -> None:
    assert [pals_limit(years, 400) for years in (1, 9, 10, 17)] == [72, 88, 90, 90]


@pytest.mark.parametrize(
    ("systolic", "expected"),
    # Born in 2016-03: 9 or 10 years on 2026-03-08, so 88 or 90.
    [
        ("87", ("yes", "exact")),
        ("88", (None, "not_assessable")),
        ("89", (None, "not_assessable")),
        ("90", ("no", "exact")),
    ],
)
def test_a_birth_month_decides_where_all_its_days_agree(systolic: str, expected: tuple[str | None, str]) -> None:
    verdict = verdict_on(HYPOTENSION_PALS, {"systolic_mmhg": systolic}, enrolment=born("2016-03"))

    assert said(verdict) == expected
    assert verdict is not None
    assert verdict.missing == (() if expected[0] else ("enrolment.birth_date",))


def test_without_a_pressure_or_a_birth_date_nothing_is_said() -> None:
    without_pressure = verdict_on(HYPOTENSION_PALS, {})
    without_birth = verdict_on(HYPOTENSION_PALS, {"systolic_mmhg": "50"}, enrolment=[{"key": "e1"}])

    assert without_pressure is not None and without_birth is not None
    assert (said(without_pressure), without_pressure.missing) == ((None, "not_assessable"), ("systolic_mmhg",))
    assert (said(without_birth), without_birth.missing) == ((None, "not_assessable"), ("enrolment.birth_date",))


@pytest.mark.parametrize(
    ("birth", "pressure", "expected"),
    # 65 + 2 x age: 67 at 1 year, 99 at 17 (CLINICAL.md 2.4).
    [
        ("2025-03-08", "66", ("yes", "exact")),
        ("2025-03-08", "67", ("no", "exact")),
        ("2009-03-08", "98", ("yes", "exact")),
        ("2009-03-08", "99", ("no", "exact")),
        ("2025-03-09", "50", (None, "not_assessable")),
        ("2008-03-08", "50", (None, "not_assessable")),
        ("2008-03", "50", (None, "not_assessable")),
    ],
)
def test_the_fifth_centile_of_the_systolic_pressure_holds_from_1_to_17_years(
    birth: str, pressure: str, expected: tuple[str | None, str]
) -> None:
    assert said(verdict_on(HYPOTENSION_P5_SYSTOLIC, {"systolic_mmhg": pressure}, enrolment=born(birth))) == expected


@pytest.mark.parametrize(
    ("birth", "pressure", "expected"),
    # 40 + 1.5 x age: 41.5 at 1 year, 43 at 2 (CLINICAL.md 2.4).
    [
        ("2025-03-08", "41", ("yes", "exact")),
        ("2025-03-08", "42", ("no", "exact")),
        ("2024-03-08", "42", ("yes", "exact")),
        ("2024-03-08", "43", ("no", "exact")),
    ],
)
def test_the_fifth_centile_of_the_mean_pressure_is_kept_beside(
    birth: str, pressure: str, expected: tuple[str | None, str]
) -> None:
    assert said(verdict_on(HYPOTENSION_P5_MEAN, {"mean_arterial_mmhg": pressure}, enrolment=born(birth))) == expected


def test_the_centiles_are_silent_where_their_pressure_was_not_measured() -> None:
    assert verdict_on(HYPOTENSION_P5_SYSTOLIC, {"mean_arterial_mmhg": "50"}) is None
    assert verdict_on(HYPOTENSION_P5_MEAN, {"systolic_mmhg": "90"}) is None


def test_the_words_do_not_name_the_limit_because_it_gives_the_age_away() -> None:
    verdict = verdict_on(HYPOTENSION_PALS, {"systolic_mmhg": "60"})

    assert verdict is not None
    assert verdict.because == "the lowest pressure is below the limit for age"


@pytest.mark.parametrize(
    ("birth", "pressure", "expected", "why"),
    [
        # 9 or 10 years: 65 + 2 x age is 83 or 85 (CLINICAL.md 2.4).
        ("2016-03", "82", "yes", ""),
        ("2016-03", "83", None, "age_unknown"),
        ("2016-03", "84", None, "age_unknown"),
        ("2016-03", "85", "no", ""),
        # 0 or 1, and 17 or 18 years: the limit may not be published for the child.
        ("2025-03", "50", None, "age_unknown"),
        ("2008-03", "50", None, "age_unknown"),
        ("2025-03-09", "50", None, "age_outside_rule"),
        ("2008-03-08", "50", None, "age_outside_rule"),
    ],
)
def test_the_centile_says_whether_the_birth_date_or_the_age_keeps_it_from_judging(
    birth: str, pressure: str, expected: str | None, why: str
) -> None:
    verdict = verdict_on(HYPOTENSION_P5_SYSTOLIC, {"systolic_mmhg": pressure}, enrolment=born(birth))

    assert verdict is not None and (verdict.value, verdict.why) == (expected, why)


def test_without_a_time_of_the_assessment_the_age_is_open() -> None:
    verdict = verdict_on(HYPOTENSION_PALS, {"systolic_mmhg": "60", "assessed_at": None}, enrolment=born("2016-03-08"))

    assert verdict is not None and verdict.why == "age_unknown"
