"""Checks of order in time that many forms share: each function returns a Check for one form."""

from __future__ import annotations

from forms.anchors import anchors_of, of_all
from forms.branching import When
from forms.context import Context
from forms.derivations import days_span
from forms.form import Anchor, Check
from forms.infusions import first_infusion
from forms.items import CONFIRM, HARD, WARNING, Severity
from forms.values import Row, Value, answer, is_before

ENTRY_IS_LATE_AFTER_DAYS = 30


def not_before(
    form: str, later: str, earlier: str, *, message: str, severity: Severity = HARD, group: int = 0
) -> Check:
    """Return the check that one date of a row is not before another of the same row."""

    def holds(row: Row, context: Context) -> bool | None:
        wrong = is_before(answer(row, later), answer(row, earlier))
        return None if wrong is None else not wrong

    check_id = f"{form}.{later}_after_{earlier}"
    return Check(id=check_id, group=group, severity=severity, items=(later, earlier), message=message, holds=holds)


def not_before_infusion(
    form: str, day_item: str, *, label: str, severity: Severity = HARD, unless: When | None = None, group: int = 3
) -> Check:
    """Return the check that a row is not dated before the infusion it belongs to (day 0 is allowed).

    A row without a link is compared with the child's first infusion. ``unless`` names the rows that may be earlier;
    while the choice it looks at is not answered, nothing is said.
    """

    def holds(row: Row, context: Context) -> bool | None:
        if unless is not None and (unless.holds(row) or (unless.is_in and answer(row, unless.item) is None)):
            return None
        wrong = is_before(answer(row, day_item), infusion_day(row, context))
        return None if wrong is None else not wrong

    return Check(
        id=f"{form}.not_before_infusion",
        group=group,
        severity=severity,
        items=(day_item,),
        message=f"{label} {{{day_item}}} is before the infusion. Check the date, and which infusion it belongs to.",
        holds=holds,
        also=infusion_anchors,
    )


def not_after_death(form: str, day_item: str, *, label: str, severity: Severity = CONFIRM) -> Check:
    """Return the check that a row is not dated after the child's death.

    A result can come from a sample after death, so the default asks for a confirmation; doses and visits are refused.
    """

    def holds(row: Row, context: Context) -> bool | None:
        wrong = is_before(death_day(context), answer(row, day_item))
        return None if wrong is None else not wrong

    return Check(
        id=f"{form}.{day_item}_not_after_death",
        group=6,
        severity=severity,
        items=(day_item,),
        message=f"{label} {{{day_item}}} is after the recorded day of death. Check both dates.",
        holds=holds,
        uses=("end_of_study",),
        also=of_all("end_of_study", "died_on"),
    )


def entered_in_time(form: str, day_item: str) -> Check:
    """Return the check that a row was entered within 30 days of the day it tells of.

    ``entered_at`` (UTC) stands in every stored row; where a row does not say it, nothing is said. A child that was
    enrolled looking back is left out. The daily pages have no such check: forty warnings say no more than the late
    entries that the monitoring page counts.
    """

    def holds(row: Row, context: Context) -> bool | None:
        days = days_span(answer(row, day_item), answer(row, "entered_at"))
        if days is None or answer(context.single("enrolment"), "retrospective") is True:
            return None
        return days[0] <= ENTRY_IS_LATE_AFTER_DAYS

    return Check(
        id=f"{form}.entered_in_time",
        group=7,
        severity=WARNING,
        items=(day_item,),
        message=f"Entered more than {ENTRY_IS_LATE_AFTER_DAYS} days after {{{day_item}}}. Take the answers from the "
        "chart, not from memory.",
        holds=holds,
    )


def death_day(context: Context) -> Value:
    """Return the child's recorded day of death, None while there is none."""
    return answer(context.single("end_of_study"), "died_on")


def infusion_day(row: Row, context: Context) -> Value:
    """Return the day of the linked infusion, or of the child's first one when the row has no link."""
    infusion = _infusion(row, context)
    return answer(infusion, "infused_on") if infusion else None


def infusion_anchors(row: Row, context: Context) -> tuple[Anchor, ...]:
    """Return the day of that infusion as what a finding is about too."""
    return anchors_of("infusion", [_infusion(row, context)], "infused_on")


def _infusion(row: Row, context: Context) -> Row | None:
    linked = context.linked("infusion", answer(row, "infusion"))
    return linked if linked is not None else first_infusion(context.rows["infusion"])
