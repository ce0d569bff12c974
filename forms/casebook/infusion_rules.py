"""The checks of the infusion form, and the values it derives."""

from __future__ import annotations

from datetime import date

from forms.context import Context
from forms.derivations import age_years, days_between
from forms.form import Check
from forms.items import (
    CONFIRM,
    HARD,
    SOFT,
)
from forms.ordering import not_after_death, not_before
from forms.values import Answer, Row, answer, day_of, is_before

OLDEST_AGE_YEARS = 39


def age_at_infusion(row: Row, context: Context) -> Answer | None:
    return age_years(answer(context.single("enrolment"), "birth_date"), day_of(answer(row, "infused_on")))


def infusion_number(row: Row, context: Context) -> Answer | None:
    day = day_of(answer(row, "infused_on"))
    if day is None:
        return None
    own = (day, _instance(row))
    days = ((day_of(answer(other, "infused_on")), _instance(other)) for other in context.others("infusion", row))
    return 1 + sum(1 for when, instance in days if when is not None and (when, instance) < own)


def _instance(row: Row) -> int:
    number = row.get("instance")
    return number if isinstance(number, int) else 0


def _age_is_within_the_registry(row: Row, context: Context) -> bool | None:
    age = age_at_infusion(row, context)
    return None if not isinstance(age, int) else 0 <= age <= OLDEST_AGE_YEARS


def _born_before_infusion(row: Row, context: Context) -> bool | None:
    wrong = is_before(answer(row, "infused_on"), answer(context.single("enrolment"), "birth_date"))
    return None if wrong is None else not wrong


def _diagnosed_before_infusion(row: Row, context: Context) -> bool | None:
    first = answer(row, "lymphodepletion_on") or answer(row, "infused_on")
    wrong = is_before(first, answer(context.single("baseline"), "diagnosed_on"))
    return None if wrong is None else not wrong


def _lymphodepletion_is_recent(row: Row, context: Context) -> bool | None:
    days = days_between(answer(row, "lymphodepletion_on"), answer(row, "infused_on"))
    return None if days is None or days < 0 else 1 <= days <= 14


def _infusions_are_apart(row: Row, context: Context) -> bool | None:
    day = day_of(answer(row, "infused_on"))
    others: list[date | None] = [day_of(answer(other, "infused_on")) for other in context.others("infusion", row)]
    return None if day is None else all(other is None or abs((other - day).days) >= 7 for other in others)


CHECKS: tuple[Check, ...] = (
    not_before(
        "infusion",
        "infused_on",
        "lymphodepletion_on",
        message="The infusion on {infused_on} is before lymphodepletion on {lymphodepletion_on}. Check both dates.",
    ),
    Check(
        id="infusion.born_before",
        severity=HARD,
        items=("infused_on",),
        message="The infusion on {infused_on} is before the birth date on the enrolment page. Check both dates.",
        holds=_born_before_infusion,
    ),
    Check(
        id="infusion.diagnosed_before",
        severity=HARD,
        items=("infused_on", "lymphodepletion_on"),
        message="Treatment begins before the diagnosis on the baseline page. Check the dates of both pages.",
        holds=_diagnosed_before_infusion,
    ),
    Check(
        id="infusion.lymphodepletion_interval",
        severity=SOFT,
        items=("lymphodepletion_on", "infused_on"),
        message="Lymphodepletion on {lymphodepletion_on} is not 1 to 14 days before the infusion on {infused_on}. "
        "Correct a date, or say why.",
        holds=_lymphodepletion_is_recent,
    ),
    Check(
        id="infusion.age_in_range",
        severity=CONFIRM,
        items=("infused_on",),
        message="The patient would be 40 years or older on {infused_on}. Check it and the birth date.",
        holds=_age_is_within_the_registry,
    ),
    Check(
        id="infusion.infusions_apart",
        severity=CONFIRM,
        items=("infused_on",),
        message="Another infusion is recorded within 7 days of {infused_on}. A split dose is one infusion: check "
        "that this is a second one.",
        holds=_infusions_are_apart,
    ),
    not_after_death("infusion", "infused_on", label="The infusion", severity=HARD),
)
