"""What a transaction locks, and in which order: children before the head of the log, so that no two wait in a circle.

PostgreSQL would give up one of two such transactions; a review or a protocol would be lost at random.
"""

import re
from collections.abc import Callable, Sequence

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection
from sqlalchemy.orm import Session

import crf_client
import entries
from children import Child, make_child
from factories import make_site, make_user
from forms.values import PartialDate
from registry.database import db
from registry.models import Site, Subject, User
from registry.saving.consequences import derive_again
from signing_in import SignIn
from statements import counting


def locks(statements: Sequence[str]) -> list[str]:
    """Return what was locked first and what then: ``children`` and ``log``."""
    found = []
    for statement in statements:
        words = " ".join(statement.split())
        if (
            words.startswith("SELECT subject.id, subject.withdrawn_on FROM subject WHERE subject.id IN")
            and "ORDER BY subject.id" in words
        ):
            found.append("children")
        elif "FROM chain_head" in words:
            found.append("log")
    return list(dict.fromkeys(found))


@pytest.fixture
def child(app: Flask, session: Session, sign_in: SignIn) -> Child:
    """Return an infused child whose coordinator is signed in."""
    return make_child(app, session, sign_in)


def site_key(child: Child) -> str:
    with child.app.app_context():
        return db.session.get_one(Site, child.site_id).key


def save(child: Child, _client: FlaskClient) -> None:
    crf_client.save(child.client, child.page("assessment"), {"assessed_at": ["2026-03-07 08:00"]})


def add_protocol(child: Child, client: FlaskClient) -> None:
    typed = {"version": "2", "effective_from": "2026-01-01", "text": "2 mg/kg every 6 hours"}
    answer = client.post(f"/sites/{site_key(child)}/protocols/new", data=typed)
    assert answer.status_code == 302


def add_range(child: Child, client: FlaskClient) -> None:
    typed = {"analyte": "alt", "high": "40", "valid_from": "2026-01-01", "age_from": "0", "age_to": "18"}
    answer = client.post(f"/sites/{site_key(child)}/reference-ranges/new", data=typed)
    assert answer.status_code == 302


@pytest.mark.parametrize("do", [save, add_protocol, add_range])
def test_a_request_locks_the_children_it_judges_before_the_log(
    session: Session, sign_in: SignIn, connection: Connection, child: Child, do: Callable[[Child, FlaskClient], None]
) -> None:
    client = sign_in(make_user(session, role="data_manager"))
    with counting(connection) as seen:
        do(child, client)

    assert locks(seen) == ["children", "log"]


def test_a_review_locks_the_child_before_the_log(
    app: Flask, session: Session, sign_in: SignIn, connection: Connection, child: Child
) -> None:
    with app.app_context():
        subject, by = db.session.get_one(Subject, child.id), db.session.get_one(User, child.coordinator_id)
        onset = {"toxicity": "carhlh", "onset_on": PartialDate("2026-03-07"), "infusion": child.links["infusion"]}
        entries.save(subject, by, "toxicity_episode", {"key": entries.key(), **onset})
    reviewer = sign_in(make_user(session, role="investigator", site=make_site(session)))
    (address,) = re.findall(r'href="(/adjudication/[^"]+)"', reviewer.get("/adjudication").text)
    with counting(connection) as seen:
        answer = reviewer.post(address, data={"decision": "crs", "peak_grade": "2"})

    assert answer.status_code == 302
    assert locks(seen) == ["children", "log"]


def test_deriving_again_locks_the_children_it_reads(app: Flask, connection: Connection, child: Child) -> None:
    """Otherwise a save in between would be answered with verdicts on what stood there before it."""
    with app.app_context(), counting(connection) as seen:
        derive_again(db.session(), [db.session.get_one(Subject, child.id)])

    assert locks(seen) == ["children"]


def test_an_answer_to_a_data_query_waits_for_a_save_that_may_change_what_it_asks(
    child: Child, connection: Connection
) -> None:
    high = {"disease": ["b_all"], "disease_burden": ["high"], "marrow_blasts_percent": ["12.5"]}
    crf_client.save(child.client, child.page("baseline"), {"assessed_on": ["2026-02-26"], **high})
    (key,) = re.findall(r"/data-queries/([0-9a-f-]+)/answer", child.client.get("/data-queries").text)
    with counting(connection) as seen:
        answer = child.client.post(f"/data-queries/{key}/answer", data={"reason": "Two biopsies"})

    assert answer.status_code == 302
    assert locks(seen) == ["children", "log"]
