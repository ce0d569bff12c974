"""Which children's data may be used: in SQL, what a data cut, an export, monitoring and a blinded review go by."""

from __future__ import annotations

from sqlalchemy import and_, select

from registry.models import Subject
from registry.tables import TABLES

_ENROLMENT = TABLES["enrolment"].alias()

# A list made once: asked child by child it would be asked for each of a million records.
ANSWERED_NO = Subject.id.in_(
    select(_ENROLMENT.c.subject_id).where(_ENROLMENT.c.voided_at.is_(None), _ENROLMENT.c.consent_obtained.is_(False))
)
"""The condition on a child that its enrolment answers the question for consent with No."""

NOT_REFUSED = and_(Subject.withdrawn_on.is_(None), ~ANSWERED_NO)
"""The condition on a child that nobody said No: consent was neither withdrawn nor answered No."""
