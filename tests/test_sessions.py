"""How long a session lives, and what a request in the background may do to it."""

from datetime import timedelta

import pytest
from flask_security import hash_password

from factories import PASSWORD, make_user
from registry.accounts import sessions
from registry.database import utc_now
from registry.views import exports, under_way


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


def seen_of(client):
    """Return the cookie that tells when a client was last seen."""
    (sealed,) = [cookie for cookie in client._cookies.values() if cookie.key.endswith("-seen")]
    return sealed


def later(monkeypatch, minutes):
    monkeypatch.setattr(sessions, "utc_now", lambda: utc_now() + timedelta(minutes=minutes))


def test_a_page_that_a_browser_asks_for_again_by_itself_keeps_no_session_alive(session, sign_in, monkeypatch):
    monkeypatch.setattr(exports, "refreshing", lambda page, _: under_way.refreshing(page, True))
    client = sign_in(make_user(session, role="data_manager"))
    assert client.get("/account").status_code == 200
    for minutes, expected in ((15, 200), (29, 200), (31, 302)):
        later(monkeypatch, minutes)
        assert client.get("/exports").status_code == expected


def test_a_browser_that_does_not_say_when_it_was_seen_is_idle_since_it_signed_in(sign_in, person, monkeypatch):
    client = sign_in(person)
    for minutes, expected in ((29, 200), (31, 302)):
        later(monkeypatch, minutes)
        assert client.get("/account").status_code == expected
        if expected == 200:
            client.delete_cookie(seen_of(client).key)


def test_what_was_seen_in_an_earlier_session_of_the_same_person_does_not_count(sign_in, person, monkeypatch):
    first, second = sign_in(person), sign_in(person)
    with second.session_transaction() as cookie:
        cookie["began_at"] = (utc_now() - timedelta(minutes=1)).isoformat()
    later(monkeypatch, 29)
    assert first.get("/account").status_code == 200
    second.set_cookie(seen_of(first).key, seen_of(first).value)
    later(monkeypatch, 31)
    assert second.get("/account").status_code == 302


@pytest.mark.parametrize("end", ["/sign-out", "/account/password"])
def test_copied_cookies_end_with_the_session_they_were_copied_from(app, session, sign_in, end):
    with app.app_context():
        user = make_user(session, role="administrator", password=hash_password(PASSWORD))
    client, copy = sign_in(user), app.test_client()
    assert client.get("/account").status_code == 200
    for cookie in client._cookies.values():
        copy.set_cookie(cookie.key, cookie.value)
    assert copy.get("/account").status_code == 200
    new = "entirely other words 4711"
    fields = {"password": PASSWORD, "new_password": new, "new_password_confirm": new}
    assert client.post(end, data=fields).status_code == 302
    assert copy.get("/account").status_code == 302
    assert client.get("/account").status_code == (200 if end == "/account/password" else 302)


@pytest.mark.parametrize(
    "garbage", ["", ".", "a.b.c", ".eJx.abc", "\xff\xfe", "a\0b", '"\\303\\377"', '"\\355\\240\\200"', "x." * 20_000]
)
def test_a_cookie_that_cannot_be_read_says_nothing(app, sign_in, person, garbage):
    name = app.config["SESSION_COOKIE_NAME"]
    client = sign_in(person)
    kept = client.get_cookie(name).value
    cookies = {"HTTP_COOKIE": f"{name}={kept}; {name}-seen={garbage}"}
    other = app.test_client(use_cookies=False)
    assert other.get("/account", environ_overrides=cookies).status_code == 200
    assert other.get("/account", environ_overrides={"HTTP_COOKIE": f"{name}={garbage}"}).status_code == 302


@pytest.mark.parametrize("seen", ["of another session", "made up"])
def test_when_somebody_was_seen_is_told_by_a_seal_of_this_session_only(session, sign_in, person, monkeypatch, seen):
    client, other = sign_in(person), sign_in(make_user(session, role="administrator"))
    monkeypatch.setattr(sessions, "utc_now", lambda: utc_now() + timedelta(minutes=29))
    assert other.get("/account").status_code == 200
    sealed = seen_of(other)
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
