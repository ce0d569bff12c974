"""The checks that lay the clinician's grades beside what the signs give (edit-check groups 25, 28, 32, 34)."""

from __future__ import annotations

from functools import partial

from forms.anchors import Also, anchors_of
from forms.context import Context
from forms.derivations import infusion_of
from forms.form import Anchor, Check
from forms.grading.child import codes_of, count_of, yes_or_no
from forms.grading.crs import CRS
from forms.grading.hypotension import NO, YES, judge_pals
from forms.grading.icans import ICANS_ATTRIBUTABLE
from forms.grading.one_row import grade_in_words, verdict_on
from forms.grading.tian import TIAN
from forms.items import SOFT, WARNING, Severity
from forms.rule_set import AT_LEAST, EXACT, FATAL_GRADE, RuleSet
from forms.values import Row, answer

FAR_APART = 2
"""Grades apart from which a disagreement is a data query; one grade apart only warns (CLINICAL.md D14)."""

_CRS_SIGNS = (
    "temperature_c",
    "antipyretic_24h",
    "anticytokine_given",
    "hypotension",
    "hypotension_proof",
    "vasoactives",
    "oxygen_mode",
    "oxygen_flow_l_min",
    "ventilation_reason",
    "late_attribution",
)
_ICANS_SIGNS = (
    "sedated",
    "ice_total",
    "capd_total",
    "test_impossible",
    "consciousness",
    "seizure",
    "motor",
    "pressure",
)
_TIAN_SIGNS = ("tian_signs", "intracranial_pressure_mmhg", "pressure_refractory")


def grades_apart(row: Row, context: Context, item: str, rule_set: RuleSet) -> int | None:
    """Return how far the clinician's grade lies from the derived one; None where one of them says nothing.

    A lower bound only speaks against a grade below it. Grade 5 is a matter of the death on record, not of signs.
    """
    clinician = count_of(row, item)
    if clinician is None or clinician == FATAL_GRADE:
        return None
    verdict = verdict_on(rule_set, row, context)
    if verdict is None or verdict.value is None or int(verdict.value) == FATAL_GRADE:
        return None
    derived = int(verdict.value)
    if verdict.certainty is EXACT:
        return abs(derived - clinician)
    return max(derived - clinician, 0) if verdict.certainty is AT_LEAST else None


def _disagreements(
    scale: str, item: str, rule_set: RuleSet, signs: tuple[str, ...], group: int, also: Also | None
) -> tuple[Check, Check]:
    """Return the two checks of one scale: far apart opens a data query, one grade apart only warns."""

    def one(name: str, severity: Severity, far: bool) -> Check:
        def holds(row: Row, context: Context) -> bool | None:
            apart = grades_apart(row, context, item, rule_set)
            return None if apart is None else not (apart >= FAR_APART if far else apart == 1)

        return Check(
            id=f"assessment.{name}",
            group=group,
            severity=severity,
            items=(item, *signs),
            message=f"{scale} by the clinician {{{item}}}, by the signs {{why}}. Correct a sign, or say why.",
            holds=holds,
            uses=_uses(rule_set),
            explain=partial(grade_in_words, rule_set),
            also=also,
        )

    stem = item.removesuffix("_grade")
    return one(f"{stem}_far_from_signs", SOFT, True), one(f"{stem}_near_signs", WARNING, False)


def _uses(rule_set: RuleSet) -> tuple[str, ...]:
    """Return the forms a check on a rule set reads; one that judges all of a child's rows reads its siblings too."""
    return (*((rule_set.form,) if rule_set.judge_child else ()), *rule_set.uses)


def _compared_for_crs(row: Row, context: Context) -> tuple[Anchor, ...]:
    """Return the answers of other records on which a CRS grade rests: the child before, and drugs that hide fever."""
    infusion = infusion_of(row, context, "assessed_at")
    return (
        *anchors_of("baseline", context.rows["baseline"], "baseline_respiratory_support"),
        *anchors_of("infusion", [infusion], "infused_on"),
        *anchors_of("anakinra_course", context.rows["anakinra_course"], "started_at", "stopped_at"),
        *anchors_of("concomitant_agent", context.rows["concomitant_agent"], "agent", "started_at", "stopped_at"),
    )


def _compared_for_icans(row: Row, context: Context) -> tuple[Anchor, ...]:
    """Return the answers of other records on which an ICANS grade rests: age, delay and the test before infusion."""
    return (
        *anchors_of("enrolment", context.rows["enrolment"], "birth_date"),
        *anchors_of("baseline", context.rows["baseline"], "developmental_delay", "baseline_ice", "baseline_capd"),
    )


def _compared_for_pressure(row: Row, context: Context) -> tuple[Anchor, ...]:
    return anchors_of("enrolment", context.rows["enrolment"], "birth_date")


def _hypotension_fits_the_pressure(row: Row, context: Context) -> bool | None:
    """Tell whether the team's judgement goes with the limit for age; a pressure under treatment may be normal."""
    is_low, judged = judge_pals(row, context).value, yes_or_no(row, "hypotension")
    if judged is None or is_low is None:
        return None
    if judged is False:
        return is_low == NO
    proof, drugs = codes_of(row, "hypotension_proof"), codes_of(row, "vasoactives")
    if is_low == YES or proof is None or drugs is None:
        return True if is_low == YES else None
    return None if "treated" in proof or drugs != ("none",) else False


def _side_of_the_limit(row: Row, context: Context) -> str:
    return "below" if judge_pals(row, context).value == YES else "not below"


def _fatal_grade_has_a_death(row: Row, context: Context) -> bool | None:
    if FATAL_GRADE not in (count_of(row, item) for item in ("crs_grade", "icans_grade", "carhlh_grade", "tian_grade")):
        return None
    return answer(context.single("end_of_study"), "died_on") is not None


CHECKS: tuple[Check, ...] = (
    *_disagreements("CRS", "crs_grade", CRS, _CRS_SIGNS, 25, _compared_for_crs),
    *_disagreements("ICANS", "icans_grade", ICANS_ATTRIBUTABLE, _ICANS_SIGNS, 28, _compared_for_icans),
    *_disagreements("TIAN", "tian_grade", TIAN, _TIAN_SIGNS, 25, None),
    Check(
        id="assessment.hypotension_fits_pressure",
        group=32,
        severity=WARNING,
        items=("hypotension", "systolic_mmhg", "hypotension_proof", "vasoactives"),
        message="Systolic {systolic_mmhg} is {why} the limit for age (PALS), yet hypotension is “{hypotension}”. Fine "
        "if the team judged so for this child.",
        holds=_hypotension_fits_the_pressure,
        explain=_side_of_the_limit,
        also=_compared_for_pressure,
    ),
    Check(
        id="assessment.fatal_grade_has_death",
        group=34,
        severity=SOFT,
        items=("crs_grade", "icans_grade", "carhlh_grade", "tian_grade"),
        message="Grade 5 means death from this toxicity, but no day of death is recorded. Fill the end-of-study page, "
        "or correct the grade.",
        holds=_fatal_grade_has_a_death,
        uses=("end_of_study",),
    ),
)
