"""Changing a password, a second factor or recovery codes: guarded, in the log, and nothing signs out by accident."""

import pytest
from flask_security import hash_password
from sqlalchemy import select, update
from werkzeug.exceptions import HTTPException

from factories import PASSWORD, make_user
from registry import log_history
from registry.accounts.invitations import make_invitation
from registry.accounts.lockout import ACCOUNT_LIMIT, LOCKED_MESSAGE
from registry.database import db
from registry.models import User

NEW = "another long pass phrase"


@pytest.fixture
def person(app, session):
    """Return a person with a password and no second factor."""
    with app.app_context():
        user = make_user(session, role="administrator", password=hash_password(PASSWORD))
    session.commit()
    return user


def change_password(client, now):
    return client.post(
        "/account/password", data={"password": now, "new_password": NEW, "new_password_confirm": NEW, "submit": "1"}
    )


def logged(app, session, user):
    with app.app_context():
        return [entry.changes for entry in log_history.of_record(session, user.key)]


def test_an_open_browser_is_no_place_to_try_passwords_without_end(sign_in, person):
    client = sign_in(person)
    for _ in range(ACCOUNT_LIMIT):
        assert "The password is not right." in change_password(client, "a wrong pass phrase").text
    assert LOCKED_MESSAGE in change_password(client, PASSWORD).text
    assert client.get("/account").status_code == 200


def test_a_changed_password_stands_in_the_log_without_the_password(app, session, sign_in, person):
    assert change_password(sign_in(person), PASSWORD).status_code == 302
    assert logged(app, session, person) == [{"password": (None, "changed")}]


def test_a_second_factor_and_a_used_recovery_code_stand_in_the_log(app, session, sign_in, person):
    client = sign_in(person)
    client.post("/account/second-factor", data={"setup": "authenticator"})
    with app.app_context():
        store, user = app.extensions["security"].datastore, db.session.get(User, person.id)
        for secret in ("first", "first", "second"):
            store.tf_set(user, "authenticator", totp_secret=secret)
        store.mf_set_recovery_codes(user, ["one", "two"])
        store.mf_delete_recovery_code(user, 0)
        store.tf_reset(user)
        db.session.commit()
    assert logged(app, session, person) == [
        {"second_factor": (None, "set up")},
        {"second_factor": (None, "set up")},
        {"recovery_codes": (None, "made anew")},
        {"recovery_code": (None, "used")},
        {"second_factor": (None, "switched off")},
    ]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_going_back_to_the_page_of_the_code_does_not_sign_out(sign_in, person, method):
    client, elsewhere = sign_in(person), sign_in(person)
    response = client.open("/sign-in/code", method=method)
    assert (response.status_code, response.headers["Location"]) == (302, "/")
    assert [one.get("/account").status_code for one in (client, elsewhere)] == [200, 200]


def test_a_refused_invitation_page_never_repeats_either_password(app, session, person, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    with app.app_context():
        token = make_invitation(person)
    session.commit()
    typed = {"password": "first pass phrase", "again": "second pass phrase"}
    client = app.test_client()
    with client.session_transaction() as browser:
        browser["invitation"] = token
    answer = client.post("/invitation/password", data=typed, headers={"Origin": "http://localhost"})
    assert (answer.status_code, "pass phrase" in answer.text) == (400, False)
    answer = client.post("/invitation", data={"token": token}, headers={"Origin": "http://localhost"})
    assert (answer.status_code, token in answer.text) == (400, False)


def test_a_recovery_code_that_two_requests_hold_lets_one_of_them_in(app, person):
    store = app.extensions["security"].datastore
    with app.test_request_context("/sign-in/recovery-code"):
        slower = db.session.get(User, person.id)
        store.mf_set_recovery_codes(slower, ["one", "two"])
        db.session.commit()
        faster = update(User).values(mf_recovery_codes=["two"]).execution_options(synchronize_session=False)
        db.session.execute(faster)
        db.session.commit()
        assert slower.mf_recovery_codes == ["one", "two"]
        with pytest.raises(HTTPException) as refused:
            store.mf_delete_recovery_code(slower, 0)
        assert refused.value.get_response().headers["Location"] == "/sign-in/recovery-code"
        assert db.session.scalar(select(User.mf_recovery_codes).where(User.id == person.id)) == ["two"]
