"""Keeping what is typed while it is typed, and forgetting it on request."""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from forms.form import Form
from registry import drafts
from registry.access import get_subject, requires, viewer
from registry.database import db, utc_now
from registry.models import Subject
from registry.tables import TABLES
from registry.templating import show_time
from registry.views.asked_for import find_form, posted_revision

bp = Blueprint("drafts", __name__)


@bp.post("/drafts/<uuid:subject_key>/<form_name>/<uuid:record_key>")
@requires("record.edit")
def keep(subject_key: uuid.UUID, form_name: str, record_key: uuid.UUID) -> ResponseReturnValue:
    """Keep a page of a child as typed so far; answer with the time."""
    return _keep(get_subject(subject_key, "record.edit"), find_form(form_name), str(record_key))


@bp.post("/drafts/enrolment/<uuid:record_key>")
@requires("subject.enrol")
def keep_enrolment(record_key: uuid.UUID) -> ResponseReturnValue:
    """Keep the enrolment page of a child who has no code yet; answer with the time."""
    return _keep(None, find_form("enrolment"), str(record_key))


@bp.post("/drafts/<uuid:record_key>/discard")
@requires("record.edit")
def discard(record_key: uuid.UUID) -> ResponseReturnValue:
    """Forget the viewer's own draft and go back to the child."""
    draft = drafts.find(db.session(), viewer().user, str(record_key), utc_now())
    subject_key = draft.subject.key if draft and draft.subject else None
    drafts.drop(db.session(), viewer().user, str(record_key))
    db.session.commit()
    flash("What you had typed is discarded.", "success")
    return redirect(url_for("subjects.show", subject_key=subject_key) if subject_key else url_for("home.index"))


def _keep(subject: Subject | None, form: Form, record_key: str) -> ResponseReturnValue:
    revision, now = posted_revision(), utc_now()
    if revision > 0 or not _is_stored(form, record_key):
        try:
            drafts.keep(
                db.session(),
                viewer().user,
                subject,
                form.name,
                record_key,
                revision=revision,
                typed=request.form.items(multi=True),
                at=now,
            )
        except drafts.NoRoom as refused:
            db.session.rollback()
            return jsonify(said=str(refused)), 422
        db.session.commit()
    return jsonify(saved_at=show_time(now, subject.site if subject else viewer().only_site))


def _is_stored(form: Form, record_key: str) -> bool:
    """Tell whether a new record was saved meanwhile: a late request must not bring its draft back."""
    table = TABLES[form.name]
    return db.session.scalar(select(table.c.id).where(table.c.key == record_key)) is not None
