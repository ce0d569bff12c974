"""Children who may have been entered twice at one site: same sex, same month of birth, infused on the same day.

They cannot be judged from one child's rows, so no check finds them; a data manager looks at them. Children of different
sites are never compared: that would tell one site that another has such a child.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, literal_column, select
from sqlalchemy.orm import Session

from registry.consent import NOT_REFUSED
from registry.models import Subject
from registry.tables import TABLES

# PostgreSQL groups by an expression only if no value in it is bound.
_FIRST: ColumnElement[int] = literal_column("1")
_MONTH: ColumnElement[int] = literal_column("7")
"""Where the month ends in a date such as 2017-08; a birth year alone says too little."""


@dataclass(frozen=True, kw_only=True)
class PossibleDuplicate:
    """Children of one site who look like one child: their day of infusion, and they themselves by code."""

    site_id: int
    infused_on: date
    children: tuple[Subject, ...]


def possible_duplicates(session: Session, site_ids: Sequence[int]) -> list[PossibleDuplicate]:
    """Return the groups of children of a site who may be one child, newest infusion first; two statements."""
    enrolment, infusion = TABLES["enrolment"], TABLES["infusion"]
    alike = (
        Subject.site_id,
        enrolment.c.sex,
        func.substr(enrolment.c.birth_date, _FIRST, _MONTH),
        infusion.c.infused_on,
    )
    known = (
        select(Subject.id, *alike)
        .join(enrolment, enrolment.c.subject_id == Subject.id)
        .join(infusion, infusion.c.subject_id == Subject.id)
        .where(Subject.site_id.in_(site_ids), NOT_REFUSED)
        .where(enrolment.c.voided_at.is_(None), infusion.c.voided_at.is_(None))
        .where(enrolment.c.sex.is_not(None), func.length(enrolment.c.birth_date) >= _MONTH)
    )
    twice = known.with_only_columns(*alike).group_by(*alike).having(func.count(Subject.id.distinct()) > 1)
    groups = {tuple(row) for row in session.execute(twice)}
    if not groups:
        return []
    days = {infused_on for *_, infused_on in groups}
    members = known.with_only_columns(Subject, *alike).where(infusion.c.infused_on.in_(days)).order_by(Subject.code)
    found: dict[tuple[int, str, str, date], dict[Subject, None]] = {}
    for child, *like in session.execute(members):
        if tuple(like) in groups:
            found.setdefault((like[0], like[1], like[2], like[3]), {})[child] = None
    newest_first = sorted(found.items(), key=lambda pair: pair[0][3], reverse=True)
    return [
        PossibleDuplicate(site_id=key[0], infused_on=key[3], children=tuple(children)) for key, children in newest_first
    ]
