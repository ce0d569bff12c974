"""The checks of the anakinra regimen form, and the values it derives."""

from __future__ import annotations

from decimal import Decimal

from forms.anchors import of_linked
from forms.context import Context
from forms.dosing import Amounts, amounts, given_mg_per_day, given_mg_per_kg_day
from forms.form import Check
from forms.items import (
    CONFIRM,
    HARD,
    SOFT,
    WARNING,
)
from forms.ordering import entered_in_time, not_after_death, not_before
from forms.values import Answer, Row, answer, day_of, is_before

HIGHEST_SINGLE_MG = 600

HIGHEST_DAILY_MG = 2400

HIGHEST_MG_PER_KG_DAY = 48

CUSTOMARY_DAILY_MG = 400

CUSTOMARY_SINGLE_MG = 100


def _course(row: Row, context: Context) -> Row:
    return context.linked("anakinra_course", answer(row, "course")) or {}


def _number(value: object) -> Decimal | None:
    return value if isinstance(value, Decimal) else None


def _code(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _amounts(row: Row, context: Context) -> Amounts:
    return amounts(
        value=_number(answer(row, "dose_value")),
        basis=_code(answer(row, "dose_basis")),
        frequency=_code(answer(row, "frequency")),
        weight_kg=_number(answer(_course(row, context), "dosing_weight_kg")),
    )


def mg_per_dose(row: Row, context: Context) -> Answer | None:
    return _amounts(row, context).mg_per_dose


def mg_per_day(row: Row, context: Context) -> Answer | None:
    return _amounts(row, context).mg_per_day


def mg_per_kg_dose(row: Row, context: Context) -> Answer | None:
    return _amounts(row, context).mg_per_kg_dose


def mg_per_kg_day(row: Row, context: Context) -> Answer | None:
    return _amounts(row, context).mg_per_kg_day


def given_per_kg_day(row: Row, context: Context) -> Answer | None:
    return given_mg_per_kg_day(
        given_mg=_number(answer(row, "given_mg")),
        frequency=_code(answer(row, "frequency")),
        weight_kg=_number(answer(_course(row, context), "dosing_weight_kg")),
    )


def _basis_is_told(row: Row, context: Context) -> bool | None:
    return None if answer(row, "dose_value") is None else answer(row, "dose_basis") is not None


def _continuous_fits_route(row: Row, context: Context) -> bool | None:
    frequency, route = answer(row, "frequency"), answer(row, "route")
    if frequency is None or route is None:
        return None
    return (frequency == "continuous") == (route == "iv_continuous")


def _course_has_begun(row: Row, context: Context) -> bool | None:
    wrong = is_before(answer(row, "from_at"), answer(_course(row, context), "started_at"))
    return None if wrong is None else not wrong


def _course_has_not_ended(row: Row, context: Context) -> bool | None:
    last = answer(row, "until_at") or answer(row, "from_at")
    wrong = is_before(answer(_course(row, context), "stopped_at"), last)
    return None if wrong is None else not wrong


def _deviation_share(row: Row, context: Context) -> Decimal | None:
    given, ordered = _number(answer(row, "given_mg")), _amounts(row, context).mg_per_dose
    return abs(given - ordered) / ordered if given is not None and ordered else None


def _given_is_near_ordered(row: Row, context: Context) -> bool | None:
    share = _deviation_share(row, context)
    if share is None or share > Decimal("0.5"):
        return None
    explained = answer(row, "cap_applied") not in (None, "none") or answer(row, "rounding") not in (None, "none")
    return share <= Decimal("0.1") or explained


def _given_is_not_far_from_ordered(row: Row, context: Context) -> bool | None:
    share = _deviation_share(row, context)
    return None if share is None else share <= Decimal("0.5")


def _amount_is_within_all_experience(row: Row, context: Context) -> bool | None:
    found = _amounts(row, context)
    limits = (
        (found.mg_per_dose if answer(row, "cap_applied") in (None, "none") else None, HIGHEST_SINGLE_MG),
        (found.mg_per_day if answer(row, "cap_applied") in (None, "none") else None, HIGHEST_DAILY_MG),
        (found.mg_per_kg_day, HIGHEST_MG_PER_KG_DAY),
    )
    known = [amount <= limit for amount, limit in limits if amount is not None]
    return all(known) if known else None


def _amount_is_customary(row: Row, context: Context) -> bool | None:
    per_kg = _amounts(row, context).mg_per_kg_day
    return None if per_kg is None else 1 <= per_kg <= 10


def _dose_is_within_the_sites_cap(row: Row, context: Context) -> bool | None:
    protocol = context.protocol_on(day_of(answer(row, "from_at")))
    given = _number(answer(row, "given_mg"))
    if protocol is None or given is None:
        return None
    frequency = _code(answer(row, "frequency"))
    day = given_mg_per_day(given_mg=given, frequency=frequency)
    single = None if protocol.max_single_mg is None or frequency == "continuous" else given <= protocol.max_single_mg
    daily = None if protocol.max_day_mg is None or day is None else day <= protocol.max_day_mg
    return None if single is None and daily is None else single is not False and daily is not False


def _dose_is_within_the_customary_cap(row: Row, context: Context) -> bool | None:
    protocol = context.protocol_on(day_of(answer(row, "from_at")))
    given, frequency = _number(answer(row, "given_mg")), _code(answer(row, "frequency"))
    if given is None or (protocol and (protocol.max_single_mg is not None or protocol.max_day_mg is not None)):
        return None
    day = given_mg_per_day(given_mg=given, frequency=frequency)
    return (frequency == "continuous" or given <= CUSTOMARY_SINGLE_MG) and (day is None or day <= CUSTOMARY_DAILY_MG)


CHECKS: tuple[Check, ...] = (
    not_before(
        "anakinra_regimen",
        "until_at",
        "from_at",
        group=5,
        message="The order ends {until_at} before it begins {from_at}. Check both times.",
    ),
    not_after_death("anakinra_regimen", "from_at", label="The first dose", severity=HARD),
    not_after_death("anakinra_regimen", "until_at", label="The last dose", severity=HARD),
    entered_in_time("anakinra_regimen", "from_at"),
    Check(
        id="anakinra_regimen.basis_is_told",
        severity=HARD,
        items=("dose_value", "dose_basis"),
        message="A dose of {dose_value} without its basis cannot be understood. Choose mg/kg per dose, mg/kg per "
        "day or mg.",
        holds=_basis_is_told,
    ),
    Check(
        id="anakinra_regimen.course_has_begun",
        group=5,
        severity=HARD,
        items=("from_at",),
        message="{from_at} is before the first dose of the course. Check both times.",
        holds=_course_has_begun,
        also=of_linked("course", "anakinra_course", "started_at"),
    ),
    Check(
        id="anakinra_regimen.course_has_not_ended",
        group=5,
        severity=HARD,
        items=("until_at", "from_at"),
        message="The order reaches beyond the last dose of the course. Check the times of both pages.",
        holds=_course_has_not_ended,
        also=of_linked("course", "anakinra_course", "stopped_at"),
    ),
    Check(
        id="anakinra_regimen.continuous_fits_route",
        severity=SOFT,
        items=("frequency", "route"),
        message="Frequency “{frequency}” and route “{route}” do not go together. Correct one of them, or say why.",
        holds=_continuous_fits_route,
    ),
    Check(
        id="anakinra_regimen.given_near_ordered",
        severity=SOFT,
        items=("given_mg", "dose_value"),
        message="Given {given_mg}, ordered {mg_per_dose} per dose: more than a tenth apart, and neither cap nor "
        "rounding explains it. Correct one of them, or say why.",
        holds=_given_is_near_ordered,
    ),
    Check(
        id="anakinra_regimen.given_far_from_ordered",
        severity=CONFIRM,
        items=("given_mg", "dose_value"),
        message="Given {given_mg}, ordered {mg_per_dose} per dose: more than half apart. Is it one dose, not a "
        "day's? Check unit, basis and decimal point against the source.",
        holds=_given_is_not_far_from_ordered,
    ),
    Check(
        id="anakinra_regimen.amount_within_experience",
        severity=CONFIRM,
        items=("dose_value", "dose_basis", "frequency"),
        message="{dose_value} {dose_basis}, {frequency}, is above 600 mg per dose, 2400 mg or 48 mg/kg per day. "
        "Check it against the source.",
        holds=_amount_is_within_all_experience,
    ),
    Check(
        id="anakinra_regimen.amount_is_customary",
        severity=WARNING,
        items=("dose_value", "dose_basis", "frequency"),
        message="{dose_value} {dose_basis}, {frequency}, is outside 1 to 10 mg/kg per day. Fine if the chart says so.",
        holds=_amount_is_customary,
    ),
    Check(
        id="anakinra_regimen.within_site_cap",
        severity=SOFT,
        items=("given_mg",),
        message="{given_mg} is above the highest dose in the site's protocol. Correct it, or say why.",
        holds=_dose_is_within_the_sites_cap,
    ),
    Check(
        id="anakinra_regimen.within_customary_cap",
        severity=WARNING,
        items=("given_mg",),
        message="{given_mg} is above 100 mg per dose or 400 mg per day. The site's protocol states no cap: fine if "
        "the chart says so.",
        holds=_dose_is_within_the_customary_cap,
    ),
)
