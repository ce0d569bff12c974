"""Checks of an anakinra course asked about one course."""

from __future__ import annotations

from typing import Any

import one_check
from courses import course_context, row_of
from forms.context import Context
from one_check import CHECKS, anchored

COURSE = {"key": "c1", "given": "yes", "started_at": "2026-03-10 18:00", "episode": "t1"}
LATER = {"key": "c2", "given": "yes", "started_at": "2026-03-20 06:00"}


def known(*courses: dict[str, str], **rows: Any) -> Context:
    """Return what is stored about the child: its courses and other rows."""
    return course_context(**{"anakinra_course": courses, **rows})


def page(typed: dict[str, Any]) -> Any:
    """Return a course as typed; what is empty is not answered."""
    return row_of("anakinra_course", {name: text for name, text in typed.items() if text})


def holds(name: str, typed: dict[str, Any], context: Context | None = None) -> bool | None:
    """Return what a check of the course says of it."""
    return CHECKS[f"anakinra_course.{name}"].holds(page(typed), known() if context is None else context)


def explained(name: str, typed: dict[str, Any], context: Context) -> str:
    """Return what a check of the course says beside what was found."""
    return one_check.explained(CHECKS[f"anakinra_course.{name}"], page(typed), context)


def compared(name: str, typed: dict[str, Any], context: Context) -> list[tuple[str, str, str]]:
    """Return the answers of other records that a check of the course compared."""
    return anchored(CHECKS[f"anakinra_course.{name}"], page(typed), context)
