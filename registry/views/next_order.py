"""The next order of an anakinra course that went on after the order just saved: no schedule asks for it."""

from __future__ import annotations

from flask import url_for
from sqlalchemy.orm import Session

from forms.dosing.regimens import lacks_next_order
from forms.form import Form
from forms.values import answer
from registry.models import Subject
from registry.saving.outcomes import Saved
from registry.stored_records import read_records


def next_order(session: Session, subject: Subject, form: Form, saved: Saved) -> str:
    """Return where the next order of a course is entered, empty where the order saved is the last one of it."""
    if form.name != "anakinra_regimen":
        return ""
    known = read_records(session, ["anakinra_course", form.name], [subject.id])
    orders = [record.row for record in known[form.name]]
    order = next((row for row in orders if row["key"] == saved.key), {})
    course = next((one.row for one in known["anakinra_course"] if one.key == answer(order, "course")), {})
    if not lacks_next_order(order, course, orders):
        return ""
    return url_for("records.new", subject_key=subject.key, form_name=form.name, about=course["key"])
