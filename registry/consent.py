"""Which children there are and whose data may be used: in SQL, what lists, monitoring, cuts, exports and reviews go by.

Each condition asks for a list made once: asked child by child it would be asked for each of a million records.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select

from registry.models import DataQuery, Subject
from registry.tables import TABLES

_ENROLMENT = TABLES["enrolment"].alias()
_STANDS = _ENROLMENT.c.voided_at.is_(None)


def _children(*conditions: ColumnElement[bool]) -> Select[Any]:
    return select(_ENROLMENT.c.subject_id).where(*conditions)


MISTAKEN = and_(Subject.id.in_(_children(~_STANDS)), Subject.id.not_in(_children(_STANDS)))
"""The condition on a child that it was entered by mistake: its enrolment is voided."""

ANSWERED_NO = Subject.id.in_(_children(_STANDS, _ENROLMENT.c.consent_obtained.is_(False)))
"""The condition on a child that its enrolment answers the question for consent with No."""

WITHDRAWN = or_(Subject.withdrawn_on.is_not(None), Subject.id.in_(_children(_STANDS, _ENROLMENT.c.withdrawn.is_(True))))
"""The condition on a child that consent was withdrawn, also where the page names no day and was stored before the
registry went by the answer alone."""

NOT_REFUSED = and_(~WITHDRAWN, ~ANSWERED_NO, ~MISTAKEN)
"""The condition on a child, not entered by mistake, that consent was neither withdrawn nor answered No."""

RESTING = and_(
    DataQuery.form != "enrolment", DataQuery.subject_id.in_(select(Subject.id).where(or_(WITHDRAWN, ANSWERED_NO)))
)
"""The condition on a data query that it rests: without consent nobody may look up what it asks about.

It stays as it is stored, and is asked again once the answer on the enrolment is corrected. What is asked about the
enrolment itself, such as the day of the withdrawal, does not rest.
"""
