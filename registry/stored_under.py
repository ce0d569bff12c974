"""Whether the secrets are those under which this database was written: with others everything in it looks forged."""

from __future__ import annotations

import json
from typing import Any

from flask import current_app
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from registry import audit
from registry.log_tables import Change
from registry.models import User
from registry.settings import TOTP_SECRETS
from registry.sqlite_writers import broken_texts_told


def wrong_log_key(session: Session) -> str:
    """Return a sentence when the key of the log is not the one that sealed it; empty when it is.

    Of two entries, the first and the last, one must agree: a single one that was altered is left to `audit verify`.
    """
    with broken_texts_told(session.connection()):
        first, last = session.execute(select(func.min(Change.seq), func.max(Change.seq))).one()
        ends = session.execute(select(Change.payload, Change.mac).where(or_(Change.seq == first, Change.seq == last)))
        agreeing = [audit.is_authentic(audit.log_key(), row.payload, row.mac) for row in ends]
    if any(agreeing) or first == last:
        return ""
    return (
        "AUDIT_KEY is not the key that sealed the change log: neither its first nor its last entry agrees with it. Put "
        "secrets.json (or the setting) back from its copy; until then nothing is written. If the key is the right one, "
        "both entries were altered: keep this database as it is and restore a backup."
    )


def missing_keys(session: Session) -> str:
    """Return a sentence when second factors are stored under a secret that is gone; empty when all can be read.

    Those of closed accounts stop nobody: the registry must be running for an administrator to reopen one.
    """
    there = {str(number) for number in current_app.config.get(TOTP_SECRETS) or {}}
    with_one = (User.active.is_(True), User.tf_totp_secret.is_not(None))
    people = session.execute(select(User.email, User.tf_totp_secret).where(*with_one))
    locked_out = {email: number for email, stored in people if (number := _number(stored)) and number not in there}
    if not locked_out:
        return ""
    return (
        f"{TOTP_SECRETS} lacks the secret of the number {', '.join(sorted(set(locked_out.values())))}, under which the "
        f"second factors of {', '.join(sorted(locked_out))} are stored. Put it back beside the new one. If it is lost, "
        "run `anakinra-registry invite EMAIL --reset-second-factor` for each of them, then start again."
    )


def _number(stored: str | None) -> str:
    """Return under which secret passlib stored a second factor; empty for what is not stored in its way."""
    try:
        content: Any = json.loads(stored or "")
        return str(content["enckey"]["t"])
    except (ValueError, TypeError, KeyError):
        return ""
