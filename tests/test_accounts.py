"""Signing in and out: what a stolen code, a copied cookie or a guessed password is worth."""

import re
from urllib.parse import urlsplit

import pytest
from flask_security import hash_password
from sqlalchemy import create_engine, select

from factories import NOW, PASSWORD, make_user
from registry.accounts import lockout, refuse_demo_users
from registry.accounts.invitations import make_invitation
from registry.models import LoginAttempt, User
from registry.settings import SettingsError

CHOOSE = "/invitation/password"

WRONG = "The e-mail address or the password is not right. Check both and try again."


@pytest.fixture
def person(app, session):
    """Return a person with a password and no second factor."""
    with app.app_context():
        user = make_user(session, role="administrator", password=hash_password(PASSWORD))
    session.commit()
    return user


@pytest.fixture
def demo_app(app, monkeypatch):
    """Return the application as in a demonstration: the second factor is not asked of those without one."""
    monkeypatch.setitem(app.config, "SECURITY_TWO_FACTOR_REQUIRED", False)
    return app


def post_password(client, user, password=PASSWORD, **more):
    return client.post("/sign-in", data={"email": user.email, "password": password}, **more)


def set_up_second_factor(app, client):
    """Set an authenticator app up for whoever is signing in; return its secret and the code that was used."""
    client.post("/account/second-factor", data={"setup": "authenticator"})
    with client.session_transaction() as cookie:
        secret = cookie["tf_totp_secret"]
    code = code_of(app, secret)
    response = client.post("/sign-in/code", data={"code": code})
    assert response.status_code == 302, response.text
    return secret, code


def code_of(app, secret):
    with app.app_context():
        return app.extensions["security"].totp_factory.generate_totp_password(secret)


def test_a_password_is_stored_as_argon2id(person):
    assert person.password.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_right_password_signs_in_and_leads_to_the_page_asked_for(demo_app, person):
    client = demo_app.test_client()
    asked = client.get("/accounts")
    assert asked.headers["Location"] == "/sign-in?next=/accounts"
    response = post_password(client, person, query_string={"next": "/accounts"})
    assert (response.status_code, response.headers["Location"]) == (302, "/accounts")
    assert client.get("/accounts").status_code == 200


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/\\evil.example"])
def test_signing_in_never_leads_to_another_site(demo_app, person, target):
    data = {"email": person.email, "password": PASSWORD, "next": target}
    response = demo_app.test_client().post("/sign-in", data=data, query_string={"next": target})
    location = response.headers.get("Location", "/")
    assert urlsplit(location).netloc == "" and location[:2] not in ("//", "/\\")


def test_an_unknown_address_and_a_wrong_password_get_the_same_answer(demo_app, person):
    known = post_password(demo_app.test_client(), person, "wrong password here")
    other = make_user_like(person, "nobody@example.org")
    unknown = post_password(demo_app.test_client(), other, "wrong password here")
    assert known.status_code == unknown.status_code == 200
    assert WRONG in known.text
    token = re.compile(r'name="csrf_token" value="[^"]+"')
    pages = [token.sub("", page.text).replace(user.email, "") for page, user in ((known, person), (unknown, other))]
    assert pages[0] == pages[1]


def make_user_like(user, email):
    return User(email=email, name=user.name)


def test_production_lets_nobody_in_without_a_second_factor(app, person):
    client = app.test_client()
    response = post_password(client, person)
    assert (response.status_code, response.headers["Location"]) == (302, "/account/second-factor")
    assert client.get("/").headers["Location"] == "/sign-in?next=/"


def test_a_code_works_once(app, session, person):
    client = app.test_client()
    post_password(client, person)
    secret, code = set_up_second_factor(app, client)
    assert client.get("/").status_code == 200
    client.post("/sign-out")

    again = app.test_client()
    post_password(again, person)
    refused = again.post("/sign-in/code", data={"code": code})
    assert "This code is not right, or was used already." in refused.text
    assert again.get("/").status_code == 302

    session.refresh(person)
    person.totp_last_counter -= 5
    session.commit()
    assert again.post("/sign-in/code", data={"code": code_of(app, secret)}).status_code == 302
    assert again.get("/").status_code == 200


def test_a_recovery_code_works_once(app, session, person):
    client = app.test_client()
    post_password(client, person)
    set_up_second_factor(app, client)
    codes = re.findall(r"<li>([0-9a-f-]{14})</li>", client.post("/account/recovery-codes", data={}).text)
    assert len(codes) == 10
    session.refresh(person)
    assert not set(codes) & set(person.mf_recovery_codes), "recovery codes are stored encrypted"

    for expected in (302, 200):
        other = app.test_client()
        post_password(other, person)
        assert other.post("/sign-in/recovery-code", data={"code": codes[3]}).status_code == expected
    session.refresh(person)
    assert len(person.mf_recovery_codes) == 9


def test_a_cookie_copied_before_signing_out_is_worth_nothing_after(demo_app, person):
    client, thief = demo_app.test_client(), demo_app.test_client()
    post_password(client, person)
    name = demo_app.config["SESSION_COOKIE_NAME"]
    stolen = client.get_cookie(name).value
    thief.set_cookie(name, stolen)
    assert thief.get("/").status_code == 200
    assert client.post("/sign-out").status_code == 302
    thief.set_cookie(name, stolen)
    assert thief.get("/").headers["Location"] == "/sign-in?next=/"


def test_signing_out_needs_a_post(client):
    assert client.get("/sign-out").status_code == 405


def test_five_wrong_passwords_lock_the_account_also_for_the_right_one(demo_app, session, person):
    client = demo_app.test_client()
    for _ in range(lockout.ACCOUNT_LIMIT):
        assert WRONG in post_password(client, person, "wrong password here").text
    assert "Too many tries did not succeed." in post_password(client, person).text
    assert client.get("/").status_code == 302

    for attempt in session.scalars(select(LoginAttempt)):
        attempt.at -= lockout.WINDOW
    session.commit()
    assert post_password(client, person).status_code == 302


def test_an_unknown_account_is_locked_like_a_known_one(demo_app, person):
    client, nobody = demo_app.test_client(), make_user_like(person, "nobody@example.org")
    for _ in range(lockout.ACCOUNT_LIMIT):
        post_password(client, nobody, "wrong password here")
    assert "Too many tries did not succeed." in post_password(client, nobody, "wrong password here").text


def test_a_success_ends_the_count_of_failures(demo_app, person):
    for _ in range(2):
        client = demo_app.test_client()
        for _ in range(lockout.ACCOUNT_LIMIT - 1):
            post_password(client, person, "wrong password here")
        assert post_password(client, person).status_code == 302


def test_many_accounts_tried_from_one_address_lock_the_address(app, session):
    with app.app_context():
        for number in range(lockout.ADDRESS_LIMIT):
            lockout.begin_attempt(session, account=f"account {number}", address="192.0.2.1", at=NOW)
        with pytest.raises(lockout.TooManyAttempts):
            lockout.begin_attempt(session, account="one more", address="192.0.2.1", at=NOW)
        assert lockout.begin_attempt(session, account="one more", address="192.0.2.2", at=NOW)


def test_wrong_codes_are_counted_too(app, person):
    client = app.test_client()
    post_password(client, person)
    secret, _ = set_up_second_factor(app, client)
    client.post("/sign-out")
    post_password(client, person)
    for _ in range(lockout.ACCOUNT_LIMIT):
        client.post("/sign-in/code", data={"code": "000000"})
    locked = client.post("/sign-in/code", data={"code": code_of(app, secret)})
    assert "Too many tries did not succeed." in locked.text


def test_attempts_keep_no_address_of_a_person(demo_app, session, person):
    post_password(demo_app.test_client(), person, "wrong password here")
    attempt = session.scalars(select(LoginAttempt)).one()
    assert person.email not in attempt.account and len(attempt.account) == 64


def test_a_closed_account_is_out_on_the_next_request(session, sign_in, person):
    client = sign_in(person)
    assert client.get("/").status_code == 200
    person.active = False
    session.commit()
    assert client.get("/").status_code == 302


@pytest.mark.parametrize(
    ("password", "said"), [("too short", "A password has 12 to 128 characters."), ("x" * 129, "12 to 128 characters.")]
)
def test_an_invitation_refuses_a_password_of_a_wrong_length(app, session, password, said):
    client = app.test_client()
    open_invitation(client, invite(app, session, make_user(session)))
    response = client.post(CHOOSE, data={"password": password, "again": password})
    assert (response.status_code, said in response.text) == (422, True)


def test_an_invitation_works_once(app, session):
    user, client = make_user(session), app.test_client()
    token = invite(app, session, user)
    assert open_invitation(client, token).headers["Location"] == CHOOSE
    assert f"For the account of {user.name}" in client.get(CHOOSE).text
    chosen = {"password": PASSWORD, "again": PASSWORD}
    assert client.post(CHOOSE, data=chosen).headers["Location"] == "/sign-in"
    session.refresh(user)
    assert user.password.startswith("$argon2id$")
    assert client.get(CHOOSE).status_code == 404
    assert client.post(CHOOSE, data=chosen).status_code == 404
    again = open_invitation(client, token)
    assert (again.status_code, "was used already, or is too old. Ask for a new one." in again.text) == (422, True)


def test_a_forged_or_replaced_invitation_opens_nothing(app, session):
    user, client = make_user(session), app.test_client()
    first = invite(app, session, user)
    open_invitation(client, first)
    second = invite(app, session, user)
    assert client.get(CHOOSE).status_code == 404
    for token in (first, second + "x", "", "none"):
        other = app.test_client()
        assert open_invitation(other, token).status_code == 422
        assert other.get(CHOOSE).status_code == 404
    assert open_invitation(client, second).status_code == 302
    assert client.get(CHOOSE).status_code == 200


def test_a_page_of_an_invitation_sets_the_password_of_the_account_that_it_names_alone(app, session):
    first, second, client = make_user(session), make_user(session), app.test_client()
    open_invitation(client, invite(app, session, first))
    page = client.get(CHOOSE).text
    open_invitation(client, invite(app, session, second))
    named = re.search(r'name="account" value="([^"]+)"', page)
    sent = client.post(CHOOSE, data={"account": named and named[1], "password": PASSWORD, "again": PASSWORD})
    assert (sent.status_code, "another one was opened in this browser since" in sent.text) == (404, True)
    before = second.password
    session.refresh(second)
    assert second.password == before
    mine = re.search(r'name="account" value="([^"]+)"', client.get(CHOOSE).text)[1]
    chosen = client.post(CHOOSE, data={"account": mine, "password": PASSWORD, "again": PASSWORD})
    assert (mine, chosen.status_code) == (second.key, 302)


def test_who_comes_back_to_an_invitation_that_is_gone_is_told_so_and_asked_for_the_link(app, session):
    client = app.test_client()
    open_invitation(client, invite(app, session, make_user(session)))
    chosen = {"password": PASSWORD, "again": PASSWORD}
    client.post(CHOOSE, data=chosen)
    for page in (client.get(CHOOSE), client.post(CHOOSE, data=chosen)):
        assert page.status_code == 404
        assert "The invitation was used already, is too old" in page.text
        assert '<form id="invitation" action="/invitation"' in page.text


def test_who_is_signed_in_and_sets_the_password_of_another_is_told_whose_it_is(app, session, sign_in):
    administrator, invited = make_user(session, role="administrator"), make_user(session)
    token = invite(app, session, invited)
    client = sign_in(administrator)
    open_invitation(client, token)
    page = client.post(CHOOSE, data={"password": PASSWORD, "again": PASSWORD}, follow_redirects=True).text
    said = f"The password of {invited.name} is set. You are still signed in as {administrator.name}."
    assert (said in page, "Your password is set" in page) == (True, False)


def test_the_code_of_an_invitation_may_be_copied_with_the_link_around_it(app, session):
    token = invite(app, session, make_user(session))
    for copied in (f"  {token}\n", f"http://localhost/invitation#{token} "):
        assert open_invitation(app.test_client(), copied).headers.get("Location") == CHOOSE


def test_no_address_and_no_page_of_an_invitation_holds_its_token(app, session, sign_in):
    administrator = sign_in(make_user(session, role="administrator"))
    user, client = make_user(session), app.test_client()
    session.commit()
    shown = administrator.post(f"/accounts/{user.key}/invitation").text
    address, token = re.search(r"http://localhost(/[^#<\s]*)#([^<\s]+)", shown).groups()
    assert address == "/invitation"
    opened = open_invitation(client, token)
    pages = [client.get(address), opened, client.get(CHOOSE)]
    assert [page.status_code for page in pages] == [200, 302, 200]
    assert [page.status_code for page in pages if token in page.text or token in page.headers.get("Location", "")] == []


def invite(app, session, user):
    """Return the token of a new invitation."""
    session.commit()
    with app.app_context():
        token = make_invitation(user)
    session.commit()
    return token


def open_invitation(client, token):
    return client.post("/invitation", data={"token": token})


def test_changing_the_password_ends_other_sessions(sign_in, person):
    client, other = sign_in(person), sign_in(person)
    chosen = {"password": PASSWORD, "new_password": "another long pass phrase"}
    response = client.post("/account/password", data={**chosen, "new_password_confirm": chosen["new_password"]})
    assert response.status_code == 302, response.text
    assert client.get("/account").status_code == 200
    assert other.get("/account").status_code == 302


def test_demonstration_accounts_refuse_to_serve_in_production(session, connection):
    make_user(session, is_demo=True)
    session.commit()
    with pytest.raises(SettingsError, match="demonstration accounts and MODE is production"):
        refuse_demo_users(connection)


def test_a_database_of_real_accounts_or_none_at_all_serves_in_production(session, connection, tmp_path):
    make_user(session, is_demo=True, active=False)
    session.commit()
    refuse_demo_users(connection)
    for address in ("empty.sqlite", "none/away.sqlite"):
        engine = create_engine(f"sqlite:///{tmp_path}/{address}")
        refuse_demo_users(engine)
        engine.dispose()


def test_a_demonstration_account_opens_nothing_in_production(app, session, person):
    person.is_demo = True
    session.commit()
    client = app.test_client()
    assert "Demonstration accounts open nothing here." in post_password(client, person).text
    assert client.get("/").status_code == 302


def test_a_form_without_its_token_is_refused_and_nothing_typed_is_lost(app, sign_in, person, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    client = sign_in(person)
    typed = {"code": "DCX", "name": "Demo <Center>", "csrf_token": "old"}
    response = client.post("/sites/new", data=typed, headers={"Origin": "http://localhost"})
    assert response.status_code == 400
    assert "What you typed is kept on this page." in response.text
    assert '<input type="hidden" name="name" value="Demo &lt;Center&gt;">' in response.text
    assert '<form action="/sites/new' in response.text and 'value="old"' not in response.text


def test_a_form_sent_by_another_site_is_not_offered_for_sending_again(app, sign_in, person, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    response = sign_in(person).post(
        "/sites/new", data={"name": "Demo Center"}, headers={"Origin": "https://evil.example"}
    )
    assert response.status_code == 400
    assert "Demo Center" not in response.text


def test_a_form_sent_after_the_session_ended_is_kept_to_be_sent_again(client):
    response = client.post("/sites/new", data={"code": "DCX"}, headers={"Origin": "http://localhost"})
    assert response.status_code == 401
    assert "Sign in in a new tab" in response.text and 'value="DCX"' in response.text


def test_a_refused_sign_in_page_never_repeats_the_password(app, person, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    response = post_password(app.test_client(), person, headers={"Origin": "http://localhost"})
    assert (response.status_code, PASSWORD in response.text) == (400, False)


def test_the_second_factor_secret_and_settings_survive_a_new_start(app, make_app):
    fresh = make_app(app.config)
    assert (
        fresh.config["SECURITY_MULTI_FACTOR_RECOVERY_CODES_KEYS"]
        == (app.config["SECURITY_MULTI_FACTOR_RECOVERY_CODES_KEYS"])
    )
