"""Arithmetic that several forms derive from a row and what it links to."""

from __future__ import annotations

from datetime import MAXYEAR, date, datetime

from forms.context import Context
from forms.items import DATE, Count, Derived
from forms.values import Answer, Row, Value, answer, day_of, earliest, latest

MAJORITY_YEARS = 18
END_DAYS = ("died_on", "ended_on")
"""The days of an end-of-study page that end observation, as soon as it says why."""


def infusion_of(row: Row, context: Context, day_item: str) -> Row | None:
    """Return the infusion a row belongs to: the linked one, or the last on or before its own day."""
    linked = context.linked("infusion", answer(row, "infusion"))
    return linked or context.infusion_before(day_of(answer(row, day_item)))


def first_anakinra(context: Context) -> Value:
    """Return the child's first anakinra dose, or None when none is recorded."""
    doses = [answer(course, "started_at") for course in context.rows["anakinra_course"]]
    dated = [(when, dose) for dose in doses if (when := earliest(dose)) is not None]
    return min(dated, key=lambda pair: pair[0])[1] if dated else None


def has_undated_course(context: Context) -> bool:
    """Tell whether a course of anakinra has no first dose: it may have been at any time."""
    courses = context.rows["anakinra_course"]
    return any(answer(one, "given") is not False and answer(one, "started_at") is None for one in courses)


def days_between(start: Value, end: Value) -> int | None:
    """Return the calendar days from one date to another; None where either day is not known."""
    first, last = day_of(start), day_of(end)
    return (last - first).days if first is not None and last is not None else None


def observation_ended_on(end: Row) -> date | None:
    """Return the day on which an end-of-study page ends observation; None where its reason or its day is missing."""
    if answer(end, "reason") is None:
        return None
    return min((day for name in END_DAYS if (day := day_of(answer(end, name))) is not None), default=None)


def study_day(day_item: str) -> Derived:
    """Return the derived item "days after infusion" of a form dated by ``day_item``."""

    def compute(row: Row, context: Context) -> Answer | None:
        infusion = infusion_of(row, context, day_item)
        return days_between(answer(infusion, "infused_on"), answer(row, day_item)) if infusion else None

    return Derived(
        label="Day after infusion",
        unit="days",
        result=_days("Day after infusion"),
        is_day_number=True,
        compute=compute,
        privacy=DATE,
        derives_from=(day_item,),
        help="Counted from the infusion this page belongs to, which is day 0, such as 7.",
    )


def anakinra_day(day_item: str) -> Derived:
    """Return the derived item "days after first anakinra" of a form dated by ``day_item``."""

    def compute(row: Row, context: Context) -> Answer | None:
        return days_between(first_anakinra(context), answer(row, day_item))

    return Derived(
        label="Day after first anakinra",
        unit="days",
        result=_days("Day after first anakinra"),
        is_day_number=True,
        compute=compute,
        privacy=DATE,
        derives_from=(day_item,),
        help="Counted from the day of the child's first anakinra dose, which is day 0, such as 3.",
    )


def days_span(start: Value, end: Value) -> tuple[int, int] | None:
    """Return the fewest and the most calendar days that two dates, perhaps partial, leave possible."""
    first, last = (earliest(start), latest(start)), (earliest(end), latest(end))
    if first[0] is None or first[1] is None or last[0] is None or last[1] is None:
        return None
    return (last[0].date() - first[1].date()).days, (last[1].date() - first[0].date()).days


def age_span(birth: Value, on: Value) -> tuple[int, int] | None:
    """Return the youngest and the oldest age in completed years that two dates, perhaps partial, leave possible."""
    born, then = (earliest(birth), latest(birth)), (earliest(on), latest(on))
    if born[0] is None or born[1] is None or then[0] is None or then[1] is None:
        return None
    return completed_years(born[1].date(), then[0].date()), completed_years(born[0].date(), then[1].date())


def age_years(birth: Value, on: date | None) -> int | None:
    """Return the completed years of age on a day; None where a partial birth date leaves it open."""
    span = age_span(birth, on)
    return span[0] if span is not None and span[0] == span[1] else None


def majority(birth: Value) -> tuple[date, date] | None:
    """Return the first and the last day that can be the 18th birthday; the same day twice where the birthday is known.

    Who was born on 29 February comes of age on 1 March.
    """
    first, last = earliest(birth), latest(birth)
    # A slip such as 9999 is derived from before it is refused.
    if first is None or last is None or last.year > MAXYEAR - MAJORITY_YEARS:
        return None
    return _eighteen_years_after(first), _eighteen_years_after(last)


def _eighteen_years_after(born: datetime) -> date:
    year = born.year + MAJORITY_YEARS
    # No year that is eighteen years after a leap year is one.
    return date(year, 3, 1) if (born.month, born.day) == (2, 29) else date(year, born.month, born.day)


def completed_years(born: date, on: date) -> int:
    """Return the birthdays a child has had by a day."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def completed_months(born: date, on: date) -> int:
    """Return the months a child has completed by a day; one that is shorter than the day of birth ends with the next.

    So the months of a year end where the birthday says, also for a child born on 29 February.
    """
    return 12 * (on.year - born.year) + on.month - born.month - (on.day < born.day)


def _days(label: str) -> Count:
    return Count(label=label, privacy=DATE, unit="days", low=-40000, high=40000, help="Computed by the server.")
