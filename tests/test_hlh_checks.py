"""The checks of HLH-like toxicity on every side: ferritin, the grade and what it rests on, the definitions."""

from __future__ import annotations

from typing import Any

import pytest

from bedside import assessed, child, row_of
from forms.casebook.assessment_hlh_rules import _definition
from forms.grading.hlh_2004 import HLH_2004
from forms.items import WARNING
from hlh_children import DIAGNOSED, NONE_OF_IT, NORMAL, RANGES, sampled
from one_check import CHECKS, assessment_anchored, assessment_holds


@pytest.mark.parametrize(
    ("day", "present", "expected"),
    # Within two days of the diagnosis, of 8 March.
    [
        ("2026-03-05", "yes", False),
        ("2026-03-06", "yes", True),
        ("2026-03-10", "yes", True),
        ("2026-03-11", "yes", False),
        ("2026-03-11", "no", None),
        ("2026-03-11", None, None),
    ],
)
def test_a_diagnosis_has_a_ferritin(day: str, present: str | None, expected: bool | None) -> None:
    samples = [
        sampled(day, ferritin="900"),
        sampled("2026-03-08", "l2", alt="20"),
        sampled("2026-02-01", "l0", ferritin="9"),
    ]

    assert assessment_holds("carhlh_has_ferritin", {"carhlh_present": present}, laboratory=samples) is expected
    assert (
        assessment_holds("carhlh_has_ferritin", {"carhlh_present": present, "assessed_at": None}, laboratory=samples)
        is None
    )
    assert assessment_holds("carhlh_has_ferritin", {"carhlh_present": present}) is (False if present == "yes" else None)


@pytest.mark.parametrize(
    ("ferritin", "answers", "expected"),
    # Twice the upper limit of 300.
    [
        ("600", {}, False),
        ("600.1", {}, True),
        ("600", {"ferritin_rising": "yes"}, True),
        ("600", {"ferritin_rising": None}, None),
        ("600", {"carhlh_present": "no"}, None),
        ("600", {"assessed_at": None}, None),
    ],
)
def test_a_diagnosis_has_a_raised_ferritin(ferritin: str, answers: dict[str, Any], expected: bool | None) -> None:
    told = {**NONE_OF_IT, "carhlh_present": "yes", **answers}
    values = {"laboratory": [sampled(**{**NORMAL, "ferritin": ferritin})], "ranges": RANGES}

    assert assessment_holds("carhlh_ferritin_raised", told, **values) is expected


@pytest.mark.parametrize(
    ("answers", "clinician", "supported", "not_too_low"),
    [
        ({"bleeding": "minor"}, "3", False, None),
        ({"bleeding": "transfused"}, "3", True, None),
        ({"bleeding": "transfused"}, "4", True, None),
        ({"bleeding": "life_threatening"}, "3", True, None),
        # A missing answer could support it.
        ({"bleeding": None}, "3", None, None),
        ({"bleeding": "minor"}, "2", None, True),
        ({"bleeding": "transfused"}, "2", None, True),
        ({"bleeding": "transfused"}, "1", None, False),
        ({"bleeding": "life_threatening"}, "2", None, False),
        ({"bleeding": "life_threatening"}, "5", None, None),
        ({"bleeding": "life_threatening"}, None, None, None),
        ({"bleeding": "life_threatening", "carhlh_present": "no"}, "2", None, None),
        ({"bleeding": "minor", "carhlh_present": "no"}, "3", None, None),
    ],
)
def test_a_grade_of_hlh_rests_on_what_it_made_necessary(
    answers: dict[str, Any], clinician: str | None, supported: bool | None, not_too_low: bool | None
) -> None:
    told = {**DIAGNOSED, **answers, "carhlh_grade": clinician}

    assert assessment_holds("carhlh_grade_supported", told) is supported
    assert assessment_holds("carhlh_grade_not_too_low", told) is not_too_low


def test_the_day_of_death_from_hlh_is_compared_with_no_lower_grade() -> None:
    death = {"end_of_study": [{"key": "x1", "died_on": "2026-03-08", "cause_of_death": "carhlh"}]}

    assert assessment_holds("carhlh_grade_not_too_low", {**DIAGNOSED, "carhlh_grade": "2"}, **death) is None


FIVE_OF_EIGHT = {
    "temperature_c": "38.5",
    "splenomegaly": "yes",
    "haemophagocytosis": "yes",
    "nk_activity_low": "yes",
}


@pytest.mark.parametrize(
    ("signs", "ferritin", "present", "definition", "expected", "words"),
    [
        (FIVE_OF_EIGHT, "500", "yes", None, True, "met (5 of 8 criteria met: "),
        (FIVE_OF_EIGHT, "500", "no", None, False, "met (5 of 8 criteria met: "),
        (FIVE_OF_EIGHT, "499", "yes", None, False, "not met (4 of 8 criteria met: "),
        (FIVE_OF_EIGHT, "499", "no", None, True, "not met (4 of 8 criteria met: "),
        (FIVE_OF_EIGHT, "499", "yes", "hlh_2004", False, "not met (4 of 8 criteria met: "),
        # Not being met says nothing to who used another definition.
        (FIVE_OF_EIGHT, "499", "yes", "cartox_2018", None, "not met (4 of 8 criteria met: "),
        (FIVE_OF_EIGHT, "499", "no", "cartox_2018", True, "not met (4 of 8 criteria met: "),
        (FIVE_OF_EIGHT, None, "yes", None, None, "not met (4 of 8 criteria met: "),
        (FIVE_OF_EIGHT, "500", None, None, None, "met (5 of 8 criteria met: "),
    ],
)
def test_a_definition_is_laid_beside_the_clinicians_diagnosis(
    signs: dict[str, str],
    ferritin: str | None,
    present: str | None,
    definition: str | None,
    expected: bool | None,
    words: str,
) -> None:
    check = _definition(HLH_2004, "hlh_2004", "hlh_2004", "HLH-2004")
    told = {**NONE_OF_IT, **signs, "carhlh_present": present, "carhlh_definition": definition}
    row = assessed(3, **told)
    known = child(assessment=[row], laboratory=[sampled(**{**NORMAL, "ferritin": ferritin})], ranges=RANGES)

    assert check.holds(row_of("assessment", row), known) is expected
    assert check.explain is not None
    assert check.explain(row_of("assessment", row), known).startswith(words)


def test_a_definition_is_named_reads_its_rule_set_and_names_the_blood_around() -> None:
    check = _definition(HLH_2004, "hlh_2004", "hlh_2004", "HLH-2004")
    samples = [
        sampled("2026-03-10", "l3"),
        sampled("2026-03-06", "l1"),
        sampled("2026-03-05", "l0"),
        sampled("2026-03-11", "l4"),
    ]
    blood = ("ferritin", "fibrinogen", "triglycerides", "sil2r", "platelets", "anc", "haemoglobin", "alt", "ast")

    assert (check.id, check.group, check.severity) == ("assessment.hlh_2004_agrees", 31, WARNING)
    assert check.items == ("carhlh_present", "carhlh_definition")
    assert check.uses == ("assessment", *HLH_2004.uses)
    assert check.message == (
        "HLH-2004 is {why}, the clinician says {carhlh_present}. Both are kept; check what it rests on."
    )
    always = [
        ("baseline", "b1", "baseline_ferritin"),
        ("baseline", "b1", "baseline_creatinine"),
        ("infusion", "i1", "infused_on"),
    ]
    assert assessment_anchored(check, {}, laboratory=samples) == [
        *(("laboratory", key, item) for key in ("l3", "l1") for item in blood),
        *always,
    ]
    assert assessment_anchored(check, {"assessed_at": None}, laboratory=samples) == always


def test_the_grade_of_hlh_names_the_dialysis_it_rests_on() -> None:
    support = [{"key": "s1", "kind": "dialysis"}, {"key": "s2", "kind": "icu"}]

    assert assessment_anchored(CHECKS["assessment.carhlh_grade_supported"], {}, support=support) == [
        ("support", "s1", "started_at"),
        ("support", "s1", "ended_at"),
        ("support", "s1", "purpose"),
        ("baseline", "b1", "baseline_renal_replacement"),
        ("baseline", "b1", "baseline_respiratory_support"),
        ("infusion", "i1", "infused_on"),
    ]


def test_an_assessment_without_a_time_meets_no_definition_in_words() -> None:
    check = _definition(HLH_2004, "hlh_2004", "hlh_2004", "HLH-2004")
    row = assessed(3, **{**NONE_OF_IT, "assessed_at": None})
    assert check.explain is not None

    assert check.explain(row_of("assessment", row), child(assessment=[row])) == ""


def test_what_a_check_said_before_it_was_changed_is_of_another_version() -> None:
    """A data query keeps the version that asked it."""
    versions = {name: check.version for name, check in CHECKS.items() if "carhlh" in name or name.endswith("_agrees")}
    assert {name: version for name, version in versions.items() if version > 1} == {
        "assessment.carhlh_ferritin_raised": 3,
        "assessment.carhlh_grade_supported": 3,
        "assessment.carhlh_grade_not_too_low": 3,
        "assessment.cartox_agrees": 2,
    }
    assert _definition(HLH_2004, "hlh_2004", "hlh_2004", "HLH-2004").version == 1
    assert _definition(HLH_2004, "hlh_2004", "hlh_2004", "HLH-2004", version=2).version == 2
