"""Rights: one table of actions and roles, every route declares its permission, and other sites do not exist."""

import pytest

from factories import grant_role, make_site, make_subject, make_user
from registry import access
from registry.access import ACTIONS, ROLES, SITE_ROLES

TABLE = {
    "coordinator": (
        "subject.list subject.view subject.enrol record.edit record.void data_query.answer site.view site.edit "
        "infusion_log.edit export.identified export.public agreement.view audit.view dictionary.view"
    ),
    "investigator": (
        "subject.list subject.view data_query.answer site.view cut.take analysis.view analysis.run audit.view "
        "adjudication.view adjudication.review export.identified export.deidentified export.public agreement.view "
        "dictionary.view"
    ),
    "monitor": "subject.list subject.view data_query.raise site.view export.public audit.view dictionary.view",
    "data_manager": (
        "subject.list subject.view data_query.raise adjudication.view monitoring.view site.view site.edit cut.take "
        "analysis.view analysis.run "
        "export.identified export.limited export.deidentified export.public export.delete "
        "export.view agreement.view agreement.edit audit.view dictionary.view"
    ),
    "analyst": ("cut.take analysis.view analysis.run export.deidentified export.public agreement.view dictionary.view"),
    "administrator": "site.view site.open account.manage dictionary.view",
    "privacy_officer": (
        "export.deidentified export.public export.approve export.lower_k export.delete export.view "
        "agreement.view agreement.edit audit.view dictionary.view"
    ),
    "auditor": (
        "subject.list subject.view site.view analysis.view export.public export.view agreement.view audit.view "
        "dictionary.view"
    ),
}


@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_do_exactly_what_the_table_says(role):
    assert {action for action, roles in ACTIONS.items() if role in roles} == set(TABLE[role].split())


def test_every_route_declares_its_permission(app):
    undeclared = {rule.endpoint for rule in app.url_map.iter_rules() if not access.permission_of(app, rule.endpoint)}
    assert undeclared == set()


def test_the_routes_open_to_everybody_are_these(app):
    public = {
        rule.endpoint for rule in app.url_map.iter_rules() if access.permission_of(app, rule.endpoint) == access.PUBLIC
    }
    assert public == {
        "static",
        "bootstrap.static",
        "account.choose_password",
        "account.invitation",
        "health.show",
        "security.login",
        "security.logout",
        "security.mf_recovery",
        "security.two_factor_setup",
        "security.two_factor_token_validation",
    }


def test_an_action_that_does_not_exist_cannot_be_declared():
    with pytest.raises(ValueError, match=r"'subject\.eat' is not in access\.ACTIONS"):
        access.requires("subject.eat")


def test_a_route_without_a_permission_is_refused(app, session, sign_in, monkeypatch):
    client = sign_in(make_user(session, role="administrator"))
    monkeypatch.setitem(app.view_functions, "home.index", lambda: "secret")
    assert client.get("/").status_code == 403


def routes(app, wanted):
    """Yield (address, method) of every route whose permission is wanted, with keys that exist nowhere."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if wanted(access.permission_of(app, rule.endpoint)):
            values = {name: value_for(name) for name in rule.arguments}
            for method in sorted(rule.methods & {"GET", "POST"}):
                yield adapter.build(rule.endpoint, values, method=method), method


def value_for(name, key="00000000-0000-4000-8000-000000000000"):
    given = {"form_name": "infusion", "quarter": "2026-Q1", "step": "close", "token": "none", "filename": "none.css"}
    return given.get(name, key if "key" in name else "none")


@pytest.mark.parametrize("role", ROLES)
def test_a_role_is_refused_on_every_route_it_has_no_right_to(app, session, sign_in, role):
    site = make_site(session) if role in SITE_ROLES else None
    client = sign_in(make_user(session, role=role, site=site))
    forbidden = [*routes(app, lambda action: action in ACTIONS and role not in ACTIONS[action])]
    assert forbidden
    answers = {(address, method): client.open(address, method=method).status_code for address, method in forbidden}
    assert {route: status for route, status in answers.items() if status != 403} == {}


def test_nobody_gets_in_anywhere_without_signing_in(app):
    client = app.test_client()
    closed = [*routes(app, lambda action: action in ACTIONS or action == access.SIGNED_IN)]
    assert closed
    for address, method in closed:
        answer = client.open(address, method=method)
        if method == "GET":
            assert (answer.status_code, answer.headers["Location"][:9]) == (302, "/sign-in?"), address
        else:
            assert answer.status_code == 401, address


def test_another_sites_patient_does_not_exist_on_any_route(app, session, sign_in):
    own, other = make_site(session), make_site(session)
    subject = make_subject(session, other)
    user = make_user(session, role="coordinator", site=own)
    for role in ("investigator", "monitor"):
        grant_role(session, user, role, own)
    client = sign_in(user)
    adapter, seen = app.url_map.bind("localhost"), set()
    for rule in app.url_map.iter_rules():
        if "subject_key" in rule.arguments:
            values = {name: value_for(name, subject.key) for name in rule.arguments}
            for method in sorted(rule.methods & {"GET", "POST"}):
                address = adapter.build(rule.endpoint, values, method=method)
                assert client.open(address, method=method).status_code == 404, (address, method)
                seen.add(rule.endpoint)
    assert {"subjects.show", "records.new", "records.show", "grid.show"} <= seen


def test_at_the_own_site_a_right_that_is_missing_is_said_to_be_missing(session, sign_in):
    site = make_site(session)
    subject = make_subject(session, site)
    client = sign_in(make_user(session, role="monitor", site=site))
    assert client.get(f"/subjects/{subject.key}").status_code == 200
    assert client.get(f"/subjects/{subject.key}/infusion/new").status_code == 403


def test_a_role_that_has_the_right_nowhere_gets_one_answer_whosever_the_key_is(session, sign_in):
    own, other = make_site(session), make_site(session)
    keys = [make_subject(session, own).key, make_subject(session, other).key, value_for("subject_key")]
    client = sign_in(make_user(session, role="coordinator", site=own))
    addresses = [f"/subjects/{key}/infusion/{value_for('record_key')}/data-queries" for key in keys]
    assert [client.post(address).status_code for address in addresses] == [403, 403, 403]


def test_a_right_at_one_site_is_none_at_another_where_one_has_a_lesser_role(session, sign_in):
    full, lesser = make_site(session), make_site(session)
    user = make_user(session, role="coordinator", site=full)
    grant_role(session, user, "monitor", lesser)
    subjects = [make_subject(session, site) for site in (full, lesser)]
    client = sign_in(user)
    found = [client.get(f"/subjects/{subject.key}/infusion/new").status_code for subject in subjects]
    assert found == [200, 403]
