"""Fixtures of a small study: one site, one coordinator, one child with an infusion."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask

from entries import NOW, enrolment, infusion, save
from registry import anchors, audit, records
from registry.database import db
from registry.models import RoleGrant, Site, Subject, User


@dataclass(frozen=True, kw_only=True)
class Study:
    """A site with its coordinator and one enrolled, infused child."""

    site: Site
    coordinator: User
    subject: Subject
    infusion: str


@pytest.fixture
def study(app: Flask) -> Iterator[Study]:
    """Yield a study stored inside this test's transaction, with the application context open."""
    with app.app_context():
        yield make_study()


@pytest.fixture
def own_study(own_app: Flask) -> Iterator[Study]:
    """Yield a study in a database of its own, really committed, with the application context open."""
    with own_app.app_context():
        yield make_study()


def make_study() -> Study:
    """Store a site, its coordinator and one child with one infusion, all of it in the change log."""
    site = Site(code="TST", name="Synthetic Center", time_zone="Asia/Tokyo", created_at=NOW)
    audit.write_row(db.session, site, by=None, at=NOW)
    coordinator = make_logged_user("coordinator", site)
    subject = records.enrol(db.session, site, enrolment(), by=coordinator, at=NOW)
    db.session.commit()
    first = save(subject, coordinator, "infusion", infusion())
    anchors.anchor(db.session, "test", NOW)
    return Study(site=site, coordinator=coordinator, subject=subject, infusion=first.key)


def make_logged_user(role: str, site: Site | None) -> User:
    """Return a person with a role whose account and grant stand in the change log."""
    user = User(email=f"{role}@synthetic.example", name=f"Synthetic {role}", created_at=NOW)
    audit.write_row(db.session, user, by=None, at=NOW)
    grant = RoleGrant(user_id=user.id, role=role, site_id=site.id if site else None, began_at=NOW)
    audit.write_row(db.session, grant, by=None, at=NOW)
    return user
