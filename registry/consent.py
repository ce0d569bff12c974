"""Which children there are and whose data may be used: in SQL, what lists, cuts, exports and reviews go by."""

from __future__ import annotations

from sqlalchemy import and_, exists, or_

from registry.models import Subject
from registry.tables import TABLES

_ENROLMENT = TABLES["enrolment"].alias()
_OF_THE_CHILD = exists().where(_ENROLMENT.c.subject_id == Subject.id).correlate(Subject)

_STANDING = _OF_THE_CHILD.where(_ENROLMENT.c.voided_at.is_(None))

MISTAKEN = and_(_OF_THE_CHILD.where(_ENROLMENT.c.voided_at.is_not(None)), ~_STANDING)
"""The condition on a child that it was entered by mistake: its enrolment is voided."""

ANSWERED_NO = _STANDING.where(_ENROLMENT.c.consent_obtained.is_(False))
"""The condition on a child that its enrolment answers the question for consent with No."""

WITHDRAWN = or_(Subject.withdrawn_on.is_not(None), _STANDING.where(_ENROLMENT.c.withdrawn.is_(True)))
"""The condition on a child that consent was withdrawn, also where the page names no day and was stored before the
registry went by the answer alone."""

NOT_REFUSED = and_(~WITHDRAWN, ~ANSWERED_NO, ~MISTAKEN)
"""The condition on a child, not entered by mistake, that consent was neither withdrawn nor answered No."""
