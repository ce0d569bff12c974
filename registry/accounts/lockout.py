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

LOCKED_MESSAGE = (
    "Too many tries did not succeed. Wait 15 minutes, then try again. "
    "If it was not you who tried, tell your administrator."
)


class TooManyAttempts(Exception):
    """The account or the address has failed too often within the window."""


def account_key(purpose: str, email: str) -> str:
    """Return what stands for an account in the attempts: no e-mail address is kept, also of no unknown one."""
    key = str(current_app.secret_key).encode()
    return hmac.new(key, f"{purpose}:{email.strip().lower()}".encode(), hashlib.sha256).hexdigest()


def begin_attempt(session: Session, *, account: str, address: str, at: datetime) -> int:
    """Write down an attempt and return its id; refuse it when there were too many, unwritten.

    Once written it is held against the others again: of many at the same moment, no more than the limit see few enough.
    """
    if _is_locked(session, account=account, address=address, at=at):
        session.rollback()
        _refuse(account)
    attempt = LoginAttempt(at=at, account=account, address=address, succeeded=False)
    session.add(attempt)
    session.commit()
    if _is_locked(session, account=account, address=address, at=at, beside=attempt.id):
        session.execute(delete(LoginAttempt).where(LoginAttempt.id == attempt.id))
        session.commit()
        _refuse(account)
    return attempt.id


def _is_locked(session: Session, *, account: str, address: str, at: datetime, beside: int = 0) -> bool:
    """Tell whether the attempts ``beside`` one are too many."""
    succeeded = select(func.max(LoginAttempt.id)).where(LoginAttempt.account == account, LoginAttempt.succeeded)
    last_success = session.scalar(succeeded) or 0
    recent = (~LoginAttempt.succeeded, LoginAttempt.at > at - WINDOW, LoginAttempt.id != beside)
    failed = select(func.count()).select_from(LoginAttempt).where(*recent)
    of_account = session.scalar(failed.where(LoginAttempt.account == account, LoginAttempt.id > last_success)) or 0
    of_address = session.scalar(failed.where(LoginAttempt.address == address)) or 0
    return of_account >= ACCOUNT_LIMIT or of_address >= ADDRESS_LIMIT


def _refuse(account: str) -> NoReturn:
    current_app.logger.warning("Sign-in refused: too many failed attempts (account %s)", account[:12])
    raise TooManyAttempts


def mark_succeeded(session: Session, attempt_id: int) -> None:
    """Mark an attempt as succeeded, which ends the count of the failures before it."""
    session.execute(update(LoginAttempt).where(LoginAttempt.id == attempt_id).values(succeeded=True))
    session.commit()
