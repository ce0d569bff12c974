"""Data queries: what one is about, its steps and their log entries, and those a person answers, raises or closes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, select
from sqlalchemy.orm import Session, selectinload

from forms.casebook import CASEBOOK
from forms.context import RowsByForm
from forms.form import Anchor, Finding, Form
from forms.items import SOFT, WARNING
from forms.values import Row
from registry import audit
from registry.audited import AUDITED
from registry.models import DataQuery, DataQueryAnchor, DataQueryEvent, Subject, User, new_key
from registry.stored_records import Record
from registry.tables import canonical

MANUAL = "manual"
OPEN, ANSWERED, CLOSED = "open", "answered", "closed"


class NoReason(ValueError):
    """A data query was to be answered, raised or closed without a word why."""

    def __str__(self) -> str:
        return "Give the reason in a few words."


def opens_query(finding: Finding, record: Record, *, is_overdue: bool = False) -> bool:
    """Tell whether a finding asks a question: all but warnings, and missing answers once they should be there.

    An answer that is there and counts as missing, since it names a voided record, is asked about at once.
    """
    if finding.severity is WARNING:
        return False
    is_unanswered = finding.is_missing and record.row.get(finding.items[0]) is None
    return record.is_complete or is_overdue if is_unanswered else True


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


def count_about(session: Session, subject: Subject, record_keys: Iterable[str]) -> int:
    """Return how many open data queries of a child are about an answer of some records."""
    is_open = (DataQuery.subject_id == subject.id) & (DataQuery.status == OPEN)
    is_about = DataQuery.anchors.any(DataQueryAnchor.record_key.in_(list(record_keys)))
    return session.scalar(select(func.count()).select_from(DataQuery).where(is_open, is_about)) or 0


def reasons_before(session: Session, subject_ids: Iterable[int]) -> dict[str, tuple[DataQuery, str]]:
    """Return fingerprint -> the judge's data query that was closed last and the reason it was answered with till then.

    One that was closed unanswered is not among them.
    """
    wanted = (DataQuery.subject_id.in_(list(subject_ids)), DataQuery.status == CLOSED, DataQuery.check_id != MANUAL)
    closed = session.execute(select(DataQuery).where(*wanted).order_by(DataQuery.closed_at, DataQuery.id)).scalars()
    last = {query.fingerprint: query for query in closed}
    steps: dict[int, list[DataQueryEvent]] = {query.id: [] for query in last.values()}
    in_order = select(DataQueryEvent).where(DataQueryEvent.data_query_id.in_(list(steps))).order_by(DataQueryEvent.id)
    for step in session.execute(in_order).scalars():
        steps[step.data_query_id].append(step)
    found = {}
    for known_by, query in last.items():
        *_, before_closing, _closing = steps[query.id]
        if before_closing.kind == ANSWERED:
            found[known_by] = (query, before_closing.reason)
    return found


def accepted(standing: Iterable[DataQuery]) -> dict[tuple[str, str], dict[str, Any]]:
    """Return (record key, check id) -> the answers for which a reason was already given."""
    return {(query.record_key, query.check_id): query.found for query in standing if query.status == ANSWERED}


def new_query(
    subject: Subject, record: Record, check_id: str, finding: Finding, found: dict[str, Any], status: str, at: datetime
) -> DataQuery:
    """Return a data query, not yet added to the session."""
    return DataQuery(
        key=new_key(),
        subject_id=subject.id,
        form=record.form,
        record_key=record.key,
        check_id=check_id,
        check_version=finding.version,
        fingerprint=fingerprint(subject, record.key, finding),
        severity=finding.severity.value,
        message=finding.message,
        found=found,
        status=status,
        opened_at=at,
        anchors=[DataQueryAnchor(record_key=key, item=item) for key, item in sorted(anchors_of(found, record.key))],
    )


def opening(query: DataQuery, subject: Subject) -> dict[str, list[Any]]:
    """Return what the log keeps of a new data query."""
    columns = (name for name in AUDITED[DataQuery.__tablename__] if name != "subject_id")
    return {"subject_id": [None, subject.key], **{name: [None, getattr(query, name)] for name in columns}}


def fingerprint(subject: Subject, record_key: str, finding: Finding) -> str:
    """Return what one question is known by: child, record, check and the record's own items."""
    text = "|".join((subject.key, record_key, finding.check_id, *finding.items))
    return hashlib.sha256(text.encode()).hexdigest()


def move(
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
    """Take a data query to another status for a reason; return the log entry. ``by`` None is the registry itself."""
    changes = {"status": [query.status, status], **(changes or {})}
    query.status = status
    query.closed_at = at if status == CLOSED else None
    actor = by.key if by else audit.SYSTEM
    session.add(DataQueryEvent(data_query_id=query.id, at=at, actor=actor, kind=status, reason=reason))
    return log_entry(query, subject, changes, actor, at, save_id, reason)


def log_entry(
    query: DataQuery, subject: Subject, changes: audit.Changes, actor: str, at: datetime, save_id: str, reason: str
) -> audit.Entry:
    """Return the log entry of a step of a data query; its first one is the entry that holds its check."""
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


def opened_by_child(entries: Iterable[audit.Entry]) -> dict[str, tuple[str, ...]]:
    """Return subject key -> keys of the data queries that were opened, or opened again, by what the log keeps of it."""
    found: dict[str, tuple[str, ...]] = {}
    for entry in entries:
        if entry.table == DataQuery.__tablename__ and entry.changes.get("status", [None])[-1] == OPEN:
            child = str(entry.subject_key)
            found[child] = (*found.get(child, ()), entry.record_key)
    return found


def for_subjects(
    session: Session,
    subject_ids: Iterable[int],
    *conditions: ColumnElement[bool],
    status: str = OPEN,
    most: int | None = None,
) -> list[DataQuery]:
    """Return the data queries of some children with a status, oldest first, ready to be shown; at most so many."""
    statement = (
        select(DataQuery)
        .where(DataQuery.subject_id.in_(list(subject_ids)), DataQuery.status == status, *conditions)
        .options(selectinload(DataQuery.anchors), selectinload(DataQuery.events), selectinload(DataQuery.subject))
        .order_by(DataQuery.opened_at, DataQuery.id)
        .limit(most)
    )
    return list(session.execute(statement).scalars())


@dataclass(frozen=True, kw_only=True)
class Oldest:
    """The oldest open data queries of a child, and how many there are in all."""

    queries: tuple[DataQuery, ...]
    total: int


def oldest_of(
    session: Session, subject: Subject, conditions: Iterable[ColumnElement[bool]], *, most: int
) -> list[Oldest]:
    """Return the open data queries of a child that a page can show: for each condition about so many, oldest first.

    The record in which the page would end is left out, so that the page does not tell half of what it lacks.
    """
    conditions = tuple(conditions)
    open_ones = (DataQuery.subject_id == subject.id, DataQuery.status == OPEN)
    totals = session.execute(select(*(func.count().filter(one) for one in conditions)).where(*open_ones)).one()
    return [
        Oldest(
            queries=_whole(for_subjects(session, [subject.id], one, most=most + 1) if total else [], most), total=total
        )
        for one, total in zip(conditions, totals, strict=True)
    ]


def _whole(found: Sequence[DataQuery], most: int) -> tuple[DataQuery, ...]:
    """Return data queries without those of the record that the page would end in, unless there is no other."""
    if len(found) <= most:
        return tuple(found)
    cut = found[-1].record_key
    return tuple(query for query in found if query.record_key != cut) or tuple(found[:most])


def answer(session: Session, query: DataQuery, reason: str, *, by: User, at: datetime) -> None:
    """Answer a data query with a reason; it holds until the value changes. The caller commits."""
    if not reason.strip():
        raise NoReason
    audit.append(session, [move(session, query, ANSWERED, reason.strip(), by, at, query.subject, new_key())])


def close(session: Session, query: DataQuery, reason: str, *, by: User, at: datetime) -> None:
    """Close a data query that a person raised. The caller commits."""
    if not reason.strip():
        raise NoReason
    audit.append(session, [move(session, query, CLOSED, reason.strip(), by, at, query.subject, new_key())])


def raise_manually(
    session: Session, subject: Subject, record: Record, items: tuple[str, ...], message: str, *, by: User, at: datetime
) -> DataQuery:
    """Ask a question about items of a record; return its data query. The caller holds the child's lock and commits.

    A question that stands open in the same words is the same one: a page that is sent twice asks once.
    """
    if not message.strip():
        raise NoReason
    finding = Finding(check_id=f"{MANUAL}.{new_key()}", severity=SOFT, items=items, message=message.strip())
    query = new_query(subject, record, MANUAL, finding, found_values(record, finding, {}), OPEN, at)
    same_words = (DataQuery.record_key == record.key) & (DataQuery.message == query.message)
    asked = select(DataQuery).where(DataQuery.check_id == MANUAL, DataQuery.status == OPEN, same_words)
    for open_one in session.execute(asked).scalars():
        if open_one.found == query.found:
            return open_one
    session.add(query)
    query.events.append(DataQueryEvent(at=at, actor=by.key, kind=OPEN, reason=finding.message))
    audit.append(session, [log_entry(query, subject, opening(query, subject), by.key, at, new_key(), message.strip())])
    return query
