"""Invitations: a link, good once and for three days, with which a person chooses a password."""

from __future__ import annotations

from datetime import datetime

from flask import current_app
from flask_security import hash_password
from flask_wtf import FlaskForm
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, Length, ValidationError

from registry import audit
from registry.accounts import lockout
from registry.database import db
from registry.models import User, new_key

DAYS = 3


class InvitationForm(FlaskForm):  # type: ignore[misc]
    """The token of an invitation, which a script takes from the link."""

    token = StringField(
        "Code of the invitation",
        description="What stands behind # in the link that you were given.",
        filters=[lambda typed: (typed or "").rpartition("#")[2].strip()],
        validators=[InputRequired("Copy what stands behind # in the link.")],
        render_kw={"autocomplete": "off"},
    )

    def validate_token(self, field: StringField) -> None:
        """Refuse what is no invitation any more."""
        if find_invited(db.session(), field.data or "") is None:
            raise ValidationError("This link is not right, was used already, or is too old. Ask for a new one.")


class ChoosePasswordForm(FlaskForm):  # type: ignore[misc]
    """A new password, typed twice."""

    password = PasswordField(
        "New password",
        description="At least 12 characters. A few unrelated words are easy to remember and hard to guess.",
        validators=[
            InputRequired("Type a password."),
            Length(min=12, max=128, message="A password has 12 to 128 characters."),
        ],
        render_kw={"autocomplete": "new-password"},
    )
    again = PasswordField(
        "The same password again",
        validators=[
            InputRequired("Type the password again."),
            EqualTo("password", message="The two passwords differ. Type the same one twice."),
        ],
        render_kw={"autocomplete": "new-password"},
    )


def make_invitation(user: User) -> str:
    """Return the token of a new invitation; every session and every older link of the person ends."""
    user.fs_uniquifier = new_key()
    return _serializer().dumps([user.key, user.fs_uniquifier])


def find_invited(session: Session, token: str) -> User | None:
    """Return the person an invitation is for; None when it is forged, used, replaced or too old.

    Who uses it holds the account's row until the commit: of two at the same moment the second finds it used.
    """
    try:
        key, uniquifier = _serializer().loads(token, max_age=DAYS * 24 * 3600)
    except BadSignature:
        return None
    invited = select(User).where(User.key == key, User.fs_uniquifier == uniquifier, User.active)
    return session.scalar(invited.with_for_update(of=User))


def accept(session: Session, user: User, password: str, *, at: datetime) -> None:
    """Set the password, which uses the invitation up. A second factor stays what it was."""
    lockout.forgive(session, user.email)
    user.password = hash_password(password)
    user.fs_uniquifier = new_key()
    user.confirmed_at = user.confirmed_at or at
    audit.write_row(session, user, by=user, at=at)
    changes = {"password": [None, "chosen by invitation"]}
    audit.write(session, by=user, at=at, table="account", record_key=user.key, changes=changes)


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="invitation")
