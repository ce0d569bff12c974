"""One child's record on one page: every answer in words, how values came about, queries, trail, signatures; opening it
is logged."""

import json
import re
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, select

from entries import NOW, assessment, laboratory, save
from factories import make_site, make_user
from forms.casebook import CASEBOOK
from forms.values import NullFlavour
from registry import data_queries, records
from registry.audit_verify import verify
from registry.database import db
from registry.log_tables import Change
from registry.models import Subject, User
from registry.stored_records import read_records
from registry.whole_record import WholeRecord, whole_record
from signing_in import SignIn, signed_in_client
from statements import counting
from study import Study

LATER = datetime(2026, 6, 2, 9, 0)


def told(subject: Subject) -> WholeRecord:
    return whole_record(db.session(), subject)


def words_of(record: WholeRecord, form: str) -> dict[str, str]:
    """Return label -> answer of the first record of a form."""
    part = next(part for part in record.forms if part.form.name == form).records[0]
    return {answered.label: answered.answer for _, answers in part.sections for answered in answers}


def page_of(sign_in: SignIn, user: User, subject: Subject) -> str:
    answer = sign_in(user).post(f"/subjects/{subject.key}/record")
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.text)


def test_every_form_stands_in_casebook_order_and_an_empty_one_says_so(study: Study, sign_in: SignIn) -> None:
    page = page_of(sign_in, study.coordinator, study.subject)
    places = [page.index(f"{form.number}. {form.title}") for form in CASEBOOK.values()]
    assert places == sorted(places)
    empty = [part.form.name for part in told(study.subject).forms if not part.records]
    assert sorted(set(CASEBOOK) - set(empty)) == ["enrolment", "infusion"]
    assert page.count("Empty: nothing was recorded on this form.") == len(empty)


def test_answers_stand_in_words_with_unit_and_reason_why_one_is_missing(study: Study) -> None:
    row = assessment(study.infusion, spo2_percent=NullFlavour.NOT_DONE)
    save(study.subject, study.coordinator, "assessment", row)
    save(study.subject, study.coordinator, "laboratory", laboratory(study.infusion))
    record = told(study.subject)
    answers = words_of(record, "assessment")
    assert answers["Highest temperature"] == "38.6 °C"
    assert answers["Lowest oxygen saturation"] == "Missing: not done"
    assert answers["Infusion"] == "Infusion 1 · 2026-03-05 · Tisagenlecleucel"
    assert words_of(record, "laboratory")["Ferritin"] == "5200 ng/mL"
    part = next(part for part in record.forms if part.form.name == "assessment").records[0]
    assert "Respiratory rate" in part.unanswered
    assert "Highest temperature" not in part.unanswered


def test_computed_values_and_grades_say_how_they_came_about(study: Study, sign_in: SignIn) -> None:
    save(study.subject, study.coordinator, "assessment", assessment(study.infusion))
    page = page_of(sign_in, study.coordinator, study.subject)
    assert "<dt>Day after infusion</dt><dd>day 2</dd>" in page
    assert f"<em>Day after infusion:</em> {CASEBOOK['assessment'].items['study_day'].help}" in page
    part = next(part for part in told(study.subject).forms if part.form.name == "assessment").records[0]
    crs = next(verdict for verdict in part.verdicts if verdict.title.startswith("CRS (ASTCT"))
    assert crs.result in page and crs.missing in page
    assert not re.search(r'\S<span class="verdict-more"', page)


def test_a_voided_record_stays_with_its_reason_and_has_no_grade(study: Study, sign_in: SignIn) -> None:
    saved = save(study.subject, study.coordinator, "assessment", assessment(study.infusion))
    form = CASEBOOK["assessment"]
    reason = "Entered for the wrong child."
    records.void(
        db.session(), study.subject, form, saved.key, revision=1, by=study.coordinator, at=LATER, reason=reason
    )
    db.session.commit()
    page = page_of(sign_in, study.coordinator, study.subject)
    assert "VOIDED 2026-06-02 18:00 JST: Entered for the wrong child." in page
    part = next(part for part in told(study.subject).forms if part.form.name == "assessment").records[0]
    assert (part.voided, part.verdicts) == (reason, ())


def test_data_queries_stand_with_their_answers(study: Study, sign_in: SignIn) -> None:
    record = read_records(db.session(), ["infusion"], [study.subject.id])["infusion"][0]
    query = data_queries.raise_manually(
        db.session(), study.subject, record, ("infused_on",), "Is the day right?", by=study.coordinator, at=NOW
    )
    data_queries.answer(db.session(), query, "The bag was given then.", by=study.coordinator, at=LATER)
    db.session.commit()
    db.session.expire_all()
    page = page_of(sign_in, study.coordinator, study.subject)
    name = study.coordinator.name
    assert "Is the day right? <strong>answered</strong>" in page
    assert f"Answered 2026-06-02 18:00 JST by {name}: The bag was given then." in page


def test_the_trail_holds_each_change_with_old_and_new_answer_and_reason(study: Study, sign_in: SignIn) -> None:
    row = assessment(study.infusion)
    save(study.subject, study.coordinator, "assessment", row, complete=True)
    save(
        study.subject,
        study.coordinator,
        "assessment",
        {**row, "crs_grade": 2},
        revision=1,
        reason="Read again.",
        at=LATER,
        complete=False,
    )
    record = told(study.subject)
    changed = next(step for step in record.trail if step.reasons == ("Read again.",))
    assert (changed.at, changed.name, changed.action) == (LATER, study.coordinator.name, "Changed")
    assert changed.changes == (("CRS grade by the clinician", "1", "2"), ("Marked complete", "Yes", "No"))
    assert changed.where == "Assessment 1 · 2026-03-07 08:00 · CRS: 2"
    part = next(part for part in record.forms if part.form.name == "assessment").records[0]
    assert [(mark.at, mark.is_complete) for mark in part.signed] == [(NOW, True), (LATER, False)]
    page = page_of(sign_in, study.coordinator, study.subject)
    assert "<del>1</del> → 2" in page
    assert "Reason: Read again." in page
    assert f"by {study.coordinator.name}, 2026-06-01 21:00 JST; opened again by {study.coordinator.name}" in page


def test_opening_it_is_logged_and_the_page_before_it_is_not(own_app: Flask, own_study: Study) -> None:
    client = signed_in_client(own_app, own_study.coordinator)
    address = f"/subjects/{own_study.subject.key}/record"
    assert "is entered in the audit log" in client.get(address).text
    assert opened() == []
    client.post(address)
    assert opened() == [(own_study.coordinator.key, own_study.subject.key)]
    assert "Whole record opened" in client.post(address).text
    assert verify(db.session()) == []


def opened() -> list[tuple[str, str]]:
    """Return who opened the record of whom, from the log."""
    found = map(json.loads, db.session.scalars(select(Change.payload).where(Change.table_name == "whole_record")))
    return [(entry["actor"], entry["subject"]) for entry in found if entry["action"] == "print"]


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("coordinator", 200),
        ("investigator", 200),
        ("monitor", 200),
        ("data_manager", 200),
        ("auditor", 200),
        ("analyst", 403),
        ("administrator", 403),
        ("privacy_officer", 403),
    ],
)
def test_who_sees_the_child_sees_its_whole_record(study: Study, sign_in: SignIn, role: str, expected: int) -> None:
    site = study.site if role in ("coordinator", "investigator", "monitor") else None
    assert both(sign_in(make_user(db.session(), role=role, site=site)), study.subject) == [expected, expected]


def test_another_sites_child_does_not_exist(study: Study, sign_in: SignIn) -> None:
    other = make_user(db.session(), role="coordinator", site=make_site(db.session()))
    assert both(sign_in(other), study.subject) == [404, 404]
    assert opened() == []


def both(client: FlaskClient, subject: Subject) -> list[int]:
    address = f"/subjects/{subject.key}/record"
    return [client.get(address).status_code, client.post(address).status_code]


def test_the_number_of_statements_does_not_grow_with_the_records(study: Study, connection: Connection) -> None:
    def count() -> int:
        db.session.refresh(study.subject)
        with counting(connection) as statements:
            told(study.subject)
        return len(statements)

    save(study.subject, study.coordinator, "assessment", assessment(study.infusion))
    before = count()
    for day in range(10, 20):
        save(
            study.subject,
            study.coordinator,
            "assessment",
            assessment(study.infusion, assessed_at=datetime(2026, 3, day, 8)),
        )
    assert count() == before
