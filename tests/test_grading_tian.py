"""TIAN around a CNS tumor (CLINICAL.md D6): its own signs and the pressure, one unit on each side of 20 mmHg."""

from __future__ import annotations

from typing import Any

import pytest

from bedside import AWAKE, said, verdict_on
from forms.grading.tian import TIAN

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
