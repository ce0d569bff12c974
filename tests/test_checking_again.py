"""Judging stored children again: missing answers are asked for in time, and nothing happens twice."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask_login import user_logged_in
from sqlalchemy import select

from entries import NOW, assessment, infusion, laboratory, save, stored
from forms.values import NullFlavour
from registry import rechecking
from registry.audit_verify import verify
from registry.database import db
from registry.log_tables import Change
from registry.models import DataQuery, DataQueryEvent, Subject
from registry.rechecking import Checked, check_all, with_open_ends
from registry.tables import TABLES
from study import Study

ENTERED = datetime(2026, 3, 20, 9, 0)
CHILDREN = select(Subject)


def missing_asked(study: Study) -> set[tuple[str, str]]:
    """Return (form, item) of the missing answers that are asked for now."""
    found = db.session.scalars(select(DataQuery).where(DataQuery.status == "open"))
    return {(query.form, anchor.item) for query in found for anchor in query.anchors}


def half_filled(study: Study) -> str:
    """Store a second infusion without its product, as a coordinator does who does not know it yet."""
    row = infusion(infused_on=date(2026, 3, 20), product=None)
    return save(study.subject, study.coordinator, "infusion", row, at=ENTERED).key


def check(at: datetime) -> Checked:
    checked = check_all(db.session(), CHILDREN, at)
    db.session.commit()
    return checked


def test_a_missing_answer_is_asked_for_fourteen_days_after_its_page_was_entered(study: Study) -> None:
    half_filled(study)
    check(ENTERED + timedelta(days=13))
    assert ("infusion", "product") not in missing_asked(study)
    check(ENTERED + timedelta(days=14))
    assert ("infusion", "product") in missing_asked(study)


def test_a_page_of_the_schedule_counts_from_the_day_it_was_due(study: Study) -> None:
    # Day 28 of the infusion on 2026-03-05 is 2026-04-02; 14 days later is 2026-04-16.
    response = {"key": "6f1c9a52-0000-4000-8000-000000000001", "infusion": study.infusion, "timepoint": "day_28"}
    row = {**response, "assessed_on": date(2026, 3, 30)}
    save(study.subject, study.coordinator, "response", row, at=datetime(2026, 3, 30, 9))
    check(datetime(2026, 4, 15, 9))
    assert not any(form == "response" for form, _ in missing_asked(study))
    check(datetime(2026, 4, 16, 9))
    assert ("response", "response") in missing_asked(study)


def test_saving_an_incomplete_page_again_keeps_what_is_still_missing_asked_for(study: Study) -> None:
    key = half_filled(study)
    check(ENTERED + timedelta(days=14))
    record = next(record for record in stored(study.subject, "infusion") if record.key == key)
    save(study.subject, study.coordinator, "infusion", {**record.row, "outpatient": True}, revision=1)
    assert ("infusion", "product") in missing_asked(study)
    answered = {**record.row, "outpatient": True, "product": NullFlavour.UNKNOWN}
    save(study.subject, study.coordinator, "infusion", answered, revision=2)
    assert ("infusion", "product") not in missing_asked(study)


def test_a_gap_that_a_rule_asks_about_is_not_asked_about_twice(study: Study) -> None:
    row = assessment(study.infusion, oxygen_mode="high_flow")
    save(study.subject, study.coordinator, "assessment", row, complete=True)
    check(NOW + timedelta(days=100))

    found = db.session.scalars(select(DataQuery).where(DataQuery.status == "open", DataQuery.form == "assessment"))
    about = {query.check_id for query in found if any(one.item == "oxygen_flow_l_min" for one in query.anchors)}
    assert about == {"assessment.high_flow_has_flow"}


def test_judging_the_same_data_twice_changes_nothing(study: Study) -> None:
    half_filled(study)
    first = check(NOW)
    log = db.session.scalars(select(Change.seq)).all()
    steps = db.session.scalars(select(DataQueryEvent.id)).all()
    again = check(NOW)
    assert first.opened > 0
    assert again == Checked(children=1, records=first.records)
    assert db.session.scalars(select(Change.seq)).all() == log
    assert db.session.scalars(select(DataQueryEvent.id)).all() == steps


def test_what_is_asked_without_a_save_stands_in_the_log(own_study: Study) -> None:
    half_filled(own_study)
    check_all(db.session(), CHILDREN, NOW)
    assert missing_asked(own_study)
    assert verify(db.session()) == []


def test_only_children_whom_time_can_change_are_looked_at_every_day(study: Study) -> None:
    for name in ("enrolment", "infusion"):
        (record,) = stored(study.subject, name)
        row = {**record.row}
        save(study.subject, study.coordinator, name, row, revision=record.revision, complete=True)
    for query in db.session.scalars(select(DataQuery)):
        query.status = "answered"
    assert db.session.scalars(with_open_ends()).all() == []
    save(study.subject, study.coordinator, "laboratory", laboratory(study.infusion))
    assert db.session.scalars(with_open_ends()).all() == [study.subject]


def test_a_child_enrolled_without_consent_before_that_was_asked_about_is_asked_about_now(study: Study) -> None:
    db.session.execute(TABLES["enrolment"].update().values(consent_obtained=False, meets_age=None))
    db.session.commit()
    db.session.expire_all()

    check(NOW)

    found = db.session.scalars(select(DataQuery).where(DataQuery.status == "open", DataQuery.form == "enrolment"))
    assert {"enrolment.consent_not_refused", "enrolment.is_eligible"} <= {query.check_id for query in found}


def test_nothing_else_is_missing_on_the_page_of_a_child_whose_consent_is_answered_no(study: Study) -> None:
    (record,) = stored(study.subject, "enrolment")
    asking = {**record.row, "consent_obtained": None, "consent_on": None, "consent_type": None}
    save(study.subject, study.coordinator, "enrolment", asking, revision=1, reason="Typing error", complete=True)
    assert ("enrolment", "consent_on") in missing_asked(study)

    confirmed = {"enrolment.consent_not_refused": "The family said no."}
    save(
        study.subject,
        study.coordinator,
        "enrolment",
        {**asking, "consent_obtained": False},
        revision=2,
        confirmed=confirmed,
    )
    check(NOW + timedelta(days=100))

    assert not {("enrolment", "consent_on"), ("enrolment", "consent_type")} & missing_asked(study)


def test_a_child_whose_consent_was_withdrawn_is_asked_nothing(study: Study) -> None:
    half_filled(study)
    (record,) = stored(study.subject, "enrolment")
    withdrawn = {"withdrawn": True, "withdrawal_on": date(2026, 3, 21), "withdrawal_scope": "further_data"}
    save(study.subject, study.coordinator, "enrolment", {**record.row, **withdrawn}, revision=record.revision)
    before = missing_asked(study)
    assert check(NOW) == Checked()
    assert missing_asked(study) == before


@pytest.mark.parametrize("wanted", [True, False])
def test_the_first_sign_in_of_a_day_starts_the_check(
    own_app: Flask, own_study: Study, monkeypatch: pytest.MonkeyPatch, wanted: bool
) -> None:
    started: list[bool] = []
    monkeypatch.setattr(rechecking, "start_in_background", lambda: started.append(True))
    own_app.config["CHECK_DAILY"] = wanted
    for _ in range(2):
        with own_app.test_request_context():
            user_logged_in.send(own_app, user=own_study.coordinator)
            db.session.commit()
    assert started == [True] * wanted


def test_people_sign_in_while_the_place_of_the_anchors_is_away(
    own_app: Flask, own_study: Study, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    started: list[str] = []
    monkeypatch.setattr(rechecking, "start_in_background", lambda: started.append("check"))
    (tmp_path / "share").write_text("no folder")
    monkeypatch.setitem(own_app.config, "CHECK_DAILY", True)
    monkeypatch.setitem(own_app.config, "ANCHORS_FILE", str(tmp_path / "share" / "anchors.log"))
    with own_app.test_request_context():
        user_logged_in.send(own_app, user=own_study.coordinator)
        db.session.commit()
    assert (started, "The end of the change log was not anchored today" in caplog.text) == ([], True)
    (tmp_path / "share").unlink()
    with own_app.test_request_context():
        user_logged_in.send(own_app, user=own_study.coordinator)
        db.session.commit()
    assert started == ["check"]
