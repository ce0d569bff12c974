"""What the judge says now against the data queries that stand: opened, asked again, reopened, closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from forms.context import RowsByForm
from forms.form import Finding
from forms.items import WARNING
from registry import audit
from registry.data_queries import (
    ANSWERED,
    CLOSED,
    OPEN,
    anchors_of,
    fingerprint,
    found_values,
    log_entry,
    move,
    new_query,
    opening,
    opens_query,
)
from registry.models import DataQuery, DataQueryAnchor, DataQueryEvent, Subject, User
from registry.stored_records import Record


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


def reconcile(
    session: Session,
    judged: Sequence[Judged],
    known: list[DataQuery],
    *,
    confirmed: Mapping[str, Mapping[str, str]],
    save_id: str,
    reasons_before: Mapping[str, tuple[DataQuery, str]] | None = None,
) -> list[audit.Entry]:
    """Open, reopen and close data queries so that they say what the judge says; return their log entries.

    Judging the same data again changes nothing. ``known`` are the data queries that stand about these children (those
    about records that were not judged stay as they are); afterwards the list holds those that stand then.
    ``confirmed`` is record key -> check id -> reason given at the save. ``reasons_before``, where a voiding is taken
    back, are fingerprint -> a closed data query and the reason it was answered with: for the same answers it holds.
    """
    by_key = {one.record.key: one for one in judged}
    standing = {query.fingerprint: query for query in known if query.record_key in by_key}
    entries: list[audit.Entry] = []
    opened: list[DataQuery] = []
    for one in judged:
        reasons = confirmed.get(one.record.key, {})
        asked_for = _asked_for_by_a_rule(one)
        for finding in one.findings:
            if finding.is_missing and finding.items[0] in asked_for:
                continue
            asks = opens_query(finding, one.record, is_overdue=one.is_overdue)
            if finding.severity is WARNING or not (asks or standing):
                continue
            query = standing.pop(fingerprint(one.subject, one.record.key, finding), None)
            # An answer that is still missing stays asked for, whoever saves the form in between.
            reason = reasons.get(finding.check_id, "")
            if query is not None:
                entries += _ask_again(session, one, finding, query, reason=reason, save_id=save_id)
            elif asks and (held := _holds_again(session, one, finding, reasons_before or {}, save_id)):
                opened.append(held[0])
                entries.append(held[1])
            elif asks:
                opened.append(_open(session, one, finding, reason))
                entries.append(_opened(opened[-1], one, reason, save_id))
    for query in standing.values():
        one = by_key[query.record_key]
        corrected = "The record was voided." if one.record.voided_at else "The value was corrected."
        why = corrected if one.by else "Judged again: nothing to ask any more."
        entries.append(move(session, query, CLOSED, why, None, one.at, one.subject, save_id))
    known[:] = [query for query in (*known, *opened) if query.status != CLOSED]
    return entries


def _asked_for_by_a_rule(judged: Judged) -> set[str]:
    """Return the unanswered items that a rule asks for already: it is broken by one answer and the lack of another."""
    told = (finding for finding in judged.findings if not finding.is_missing and finding.severity is not WARNING)
    pairs = (finding.items for finding in told if len(finding.items) == 2)
    return {name for pair in pairs for name in pair if judged.record.row.get(name) is None}


def _open(session: Session, judged: Judged, finding: Finding, reason: str) -> DataQuery:
    found = found_values(judged.record, finding, judged.rows)
    status = ANSWERED if reason else OPEN
    query = new_query(judged.subject, judged.record, finding.check_id, finding, found, status, judged.at)
    session.add(query)
    query.events.append(DataQueryEvent(at=judged.at, actor=audit.SYSTEM, kind=OPEN, reason=finding.message))
    if reason:
        query.events.append(DataQueryEvent(at=judged.at, actor=_actor(judged, reason), kind=ANSWERED, reason=reason))
    return query


def _opened(query: DataQuery, judged: Judged, reason: str, save_id: str) -> audit.Entry:
    changes = opening(query, judged.subject)
    return log_entry(query, judged.subject, changes, _actor(judged, reason), judged.at, save_id, reason)


def _holds_again(
    session: Session, judged: Judged, finding: Finding, before: Mapping[str, tuple[DataQuery, str]], save_id: str
) -> tuple[DataQuery, audit.Entry] | None:
    """Return the data query that a reason settled for these very answers, answered again, with its log entry."""
    query, reason = before.get(fingerprint(judged.subject, judged.record.key, finding), (None, ""))
    if query is None or query.found != found_values(judged.record, finding, judged.rows):
        return None
    words = f"The voiding was taken back, and the reason given holds again: {reason}"
    return query, move(session, query, ANSWERED, words, None, judged.at, judged.subject, save_id)


def _actor(judged: Judged, reason: str) -> str:
    return judged.by.key if judged.by and reason else audit.SYSTEM


def _ask_again(
    session: Session,
    judged: Judged,
    finding: Finding,
    query: DataQuery,
    *,
    reason: str,
    save_id: str,
) -> list[audit.Entry]:
    found = found_values(judged.record, finding, judged.rows)
    if query.found == found and query.status == ANSWERED:
        return []
    changes = _said_now(query, finding.message, found)
    if query.status == OPEN and not reason:
        return [log_entry(query, judged.subject, changes, audit.SYSTEM, judged.at, save_id, "")] if changes else []
    if reason:
        return [move(session, query, ANSWERED, reason, judged.by, judged.at, judged.subject, save_id, changes=changes)]
    changed = "The answer changed: the reason was for another value."
    return [move(session, query, OPEN, changed, None, judged.at, judged.subject, save_id, changes=changes)]


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
