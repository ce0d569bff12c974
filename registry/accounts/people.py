"""What an administrator does with accounts and roles; every step is in the change log."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from registry import audit
from registry.access import NotAllowed, Viewer, grants_in_force
from registry.accounts import lockout
from registry.models import RoleGrant, Site, User, new_key
from registry.typed_text import odd_letter


def list_people(session: Session) -> list[User]:
    """Return everybody with an account and their grants, by name; two statements."""
    return list(session.scalars(select(User).options(selectinload(User.grants)).order_by(User.name, User.id)))


def normal_address(typed: str) -> str:
    """Return an e-mail address as signing in looks for it, whichever spelling of its domain was typed.

    Errors: ValueError where it is none.
    """
    normalised: str = current_app.extensions["security"].mail_util.normalize(typed.strip())
    return normalised


def find_by_email(session: Session, email: str) -> User | None:
    """Return the account of an e-mail address, in whatever case it is written."""
    return session.scalar(select(User).where(func.lower(User.email) == email.lower()))


def add_person(session: Session, *, name: str, email: str, by: User | None, at: datetime) -> User:
    """Return a new account, without password and without any role."""
    try:
        email = normal_address(unicodedata.normalize("NFKC", email))
    except ValueError:
        raise NotAllowed(f"{email} is not an e-mail address. Write it like name@example.org.") from None
    _refuse_look_alike(email)
    if find_by_email(session, email):
        raise NotAllowed(f"There is an account for {email} already. Give that one the role.")
    user = User(name=name, email=email.lower(), created_at=at)
    audit.write_row(session, user, by=by, at=at)
    return user


def _refuse_look_alike(email: str) -> None:
    """Refuse an address that only looks like another one, to whose owner somebody could mean to give a role."""
    for part in re.split("[@.]", email):
        if odd := odd_letter(part):
            raise NotAllowed(
                f"“{part}” has Latin letters, and “{odd}” is none ({unicodedata.name(odd).capitalize()}). Type the "
                "address again, letter by letter."
            )


def give_role(
    session: Session, user: User, *, role: str, site: Site | None, by: User | None, at: datetime, reason: str
) -> RoleGrant:
    """Return a new grant of a role; of two requests at once, such as by a double click, one gives it."""
    _not_oneself(user, by)
    session.execute(select(User.id).where(User.id == user.id).with_for_update())
    same_site = RoleGrant.site_id == site.id if site else RoleGrant.site_id.is_(None)
    held = select(RoleGrant).where(
        RoleGrant.user_id == user.id, RoleGrant.role == role, same_site, RoleGrant.ended_at.is_(None)
    )
    if session.scalar(held):
        raise NotAllowed(f"{user.name} has this role already.")
    grant = RoleGrant(
        user_id=user.id,
        role=role,
        site_id=site.id if site else None,
        began_at=at,
        granted_by_id=by.id if by else None,
    )
    audit.write_row(session, grant, by=by, at=at, reason=reason)
    return grant


def end_role(session: Session, grant: RoleGrant, *, by: User, at: datetime, reason: str) -> None:
    """End a grant; it stays in the table."""
    _not_oneself(grant.user, by)
    _hold_both(session, grant.user, by)
    if grant.ended_at is not None:
        raise NotAllowed("This role has ended already.")
    grant.ended_at = at
    audit.write_row(session, grant, by=by, at=at, reason=reason)


def set_active(session: Session, user: User, active: bool, *, by: User, at: datetime, reason: str) -> None:
    """Close or reopen an account; closing ends every session at once."""
    _not_oneself(user, by)
    _hold_both(session, user, by)
    user.active = active
    # Before the log: a unique column waits for every transaction that names the person, and they wait for the log.
    user.fs_uniquifier = new_key()
    audit.write_row(session, user, by=by, at=at, reason=reason)


def reset_second_factor(session: Session, user: User, *, by: User | None, at: datetime, reason: str) -> None:
    """Forget a lost second factor; it must be set up again at the next sign-in."""
    _not_oneself(user, by)
    user.tf_primary_method = user.tf_totp_secret = user.totp_last_counter = user.mf_recovery_codes = None
    user.fs_uniquifier = new_key()
    lockout.forgive(session, user.email)
    changes = {"second_factor": ["set up", "reset"]}
    audit.write(session, by=by, at=at, table="account", record_key=user.key, changes=changes, reason=reason)


def record_invitation(session: Session, user: User, *, by: User | None, at: datetime) -> None:
    """Keep in the log that somebody else, whose account is open, was given a link to choose a password."""
    _not_oneself(user, by)
    if not user.active:
        raise NotAllowed(f"The account of {user.name} is closed. Reopen it, then make a link.")
    changes = {"invitation": [None, "made"]}
    audit.write(session, by=by, at=at, table="account", record_key=user.key, changes=changes)


def _not_oneself(user: User, by: User | None) -> None:
    if by is not None and user.id == by.id:
        raise NotAllowed("Nobody changes their own rights. Ask another administrator.")


def _hold_both(session: Session, user: User, by: User) -> None:
    """Let nobody change these two accounts until the commit; refuse who lost the right while this waited.

    Of two administrators who shut each other out at the same moment one is left.
    """
    both = select(User).where(User.id.in_([user.id, by.id])).order_by(User.id).with_for_update(key_share=True)
    session.scalars(both.execution_options(populate_existing=True)).all()
    if not by.active or not Viewer(user=by, grants=grants_in_force(by)).may("account.manage"):
        raise NotAllowed("You are no administrator any more: another one ended it a moment ago.")
