"""Whether anything may still be entered of a child: one rule, asked before a page opens and before a row is stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy.orm import Session

from forms.form import Form
from forms.schedule import is_without_consent
from forms.values import Row, answer
from registry.models import Subject
from registry.saving.outcomes import EnteredByMistake, SubjectClosed, WithoutConsent
from registry.stored_records import Record, read_records


def why_closed(session: Session, subject: Subject, form: Form) -> SubjectClosed | None:
    """Return why no answer of a form may be entered for a child; None where it may.

    The enrolment stays open: it is where consent is answered, and where a voiding is taken back.
    """
    if form.name == "enrolment":
        return None
    enrolments = read_records(session, ["enrolment"], [subject.id], voided=True)["enrolment"]
    return next(reasons_to_close(subject, enrolments), None)


def reasons_to_close(subject: Subject, enrolments: Iterable[Record]) -> Iterator[SubjectClosed]:
    """Yield why the record of a child is closed for entry, the weightiest first; ``enrolments`` with the voided ones.

    ``registry.consent`` says the same in SQL, for lists.
    """
    stored = list(enrolments)
    standing = [record.row for record in stored if record.voided_at is None]
    if is_withdrawn(subject, standing):
        yield SubjectClosed()
    if stored and not standing:
        yield EnteredByMistake()
    if is_without_consent({"enrolment": tuple(standing)}):
        yield WithoutConsent()


def is_withdrawn(subject: Subject, standing: Iterable[Row]) -> bool:
    """Tell whether consent was withdrawn; ``standing`` are the rows of the enrolment that are not voided.

    Also where the page names no day and was stored before the registry went by the answer alone.
    """
    return subject.withdrawn_on is not None or any(answer(row, "withdrawn") is True for row in standing)
