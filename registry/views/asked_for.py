"""What a request asks for by name: a form, a record, the key and the revision that a page was made from."""

from __future__ import annotations

import uuid

from flask import abort, request

from forms.casebook import CASEBOOK
from forms.form import Form
from registry.database import db
from registry.models import Subject
from registry.stored_records import Record, read_records

HIGHEST_REVISION = 2**31 - 1


def find_form(name: str) -> Form:
    """Return a form of the casebook; 404 when there is none of that name."""
    return CASEBOOK.get(name) or abort(404)


def posted_key() -> str:
    """Return the key that the empty page was given; 400 when it is not one."""
    try:
        return str(uuid.UUID(request.form.get("_key", "")))
    except ValueError:
        abort(400)


def posted_revision(*, lowest: int = 0) -> int:
    """Return the revision that the page was made from, 0 for a new record; 400 when it is not a possible one."""
    revision = request.form.get("_revision", 0, type=int)
    return revision if lowest <= revision <= HIGHEST_REVISION else abort(400)


def find_record(subject: Subject, form: Form, key: str) -> Record:
    """Return a record of a child by its key, also one that was voided; 404 when there is none."""
    found = read_records(db.session(), [form.name], [subject.id], voided=True)[form.name]
    return next((record for record in found if record.key == key), None) or abort(404)
