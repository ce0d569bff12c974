"""The checks of the diagnosis of HLH-like toxicity against ferritin, the definitions and its grade (group 31).

They only warn: the diagnosis is the clinician's, and what the definitions give is kept beside it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial

from forms.anchors import anchors_of
from forms.context import Context
from forms.form import Anchor, Check
from forms.grading.cartox import CARTOX
from forms.grading.child import count_of, text_of, yes_or_no
from forms.grading.hlh_2004 import HLH_2004
from forms.grading.hlh_findings import MET, WINDOW_DAYS
from forms.grading.iec_hs_before import IEC_HS
from forms.grading.iec_hs_causes import IEC_HS_GRADE
from forms.grading.one_row import grade_in_words, verdict_on
from forms.grading.samples import samples_of
from forms.items import WARNING
from forms.rule_set import EXACT, FATAL_GRADE, RuleSet
from forms.values import Row

_SEVERE = 3
_BLOOD = ("ferritin", "fibrinogen", "triglycerides", "sil2r", "platelets", "anc", "haemoglobin", "alt", "ast")


def _day(row: Row) -> date | None:
    at = row.get("assessed_at")
    return at.date() if isinstance(at, datetime) else None


def _days_with_ferritin(context: Context) -> list[date]:
    return [sample.at.date() for sample in samples_of(context.rows["laboratory"], ("ferritin",))]


def _has_ferritin(row: Row, context: Context) -> bool | None:
    """Tell whether ferritin was measured within two days before or after a diagnosis."""
    day = _day(row)
    if yes_or_no(row, "carhlh_present") is not True or day is None:
        return None
    days = context.once("days with ferritin", _days_with_ferritin)
    nearest = bisect_left(days, day - timedelta(days=WINDOW_DAYS))
    return nearest < len(days) and days[nearest] <= day + timedelta(days=WINDOW_DAYS)


def _ferritin_is_raised(row: Row, context: Context) -> bool | None:
    """Tell whether a diagnosis goes with a raised or rising ferritin."""
    if yes_or_no(row, "carhlh_present") is not True or _day(row) is None:
        return None
    verdict = verdict_on(IEC_HS, row, context)
    return verdict.value == MET if verdict is not None and verdict.certainty is EXACT else None


def _severe_grade_has_a_reason(row: Row, context: Context) -> bool | None:
    """Tell whether grade 3 or more rests on bleeding, an organ, or support for one."""
    grade = count_of(row, "carhlh_grade")
    if grade is None or grade < _SEVERE or grade == FATAL_GRADE:
        return None
    verdict = verdict_on(IEC_HS_GRADE, row, context)
    if verdict is None or verdict.value is None:
        return None
    return True if int(verdict.value) >= _SEVERE else (False if verdict.certainty is EXACT else None)


def _mild_grade_has_no_severe_sign(row: Row, context: Context) -> bool | None:
    """Tell whether a grade below 3 goes without life-threatening signs."""
    grade = count_of(row, "carhlh_grade")
    if grade is None or grade >= _SEVERE:
        return None
    verdict = verdict_on(IEC_HS_GRADE, row, context)
    if verdict is None or verdict.value is None or int(verdict.value) == FATAL_GRADE:
        return None
    return int(verdict.value) - grade < 2


def _agrees(rule_set: RuleSet, definition: str) -> Callable[[Row, Context], bool | None]:
    """Return whether a definition goes with the clinician; not being met says nothing to who used another one."""

    def holds(row: Row, context: Context) -> bool | None:
        present = yes_or_no(row, "carhlh_present")
        verdict = verdict_on(rule_set, row, context) if present is not None else None
        if verdict is None or verdict.certainty is not EXACT:
            return None
        if present and verdict.value != MET and text_of(row, "carhlh_definition") not in (None, definition):
            return None
        return present == (verdict.value == MET)

    return holds


def _in_words(rule_set: RuleSet) -> Callable[[Row, Context], str]:
    def explain(row: Row, context: Context) -> str:
        verdict = verdict_on(rule_set, row, context)
        return f"{'met' if verdict.value == MET else 'not met'} ({verdict.because})" if verdict else ""

    return explain


def _blood_around(row: Row, context: Context) -> tuple[Anchor, ...]:
    """Return the blood values around an assessment and before infusion: a finding was made by these too."""
    day = _day(row)
    near = [
        sample
        for sample in context.rows["laboratory"]
        if day is not None
        and isinstance(at := sample.get("sampled_at"), datetime)
        and abs((at.date() - day).days) <= WINDOW_DAYS
    ]
    return (
        *anchors_of("laboratory", near, *_BLOOD),
        *anchors_of("baseline", context.rows["baseline"], "baseline_ferritin", "baseline_creatinine"),
        *anchors_of("infusion", context.rows["infusion"], "infused_on"),
    )


def _support_around(row: Row, context: Context) -> tuple[Anchor, ...]:
    dialyses = [support for support in context.rows["support"] if support.get("kind") == "dialysis"]
    return (
        *anchors_of("support", dialyses, "started_at", "ended_at", "purpose"),
        *anchors_of("baseline", context.rows["baseline"], "baseline_renal_replacement", "baseline_respiratory_support"),
        *anchors_of("infusion", context.rows["infusion"], "infused_on"),
    )


def _definition(rule_set: RuleSet, name: str, definition: str, title: str, *, version: int = 1) -> Check:
    return Check(
        id=f"assessment.{name}_agrees",
        version=version,
        group=31,
        severity=WARNING,
        items=("carhlh_present", "carhlh_definition"),
        message=f"{title} is {{why}}, the clinician says {{carhlh_present}}. Both are kept; check what it rests on.",
        holds=_agrees(rule_set, definition),
        uses=(rule_set.form, *rule_set.uses),
        explain=_in_words(rule_set),
        also=_blood_around,
    )


CHECKS: tuple[Check, ...] = (
    Check(
        id="assessment.carhlh_has_ferritin",
        group=31,
        severity=WARNING,
        items=("carhlh_present",),
        message="carHLH is diagnosed, but no ferritin is recorded within two days. Enter it, or correct the diagnosis.",
        holds=_has_ferritin,
        uses=("laboratory",),
        also=_blood_around,
    ),
    Check(
        id="assessment.carhlh_ferritin_raised",
        version=3,
        group=31,
        severity=WARNING,
        items=("carhlh_present", "ferritin_rising"),
        message="carHLH is diagnosed, but ferritin is neither above twice the normal limit or the value "
        "before infusion, nor rising. Check ferritin and the diagnosis.",
        holds=_ferritin_is_raised,
        uses=("assessment", *IEC_HS.uses),
        also=_blood_around,
    ),
    Check(
        id="assessment.carhlh_grade_supported",
        version=3,
        group=31,
        severity=WARNING,
        items=("carhlh_grade", "bleeding", "renal_insufficiency", "hypotension", "oxygen_mode"),
        message="Grade {carhlh_grade} of carHLH, but neither bleeding nor an organ that needed support is "
        "recorded. Add it, or correct the grade.",
        holds=_severe_grade_has_a_reason,
        uses=("assessment", *IEC_HS_GRADE.uses),
        also=_support_around,
    ),
    Check(
        id="assessment.carhlh_grade_not_too_low",
        version=3,
        group=31,
        severity=WARNING,
        items=("carhlh_grade", "bleeding", "renal_insufficiency", "hypotension", "oxygen_mode"),
        message="carHLH by the clinician {carhlh_grade}, by the signs {why}. Correct a sign or the grade.",
        holds=_mild_grade_has_no_severe_sign,
        uses=("assessment", *IEC_HS_GRADE.uses),
        explain=partial(grade_in_words, IEC_HS_GRADE),
        also=_support_around,
    ),
    _definition(HLH_2004, "hlh_2004", "hlh_2004", "HLH-2004"),
    _definition(CARTOX, "cartox", "cartox_2018", "The CARTOX definition", version=2),
)
