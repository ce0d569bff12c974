"""What a save sets in motion in the child's other records: derived values, data queries, withdrawal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.casebook import CASEBOOK
from forms.edit_checks import check_row
from forms.form import ANCHOR_FORMS
from forms.values import answer, day_of
from registry import audit, data_queries
from registry.judging import Casebook, forms_reading
from registry.models import Subject
from registry.planning import PlannedSave
from registry.storing import Planned, store
from registry.tables import Record


def refresh_derived(session: Session, changed: Sequence[PlannedSave], casebooks: Mapping[int, Casebook]) -> None:
    """Bring derived values of other records up to date after a row that they read has changed."""
    by_subject: dict[int, set[str]] = {}
    for plan in changed:
        by_subject.setdefault(plan.record.subject_id, set()).add(plan.record.form)
    stale: list[Planned] = []
    for subject_id, names in by_subject.items():
        casebook = casebooks[subject_id]
        context = casebook.context(changed[0].submission.at)
        for name in CASEBOOK if names & set(ANCHOR_FORMS) else ():
            for record in list(casebook.records[name].values()):
                derived = CASEBOOK[name].derive(record.row, context)
                if record.voided_at is None and any(record.row.get(item) != value for item, value in derived.items()):
                    fresh = replace(record, row={**record.row, **derived})
                    casebook.put(fresh)
                    stale.append(Planned(record=fresh, previous=record, changes={}))
    store(session, stale, casebooks)


def stale_derived(
    session: Session, subject_ids: Sequence[int], stored: Mapping[str, Sequence[Record]]
) -> Iterable[tuple[str, str, str]]:
    """Yield form, record key and item of each stored derived value that its inputs do not give."""
    subjects = session.execute(select(Subject).where(Subject.id.in_(subject_ids))).scalars().all()
    for subject in subjects:
        records = {name: {r.key: r for r in found if r.subject_id == subject.id} for name, found in stored.items()}
        context = Casebook(subject=subject, records=records).context(datetime.max)
        for name, found in records.items():
            for record in found.values():
                if record.voided_at is None:
                    fresh = CASEBOOK[name].derive(record.row, context)
                    yield from ((name, record.key, item) for item, v in fresh.items() if v != record.row.get(item))


def follow_up(session: Session, changed: Sequence[PlannedSave], casebooks: Mapping[int, Casebook]) -> list[audit.Entry]:
    """Judge again what the batch touched, open and close data queries; return their log entries."""
    if not changed:
        return []
    last = changed[-1].submission
    saved_keys = {plan.record.key for plan in changed}
    judged: list[data_queries.Judged] = []
    by_subject: dict[int, set[str]] = {}
    for plan in changed:
        by_subject.setdefault(plan.record.subject_id, set()).add(plan.record.form)
    for subject_id, names in by_subject.items():
        casebook = casebooks[subject_id]
        context = casebook.context(last.at)
        again = forms_reading(names)
        for name in again | names:
            for record in casebook.records[name].values():
                if name not in again and record.key not in saved_keys:
                    continue
                live = record.voided_at is None
                findings = check_row(CASEBOOK[name], record.row, context) if live else ()
                judged.append(data_queries.Judged(subject=casebook.subject, record=record, findings=findings))
    confirmed = {plan.record.key: plan.submission.confirmed for plan in changed if plan.submission.confirmed}
    entries = data_queries.reconcile(
        session, judged, confirmed=confirmed, by=last.by, at=last.at, save_id=changed[0].save_id
    )
    return entries + _withdrawals(session, changed, casebooks)


def _withdrawals(
    session: Session, changed: Sequence[PlannedSave], casebooks: Mapping[int, Casebook]
) -> list[audit.Entry]:
    entries: list[audit.Entry] = []
    for plan in changed:
        if plan.record.form != "enrolment":
            continue
        subject = casebooks[plan.record.subject_id].subject
        withdrawn = day_of(answer(plan.record.row, "withdrawal_on"))
        if withdrawn != subject.withdrawn_on:
            pair = [audit.plain(subject.withdrawn_on), audit.plain(withdrawn)]
            subject.withdrawn_on = withdrawn
            entries.append(
                replace(
                    plan.log_entry(subject), table="subject", record_key=subject.key, changes={"withdrawn_on": pair}
                )
            )
    return entries
