"""Data queries: opened by the judge or by a person, answered with a reason, closed when the value is corrected."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, selectinload

from forms.casebook import CASEBOOK
from forms.context import RowsByForm
from forms.form import Anchor, Finding, Form
from forms.items import SOFT, WARNING
from forms.values import Row
from registry import audit
from registry.models import DataQuery, DataQueryAnchor, DataQueryEvent, Subject, User, new_key
from registry.tables import Record, canonical

MANUAL = "manual"
OPEN, ANSWERED, CLOSED = "open", "answered", "closed"


class NoReason(ValueError):
    """A data query was to be answered, raised or closed without a word why."""

    def __str__(self) -> str:
        return "Give the reason in a few words."


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A record with everything that the judge now says about it, and the save after which it was judged.

    ``rows`` are the child's rows it was judged among. ``by`` is None where nobody saved anything. ``is_overdue`` tells
    that its missing answers have been waited for long enough.
    """

    subject: Subject
    record: Record
    rows: RowsByForm
    findings: tuple[Finding, ...]
    at: datetime
    by: User | None = None
    is_overdue: bool = False


def opens_query(finding: Finding, record: Record, *, is_overdue: bool = False) -> bool:
    """Tell whether a finding asks a question: all but warnings, and missing answers once they should be there."""
    if finding.severity is WARNING:
        return False
    return record.is_complete or is_overdue if finding.is_missing else True


def found_values(record: Record, finding: Finding, rows: RowsByForm) -> dict[str, Any]:
    """Return the answers that a finding about a record is about, as plain data: a reason holds for these only."""
    return found_in(CASEBOOK[record.form], record.row, finding, rows)


def found_in(form: Form, row: Row, finding: Finding, rows: RowsByForm) -> dict[str, Any]:
    """Return the answers that a finding about a row is about, as plain data.

    Those of the row stand under the item's name, those of others under ``form:key:item``.
    """
    found = {name: canonical(form.items[name], row.get(name)) for name in finding.items}
    for anchor in finding.anchors:
        other = next((other for other in rows[anchor.form] if other["key"] == anchor.key), {})
        item = CASEBOOK[anchor.form].items[anchor.item]
        found[f"{anchor.form}:{anchor.key}:{anchor.item}"] = canonical(item, other.get(anchor.item))
    return found


def anchors_of(found: Iterable[str], record_key: str) -> set[tuple[str, str]]:
    """Return the (record key, item) of each answer that a data query is about."""
    parts = (name.split(":") for name in found)
    return {(part[1], part[2]) if len(part) == 3 else (record_key, part[0]) for part in parts}


def elsewhere(query: DataQuery) -> tuple[Anchor, ...]:
    """Return the answers of other records that a data query is about."""
    parts = (name.split(":") for name in query.found)
    return tuple(Anchor(form=part[0], key=part[1], item=part[2]) for part in parts if len(part) == 3)


def standing(session: Session, subject_ids: Iterable[int]) -> list[DataQuery]:
    """Return the judge's data queries about some children that are open or answered."""
    return list(session.execute(_STANDING, {"subjects": list(subject_ids)}).scalars())


_STANDING = select(DataQuery).where(
    DataQuery.subject_id.in_(bindparam("subjects", expanding=True)),
    DataQuery.status != CLOSED,
    DataQuery.check_id != MANUAL,
)


def accepted(standing: Iterable[DataQuery]) -> dict[tuple[str, str], dict[str, Any]]:
    """Return (record key, check id) -> the answers for which a reason was already given."""
    return {(query.record_key, query.check_id): query.found for query in standing if query.status == ANSWERED}


def reconcile(
    session: Session,
    judged: Sequence[Judged],
    known: list[DataQuery],
    *,
    confirmed: Mapping[str, Mapping[str, str]],
    save_id: str,
) -> list[audit.Entry]:
    """Open, reopen and close data queries so that they say what the judge says; return their log entries.

    Judging the same data again changes nothing. ``known`` are the data queries that stand about these children (those
    about records that were not judged stay as they are); afterwards the list holds those that stand then.
    ``confirmed`` is record key -> check id -> reason given at the save.
    """
    by_key = {item.record.key: item for item in judged}
    standing = {query.fingerprint: query for query in known if query.record_key in by_key}
    entries: list[audit.Entry] = []
    opened: list[DataQuery] = []
    for item in judged:
        reasons = confirmed.get(item.record.key, {})
        for finding in item.findings:
            asks = opens_query(finding, item.record, is_overdue=item.is_overdue)
            if finding.severity is WARNING or not (asks or standing):
                continue
            query = standing.pop(_fingerprint(item.subject, item.record.key, finding), None)
            # An answer that is still missing stays asked for, whoever saves the form in between.
            reason = reasons.get(finding.check_id, "")
            if query is not None:
                entries += _ask_again(session, item, finding, query, reason=reason, save_id=save_id)
            elif asks:
                opened.append(_open(session, item, finding, reason))
                entries.append(_opened(opened[-1], item, reason, save_id))
    for query in standing.values():
        item = by_key[query.record_key]
        why = "The value was corrected." if item.by else "Judged again: nothing to ask any more."
        entries.append(_move(session, query, CLOSED, why, None, item.at, item.subject, save_id))
    known[:] = [query for query in (*known, *opened) if query.status != CLOSED]
    return entries


def _open(session: Session, item: Judged, finding: Finding, reason: str) -> DataQuery:
    found = found_values(item.record, finding, item.rows)
    status = ANSWERED if reason else OPEN
    query = _new_query(item.subject, item.record, finding.check_id, finding, found, status, item.at)
    session.add(query)
    query.events.append(DataQueryEvent(at=item.at, actor=audit.SYSTEM, kind=OPEN, reason=finding.message))
    if reason:
        query.events.append(DataQueryEvent(at=item.at, actor=_actor(item, reason), kind=ANSWERED, reason=reason))
    return query


def _opened(query: DataQuery, item: Judged, reason: str, save_id: str) -> audit.Entry:
    changes = _opening(query, item.subject)
    return _entry(query, item.subject, changes, _actor(item, reason), item.at, save_id, reason)


def _actor(item: Judged, reason: str) -> str:
    return item.by.key if item.by and reason else audit.SYSTEM


def _ask_again(
    session: Session,
    item: Judged,
    finding: Finding,
    query: DataQuery,
    *,
    reason: str,
    save_id: str,
) -> list[audit.Entry]:
    by, at = item.by, item.at
    found = found_values(item.record, finding, item.rows)
    if query.found == found and query.status == ANSWERED:
        return []
    changes = _said_now(query, finding.message, found)
    if query.status == OPEN and not reason:
        return [_entry(query, item.subject, changes, audit.SYSTEM, at, save_id, "")] if changes else []
    if reason:
        return [_move(session, query, ANSWERED, reason, by, at, item.subject, save_id, changes=changes)]
    changed = "The answer changed: the reason was for another value."
    return [_move(session, query, OPEN, changed, None, at, item.subject, save_id, changes=changes)]


def _said_now(query: DataQuery, message: str, found: dict[str, Any]) -> dict[str, list[Any]]:
    """Keep what a data query says and the answers it is about now; return what differs for the log."""
    changes: dict[str, list[Any]] = {"message": [query.message, message]} if query.message != message else {}
    query.message = message
    if query.found == found:
        return changes
    changes["found"] = [query.found, found]
    if query.found.keys() != found.keys():
        wanted = anchors_of(found, query.record_key)
        query.anchors = [anchor for anchor in query.anchors if (anchor.record_key, anchor.item) in wanted]
        known = {(anchor.record_key, anchor.item) for anchor in query.anchors}
        query.anchors += [DataQueryAnchor(record_key=key, item=item) for key, item in sorted(wanted - known)]
    query.found = found
    return changes


def _new_query(
    subject: Subject, record: Record, check_id: str, finding: Finding, found: dict[str, Any], status: str, at: datetime
) -> DataQuery:
    return DataQuery(
        key=new_key(),
        subject_id=subject.id,
        form=record.form,
        record_key=record.key,
        check_id=check_id,
        check_version=finding.version,
        fingerprint=_fingerprint(subject, record.key, finding),
        severity=finding.severity.value,
        message=finding.message,
        found=found,
        status=status,
        opened_at=at,
        anchors=[DataQueryAnchor(record_key=key, item=item) for key, item in sorted(anchors_of(found, record.key))],
    )


def _opening(query: DataQuery, subject: Subject) -> dict[str, list[Any]]:
    columns = ("form", "record_key", "check_id", "check_version", "severity", "message", "found", "status")
    return {"subject_id": [None, subject.key], **{name: [None, getattr(query, name)] for name in columns}}


def _fingerprint(subject: Subject, record_key: str, finding: Finding) -> str:
    text = "|".join((subject.key, record_key, finding.check_id, *finding.items))
    return hashlib.sha256(text.encode()).hexdigest()


def _move(
    session: Session,
    query: DataQuery,
    status: str,
    reason: str,
    by: User | None,
    at: datetime,
    subject: Subject,
    save_id: str,
    *,
    changes: audit.Changes | None = None,
) -> audit.Entry:
    changes = {"status": [query.status, status], **(changes or {})}
    query.status = status
    query.closed_at = at if status == CLOSED else None
    actor = by.key if by else audit.SYSTEM
    session.add(DataQueryEvent(data_query_id=query.id, at=at, actor=actor, kind=status, reason=reason))
    return _entry(query, subject, changes, actor, at, save_id, reason)


def _entry(
    query: DataQuery, subject: Subject, changes: audit.Changes, actor: str, at: datetime, save_id: str, reason: str
) -> audit.Entry:
    return audit.Entry(
        table="data_query",
        record_key=query.key,
        action="create" if "check_id" in changes else "change",
        changes=changes,
        actor=actor,
        at=at,
        save_id=save_id,
        subject_key=subject.key,
        reason=reason,
    )


def for_subjects(session: Session, subject_ids: Iterable[int], *, status: str = OPEN) -> list[DataQuery]:
    """Return the data queries of some children with a status, oldest first, ready to be shown."""
    statement = (
        select(DataQuery)
        .where(DataQuery.subject_id.in_(list(subject_ids)), DataQuery.status == status)
        .options(selectinload(DataQuery.anchors), selectinload(DataQuery.events), selectinload(DataQuery.subject))
        .order_by(DataQuery.opened_at, DataQuery.id)
    )
    return list(session.execute(statement).scalars())


def answer(session: Session, query: DataQuery, reason: str, *, by: User, at: datetime) -> None:
    """Answer a data query with a reason; it holds until the value changes. The caller commits."""
    if not reason.strip():
        raise NoReason
    audit.append(session, [_move(session, query, ANSWERED, reason.strip(), by, at, query.subject, new_key())])


def close(session: Session, query: DataQuery, reason: str, *, by: User, at: datetime) -> None:
    """Close a data query that a person raised. The caller commits."""
    if not reason.strip():
        raise NoReason
    audit.append(session, [_move(session, query, CLOSED, reason.strip(), by, at, query.subject, new_key())])


def raise_manually(
    session: Session, subject: Subject, record: Record, items: tuple[str, ...], message: str, *, by: User, at: datetime
) -> DataQuery:
    """Ask a question about items of a record; return the new data query. The caller commits."""
    if not message.strip():
        raise NoReason
    finding = Finding(check_id=f"{MANUAL}.{new_key()}", severity=SOFT, items=items, message=message.strip())
    query = _new_query(subject, record, MANUAL, finding, found_values(record, finding, {}), OPEN, at)
    session.add(query)
    query.events.append(DataQueryEvent(at=at, actor=by.key, kind=OPEN, reason=finding.message))
    audit.append(session, [_entry(query, subject, _opening(query, subject), by.key, at, new_key(), message.strip())])
    return query
