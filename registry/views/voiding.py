"""A record that was entered by mistake: taken out of every count, and taken back."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from forms.form import Form
from registry import drafts, log_history, records
from registry.access import get_subject, requires, viewer
from registry.database import db, utc_now
from registry.hanging import hanging_on
from registry.models import Subject
from registry.saving.closing import why_closed
from registry.saving.outcomes import Conflict, NotSaved, ReasonNeeded, Saved
from registry.stored_records import Record
from registry.templating import counted
from registry.typed_text import in_a_few_words
from registry.views.asked_for import find_form, find_record, posted_revision
from registry.wording import summary_of

bp = Blueprint("voiding", __name__)
bp.add_app_template_filter(lambda record, form: " · ".join(summary_of(form, record.row)), "summary")

RECORD = "/subjects/<uuid:subject_key>/<form_name>/<uuid:record_key>"
Move = Callable[..., Saved]


@bp.route(f"{RECORD}/void", methods=["GET", "POST"])
@requires("record.void")
def void(subject_key: uuid.UUID, form_name: str, record_key: uuid.UUID) -> ResponseReturnValue:
    """Say what hangs on a record and take it out of every count, with a reason."""
    subject, form, record = _asked_for(subject_key, form_name, record_key)
    if record.voided_at is not None:
        return redirect(_address(subject, form, record))
    hanging = hanging_on(db.session(), subject, record)
    problem = _try(records.void, subject, form, record) if request.method == "POST" else None
    if request.method == "POST" and problem is None:
        _say_voided(subject, form, record, sum(len(part.records) for part in hanging))
        return redirect(url_for("subjects.show", subject_key=subject.key))
    wrong = "Say in a few words why this record was a mistake." if isinstance(problem, ReasonNeeded) else ""
    body = render_template(
        "records/void.html",
        subject=subject,
        form=form,
        record=record,
        hanging=hanging,
        wrong=wrong,
        problem="" if wrong else _in_words(problem),
    )
    return body, 422 if problem else 200


@bp.route(f"{RECORD}/restore", methods=["GET", "POST"])
@requires("record.void")
def restore(subject_key: uuid.UUID, form_name: str, record_key: uuid.UUID) -> ResponseReturnValue:
    """Say why a record was voided and take the voiding back, with a reason."""
    subject, form, record = _asked_for(subject_key, form_name, record_key)
    if record.voided_at is None:
        return redirect(_address(subject, form, record))
    problem = _try(records.restore, subject, form, record) if request.method == "POST" else None
    if request.method == "POST" and problem is None:
        flash(f"{_title(form, record)} counts again.", "success")
        return redirect(_address(subject, form, record))
    wrong = "Say in a few words why this record was no mistake." if isinstance(problem, ReasonNeeded) else ""
    voids = [entry for entry in log_history.of_record(db.session(), record.key) if entry.action == "void"]
    body = render_template(
        "records/restore.html",
        subject=subject,
        form=form,
        record=record,
        last=voids[-1] if voids else None,
        wrong=wrong,
        problem="" if wrong else _in_words(problem),
    )
    return body, 422 if problem else 200


def _say_voided(subject: Subject, form: Form, record: Record, named_by: int) -> None:
    """Say that a record is voided and what comes next; without consent nothing does: it stays, and questions rest."""
    told = f"{_title(form, record)} is voided. It stays in the history."
    if why_closed(db.session(), subject, form):
        flash(told, "success")
        return
    back = url_for("voiding.restore", subject_key=subject.key, form_name=form.name, record_key=record.key)
    flash(Markup('{} If that was a slip, <a href="{}">take the voiding back</a>.').format(told, back), "success")
    if named_by:
        named = counted(named_by, "record still names it: it has", "records still name it: each has")
        flash(f"{named} an open data query now.", "warning")


def _asked_for(subject_key: uuid.UUID, form_name: str, record_key: uuid.UUID) -> tuple[Subject, Form, Record]:
    subject, form = get_subject(subject_key, "record.void"), find_form(form_name)
    return subject, form, find_record(subject, form, str(record_key))


def _try(move: Move, subject: Subject, form: Form, record: Record) -> NotSaved | None:
    """Void a record or take that back for the reason that was posted; return why it cannot be."""
    revision, reason = posted_revision(), in_a_few_words(request.form.get("_reason"))
    by, at = viewer().user, utc_now()
    try:
        move(db.session(), subject, form, record.key, revision=revision, by=by, at=at, reason=reason)
        drafts.drop(db.session(), by, record.key)
        db.session.commit()
        return None
    except NotSaved as refused:
        db.session.rollback()
        return refused


def _in_words(problem: NotSaved | None) -> str:
    if isinstance(problem, Conflict):
        return "Somebody saved this record meanwhile. Look at it again before you go on."
    return str(problem or "")


def _title(form: Form, record: Record) -> str:
    return f"{form.title} {record.instance}" if form.repeats else form.title


def _address(subject: Subject, form: Form, record: Record) -> str:
    return url_for("records.show", subject_key=subject.key, form_name=form.name, record_key=record.key)
