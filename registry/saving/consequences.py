"""What a save sets in motion in the child's other records: derived values, data queries, withdrawal."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.casebook import CASEBOOK
from forms.context import Context
from forms.edit_checks import check_row
from forms.form import ANCHOR_FORMS, Check, Finding, Form
from forms.items import SOFT, WARNING
from forms.unit_slips import is_uncommon
from forms.values import Value, answer, day_of
from forms.voided_links import check_id_of, named_by
from registry import audit, data_queries
from registry.database import utc_now
from registry.models import DataQuery, Subject
from registry.saving import manual_queries, verdicts
from registry.saving.judging import Casebook, checks_reading, forms_reading, load, lock_children, site_rules_of
from registry.saving.planning import PlannedSave
from registry.saving.reconciling import Judged, reconcile
from registry.saving.storing import Planned, store
from registry.site_clock import local_day
from registry.stored_records import Record


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
    """Bring every derived value and verdict of some children up to date, as after an upgrade; return how many changed.

    A verdict of a rule set, version or record that is not known is removed: nothing could keep it true. Nobody typed
    anything, so neither revision nor change log is touched. The caller commits.
    """
    lock_children(session, subjects)
    casebooks, at = load(session, subjects, CASEBOOK), utc_now()
    stale = [plan for casebook in casebooks.values() for plan in _stale(casebook, at)]
    store(session, stale, casebooks)
    again = [
        verdicts.Again(casebook=casebook, changed=verdicts.EVERYTHING, context=casebook.context(at))
        for casebook in casebooks.values()
    ]
    strays = verdicts.remove_strays(session, list(casebooks))
    return len(stale) + strays + verdicts.bring_up_to_date(session, again)


def _stale(casebook: Casebook, at: datetime) -> list[Planned]:
    """Return the child's records whose derived values are not what their inputs give, as they should be stored.

    The casebook shows them as they will be.
    """
    context = casebook.context(at)
    found: list[Planned] = []
    for records in casebook.records.values():
        for record in list(records.values()):
            if stale := _stale_items(record, context):
                fresh = replace(record, row={**record.row, **stale})
                casebook.put(fresh)
                found.append(Planned(record=fresh, previous=record, changes={}))
    return found


def stale_derived(
    session: Session, subject_ids: Sequence[int], stored: Mapping[str, Sequence[Record]]
) -> Iterable[tuple[str, str, str]]:
    """Yield form, record key and item or rule set of each stored derived value that its inputs do not give."""
    subjects = session.execute(select(Subject).where(Subject.id.in_(subject_ids))).scalars().all()
    site_rules = site_rules_of(session, {subject.site_id for subject in subjects})
    at = utc_now()
    for subject in subjects:
        records = {name: {r.key: r for r in found if r.subject_id == subject.id} for name, found in stored.items()}
        casebook = Casebook(subject=subject, records=records, site_rules=site_rules[subject.site_id])
        context = casebook.context(at)
        for name, found in records.items():
            for record in found.values():
                yield from ((name, record.key, item) for item in _stale_items(record, context))
        yield from verdicts.stale(session, casebook, context)


def _stale_items(record: Record, context: Context) -> dict[str, Value]:
    """Return the derived items of a record that are not stored as its inputs give them, as they should be.

    None of a voided one: nothing reads them, and they are worked out when it comes back.
    """
    if record.voided_at is not None:
        return {}
    derived = CASEBOOK[record.form].derive(record.row, context)
    return {name: value for name, value in derived.items() if record.row.get(name) != value}


Findings = dict[str, tuple[Finding, ...]]
"""Record key -> what the judge says about it."""


def judge_after(
    session: Session,
    changed: Sequence[PlannedSave],
    casebooks: Mapping[int, Casebook],
    standing: list[DataQuery],
    *,
    graded: bool = True,
) -> tuple[list[audit.Entry], Findings]:
    """Bring verdicts and data queries up to date after a batch; return their log entries and what was found.

    Everything that the saved rows can have made right or wrong is judged again, once, as it stands after all of them.
    ``standing`` are the judge's data queries about these children that are not closed; the list is kept so.
    """
    if not changed:
        return [], {}
    judged, again = _judge_touched(changed, casebooks, standing)
    if graded:
        verdicts.bring_up_to_date(session, again)
    confirmed = {plan.record.key: plan.submission.confirmed for plan in changed if plan.submission.confirmed}
    back = {plan.record.subject_id for plan in changed if plan.submission.restore}
    before = data_queries.reasons_before(session, back) if back else {}
    save_id = changed[0].save_id
    entries = reconcile(session, judged, standing, confirmed=confirmed, save_id=save_id, reasons_before=before)
    found = {one.record.key: one.findings for one in judged}
    entries += manual_queries.follow(session, changed)
    return entries + _withdrawals(changed, casebooks), found


def _judge_touched(
    changed: Sequence[PlannedSave], casebooks: Mapping[int, Casebook], standing: Iterable[DataQuery]
) -> tuple[list[Judged], list[verdicts.Again]]:
    """Return what the judge says of each record that a batch touched, and of which children verdicts are asked again.

    Where one record was saved, its own warnings are among what is said: the page shows them.
    """
    last = {plan.record.subject_id: plan.submission for plan in changed}
    saved: dict[int, dict[str, set[str]]] = {}
    for plan in changed:
        saved.setdefault(plan.record.subject_id, {}).setdefault(plan.record.form, set()).add(plan.record.key)
    asked = {plan.record.key: plan.asked for plan in changed}
    shown = changed[0].record.key if len(changed) == 1 else None
    asked_about = {(query.record_key, query.check_id) for query in standing}
    judged: list[Judged] = []
    again: list[verdicts.Again] = []
    for subject_id, keys_by_form in saved.items():
        casebook, submission = casebooks[subject_id], last[subject_id]
        context = casebook.context(submission.at)
        again.append(verdicts.Again(casebook=casebook, changed=keys_by_form, context=context))
        for record in touched(casebook, keys_by_form, context, asked_about):
            findings: tuple[Finding, ...] = ()
            if record.voided_at is None:
                mildest = WARNING if record.key == shown else SOFT
                form, known = CASEBOOK[record.form], asked.get(record.key)
                findings = check_row(form, record.row, context, asked=known, mildest=mildest)
            judged.append(
                Judged(
                    subject=casebook.subject,
                    record=record,
                    rows=context.rows,
                    findings=findings,
                    by=submission.by,
                    at=submission.at,
                )
            )
    return judged, again


def touched(
    casebook: Casebook, keys_by_form: Mapping[str, Collection[str]], context: Context, asked_about: set[tuple[str, str]]
) -> Iterator[Record]:
    """Yield the saved records of a child, and each other one of which the judge may say something else now.

    That is one of which a check that reads a saved form says something, or said so before: ``asked_about`` holds
    record key and check id of each data query that stands. After a change of an anchor form it is every record; after
    another record was voided or came back, what links to it.
    """
    if not keys_by_form.keys().isdisjoint(ANCHOR_FORMS):
        yield from (record for records in casebook.records.values() for record in records.values())
        return
    for name in forms_reading(keys_by_form) | keys_by_form.keys():
        form, saved = CASEBOOK[name], keys_by_form.get(name, ())
        checks = checks_reading(name, keys_by_form)
        for record in casebook.records[name].values():
            is_asked = any((record.key, check.id) in asked_about for check in checks)
            is_asked = is_asked or _names_voided(casebook, record, keys_by_form, asked_about)
            if record.key in saved or is_asked or _asks_now(form, record, checks, context, beside_siblings=bool(saved)):
                yield record


def _names_voided(
    casebook: Casebook, record: Record, saved: Collection[str], asked_about: set[tuple[str, str]]
) -> bool:
    """Tell whether a record names a voided one of the saved forms, or was asked about for it."""
    form = CASEBOOK[record.form]
    for name, link in form.links.items():
        if link.form not in saved:
            continue
        known = casebook.records[link.form]
        is_voided = any(key in known and known[key].voided_at is not None for key in named_by(record.row, name))
        if is_voided or (record.key, check_id_of(form, name)) in asked_about:
            return True
    return False


def _asks_now(form: Form, record: Record, checks: Sequence[Check], context: Context, *, beside_siblings: bool) -> bool:
    """Tell whether one of these checks, or a number read beside the same numbers of siblings, may ask something."""
    if record.voided_at is not None:
        return False
    fails = any(check.holds(record.row, context) is False for check in checks)
    return fails or (beside_siblings and is_uncommon(form, record.row))


def _withdrawn_on(plan: PlannedSave, subject: Subject) -> date | None:
    """Return the day since which consent is withdrawn; while nobody knows it, the day on which the page said so."""
    if answer(plan.record.row, "withdrawn") is not True:
        return None
    told = day_of(answer(plan.record.row, "withdrawal_on"))
    return told or subject.withdrawn_on or local_day(subject, plan.submission.at)


def _withdrawals(changed: Sequence[PlannedSave], casebooks: Mapping[int, Casebook]) -> list[audit.Entry]:
    entries: list[audit.Entry] = []
    for plan in changed:
        if plan.record.form != "enrolment" or plan.submission.keeps_answers:
            continue
        subject = casebooks[plan.record.subject_id].subject
        withdrawn = _withdrawn_on(plan, subject)
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
