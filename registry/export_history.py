"""What happened to an export, in words, and how often it was downloaded: from the change log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from registry import log_history
from registry.log_tables import Change
from registry.release.export_rows import (
    DELETED,
    DONE,
    FAILED,
    QUEUED,
    REFUSED,
    RUNNING,
    STEP_TABLE,
    TAKEN_BACK,
    WAITING,
)
from registry.release.models import Export

STEPS = {
    WAITING: "Asked for; waits for approval",
    QUEUED: "Asked for",
    RUNNING: "Writing began",
    DONE: "Written",
    REFUSED: "Refused",
    FAILED: "Failed",
    DELETED: "Files deleted",
    TAKEN_BACK: "Taken back by who asked",
}
DECISIONS = {(WAITING, QUEUED): "Approved", (WAITING, REFUSED): "Declined"}
AGAIN, ASKED = (DONE, FAILED, DELETED), (WAITING, QUEUED)


@dataclass(frozen=True, kw_only=True)
class HistoryLine:
    """One step in the life of an export."""

    at: datetime
    name: str
    what: str
    reason: str


def history(session: Session, export: Export) -> list[HistoryLine]:
    """Return each step of an export as the log tells it, oldest first."""
    found = []
    for entry in log_history.of_record(session, export.key):
        said = entry.reason
        if entry.action == "download":
            what = "Downloaded"
        elif entry.action == "refusal":
            what = "A step was refused"
        elif "status" in entry.changes:
            old, new = entry.changes["status"]
            what = DECISIONS.get((old, new)) or ("To be written again" if old in AGAIN and new in ASKED else STEPS[new])
            said = said or entry.changes.get("message", ("", ""))[1] or ""
        else:
            continue
        found.append(HistoryLine(at=entry.at, name=entry.actor_name, what=what, reason=said))
    return found


def downloads(session: Session, exports: Sequence[Export]) -> dict[str, int]:
    """Return how often the files of each export were downloaded; one statement."""
    statement = (
        select(Change.record_key, func.count())
        .where(Change.table_name == STEP_TABLE, Change.record_key.in_([export.key for export in exports]))
        .where(Change.payload.like('%"action":"download"%'))
        .group_by(Change.record_key)
    )
    return dict(session.execute(statement).all())
