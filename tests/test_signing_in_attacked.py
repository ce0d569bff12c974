"""Signing in with what no browser sends: another spelling of an address, a wish to stay signed in for a year."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_login.utils import encode_cookie
from flask_security import hash_password
from sqlalchemy import event, insert, select
from sqlalchemy.orm import Session

from factories import PASSWORD, make_user
from registry.accounts import lockout
from registry.database import utc_now
from registry.models import LoginAttempt, User

OTHER_SPELLINGS = ("{0}@ｅxample.org", "{0}@example。org", "{0}@EXAMPLE．ORG", " {0}@example.org ")


@pytest.fixture
def person(app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch) -> User:
    """Return a person with a password, of whom no second factor is asked."""
    monkeypatch.setitem(app.config, "SECURITY_TWO_FACTOR_REQUIRED", False)
    with app.app_context():
        user = make_user(session, role="administrator", password=hash_password(PASSWORD))
    session.commit()
    return user


def post_password(client: FlaskClient, email: str, password: str = PASSWORD, **more: str) -> str:
    return client.post("/sign-in", data={"email": email, "password": password, **more}).text


def test_the_same_account_in_another_spelling_is_locked_with_it(app: Flask, person: User) -> None:
    client, name = app.test_client(), person.email.partition("@")[0]
    assert person.email == f"{name}@example.org"
    for number in range(lockout.ACCOUNT_LIMIT):
        post_password(client, OTHER_SPELLINGS[number % len(OTHER_SPELLINGS)].format(name), "wrong password here")
    for spelling in (*OTHER_SPELLINGS, "{0}@example.org"):
        assert "Too many tries did not succeed." in post_password(client, spelling.format(name))
    assert client.get("/account").status_code == 302


def test_what_is_no_address_is_refused_and_counted(app: Flask) -> None:
    client = app.test_client()
    for _ in range(lockout.ACCOUNT_LIMIT):
        assert "Too many" not in post_password(client, "no address")
    assert "Too many tries did not succeed." in post_password(client, "no address")


def test_nobody_can_ask_to_stay_signed_in_for_longer_than_a_session(app: Flask, person: User) -> None:
    client = app.test_client()
    post_password(client, person.email, remember="y")
    assert client.get("/account").status_code == 200
    assert client.get_cookie("remember_token") is None


def test_a_cookie_that_outlives_sessions_signs_nobody_in(app: Flask, person: User) -> None:
    client = app.test_client()
    with app.app_context():
        client.set_cookie("remember_token", encode_cookie(person.fs_uniquifier))
    assert [client.get("/account").status_code for _ in range(2)] == [302, 302]


def test_many_tries_at_the_same_moment_do_not_outrun_the_count(app: Flask, session: Session) -> None:
    """All look before any is written: those that come last see the others once they are written themselves."""
    at = utc_now()

    def others_arrive(writing: Session, *_: Any) -> None:
        row = {"at": at, "account": "a", "address": "192.0.2.1", "succeeded": False}
        writing.execute(insert(LoginAttempt), [row] * lockout.ACCOUNT_LIMIT)

    event.listen(session, "before_flush", others_arrive, once=True)
    with app.app_context(), pytest.raises(lockout.TooManyAttempts):
        lockout.begin_attempt(session, account="a", address="192.0.2.2", at=at)
    assert len(session.scalars(select(LoginAttempt)).all()) == lockout.ACCOUNT_LIMIT
