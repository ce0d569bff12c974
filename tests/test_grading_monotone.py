"""A worse sign never makes a better grade, whatever the other signs are (sedation excepted: it hides some)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.code_lists import OXYGEN_MODES
from forms.grading import crs, icans, tian
from forms.grading.crs_signs import Signs as CrsSigns
from forms.grading.icans_signs import CountedTest
from forms.grading.icans_signs import Signs as IcansSigns
from forms.rule_set import Verdict

# Each sign from the best to the worst.
CRS_SIGNS: dict[str, tuple[Any, ...]] = {
    "temperature_c": tuple(map(Decimal, ("36.5", "37.9", "38.0", "40.0"))),
    "fever_other_cause": (True, False),
    "hypotension": (False, True),
    "hypotension_proof": (("single",), ("repeated",), ("repeated", "treated")),
    "hypotension_other_cause": (True, False),
    "vasoactives": (
        ("none",),
        ("milrinone",),
        ("vasopressin", "milrinone"),
        ("norepinephrine", "vasopressin", "milrinone"),
        ("norepinephrine", "epinephrine", "vasopressin", "milrinone"),
    ),
    "vasoactive_for_sedation": (True, False),
    "oxygen_mode": tuple(OXYGEN_MODES.labels),
    "oxygen_flow_l_min": tuple(map(Decimal, ("0.1", "6", "6.01", "40"))),
    "ventilation_reason": ("procedure", "hypoxia"),
    "hypoxia_other_cause": (True, False),
    "baseline_support": ("bipap", "room_air"),
}
ICANS_SIGNS: dict[str, tuple[Any, ...]] = {
    "test_impossible": (False, True),
    "cognition_other_cause": (True, False),
    "consciousness": ("awake", "voice", "tactile", "unarousable"),
    "consciousness_other_cause": (True, False),
    "seizure": ("none", "brief", "nonconvulsive", "prolonged", "repetitive"),
    "seizure_other_cause": (True, False),
    "motor": ("none", "tremor_or_myoclonus", "deep_focal_weakness"),
    "motor_other_cause": (True, False),
    "pressure": (("none",), ("focal_edema",), ("focal_edema", "diffuse_edema"), ("diffuse_edema", "papilledema")),
    "pressure_other_cause": (True, False),
    "intracranial_bleeding": (True, False),
}
TIAN_SIGNS: dict[str, tuple[Any, ...]] = {
    "tian_signs": ("none", "mild", "moderate", "severe", "herniation"),
    "pressure_mmhg": tuple(map(Decimal, ("5", "20", "20.1", "60"))),
    "pressure_refractory": (False, True),
}


def signs_and_a_worse_one(orders: dict[str, tuple[Any, ...]], sign: str) -> st.SearchStrategy[tuple[Any, Any]]:
    """Return a strategy of answers and the same with one of them one step worse."""
    places = st.fixed_dictionaries(
        {name: st.integers(0, len(order) - (2 if name == sign else 1)) for name, order in orders.items()}
    )

    def pair(places: dict[str, int]) -> tuple[dict[str, Any], dict[str, Any]]:
        before = {name: orders[name][place] for name, place in places.items()}
        return before, {**before, sign: orders[sign][places[sign] + 1]}

    return places.map(pair)


def number(verdict: Verdict) -> int:
    assert verdict.value is not None
    return int(verdict.value)


@pytest.mark.parametrize("sign", CRS_SIGNS)
@given(data=st.data(), has_begun=st.booleans(), is_hidden=st.booleans())
def test_crs_rises_with_each_sign(sign: str, data: Any, has_begun: bool, is_hidden: bool) -> None:
    before, after = data.draw(signs_and_a_worse_one(CRS_SIGNS, sign))
    grades = [
        number(crs.grade(CrsSigns(**signs), has_begun=has_begun, is_hidden=is_hidden)) for signs in (before, after)
    ]

    assert grades[0] <= grades[1]


@given(data=st.data())
def test_crs_rises_once_it_has_begun_and_fever_is_hidden(data: Any) -> None:
    before, _ = data.draw(signs_and_a_worse_one(CRS_SIGNS, "temperature_c"))
    steps = [(False, False), (True, False), (True, True)]
    grades = [number(crs.grade(CrsSigns(**before), has_begun=begun, is_hidden=hidden)) for begun, hidden in steps]

    assert grades == sorted(grades)


@pytest.mark.parametrize("grade_of_test", [icans.literal, icans.attributable])
@pytest.mark.parametrize("sign", ICANS_SIGNS)
@given(data=st.data(), capd=st.integers(0, 32), baseline=st.integers(0, 32))
def test_icans_rises_with_each_sign(sign: str, grade_of_test: Any, data: Any, capd: int, baseline: int) -> None:
    before, after = data.draw(signs_and_a_worse_one(ICANS_SIGNS, sign))
    test = CountedTest(tool="capd", score=capd, baseline=baseline)
    grades = [number(icans.grade(IcansSigns(**signs), test, grade_of_test)) for signs in (before, after)]

    assert grades[0] <= grades[1]


@pytest.mark.parametrize("grade_of_test", [icans.literal, icans.attributable])
@pytest.mark.parametrize(("tool", "worst", "step"), [("capd", 31, 1), ("ice", 1, -1)])
@given(data=st.data(), baseline=st.one_of(st.none(), st.integers(0, 10)))
def test_icans_rises_with_the_score_of_the_test(
    tool: str, worst: int, step: int, grade_of_test: Any, data: Any, baseline: int | None
) -> None:
    signs, _ = data.draw(signs_and_a_worse_one(ICANS_SIGNS, "seizure"))
    score = data.draw(st.integers(*sorted((worst, 0 if tool == "capd" else 10))))
    grades = [
        number(icans.grade(IcansSigns(**signs), CountedTest(tool=tool, score=one, baseline=baseline), grade_of_test))
        for one in (score, score + step)
    ]

    assert grades[0] <= grades[1]


@given(data=st.data())
def test_the_attributable_grade_is_never_above_the_literal_one(data: Any) -> None:
    signs, _ = data.draw(signs_and_a_worse_one(ICANS_SIGNS, "seizure"))
    test = CountedTest(tool="capd", score=data.draw(st.integers(0, 32)), baseline=data.draw(st.integers(0, 32)))
    grades = [number(icans.grade(IcansSigns(**signs), test, kind)) for kind in (icans.attributable, icans.literal)]

    assert grades[0] <= grades[1]


@given(data=st.data())
def test_sedation_never_lowers_a_grade_to_0(data: Any) -> None:
    signs, _ = data.draw(signs_and_a_worse_one(ICANS_SIGNS, "seizure"))
    sedated = replace(IcansSigns(**signs), sedated=True)

    verdict = icans.grade(sedated, CountedTest(tool="capd", score=0, baseline=0), icans.attributable)

    assert verdict.value != "0"


@pytest.mark.parametrize("sign", TIAN_SIGNS)
@given(data=st.data())
def test_tian_rises_with_each_sign(sign: str, data: Any) -> None:
    before, after = data.draw(signs_and_a_worse_one(TIAN_SIGNS, sign))
    grades = [number(tian.grade(tian.Signs(**signs))) for signs in (before, after)]

    assert grades[0] <= grades[1]
