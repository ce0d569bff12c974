"""Which children's data may be used: in SQL, what a data cut, an export and a blinded review go by."""

from __future__ import annotations

from sqlalchemy import and_, exists

from registry.models import Subject
from registry.tables import TABLES

_ENROLMENT = TABLES["enrolment"].alias()

ANSWERED_NO = (
    exists()
    .where(
        _ENROLMENT.c.subject_id == Subject.id,
        _ENROLMENT.c.voided_at.is_(None),
        _ENROLMENT.c.consent_obtained.is_(False),
    )
    .correlate(Subject)
)
"""The condition on a child that its enrolment answers the question for consent with No."""

NOT_REFUSED = and_(Subject.withdrawn_on.is_(None), ~ANSWERED_NO)
"""The condition on a child that nobody said No: consent was neither withdrawn nor answered No."""
