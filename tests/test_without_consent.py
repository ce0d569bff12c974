"""Once consent is withdrawn or answered No: pages are there to be read, and the questions about them rest."""

import html
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from children import Child, make_asked_child
from entries import key, save
from factories import make_user
from forms.values import Row
from registry.database import db
from registry.models import DataQuery, Subject, User
from registry.saving.outcomes import SubjectClosed
from signing_in import SignIn


@pytest.fixture
def child(app: Flask, session: Session, sign_in: SignIn) -> Child:
    """Return a child whose baseline contradicts itself."""
    return make_asked_child(app, session, sign_in)


def correct_enrolment(child: Child, answers: Row) -> None:
    """Give other answers on the enrolment of a child."""
    (enrolled,) = child.stored("enrolment")
    with child.app.app_context():
        subject, by = db.session.get_one(Subject, child.id), db.session.get_one(User, child.coordinator_id)
        row, revision = {**enrolled.row, **answers}, enrolled.revision
        confirmed = {"enrolment.consent_not_refused": "Call with the family"}
        save(subject, by, "enrolment", row, revision=revision, reason="Call with the family", confirmed=confirmed)


@pytest.mark.parametrize(
    ("answers", "corrected"),
    [
        ({"withdrawn": True, "withdrawal_on": date(2026, 4, 1)}, {"withdrawn": False}),
        ({"consent_obtained": False}, {"consent_obtained": True}),
    ],
)
def test_the_questions_about_a_child_without_consent_rest_until_the_answer_is_corrected(
    child: Child, session: Session, answers: Row, corrected: Row
) -> None:
    query = session.scalars(select(DataQuery)).one()
    message, of_child = query.message, f"/subjects/{child.key}"
    asked_on = ("/", "/data-queries", child.page("baseline", query.record_key))
    rest = "Questions rest about 1 child without consent:"

    def asked() -> list[bool]:
        return [message in html.unescape(child.client.get(address).text) for address in asked_on]

    assert asked() == [True, True, True] and rest not in child.client.get("/data-queries").text
    correct_enrolment(child, answers)
    assert asked() == [False, False, False]
    listed = child.client.get("/data-queries").text
    assert f'{rest} <a href="{of_child}#queries">{child.code}</a>.' in listed
    assert "1 question rests" in child.client.get(of_child).text
    assert f"/data-queries/{query.key}/answer" not in child.client.get(of_child).text
    sent = child.client.post(f"/data-queries/{query.key}/answer", data={"reason": "Seen"}, follow_redirects=True)
    assert "Not answered: the question rests" in sent.text
    session.expire_all()
    assert query.status == "open" and len(query.events) == 1
    correct_enrolment(child, corrected)
    assert asked() == [True, True, True]


def test_the_day_of_a_withdrawal_is_asked_for_while_the_other_questions_rest(child: Child, session: Session) -> None:
    correct_enrolment(child, {"withdrawn": True})
    message = session.scalars(select(DataQuery.message).where(DataQuery.form == "enrolment")).one()

    listed, patients = child.client.get("/data-queries").text, child.client.get("/subjects").text

    assert message in listed and "1 of 1 open query" in listed and "Questions rest about 1 child" in listed
    assert '<span class="badge-plain">1 query</span>' in patients


def test_the_pages_of_a_child_whose_consent_was_withdrawn_are_there_to_be_read(child: Child, session: Session) -> None:
    session.get_one(Subject, child.id).withdrawn_on = date(2026, 5, 20)
    session.commit()
    closed = "Consent was withdrawn: this record is closed for entry and stays as it was."

    page = child.client.get(child.page("infusion", child.links["infusion"])).text
    assert closed in page and "Tisagenlecleucel" in page
    assert "save-bar" not in page and "/void" not in page
    begun = child.client.get(child.page("infection"), follow_redirects=True).text
    assert "Consent was withdrawn: this child" in begun and "save-bar" not in begun
    (enrolled,) = child.stored("enrolment")
    enrolment = child.client.get(child.page("enrolment", enrolled.key)).text
    assert closed not in enrolment and "save-bar" in enrolment


def test_the_page_of_a_child_whose_consent_was_withdrawn_for_further_contact_names_nothing_as_due(child: Child) -> None:
    assert "Nothing is due." not in child.client.get(f"/subjects/{child.key}").text
    withdrawn = {"withdrawn": True, "withdrawal_on": date(2026, 3, 12), "withdrawal_scope": "further_contact"}
    correct_enrolment(child, withdrawn)

    page = child.client.get(f"/subjects/{child.key}").text
    assert "This record is closed for entry" in page
    assert "Nothing is due." in page and "overdue" not in page and "days empty" not in page


def test_a_withdrawal_stored_without_its_day_by_an_old_version_closes_the_child_everywhere(
    child: Child, session: Session
) -> None:
    correct_enrolment(child, {"withdrawn": True, "withdrawal_scope": "further_contact"})
    session.expire_all()
    session.get_one(Subject, child.id).withdrawn_on = None
    session.commit()

    page = child.client.get(f"/subjects/{child.key}").text
    assert "Consent was withdrawn (day not recorded yet). This record is closed for entry" in page
    assert 'aria-label="Add ' not in page and "next-step" not in page
    with child.app.app_context(), pytest.raises(SubjectClosed):
        subject, by = db.session.get_one(Subject, child.id), db.session.get_one(User, child.coordinator_id)
        save(subject, by, "infection", {"key": key(), "infusion": child.links["infusion"]})
    assert "Nothing is due today" in child.client.get("/").text
    listed = child.client.get("/subjects?status=withdrawn").text
    assert child.code in listed and "Consent withdrawn" in listed.partition(child.code)[2]
    assert child.code not in child.client.get("/subjects?status=active").text


def test_the_pages_of_a_child_whose_consent_is_answered_no_are_there_to_be_read_and_can_be_voided(
    child: Child, session: Session, sign_in: SignIn
) -> None:
    infusion = child.page("infusion", child.links["infusion"])
    assert "save-bar" in child.client.get(infusion).text
    correct_enrolment(child, {"consent_obtained": False})
    told = "Consent is answered No on the enrolment page: this record is closed for entry and stays as it was."

    page = child.client.get(infusion).text
    assert told in page and "Tisagenlecleucel" in page and "save-bar" not in page
    assert f'<a href="{infusion}/void">Void</a>' in page
    enrolment = child.client.get(child.page("enrolment")).location
    assert f'<a href="{child.page("enrolment")}">Open the enrolment</a>' in page
    assert "save-bar" in child.client.get(enrolment).text
    begun = child.client.get(child.page("infection"), follow_redirects=True).text
    assert "nothing else may be recorded of this child" in begun and "save-bar" not in begun
    grid = child.client.get(f"/subjects/{child.key}/grid").text
    assert "nothing else may be recorded of this child" in grid and "save-bar" not in grid

    manager = sign_in(make_user(session, role="data_manager"))
    seen = manager.get(infusion).text
    assert told in seen and "/void" not in seen and "Ask the site" not in seen
    asked = {"item": "product", "message": "Is it the trial product?"}
    refused = manager.post(f"{infusion}/data-queries", data=asked, follow_redirects=True).text
    assert "Not asked: consent is answered No, so nobody may look it up." in refused

    voided = child.client.post(f"{infusion}/void", data={"_revision": "1", "_reason": "Another child."})
    after = child.client.get(voided.location).text
    assert "Infusion 1 is voided. It stays in the history." in after and "/restore" not in after
    page = child.client.get(infusion).text
    assert "It is kept for the history" in page and "/restore" not in page and told not in page
    correct_enrolment(child, {"consent_obtained": True})
    assert f"{infusion}/restore" in child.client.get(infusion).text
    assert "save-bar" in child.client.get(child.page("infection", child.links["infection"])).text
