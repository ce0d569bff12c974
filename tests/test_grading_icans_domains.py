"""Each domain of ICANS by itself: lowest and highest grade, the words and what is missing (CLINICAL.md 2.2, D1, D2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bedside import AWAKE, assessed, verdict_on
from forms.grading.icans import ICANS_LITERAL
from forms.grading.icans_signs import (
    CountedTest,
    Signs,
    accepted_tools,
    attributable_test,
    consciousness_part,
    counted_test,
    literal_test,
    motor_part,
    pressure_part,
    seizure_part,
)
from forms.grading.parts import Part

Told = tuple[str, int, int, str, tuple[str, ...]]
OTHER_CAUSE = ("cognition_other_cause",)


def told(part: Part) -> Told:
    return part.name, part.low, part.high, part.words, part.missing


@pytest.mark.parametrize(
    ("tool", "score", "impossible", "other_cause", "expected"),
    [
        ("ice", 3, None, True, ("test", 0, 0, "test score put down to another cause", ())),
        ("ice", 3, True, None, ("test", 4, 4, "no test possible, cannot be roused from ICANS", ())),
        (None, None, None, None, ("test", 0, 3, "", ("instrument",))),
        ("ice", None, None, None, ("test", 0, 3, "", ("ice_total",))),
        ("capd", None, None, None, ("test", 0, 3, "", ("capd_total",))),
        ("age_open", None, None, None, ("test", 0, 3, "", ("enrolment.birth_date",))),
        ("ice", 10, None, None, ("test", 0, 0, "", ())),
        ("ice", 3, False, False, ("test", 2, 2, "ICE 3", ())),
        ("capd", 9, None, None, ("test", 3, 3, "CAPD 9", ())),
    ],
)
def test_the_test_as_printed(
    tool: str | None, score: int | None, impossible: bool | None, other_cause: bool | None, expected: Told
) -> None:
    assert told(literal_test(tool, score, impossible, other_cause)) == expected


IMPOSSIBLE = ("test", 4, 4, "no test possible, cannot be roused from ICANS", ())


@pytest.mark.parametrize(
    ("tool", "score", "baseline", "impossible", "other_cause", "expected"),
    [
        ("capd", 5, None, None, None, ("test", 1, 1, "CAPD 5 (no score before infusion to compare with)", ())),
        ("capd", 5, 5, None, None, ("test", 0, 0, "CAPD 5 is no worse than before infusion", ())),
        ("ice", 8, 8, False, None, ("test", 0, 0, "ICE 8 is no worse than before infusion", ())),
        ("ice", 7, 8, False, None, ("test", 1, 1, "ICE 7", ())),
        ("capd", 10, 9, None, None, ("test", 0, 3, "", OTHER_CAUSE)),
        ("capd", 10, 9, None, False, ("test", 3, 3, "CAPD 10", ())),
        # What could not be tested is compared with nothing.
        ("capd", None, None, True, None, IMPOSSIBLE),
        (None, None, None, True, None, IMPOSSIBLE),
        ("ice", 9, 9, True, None, IMPOSSIBLE),
        ("ice", 0, None, True, None, IMPOSSIBLE),
        ("ice", None, 8, None, None, ("test", 0, 3, "", ("ice_total",))),
        # No grade by the table: no words about before infusion.
        ("ice", 10, None, None, None, ("test", 0, 0, "", ())),
        ("ice", 5, 8, None, True, ("test", 0, 0, "test score put down to another cause", ())),
    ],
)
def test_the_test_where_it_counts_only_when_worse(
    tool: str | None, score: int | None, baseline: int | None, impossible: bool | None, other_cause: bool | None,
    expected: Told,
) -> None:  # fmt: skip
    assert told(attributable_test(tool, score, baseline, impossible, other_cause)) == expected


@pytest.mark.parametrize(
    ("part", "code", "other_cause", "expected"),
    [
        (consciousness_part, "awake", True, ("consciousness", 0, 0, "", ())),
        (consciousness_part, "voice", None, ("consciousness", 2, 2, "awakens to voice", ())),
        (consciousness_part, None, None, ("consciousness", 0, 4, "", ("consciousness",))),
        (
            consciousness_part,
            "voice",
            True,
            ("consciousness", 0, 0, "awakens to voice put down to another cause", ()),
        ),
        (seizure_part, "brief", False, ("seizure", 3, 3, "a seizure that resolved rapidly", ())),
        (seizure_part, None, True, ("seizure", 0, 4, "", ("seizure",))),
        (
            seizure_part,
            "brief",
            True,
            ("seizure", 0, 0, "a seizure that resolved rapidly put down to another cause", ()),
        ),
        (motor_part, "tremor_or_myoclonus", True, ("motor", 0, 0, "tremor and myoclonus are not graded", ())),
        (motor_part, "deep_focal_weakness", None, ("motor", 4, 4, "deep focal weakness", ())),
        (
            motor_part,
            "deep_focal_weakness",
            True,
            ("motor", 0, 0, "deep focal weakness put down to another cause", ()),
        ),
    ],
)
def test_a_sign_of_one_code(
    part: Callable[[str | None, bool | None], Part], code: str | None, other_cause: bool | None, expected: Told
) -> None:
    assert told(part(code, other_cause)) == expected


@pytest.mark.parametrize(
    ("signs", "other_cause", "bleeding", "expected"),
    [
        (None, None, None, (0, 4, "", ("pressure",))),
        (("none",), None, None, (0, 0, "", ())),
        (("focal_edema",), None, None, (3, 3, "focal edema on imaging", ())),
        # The worst sign names itself, in whichever order they stand.
        (("papilledema", "focal_edema"), None, None, (4, 4, "papilledema", ())),
        # Of two of one grade the one that is told first.
        (("diffuse_edema", "papilledema"), None, None, (4, 4, "diffuse cerebral edema", ())),
        (("focal_edema", "diffuse_edema"), None, False, (4, 4, "diffuse cerebral edema", ())),
        (("focal_edema", "diffuse_edema"), None, True, (0, 0, "edema beside a bleeding is not counted", ())),
        (("papilledema",), True, None, (0, 0, "raised pressure or edema put down to another cause", ())),
        (("none",), True, None, (0, 0, "", ())),
    ],
)
def test_raised_pressure_and_edema(
    signs: tuple[str, ...] | None, other_cause: bool | None, bleeding: bool | None, expected: tuple[Any, ...]
) -> None:
    assert told(pressure_part(signs, other_cause, bleeding)) == ("pressure", *expected)


@pytest.mark.parametrize(
    ("is_twelve", "delay", "signs", "expected"),
    [
        # One test fits: it is the one that is missing. None or two fit: which test was done is missing.
        (False, None, {}, CountedTest(tool="capd", score=None)),
        (True, False, {}, CountedTest(tool="ice", score=None)),
        (True, True, {}, CountedTest(tool=None, score=None)),
        (None, False, {}, CountedTest(tool=None, score=None)),
        (None, False, {"instrument": "ice"}, CountedTest(tool="age_open", score=None)),
        (None, False, {"instrument": "none"}, CountedTest(tool=None, score=None)),
        # A test that does not fit is not the other one.
        (False, None, {"instrument": "ice", "ice_total": 3}, CountedTest(tool="capd", score=None)),
        (True, True, {"instrument": "capd", "capd_total": 3}, CountedTest(tool="capd", score=3, baseline=2)),
        (True, False, {"instrument": "ice", "ice_total": 3}, CountedTest(tool="ice", score=3, baseline=10)),
    ],
)
def test_the_test_that_age_and_delay_ask_for_is_the_one_that_counts(
    is_twelve: bool | None, delay: bool | None, signs: dict[str, Any], expected: CountedTest
) -> None:
    assert counted_test(Signs(**signs), accepted_tools(is_twelve, delay), 10, 2) == expected


@pytest.mark.parametrize(
    ("typed", "missing"),
    [
        ({"instrument": "capd"}, ("capd_total", "consciousness")),
        ({"instrument": "ice"}, ("instrument", "consciousness")),
    ],
)
def test_sedation_names_the_test_it_hides(typed: dict[str, str], missing: tuple[str, ...]) -> None:
    birth = {"capd": "2017-08", "ice": "2014-03"}[typed["instrument"]]
    verdict = verdict_on(
        ICANS_LITERAL, {**AWAKE, "sedated": "yes", **typed}, enrolment=[{"key": "e1", "birth_date": birth}]
    )

    assert verdict is not None and verdict.missing == missing


def test_an_assessment_without_a_time_has_its_signs_and_an_open_age() -> None:
    row = {**assessed(3, **AWAKE), "assessed_at": None}

    verdict = verdict_on(ICANS_LITERAL, row)

    assert verdict is not None and verdict.missing == ("enrolment.birth_date",)
