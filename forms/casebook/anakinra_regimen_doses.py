"""The checks of the anakinra regimen form on whether the order can be understood and the dose given follows from it."""

from __future__ import annotations

from decimal import Decimal

from forms.anchors import of_linked
from forms.context import Context
from forms.dosing import CONTINUOUS
from forms.dosing.protocol_words import dose_words, number_words
from forms.dosing.regimens import Order
from forms.form import Check
from forms.items import CONFIRM, HARD, SOFT, WARNING
from forms.values import Row

NEAR, FAR = Decimal("0.1"), Decimal("0.5")
"""Shares of a dose: CLINICAL.md section 5, groups 11 and 12, with decision D13."""

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
)
