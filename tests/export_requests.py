"""What tests of export requests share: a study with people of every right, a cut of it, an order for it."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from pytest import TempPathFactory
from sqlalchemy import select

from application import lent, settings
from databases import Databases, name_of_kept
from entries import NOW, enrol_child, enrolment
from registry import audit
from registry.database import db
from registry.log_tables import Change
from registry.models import Site, Subject, User
from registry.release import agreements, export_rows, requests, writing
from registry.release.cuts import take_cut
from registry.release.models import Cut, DataUseAgreement, Export
from registry.release.order import Order
from registry.release.profiles import Profile
from study import Study, make_logged_user, the_study


@dataclass(frozen=True, kw_only=True)
class Requesting:
    """A study of two sites with a child each, a cut of it, and who asks for exports."""

    study: Study
    other_site: Site
    other_child: Subject
    manager: User
    officer: User
    analyst: User
    cut: Cut

    @property
    def coordinator(self) -> User:
        return self.study.coordinator


@pytest.fixture
def requesting(own_app: Flask, own_study: Study, kept_request: Path, tmp_path: Path) -> Requesting:
    """Return a committed study whose every row stands in the log, with a cut of it."""
    shutil.copy(kept_request / "anchors.log", own_app.config["ANCHORS_FILE"])
    shutil.copytree(kept_request / "cut", tmp_path / "cut")
    cut = db.session.scalars(select(Cut)).one()
    cut.folder = str(tmp_path / "cut")
    db.session.commit()
    other_site = db.session.scalars(select(Site).filter_by(code="FAR")).one()
    people = {user.email.partition("@")[0]: user for user in db.session.scalars(select(User))}
    return Requesting(
        study=own_study,
        other_site=other_site,
        other_child=db.session.scalars(select(Subject).filter_by(site_id=other_site.id)).one(),
        manager=people["data_manager"],
        officer=people["privacy_officer"],
        analyst=people["analyst"],
        cut=cut,
    )


@pytest.fixture(scope="session")
def kept_request(lent_app: Flask, databases: Databases, kept_study: Path, tmp_path_factory: TempPathFactory) -> Path:
    """Store what the databases of ``requesting`` are copies of; return the folder with the cut and the anchors."""
    url = databases.copy(name_of_kept("kept_study"), name_of_kept("kept_request"))
    folder = tmp_path_factory.mktemp("request")
    shutil.copy(kept_study, folder)
    with lent(lent_app, url, folder), lent_app.app_context():
        prepare_request(the_study(), folder)
    return folder


def prepare_request(study: Study, folder: Path) -> None:
    """Add a second site with a child, people of every right, and a cut of it all."""
    other_site = Site(code="FAR", name="Far Synthetic Center", time_zone="Europe/Berlin", created_at=NOW)
    audit.write_row(db.session, other_site, by=None, at=NOW)
    for role in ("data_manager", "privacy_officer", "analyst"):
        make_logged_user(role, None)
    db.session.commit()
    enrol_child(db.session, other_site, enrolment(), by=study.coordinator, at=NOW)
    db.session.commit()
    take_cut(db.session(), folder / "cut", by=None, at=NOW)
    db.session.commit()


@pytest.fixture
def settings_file(own_app: Flask, own_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write the settings of the application under test where its child processes look for them; return the file."""
    path = tmp_path / "config.py"
    lines = (f"{name} = {value!r}\n" for name, value in settings(own_database_url, tmp_path).items())
    path.write_text("".join(lines))
    monkeypatch.setenv("ANAKINRA_REGISTRY_CONFIG", str(path))
    return path


def an_order(**given: Any) -> Order:
    """Return an order of the de-identified profile, with what the test is about."""
    asked = {
        "profile": Profile.DEIDENTIFIED,
        "project": "dosing",
        "purpose": "Asked by the committee.",
        "recipient": "",
    }
    return Order(**{**asked, **given})


def an_agreement(**given: Any) -> DataUseAgreement:
    """Return a stored agreement for the project of ``an_order``, in force at NOW."""
    days = {"signed_on": date(2026, 1, 5), "expires_on": date(2027, 1, 5)}
    words = {"parties": "Synthetic University", "purpose": "Dosing.", "project": "dosing", "reference": "DUA-7"}
    agreement = agreements.record(db.session(), **{**words, **days, **given}, by=None, at=NOW)
    db.session.commit()
    return agreement


def the_export() -> Export:
    """Return the one export there is, as stored."""
    db.session.expire_all()
    return db.session.scalars(select(Export)).one()


def newest_export() -> Export:
    """Return the newest export, as stored."""
    db.session.expire_all()
    return db.session.scalars(select(Export).order_by(Export.id.desc()).limit(1)).one()


def log_of(key: str) -> list[tuple[str, str]]:
    """Return action and reason of each entry about an export, oldest first."""
    texts = db.session.scalars(select(Change.payload).where(Change.record_key == key).order_by(Change.seq))
    return [(entry["action"], entry["reason"]) for entry in map(json.loads, texts)]


def statuses_of(key: str) -> list[str]:
    """Return the statuses of an export one after the other, as the log tells them."""
    texts = db.session.scalars(select(Change.payload).where(Change.record_key == key).order_by(Change.seq))
    return [entry["changes"]["status"][1] for entry in map(json.loads, texts) if "status" in entry["changes"]]


def files_below(folder: Path) -> list[str]:
    """Return every file below a folder that belongs to an export."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


LATER = NOW + timedelta(minutes=5)


OWN_SITE = an_order(profile=Profile.IDENTIFIED, site="TST", forms=("enrolment", "infusion"))


def placed(requesting: Requesting, order: Order = OWN_SITE) -> Export:
    """Return an export that was asked for and waits for its turn."""
    return requests.place(db.session(), order, requesting.cut, by=requesting.coordinator, at=NOW)


def written(
    requesting: Requesting, order: Order = OWN_SITE, by: User | None = None, approved_by: User | None = None
) -> Export:
    """Return an export whose files were written in this process, as its child does it."""
    export = requests.place(db.session(), order, requesting.cut, by=by or requesting.coordinator, at=NOW)
    if approved_by is not None:
        requests.approve(db.session(), export, by=approved_by, at=NOW, reason="Asked by the committee.")
    return carried_out(export)


def carried_out(export: Export) -> Export:
    """Write the files of a queued export; return it as stored."""
    export_rows.change(db.session(), export, "queued", {"status": "running"}, by=None, at=NOW)
    writing.write_export(db.session(), export.key, clock=lambda: LATER, progress=lambda _step: None)
    db.session.refresh(export)
    return export
