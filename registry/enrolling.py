"""What is asked once before a child is made of an enrolment page that is nearly empty or looks like another child."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, exists, select
from sqlalchemy.orm import Session

from forms.casebook import CASEBOOK
from forms.form import Finding
from forms.items import CONFIRM
from forms.values import PartialDate, Row, answer
from registry.log_tables import Change
from registry.models import Site, Subject, User
from registry.tables import TABLES

ALMOST_EMPTY = "enrolment.almost_empty"
ENROLLED_ALREADY = "enrolment.enrolled_already"
NEEDED = ("sex", "birth_date", "consent_obtained")
"""A child without one of these can be neither told from others nor used."""

RECENTLY = timedelta(hours=1)


def doubts(session: Session, site: Site, row: Row, *, by: User, at: datetime) -> tuple[Finding, ...]:
    """Return what is to be confirmed before a person enrols a child at a site."""
    found = (_almost_empty(row), _enrolled_already(session, site, row, by=by, at=at))
    return tuple(finding for finding in found if finding is not None)


def _almost_empty(row: Row) -> Finding | None:
    """Return the question about missing answers; who said No to consent is not asked about the child."""
    missing = tuple(name for name in NEEDED if row.get(name) is None)
    if not missing or row.get("consent_obtained") is False:
        return None
    labels = ", ".join(CASEBOOK["enrolment"].items[name].label for name in missing)
    message = f"Not answered: {labels}. Answer it before a child is enrolled, or say why it cannot be answered yet."
    return Finding(check_id=ALMOST_EMPTY, severity=CONFIRM, items=missing, message=message)


def look_alike(session: Session, site: Site, row: Row, *, by: User, at: datetime) -> Subject | None:
    """Return the newest child of the site who looks the same as one that is to be enrolled.

    The same are sex and birth date, known to the day at any time, or less exactly within the hour; without a birth date
    whoever the same person enrolled within the hour.
    """
    enrolment, born, sex = TABLES["enrolment"], answer(row, "birth_date"), answer(row, "sex")
    is_like = Subject.created_at >= at - RECENTLY
    if isinstance(born, PartialDate):
        is_same = and_(enrolment.c.birth_date == born.text, enrolment.c.sex == sex)
        is_like = is_same if born.is_whole_day else and_(is_same, is_like)
    else:
        is_like = and_(is_like, exists().where(Change.record_key == Subject.key, Change.actor == by.key))
    alike = (
        select(Subject)
        .join(enrolment, enrolment.c.subject_id == Subject.id)
        .where(Subject.site_id == site.id, enrolment.c.voided_at.is_(None), is_like)
        .order_by(Subject.id.desc())
    )
    return session.scalar(alike.limit(1))


def _enrolled_already(session: Session, site: Site, row: Row, *, by: User, at: datetime) -> Finding | None:
    """Return the question whether this is a child of the site who is enrolled already."""
    alike = look_alike(session, site, row, by=by, at=at)
    if alike is None:
        return None
    message = (
        f"{alike.code} is enrolled already and looks the same. If this is that child, leave this page without saving; "
        "if it is another one, say how you know."
    )
    return Finding(check_id=ENROLLED_ALREADY, severity=CONFIRM, items=("birth_date", "sex"), message=message)
