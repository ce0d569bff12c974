"""Minimal valid answers for tests that save records, and one way to save them."""

import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from forms.casebook import CASEBOOK
from forms.values import Measurement, PartialDate, Row
from registry import records
from registry.database import db
from registry.models import Site, Subject, User
from registry.saving.outcomes import Saved
from registry.stored_records import Record, read_records

NOW = datetime(2026, 6, 1, 12, 0)


def key() -> str:
    """Return the key of a new record, as an empty page makes it."""
    return str(uuid.uuid4())


def enrolment(**answers: Any) -> Row:
    """Return the enrolment of a synthetic child of ten."""
    given = {
        "key": key(),
        "enrolled_on": date(2026, 3, 1),
        "sex": "female",
        "birth_date": PartialDate("2015-07"),
        "meets_age": True,
        "car_t_given_or_planned": True,
        "consent_obtained": True,
        "consent_type": "parents",
        "consent_on": date(2026, 2, 27),
    }
    return {**given, **answers}


def enrol_child(session: Session, site: Site, row: Row, *, by: User, at: datetime) -> Subject:
    """Store a new child of a site with an enrolment page; return it."""
    subject = records.new_subject(session, site, by=by, at=at)
    records.save(session, subject, CASEBOOK["enrolment"], row, revision=0, by=by, at=at)
    return subject


def infusion(**answers: Any) -> Row:
    """Return a commercial CD19 infusion on 2026-03-05."""
    given = {"key": key(), "infused_on": date(2026, 3, 5), "setting": "commercial", "product": "tisagenlecleucel"}
    return {**given, "antigens": ("cd19",), **answers}


def assessment(infusion_key: str, **answers: Any) -> Row:
    """Return a bedside assessment on day 2 with fever."""
    given = {"key": key(), "infusion": infusion_key, "assessed_at": datetime(2026, 3, 7, 8, 0)}
    return {**given, "temperature_c": Decimal("38.6"), "crs_grade": 1, **answers}


def laboratory(infusion_key: str, **answers: Any) -> Row:
    """Return laboratory values on day 2."""
    given = {"key": key(), "infusion": infusion_key, "sampled_at": datetime(2026, 3, 7, 6, 0)}
    return {**given, "ferritin": measured("5200"), **answers}


def measured(text: str, analyte: str = "ferritin") -> Measurement:
    """Return a laboratory value as typed on the page."""
    value = CASEBOOK["laboratory"].items[analyte].parse(text)
    assert isinstance(value, Measurement)
    return value


def stored(subject: Subject, form: str) -> list[Record]:
    """Return the records of a child that are stored in a form, voided ones too."""
    return read_records(db.session, [form], [subject.id], voided=True)[form]


def save(subject: Subject, by: User, form: str, row: Row, *, revision: int = 0, **more: Any) -> Saved:
    """Save one row and commit, as a view does."""
    at = more.pop("at", NOW)
    saved = records.save(db.session, subject, CASEBOOK[form], row, revision=revision, by=by, at=at, **more)
    db.session.commit()
    return saved
