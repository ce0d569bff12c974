"""Two requests about an account at the same moment: a role is given once, an invitation is used once."""

import pytest
from flask import Flask
from sqlalchemy import select

from factories import make_user
from registry.accounts import invitations, people
from registry.accounts.invitations import make_invitation
from registry.database import db
from registry.models import RoleGrant, User
from same_moment import at_once, meeting
from signing_in import signed_in_client


@pytest.fixture
def people_there(own_app: Flask) -> tuple[User, User]:
    """Return an administrator and a person without a role, committed."""
    with own_app.app_context():
        made = make_user(db.session(), role="administrator"), make_user(db.session())
        db.session.commit()
        return made


def test_a_role_that_two_requests_give_is_given_once(
    own_app: Flask, people_there: tuple[User, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    administrator, person = people_there
    clients = [signed_in_client(own_app, administrator) for _ in range(2)]
    monkeypatch.setattr(people.audit, "write_row", meeting(people.audit.write_row))
    typed = {"role": "analyst", "reason": "Joins the team."}
    assert at_once(clients, f"/accounts/{person.key}/roles", typed) == [302, 422]
    with own_app.app_context():
        assert len(db.session.scalars(select(RoleGrant).where(RoleGrant.user_id == person.id)).all()) == 1


def test_an_invitation_that_two_requests_hold_sets_one_password(
    own_app: Flask, people_there: tuple[User, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    with own_app.app_context():
        person = db.session.get_one(User, people_there[1].id)
        token = make_invitation(person)
        db.session.commit()
    monkeypatch.setattr(invitations, "hash_password", meeting(invitations.hash_password))
    typed = {"password": "three unrelated words", "again": "three unrelated words"}
    clients = [own_app.test_client() for _ in range(2)]
    for client in clients:
        client.post("/invitation", data={"token": token})
    assert at_once(clients, "/invitation/password", typed) == [302, 404]
