"""Replacing somebody's second factor without it, and coming in with a password that was typed long ago."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_security import hash_password
from sqlalchemy.orm import Session

from factories import PASSWORD, make_user
from registry.accounts import sessions
from registry.database import utc_now
from registry.models import User
from signing_in import SignIn


@pytest.fixture
def person(app: Flask, session: Session) -> User:
    """Return a person with a password and no second factor."""
    with app.app_context():
        user = make_user(session, role="administrator", password=hash_password(PASSWORD))
    session.commit()
    return user


def half_signed_in(app: Flask, user: User) -> FlaskClient:
    """Return a browser in which the password was typed."""
    client = app.test_client()
    assert client.post("/sign-in", data={"email": user.email, "password": PASSWORD}).status_code == 302
    return client


def begin_set_up(client: FlaskClient) -> str:
    """Begin to set an app up; return its secret."""
    assert client.post("/account/second-factor", data={"setup": "authenticator"}).status_code == 200
    with client.session_transaction() as cookie:
        return str(cookie["tf_totp_secret"])


def code_of(app: Flask, secret: str) -> str:
    with app.app_context():
        return str(app.extensions["security"].totp_factory.generate_totp_password(secret))


def test_whoever_knows_the_password_alone_cannot_replace_an_app_that_was_set_up_meanwhile(
    app: Flask, session: Session, person: User
) -> None:
    thief, owner = half_signed_in(app, person), half_signed_in(app, person)
    of_thief, of_owner = begin_set_up(thief), begin_set_up(owner)
    assert owner.post("/sign-in/code", data={"code": code_of(app, of_owner)}).headers["Location"] == "/"
    session.refresh(person)
    person.totp_last_counter = None
    session.commit()

    refused = thief.post("/sign-in/code", data={"code": code_of(app, of_thief)}, follow_redirects=True)
    assert "A second factor was set up for this account meanwhile." in refused.text
    assert thief.get("/account").status_code == 302
    session.refresh(person)
    assert person.tf_totp_secret == of_owner


def test_a_link_of_ones_own_sets_no_app_up_in_somebody_elses_open_browser(
    app: Flask, session: Session, person: User, sign_in: SignIn
) -> None:
    attacker, open_browser = sign_in(make_user(session, role="analyst")), sign_in(person)
    page = attacker.post("/account/second-factor", data={"setup": "authenticator"}).text
    (link,) = re.findall(r'action="(/account/second-factor/[^"]+)"', page)
    with attacker.session_transaction() as cookie:
        secret = cookie["tf_totp_secret"]

    answer = open_browser.post(link, data={"code": code_of(app, secret)})
    assert answer.headers["Location"] == "/account/second-factor"
    session.refresh(person)
    assert person.tf_totp_secret is None
    assert attacker.post(link, data={"code": code_of(app, secret)}).headers["Location"] == "/account"


def test_another_app_ends_the_other_sessions_of_its_owner_as_a_new_password_does(
    app: Flask, session: Session, person: User, sign_in: SignIn
) -> None:
    owner, in_the_lost_phone = sign_in(person), sign_in(person)
    before = owner.get("/account").status_code, in_the_lost_phone.get("/account").status_code
    page = owner.post("/account/second-factor", data={"setup": "authenticator"}).text
    (link,) = re.findall(r'action="(/account/second-factor/[^"]+)"', page)
    with owner.session_transaction() as cookie:
        secret = cookie["tf_totp_secret"]

    assert owner.post(link, data={"code": code_of(app, secret)}).headers["Location"] == "/account"
    said = owner.get("/account")
    assert (before, said.status_code, in_the_lost_phone.get("/account").status_code) == ((200, 200), 200, 302)
    assert "Your authenticator app is set up. Other sessions of yours have ended." in said.text


@pytest.mark.parametrize("has_app, minutes", [(True, 10), (False, 30)])
def test_a_password_typed_long_ago_is_asked_for_again_before_the_code(
    app: Flask, person: User, monkeypatch: pytest.MonkeyPatch, has_app: bool, minutes: int
) -> None:
    owner = half_signed_in(app, person)
    secret = begin_set_up(owner)
    if has_app:
        assert owner.post("/sign-in/code", data={"code": code_of(app, secret)}).headers["Location"] == "/"
    browser, page = half_signed_in(app, person), "/sign-in/code" if has_app else "/account/second-factor"
    if not has_app:
        secret = begin_set_up(browser)

    monkeypatch.setattr(sessions, "utc_now", lambda: utc_now() + timedelta(minutes=minutes - 1))
    assert [browser.get(page).status_code, browser.get("/account").status_code] == [200, 302]
    monkeypatch.setattr(sessions, "utc_now", lambda: utc_now() + timedelta(minutes=minutes + 1))
    answer = browser.post("/sign-in/code?next=/accounts", data={"code": code_of(app, secret)})
    assert answer.headers["Location"] == "/sign-in?next=/accounts"
    assert f"You typed your password more than {minutes} minutes ago. Type it again." in browser.get("/sign-in").text
    assert browser.get("/account").status_code == 302


def test_half_a_session_that_does_not_say_when_its_password_was_typed_is_over(app: Flask, person: User) -> None:
    browser = half_signed_in(app, person)
    with browser.session_transaction() as cookie:
        cookie.pop("password_at", None)
    assert browser.post("/account/second-factor", data={"setup": "authenticator"}).headers["Location"] == "/sign-in"
