"""Which children there are and whose data may be used: in SQL, what lists, cuts, exports and reviews go by."""

from __future__ import annotations

from sqlalchemy import and_, exists

from registry.models import Subject
from registry.tables import TABLES

_ENROLMENT = TABLES["enrolment"].alias()
_OF_THE_CHILD = exists().where(_ENROLMENT.c.subject_id == Subject.id).correlate(Subject)

MISTAKEN = and_(
    _OF_THE_CHILD.where(_ENROLMENT.c.voided_at.is_not(None)), ~_OF_THE_CHILD.where(_ENROLMENT.c.voided_at.is_(None))
)
"""The condition on a child that it was entered by mistake: its enrolment is voided."""

ANSWERED_NO = _OF_THE_CHILD.where(_ENROLMENT.c.voided_at.is_(None), _ENROLMENT.c.consent_obtained.is_(False))
"""The condition on a child that its enrolment answers the question for consent with No."""

NOT_REFUSED = and_(Subject.withdrawn_on.is_(None), ~ANSWERED_NO, ~MISTAKEN)
"""The condition on a child, not entered by mistake, that consent was neither withdrawn nor answered No."""
