"""The checks of single signs against the clinician's grades: what does not go together (edit-check groups 26 to 30)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from forms.anchors import anchors_of
from forms.context import Context
from forms.derivations import infusion_of
from forms.form import Anchor, Check
from forms.grading.child import codes_of, count_of, in_order, infusion_days, infusion_key, text_of, yes_or_no
from forms.grading.crs_signs import FEVER_C, counted_vasoactives
from forms.grading.fever_hiding import fever_hiding_drugs
from forms.grading.icans_signs import consciousness_part, motor_part, pressure_part, seizure_part
from forms.grading.parts import Part
from forms.items import WARNING
from forms.values import Row, answer

_VENTILATED = ("invasive", "ecmo")


@dataclass
class _Beginning:
    """When fever, a temperature that is missing and a grade by the clinician first appear after an infusion."""

    fever: datetime | None = None
    unmeasured: datetime | None = None
    graded: datetime | None = None


def _beginnings(context: Context) -> dict[object, _Beginning]:
    """Return infusion -> when its CRS can have begun."""
    found: dict[object, _Beginning] = {}
    infusions = infusion_days(context)
    for at, row in in_order(context.rows["assessment"], "assessed_at"):
        one = found.setdefault(infusion_key(row, infusions, at.date()), _Beginning())
        temperature = answer(row, "temperature_c")
        if not isinstance(temperature, Decimal):
            one.unmeasured = one.unmeasured or at
        elif temperature >= FEVER_C:
            one.fever = one.fever or at
        if (count_of(row, "crs_grade") or 0) >= 1:
            one.graded = one.graded or at
    return found


def _crs_begins_with_fever(row: Row, context: Context) -> bool | None:
    """Tell whether the first day of CRS has fever, or a fever before it; a drug that hides fever exempts it."""
    at, temperature = row.get("assessed_at"), answer(row, "temperature_c")
    grade, given = count_of(row, "crs_grade"), yes_or_no(row, "anticytokine_given")
    if not isinstance(at, datetime) or not isinstance(temperature, Decimal) or not grade or given is not False:
        return None
    if temperature >= FEVER_C or any(drug.since[0] <= at for drug in fever_hiding_drugs(context)):
        return None if temperature < FEVER_C else True
    key = infusion_key(row, infusion_days(context), at.date())
    before = context.once("beginnings of CRS", _beginnings).get(key, _Beginning())
    if before.graded is not None and before.graded < at:
        return None
    if before.fever is not None and before.fever < at:
        return True
    return None if before.unmeasured is not None and before.unmeasured < at else False


def _compared_for_fever(row: Row, context: Context) -> tuple[Anchor, ...]:
    infusion = infusion_of(row, context, "assessed_at")
    return (
        *anchors_of("infusion", [infusion], "infused_on"),
        *anchors_of("anakinra_course", context.rows["anakinra_course"], "started_at"),
        *anchors_of("concomitant_agent", context.rows["concomitant_agent"], "agent", "started_at"),
    )


def _vasopressors_fit_the_grade(row: Row, context: Context) -> bool | None:
    grade, drugs = count_of(row, "crs_grade"), codes_of(row, "vasoactives")
    if grade is None or drugs is None or yes_or_no(row, "vasoactive_for_sedation"):
        return None
    if yes_or_no(row, "hypotension_other_cause"):
        return None
    vasopressors, with_vasopressin = counted_vasoactives(drugs)
    needed = 4 if vasopressors >= 2 else 3 if vasopressors or with_vasopressin else 0
    return grade >= needed


def _vasopressin_is_not_alone(row: Row, context: Context) -> bool | None:
    drugs = codes_of(row, "vasoactives")
    if drugs is None:
        return None
    vasopressors, with_vasopressin = counted_vasoactives(drugs)
    return vasopressors > 0 if with_vasopressin else None


def _ventilation_has_a_reason(row: Row, context: Context) -> bool | None:
    grade = count_of(row, "crs_grade")
    if text_of(row, "oxygen_mode") not in _VENTILATED or grade is None or grade >= 4:
        return None
    return text_of(row, "ventilation_reason") is not None


def _delay_is_on_the_baseline(row: Row, context: Context) -> bool | None:
    delay = yes_or_no(context.single("baseline"), "developmental_delay")
    return delay if text_of(row, "instrument_reason") == "developmental_delay" else None


def _compared_for_delay(row: Row, context: Context) -> tuple[Anchor, ...]:
    return anchors_of("baseline", context.rows["baseline"], "developmental_delay")


def _ice_zero_has_consciousness(row: Row, context: Context) -> bool | None:
    if count_of(row, "ice_total") != 0 or yes_or_no(row, "test_impossible"):
        return None
    return text_of(row, "consciousness") is not None


def _visible_parts(row: Row) -> tuple[Part, ...]:
    """Return what sedation does not hide: seizure, weakness and pressure, as the ICANS grade counts them."""
    return (
        seizure_part(text_of(row, "seizure"), yes_or_no(row, "seizure_other_cause")),
        motor_part(text_of(row, "motor"), yes_or_no(row, "motor_other_cause")),
        pressure_part(
            codes_of(row, "pressure"), yes_or_no(row, "pressure_other_cause"), yes_or_no(row, "intracranial_bleeding")
        ),
    )


def _icans_4_has_a_sign(row: Row, context: Context) -> bool | None:
    if count_of(row, "icans_grade") != 4:
        return None
    consciousness = consciousness_part(text_of(row, "consciousness"), yes_or_no(row, "consciousness_other_cause"))
    parts = (*_visible_parts(row), consciousness)
    if yes_or_no(row, "test_impossible") or any(part.low == 4 for part in parts):
        return True
    return None if any(part.missing for part in parts) else False


def _fits_icans(part: Part, row: Row) -> bool | None:
    """Tell whether the clinician's ICANS is at least what a seizure or an edema makes it."""
    grade = count_of(row, "icans_grade")
    return None if grade is None or not part.low else grade >= min(part.low, 3)


def _seizure_fits_icans(row: Row, context: Context) -> bool | None:
    return _fits_icans(_visible_parts(row)[0], row)


def _edema_fits_icans(row: Row, context: Context) -> bool | None:
    return _fits_icans(_visible_parts(row)[2], row)


def _sedated_has_no_grade(row: Row, context: Context) -> bool | None:
    """Tell whether a sedated child without any sign that sedation leaves visible was left without a grade."""
    if yes_or_no(row, "sedated") is not True or count_of(row, "icans_grade") is None:
        return None
    parts = _visible_parts(row)
    if any(part.low for part in parts):
        return True
    return None if any(part.missing for part in parts) else False


CHECKS: tuple[Check, ...] = (
    Check(
        id="assessment.crs_begins_with_fever",
        group=26,
        severity=WARNING,
        items=("crs_grade", "temperature_c", "anticytokine_given"),
        message="CRS grade {crs_grade} begins at {temperature_c} without a fever of 38.0 before. Enter the fever, or "
        "the drug that hid it.",
        holds=_crs_begins_with_fever,
        uses=("assessment", "concomitant_agent"),
        also=_compared_for_fever,
    ),
    Check(
        id="assessment.vasopressors_fit_grade",
        group=27,
        severity=WARNING,
        items=("crs_grade", "vasoactives", "hypotension_other_cause", "vasoactive_for_sedation"),
        message="{vasoactives} with CRS grade {crs_grade}: one vasopressor makes grade 3, two make grade 4. Correct "
        "one of them, or say to what else the drugs are put down.",
        holds=_vasopressors_fit_the_grade,
    ),
    Check(
        id="assessment.vasopressin_alone",
        group=27,
        severity=WARNING,
        items=("vasoactives",),
        message="Vasopressin without another vasopressor is not named in the published table; it counts as grade 3. "
        "Check the other drugs.",
        holds=_vasopressin_is_not_alone,
    ),
    Check(
        id="assessment.ventilation_has_reason",
        group=27,
        severity=WARNING,
        items=("oxygen_mode", "ventilation_reason", "crs_grade"),
        message="{oxygen_mode} with CRS grade {crs_grade} and without a reason: for hypoxia it makes grade 4. Give the "
        "reason for ventilation.",
        holds=_ventilation_has_a_reason,
    ),
    Check(
        id="assessment.delay_on_baseline",
        group=28,
        severity=WARNING,
        items=("instrument_reason",),
        message="The test was chosen for developmental delay, but the baseline page says there is none. Correct one "
        "of them.",
        holds=_delay_is_on_the_baseline,
        also=_compared_for_delay,
    ),
    Check(
        id="assessment.ice_zero_has_consciousness",
        group=29,
        severity=WARNING,
        items=("ice_total", "consciousness"),
        message="An ICE score of 0 is grade 3 awake and grade 4 unarousable. Give the level of consciousness.",
        holds=_ice_zero_has_consciousness,
    ),
    Check(
        id="assessment.icans_4_has_sign",
        group=29,
        severity=WARNING,
        items=("icans_grade", "consciousness", "seizure", "motor", "pressure"),
        message="ICANS grade {icans_grade} without being unarousable, a long seizure, deep weakness or raised "
        "pressure. Add the sign, or correct the grade.",
        holds=_icans_4_has_a_sign,
    ),
    Check(
        id="assessment.seizure_fits_icans",
        group=30,
        severity=WARNING,
        items=("seizure", "icans_grade", "seizure_other_cause"),
        message="“{seizure}” with ICANS grade {icans_grade}: any seizure makes grade 3 at least. Correct one of them, "
        "or say that it has another cause.",
        holds=_seizure_fits_icans,
    ),
    Check(
        id="assessment.edema_fits_icans",
        group=30,
        severity=WARNING,
        items=("pressure", "icans_grade", "pressure_other_cause"),
        message="“{pressure}” with ICANS grade {icans_grade}: edema or raised pressure makes grade 3 at least. Correct "
        "one of them, or say that it has another cause.",
        holds=_edema_fits_icans,
    ),
    Check(
        id="assessment.sedated_without_grade",
        group=30,
        severity=WARNING,
        items=("icans_grade", "sedated"),
        message="A sedated child without seizure, weakness or raised pressure has no ICANS grade, and {icans_grade} is "
        "recorded. Choose Not available now, or correct the sedation.",
        holds=_sedated_has_no_grade,
    ),
)
