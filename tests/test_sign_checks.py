"""The checks of raw signs beside a grade, every side of them: right, wrong, cannot tell (CLINICAL.md 5, 26 to 30)."""

from __future__ import annotations

from typing import Any

import pytest

from bedside import assessed, child, row_of
from check_tables import checks
from forms.form import Anchor

CHECKS = checks()


def holds(name: str, answers: dict[str, Any], **rows: Any) -> bool | None:
    """Return what a check of the assessment says of an assessment of day 3."""
    return CHECKS[f"assessment.{name}"].holds(row_of("assessment", assessed(3, **answers)), child(**rows))


COLD = {"temperature_c": "37.9", "crs_grade": "1", "anticytokine_given": "no"}
ANAKINRA = {"key": "c1", "given": "yes", "started_at": "2026-03-08 06:00"}


@pytest.mark.parametrize(
    ("answers", "rows", "expected"),
    # The assessment is of 8 March at 6:00. CRS begins with a fever of 38.0 or more.
    [
        (COLD, {}, False),
        ({**COLD, "temperature_c": "38.0"}, {}, True),
        ({**COLD, "crs_grade": "0"}, {}, None),
        ({**COLD, "crs_grade": None}, {}, None),
        ({**COLD, "temperature_c": None}, {}, None),
        ({**COLD, "anticytokine_given": None}, {}, None),
        ({**COLD, "anticytokine_given": "yes"}, {}, None),
        ({**COLD, "assessed_at": None}, {}, None),
        # A drug that hides fever, given by then.
        (COLD, {"anakinra_course": [ANAKINRA]}, None),
        (COLD, {"anakinra_course": [{**ANAKINRA, "started_at": "2026-03-08 06:01"}]}, False),
        ({**COLD, "temperature_c": "38.0"}, {"anakinra_course": [ANAKINRA]}, True),
        # Fever before, CRS before, or a day before on which nobody measured.
        (COLD, {"assessment": [assessed(2, temperature_c="38.0")]}, True),
        (COLD, {"assessment": [assessed(2, temperature_c="37.9")]}, False),
        (COLD, {"assessment": [assessed(2, temperature_c="37.9", crs_grade="1")]}, None),
        (COLD, {"assessment": [assessed(2, temperature_c="37.9", crs_grade="0")]}, False),
        (COLD, {"assessment": [assessed(2)]}, None),
        (COLD, {"assessment": [assessed(2), assessed(1, temperature_c="38.0")]}, True),
        # What comes at the same time or later does not count, nor what belongs to another infusion.
        (COLD, {"assessment": [assessed(3, temperature_c="39", crs_grade="2")]}, False),
        (COLD, {"assessment": [{**assessed(3), "key": "z"}]}, False),
        (COLD, {"assessment": [assessed(4, temperature_c="39", crs_grade="2"), assessed(5)]}, False),
        (COLD, {"assessment": [{**assessed(2, temperature_c="39"), "infusion": "i0"}], "infusion": [
            {"key": "i1", "infused_on": "2026-03-05"}, {"key": "i0", "infused_on": "2025-03-05"},
        ]}, False),
        # The first fever, the first grade, the first day without a temperature.
        (COLD, {"assessment": [assessed(2, temperature_c="38.5"), assessed(4, temperature_c="39")]}, True),
        (COLD, {"assessment": [assessed(2, 6), assessed(4, 6)]}, None),
        (
            COLD,
            {
                "assessment": [
                    assessed(2, temperature_c="37", crs_grade="1"),
                    assessed(4, temperature_c="37", crs_grade="1"),
                ]
            },
            None,
        ),
    ],
)  # fmt: skip
def test_crs_begins_with_fever(answers: dict[str, Any], rows: dict[str, Any], expected: bool | None) -> None:
    assert holds("crs_begins_with_fever", answers, **rows) is expected


def test_what_was_compared_for_fever_is_named() -> None:
    agent = {"key": "m1", "agent": "tocilizumab", "started_at": "2026-03-09"}
    known = child(anakinra_course=[ANAKINRA], concomitant_agent=[agent])
    also = CHECKS["assessment.crs_begins_with_fever"].also
    assert also is not None

    assert also(row_of("assessment", assessed(3, **COLD)), known) == (
        Anchor(form="infusion", key="i1", item="infused_on"),
        Anchor(form="anakinra_course", key="c1", item="started_at"),
        Anchor(form="concomitant_agent", key="m1", item="agent"),
        Anchor(form="concomitant_agent", key="m1", item="started_at"),
    )
    unlinked = row_of("assessment", {**assessed(3, **COLD), "infusion": None})
    assert also(unlinked, known)[0] == Anchor(form="infusion", key="i1", item="infused_on")


@pytest.mark.parametrize(
    ("grade", "drugs", "more", "expected"),
    # 2.1: one vasopressor makes grade 3, two make grade 4; vasopressin alone counts as grade 3.
    [
        ("2", "norepinephrine", {}, False),
        ("3", "norepinephrine", {}, True),
        ("3", "norepinephrine;epinephrine", {}, False),
        ("4", "norepinephrine;epinephrine", {}, True),
        ("3", "norepinephrine;vasopressin", {}, True),
        ("2", "vasopressin", {}, False),
        ("3", "vasopressin", {}, True),
        ("0", "none", {}, True),
        ("0", "milrinone", {}, True),
        ("2", "norepinephrine", {"hypotension_other_cause": "yes"}, None),
        ("2", "norepinephrine", {"hypotension_other_cause": "no"}, False),
        ("2", "norepinephrine", {"vasoactive_for_sedation": "yes"}, None),
        ("2", "norepinephrine", {"vasoactive_for_sedation": "no"}, False),
        (None, "norepinephrine", {}, None),
        ("2", None, {}, None),
    ],
)
def test_vasopressors_fit_the_grade(
    grade: str | None, drugs: str | None, more: dict[str, str], expected: bool | None
) -> None:
    assert holds("vasopressors_fit_grade", {"crs_grade": grade, "vasoactives": drugs, **more}) is expected


@pytest.mark.parametrize(
    ("drugs", "expected"),
    [
        ("vasopressin", False),
        ("vasopressin;milrinone", False),
        ("vasopressin;norepinephrine", True),
        ("norepinephrine", None),
        (None, None),
    ],
)
def test_vasopressin_is_not_alone(drugs: str | None, expected: bool | None) -> None:
    assert holds("vasopressin_alone", {"vasoactives": drugs}) is expected


@pytest.mark.parametrize(
    ("mode", "grade", "reason", "expected"),
    [
        ("invasive", "3", None, False),
        ("ecmo", "3", None, False),
        ("invasive", "3", "airway", True),
        ("invasive", "4", None, None),
        ("invasive", None, None, None),
        ("bipap", "3", None, None),
        (None, "3", None, None),
    ],
)
def test_ventilation_below_grade_4_has_a_reason(
    mode: str | None, grade: str | None, reason: str | None, expected: bool | None
) -> None:
    answers = {"oxygen_mode": mode, "crs_grade": grade, "ventilation_reason": reason}

    assert holds("ventilation_has_reason", answers) is expected


@pytest.mark.parametrize(
    ("reason", "delay", "expected"),
    [
        ("developmental_delay", "no", False),
        ("developmental_delay", "yes", True),
        ("developmental_delay", None, None),
        ("language", "no", None),
        (None, "no", None),
    ],
)
def test_a_test_chosen_for_delay_has_the_delay_on_the_baseline(
    reason: str | None, delay: str | None, expected: bool | None
) -> None:
    baseline = [{"key": "b1", "developmental_delay": delay}]
    also = CHECKS["assessment.delay_on_baseline"].also
    assert also is not None

    assert holds("delay_on_baseline", {"instrument_reason": reason}, baseline=baseline) is expected
    assert also({}, child(baseline=baseline)) == (Anchor(form="baseline", key="b1", item="developmental_delay"),)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"ice_total": "0"}, False),
        ({"ice_total": "0", "consciousness": "awake"}, True),
        ({"ice_total": "1"}, None),
        ({}, None),
        ({"ice_total": "0", "test_impossible": "yes"}, None),
        ({"ice_total": "0", "test_impossible": "no"}, False),
    ],
)
def test_an_ice_of_0_has_the_level_of_consciousness(answers: dict[str, Any], expected: bool | None) -> None:
    assert holds("ice_zero_has_consciousness", answers) is expected


QUIET = {"seizure": "none", "motor": "none", "pressure": "none", "consciousness": "awake"}


@pytest.mark.parametrize(
    ("answers", "expected"),
    # 2.2: unarousable, a seizure over 5 minutes, deep weakness or raised pressure make grade 4.
    [
        (QUIET, False),
        ({**QUIET, "consciousness": "unarousable"}, True),
        ({**QUIET, "consciousness": "tactile"}, False),
        ({**QUIET, "consciousness": "unarousable", "consciousness_other_cause": "yes"}, False),
        ({**QUIET, "seizure": "prolonged"}, True),
        ({**QUIET, "seizure": "brief"}, False),
        ({**QUIET, "seizure": "prolonged", "seizure_other_cause": "yes"}, False),
        ({**QUIET, "motor": "deep_focal_weakness"}, True),
        ({**QUIET, "motor": "deep_focal_weakness", "motor_other_cause": "yes"}, False),
        ({**QUIET, "pressure": "diffuse_edema"}, True),
        ({**QUIET, "pressure": "focal_edema"}, False),
        ({**QUIET, "pressure": "diffuse_edema", "pressure_other_cause": "yes"}, False),
        ({**QUIET, "pressure": "diffuse_edema", "intracranial_bleeding": "yes"}, False),
        ({**QUIET, "test_impossible": "yes"}, True),
        ({**QUIET, "test_impossible": "no"}, False),
        # A sign that is not answered could make it.
        *(({**QUIET, name: None}, None) for name in QUIET),
        ({**QUIET, "seizure": None, "motor": "deep_focal_weakness"}, True),
    ],
)
def test_grade_4_of_icans_has_a_sign(answers: dict[str, Any], expected: bool | None) -> None:
    assert holds("icans_4_has_sign", {**answers, "icans_grade": "4"}) is expected
    assert holds("icans_4_has_sign", {**answers, "icans_grade": "3"}) is None
    assert holds("icans_4_has_sign", answers) is None


@pytest.mark.parametrize(
    ("name", "sign", "other_cause"),
    [("seizure_fits_icans", {"seizure": "brief"}, "seizure_other_cause"),
     ("seizure_fits_icans", {"seizure": "prolonged"}, "seizure_other_cause"),
     ("edema_fits_icans", {"pressure": "focal_edema"}, "pressure_other_cause"),
     ("edema_fits_icans", {"pressure": "diffuse_edema"}, "intracranial_bleeding")],
)  # fmt: skip
def test_a_seizure_or_an_edema_makes_grade_3_at_least(name: str, sign: dict[str, str], other_cause: str) -> None:
    told = {grade: holds(name, {**sign, "icans_grade": grade}) for grade in ("2", "3", "4", None)}

    assert told == {"2": False, "3": True, "4": True, None: None}
    assert holds(name, {**sign, "icans_grade": "2", other_cause: "yes"}) is None
    # The other sign says nothing about it, nor does its absence.
    assert holds(name, {"icans_grade": "2", "motor": "deep_focal_weakness"}) is None
    assert holds(name, {"icans_grade": "2", "seizure": "none", "pressure": "none"}) is None


SEDATED = {"sedated": "yes", "icans_grade": "2", "seizure": "none", "motor": "none", "pressure": "none"}


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (SEDATED, False),
        ({**SEDATED, "sedated": "no"}, None),
        ({**SEDATED, "sedated": None}, None),
        ({**SEDATED, "icans_grade": None}, None),
        ({**SEDATED, "seizure": "brief"}, True),
        ({**SEDATED, "motor": "deep_focal_weakness"}, True),
        ({**SEDATED, "pressure": "focal_edema"}, True),
        ({**SEDATED, "seizure": "brief", "seizure_other_cause": "yes"}, False),
        ({**SEDATED, "seizure": None}, None),
        ({**SEDATED, "pressure": None}, None),
        ({**SEDATED, "seizure": None, "motor": "deep_focal_weakness"}, True),
    ],
)
def test_a_sedated_child_has_a_grade_by_what_sedation_leaves_visible_only(
    answers: dict[str, Any], expected: bool | None
) -> None:
    assert holds("sedated_without_grade", answers) is expected
