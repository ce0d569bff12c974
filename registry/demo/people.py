"""The demonstration's people: one login for each role, and a coordinator at every site."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from flask_security import hash_password
from sqlalchemy.orm import Session

from registry import audit
from registry.access import ROLES, SITE_ROLES
from registry.models import RoleGrant, Site, User

HOME_SITE = "CNH"


@dataclass(frozen=True, kw_only=True)
class Login:
    """One demonstration account; ``site`` is empty for a study-wide role."""

    role: str
    site: str
    email: str
    password: str
    name: str


def new_password() -> str:
    """Return a password for this installation's demonstration accounts."""
    return "-".join(secrets.token_hex(3) for _ in range(3))


def make_logins(site_codes: list[str], password: str) -> list[Login]:
    """Return one login per role (site roles at one site), then a coordinator for each other site."""
    wanted = [(role, HOME_SITE if role in SITE_ROLES else "") for role in ROLES]
    wanted += [("coordinator", code) for code in site_codes if code != HOME_SITE]
    return [_login(role, site, password) for role, site in wanted]


def _login(role: str, site: str, password: str) -> Login:
    at = f".{site.lower()}" if site else ""
    name = f"Demo {ROLES[role].lower()}" + (f" {site}" if site else "")
    return Login(role=role, site=site, email=f"{role}{at}@demo.example", password=password, name=name)


def write_people(
    session: Session, logins: list[Login], sites: Mapping[str, Site], at: datetime
) -> dict[tuple[str, str], User]:
    """Store the accounts and their roles; return them by role and site."""
    hashed = {password: hash_password(password) for password in {login.password for login in logins}}
    people = {}
    for login in logins:
        user = User(
            email=login.email,
            name=login.name,
            password=hashed[login.password],
            active=True,
            is_demo=True,
            created_at=at,
            confirmed_at=at,
        )
        audit.write_row(session, user, by=None, at=at)
        site_id = sites[login.site].id if login.site else None
        grant = RoleGrant(user_id=user.id, role=login.role, site_id=site_id, began_at=at)
        audit.write_row(session, grant, by=None, at=at)
        people[login.role, login.site] = user
    return people


def write_logins(logins: list[Login], path: Path) -> None:
    """Write the logins to a file that only its owner can read."""
    text = json.dumps([asdict(login) for login in logins], indent=2) + "\n"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
