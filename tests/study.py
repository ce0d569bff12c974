"""Fixtures of a small study: one site, one coordinator, one child with an infusion."""

import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from pytest import TempPathFactory
from sqlalchemy import select

from application import lent, undone
from databases import Databases, copy_of_template, name_of_kept
from entries import NOW, enrol_child, enrolment, infusion, save, stored
from registry import anchors, audit
from registry.database import db
from registry.models import RoleGrant, Site, Subject, User


@dataclass(frozen=True, kw_only=True)
class Study:
    """A site with its coordinator and one enrolled, infused child."""

    site: Site
    coordinator: User
    subject: Subject
    infusion: str


@dataclass(frozen=True, kw_only=True)
class SharedStudy:
    """A study in a database that many tests spoil, each inside a transaction that is rolled back."""

    app: Flask
    database_url: str
    folder: Path

    @contextmanager
    def lent(self, folder: Path) -> Iterator[Study]:
        """Yield the study for one test, with the application context open and its anchors copied into a folder."""
        shutil.copy(self.folder / "anchors.log", folder)
        with lent(self.app, self.database_url, folder), undone(self.app), self.app.app_context():
            yield the_study()


@pytest.fixture
def study(app: Flask) -> Iterator[Study]:
    """Yield a study stored inside this test's transaction, with the application context open."""
    with app.app_context():
        yield make_study()


@pytest.fixture
def own_study(own_app: Flask, kept_study: Path) -> Iterator[Study]:
    """Yield a study in a database of its own, really committed, with the application context open."""
    shutil.copy(kept_study, own_app.config["ANCHORS_FILE"])
    with own_app.app_context():
        yield the_study()


@pytest.fixture(scope="session")
def kept_study(lent_app: Flask, databases: Databases, run_folder: Path, tmp_path_factory: TempPathFactory) -> Path:
    """Store the study that the databases of ``own_study`` are copies of; return the file with its anchor."""
    url = copy_of_template(databases, run_folder, name_of_kept("kept_study"))
    folder = tmp_path_factory.mktemp("study")
    with lent(lent_app, url, folder), lent_app.app_context():
        make_study()
    return folder / "anchors.log"


@pytest.fixture(scope="module")
def share_study(
    lent_app: Flask, databases: Databases, kept_study: Path, tmp_path_factory: TempPathFactory
) -> Iterator[Callable[[Callable[[Study, Path], object]], SharedStudy]]:
    """Return a function that stores the study, and what a function adds with a folder of its own, for a whole file."""
    names: list[str] = []

    def share(fill: Callable[[Study, Path], object]) -> SharedStudy:
        names.append(f"shared_{uuid.uuid4().hex}")
        url, folder = databases.copy(name_of_kept("kept_study"), names[-1]), tmp_path_factory.mktemp("shared")
        shutil.copy(kept_study, folder)
        with lent(lent_app, url, folder), lent_app.app_context():
            fill(the_study(), folder)
        return SharedStudy(app=lent_app, database_url=url, folder=folder)

    yield share
    for name in names:
        databases.drop(name)


@pytest.fixture
def used(shared: SharedStudy, tmp_path: Path) -> Iterator[Study]:
    """Yield the study that the fixture ``shared`` of a test's file has filled; what the test does to it is undone."""
    with shared.lent(tmp_path) as study:
        yield study


def the_study() -> Study:
    """Return the study that ``make_study`` stored, with its first child, read from the database."""
    site = db.session.scalars(select(Site).filter_by(code="TST")).one()
    coordinator = db.session.scalars(select(User).filter_by(email="coordinator@synthetic.example")).one()
    subject = db.session.scalars(select(Subject).filter_by(site_id=site.id).order_by(Subject.id).limit(1)).one()
    return Study(site=site, coordinator=coordinator, subject=subject, infusion=stored(subject, "infusion")[0].key)


def make_study() -> Study:
    """Store a site, its coordinator and one child with one infusion, all of it in the change log."""
    site = Site(code="TST", name="Synthetic Center", time_zone="Asia/Tokyo", created_at=NOW)
    audit.write_row(db.session, site, by=None, at=NOW)
    coordinator = make_logged_user("coordinator", site)
    subject = enrol_child(db.session, site, enrolment(), by=coordinator, at=NOW)
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
