"""One check of the casebook asked about one row: whether it holds, what it says beside it, what it compared."""

from __future__ import annotations

from typing import Any

from bedside import assessed, child, row_of
from check_tables import checks
from forms.context import Context
from forms.form import Check
from forms.values import Row

CHECKS = checks()


def explained(check: Check, row: Row, known: Context) -> str:
    """Return what a check says in its message beside what was found."""
    assert check.explain is not None
    return check.explain(row, known)


def anchored(check: Check, row: Row, known: Context) -> list[tuple[str, str, str]]:
    """Return form, key and item of each answer of another record that a check compared."""
    assert check.also is not None
    return [(one.form, one.key, one.item) for one in check.also(row, known)]


def assessment_holds(name: str, answers: dict[str, Any], **rows: Any) -> bool | None:
    """Return what a check says of an assessment of day 3, 8 March at 6:00, that is among the child's rows."""
    row = assessed(3, **answers)
    stored = [*rows.pop("assessment", ()), row]
    return CHECKS[f"assessment.{name}"].holds(row_of("assessment", row), child(assessment=stored, **rows))


def assessment_anchored(check: Check, answers: dict[str, Any], **rows: Any) -> list[tuple[str, str, str]]:
    """Return what a check compared of other records, asked about such an assessment."""
    return anchored(check, row_of("assessment", assessed(3, **answers)), child(**rows))


def page_of(check_id: str, answers: dict[str, Any]) -> Row:
    """Return a record of the form that a check belongs to."""
    return row_of(check_id.split(".")[0], {"key": "own", **answers})


def page_holds(check_id: str, answers: dict[str, Any], **rows: Any) -> bool | None:
    """Return what a check says of a page beside the child's rows."""
    return CHECKS[check_id].holds(page_of(check_id, answers), child(**rows))


def page_anchored(check_id: str, answers: dict[str, Any], **rows: Any) -> list[tuple[str, str, str]]:
    """Return what a check compared of other records, asked about a page."""
    return anchored(CHECKS[check_id], page_of(check_id, answers), child(**rows))
