"""The checks of an assessment on every side: possible values, sums, age, and grades beside what the signs give."""

from __future__ import annotations

from typing import Any

import pytest

from bedside import QUIET, assessed, child, row_of
from forms.casebook import CASEBOOK
from forms.casebook.assessment_agreement_rules import _disagreements, _uses, grades_apart
from forms.context import Context
from forms.form import Anchor
from forms.grading.crs import CRS
from forms.grading.icans import ICANS_ATTRIBUTABLE
from forms.items import SOFT, WARNING
from forms.values import Row
from one_check import CHECKS, assessment_anchored, assessment_holds


@pytest.mark.parametrize(
    ("name", "answers", "expected"),
    [
        ("celsius", {"temperature_c": "38.5"}, True),
        ("celsius", {"temperature_c": "60"}, False),
        ("celsius", {"temperature_c": "59.9"}, True),
        ("celsius", {}, None),
        ("saturation_plausible", {"spo2_percent": "40"}, True),
        ("saturation_plausible", {"spo2_percent": "39"}, False),
        ("saturation_plausible", {}, None),
        ("systolic_above_diastolic", {"systolic_mmhg": "81", "diastolic_mmhg": "80"}, True),
        ("systolic_above_diastolic", {"systolic_mmhg": "80", "diastolic_mmhg": "80"}, False),
        ("systolic_above_diastolic", {"systolic_mmhg": "80"}, None),
        ("systolic_above_diastolic", {"diastolic_mmhg": "80"}, None),
        ("high_flow_has_flow", {"oxygen_mode": "high_flow"}, False),
        ("high_flow_has_flow", {"oxygen_mode": "high_flow", "oxygen_flow_l_min": "8"}, True),
        ("high_flow_has_flow", {"oxygen_mode": "nasal_cannula"}, None),
        ("high_flow_has_flow", {}, None),
    ],
)
def test_a_value_is_possible(name: str, answers: dict[str, str], expected: bool | None) -> None:
    assert assessment_holds(name, answers) is expected


@pytest.mark.parametrize(
    ("mean", "high", "low", "expected"),
    [
        ("80", "100", "60", True),
        ("100", "100", "60", True),
        ("101", "100", "60", False),
        ("60", "100", "60", True),
        ("59", "100", "60", False),
        ("101", "100", None, False),
        ("100", "100", None, True),
        ("59", None, "60", False),
        ("60", None, "60", True),
        ("80", None, None, None),
        (None, "100", "60", None),
    ],
)
def test_a_mean_pressure_lies_between(
    mean: str | None, high: str | None, low: str | None, expected: bool | None
) -> None:
    answers = {"mean_arterial_mmhg": mean, "systolic_mmhg": high, "diastolic_mmhg": low}

    assert assessment_holds("mean_between", answers) is expected


ITEMS = CASEBOOK["assessment"].items


def test_the_parts_of_a_test_make_its_score() -> None:
    ice_names = [name for name in ITEMS if name.startswith("ice_") and name != "ice_total"]
    capd_names = [name for name in ITEMS if name.startswith("capd_") and name != "capd_total"]
    assert (len(ice_names), len(capd_names)) == (5, 8)
    ones, twos = dict.fromkeys(ice_names, "1"), dict.fromkeys(capd_names, "2")

    said = [assessment_holds("ice_adds_up", {**ones, "ice_total": total}) for total in ("5", "6", None)]
    assert said == [True, False, None]
    assert assessment_holds("ice_adds_up", {**ones, ice_names[0]: None, "ice_total": "6"}) is None
    said = [assessment_holds("capd_adds_up", {**twos, "capd_total": total}) for total in ("16", "15", None)]
    assert said == [True, False, None]
    assert assessment_holds("capd_adds_up", {**twos, capd_names[-1]: None, "capd_total": "15"}) is None


@pytest.mark.parametrize(
    ("birth", "delay", "answers", "expected"),
    # Twelve years are completed on 8 March 2026 by who was born on 8 March 2014.
    [
        ("2014-03-08", "no", {"instrument": "ice"}, True),
        ("2014-03-09", "no", {"instrument": "ice"}, False),
        ("2014-03-09", "no", {"instrument": "capd"}, True),
        ("2014-03-08", "no", {"instrument": "capd"}, False),
        ("2014-03-08", "yes", {"instrument": "capd"}, True),
        ("2014-03-08", None, {"instrument": "capd"}, None),
        ("2014-03-09", "no", {"instrument": "ice", "instrument_reason": "language"}, True),
        ("2014-03", "no", {"instrument": "ice"}, None),
        (None, "no", {"instrument": "ice"}, None),
        ("2014-03-09", "no", {"instrument": None}, None),
        ("2014-03-09", "no", {"instrument": "ice", "assessed_at": None}, None),
    ],
)
def test_the_test_fits_the_age(
    birth: str | None, delay: str | None, answers: dict[str, Any], expected: bool | None
) -> None:
    rows = {
        "enrolment": [{"key": "e1", "birth_date": birth}],
        "baseline": [{"key": "b1", "developmental_delay": delay}],
    }

    assert assessment_holds("tool_fits_age", answers, **rows) is expected
    assert assessment_anchored(CHECKS["assessment.tool_fits_age"], answers, **rows) == [
        ("enrolment", "e1", "birth_date"),
        ("baseline", "b1", "developmental_delay"),
    ]


FEVER = {**QUIET, "temperature_c": "38.5"}
PRESSOR = {**FEVER, "hypotension": "yes", "hypotension_proof": "treated", "vasoactives": "norepinephrine"}


@pytest.mark.parametrize(
    ("signs", "grade", "apart"),
    [
        (PRESSOR, "3", 0),
        (PRESSOR, "1", 2),
        (PRESSOR, "4", 1),
        (QUIET, "2", 2),
        # At least 2: only a grade below it is apart.
        ({**FEVER, "oxygen_mode": "high_flow"}, "0", 2),
        ({**FEVER, "oxygen_mode": "high_flow"}, "1", 1),
        ({**FEVER, "oxygen_mode": "high_flow"}, "4", 0),
        # Nothing to compare: no grade, none of the signs, and 5, which stands on a death.
        (PRESSOR, None, None),
        ({}, "2", None),
        (PRESSOR, "5", None),
    ],
)
def test_a_grade_lies_apart_from_the_signs(signs: dict[str, str], grade: str | None, apart: int | None) -> None:
    row = row_of("assessment", assessed(3, **signs, crs_grade=grade))

    assert grades_apart(row, child(assessment=[]), "crs_grade", CRS) == apart
    far, near = _disagreements("CRS", "crs_grade", CRS, ("temperature_c",), 25, None)
    said = [check.holds(row, child(assessment=[])) for check in (far, near)]
    assert said == ([None, None] if apart is None else [apart < 2, apart != 1])


def test_a_day_of_death_from_the_toxicity_is_compared_with_no_grade() -> None:
    death = {"end_of_study": [{"key": "x1", "died_on": "2026-03-08", "cause_of_death": "crs"}]}
    row = row_of("assessment", assessed(3, **PRESSOR, crs_grade="3"))

    assert grades_apart(row, child(assessment=[], **death), "crs_grade", CRS) is None


def test_a_disagreement_is_named_after_its_scale_and_reads_what_its_rule_set_reads() -> None:
    def compared_with(row: Row, context: Context) -> tuple[Anchor, ...]:
        return ()

    far, near = _disagreements("CRS", "crs_grade", CRS, ("temperature_c",), 25, compared_with)
    common = (25, ("crs_grade", "temperature_c"), _uses(CRS), compared_with)

    assert (far.id, far.severity) == ("assessment.crs_far_from_signs", SOFT)
    assert (near.id, near.severity) == ("assessment.crs_near_signs", WARNING)
    assert [(one.group, one.items, one.uses, one.also) for one in (far, near)] == [common, common]
    assert (
        far.message
        == near.message
        == ("CRS by the clinician {crs_grade}, by the signs {why}. Correct a sign, or say why.")
    )
    row = row_of("assessment", assessed(3, **PRESSOR, crs_grade="1"))
    assert far.explain is not None and far.explain(row, child(assessment=[])) == "3: one vasopressor"
    assert _uses(CRS) == ("assessment", *CRS.uses)
    assert _uses(ICANS_ATTRIBUTABLE) == ICANS_ATTRIBUTABLE.uses


def test_what_a_grade_was_compared_with_is_named() -> None:
    course = {"key": "c1", "given": "yes", "started_at": "2026-03-10 18:00"}
    agent = {"key": "m1", "agent": "tocilizumab", "started_at": "2026-03-09"}
    crs = assessment_anchored(
        CHECKS["assessment.crs_far_from_signs"], {}, anakinra_course=[course], concomitant_agent=[agent]
    )
    icans = assessment_anchored(CHECKS["assessment.icans_far_from_signs"], {})

    assert crs == [
        ("baseline", "b1", "baseline_respiratory_support"),
        ("infusion", "i1", "infused_on"),
        ("anakinra_course", "c1", "started_at"),
        ("anakinra_course", "c1", "stopped_at"),
        ("concomitant_agent", "m1", "agent"),
        ("concomitant_agent", "m1", "started_at"),
        ("concomitant_agent", "m1", "stopped_at"),
    ]
    assert icans == [
        ("enrolment", "e1", "birth_date"),
        ("baseline", "b1", "developmental_delay"),
        ("baseline", "b1", "baseline_ice"),
        ("baseline", "b1", "baseline_capd"),
    ]
    assert assessment_anchored(CHECKS["assessment.hypotension_fits_pressure"], {}) == [
        ("enrolment", "e1", "birth_date")
    ]
    assert CHECKS["assessment.tian_far_from_signs"].also is None
    unlinked = assessment_anchored(CHECKS["assessment.crs_far_from_signs"], {"infusion": None})
    assert ("infusion", "i1", "infused_on") in unlinked


@pytest.mark.parametrize(
    ("systolic", "answers", "expected", "side"),
    # PALS, 8 years: low below 86.
    [
        ("85", {"hypotension": "no"}, False, "below"),
        ("86", {"hypotension": "no"}, True, "not below"),
        ("85", {"hypotension": "yes"}, True, "below"),
        ("85", {"hypotension": "yes", "hypotension_proof": "repeated", "vasoactives": "none"}, True, "below"),
        ("86", {"hypotension": "yes", "hypotension_proof": "repeated", "vasoactives": "none"}, False, "not below"),
        # A pressure under treatment may be normal.
        ("86", {"hypotension": "yes", "hypotension_proof": "treated", "vasoactives": "none"}, None, "not below"),
        (
            "86",
            {"hypotension": "yes", "hypotension_proof": "repeated", "vasoactives": "norepinephrine"},
            None,
            "not below",
        ),
        ("86", {"hypotension": "yes", "vasoactives": "none"}, None, "not below"),
        ("86", {"hypotension": "yes", "hypotension_proof": "repeated"}, None, "not below"),
        ("86", {}, None, "not below"),
        (None, {"hypotension": "no"}, None, "not below"),
    ],
)
def test_hypotension_fits_the_pressure(
    systolic: str | None, answers: dict[str, str], expected: bool | None, side: str
) -> None:
    signs = {"systolic_mmhg": systolic, **answers}
    explain = CHECKS["assessment.hypotension_fits_pressure"].explain
    assert explain is not None

    assert assessment_holds("hypotension_fits_pressure", signs) is expected
    assert explain(row_of("assessment", assessed(3, **signs)), child()) == side


@pytest.mark.parametrize("item", ["crs_grade", "icans_grade", "carhlh_grade", "tian_grade"])
def test_a_grade_of_5_has_a_death(item: str) -> None:
    dead = {"end_of_study": [{"key": "x1", "died_on": "2026-04"}]}

    assert assessment_holds("fatal_grade_has_death", {item: "5"}) is False
    assert assessment_holds("fatal_grade_has_death", {item: "5"}, **dead) is True
    assert assessment_holds("fatal_grade_has_death", {item: "4"}) is None
