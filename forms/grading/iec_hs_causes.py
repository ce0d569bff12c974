"""The grade of a diagnosed IEC-HS, version 3: hypotension and breathing have causes of their own.

Recalled, not verified. Source: CLINICAL.md 2.3, D7.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from forms.grading.iec_hs_breathing import IEC_HS_GRADE_2, breathing_beyond_home
from forms.grading.iec_hs_grade import Signs, circulation, judge_iec_hs_grade, never_of_crs
from forms.grading.parts import Part, combined, part
from forms.rule_set import Verdict


def grade_by_cause(signs: Signs) -> Verdict:
    """Return the grade of one assessment at which IEC-HS was diagnosed."""
    of_pressure = _unless_crs(
        circulation(signs),
        signs.crs_is_present,
        has_other_cause=signs.hypotension_has_other_cause,
        without_answer="hypotension" if signs.hypotension is None else "",
    )
    of_oxygen = _unless_crs(
        breathing_beyond_home(signs),
        signs.crs_is_present,
        has_other_cause=signs.hypoxia_has_other_cause,
        without_answer="oxygen_mode" if signs.oxygen_mode is None else "",
    )
    return combined(*never_of_crs(signs), of_pressure, of_oxygen)


def _unless_crs(sign: Part, crs_is_present: bool | None, *, has_other_cause: bool, without_answer: str) -> Part:
    """Return a part that does not count where CRS explains it, and is open where it may.

    Another cause is asked only of a sign that is answered: ``without_answer`` names the item that is not, for which it
    may still be given.
    """
    if has_other_cause or crs_is_present is False or not sign.high:
        return sign
    if crs_is_present and not without_answer:
        return part(sign.name, 0, 0)
    item = without_answer if crs_is_present else "crs_grade"
    return part(sign.name, 0, sign.high, missing=tuple(dict.fromkeys((*sign.missing, item))))


IEC_HS_GRADE = replace(
    IEC_HS_GRADE_2,
    version="3",
    decisions=(
        *IEC_HS_GRADE_2.decisions,
        "Another cause that was given for hypotension says nothing of breathing, nor the other way round.",
        "A grade of CRS of at least 0 leaves open whether CRS explains a sign; so does a sign without an answer, since "
        "another cause is asked only of one that has one.",
    ),
    changed="Another cause than CRS given for hypotension no longer makes breathing count, nor the other way round. "
    "Where the signs of CRS leave its grade at least 0, hypotension and breathing are left open; they counted. A drug "
    "against hypotension that CRS explains leaves nothing open where hypotension was answered, and a lower bound where "
    "it was not.",
    judge_child=partial(judge_iec_hs_grade, of_signs=grade_by_cause),
)
