"""The checks of the anakinra regimen form that look at the dose: its basis, what was given, and the caps."""

from __future__ import annotations

from decimal import Decimal

from forms.anchors import of_linked
from forms.context import Context
from forms.dosing import CONTINUOUS, given_mg_per_day
from forms.dosing.protocol_words import dose_words, number_words
from forms.dosing.regimens import Order
from forms.form import Check
from forms.items import CONFIRM, HARD, SOFT, WARNING
from forms.values import Row

HIGHEST_SINGLE_MG = 600
HIGHEST_DAILY_MG = 2400
HIGHEST_MG_PER_KG_DAY = 48
CUSTOMARY_DAILY_MG = 400
CUSTOMARY_SINGLE_MG = 100
CUSTOMARY_MG_PER_KG_DAY = (1, 10)
FLAT_IS_MUCH_ABOVE_MG_PER_KG = 2
NEAR, FAR = Decimal("0.1"), Decimal("0.5")
"""CLINICAL.md section 4, and groups 11 to 14 of section 5 with decisions D13 and D14."""

_OTHER_BASIS = {
    "mg_per_kg_dose": "mg_per_kg_day",
    "mg_per_kg_day": "mg_per_kg_dose",
    "mg_flat": "mg_flat_day",
    "mg_flat_day": "mg_flat",
}
_of_weight = of_linked("course", "anakinra_course", "dosing_weight_kg")


def _basis_is_told(row: Row, context: Context) -> bool | None:
    order = Order(row, context)
    return None if order.value is None else order.basis is not None


def _amount_can_be_told(row: Row, context: Context) -> bool | None:
    order = Order(row, context)
    if order.value is None or order.basis is None or order.frequency is None:
        return None
    return order.frequency != CONTINUOUS or order.basis in ("mg_per_kg_day", "mg_flat_day")


def _expected(order: Order, rounding: str | None) -> tuple[Decimal | None, Decimal | None]:
    """Return the lowest and the highest that one dose should be; None at an end that cannot be told.

    Whether a cap cut the order may not be told yet, or the protocol does not state the cap that the page names: then
    the dose may be lower than the order, by every stated cap or by any.
    """
    uncut = order.expected_mg(rounding=rounding, cap_applied="none")
    if order.cap_applied is None:
        is_known = order.protocol is not None
        return order.expected_mg(rounding=rounding, cap_applied=order.caps.stated) if is_known else None, uncut
    expected = order.expected_mg(rounding=rounding, cap_applied=order.cap_applied)
    return expected, uncut if expected is None else expected


def _share_off(given: Decimal, low: Decimal | None, high: Decimal | None) -> Decimal | None:
    """Return how far the dose given is off, as a share of what it should be; 0 between the two ends."""
    if low and given < low:
        return (low - given) / low
    if high and given > high:
        return (given - high) / high
    return None if high is None else Decimal(0)


def _deviation(row: Row, context: Context) -> Decimal | None:
    order = Order(row, context)
    return None if order.given_mg is None else _share_off(order.given_mg, *_expected(order, order.rounding))


def _given_is_near_ordered(row: Row, context: Context) -> bool | None:
    share = _deviation(row, context)
    return None if share is None or share > FAR else share <= NEAR


def _given_is_not_far_from_ordered(row: Row, context: Context) -> bool | None:
    order = Order(row, context)
    share = None if order.given_mg is None else _share_off(order.given_mg, *_expected(order, _rounding(order)))
    return None if share is None else share <= FAR


def _rounding(order: Order) -> str | None:
    """Return the rule of rounding; another rule than those listed is none, as it does not halve or double a dose."""
    return None if order.rounding == "other" else order.rounding


def _what_was_expected(row: Row, context: Context) -> str:
    order = Order(row, context)
    low, high = _expected(order, _rounding(order))
    if low is None and high is None:
        return "another dose"
    each = "per day" if order.frequency == CONTINUOUS else "per dose"
    ends = [number_words(mg) for mg in dict.fromkeys((low, high)) if mg is not None]
    return f"{'at most ' if low is None else ''}{' to '.join(ends)} mg {each}"


def _basis_fits_what_was_given(row: Row, context: Context) -> bool | None:
    """Tell whether the dose given does not fit the order much better under the other basis, per dose or per day."""
    order = Order(row, context)
    share = _off_as_told(order)
    if share is None or order.basis is None:
        return None
    fits = _off_as_told(Order({**row, "dose_basis": _OTHER_BASIS[order.basis]}, context))
    return share <= NEAR or fits is None or fits > NEAR


def _off_as_told(order: Order) -> Decimal | None:
    """Return how far the dose given is off, no cap being told standing for none."""
    expected = order.expected_mg(rounding=order.rounding, cap_applied=order.cap_applied or "none")
    return None if order.given_mg is None else _share_off(order.given_mg, expected, expected)


def _basis_that_fits(row: Row, context: Context) -> str:
    order = Order(row, context)
    if order.value is None or order.basis is None:
        return "the other basis"
    basis = _OTHER_BASIS[order.basis]
    each = " per dose" if basis in ("mg_per_kg_dose", "mg_flat") else ""
    return f"{dose_words(order.value, basis)}{each}"


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


DOSE_CHECKS: tuple[Check, ...] = (
    Check(
        id="anakinra_regimen.basis_is_told",
        group=11,
        severity=HARD,
        items=("dose_value", "dose_basis"),
        message="A dose of {dose_value} without its basis cannot be understood. Choose mg/kg or mg, per dose or per "
        "day.",
        holds=_basis_is_told,
    ),
    Check(
        id="anakinra_regimen.amount_can_be_told",
        group=11,
        severity=HARD,
        items=("dose_basis", "frequency"),
        message="{dose_basis} has no daily amount when given continuously. Choose mg/kg per day or mg per day, or "
        "correct the frequency.",
        holds=_amount_can_be_told,
    ),
    Check(
        id="anakinra_regimen.basis_fits_given",
        group=11,
        severity=WARNING,
        items=("dose_basis", "given_mg"),
        message="{given_mg} fits {why}, not {dose_value} {dose_basis}. Check whether the order is per dose or per day.",
        holds=_basis_fits_what_was_given,
        explain=_basis_that_fits,
        also=_of_weight,
    ),
    Check(
        id="anakinra_regimen.given_near_ordered",
        group=12,
        version=2,
        severity=SOFT,
        items=("given_mg", "dose_value"),
        message="Given {given_mg}, but order, cap and rounding give {why}: more than a tenth apart. Correct one of "
        "them, or say why.",
        holds=_given_is_near_ordered,
        explain=_what_was_expected,
        also=_of_weight,
    ),
    Check(
        id="anakinra_regimen.given_far_from_ordered",
        group=12,
        version=2,
        severity=CONFIRM,
        items=("given_mg", "dose_value"),
        message="Given {given_mg}, but order, cap and rounding give {why}: more than half apart. Is it one dose, not a "
        "day's? Check unit, basis and decimal point against the source.",
        holds=_given_is_not_far_from_ordered,
        explain=_what_was_expected,
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
        message="{dose_value} {dose_basis}, {frequency}, is above 600 mg per dose, 2400 mg or 48 mg/kg per day. "
        "Check it against the source.",
        holds=_amount_is_within_all_experience,
        also=_of_weight,
    ),
    Check(
        id="anakinra_regimen.amount_is_customary",
        group=14,
        severity=WARNING,
        items=("dose_value", "dose_basis", "frequency"),
        message="{dose_value} {dose_basis}, {frequency}, comes to {why}, outside the usual 1 to 10. Fine if the chart "
        "says so.",
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
