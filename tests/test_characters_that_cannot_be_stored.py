"""A reason or a name that holds what is no character is kept as a page can show it, on both engines."""

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

import crf_client
from children import CONTRADICTION, Child, make_child
from factories import make_user
from registry import log_history
from registry.models import DataQuery, DataQueryEvent
from registry.release.models import Cut
from signing_in import SignIn

TYPED = "a\x00b"
KEPT = "a\ufffdb"


@pytest.fixture
def child(app: Flask, session: Session, sign_in: SignIn) -> Child:
    """Return a child of which the coordinator is signed in."""
    return make_child(app, session, sign_in)


def test_the_answer_to_a_data_query(child: Child, session: Session) -> None:
    crf_client.save(child.client, child.page("baseline"), CONTRADICTION)
    query = session.scalars(select(DataQuery).where(DataQuery.status == "open").limit(1)).one()

    answer = child.client.post(f"/data-queries/{query.key}/answer", data={"reason": TYPED})

    assert answer.status_code == 302
    reasons = session.scalars(select(DataQueryEvent.reason).where(DataQueryEvent.data_query_id == query.id)).all()
    assert reasons[-1] == KEPT


def test_a_question_that_a_person_asks(child: Child, session: Session, sign_in: SignIn) -> None:
    manager = sign_in(make_user(session, role="data_manager"))
    address = child.page("infusion", f"{child.links['infusion']}/data-queries")

    asked = manager.post(address, data={"item": "product", "message": TYPED})
    query = session.scalars(select(DataQuery).where(DataQuery.message == KEPT)).one()
    closed = manager.post(f"/data-queries/{query.key}/close", data={"reason": TYPED})

    assert (asked.status_code, closed.status_code) == (302, 302)


def test_why_a_record_is_voided_and_restored(child: Child, session: Session) -> None:
    for revision, how in ((1, "void"), (2, "restore")):
        address = child.page("infection", f"{child.links['infection']}/{how}")
        answer = child.client.post(address, data={"_revision": str(revision), "_reason": TYPED})
        assert answer.status_code == 302
    history = log_history.of_record(session, child.links["infection"])
    assert [entry.reason for entry in history[-2:]] == [KEPT, KEPT]


def test_the_name_of_a_data_cut(session: Session, sign_in: SignIn) -> None:
    manager = sign_in(make_user(session, role="data_manager"))

    assert manager.post("/cuts", data={"name": TYPED}).status_code == 302

    assert session.scalars(select(Cut.name)).one() == KEPT
