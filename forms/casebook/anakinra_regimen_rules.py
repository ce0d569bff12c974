"""The checks of the anakinra regimen form, and the values it derives."""

from __future__ import annotations

from forms.anchors import of_linked
from forms.casebook.anakinra_regimen_amounts import AMOUNT_CHECKS
from forms.casebook.anakinra_regimen_doses import DOSE_CHECKS
from forms.casebook.anakinra_regimen_place import PLACE_CHECKS
from forms.context import Context
from forms.dosing import Amounts, given_mg_per_kg_day
from forms.dosing.regimens import Order
from forms.form import Check
from forms.items import HARD
from forms.ordering import entered_in_time, not_after_death, not_before
from forms.values import Answer, Row, answer, is_before


def _shown(row: Row, context: Context) -> Amounts:
    return Order(row, context).shown


def mg_per_dose(row: Row, context: Context) -> Answer | None:
    return _shown(row, context).mg_per_dose


def mg_per_day(row: Row, context: Context) -> Answer | None:
    return _shown(row, context).mg_per_day


def mg_per_kg_dose(row: Row, context: Context) -> Answer | None:
    return _shown(row, context).mg_per_kg_dose


def mg_per_kg_day(row: Row, context: Context) -> Answer | None:
    return _shown(row, context).mg_per_kg_day


def given_per_kg_day(row: Row, context: Context) -> Answer | None:
    order = Order(row, context)
    return given_mg_per_kg_day(given_mg=order.given_mg, frequency=order.frequency, weight_kg=order.weight_kg)


def _course_has_begun(row: Row, context: Context) -> bool | None:
    wrong = is_before(answer(row, "from_at"), answer(Order(row, context).course, "started_at"))
    return None if wrong is None else not wrong


def _course_has_not_ended(row: Row, context: Context) -> bool | None:
    last = answer(row, "until_at") or answer(row, "from_at")
    wrong = is_before(answer(Order(row, context).course, "stopped_at"), last)
    return None if wrong is None else not wrong


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
    *DOSE_CHECKS,
    *AMOUNT_CHECKS,
    *PLACE_CHECKS,
)
