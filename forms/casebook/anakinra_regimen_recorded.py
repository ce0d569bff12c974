"""What other pages already say of an anakinra order: the course of its first one, the order before of a later one.

Offered, never filled in. What an order is written for, its dose, frequency, cap, step of a taper and what was done for
the kidneys, is never taken from another one, and no time but the first dose of the course.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from forms.context import Context
from forms.dosing.regimens import begun, earlier, in_order, siblings
from forms.form import Recorded, recorded_by_page
from forms.values import Row, answer

_FROM_THE_ORDER_BEFORE = ("dose_basis", "route", "rounding")
_GIVEN_ONCE = "iv_loading_bolus"
"""A route that no order has from the one before."""


def recorded_of_order(row: Row, context: Context) -> dict[str, Recorded]:
    """Return first dose and route of the course for its only order so far, for a later one what the order before says.

    As long as no course is chosen, only that of the last order.
    """
    key = answer(row, "course")
    if key is None:
        return _course_of_the_last_order(row, context)
    others = context.others("anakinra_regimen", row)
    if any(answer(other, "course") == key for other in others):
        return _of_the_order_before(row, context)
    return _of_the_first_dose(context.linked("anakinra_course", key) or {})


def _of_the_first_dose(course: Row) -> dict[str, Recorded]:
    first = answer(course, "started_at")
    if not isinstance(first, datetime):
        return {}
    return recorded_by_page("anakinra_course", "first dose", {"from_at": first, "route": answer(course, "route")})


def _of_the_order_before(row: Row, context: Context) -> dict[str, Recorded]:
    """Return what the newest other order of the course says; the newest that began before, once the start is known."""
    before = siblings(row, context) if begun(row) is None else earlier(row, context)
    return _told_by(before[-1], _FROM_THE_ORDER_BEFORE) if before else {}


def _course_of_the_last_order(row: Row, context: Context) -> dict[str, Recorded]:
    orders = in_order(context.others("anakinra_regimen", row))
    linked = [order for order in orders if context.linked("anakinra_course", answer(order, "course"))]
    return _told_by(linked[-1], ("course",)) if linked else {}


def _told_by(order: Row, names: Iterable[str]) -> dict[str, Recorded]:
    told = {name: answer(order, name) for name in names if answer(order, name) != _GIVEN_ONCE}
    return recorded_by_page("anakinra_regimen", f"the order from {begun(order):%Y-%m-%d %H:%M}", told)
