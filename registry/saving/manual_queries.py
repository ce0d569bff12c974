"""The questions that people raised about a record, when the record is voided or comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from registry import audit
from registry.data_queries import ANSWERED, MANUAL, OPEN, move
from registry.models import DataQuery
from registry.saving.planning import PlannedSave

VOIDED = "The record was voided: {}"
CAME_BACK = "The voiding was taken back: {}"


def follow(session: Session, changed: Sequence[PlannedSave]) -> list[audit.Entry]:
    """Answer the open questions about records that were voided, with the reason; return the log entries.

    Nobody can look a voided record's value up any more, and whoever asked reads why. Where a voiding is taken back,
    the questions that it had answered are open again.
    """
    moved = {plan.record.key: plan for plan in changed if plan.submission.void or plan.submission.restore}
    if not moved:
        return []
    entries = []
    for query in _about(session, moved):
        plan = moved[query.record_key]
        if step := _step(query, plan):
            told = plan.submission
            entries.append(move(session, query, *step, told.by, told.at, told.subject, plan.save_id))
    return entries


def _about(session: Session, moved: Mapping[str, PlannedSave]) -> list[DataQuery]:
    by_hand = (DataQuery.check_id == MANUAL) & DataQuery.status.in_((OPEN, ANSWERED))
    about = select(DataQuery).where(by_hand, DataQuery.record_key.in_(list(moved))).order_by(DataQuery.id)
    return list(session.scalars(about.options(selectinload(DataQuery.events))))


def _step(query: DataQuery, plan: PlannedSave) -> tuple[str, str] | None:
    """Return the status that a question comes to and the words for it; None where it stays as it is."""
    reason = plan.submission.reason.strip()
    if plan.submission.void:
        return (ANSWERED, VOIDED.format(reason)) if query.status == OPEN else None
    voided_at = plan.previous.voided_at if plan.previous else None
    is_answered_by_it = query.status == ANSWERED and query.events[-1].at == voided_at
    return (OPEN, CAME_BACK.format(reason)) if is_answered_by_it else None
