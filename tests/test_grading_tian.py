"""TIAN around a CNS tumor (CLINICAL.md D6): its own signs and the pressure, one unit on each side of 20 mmHg."""

from __future__ import annotations

from typing import Any

import pytest

from bedside import AWAKE, said, verdict_on
from forms.grading.tian import TIAN
from forms.values import NullFlavour

TUMOR = {"cns_tumor": "yes", "tian_signs": "none"}


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({}, ("0", "exact")),
        ({"tian_signs": "mild"}, ("1", "exact")),
        ({"tian_signs": "moderate"}, ("2", "exact")),
        ({"tian_signs": "severe"}, ("3", "exact")),
        ({"tian_signs": "herniation"}, ("4", "exact")),
        ({"intracranial_pressure_mmhg": "19.9"}, ("0", "exact")),
        ({"intracranial_pressure_mmhg": "20.0"}, ("0", "exact")),
        ({"intracranial_pressure_mmhg": "20.1"}, ("3", "at_least")),
        ({"intracranial_pressure_mmhg": "20.1", "pressure_refractory": "no"}, ("3", "exact")),
        ({"intracranial_pressure_mmhg": "20.1", "pressure_refractory": "yes"}, ("4", "exact")),
        ({"pressure_refractory": "yes"}, ("4", "exact")),
        ({"tian_signs": "herniation", "intracranial_pressure_mmhg": "30"}, ("4", "exact")),
        ({"tian_signs": None}, ("0", "at_least")),
        ({"tian_signs": None, "intracranial_pressure_mmhg": "30", "pressure_refractory": "no"}, ("3", "at_least")),
    ],
)
def test_signs_and_pressure_make_the_grade(answers: dict[str, Any], expected: tuple[str, str]) -> None:
    assert said(verdict_on(TIAN, {**TUMOR, **answers})) == expected


@pytest.mark.parametrize("answers", [{}, {"cns_tumor": "no", "tian_signs": "severe"}])
def test_a_child_without_a_cns_tumor_has_no_tian_grade(answers: dict[str, Any]) -> None:
    assert verdict_on(TIAN, {**AWAKE, **answers}) is None


def test_an_old_palsy_is_grade_4_by_icans_and_nothing_by_tian() -> None:
    assert said(verdict_on(TIAN, {**AWAKE, **TUMOR, "pressure": "sixth_nerve_palsy"})) == ("0", "exact")


ABOVE, DESPITE = "pressure above 20 mmHg", "pressure above 20 mmHg despite drainage"


@pytest.mark.parametrize(
    ("answers", "because", "missing", "details"),
    [
        ({}, "grade 0: no sign", (), {"signs": "0", "pressure": "0"}),
        (
            {"tian_signs": "severe"},
            "grade 3: severe signs that may affect heart or breathing",
            (),
            {"signs": "3", "pressure": "0"},
        ),
        (
            {"tian_signs": None},
            "at least grade 0: no sign",
            ("tian_signs",),
            {"signs": "undetermined", "pressure": "0"},
        ),
        (
            {"intracranial_pressure_mmhg": "30"},
            f"at least grade 3: {ABOVE}",
            ("pressure_refractory",),
            {"signs": "0", "pressure": "at_least_3"},
        ),
        (
            {"intracranial_pressure_mmhg": "30", "pressure_refractory": "no"},
            f"grade 3: {ABOVE}",
            (),
            {"signs": "0", "pressure": "3"},
        ),
        ({"pressure_refractory": "yes"}, f"grade 4: {DESPITE}", (), {"signs": "0", "pressure": "4"}),
        # Grade 4 by the pressure: no sign could make it more.
        (
            {"pressure_refractory": "yes", "tian_signs": None},
            f"grade 4: {DESPITE}",
            (),
            {"signs": "undetermined", "pressure": "4"},
        ),
        ({"intracranial_pressure_mmhg": NullFlavour.NOT_DONE}, "grade 0: no sign", (), {"signs": "0", "pressure": "0"}),
    ],
)
def test_the_words_the_missing_answers_and_both_parts(
    answers: dict[str, Any], because: str, missing: tuple[str, ...], details: dict[str, str]
) -> None:
    verdict = verdict_on(TIAN, {**TUMOR, **answers})

    assert verdict is not None
    assert (verdict.because, verdict.missing, verdict.details) == (because, missing, details)
