"""The checks of the infusion form, and the values it derives."""

from __future__ import annotations

from decimal import Decimal

from forms.anchors import anchors_of, of_all
from forms.casebook.enrolment_rules import OLDEST_AGE_YEARS
from forms.code_lists import DISEASE_BURDENS
from forms.context import Context
from forms.derivations import age_span, age_years, days_between
from forms.dosing.protocol_words import number_words
from forms.form import Anchor, Check
from forms.items import (
    CONFIRM,
    HARD,
    SOFT,
    WARNING,
)
from forms.ordering import entered_in_time, not_after_death, not_before
from forms.values import Answer, Row, answer, day_of, is_before

DAYS_BETWEEN_INFUSIONS = 7

CELLS_MAY_DIFFER_BY = Decimal("0.2")


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
    ages = age_span(answer(context.single("enrolment"), "birth_date"), answer(row, "infused_on"))
    return None if ages is None else ages[0] <= OLDEST_AGE_YEARS


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
    return None if answer(row, "infused_on") is None else not _infusions_near(row, context)


def _infusions_near(row: Row, context: Context) -> list[Row]:
    """Return the other infusions of the child fewer than 7 days away."""
    day = answer(row, "infused_on")
    apart = ((days_between(answer(other, "infused_on"), day), other) for other in context.others("infusion", row))
    return [other for days, other in apart if days is not None and abs(days) < DAYS_BETWEEN_INFUSIONS]


def _near_anchors(row: Row, context: Context) -> tuple[Anchor, ...]:
    return anchors_of("infusion", _infusions_near(row, context), "infused_on")


def _cells_by_weight(row: Row) -> Decimal | None:
    """Return the cells in total that cells per kg and weight give, in millions."""
    per_kg, weight = answer(row, "cells_million_per_kg"), answer(row, "weight_at_infusion_kg")
    return per_kg * weight if isinstance(per_kg, Decimal) and isinstance(weight, Decimal) else None


def _total_fits_cells_per_kg(row: Row, context: Context) -> bool | None:
    expected, total = _cells_by_weight(row), answer(row, "cells_million")
    if expected is None or not isinstance(total, Decimal):
        return None
    return abs(total - expected) <= expected * CELLS_MAY_DIFFER_BY


def _expected_cells(row: Row, context: Context) -> str:
    expected = _cells_by_weight(row)
    return "" if expected is None else number_words(expected.quantize(Decimal("0.01")))


def _burden_fits_disease(row: Row, context: Context) -> bool | None:
    is_present, burden = answer(row, "disease_at_lymphodepletion"), answer(row, "burden_at_lymphodepletion")
    return None if is_present is not True or burden is None else burden != "none"


def _disease_fits_the_baseline(row: Row, context: Context) -> bool | None:
    """Tell whether disease is present at the first infusion exactly where the baseline page names a burden."""
    is_present, burden = answer(row, "disease_at_lymphodepletion"), answer(context.single("baseline"), "disease_burden")
    if is_present is None or burden is None or infusion_number(row, context) != 1:
        return None
    return is_present is (burden != "none")


def _baseline_burden(row: Row, context: Context) -> str:
    return DISEASE_BURDENS.labels[str(answer(context.single("baseline"), "disease_burden"))]


def _disease_anchors(row: Row, context: Context) -> tuple[Anchor, ...]:
    return (*of_all("baseline", "disease_burden")(row, context), *of_all("infusion", "infused_on")(row, context))


def _consent_came_first(row: Row, context: Context) -> bool | None:
    """Tell whether consent was given by the infusion; a child that was enrolled looking back may be asked later."""
    enrolment = context.single("enrolment")
    wrong = is_before(answer(row, "infused_on"), answer(enrolment, "consent_on"))
    return None if wrong is None else not wrong or answer(enrolment, "retrospective") is True


CHECKS: tuple[Check, ...] = (
    not_before(
        "infusion",
        "infused_on",
        "lymphodepletion_on",
        group=2,
        message="The infusion on {infused_on} is before lymphodepletion on {lymphodepletion_on}. Check both dates.",
    ),
    Check(
        id="infusion.born_before",
        group=3,
        severity=HARD,
        items=("infused_on",),
        message="The infusion on {infused_on} is before the birth date on the enrolment page. Check both dates.",
        holds=_born_before_infusion,
        also=of_all("enrolment", "birth_date"),
    ),
    Check(
        id="infusion.diagnosed_before",
        group=2,
        severity=HARD,
        items=("infused_on", "lymphodepletion_on"),
        message="Treatment begins before the diagnosis on the baseline page. Check the dates of both pages.",
        holds=_diagnosed_before_infusion,
        also=of_all("baseline", "diagnosed_on"),
    ),
    Check(
        id="infusion.after_consent",
        group=9,
        severity=WARNING,
        items=("infused_on",),
        message="The infusion on {infused_on} is before the consent on the enrolment page. Check both dates; fine if "
        "the family was asked afterwards.",
        holds=_consent_came_first,
        also=of_all("enrolment", "consent_on", "retrospective"),
    ),
    Check(
        id="infusion.cells_fit_weight",
        severity=CONFIRM,
        items=("cells_million", "cells_million_per_kg", "weight_at_infusion_kg"),
        message="{cells_million_per_kg} at {weight_at_infusion_kg} make {why} 10^6 cells, and {cells_million} in total "
        "is more than a fifth away. Check all three against the source.",
        holds=_total_fits_cells_per_kg,
        explain=_expected_cells,
    ),
    Check(
        id="infusion.burden_fits_disease",
        severity=SOFT,
        items=("disease_at_lymphodepletion", "burden_at_lymphodepletion"),
        message="Disease is present at lymphodepletion, yet its burden is “{burden_at_lymphodepletion}”. Correct one "
        "of them, or say why.",
        holds=_burden_fits_disease,
    ),
    Check(
        id="infusion.disease_fits_baseline",
        severity=SOFT,
        items=("disease_at_lymphodepletion",),
        message="Disease present at lymphodepletion: {disease_at_lymphodepletion}, yet the baseline page says “{why}”. "
        "Correct one of them, or say why.",
        holds=_disease_fits_the_baseline,
        explain=_baseline_burden,
        also=_disease_anchors,
    ),
    Check(
        id="infusion.lymphodepletion_interval",
        group=2,
        severity=SOFT,
        items=("lymphodepletion_on", "infused_on"),
        message="Lymphodepletion on {lymphodepletion_on} is not 1 to 14 days before the infusion on {infused_on}. "
        "Correct a date, or say why.",
        holds=_lymphodepletion_is_recent,
    ),
    Check(
        id="infusion.age_in_range",
        group=9,
        severity=CONFIRM,
        items=("infused_on",),
        message="The patient would be 40 years or older on {infused_on}. Check it and the birth date.",
        holds=_age_is_within_the_registry,
        also=of_all("enrolment", "birth_date"),
    ),
    Check(
        id="infusion.infusions_apart",
        group=10,
        severity=CONFIRM,
        items=("infused_on",),
        message="Another infusion is recorded within 7 days of {infused_on}. A split dose is one infusion: check "
        "that this is a second one.",
        holds=_infusions_are_apart,
        also=_near_anchors,
    ),
    not_after_death("infusion", "infused_on", label="The infusion", severity=HARD),
    entered_in_time("infusion", "infused_on"),
)
