"""Keys and revisions that a page never made: nothing is stored, nothing of somebody else's comes to light."""

import uuid

import pytest
from flask import Flask
from sqlalchemy.orm import Session

import entries
from children import Child, make_child
from registry import log_history
from registry.database import db
from registry.models import Subject, User
from registry.saving.outcomes import KeyTaken
from signing_in import SignIn


@pytest.fixture
def child(app: Flask, session: Session, sign_in: SignIn) -> Child:
    """Return a child of a site of its own."""
    return make_child(app, session, sign_in)


@pytest.fixture
def stranger(app: Flask, session: Session, sign_in: SignIn) -> Child:
    """Return a child of another site."""
    return make_child(app, session, sign_in)


@pytest.mark.parametrize("form", ["infection", "support", "laboratory"])
def test_a_new_record_cannot_take_the_key_of_any_record_of_another_child(
    child: Child, stranger: Child, form: str
) -> None:
    stored = len(child.stored(form))
    answer = child.client.post(child.page(form), data={"_key": stranger.links["infection"]})
    assert answer.status_code == 404
    assert len(child.stored(form)) == stored


def test_a_new_record_cannot_take_the_key_of_another_form_of_the_same_child(child: Child) -> None:
    assert child.client.post(child.page("support"), data={"_key": child.links["infection"]}).status_code == 404
    assert child.stored("support") == []


def test_an_enrolment_cannot_take_a_key_that_stands_for_something_else(child: Child, stranger: Child) -> None:
    with child.app.app_context():
        subject, user = db.session.get_one(Subject, child.id), db.session.get_one(User, child.coordinator_id)
        with pytest.raises(KeyTaken, match="cannot be saved as a new record"):
            row = {**entries.enrolment(), "key": stranger.links["infection"]}
            entries.enrol_child(db.session, subject.site, row, by=user, at=entries.NOW)
        db.session.rollback()
        assert [entry.action for entry in log_history.of_record(db.session(), stranger.links["infection"])] == [
            "create"
        ]


@pytest.mark.parametrize("revision", ["-1", "9" * 30, str(2**31)])
@pytest.mark.parametrize("do", ["save", "draft"])
def test_a_revision_that_cannot_be_is_refused_in_words(child: Child, revision: str, do: str) -> None:
    answer = child.client.post(
        child.page("infection", child.links["infection"]), data={"_revision": revision, "_do": do}
    )
    assert answer.status_code == 400
    assert "The request could not be understood" in answer.text


@pytest.mark.parametrize("revision", ["-1", "9" * 30])
def test_a_draft_of_a_revision_that_cannot_be_is_not_kept(child: Child, revision: str) -> None:
    address = f"/drafts/{child.key}/infection/{uuid.uuid4()}"
    assert child.client.post(address, data={"_revision": revision}).status_code == 400
