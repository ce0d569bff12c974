"""Courses of anakinra that ended nobody knows when: an empty last dose goes on, one that is “unknown” does not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from analysis.cut import Record
from forms.dosing.agents import Span, course_span, span_of
from forms.values import NullFlavour, answer


def has_unknown_end(course: Record) -> bool:
    """Tell whether a last dose was given at a time that is missing for a reason; one that does not apply goes on."""
    last = course.get("stopped_at")
    return isinstance(last, NullFlavour) and last is not NullFlavour.NOT_APPLICABLE


def told_span(course: Record) -> Span | None:
    """Return when anakinra was given, certain on the first dose alone where the last is not known."""
    span = course_span(course)
    return span_of(course) if span is not None and has_unknown_end(course) else span


def shown_span(course: Record, orders: Iterable[Record]) -> Span | None:
    """Return when anakinra is known to have been given; to the last day that an order tells where the end is unknown.

    An order names its first and, once it ended, its last dose.
    """
    span = told_span(course)
    if span is None or not has_unknown_end(course):
        return span
    own = [order for order in orders if answer(order, "course") == course["record"]]
    doses = [at for order in own for item in ("from_at", "until_at") if isinstance(at := answer(order, item), datetime)]
    return replace(span, possible_to=max([span.possible_from, *doses]))
