"""Checks of order in time that many forms share: each function returns a Check for one form."""

from __future__ import annotations

from forms.branching import When
from forms.context import Context
from forms.form import Check
from forms.items import CONFIRM, HARD, Severity
from forms.values import Row, Value, answer, day_of, is_before


def not_before(form: str, later: str, earlier: str, *, message: str, severity: Severity = HARD) -> Check:
    """Return the check that one date of a row is not before another of the same row."""

    def holds(row: Row, context: Context) -> bool | None:
        wrong = is_before(answer(row, later), answer(row, earlier))
        return None if wrong is None else not wrong

    check_id = f"{form}.{later}_after_{earlier}"
    return Check(id=check_id, severity=severity, items=(later, earlier), message=message, holds=holds)


def not_before_infusion(
    form: str, day_item: str, *, label: str, severity: Severity = HARD, unless: When | None = None
) -> Check:
    """Return the check that a row is not dated before the infusion it belongs to (day 0 is allowed).

    A row without a link is compared with the child's first infusion. ``unless`` names the rows that may be earlier.
    """

    def holds(row: Row, context: Context) -> bool | None:
        if unless is not None and unless.holds(row):
            return None
        wrong = is_before(answer(row, day_item), infusion_day(row, context))
        return None if wrong is None else not wrong

    return Check(
        id=f"{form}.not_before_infusion",
        severity=severity,
        items=(day_item,),
        message=f"{label} {{{day_item}}} is before the infusion. Check the date, and which infusion it belongs to.",
        holds=holds,
    )


def not_after_death(form: str, day_item: str, *, label: str, severity: Severity = CONFIRM) -> Check:
    """Return the check that a row is not dated after the child's death.

    A result can come from a sample after death, so the default asks for a confirmation; doses and visits are refused.
    """

    def holds(row: Row, context: Context) -> bool | None:
        wrong = is_before(answer(context.single("end_of_study"), "died_on"), answer(row, day_item))
        return None if wrong is None else not wrong

    return Check(
        id=f"{form}.{day_item}_not_after_death",
        severity=severity,
        items=(day_item,),
        message=f"{label} {{{day_item}}} is after the recorded day of death. Check both dates.",
        holds=holds,
        uses=("end_of_study",),
    )


def infusion_day(row: Row, context: Context) -> Value:
    """Return the day of the linked infusion, or of the child's first one when the row has no link."""
    linked = context.linked("infusion", answer(row, "infusion"))
    if linked is not None:
        return answer(linked, "infused_on")
    days = [day_of(answer(infusion, "infused_on")) for infusion in context.rows["infusion"]]
    return min((day for day in days if day is not None), default=None)
