"""The number of SQL statements of a page does not grow with the number of children or records."""

from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy import Connection
from sqlalchemy.orm import Session

import crf_client
import entries
from children import Child, enrol, make_child, record_links
from registry.database import db
from registry.models import Subject, User
from signing_in import SignIn
from statements import asked_again, counting

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


def test_a_page_takes_as_many_statements_for_many_as_for_few(
    app: Flask, session: Session, sign_in: SignIn, connection: Connection
) -> None:
    child = make_child(app, session, sign_in)
    fill(child, days=2)
    for_few = statements_of_each_page(child, connection)
    fill(child, days=2)

    assert statements_of_each_page(child, connection) == for_few
    assert {name: count for name, count in for_few.items() if count > 60} == {}


def test_a_page_asks_the_database_nothing_twice(
    app: Flask, session: Session, sign_in: SignIn, connection: Connection
) -> None:
    child = make_child(app, session, sign_in)
    fill(child, days=2)
    again = {}
    for name, address in PAGES.items():
        with asked_again(connection) as statements:
            child.client.get(address.format(child=child.key, infusion=child.links["infusion"]))
        again[name] = statements

    assert {name: statements for name, statements in again.items() if statements} == {}


def statements_of_each_page(child: Child, connection: Connection) -> dict[str, int]:
    """Return the number of statements it takes to open each page."""
    counts = {}
    for name, address in PAGES.items():
        with counting(connection) as statements:
            assert (
                child.client.get(address.format(child=child.key, infusion=child.links["infusion"])).status_code == 200
            )
        counts[name] = len(statements)
    return counts


def test_a_save_takes_as_many_statements_for_many_records_as_for_few(
    app: Flask, session: Session, sign_in: SignIn, connection: Connection
) -> None:
    child = make_child(app, session, sign_in)
    counts = []
    for day in range(3):
        fill(child, days=2)
        where, known = crf_client.open_page(child.client, child.page("concomitant_agent"))
        typed = {**known, "agent": ["tocilizumab"], "started_at": [f"2026-03-{10 + day} 08:00"]}
        with counting(connection) as statements:
            assert crf_client.send(child.client, where, typed).status_code == 302
        counts.append(len(statements))

    assert counts[0] <= counts[1] == counts[2]  # a form is read as soon as the child has a record of it
