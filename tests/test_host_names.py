"""The registry answers to its own host names alone, and writes links to no other."""

import pytest

from factories import make_user
from registry.security_headers import HEADERS

FORGED = (
    "evil.example",
    "127.0.0.1.evil.example",
    "localhost@evil.example",
    "evil.example:80",
    "localhost.",
    "a" * 300,
)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "localhost:8113", "127.0.0.1:1", "LocalHost:8113"])
def test_a_demonstration_answers_on_this_machine_at_any_port(client, host):
    assert client.get("/sign-in", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", FORGED)
@pytest.mark.parametrize("address", ["/", "/sign-in", "/healthz", "/nowhere", "/static/registry.css", "/invitation"])
def test_another_host_gets_a_plain_page(client, host, address):
    answer = client.get(address, headers={"Host": host})
    assert (answer.status_code, answer.mimetype) == (400, "text/plain")
    assert answer.text.startswith("The registry does not go by this name\n")
    assert "evil" not in answer.text and "Set-Cookie" not in answer.headers
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS


def test_a_registry_answers_to_the_names_of_its_settings_and_no_other(app, make_app):
    fresh = make_app({**app.config, "MODE": "production", "TRUSTED_HOSTS": ["registry.example"]})
    hosts = ("registry.example", "registry.example:8443", "sub.registry.example", "localhost")
    answers = [fresh.test_client().get("/sign-in", headers={"Host": host}).status_code for host in hosts]
    assert answers == [200, 200, 400, 400]


@pytest.mark.parametrize(
    ("scheme", "referer"),
    [("http", "http://registry.example/sign-in"), ("https", "https://registry.example:8443/sign-in")],
)
def test_a_form_that_cannot_be_sent_the_way_the_registry_was_reached_says_so(app, make_app, caplog, scheme, referer):
    """Over plain HTTP, or behind a proxy that drops the port from Host."""
    settings = {"MODE": "production", "TRUSTED_HOSTS": ["registry.example"], "WTF_CSRF_ENABLED": True}
    client = make_app({**app.config, **settings}).test_client()
    answer = client.post("/sign-in", base_url=f"{scheme}://registry.example", headers={"Referer": referer})
    assert (answer.status_code, "The registry was not reached as it should be" in answer.text) == (400, True)
    assert "since the proxy or the address is amiss" in caplog.text


def test_what_was_typed_when_the_session_ended_is_kept_behind_a_proxy_that_does_not_tell_of_tls(app, make_app):
    settings = {"MODE": "production", "TRUSTED_HOSTS": ["registry.example"], "WTF_CSRF_ENABLED": True}
    client = make_app({**app.config, **settings}).test_client()
    headers = {"Origin": "http://registry.example"}
    answer = client.post("/sites/new", base_url="http://registry.example", headers=headers, data={"code": "DCX"})
    assert (answer.status_code, "Your session has ended" in answer.text, "DCX" in answer.text) == (400, True, True)


def test_a_form_from_elsewhere_is_refused_without_advice_about_the_proxy(app, make_app):
    settings = {"MODE": "production", "TRUSTED_HOSTS": ["registry.example"], "WTF_CSRF_ENABLED": True}
    client = make_app({**app.config, **settings}).test_client()
    headers = {"Referer": "https://evil.example/sign-in"}
    answer = client.post("/sign-in", base_url="https://registry.example", headers=headers)
    assert (answer.status_code, "The request could not be understood" in answer.text) == (400, True)


@pytest.mark.parametrize("name", ["Origin", "Referer"])
def test_a_sender_whose_address_cannot_be_read_is_refused_in_words(app, make_app, name):
    settings = {"MODE": "production", "TRUSTED_HOSTS": ["registry.example"], "WTF_CSRF_ENABLED": True}
    client = make_app({**app.config, **settings}).test_client()
    answer = client.post("/sign-in", base_url="https://registry.example", headers={name: "https://[registry"})
    assert (answer.status_code, "The request could not be understood" in answer.text) == (400, True)


def test_no_invitation_leads_to_a_forged_host(session, sign_in):
    client = sign_in(make_user(session, role="administrator"))
    invited = make_user(session)
    session.commit()
    address, before = f"/accounts/{invited.key}/invitation", invited.fs_uniquifier
    assert client.post(address, headers={"Host": "evil.example"}).status_code == 400
    session.refresh(invited)
    assert invited.fs_uniquifier == before
    forwarded = client.post(address, headers={"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"})
    assert (forwarded.status_code, "http://localhost/invitation" in forwarded.text) == (200, True)
    assert "evil" not in forwarded.text
