"""Questions that people raised: what an answer leads to, and what becomes of them when their record is voided."""

from datetime import timedelta

from entries import NOW, assessment, save, stored
from forms.casebook import CASEBOOK
from registry import data_queries, records
from registry.audit_verify import verify
from registry.database import db
from registry.models import DataQuery
from signing_in import SignIn
from study import Study

QUESTION = "Is 39.5 right?"


def ask(study: Study, record_key: str, question: str = QUESTION) -> DataQuery:
    """Let somebody ask about the temperature of an assessment."""
    (record,) = (record for record in stored(study.subject, "assessment") if record.key == record_key)
    query = data_queries.raise_manually(
        db.session(), study.subject, record, ("temperature_c",), question, by=study.coordinator, at=NOW
    )
    db.session.commit()
    return query


def move(how: object, study: Study, record_key: str, revision: int, reason: str, hours: int) -> None:
    given = {"revision": revision, "by": study.coordinator, "at": NOW + timedelta(hours=hours), "reason": reason}
    how(db.session(), study.subject, CASEBOOK["assessment"], record_key, **given)  # type: ignore[operator]
    db.session.commit()
    db.session.expire_all()


def steps(query: DataQuery) -> list[tuple[str, str]]:
    return [(event.kind, event.reason) for event in query.events]


def test_a_voiding_answers_the_open_questions_about_the_record_and_taking_it_back_opens_them(own_study: Study) -> None:
    study = own_study
    saved = save(study.subject, study.coordinator, "assessment", assessment(study.infusion))
    other = save(study.subject, study.coordinator, "assessment", assessment(study.infusion))
    query, answered = ask(study, saved.key), ask(study, saved.key, "Under the arm?")
    about_another = ask(study, other.key)
    data_queries.answer(db.session(), answered, "Yes.", by=study.coordinator, at=NOW)
    db.session.commit()

    move(records.void, study, saved.key, 1, "Entered for the wrong child.", 1)

    voided = ("answered", "The record was voided: Entered for the wrong child.")
    assert (query.status, steps(query)) == ("answered", [("open", QUESTION), voided])
    assert about_another.status == "open"
    assert query.events[-1].actor == study.coordinator.key

    move(records.restore, study, saved.key, 2, "It was this child.", 2)

    assert steps(query)[2:] == [("open", "The voiding was taken back: It was this child.")]
    assert (query.status, answered.status) == ("open", "answered")
    assert verify(db.session()) == []


def test_whoever_answers_a_person_is_told_that_the_person_closes_the_question(study: Study, sign_in: SignIn) -> None:
    saved = save(study.subject, study.coordinator, "assessment", assessment(study.infusion))
    path = f"/data-queries/{ask(study, saved.key).key}/answer"
    page = sign_in(study.coordinator).post(path, data={"reason": "Measured twice."}, follow_redirects=True).text
    assert "Answered. Whoever asked reads it and closes the question." in page
