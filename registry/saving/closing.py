"""Whether anything may still be entered of a child: known before a page opens, so that nobody types in vain."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.form import Form
from registry.consent import ANSWERED_NO, MISTAKEN, WITHDRAWN
from registry.models import Subject
from registry.saving.outcomes import EnteredByMistake, SubjectClosed, WithoutConsent


def why_closed(session: Session, subject: Subject, form: Form) -> SubjectClosed | None:
    """Return why no answer of a form may be entered for a child; None where it may.

    The enrolment stays open: it is where consent is answered, and where a voiding is taken back.
    """
    if form.name == "enrolment":
        return None
    asked = select(WITHDRAWN, MISTAKEN, ANSWERED_NO).where(Subject.id == subject.id)
    is_withdrawn, is_mistaken, is_refused = session.execute(asked).one()
    if is_withdrawn:
        return SubjectClosed()
    if is_mistaken:
        return EnteredByMistake()
    return WithoutConsent() if is_refused else None
