"""The first sign-in of a day anchors the log and forgets what is old; later ones do not."""

from datetime import timedelta
from pathlib import Path

from flask import Flask
from flask_login import user_logged_in
from sqlalchemy import select

from entries import NOW
from registry import audit
from registry.audit_verify import verify
from registry.database import db, utc_now
from registry.models import Draft, LoginAttempt, User
from study import Study


def occasions(app: Flask) -> list[str]:
    """Return why the log was anchored, oldest first."""
    return [line.split(" ")[3] for line in Path(app.config["ANCHORS_FILE"]).read_text().splitlines()]


def keep_draft(user: User, record_key: str, days_ago: int) -> None:
    saved_at = utc_now() - timedelta(days=days_ago)
    draft = Draft(user_id=user.id, form="response", record_key=record_key, revision=0, typed={}, saved_at=saved_at)
    db.session.add(draft)
    db.session.commit()


def test_the_first_sign_in_of_a_day_anchors_the_log_and_forgets_old_drafts(own_app: Flask, own_study: Study) -> None:
    keep_draft(own_study.coordinator, "old", days_ago=15)
    keep_draft(own_study.coordinator, "new", days_ago=13)
    before = occasions(own_app)
    for _ in range(2):
        with own_app.test_request_context():
            user_logged_in.send(own_app, user=own_study.coordinator)
            db.session.commit()
    assert occasions(own_app) == [*before, "day"]
    assert db.session.scalars(select(Draft.record_key)).all() == ["new"]
    assert verify(db.session()) == []


def test_the_first_sign_in_of_a_day_forgets_who_tried_to_sign_in_a_quarter_ago(
    own_app: Flask, own_study: Study
) -> None:
    for name, days in (("old", 90), ("new", 89)):
        tried_at = utc_now() - timedelta(days=days)
        db.session.add(LoginAttempt(at=tried_at, account=name, address="192.0.2.1", succeeded=False))
    db.session.commit()
    with own_app.test_request_context():
        user_logged_in.send(own_app, user=own_study.coordinator)
        db.session.commit()
    assert db.session.scalars(select(LoginAttempt.account)).all() == ["new"]


def test_what_is_not_committed_yet_is_not_anchored(own_app: Flask, own_study: Study) -> None:
    own_study.coordinator.name = "Another Synthetic Name"
    audit.write_row(db.session(), own_study.coordinator, by=None, at=NOW)
    with own_app.test_request_context():
        user_logged_in.send(own_app, user=own_study.coordinator)
    db.session.rollback()
    assert occasions(own_app)[-1] == "day"
    assert verify(db.session()) == []
