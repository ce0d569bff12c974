"""Which children's data may be used: in SQL, what a data cut, an export and a blinded review go by."""

from __future__ import annotations

from sqlalchemy import and_, exists, or_

from registry.models import Subject
from registry.tables import TABLES

_ENROLMENT = TABLES["enrolment"].alias()

_OF_CHILD = (_ENROLMENT.c.subject_id == Subject.id, _ENROLMENT.c.voided_at.is_(None))

ANSWERED_NO = exists().where(*_OF_CHILD, _ENROLMENT.c.consent_obtained.is_(False)).correlate(Subject)
"""The condition on a child that its enrolment answers the question for consent with No."""

WITHDRAWN = or_(
    Subject.withdrawn_on.is_not(None),
    exists().where(*_OF_CHILD, _ENROLMENT.c.withdrawn.is_(True)).correlate(Subject),
)
"""The condition on a child that consent was withdrawn, also where the page names no day and was stored before the
registry went by the answer alone."""

NOT_REFUSED = and_(~WITHDRAWN, ~ANSWERED_NO)
"""The condition on a child that nobody said No: consent was neither withdrawn nor answered No."""
