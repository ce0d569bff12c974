"""The checks of the anakinra regimen form that hold an amount against the caps and against what others ever gave."""

from __future__ import annotations

from forms.anchors import of_linked
from forms.context import Context
from forms.dosing import CONTINUOUS, given_mg_per_day
from forms.dosing.protocol_words import number_words
from forms.dosing.regimens import Order
from forms.form import Check
from forms.items import CONFIRM, SOFT, WARNING
from forms.values import Row, answer

HIGHEST_SINGLE_MG = 600
HIGHEST_DAILY_MG = 2400
HIGHEST_MG_PER_KG_DAY = 48
CUSTOMARY_DAILY_MG = 400
CUSTOMARY_SINGLE_MG = 100
CUSTOMARY_MG_PER_KG_DAY = (1, 10)
FLAT_IS_MUCH_ABOVE_MG_PER_KG = 2
"""CLINICAL.md section 4, and groups 13 and 14 of section 5 with decisions D13 and D14."""

_of_weight = of_linked("course", "anakinra_course", "dosing_weight_kg")


def _weight_is_known(row: Row, context: Context) -> bool | None:
    course = context.linked("anakinra_course", answer(row, "course"))
    if course is None or answer(course, "given") is not True or answer(row, "dose_value") is None:
        return None
    return answer(course, "dosing_weight_kg") is not None


def _amount_is_within_all_experience(row: Row, context: Context) -> bool | None:
    order = Order(row, context)
    is_cut = order.cap_applied not in (None, "none")
    found = order.ordered
    limits = (
        (None if is_cut else found.mg_per_dose, HIGHEST_SINGLE_MG),
        (None if is_cut else found.mg_per_day, HIGHEST_DAILY_MG),
        (found.mg_per_kg_day, HIGHEST_MG_PER_KG_DAY),
    )
    known = [amount <= limit for amount, limit in limits if amount is not None]
    return all(known) if known else None


def _amount_is_customary(row: Row, context: Context) -> bool | None:
    per_kg = Order(row, context).ordered.mg_per_kg_day
    low, high = CUSTOMARY_MG_PER_KG_DAY
    return None if per_kg is None else low <= per_kg <= high


def _per_kg_day(row: Row, context: Context) -> str:
    per_kg = Order(row, context).ordered.mg_per_kg_day
    assert per_kg is not None
    return f"{number_words(per_kg)} mg/kg per day"


def _flat_dose_fits_a_small_child(row: Row, context: Context) -> bool | None:
    order = Order(row, context)
    if order.basis not in ("mg_flat", "mg_flat_day"):
        return None
    per_kg = order.ordered.mg_per_kg_dose
    return None if per_kg is None else per_kg <= FLAT_IS_MUCH_ABOVE_MG_PER_KG


def _per_kg(row: Row, context: Context) -> str:
    per_kg = Order(row, context).ordered.mg_per_kg_dose
    return f"{number_words(per_kg)} mg/kg" if per_kg is not None else "more than 2 mg/kg"


def _within(row: Row, context: Context, single: int | None, day: int | None) -> bool | None:
    """Tell whether the dose given is within two caps; None where neither can be compared with it."""
    order = Order(row, context)
    given = order.given_mg
    if given is None or (single is None and day is None):
        return None
    a_day = None if day is None else given_mg_per_day(given_mg=given, frequency=order.frequency)
    # Until the frequency is told, the mg may be those of 24 hours of a continuous infusion.
    by_dose = None if single is None or order.frequency in (None, CONTINUOUS) else given <= single
    by_day = None if day is None or a_day is None else a_day <= day
    known = [held for held in (by_dose, by_day) if held is not None]
    return all(known) if known else None


def _dose_is_within_the_sites_cap(row: Row, context: Context) -> bool | None:
    protocol = Order(row, context).protocol
    return None if protocol is None else _within(row, context, protocol.max_single_mg, protocol.max_day_mg)


def _dose_is_within_the_customary_cap(row: Row, context: Context) -> bool | None:
    """Judge by the customary highest doses wherever the site's protocol states none of its own (D14)."""
    order = Order(row, context)
    if order.day is None:
        return None
    caps = order.caps
    single = CUSTOMARY_SINGLE_MG if caps.single_mg is None else None
    day = CUSTOMARY_DAILY_MG if caps.day_mg is None else None
    return _within(row, context, single, day)


def _sites_cap(row: Row, context: Context) -> str:
    protocol = Order(row, context).protocol
    if protocol is None:
        return "another cap"
    single, day = protocol.max_single_mg, protocol.max_day_mg
    said = [f"{single} mg per dose" if single is not None else "", f"{day} mg per day" if day is not None else ""]
    return f"at most {' and '.join(part for part in said if part)} (protocol of {protocol.effective_from})"


AMOUNT_CHECKS: tuple[Check, ...] = (
    Check(
        id="anakinra_regimen.weight_is_known",
        group=15,
        severity=WARNING,
        items=("dose_value",),
        message="The course has no dosing weight: mg and mg/kg cannot be computed from each other. Enter the weight on "
        "the page of the course.",
        holds=_weight_is_known,
        also=_of_weight,
    ),
    Check(
        id="anakinra_regimen.within_site_cap",
        group=13,
        version=2,
        severity=SOFT,
        items=("given_mg",),
        message="{given_mg} is above the highest dose of the site: {why}. Correct it, or say why.",
        holds=_dose_is_within_the_sites_cap,
        explain=_sites_cap,
    ),
    Check(
        id="anakinra_regimen.within_customary_cap",
        group=13,
        version=2,
        severity=WARNING,
        items=("given_mg",),
        message="{given_mg} is above 100 mg per dose or 400 mg per day. The site's protocol states no such cap: fine "
        "if the chart says so.",
        holds=_dose_is_within_the_customary_cap,
    ),
    Check(
        id="anakinra_regimen.amount_within_experience",
        group=14,
        severity=CONFIRM,
        items=("dose_value", "dose_basis", "frequency"),
        message="{dose_value} {dose_basis}, {frequency:small}, is above 600 mg per dose, 2400 mg or 48 mg/kg per "
        "day. Check it against the source.",
        holds=_amount_is_within_all_experience,
        also=_of_weight,
    ),
    Check(
        id="anakinra_regimen.amount_is_customary",
        group=14,
        severity=WARNING,
        items=("dose_value", "dose_basis", "frequency"),
        message="{dose_value} {dose_basis}, {frequency:small}, comes to {why}, outside the usual 1 to 10. Fine if "
        "the chart says so.",
        holds=_amount_is_customary,
        explain=_per_kg_day,
        also=_of_weight,
    ),
    Check(
        id="anakinra_regimen.flat_dose_per_kg",
        group=14,
        severity=WARNING,
        items=("dose_value", "dose_basis"),
        message="{dose_value} {dose_basis} is {why} per dose for this child's weight, above 2 mg/kg. Fine if the chart "
        "says so.",
        holds=_flat_dose_fits_a_small_child,
        explain=_per_kg,
        also=_of_weight,
    ),
)
