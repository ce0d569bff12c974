"""A new invitation: from the command line when no administrator can sign in to make one, and to whom none is made."""

from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from command_line import run
from factories import make_user
from registry.accounts import people
from registry.accounts.invitations import find_invited
from registry.database import db, utc_now
from registry.installation import application
from registry.models import User


def test_the_only_administrator_is_invited_again(installation: Path) -> None:
    run("add-user", "admin@synthetic.example", "--name", "Synthetic Admin")
    with application():
        user = db.session.scalars(select(User)).one()
        user.tf_primary_method, user.tf_totp_secret = "authenticator", "lost"
        db.session.commit()
    again = run("invite", "Admin@Synthetic.example")
    assert again.output.startswith(
        "Send Synthetic Admin this address, valid for 3 days, behind the registry's own: /inv"
    )
    anew = run("invite", "admin@synthetic.example", "--reset-second-factor")
    with application():
        user = db.session.scalars(select(User)).one()
        links = [result.output.split("/invitation#")[1].strip() for result in (again, anew)]
        assert [find_invited(db.session(), link) for link in links] == [None, user]
        assert (user.tf_primary_method, user.tf_totp_secret) == (None, None)
    assert run("audit", "verify").exit_code == 0


def test_no_link_is_made_for_a_closed_account_nor_for_oneself(app: Flask, session: Session, sign_in: Any) -> None:
    administrator, closed = make_user(session, role="administrator"), make_user(session, active=False)
    client = sign_in(administrator)
    before = {one.id: one.fs_uniquifier for one in (administrator, closed)}
    for one, said in ((administrator, "Nobody changes their own rights."), (closed, "Reopen it, then make a link.")):
        refused = client.post(f"/accounts/{one.key}/invitation", follow_redirects=True)
        assert (refused.status_code, said in refused.text, "/invitation#" in refused.text) == (200, True, False)
    session.expire_all()
    assert {one.id: one.fs_uniquifier for one in (administrator, closed)} == before


def test_who_has_no_account_or_a_closed_one_is_not_invited(installation: Path) -> None:
    unknown = run("invite", "admin@synthetic.example")
    assert (unknown.exit_code, unknown.output) == (
        1, "Error: There is no account for admin@synthetic.example. To make one: anakinra-registry add-user.\n"
    )  # fmt: skip
    run("add-user", "admin@synthetic.example", "--name", "Synthetic Admin")
    run("add-user", "second@synthetic.example", "--name", "Second Admin")
    with application():
        first, second = db.session.scalars(select(User).order_by(User.id))
        people.set_active(db.session(), first, False, by=second, at=utc_now(), reason="Left.")
        db.session.commit()
    closed = run("invite", "admin@synthetic.example")
    assert (closed.exit_code, "is closed. An administrator can reopen it." in closed.output) == (1, True)
    assert run("audit", "verify").exit_code == 0
