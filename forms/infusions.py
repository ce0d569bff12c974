"""A child's infusions by the day on which they were given; one whose day is not known is neither first nor last."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from forms.values import Row, answer, day_of


def dated_infusions(infusions: Iterable[Row]) -> list[tuple[date, Row]]:
    """Return those of a child's infusions whose day is known, each behind its day, in the order in which they come."""
    return [(day, row) for row in infusions if (day := day_of(answer(row, "infused_on"))) is not None]


def first_infused_on(infusions: Iterable[Row]) -> date | None:
    """Return the day of a child's first infusion."""
    return min((day for day, _ in dated_infusions(infusions)), default=None)


def first_infusion(infusions: Iterable[Row]) -> Row | None:
    """Return a child's first infusion."""
    dated = dated_infusions(infusions)
    return min(dated, key=lambda pair: pair[0])[1] if dated else None


def last_infusion(infusions: Iterable[Row], by: date | None) -> Row | None:
    """Return a child's last infusion on or before a day: the one an event without a link counts from."""
    past = [pair for pair in dated_infusions(infusions) if by is not None and pair[0] <= by]
    return max(past, key=lambda pair: pair[0])[1] if past else None
