"""Lock-out: too many wrong passwords or codes for an account, or from an address, and both wait.

An attempt is written down as failed before the secret is looked at and marked as succeeded afterwards, so that many
requests at the same moment cannot outrun the count.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import NoReturn

from flask import current_app
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from registry.models import LoginAttempt

WINDOW = timedelta(minutes=15)
ACCOUNT_LIMIT = 5
ADDRESS_LIMIT = 50  # a whole hospital can stand behind one address
DAY = timedelta(days=1)
CODES_A_DAY = 30
"""Wrong codes of an account within a day. Three of a million are right at any moment: five tries in each quarter of an
hour would let whoever has the password in within a year or two."""

KEPT_FOR = timedelta(days=90)
"""How long an attempt stays on record: long enough to look into what happened last month."""

LOCKED_MESSAGE = (
    "Too many tries did not succeed. Wait 15 minutes, then try again. "
    "If it was not you who tried, tell your administrator."
)


LOCKED_FOR_A_DAY = (
    "Too many codes were wrong within a day. Wait until tomorrow. If it was not you who tried, somebody knows your "
    "password: tell your administrator, who gives you a link to choose another and lets you in at once."
)


class TooManyAttempts(Exception):
    """The account or the address has failed too often; the message says for how long."""


def account_key(purpose: str, email: str) -> str:
    """Return what stands for an account in the attempts: no e-mail address is kept, also of no unknown one."""
    key = str(current_app.secret_key).encode()
    return hmac.new(key, f"{purpose}:{email.strip().lower()}".encode(), hashlib.sha256).hexdigest()


def begin_attempt(session: Session, *, account: str, address: str, at: datetime, a_day: int | None = None) -> int:
    """Write down an attempt and return its id; refuse it when there were too many, unwritten.

    ``a_day`` is how often an account may fail within a day, where that is limited. Once written an attempt is held
    against the others again: of many at the same moment, no more than the limit see few enough.
    """
    if why := _why_locked(session, account, address, at, a_day):
        session.rollback()
        _refuse(account, why)
    attempt = LoginAttempt(at=at, account=account, address=address, succeeded=False)
    session.add(attempt)
    session.commit()
    if why := _why_locked(session, account, address, at, a_day, beside=attempt.id):
        session.execute(delete(LoginAttempt).where(LoginAttempt.id == attempt.id))
        session.commit()
        _refuse(account, why)
    return attempt.id


def _why_locked(
    session: Session, account: str, address: str, at: datetime, a_day: int | None, *, beside: int = 0
) -> str:
    """Return why the attempts ``beside`` one are too many; empty where they are not."""
    succeeded = select(func.max(LoginAttempt.id)).where(LoginAttempt.account == account, LoginAttempt.succeeded)
    last_success = session.scalar(succeeded) or 0
    failed = select(func.count()).select_from(LoginAttempt).where(~LoginAttempt.succeeded, LoginAttempt.id != beside)
    recent = failed.where(LoginAttempt.at > at - WINDOW)
    of_account = (LoginAttempt.account == account, LoginAttempt.id > last_success)
    today = failed.where(LoginAttempt.at > at - DAY, *of_account)
    if a_day is not None and (session.scalar(today) or 0) >= a_day:
        return LOCKED_FOR_A_DAY
    of_address = session.scalar(recent.where(LoginAttempt.address == address)) or 0
    is_locked = of_address >= ADDRESS_LIMIT or (session.scalar(recent.where(*of_account)) or 0) >= ACCOUNT_LIMIT
    return LOCKED_MESSAGE if is_locked else ""


def _refuse(account: str, why: str) -> NoReturn:
    current_app.logger.warning("Sign-in refused: too many failed attempts (account %s)", account[:12])
    raise TooManyAttempts(why)


def mark_succeeded(session: Session, attempt_id: int) -> None:
    """Mark an attempt as succeeded, which ends the count of the failures before it."""
    session.execute(update(LoginAttempt).where(LoginAttempt.id == attempt_id).values(succeeded=True))
    session.commit()


def purge(session: Session, at: datetime) -> None:
    """Forget attempts that nobody counts or looks up any more, and with them where people sat. The caller commits."""
    session.execute(delete(LoginAttempt).where(LoginAttempt.at <= at - KEPT_FOR))


def forgive(session: Session, email: str) -> None:
    """Forget the failures of an account whose password or second factor an administrator had made anew.

    The caller commits.
    """
    accounts = [account_key(purpose, email) for purpose in ("password", "code")]
    session.execute(delete(LoginAttempt).where(LoginAttempt.account.in_(accounts), ~LoginAttempt.succeeded))
