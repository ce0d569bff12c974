"""Codes of an authenticator app, each good for one use."""

from __future__ import annotations

from flask_security import Totp, UserMixin
from passlib.totp import TotpMatch, UsedTokenError
from sqlalchemy import or_, select, update

from registry.database import db
from registry.models import User


class OneTimeTotp(Totp):
    """Remembers in the database the last code that a person used, so that it is not accepted again."""

    def get_last_counter(self, user: UserMixin) -> int | None:
        """Return the time step of the last code used."""
        return db.session.scalar(select(User.totp_last_counter).where(User.id == user.id))

    def set_last_counter(self, user: UserMixin, tmatch: TotpMatch) -> None:
        """Store the time step of a code; of two requests with the same code only one gets through."""
        unused = or_(User.totp_last_counter.is_(None), User.totp_last_counter < tmatch.counter)
        claim = update(User).where(User.id == user.id, unused).values(totp_last_counter=tmatch.counter)
        claimed = db.session.scalar(claim.returning(User.id))
        db.session.commit()
        if claimed is None:
            raise UsedTokenError
