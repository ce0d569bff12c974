"""Dates cut off where knowledge ends, and every exact date that such a one can mean."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache

from forms.casebook import CASEBOOK
from forms.context import Context
from forms.items import Day, Moment
from forms.values import PartialDate, Row, earliest

MONTHS_AWAY = (-12, -1, 0, 1, 12)
YEARS_AWAY = (-1, 0, 1)


def is_partial(form: str, name: str) -> bool:
    """Tell whether an item of a form may be answered with a date that is cut off."""
    item = CASEBOOK[form].items.get(name)
    return isinstance(item, (Day, Moment)) and item.partial


def cuts(value: PartialDate) -> Iterator[PartialDate]:
    """Yield a date cut to its month and its year, and the months and years around them."""
    first = value.earliest
    for away in MONTHS_AWAY:
        year, month = divmod(first.year * 12 + first.month - 1 + away, 12)
        yield PartialDate(f"{year}-{month + 1:02}")
    for away in YEARS_AWAY:
        yield PartialDate(f"{first.year + away}")


@cache
def exact(value: PartialDate, *, with_time: bool) -> tuple[PartialDate, ...]:
    """Return the exact dates a cut one can mean; of a day with its time the first and the last minute and noon."""
    first, last = value.earliest.date(), value.latest.date()
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    times = ("T00:00", "T12:00", "T23:59") if with_time else ("",)
    return tuple(PartialDate(f"{day}{time}") for day in days for time in times)


def with_time(form: str, name: str) -> bool:
    """Tell whether a date item asks for the time too."""
    return isinstance(CASEBOOK[form].items[name], Moment)


def as_partial(value: object) -> PartialDate | None:
    """Return a date of any kind as a partial one; None where it is no date."""
    if isinstance(value, PartialDate):
        return value
    return PartialDate(value.isoformat()[:16]) if isinstance(value, (date, datetime)) else None


def in_stored(context: Context, form: str, key: str, item: str, value: object) -> Context:
    """Return the context with one answer of a stored row replaced."""
    rows: tuple[Row, ...] = tuple(
        {**row, item: value} if row["key"] == key else row  # type: ignore[dict-item]
        for row in context.rows[form]
    )
    return replace(context, rows={**context.rows, form: rows})


def known(value: object) -> bool:
    """Tell whether a date is there at all."""
    return earliest(value) is not None  # type: ignore[arg-type]
