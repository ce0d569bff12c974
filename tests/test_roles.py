"""Accounts and role grants: given, ended, closed, each step by an administrator, with a reason, in the log."""

from datetime import timedelta

import pytest
from flask_security import hash_password
from sqlalchemy import select

from factories import PASSWORD, grant_role, make_site, make_subject, make_user
from registry import log_history
from registry.database import utc_now
from registry.models import RoleGrant, User


@pytest.fixture
def administrator(session):
    """Return an administrator."""
    return make_user(session, role="administrator", name="Ada Synthetic")


def log_of(app, session, key):
    with app.app_context():
        return [
            (entry.actor_name, entry.action, entry.changes, entry.reason)
            for entry in log_history.of_record(session, key)
        ]


def test_adding_a_person_shows_a_link_that_starts_the_account(app, session, sign_in, administrator):
    page = sign_in(administrator).post("/accounts/new", data={"name": "Nora New", "email": "Nora@Example.org"}).text
    user = session.scalars(select(User).where(User.name == "Nora New")).one()
    assert (user.email, user.password, user.grants) == ("nora@example.org", None, [])
    assert [step[1:3] for step in log_of(app, session, user.key)] == [
        (
            "create",
            {
                "id": (None, user.id),
                "email": (None, "nora@example.org"),
                "name": (None, "Nora New"),
                "active": (None, True),
                "is_demo": (None, False),
                "created_at": (None, user.created_at.isoformat()),
            },
        ),
        ("change", {"invitation": (None, "made")}),
    ]
    token = page.partition(">http://localhost/invitation#")[2].partition("<")[0]
    chosen = {"password": PASSWORD, "again": PASSWORD}
    newcomer = app.test_client()
    newcomer.post("/invitation", data={"token": token})
    assert newcomer.post("/invitation/password", data=chosen).headers["Location"] == "/sign-in"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": ""}, "Write the person&#39;s name."),
        ({"email": "nora"}, "This is not an e-mail address. Write it like name@example.org."),
        ({"email": "ADA@example.org"}, "There is an account for ADA@example.org already."),
        ({"email": "ada@ｅxample.org"}, "There is an account for ada@example.org already."),
        ({"email": "ad\u0430@example.org"}, "has Latin letters, and “\u0430” is none (Cyrillic small letter a)"),
        ({"email": "ada@ex\u0430mple.org"}, "“ex\u0430mple” has Latin letters, and “\u0430” is none"),
        ({"email": "ada@xn--exmple-4nf.org"}, "“ex\u0430mple” has Latin letters, and “\u0430” is none"),
        ({"email": "ad\uff41@example.org"}, "There is an account for ada@example.org already."),
    ],
)
def test_a_person_that_cannot_be_added_is_refused_in_words(session, sign_in, administrator, typed, said):
    administrator.email = "ada@example.org"
    page = sign_in(administrator).post("/accounts/new", data={"name": "Nora", "email": "n@example.org", **typed})
    assert (page.status_code, said in page.text) == (422, True)
    assert session.scalars(select(User)).all() == [administrator]


@pytest.mark.parametrize("typed", ["nora@xn--mnchen-3ya.example", "Nora@MÜNCHEN.example", "nora@münchen。example"])
def test_who_is_added_under_any_spelling_of_a_domain_can_sign_in(app, session, sign_in, administrator, typed):
    sign_in(administrator).post("/accounts/new", data={"name": "Nora", "email": typed})
    user = session.scalars(select(User).where(User.name == "Nora")).one()
    assert user.email == "nora@münchen.example"
    with app.app_context():
        user.password = hash_password(PASSWORD)
    session.commit()
    assert app.test_client().post("/sign-in", data={"email": typed, "password": PASSWORD}).status_code == 302


def test_a_role_holds_from_the_next_request_and_ends_as_fast(app, session, sign_in, administrator):
    site = make_site(session)
    subject, user = make_subject(session, site), make_user(session)
    admin, person = sign_in(administrator), sign_in(user)
    assert person.get("/subjects").status_code == 403

    data = {"role": "coordinator", "site": site.key, "reason": "delegation log of 2026-03-01"}
    assert admin.post(f"/accounts/{user.key}/roles", data=data).status_code == 302
    assert person.get(f"/subjects/{subject.key}").status_code == 200
    grant = session.scalars(select(RoleGrant).where(RoleGrant.user_id == user.id)).one()
    assert (grant.role, grant.site_id, grant.granted_by_id, grant.ended_at) == (
        "coordinator",
        site.id,
        administrator.id,
        None,
    )

    address = f"/accounts/{user.key}/roles/{grant.key}/end"
    assert admin.post(address, data={}).status_code == 422
    assert admin.post(address, data={"reason": "left the center"}).status_code == 302
    assert person.get(f"/subjects/{subject.key}").status_code == 403
    session.refresh(grant)
    assert grant.ended_at is not None
    given, ended = log_of(app, session, grant.key)
    assert (given[0], given[1], given[3]) == (administrator.name, "create", "delegation log of 2026-03-01")
    assert (set(ended[2]), ended[3]) == ({"ended_at"}, "left the center")


def test_a_grant_that_has_not_begun_gives_nothing(session, sign_in):
    site = make_site(session)
    user = make_user(session)
    grant_role(session, user, "coordinator", site).began_at = utc_now() + timedelta(days=1)
    assert sign_in(user).get("/sites").status_code == 403


@pytest.mark.parametrize(
    ("role", "at_site", "said"),
    [
        ("coordinator", False, "Choose the center: site coordinator is a role at one center."),
        ("data_manager", True, "Choose the whole study: data manager is not a role of a center."),
        ("", False, "Choose a role."),
        ("king", False, "Not a valid choice"),
        ("monitor", True, "has this role already."),
    ],
)
def test_a_role_that_cannot_be_given_is_refused_in_words(session, sign_in, administrator, role, at_site, said):
    site = make_site(session)
    user = make_user(session, role="monitor", site=site)
    data = {"role": role, "site": site.key if at_site else "", "reason": "test"}
    page = sign_in(administrator).post(f"/accounts/{user.key}/roles", data=data)
    assert (page.status_code, said in page.text) == (422, True)
    assert len(session.scalars(select(RoleGrant).where(RoleGrant.user_id == user.id)).all()) == 1


def test_the_field_of_the_center_says_beside_it_which_roles_need_one(session, sign_in, administrator):
    user = make_user(session)
    page = sign_in(administrator).get(f"/accounts/{user.key}").text
    center = page.partition('<label for="site">')[2].partition("<select")[0]
    said = "A site coordinator, investigator or monitor needs one, others not."
    assert "optional" not in center and f'id="site-hint">{said}</div>' in center
    assert 'aria-describedby="site-hint"' in page


def test_nobody_changes_their_own_rights(session, sign_in, administrator):
    client = sign_in(administrator)
    own = f"/accounts/{administrator.key}"
    refused = "Nobody changes their own rights. Ask another administrator."
    page = client.post(f"{own}/roles", data={"role": "data_manager", "reason": "handy"})
    assert (page.status_code, refused in page.text) == (422, True)
    grant = session.scalars(select(RoleGrant).where(RoleGrant.user_id == administrator.id)).one()
    for step in (f"roles/{grant.key}/end", "close", "reset-second-factor"):
        page = client.post(f"{own}/{step}", data={"reason": "test"})
        assert (page.status_code, refused in page.text) == (422, True)
    session.refresh(grant)
    session.refresh(administrator)
    assert (grant.ended_at, administrator.active) == (None, True)


def test_a_closed_account_is_signed_out_and_can_be_reopened(app, session, sign_in, administrator):
    user = make_user(session)
    admin, person = sign_in(administrator), sign_in(user)
    assert admin.post(f"/accounts/{user.key}/close", data={"reason": "left"}).status_code == 302
    assert person.get("/").status_code == 302
    assert admin.post(f"/accounts/{user.key}/reopen", data={"reason": "came back"}).status_code == 302
    assert [(step[2], step[3]) for step in log_of(app, session, user.key)] == [
        ({"active": (True, False)}, "left"),
        ({"active": (False, True)}, "came back"),
    ]
    assert person.get("/").status_code == 302, "an old session does not come back with the account"


def test_a_lost_second_factor_is_reset_with_a_reason(app, session, sign_in, administrator):
    user = make_user(session, tf_primary_method="authenticator", tf_totp_secret="x", mf_recovery_codes=["a"])
    address = f"/accounts/{user.key}/reset-second-factor"
    assert sign_in(administrator).post(address, data={"reason": "lost phone"}).status_code == 302
    session.refresh(user)
    assert (user.tf_primary_method, user.tf_totp_secret, user.mf_recovery_codes) == (None, None, None)
    assert log_of(app, session, user.key)[-1][2:] == ({"second_factor": ("set up", "reset")}, "lost phone")


def test_another_persons_grant_cannot_be_ended_under_a_wrong_account(session, sign_in, administrator):
    user, other = make_user(session, role="analyst"), make_user(session)
    (grant,) = session.scalars(select(RoleGrant).where(RoleGrant.user_id == user.id))
    address = f"/accounts/{other.key}/roles/{grant.key}/end"
    assert sign_in(administrator).post(address, data={"reason": "test"}).status_code == 404


def test_what_is_posted_beside_the_form_is_ignored(session, sign_in, administrator):
    data = {"name": "Nora", "email": "nora@example.org", "active": "", "is_demo": "1", "password": "x", "id": "1"}
    sign_in(administrator).post("/accounts/new", data=data)
    user = session.scalars(select(User).where(User.name == "Nora")).one()
    assert (user.active, user.is_demo, user.password) == (True, False, None)
    assert user.id != administrator.id


def test_the_list_says_how_many_accounts_are_open(session, sign_in, administrator):
    make_user(session, active=False)
    page = sign_in(administrator).get("/accounts").text
    assert "1 of 2 accounts open." in page and "Ada Synthetic" in page
