"""One submission judged against the child's casebook: what will be stored, or why it cannot be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from forms.context import Context
from forms.edit_checks import check_row
from forms.form import Finding, Form
from forms.items import CONFIRM, HARD, Item
from forms.values import Row, Value
from forms.voided_links import named_by
from registry import audit, data_queries
from registry.audited import RECORD_STATE
from registry.models import Subject
from registry.saving.closing import reasons_to_close
from registry.saving.judging import Casebook
from registry.saving.outcomes import (
    Conflict,
    EnteredByMistake,
    NeedsConfirmation,
    ReasonNeeded,
    RecordVoided,
    Refused,
    Saved,
    StandsAlready,
    StillHasRecords,
    SubjectClosed,
    Submission,
    WithoutConsent,
)
from registry.saving.storing import Planned, changes_between
from registry.stored_records import Record

Accepted = Mapping[tuple[str, str], Mapping[str, object]]
"""(record key, check id) -> the answers for which a reason was already given."""


@dataclass(frozen=True, kw_only=True)
class PlannedSave(Planned):
    """A submission that can be stored, on its way into the tables.

    ``asked`` are the items that its answers make visible, ``confirmed`` the findings it was stored in spite of, and
    ``context`` is what the judge knew then.
    """

    submission: Submission
    save_id: str
    saved: Saved
    asked: Mapping[str, Item]
    confirmed: tuple[Finding, ...] = ()
    context: Context

    def log_entry(self, subject: Subject) -> audit.Entry:
        """Return what the change log keeps of it."""
        told = "void" if self.submission.void else ("restore" if self.submission.restore else "change")
        action = "create" if self.previous is None else told
        return audit.Entry(
            table=self.record.form,
            record_key=self.record.key,
            action=action,
            changes=self.changes,
            actor=self.submission.by.key,
            at=self.submission.at,
            save_id=self.save_id,
            subject_key=subject.key,
            reason=self.submission.reason,
            confirmed=self.submission.confirmed,
        )


def plan_save(casebook: Casebook, submission: Submission, save_id: str, accepted: Accepted) -> PlannedSave:
    """Return what one submission stores, judged against the child's casebook as it stands in this batch.

    Raise a ``NotSaved`` that says why it stores nothing.
    """
    form = submission.form
    key = str(submission.row["key"])
    stored = casebook.records[form.name].get(key)
    if submission.keeps_answers and stored is not None:
        submission = replace(submission, row={name: stored.row.get(name) for name in form.typed_items} | {"key": key})
    _refuse_closed(casebook, submission)
    _refuse_second(casebook, submission)
    if stored is not None and stored.voided_at is not None and not submission.keeps_answers:
        raise RecordVoided
    _refuse_foreign_links(casebook, submission)
    asked = form.asked(submission.row)
    row, cleared = _visible(submission, stored, asked)
    row["entered_at"] = stored.entered_at if stored else submission.at
    context = casebook.context(submission.at, casebook.with_row(form.name, row))
    record = _next_record(casebook, submission, stored, {**row, **form.derive(row, context)})
    changes = changes_between(form, stored, record)
    confirmed: tuple[Finding, ...] = ()
    if stored is not None and stored.revision != submission.revision:
        _refuse_conflict(submission, stored, record)
        record, changes, cleared = stored, {}, ()
    else:
        if not submission.void:
            confirmed = _confirmed(form, record, context, submission, accepted, asked)
        if not changes and stored is not None:
            record = stored
        elif _overwrites(form, changes) and stored is not None and not submission.reason.strip():
            raise ReasonNeeded
        casebook.put(record)
    return PlannedSave(
        record=record,
        previous=stored,
        changes=changes,
        submission=submission,
        save_id=save_id,
        saved=Saved(key=key, revision=record.revision, findings=confirmed, cleared=cleared),
        asked=asked,
        confirmed=confirmed,
        context=context,
    )


def _refuse_conflict(submission: Submission, stored: Record, record: Record) -> None:
    """Refuse a page that was opened before somebody else saved, unless it says what is stored by now."""
    is_to_move = submission.keeps_answers and (stored.voided_at is None) != (record.voided_at is None)
    if is_to_move or changes_between(submission.form, stored, replace(record, **_state_of(stored))):
        raise Conflict(stored)


def _refuse_closed(casebook: Casebook, submission: Submission) -> None:
    """Refuse what may not be entered of a child any more, and to void its enrolment before its other pages."""
    for reason in reasons_to_close(submission.subject, casebook.records["enrolment"].values()):
        if not _may_be_stored_all_the_same(submission, reason):
            raise reason
    if submission.form.name == "enrolment" and submission.void:
        _refuse_beside_others(casebook)


def _refuse_second(casebook: Casebook, submission: Submission) -> None:
    """Refuse another page of a form that a child has once."""
    if not submission.form.repeats and not submission.void:
        others = [r for r in casebook.records[submission.form.name].values() if r.voided_at is None]
        if others and others[0].key != submission.row["key"]:
            raise StandsAlready(others[0]) if submission.restore else Conflict(others[0])


def _may_be_stored_all_the_same(submission: Submission, reason: SubjectClosed) -> bool:
    """Tell whether a submission is what may still be done: correct the enrolment, or take back that it is voided.

    What was entered before consent was answered No, or withdrawn as an earlier version stored it, may still be voided.
    """
    is_of_enrolment = submission.form.name == "enrolment"
    if isinstance(reason, EnteredByMistake):
        return is_of_enrolment and submission.keeps_answers
    if isinstance(reason, WithoutConsent):
        return is_of_enrolment or submission.void
    if submission.subject.withdrawn_on is None and submission.void:
        return True
    return is_of_enrolment and not submission.keeps_answers


def _refuse_beside_others(casebook: Casebook) -> None:
    number = sum(len(rows) for form, rows in casebook.rows.items() if form != "enrolment")
    if number:
        raise StillHasRecords(number)


def _refuse_foreign_links(casebook: Casebook, submission: Submission) -> None:
    """Refuse a link to a record that this child does not have (any more)."""
    findings = []
    for name, link in submission.form.links.items():
        records = casebook.records[link.form]
        wanted = {str(key) for key in named_by(submission.row, name)}
        known = {record.key for record in records.values() if record.voided_at is None}
        known -= {submission.row["key"]}
        if not wanted <= known and not submission.void:
            is_voided = any(key in records and records[key].voided_at is not None for key in wanted)
            message = f"{link.label}: {_why_not(submission, is_voided=is_voided)}"
            check_id = f"{submission.form.name}.{name}.link"
            findings.append(Finding(check_id=check_id, severity=HARD, items=(name,), message=message))
    if findings:
        raise Refused(tuple(findings))


def _why_not(submission: Submission, *, is_voided: bool) -> str:
    if not is_voided:
        return "the record chosen is not one of this child's. Choose again."
    if submission.restore:
        return "the record that this one names is voided itself. Take that voiding back first."
    return "the record chosen was entered by mistake and voided. Choose another one."


def _visible(
    submission: Submission, stored: Record | None, asked: Mapping[str, Item]
) -> tuple[dict[str, Value], tuple[str, ...]]:
    """Return the row without answers that branching hides, and the names of the stored answers this clears.

    A voiding and its return hide nothing.
    """
    form, row = submission.form, submission.row
    if submission.keeps_answers:
        return dict(row), ()
    kept: dict[str, Value] = {name: row.get(name) if name in asked else None for name in form.typed_items}
    kept["key"] = row["key"]
    before: Row = stored.row if stored else row
    cleared = tuple(name for name in form.typed_items if name not in asked and before.get(name) is not None)
    return kept, cleared


def _next_record(casebook: Casebook, submission: Submission, stored: Record | None, whole: Row) -> Record:
    at = submission.at
    if stored is None:
        return Record(
            id=0,
            key=str(whole["key"]),
            form=submission.form.name,
            subject_id=submission.subject.id,
            instance=casebook.next_instance(submission.form.name),
            revision=1,
            form_version=submission.form.version,
            entered_at=at,
            completed_at=at if submission.complete else None,
            voided_at=at if submission.void else None,
            row=whole,
        )
    completed = {None: stored.completed_at, True: stored.completed_at or at, False: None}[submission.complete]
    voided = (stored.voided_at or at) if submission.void else (None if submission.restore else stored.voided_at)
    return replace(stored, revision=stored.revision + 1, completed_at=completed, voided_at=voided, row=whole)


def _state_of(stored: Record) -> dict[str, Any]:
    return {name: getattr(stored, name) for name in RECORD_STATE}


def _confirmed(
    form: Form,
    record: Record,
    context: Context,
    submission: Submission,
    accepted: Accepted,
    asked: Mapping[str, Item],
) -> tuple[Finding, ...]:
    """Return the findings that a reason was given for; raise for those that keep the record from being stored.

    A record whose voiding is taken back need not be confirmed again: a data query is opened instead.
    """
    findings = check_row(form, record.row, context, asked=asked, mildest=CONFIRM)
    hard = tuple(finding for finding in findings if finding.severity is HARD)
    if hard:
        raise Refused(hard)
    unsure = tuple(
        finding
        for finding in findings
        if not submission.confirmed.get(finding.check_id, "").strip()
        and accepted.get((record.key, finding.check_id)) != data_queries.found_values(record, finding, context.rows)
    )
    if unsure and not submission.restore:
        raise NeedsConfirmation(unsure)
    return findings


def _overwrites(form: Form, changes: Mapping[str, Sequence[object]]) -> bool:
    return any(name in form.items and old is not None for name, (old, _) in changes.items())
