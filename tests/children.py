"""A child as pages meet it: enrolled and infused at a site, its coordinator signed in."""

from dataclasses import dataclass

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

import crf_client
import entries
from factories import make_site, make_user
from forms.casebook import CASEBOOK
from forms.values import PartialDate, Row
from registry import records
from registry.database import db
from registry.models import DataQuery, Site, Subject, User
from registry.saving.outcomes import Submission
from registry.stored_records import Record, read_records
from signing_in import SignIn

CONTRADICTION = {
    "assessed_on": ["2026-02-26"],
    "disease": ["b_all"],
    "disease_burden": ["high"],
    "marrow_blasts_percent": ["12.5"],
}
"""A baseline that contradicts itself, so that a data query is opened about it."""


@dataclass(frozen=True, kw_only=True)
class Child:
    """A child with one record of each form that others link to, and its coordinator's client.

    ``links`` is form name -> record key.
    """

    key: str
    id: int
    code: str
    site_id: int
    coordinator_id: int
    links: dict[str, str]
    client: FlaskClient
    app: Flask

    def page(self, form: str, record: str = "new") -> str:
        """Return the address of a page of one of the child's forms."""
        return f"/subjects/{self.key}/{form}/{record}"

    def stored(self, form: str) -> list[Record]:
        """Return the records of a form that are stored and not voided."""
        with self.app.app_context():
            return read_records(db.session(), [form], [self.id])[form]


def make_child(app: Flask, session: Session, sign_in: SignIn) -> Child:
    """Return an infused child with an episode, a course and an infection, at a site of its own."""
    site = make_site(session)
    user = make_user(session, role="coordinator", site=site)
    client = sign_in(user)
    with app.app_context():
        subject = enrol(site.id, user.id)
        links = record_links(subject, db.session.get_one(User, user.id))
        return Child(
            key=subject.key,
            id=subject.id,
            code=subject.code,
            site_id=site.id,
            coordinator_id=user.id,
            links=links,
            client=client,
            app=app,
        )


def make_asked_child(app: Flask, session: Session, sign_in: SignIn) -> Child:
    """Return a child whose baseline contradicts itself, so that a data query is open about it."""
    child = make_child(app, session, sign_in)
    crf_client.save(child.client, child.page("baseline"), CONTRADICTION)
    return child


def enrol(site_id: int, user_id: int) -> Subject:
    """Return one more child of a site; needs the application context."""
    site, by = db.session.get_one(Site, site_id), db.session.get_one(User, user_id)
    subject = entries.enrol_child(db.session(), site, entries.enrolment(), by=by, at=entries.NOW)
    db.session.commit()
    return subject


def record_links(subject: Subject, by: User) -> dict[str, str]:
    """Save one record of each form that others link to; return their keys by form."""
    infusion = entries.infusion()
    onset = {"onset_on": PartialDate("2026-03-06")}
    rows: dict[str, Row] = {
        "infusion": infusion,
        "toxicity_episode": {"key": entries.key(), "infusion": infusion["key"], "toxicity": "crs", **onset},
        "anakinra_course": {"key": entries.key(), "infusion": infusion["key"], "given": True},
        "infection": {"key": entries.key(), **onset},
    }
    at_once = (
        Submission(subject=subject, form=CASEBOOK[name], row=row, by=by, at=entries.NOW) for name, row in rows.items()
    )
    records.save_many(db.session(), at_once)
    db.session.commit()
    return {name: str(row["key"]) for name, row in rows.items()}


def the_query_of(session: Session, form: str) -> DataQuery:
    """Return the one data query about a form that is not closed."""
    return session.scalars(select(DataQuery).where(DataQuery.status != "closed", DataQuery.form == form)).one()
