"""Headers on every route: nothing from elsewhere, in no frame, in no cache."""

import re

import pytest
from flask import request

from factories import make_site, make_user
from registry import create_app
from registry.security_headers import HEADERS, POLICY
from registry.settings import SettingsError
from signing_in import signed_in_client

KEY = "00000000-0000-4000-8000-000000000000"


def addresses(app):
    """Return an address of every route, with values that exist nowhere."""
    samples = {"token": "none", "filename": "none.css", "quarter": "2026-Q1", "step": "close"}
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        values = {name: samples.get(name, KEY if "key" in name else "enrolment") for name in rule.arguments}
        yield rule.endpoint, adapter.build(rule.endpoint, values)


def test_every_route_carries_the_headers_and_keeps_out_of_caches(app, session, sign_in):
    clients = [app.test_client(), sign_in(make_user(session, role="data_manager"))]
    for endpoint, address in addresses(app):
        for client in clients:
            for method in ("GET", "POST"):
                response = client.open(address, method=method)
                assert {name: response.headers.get(name) for name in HEADERS} == HEADERS, (method, address)
                if not endpoint.endswith("static"):
                    assert response.headers["Cache-Control"] == "private, no-store", (method, address)


def test_an_address_that_leads_nowhere_carries_them_too(client):
    response = client.get("/nowhere")
    assert response.status_code == 404
    assert {name: response.headers.get(name) for name in HEADERS} == HEADERS


def test_the_policy_allows_no_inline_script_or_style():
    assert "unsafe" not in POLICY
    assert POLICY.startswith("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;")
    assert "frame-ancestors 'none'" in POLICY


def test_pages_hold_no_inline_script_and_no_inline_style(session, sign_in):
    client = sign_in(make_user(session, role="administrator"))
    for address in ("/", "/account", "/accounts", "/accounts/new", "/sites", "/sites/new", "/account/password"):
        page = client.get(address).text
        assert not re.search(r"<style|style=|<script(?![^>]*\bsrc=)| on\w+=", page), address
        assert page.count("<main") == 1 and '<html lang="en">' in page, address
        assert not re.search(r'(?:src|href|action)="(?:https?:)?//', page), address


@pytest.mark.parametrize(("mode", "sent"), [("production", "max-age=31536000; includeSubDomains"), ("demo", None)])
def test_browsers_are_bound_to_tls_in_production_only(app, make_app, mode, sent):
    fresh = make_app({**app.config, "MODE": mode})
    assert fresh.test_client().get("/sign-in").headers.get("Strict-Transport-Security") == sent


@pytest.mark.parametrize(
    ("mode", "start", "secure"), [("production", "__Host-registry=", True), ("demo", "registry=", False)]
)
def test_the_session_cookie_is_out_of_reach_for_scripts_and_other_sites(app, make_app, mode, start, secure):
    fresh = make_app({**app.config, "MODE": mode})
    cookie = fresh.test_client().get("/sign-in").headers["Set-Cookie"]
    assert cookie.startswith(start)
    assert_out_of_reach(cookie, secure)


def assert_out_of_reach(cookie, secure):
    assert ("Secure" in cookie) is secure
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie and "Domain" not in cookie


@pytest.mark.parametrize(
    ("mode", "start", "secure"), [("production", "__Host-registry-seen=", True), ("demo", "registry-seen=", False)]
)
def test_so_is_the_cookie_that_tells_when_somebody_was_last_seen(app, session, make_app, mode, start, secure):
    user = make_user(session, role="coordinator", site=make_site(session))
    session.commit()
    client = signed_in_client(make_app({**app.config, "MODE": mode}), user)
    answer = client.get("/healthz", base_url="https://localhost")
    (cookie,) = [header for header in answer.headers.getlist("Set-Cookie") if header.startswith(start)]
    assert_out_of_reach(cookie, secure)


def test_a_proxy_tells_address_and_scheme_and_nobody_tells_the_host(app, make_app):
    sent = {"For": "invented, 203.0.113.7", "Proto": "https", "Host": "elsewhere.example"}
    with make_app({**app.config, "PROXY_HOPS": 1}).test_client() as client:
        client.get("/sign-in", headers={f"X-Forwarded-{name}": value for name, value in sent.items()})
        assert (request.remote_addr, request.scheme, request.host) == ("203.0.113.7", "https", "localhost")


def test_an_unknown_mode_is_refused(app):
    with pytest.raises(SettingsError, match="MODE is 'test'"):
        create_app({**app.config, "MODE": "test"})
