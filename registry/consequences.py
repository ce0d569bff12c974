"""What a save sets in motion in the child's other records: derived values, data queries, withdrawal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.casebook import CASEBOOK
from forms.edit_checks import check_row
from forms.form import ANCHOR_FORMS, Finding
from forms.values import answer, day_of
from registry import audit, data_queries
from registry.database import utc_now
from registry.judging import Casebook, forms_reading, load
from registry.models import Subject
from registry.planning import PlannedSave
from registry.storing import Planned, store
from registry.tables import Record


def with_fresh_derived(
    changed: Sequence[PlannedSave], casebooks: Mapping[int, Casebook]
) -> tuple[list[PlannedSave], list[Planned]]:
    """Return the plans with derived values as they are after all of them, and the other records this makes stale."""
    by_subject: dict[int, set[str]] = {}
    for plan in changed:
        by_subject.setdefault(plan.record.subject_id, set()).add(plan.record.form)
    fresh_by_key: dict[str, Planned] = {}
    for subject_id, names in by_subject.items():
        if names & set(ANCHOR_FORMS):
            fresh_by_key |= {plan.record.key: plan for plan in _stale(casebooks[subject_id], changed[0].submission.at)}
    plans = list(changed)
    last = {plan.record.key: place for place, plan in enumerate(plans)}
    for key in fresh_by_key.keys() & last.keys():
        plans[last[key]] = replace(plans[last[key]], record=fresh_by_key.pop(key).record)
    return plans, list(fresh_by_key.values())


def derive_again(session: Session, subjects: Sequence[Subject]) -> int:
    """Bring every derived value of some children up to date, as after an upgrade; return how many records changed.

    Nobody typed anything, so neither revision nor change log is touched.
    """
    casebooks = load(session, subjects, CASEBOOK)
    at = utc_now()
    stale = [plan for casebook in casebooks.values() for plan in _stale(casebook, at)]
    store(session, stale, casebooks)
    return len(stale)


def _stale(casebook: Casebook, at: datetime) -> list[Planned]:
    """Return the child's records whose derived values are not what their inputs give, as they should be stored.

    The casebook shows them as they will be.
    """
    context = casebook.context(at)
    found: list[Planned] = []
    for name, records in casebook.records.items():
        for record in list(records.values()):
            derived = CASEBOOK[name].derive(record.row, context)
            if record.voided_at is None and any(record.row.get(item) != value for item, value in derived.items()):
                fresh = replace(record, row={**record.row, **derived})
                casebook.put(fresh)
                found.append(Planned(record=fresh, previous=record, changes={}))
    return found


def stale_derived(
    session: Session, subject_ids: Sequence[int], stored: Mapping[str, Sequence[Record]]
) -> Iterable[tuple[str, str, str]]:
    """Yield form, record key and item of each stored derived value that its inputs do not give."""
    subjects = session.execute(select(Subject).where(Subject.id.in_(subject_ids))).scalars().all()
    for subject in subjects:
        records = {name: {r.key: r for r in found if r.subject_id == subject.id} for name, found in stored.items()}
        context = Casebook(subject=subject, records=records).context(utc_now())
        for name, found in records.items():
            for record in found.values():
                if record.voided_at is None:
                    fresh = CASEBOOK[name].derive(record.row, context)
                    yield from ((name, record.key, item) for item, v in fresh.items() if v != record.row.get(item))


def follow_up(session: Session, changed: Sequence[PlannedSave], casebooks: Mapping[int, Casebook]) -> list[audit.Entry]:
    """Judge again what the batch touched, open and close data queries; return their log entries."""
    if not changed:
        return []
    last = {plan.record.subject_id: plan.submission for plan in changed}
    saved_keys = {plan.record.key for plan in changed}
    known = _findings_that_hold(changed)
    asked = {plan.record.key: plan.asked for plan in changed}
    judged: list[data_queries.Judged] = []
    by_subject: dict[int, set[str]] = {}
    for plan in changed:
        by_subject.setdefault(plan.record.subject_id, set()).add(plan.record.form)
    for subject_id, names in by_subject.items():
        casebook = casebooks[subject_id]
        submission = last[subject_id]
        context = casebook.context(submission.at)
        again = forms_reading(names)
        for name in again | names:
            for record in casebook.records[name].values():
                if name not in again and record.key not in saved_keys:
                    continue
                if record.voided_at is not None:
                    findings: tuple[Finding, ...] = ()
                elif record.key in known:
                    findings = known[record.key]
                else:
                    findings = check_row(CASEBOOK[name], record.row, context, asked=asked.get(record.key))
                judged.append(
                    data_queries.Judged(
                        subject=casebook.subject, record=record, findings=findings, by=submission.by, at=submission.at
                    )
                )
    confirmed = {plan.record.key: plan.submission.confirmed for plan in changed if plan.submission.confirmed}
    entries = data_queries.reconcile(session, judged, confirmed=confirmed, save_id=changed[0].save_id)
    return entries + _withdrawals(session, changed, casebooks)


def _findings_that_hold(changed: Sequence[PlannedSave]) -> dict[str, tuple[Finding, ...]]:
    """Return record key -> findings of its save, where nothing that its checks read was saved later in the batch."""
    holding: dict[str, tuple[Finding, ...]] = {}
    seen: set[str] = set()
    later: dict[int, set[str]] = {}
    for plan in reversed(changed):
        saved_later = later.setdefault(plan.record.subject_id, set())
        if plan.record.key not in seen and plan.record.form not in forms_reading(saved_later):
            holding[plan.record.key] = plan.saved.findings
        seen.add(plan.record.key)
        saved_later.add(plan.record.form)
    return holding


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
                    plan.log_entry(subject),
                    table="subject",
                    record_key=subject.key,
                    subject_key=None,
                    changes={"withdrawn_on": pair},
                )
            )
    return entries
