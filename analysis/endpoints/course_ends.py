"""Courses of anakinra that ended nobody knows when: an empty last dose goes on, one that is “unknown” does not."""

from __future__ import annotations

from analysis.cut import Record
from forms.dosing.agents import Span, course_span, span_of
from forms.values import NullFlavour


def has_unknown_end(course: Record) -> bool:
    """Tell whether a last dose was given at a time that is missing for a reason; one that does not apply goes on."""
    last = course.get("stopped_at")
    return isinstance(last, NullFlavour) and last is not NullFlavour.NOT_APPLICABLE


def told_span(course: Record) -> Span | None:
    """Return when anakinra was given, certain on the first dose alone where the last is not known."""
    span = course_span(course)
    return span_of(course) if span is not None and has_unknown_end(course) else span
