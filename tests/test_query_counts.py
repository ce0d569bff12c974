"""The number of SQL statements of a page does not grow with the number of children or records."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import Connection
from sqlalchemy.orm import Session

import crf_client
import entries
from children import Child, enrol, make_child, record_links
from registry.database import db
from registry.models import Subject, User
from signing_in import SignIn
from statements import counting

PAGES = {
    "home": "/",
    "list of patients": "/subjects",
    "filtered list": "/subjects?toxicity=crs&due=overdue",
    "data queries": "/data-queries",
    "page of a child": "/subjects/{child}",
    "empty form": "/subjects/{child}/concomitant_agent/new",
    "stored form": "/subjects/{child}/infusion/{infusion}",
    "history": "/subjects/{child}/infusion/{infusion}/history",
    "daily grid": "/subjects/{child}/grid",
    "timeline": "/subjects/{child}/timeline.svg",
}


def fill(child: Child, days: int) -> None:
    """Add children to the site, and to each of them and to the child days of assessments and laboratory values."""
    with child.app.app_context():
        by = db.session.get_one(User, child.coordinator_id)
        for _ in range(3):
            subject = enrol(child.site_id, child.coordinator_id)
            _add_days(subject, by, record_links(subject, by)["infusion"], days)
        _add_days(db.session.get_one(Subject, child.id), by, child.links["infusion"], days)


def _add_days(subject: Subject, by: User, infusion: str, days: int) -> None:
    for day in range(days):
        at = datetime(2026, 3, 9, 8) + timedelta(days=day, minutes=len(entries.stored(subject, "assessment")))
        entries.save(subject, by, "assessment", entries.assessment(infusion, assessed_at=at), complete=True)
        entries.save(subject, by, "laboratory", entries.laboratory(infusion, sampled_at=at), complete=True)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_takes_as_many_statements_for_many_as_for_few(
    app: Flask, session: Session, sign_in: SignIn, connection: Connection, name: str
) -> None:
    child = make_child(app, session, sign_in)
    address = PAGES[name].format(child=child.key, infusion=child.links["infusion"])
    counts = []
    for _ in range(2):
        fill(child, days=2)
        with counting(connection) as statements:
            assert child.client.get(address).status_code == 200
        counts.append(len(statements))

    assert counts[0] == counts[1]
    assert counts[0] <= 60


def test_a_save_takes_as_many_statements_for_many_records_as_for_few(
    app: Flask, session: Session, sign_in: SignIn, connection: Connection
) -> None:
    child = make_child(app, session, sign_in)
    counts = []
    for day in range(2):
        fill(child, days=2)
        where, known = crf_client.open_page(child.client, child.page("concomitant_agent"))
        typed = {**known, "agent": ["tocilizumab"], "started_at": [f"2026-03-{10 + day} 08:00"]}
        with counting(connection) as statements:
            assert crf_client.send(child.client, where, typed).status_code == 302
        counts.append(len(statements))

    assert counts[0] == counts[1]
