"""The checks of the enrolment form, and the values it derives."""

from __future__ import annotations

from forms.context import Context
from forms.derivations import MAJORITY_YEARS, age_span, age_years, majority
from forms.form import Check
from forms.items import (
    CONFIRM,
    HARD,
    SOFT,
)
from forms.ordering import not_before
from forms.values import Answer, Row, answer, day_of, is_before

OLDEST_AGE_YEARS = 39


def age_at_enrolment(row: Row, context: Context) -> Answer | None:
    return age_years(answer(row, "birth_date"), day_of(answer(row, "enrolled_on")))


def majority_year(row: Row, context: Context) -> Answer | None:
    first, last = majority(answer(row, "birth_date")) or (None, None)
    return first.year if first and last and first.year == last.year else None


def majority_on(row: Row, context: Context) -> Answer | None:
    first, last = majority(answer(row, "birth_date")) or (None, None)
    return first if first == last else None


def _consent_is_not_after_enrolment(row: Row, context: Context) -> bool | None:
    wrong = is_before(answer(row, "enrolled_on"), answer(row, "consent_on"))
    return None if wrong is None else not wrong


def _age_is_within_the_registry(row: Row, context: Context) -> bool | None:
    ages = age_span(answer(row, "birth_date"), answer(row, "enrolled_on"))
    return None if ages is None else ages[0] <= OLDEST_AGE_YEARS


def _is_eligible(row: Row, context: Context) -> bool | None:
    answers = [answer(row, name) for name in ("meets_age", "car_t_given_or_planned", "consent_obtained")]
    return False if False in answers else None if None in answers else True


def _consent_is_not_refused(row: Row, context: Context) -> bool | None:
    answered = answer(row, "consent_obtained")
    return None if answered is None else answered is True


def _patient_consents_when_of_age(row: Row, context: Context) -> bool | None:
    ages = age_span(answer(row, "birth_date"), answer(row, "consent_on"))
    return None if ages is None or answer(row, "consent_type") != "patient" else ages[1] >= MAJORITY_YEARS


def _withdrawal_is_dated(row: Row, context: Context) -> bool | None:
    return row.get("withdrawal_on") is not None if answer(row, "withdrawn") is True else None


CHECKS: tuple[Check, ...] = (
    Check(
        id="enrolment.consent_before_enrolment",
        group=9,
        severity=HARD,
        items=("consent_on", "enrolled_on"),
        message="Consent is dated {consent_on}, after the enrolment on {enrolled_on}. Nothing may be recorded "
        "before consent: check both dates.",
        holds=_consent_is_not_after_enrolment,
    ),
    not_before(
        "enrolment",
        "consent_on",
        "birth_date",
        message="Consent is dated {consent_on}, before the birth date {birth_date}. Check both dates.",
    ),
    not_before(
        "enrolment",
        "withdrawal_on",
        "consent_on",
        message="Withdrawal is dated {withdrawal_on}, before the consent on {consent_on}. Check both dates.",
    ),
    not_before(
        "enrolment",
        "reconsent_on",
        "consent_on",
        message="Re-consent is dated {reconsent_on}, before the first consent on {consent_on}. Check both dates.",
    ),
    Check(
        id="enrolment.withdrawal_is_dated",
        group=9,
        severity=SOFT,
        items=("withdrawal_on",),
        message="Consent is withdrawn, but the day is missing. The child is closed for entry and in no later data cut "
        "all the same: give the day the site learned of it, or say why it is unknown.",
        holds=_withdrawal_is_dated,
    ),
    Check(
        id="enrolment.age_in_range",
        group=9,
        severity=CONFIRM,
        items=("birth_date", "enrolled_on"),
        message="The birth date {birth_date} makes the patient 40 years or older. Check it against the source.",
        holds=_age_is_within_the_registry,
    ),
    Check(
        id="enrolment.is_eligible",
        group=9,
        severity=SOFT,
        items=("meets_age", "car_t_given_or_planned", "consent_obtained"),
        message="At least one condition of enrolment is answered No. Correct it, or say why the child is enrolled.",
        holds=_is_eligible,
        version=2,
    ),
    Check(
        id="enrolment.consent_not_refused",
        group=9,
        severity=CONFIRM,
        items=("consent_obtained",),
        message="Consent is answered No: nothing else may be recorded of this child, and it is in no data cut. "
        "Correct the answer, or say why the page is kept.",
        holds=_consent_is_not_refused,
    ),
    Check(
        id="enrolment.patient_of_age",
        severity=SOFT,
        items=("consent_type", "birth_date"),
        message="The patient consented alone but was under 18. Correct the type, or say why (such as emancipated).",
        holds=_patient_consents_when_of_age,
    ),
)
