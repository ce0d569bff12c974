"""The change log as a person reads it: what happened to a record, or to a child, step by step."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from registry.audited import RECORD_STATE
from registry.log_tables import Change
from registry.models import Subject, User


@dataclass(frozen=True, kw_only=True)
class HistoryEntry:
    """One step in the history of a record, as a person reads it."""

    seq: int
    at: datetime
    actor: str
    actor_name: str
    action: str
    table: str
    record_key: str
    changes: Mapping[str, tuple[Any, Any]]
    state: Mapping[str, tuple[Any, Any]]
    reason: str
    confirmed: Mapping[str, str]


def of_record(session: Session, record_key: str) -> list[HistoryEntry]:
    """Return what happened to one record, oldest first."""
    return _history(session, Change.record_key == record_key)


def of_child(session: Session, subject: Subject) -> list[HistoryEntry]:
    """Return what happened to a child, to its records and to the data queries about them, oldest first."""
    return _history(session, or_(Change.subject_key == subject.key, Change.record_key == subject.key))


def _history(session: Session, wanted: ColumnElement[bool]) -> list[HistoryEntry]:
    rows = list(session.execute(select(Change.payload).where(wanted).order_by(Change.seq)).scalars())
    contents = [json.loads(payload) for payload in rows]
    actors = {content["actor"] for content in contents}
    names = dict(session.execute(select(User.key, User.name).where(User.key.in_(actors))).all())
    return [
        HistoryEntry(
            seq=content["seq"],
            at=datetime.fromisoformat(content["at"]),
            actor=content["actor"],
            actor_name=names.get(content["actor"], "The registry"),
            action=content["action"],
            table=content["table"],
            record_key=content["record"],
            changes={name: (old, new) for name, (old, new) in content["changes"].items() if name not in RECORD_STATE},
            state={name: (old, new) for name, (old, new) in content["changes"].items() if name in RECORD_STATE},
            reason=content["reason"],
            confirmed=content["confirmed"],
        )
        for content in contents
    ]
