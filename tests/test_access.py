"""Rights: one table of actions and roles, every route declares its permission, and other sites do not exist."""

import pytest

from factories import make_user
from registry import access
from registry.access import ACTIONS, ROLES

TABLE = {
    "coordinator": (
        "subject.list subject.view subject.enrol record.edit record.void data_query.answer site.view site.edit "
        "infusion_log.edit audit.view dictionary.view"
    ),
    "investigator": (
        "subject.list subject.view data_query.answer site.view cut.take analysis.view analysis.run audit.view "
        "dictionary.view"
    ),
    "monitor": "subject.list subject.view data_query.raise site.view audit.view dictionary.view",
    "data_manager": (
        "subject.list subject.view data_query.raise site.view site.edit cut.take analysis.view analysis.run "
        "export.make audit.view dictionary.view"
    ),
    "analyst": "cut.take analysis.view analysis.run dictionary.view",
    "administrator": "site.view site.open account.manage dictionary.view",
    "privacy_officer": "audit.view dictionary.view",
    "auditor": "subject.list subject.view site.view analysis.view audit.view dictionary.view",
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
