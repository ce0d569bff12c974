"""The domains of ICANS on one assessment: test of cognition, consciousness, seizure, motor signs, raised pressure.

A question about another cause that was not answered counts a sign as ICANS. Source: CLINICAL.md 2.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from forms.grading.child import codes_of, count_of, text_of, yes_or_no
from forms.grading.parts import Part, part
from forms.values import Row

ICE_FROM_YEARS = 12
CAPD_POSITIVE = 9
ICE, CAPD = "ice", "capd"
AGE_OPEN = "age_open"
"""Stands for the test where the birth date leaves open which one counts."""
_TOTALS = {ICE: "ice_total", CAPD: "capd_total", AGE_OPEN: "enrolment.birth_date"}
_NAMES = {ICE: "ICE", CAPD: "CAPD"}
_HIGHEST_BY_SCORE = 3

_ELSEWHERE = "put down to another cause"
_CONSCIOUSNESS = {
    "awake": (0, ""),
    "voice": (2, "awakens to voice"),
    "tactile": (3, "awakens only to touch"),
    "unarousable": (4, "unarousable"),
}
_SEIZURES = {
    "none": (0, ""),
    "brief": (3, "a seizure that resolved rapidly"),
    "nonconvulsive": (3, "a nonconvulsive seizure that resolved with treatment"),
    "prolonged": (4, "a seizure longer than 5 minutes"),
    "repetitive": (4, "repetitive seizures without return to baseline"),
}
_MOTOR = {
    "none": (0, ""),
    "tremor_or_myoclonus": (0, "tremor and myoclonus are not graded"),
    "deep_focal_weakness": (4, "deep focal weakness"),
}
_PRESSURE = {
    "none": (0, ""),
    "focal_edema": (3, "focal edema on imaging"),
    "diffuse_edema": (4, "diffuse cerebral edema"),
    "posturing": (4, "decerebrate or decorticate posturing"),
    "sixth_nerve_palsy": (4, "a new cranial nerve VI palsy"),
    "papilledema": (4, "papilledema"),
    "cushing_triad": (4, "Cushing's triad"),
}
_EDEMA = frozenset({"focal_edema", "diffuse_edema"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Signs:
    """What the bedside says about ICANS at one assessment; None where it is missing."""

    sedated: bool | None = None
    instrument: str | None = None
    instrument_reason: str | None = None
    ice_total: int | None = None
    capd_total: int | None = None
    test_impossible: bool | None = None
    cognition_other_cause: bool | None = None
    consciousness: str | None = None
    consciousness_other_cause: bool | None = None
    seizure: str | None = None
    seizure_other_cause: bool | None = None
    motor: str | None = None
    motor_other_cause: bool | None = None
    pressure: tuple[str, ...] | None = None
    pressure_other_cause: bool | None = None
    intracranial_bleeding: bool | None = None


def signs_of(row: Row) -> Signs:
    """Return the signs that an assessment records."""
    return Signs(
        sedated=yes_or_no(row, "sedated"),
        instrument=text_of(row, "instrument"),
        instrument_reason=text_of(row, "instrument_reason"),
        ice_total=count_of(row, "ice_total"),
        capd_total=count_of(row, "capd_total"),
        test_impossible=yes_or_no(row, "test_impossible"),
        cognition_other_cause=yes_or_no(row, "cognition_other_cause"),
        consciousness=text_of(row, "consciousness"),
        consciousness_other_cause=yes_or_no(row, "consciousness_other_cause"),
        seizure=text_of(row, "seizure"),
        seizure_other_cause=yes_or_no(row, "seizure_other_cause"),
        motor=text_of(row, "motor"),
        motor_other_cause=yes_or_no(row, "motor_other_cause"),
        pressure=codes_of(row, "pressure"),
        pressure_other_cause=yes_or_no(row, "pressure_other_cause"),
        intracranial_bleeding=yes_or_no(row, "intracranial_bleeding"),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class CountedTest:
    """The test that counts at an assessment: its score, and the same test's score before infusion."""

    tool: str | None
    score: int | None
    baseline: int | None = None


def accepted_tools(is_twelve: bool | None, has_delay: bool | None) -> tuple[str, ...]:
    """Return the tests that count at an age: ICE from 12 years, CAPD below it or with developmental delay.

    Where the birth date leaves the age open, what counts at both ages.
    """
    if is_twelve is None:
        return (CAPD,) if has_delay else ()
    if not is_twelve:
        return (CAPD,)
    return (CAPD, ICE) if has_delay else (ICE,)


def counted_test(
    signs: Signs, accepted: tuple[str, ...], baseline_ice: int | None, baseline_capd: int | None
) -> CountedTest:
    """Return the test that counts: the one done, if it fits the age or a reason for it is given."""
    scores = {ICE: (signs.ice_total, baseline_ice), CAPD: (signs.capd_total, baseline_capd)}
    tool = signs.instrument
    if tool in scores and (tool in accepted or signs.instrument_reason is not None):
        score, baseline = scores[tool]
        return CountedTest(tool=tool, score=score, baseline=baseline)
    if not accepted and tool in scores:
        return CountedTest(tool=AGE_OPEN, score=None)
    return CountedTest(tool=accepted[0] if len(accepted) == 1 else None, score=None)


@lru_cache(maxsize=4_096)
def literal_test(tool: str | None, score: int | None, is_impossible: bool | None, other_cause: bool | None) -> Part:
    """Return the part of the test as the table is printed."""
    if other_cause is True:
        return part("test", 0, 0, f"test score {_ELSEWHERE}")
    if is_impossible is True:
        return part("test", 4, 4, "no test possible, cannot be roused from ICANS")
    if tool is None or score is None:
        return part("test", 0, _HIGHEST_BY_SCORE, "", (_TOTALS[tool] if tool else "instrument",))
    grade = _grade_of_ice(score) if tool == ICE else _grade_of_capd(score)
    return part("test", grade, grade, f"{_NAMES[tool]} {score}" if grade else "")


def _grade_of_ice(score: int) -> int:
    if score >= 10:
        return 0
    return 1 if score >= 7 else 2 if score >= 3 else 3


def _grade_of_capd(score: int) -> int:
    """Return the grade of a CAPD score; 1 to 8 points are grade 1, and consciousness makes them more."""
    return 3 if score >= CAPD_POSITIVE else int(score >= 1)


@lru_cache(maxsize=16_384)
def attributable_test(
    tool: str | None, score: int | None, baseline: int | None, is_impossible: bool | None, other_cause: bool | None
) -> Part:
    """Return the part of the test where it counts only when worse than before infusion.

    A CAPD that was positive (9 or more) before infusion makes a grade only if the clinician says that the score has no
    other cause. Without a baseline the table counts as printed. Source: CLINICAL.md D1.
    """
    printed = literal_test(tool, score, is_impossible, other_cause)
    if tool is None or score is None or is_impossible is True or printed.low == 0:
        return printed
    if baseline is None:
        return part("test", printed.low, printed.high, f"{printed.words} (no score before infusion to compare with)")
    if not (score < baseline if tool == ICE else score > baseline):
        return part("test", 0, 0, f"{_NAMES[tool]} {score} is no worse than before infusion")
    if tool == CAPD and baseline >= CAPD_POSITIVE and other_cause is None:
        return part("test", 0, printed.high, "", ("cognition_other_cause",))
    return printed


@lru_cache(maxsize=256)
def consciousness_part(state: str | None, other_cause: bool | None) -> Part:
    """Return the part of the level of consciousness; awakening spontaneously adds nothing by itself."""
    return _by_code("consciousness", _CONSCIOUSNESS, state, other_cause)


@lru_cache(maxsize=256)
def seizure_part(kind: str | None, other_cause: bool | None) -> Part:
    """Return the part of seizures."""
    return _by_code("seizure", _SEIZURES, kind, other_cause)


@lru_cache(maxsize=256)
def motor_part(signs: str | None, other_cause: bool | None) -> Part:
    """Return the part of motor signs."""
    return _by_code("motor", _MOTOR, signs, other_cause)


@lru_cache(maxsize=1_024)
def pressure_part(signs: tuple[str, ...] | None, other_cause: bool | None, is_bleeding: bool | None) -> Part:
    """Return the part of raised pressure and edema; edema beside an intracranial bleeding does not count."""
    if signs is None:
        return part("pressure", 0, 4, "", ("pressure",))
    found = [_PRESSURE[sign] for sign in signs if sign in _PRESSURE and not (is_bleeding and sign in _EDEMA)]
    grade, words = max(found, key=lambda pair: pair[0], default=(0, "edema beside a bleeding is not counted"))
    if grade and other_cause is True:
        return part("pressure", 0, 0, f"raised pressure or edema {_ELSEWHERE}")
    return part("pressure", grade, grade, words)


def _by_code(name: str, table: dict[str, tuple[int, str]], code: str | None, other_cause: bool | None) -> Part:
    if code not in table:
        return part(name, 0, 4, "", (name,))
    grade, words = table[code]
    if grade and other_cause is True:
        return part(name, 0, 0, f"{words} {_ELSEWHERE}")
    return part(name, grade, grade, words)
