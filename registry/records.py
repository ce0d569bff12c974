"""The only writer of case report forms: judged, logged and stored in one transaction.

``save`` is one coordinator's save; ``save_many`` is the batch door of the same writer. Neither commits: the caller
does, once, so that answers, change log and data queries are stored together or not at all. What they are given, return
and raise stands in ``saving.outcomes``.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from forms.edit_checks import check_row
from forms.form import Finding, Form
from forms.items import SOFT
from forms.values import Row
from registry import audit, data_queries
from registry.log_tables import Change
from registry.models import DataQuery, Site, Subject, User, new_key
from registry.saving.consequences import judge_after, with_fresh_derived
from registry.saving.judging import Casebook, forms_needed_for, load, lock_children
from registry.saving.outcomes import KeyTaken, ReasonNeeded, Saved, Submission
from registry.saving.planning import PlannedSave, plan_save
from registry.saving.storing import store


def save(
    session: Session,
    subject: Subject,
    form: Form,
    row: Row,
    *,
    revision: int,
    by: User,
    at: datetime,
    reason: str = "",
    confirmed: Mapping[str, str] | None = None,
    complete: bool | None = None,
) -> Saved:
    """Judge and store one row; raise a ``NotSaved`` that says why when it cannot be.

    Posting the same new row twice is one save. The caller commits.
    """
    submission = Submission(
        subject=subject,
        form=form,
        row=row,
        by=by,
        at=at,
        revision=revision,
        reason=reason,
        confirmed=confirmed or {},
        complete=complete,
    )
    return save_many(session, [submission])[0]


def void(
    session: Session, subject: Subject, form: Form, key: str, *, revision: int, by: User, at: datetime, reason: str
) -> Saved:
    """Take a record that was entered by mistake out of every count; it stays in the history."""
    if not reason.strip():
        raise ReasonNeeded
    submission = Submission(
        subject=subject, form=form, row={"key": key}, by=by, at=at, revision=revision, reason=reason, void=True
    )
    return save_many(session, [submission])[0]


def restore(
    session: Session, subject: Subject, form: Form, key: str, *, revision: int, by: User, at: datetime, reason: str
) -> Saved:
    """Take the voiding of a record back: with the answers it had, it counts and is asked about again.

    A reason that was given before for the same answers holds, here and in the child's other records.

    Errors: ``StandsAlready`` where another page of a form that exists once has taken its place, ``Refused`` where it
    names a voided record or where the child's other records rule it out by now.
    """
    if not reason.strip():
        raise ReasonNeeded
    submission = Submission(
        subject=subject, form=form, row={"key": key}, by=by, at=at, revision=revision, reason=reason, restore=True
    )
    return save_many(session, [submission])[0]


def new_subject(session: Session, site: Site, *, by: User, at: datetime) -> Subject:
    """Return a new subject of a site with a code that tells nothing about the child."""
    subject = Subject(
        key=new_key(),
        code=_free_code(session, site),
        site_id=site.id,
        enrolment_uuid=new_key(),
        created_at=at,
    )
    audit.write_row(session, subject, by=by, at=at)
    return subject


def _free_code(session: Session, site: Site) -> str:
    while True:
        code = subject_code(site, secrets.randbelow(10**5))
        if session.execute(select(Subject.id).where(Subject.code == code)).first() is None:
            return code


def subject_code(site: Site, number: int) -> str:
    """Return the code of a child: site letters, five digits and a check digit (Luhn)."""
    digits = f"{number:05}"
    doubled = [int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits))]
    check = -sum(value - 9 if value > 9 else value for value in doubled) % 10
    return f"{site.code}-{digits}{check}"


def save_many(session: Session, submissions: Iterable[Submission], *, graded: bool = True) -> list[Saved]:
    """Judge and store rows in the given order; one lock, one statement per table, one log entry per record.

    A load of several batches gives ``graded`` False and calls ``consequences.derive_again`` at its end: then each child
    is graded once. Warnings, which are shown to whoever saves and kept nowhere, are looked for only where a single row
    is saved. The first row that cannot be stored raises, and nothing of the batch is kept once the caller rolls back.
    """
    batch = list(submissions)
    if not batch:
        return []
    subjects = {submission.subject.id: submission.subject for submission in batch}
    lock_children(session, subjects.values())
    casebooks = load(session, subjects.values(), forms_needed_for({submission.form.name for submission in batch}))
    _refuse_taken_keys(session, batch, casebooks)
    standing = data_queries.standing(session, subjects)
    accepted = data_queries.accepted(standing)
    save_id = new_key()
    plans: list[PlannedSave] = []
    unwritten: list[PlannedSave] = []
    newest: dict[str, PlannedSave] = {}
    findings: dict[str, tuple[Finding, ...]] = {}
    followed: list[audit.Entry] = []
    for submission in batch:
        key = str(submission.row["key"])
        if key in newest and _asks(newest[key]):
            # Its data queries must be opened before the same record is saved again, so that the log shows both steps.
            findings |= _write(session, unwritten, casebooks, standing, followed, graded=graded)
            unwritten, newest = [], {}
        plan = plan_save(casebooks[submission.subject.id], submission, save_id, accepted)
        plans.append(plan)
        unwritten.append(plan)
        newest[key] = plan
        accepted |= _confirmed_values(plan)
    findings |= _write(session, unwritten, casebooks, standing, followed, graded=graded)
    opened = data_queries.opened_by_child(followed)
    return [
        replace(plan.saved, findings=findings[plan.saved.key], opened=opened.get(plan.submission.subject.key, ()))
        for plan in plans
    ]


def _asks(plan: PlannedSave) -> bool:
    """Tell whether a row that is not written yet would open a data query."""
    findings = check_row(plan.submission.form, plan.record.row, plan.context, asked=plan.asked, mildest=SOFT)
    return any(data_queries.opens_query(finding, plan.record) for finding in findings)


def is_taken(session: Session, subject: Subject, form: Form, key: str) -> bool:
    """Tell whether a key stands for anything else than a record of this form and child: the log knows every key."""
    found = session.execute(_KNOWN_AS.limit(1), {"keys": [key]}).first()
    return found is not None and tuple(found[1:]) != (form.name, subject.key)


_KNOWN_AS = select(Change.record_key, Change.table_name, Change.subject_key).where(
    Change.record_key.in_(bindparam("keys", expanding=True))
)


def _refuse_taken_keys(session: Session, batch: Sequence[Submission], casebooks: Mapping[int, Casebook]) -> None:
    new = {
        str(submission.row["key"]): (submission.form.name, submission.subject.key)
        for submission in batch
        if str(submission.row["key"]) not in casebooks[submission.subject.id].records[submission.form.name]
    }
    keys = list(new)
    for chunk in (keys[start : start + 500] for start in range(0, len(keys), 500)):
        known = session.execute(_KNOWN_AS, {"keys": chunk})
        if any(new[key] != (table, subject_key) for key, table, subject_key in known):
            raise KeyTaken


def _confirmed_values(plan: PlannedSave) -> dict[tuple[str, str], dict[str, object]]:
    """Return the answers that a save confirms: they need no second reason when the batch saves the record again."""
    reasons = plan.submission.confirmed
    return {
        (plan.record.key, finding.check_id): data_queries.found_values(plan.record, finding, plan.context.rows)
        for finding in plan.confirmed
        if reasons.get(finding.check_id, "").strip()
    }


def _write(
    session: Session,
    planned: Sequence[PlannedSave],
    casebooks: Mapping[int, Casebook],
    standing: list[DataQuery],
    followed: list[audit.Entry],
    *,
    graded: bool,
) -> dict[str, tuple[Finding, ...]]:
    """Store planned rows with all that follows from them; return record key -> what the judge says of it now.

    The log entries of what followed are added to ``followed``.
    """
    changed = [plan for plan in planned if plan.changes]
    changed, stale = with_fresh_derived(changed, casebooks)
    store(session, [*changed, *stale], casebooks)
    entries = [plan.log_entry(plan.submission.subject) for plan in changed]
    more, findings = judge_after(session, changed, casebooks, standing, graded=graded)
    audit.append(session, [*entries, *more])
    followed += more
    unchanged = [plan for plan in planned if plan.record.key not in findings]
    return findings | {plan.record.key: _judged_again(plan, casebooks) for plan in unchanged}


def _judged_again(plan: PlannedSave, casebooks: Mapping[int, Casebook]) -> tuple[Finding, ...]:
    context = casebooks[plan.record.subject_id].context(plan.submission.at)
    return check_row(plan.submission.form, plan.record.row, context)
