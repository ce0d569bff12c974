"""What becomes of a review: kept, logged, told in the episode, carried by a cut."""

import csv
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

import entries
from blinded_cases import NOW, Center, page_of
from factories import make_site, make_user
from forms.casebook import CASEBOOK
from forms.code_lists import ADJUDICATED_AS
from forms.values import PartialDate
from registry import adjudication, log_history, records
from registry.adjudication import Case, Decision
from registry.audit_verify import verify
from registry.database import db
from registry.models import Adjudication, User
from registry.release import cuts
from registry.saving.outcomes import NotSaved, RecordVoided
from registry.tables import TABLES
from signing_in import SignIn
from study import Study, make_logged_user


def test_a_review_is_kept_logged_and_stands_in_the_episode(app: Flask, center: Center, reviewer: FlaskClient) -> None:
    with app.app_context():
        subject, infusion = center.child()
        case = center.episode(subject, infusion, "carhlh", peak_grade=3)
    typed = {"decision": "crs", "peak_grade": "2", "onset_day": "4", "comment": "Ferritin fell with the fever."}
    answer = reviewer.post(page_of(app, case), data=typed)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/adjudication")
    with app.app_context():
        (kept,) = db.session.query(Adjudication)
        assert (kept.kind, kept.form, kept.record_key, kept.subject_id) == (
            "carhlh",
            "toxicity_episode",
            case,
            subject.id,
        )
        assert (kept.decision, kept.peak_grade, kept.onset_day, kept.comment) == (
            "crs",
            2,
            4,
            "Ferritin fell with the fever.",
        )
        assert (kept.reviewer.name, kept.reviewed_at is not None) == ("Rita Reviewer", True)
        (episode,) = entries.stored(subject, "toxicity_episode")
        names = ("adjudicated", "adjudicated_toxicity", "adjudicated_peak_grade", "toxicity", "peak_grade")
        assert tuple(episode.row[name] for name in names) == (True, "crs", 2, "carhlh", 3)
        steps = [
            (step.actor_name, step.action, step.reason, set(step.changes))
            for step in log_history.of_record(db.session(), case)
        ]
        assert steps[-1] == (
            "Rita Reviewer",
            "change",
            "Blinded review of the case.",
            {"adjudicated", "adjudicated_toxicity", "adjudicated_peak_grade"},
        )
    page = reviewer.get("/adjudication").text
    assert "0 of 1 case still to review" in page and "Cytokine release syndrome (CRS), grade 2, from day 4" in page


def test_a_second_review_is_kept_beside_the_first_and_the_data_manager_sees_that_they_differ(
    app: Flask, session: Session, sign_in: SignIn, center: Center, reviewer: FlaskClient
) -> None:
    other = sign_in(make_user(session, role="investigator", site=make_site(session), name="Remy Reviewer"))
    manager = sign_in(make_user(session, role="data_manager"))
    with app.app_context():
        subject, infusion = center.child()
        case = center.episode(subject, infusion, "carhlh", peak_grade=3)
    reviewer.post(page_of(app, case), data={"decision": "carhlh", "peak_grade": "3"})
    once = manager.get("/adjudication").text
    assert "0 without a review" in once and ">reviewed<" in once
    # A reviewer does not read what another one said.
    assert "to do" in other.get("/adjudication").text
    assert "You have reviewed" not in other.get(page_of(app, case)).text
    other.post(page_of(app, case), data={"decision": "infection", "peak_grade": "3", "onset_day": "5"})

    page = manager.get("/adjudication").text
    assert "Rita Reviewer" in page and "Remy Reviewer" in page and "reviews differ" in page
    with app.app_context():
        first, second = db.session.query(Adjudication).order_by(Adjudication.id)
        assert [adjudication.decided(one).words for one in (first, second)] == [
            "HLH-like toxicity (carHLH, IEC-HS), grade 3",
            "Infection",
        ]
        (episode,) = entries.stored(subject, "toxicity_episode")
        assert (episode.row["adjudicated_toxicity"], episode.row["adjudicated_peak_grade"]) == ("infection", None)


def test_who_corrects_an_own_review_differs_from_nobody_and_another_grade_differs(
    app: Flask, session: Session, sign_in: SignIn, center: Center, reviewer: FlaskClient
) -> None:
    other = sign_in(make_user(session, role="investigator", site=make_site(session)))
    manager = sign_in(make_user(session, role="data_manager"))
    with app.app_context():
        case = center.episode(*center.child(), "carhlh", peak_grade=3)
    for decision in ("infection", "carhlh"):
        reviewer.post(page_of(app, case), data={"decision": decision, "peak_grade": "3"})
    assert ">reviewed<" in manager.get("/adjudication").text

    other.post(page_of(app, case), data={"decision": "carhlh", "peak_grade": "4"})
    assert "reviews differ" in manager.get("/adjudication").text


def test_a_review_of_a_death_is_kept_and_changes_no_page(app: Flask, center: Center, reviewer: FlaskClient) -> None:
    with app.app_context():
        subject, _ = center.child()
        case = center.infection(subject, outcome="fatal")
    assert reviewer.post(page_of(app, case), data={"decision": "disease"}).status_code == 302

    with app.app_context():
        (kept,) = db.session.query(Adjudication)
        assert (kept.form, kept.decision, kept.peak_grade) == ("infection", "disease", None)
        assert entries.stored(subject, "infection")[0].revision == 1


def test_a_review_is_kept_although_the_episode_cannot_be_saved(
    app: Flask, session: Session, sign_in: SignIn, center: Center, reviewer: FlaskClient
) -> None:
    with app.app_context():
        subject, infusion = center.child()
        case = center.episode(subject, infusion, "carhlh", onset_on=PartialDate("2026-03-25"))
        died = {"ended_on": date(2026, 3, 20), "reason": "died", "died_on": PartialDate("2026-03-20")}
        center.save(subject, "end_of_study", died)  # the onset is now after the death: hard
    answer = reviewer.post(page_of(app, case), data={"decision": "carhlh", "peak_grade": "4"}, follow_redirects=True)

    assert "is kept. Its page has an open contradiction and waits." in answer.text
    with app.app_context():
        assert db.session.query(Adjudication).count() == 1
        assert entries.stored(subject, "toxicity_episode")[0].row["adjudicated"] is None
    assert "not in the episode" in sign_in(make_user(session, role="data_manager")).get("/adjudication").text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({}, "Choose what it was."),
        ({"decision": "crs"}, "Give the highest grade of the toxicity."),
        ({"decision": "crs", "peak_grade": "6"}, "Write a whole number from 1 to 5."),
        ({"decision": "crs", "peak_grade": "0"}, "Write a whole number from 1 to 5."),
        ({"decision": "king", "peak_grade": "1"}, "Not a valid choice"),
        ({"decision": "none", "comment": "x" * 2001}, "Shorten this to 2000 characters."),
    ],
)
def test_a_review_that_says_too_little_is_refused_in_words(
    app: Flask, center: Center, reviewer: FlaskClient, typed: dict[str, str], said: str
) -> None:
    with app.app_context():
        subject, infusion = center.child()
        case = center.episode(subject, infusion, "carhlh")
    answer = reviewer.post(page_of(app, case), data=typed)

    assert (answer.status_code, said in answer.text) == (422, True)
    with app.app_context():
        assert db.session.query(Adjudication).count() == 0


def test_a_sign_that_no_database_keeps_does_not_lose_a_review(
    app: Flask, center: Center, reviewer: FlaskClient
) -> None:
    with app.app_context():
        subject, infusion = center.child()
        case = center.episode(subject, infusion, "carhlh")
    assert reviewer.post(page_of(app, case), data={"decision": "disease", "comment": "a\x00b"}).status_code == 302
    with app.app_context():
        assert [kept.comment for kept in db.session.query(Adjudication)] == ["a\ufffdb"]


def test_every_decision_is_a_code_that_the_episode_can_hold() -> None:
    item = CASEBOOK["toxicity_episode"].items["adjudicated_toxicity"]

    assert [item.parse(code) for code in ADJUDICATED_AS.labels] == list(ADJUDICATED_AS.labels)
    assert TABLES["toxicity_episode"].c.adjudicated_toxicity.type.length >= max(map(len, ADJUDICATED_AS.labels))
    assert Adjudication.__table__.c.decision.type.length >= max(map(len, ADJUDICATED_AS.labels))


def case_of(study: Study) -> Case:
    row = {"infusion": study.infusion, "toxicity": "carhlh", "onset_on": PartialDate("2026-03-07")}
    saved = entries.save(study.subject, study.coordinator, "toxicity_episode", {"key": entries.key(), **row})
    code = adjudication.code_of(saved.key)
    return Case(code=code, kind="carhlh", form="toxicity_episode", key=saved.key, subject_id=study.subject.id)


def review(case: Case) -> NotSaved | None:
    """Review a case and return why its episode could not be saved, if it could not."""
    reviewer = make_logged_user("investigator", None)
    decision = Decision(decision="carhlh", peak_grade=3, onset_day=2, comment="clear")
    refused = adjudication.review(db.session(), case, decision, by=reviewer, at=NOW)
    db.session.commit()
    return refused


def review_of(study: Study) -> Case:
    case = case_of(study)
    assert review(case) is None
    return case


def test_a_review_is_kept_although_the_episode_was_voided_since_its_case_was_opened(study: Study) -> None:
    case = case_of(study)
    wrong = {"revision": 1, "by": study.coordinator, "at": NOW, "reason": "Of another child."}
    records.void(db.session(), study.subject, CASEBOOK["toxicity_episode"], case.key, **wrong)
    db.session.commit()

    assert isinstance(review(case), RecordVoided)
    assert db.session.query(Adjudication).count() == 1


def test_the_log_proves_the_reviews_and_they_cannot_be_changed(own_study: Study) -> None:
    review_of(own_study)
    assert verify(db.session) == []
    for statement in ("UPDATE adjudication SET decision = 'crs'", "DELETE FROM adjudication"):
        with pytest.raises(DatabaseError, match="adjudication is append-only"):
            db.session.execute(text(statement))
        db.session.rollback()


def test_a_cut_carries_the_reviews(own_study: Study, tmp_path: Path) -> None:
    case = review_of(own_study)
    cuts.take_cut(db.session, tmp_path / "cut", by=None, at=NOW)
    with (tmp_path / "cut" / "adjudications.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)

    reviewer = db.session.query(User).filter_by(name="Synthetic investigator").one()
    assert row == {
        "subject": own_study.subject.key,
        "form": "toxicity_episode",
        "record": case.key,
        "kind": "carhlh",
        "decision": "carhlh",
        "peak_grade": "3",
        "onset_day": "2",
        "reviewed_at": "2026-06-01T12:00:00",
        "reviewer": reviewer.key,
    }
