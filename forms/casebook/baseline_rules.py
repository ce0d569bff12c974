"""The checks of the baseline form, and the values it derives."""

from __future__ import annotations

from decimal import Decimal

from forms.anchors import of_all
from forms.context import Context
from forms.derivations import age_span
from forms.form import Check
from forms.items import (
    CONFIRM,
    HARD,
    SOFT,
    WARNING,
)
from forms.ordering import entered_in_time, infusion_anchors, infusion_day, not_before
from forms.values import Answer, Row, answer, is_before

OLDEST_AGE_AT_DIAGNOSIS = 40


def body_mass_index(row: Row, context: Context) -> Answer | None:
    weight, height = answer(row, "weight_kg"), answer(row, "height_cm")
    if not isinstance(weight, Decimal) or not isinstance(height, Decimal) or height <= 0:
        return None
    return (weight / (height / 100) ** 2).quantize(Decimal("0.1"))


def _born_before_diagnosis(row: Row, context: Context) -> bool | None:
    wrong = is_before(answer(row, "diagnosed_on"), answer(context.single("enrolment"), "birth_date"))
    return None if wrong is None else not wrong


def _age_at_diagnosis_is_plausible(row: Row, context: Context) -> bool | None:
    ages = age_span(answer(context.single("enrolment"), "birth_date"), answer(row, "diagnosed_on"))
    return None if ages is None else ages[0] <= OLDEST_AGE_AT_DIAGNOSIS


def _body_mass_index_is_plausible(row: Row, context: Context) -> bool | None:
    index = body_mass_index(row, context)
    return None if not isinstance(index, Decimal) else 8 <= index <= 70


def _burden_fits_blasts(row: Row, context: Context) -> bool | None:
    blasts, burden = answer(row, "marrow_blasts_percent"), answer(row, "disease_burden")
    if not isinstance(blasts, Decimal) or burden not in ("none", "mrd_only", "low", "high"):
        return None
    expected = "high" if blasts >= 25 else "low" if blasts >= 5 else "under five"
    return burden == expected or (expected == "under five" and burden in ("none", "mrd_only"))


def _delay_is_told_with_high_capd(row: Row, context: Context) -> bool | None:
    capd, delay = answer(row, "baseline_capd"), answer(row, "developmental_delay")
    return None if not isinstance(capd, int) or delay is None else capd < 9 or delay is True


def _precedes_the_infusion(row: Row, context: Context) -> bool | None:
    wrong = is_before(infusion_day(row, context), answer(row, "assessed_on"))
    return None if wrong is None else not wrong


CHECKS: tuple[Check, ...] = (
    entered_in_time("baseline", "assessed_on"),
    Check(
        id="baseline.before_infusion",
        group=3,
        severity=SOFT,
        items=("assessed_on",),
        message="Baseline on {assessed_on} is after the first infusion, yet this page describes the child before it. "
        "Correct a date, or say why.",
        holds=_precedes_the_infusion,
        also=infusion_anchors,
    ),
    Check(
        id="baseline.diagnosed_after_birth",
        group=1,
        severity=HARD,
        items=("diagnosed_on",),
        message="The diagnosis on {diagnosed_on} is before the birth date. Check both dates.",
        holds=_born_before_diagnosis,
        also=of_all("enrolment", "birth_date"),
    ),
    Check(
        id="baseline.age_at_diagnosis",
        group=1,
        severity=SOFT,
        items=("diagnosed_on",),
        message="At the diagnosis on {diagnosed_on} the patient would have been older than 40. Correct it or the birth "
        "date, or say why.",
        holds=_age_at_diagnosis_is_plausible,
        also=of_all("enrolment", "birth_date"),
    ),
    not_before(
        "baseline",
        "last_transplant_on",
        "diagnosed_on",
        severity=WARNING,
        message="The transplant on {last_transplant_on} is before the diagnosis on {diagnosed_on}. Fine if the chart "
        "says so.",
    ),
    not_before(
        "baseline",
        "assessed_on",
        "diagnosed_on",
        message="Baseline on {assessed_on} is before the diagnosis on {diagnosed_on}. Check both dates.",
    ),
    Check(
        id="baseline.body_mass_index",
        severity=CONFIRM,
        items=("weight_kg", "height_cm"),
        message="{weight_kg} at {height_cm} is a body mass index outside 8 to 70. Check both against the source.",
        holds=_body_mass_index_is_plausible,
    ),
    Check(
        id="baseline.burden_fits_blasts",
        severity=SOFT,
        items=("disease_burden", "marrow_blasts_percent"),
        message="Burden “{disease_burden}” does not fit {marrow_blasts_percent} marrow blasts. Correct one of "
        "them, or say why.",
        holds=_burden_fits_blasts,
    ),
    Check(
        id="baseline.high_capd_explained",
        group=28,
        severity=SOFT,
        items=("baseline_capd", "developmental_delay"),
        message="A baseline CAPD of {baseline_capd} is already positive (9 or more), yet no developmental delay is "
        "recorded. Correct one of them, or say why.",
        holds=_delay_is_told_with_high_capd,
    ),
)
