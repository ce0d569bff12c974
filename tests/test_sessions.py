"""How long a session lives, and what a request in the background may do to it."""

from datetime import timedelta

import pytest

from factories import make_user
from registry.accounts import sessions
from registry.database import utc_now


@pytest.fixture
def person(session):
    return make_user(session, role="administrator")


def test_an_idle_session_ends(sign_in, person, monkeypatch):
    client = sign_in(person)
    assert client.get("/account").status_code == 200
    monkeypatch.setattr(sessions, "utc_now", lambda: utc_now() + timedelta(minutes=29))
    assert client.get("/account").status_code == 200
    monkeypatch.setattr(sessions, "utc_now", lambda: utc_now() + timedelta(minutes=60))
    ended = client.get("/account", follow_redirects=True)
    assert ended.request.full_path == "/sign-in?next=/account"
    assert "You were signed out after 30 minutes without activity." in ended.text


def test_a_request_in_the_background_takes_nothing_away_from_what_a_page_will_say(app, sign_in, person):
    client, background = sign_in(person), app.test_client()
    assert client.get("/account").status_code == 200
    name = app.config["SESSION_COOKIE_NAME"]
    with client.session_transaction() as cookie:
        cookie["_flashes"] = [("success", "Saved.")]
    background.set_cookie(name, client.get_cookie(name).value)
    kept = [header.split("=")[0] for header in background.get("/healthz").headers.getlist("Set-Cookie")]
    assert kept == [f"{name}-seen"]
    assert "Saved." in client.get("/account").text


@pytest.mark.parametrize("seen", ["of another session", "made up"])
def test_when_somebody_was_seen_is_told_by_a_seal_of_this_session_only(session, sign_in, person, monkeypatch, seen):
    client, other = sign_in(person), sign_in(make_user(session, role="administrator"))
    monkeypatch.setattr(sessions, "utc_now", lambda: utc_now() + timedelta(minutes=29))
    assert other.get("/account").status_code == 200
    (sealed,) = [cookie for cookie in other._cookies.values() if cookie.key.endswith("-seen")]
    told = {"of another session": sealed.value, "made up": f'["x","{utc_now().isoformat()}"].x'}[seen]
    client.set_cookie(sealed.key, told)
    monkeypatch.setattr(sessions, "utc_now", lambda: utc_now() + timedelta(minutes=31))
    assert client.get("/account").status_code == 302
    assert other.get("/account").status_code == 200


def test_a_session_ends_after_a_working_day_however_busy_it_was(sign_in, person, monkeypatch):
    client = sign_in(person)
    for minutes in range(20, 12 * 60 + 1, 20):
        monkeypatch.setattr(sessions, "utc_now", lambda minutes=minutes: utc_now() + timedelta(minutes=minutes - 1))
        assert client.get("/account").status_code == 200
    monkeypatch.setattr(sessions, "utc_now", lambda: utc_now() + timedelta(minutes=12 * 60 + 1))
    assert "You were signed out after 12 hours." in client.get("/account", follow_redirects=True).text
