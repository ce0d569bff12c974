"""What CTCAE says of a sample in whole, and which baseline, range and transfusion it is compared with (D8)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bedside import child
from forms.context import ReferenceRange
from forms.grading.ctcae import (
    AnalyteGrade,
    baselines,
    grade_sample,
    grades_of_samples,
    platelet_transfusion_days,
)
from forms.grading.ctcae_open import CTCAE_V5, CTCAE_V6
from forms.rule_set import AT_LEAST, NOT_ASSESSABLE, Verdict

WITHOUT_RANGE = "the laboratory's normal range is not recorded"
WITHOUT_BASELINE = "the value before infusion is not recorded"
BEYOND_DETECTION = "the value is only known to lie beyond a limit"


def grade(low: int, high: int | None = None, why: str = "") -> AnalyteGrade:
    return AnalyteGrade(low=low, high=low if high is None else high, why=why)


@pytest.mark.parametrize(
    ("grades", "expected"),
    [
        ({}, None),
        (
            {"alt": grade(0), "anc": grade(0)},
            Verdict(value="0", because="grade 0: nothing abnormal", details={"alt": "0", "anc": "0"}),
        ),
        (
            {"alt": grade(3), "anc": grade(1), "platelets": grade(3)},
            Verdict(value="3", because="grade 3: ALT, Platelets", details={"alt": "3", "anc": "1", "platelets": "3"}),
        ),
        (
            {"alt": grade(0, 4, "no_reference_range"), "ast": grade(0, 4, "value_limited")},
            Verdict(
                value=None,
                certainty=NOT_ASSESSABLE,
                because=f"not gradable: {WITHOUT_RANGE}",
                why="no_reference_range",
                details={"alt": "undetermined", "ast": "undetermined"},
            ),
        ),
        (
            {"creatinine": grade(0, 3, "no_baseline")},
            Verdict(
                value=None,
                certainty=NOT_ASSESSABLE,
                because=f"not gradable: {WITHOUT_BASELINE}",
                why="no_baseline",
                missing=("baseline.baseline_creatinine",),
                details={"creatinine": "undetermined"},
            ),
        ),
        (
            {"alt": grade(0), "ast": grade(0, 4, "value_limited"), "anc": grade(0, 1, "value_limited")},
            Verdict(
                value="0",
                certainty=AT_LEAST,
                because="at least grade 0: nothing abnormal; AST, Neutrophils (ANC) left open, since "
                f"{BEYOND_DETECTION}",
                why="value_limited",
                details={"alt": "0", "ast": "undetermined", "anc": "undetermined"},
            ),
        ),
        (
            {"alt": grade(2), "creatinine": grade(1, 3, "no_baseline")},
            Verdict(
                value="2",
                certainty=AT_LEAST,
                because=f"at least grade 2: ALT; Creatinine left open, since {WITHOUT_BASELINE}",
                why="no_baseline",
                missing=("baseline.baseline_creatinine",),
                details={"alt": "2", "creatinine": "at_least_1"},
            ),
        ),
        # What is open below the highest grade leaves nothing open.
        (
            {"alt": grade(3), "creatinine": grade(1, 3, "no_baseline")},
            Verdict(value="3", because="grade 3: ALT", details={"alt": "3", "creatinine": "at_least_1"}),
        ),
        # The missing creatinine is named only where creatinine was left open by it.
        (
            {"creatinine": grade(0, 3, "no_reference_range"), "alt": grade(0, 4, "no_baseline")},
            Verdict(
                value=None,
                certainty=NOT_ASSESSABLE,
                because=f"not gradable: {WITHOUT_RANGE}",
                why="no_reference_range",
                details={"creatinine": "undetermined", "alt": "undetermined"},
            ),
        ),
    ],
)
def test_a_sample_says_what_decided_and_what_is_left_open(
    grades: dict[str, AnalyteGrade], expected: Verdict | None
) -> None:
    assert grade_sample(grades) == expected


def drawn(key: str, at: str, infusion: str | None = "i1", **values: Any) -> dict[str, Any]:
    return {"key": key, "infusion": infusion, "sampled_at": f"{at} 06:00", **values}


def alt_up_to(
    high: str, valid_from: date = date(2026, 1, 1), low: str | None = None, laboratory: str = ""
) -> ReferenceRange:
    bounds = {"high": Decimal(high), "low": Decimal(low) if low else None}
    return ReferenceRange(analyte="alt", valid_from=valid_from, laboratory=laboratory, **bounds)


INFUSIONS = [{"key": "i2", "infused_on": "2026-03-05"}, {"key": "i1", "infused_on": "2026-05-05"}]
"""The first infusion has the greater key and is told first."""


def test_a_value_without_a_sign_is_left_open_by_the_baseline_alone() -> None:
    ranges = [ReferenceRange(analyte="creatinine", valid_from=date(2026, 1, 1), high=Decimal("0.8"))]
    context = child(
        baseline=[],
        laboratory=[drawn("l1", "2026-03-08", creatinine="0.7"), drawn("l2", "2026-03-08", creatinine="<0.9")],
        ranges=ranges,
    )
    found = grades_of_samples(context, "5")

    assert found["l1"]["creatinine"].why == "no_baseline"
    assert found["l2"]["creatinine"].why == "value_limited"


def test_each_sample_has_the_range_of_its_own_day() -> None:
    samples = [drawn("l1", "2026-03-08", alt="60"), drawn("l2", "2026-04-08", alt="60")]
    ranges = (alt_up_to("40"), alt_up_to("80", date(2026, 4, 1)))
    found = grades_of_samples(child(laboratory=samples, ranges=ranges), "5")

    # >1 x 40 is grade 1; 60 lies within 80.
    assert {key: grades["alt"] for key, grades in found.items()} == {"l1": grade(1), "l2": grade(0)}


def test_the_value_before_has_the_range_of_its_own_laboratory_on_the_day_of_each_sample() -> None:
    there = {"other_laboratory": "yes", "which_laboratory": "Elsewhere"}
    samples = [
        drawn("b1", "2026-03-01", alt="50", **there),
        drawn("l1", "2026-03-08", alt="130"),
        drawn("l2", "2026-04-08", alt="130"),
    ]
    ranges = (
        alt_up_to("40"),
        alt_up_to("60", laboratory="elsewhere"),
        alt_up_to("45", date(2026, 4, 1), laboratory="elsewhere"),
    )
    found = grades_of_samples(child(laboratory=samples, ranges=ranges), "5")

    # 50 lies within 60: more than 3 x 40 is grade 2. It is above 45: not more than 3 x 50 is grade 1.
    assert {key: found[key]["alt"] for key in ("l1", "l2")} == {"l1": grade(2), "l2": grade(1)}


def test_each_sample_has_the_baseline_of_its_own_infusion() -> None:
    samples = [
        drawn("b2", "2026-03-01", "i2", alt="60"),
        drawn("l2", "2026-03-08", "i2", alt="130"),
        drawn("b1", "2026-05-01", "i1", alt="30"),
        drawn("l1", "2026-05-08", "i1", alt="130"),
        drawn("u1", "2026-05-09", None, alt="130"),
        drawn("u2", "2026-03-09", None, alt="130"),
    ]
    context = child(laboratory=samples, infusion=INFUSIONS, ranges=[alt_up_to("40")])
    found = grades_of_samples(context, "5")

    # Abnormal before: 1.5 to 3 x 60 is grade 1. Normal before: more than 3 x 40 is grade 2.
    assert {key: found[key]["alt"].low for key in ("l2", "u2", "l1", "u1")} == {"l2": 1, "u2": 1, "l1": 2, "u1": 2}


def test_the_two_versions_of_one_child_stay_apart() -> None:
    context = child(laboratory=[drawn("l1", "2026-03-08", platelets="9.9", anc="0.9")])

    assert CTCAE_V5.verdicts(context)["l1"].details == {"platelets": "4", "anc": "3"}
    assert CTCAE_V6.verdicts(context)["l1"].details == {"platelets": "4", "anc": "2"}


def test_a_sample_before_any_infusion_and_without_one_is_graded_too() -> None:
    assert grades_of_samples(child(infusion=[], laboratory=[drawn("l1", "2026-03-08", None, anc="0.9")]), "5") == {
        "l1": {"anc": grade(3)}
    }


@pytest.mark.parametrize(
    ("creatinine", "expected"),
    [
        ("0.5", {"i2": {"creatinine": Decimal("0.5")}, "i1": {"creatinine": Decimal("0.7")}}),
        ("<0.5", {"i2": {}, "i1": {"creatinine": Decimal("0.7")}}),
        (None, {"i2": {}, "i1": {"creatinine": Decimal("0.7")}}),
    ],
)
def test_the_creatinine_of_the_baseline_page_is_of_the_first_infusion(
    creatinine: str | None, expected: dict[str, dict[str, Decimal]]
) -> None:
    before = [{"key": "b1", "baseline_creatinine": creatinine}]
    context = child(baseline=before, infusion=INFUSIONS, laboratory=[drawn("b1", "2026-05-01", "i1", creatinine="0.7")])

    assert baselines(context) == expected
    assert baselines(child(baseline=before, infusion=[])) == {}


def test_only_a_day_known_for_certain_is_a_day_of_transfusion() -> None:
    support = [
        {"key": "s1", "kind": "platelets", "started_at": "2026-03-07 10:00"},
        {"key": "s2", "kind": "platelets", "started_at": "2026-03-09"},
        {"key": "s3", "kind": "platelets", "started_at": "2026-04"},
        {"key": "s4", "kind": "platelets", "started_at": None},
        {"key": "s5", "kind": "red_cells", "started_at": "2026-03-11"},
    ]

    assert platelet_transfusion_days(child(support=support)) == {date(2026, 3, 7), date(2026, 3, 9)}
