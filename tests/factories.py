"""Makers of what a test arranges: plainly synthetic sites, people and children, flushed into a session.

Each maker takes only what the test is about; everything else is filled in. `sign_in` commits the
session. The change log does not know these rows: a test about the log writes its own.
"""

from __future__ import annotations

from datetime import date, datetime
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from registry.access import SITE_ROLES
from registry.models import RoleGrant, Site, Subject, User

NOW = datetime(2026, 3, 5, 9, 0)
PASSWORD = "correct horse battery staple"

_numbers = count(1)


def make_site(session: Session, **given: Any) -> Site:
    """Return a new center with an ethics approval in force."""
    number = next(_numbers)
    values = {
        "code": f"S{number}",
        "name": f"Synthetic Center {number}",
        "time_zone": "Europe/Berlin",
        "ethics_reference": f"SYN-{number}",
        "ethics_expires_on": date(2099, 12, 31),
        "created_at": NOW,
    }
    return _stored(session, Site(**{**values, **given}))


def make_user(session: Session, *, role: str | None = None, site: Site | None = None, **given: Any) -> User:
    """Return a new person; with a role, granted at a site or, for study-wide roles, everywhere."""
    number = next(_numbers)
    values = {"email": f"person{number}@example.org", "name": f"Synthetic Person {number}", "created_at": NOW}
    user: User = _stored(session, User(**{**values, **given}))
    if role:
        grant_role(session, user, role, site)
    return user


def grant_role(session: Session, user: User, role: str, site: Site | None = None) -> RoleGrant:
    """Return a new grant, begun before any test runs. A role of a site needs the site, the others must not have one."""
    assert (role in SITE_ROLES) == (site is not None), f"{role} at {site}"
    grant = RoleGrant(user_id=user.id, role=role, site_id=site.id if site else None, began_at=datetime(2020, 1, 1))
    return _stored(session, grant)


def make_subject(session: Session, site: Site, **given: Any) -> Subject:
    """Return a new child of a site, without any form."""
    values = {"code": f"{site.code}-{next(_numbers):05d}", "site_id": site.id, "created_at": NOW}
    return _stored(session, Subject(**{**values, **given}))


def _stored(session: Session, row: Any) -> Any:
    session.add(row)
    session.flush()
    return row
