"""The sign-in forms, in the registry's words and behind the lock-out."""

from __future__ import annotations

from typing import Any, cast

from flask import current_app, request, session
from flask_login import current_user
from flask_security.forms import (
    ChangePasswordForm,
    LoginForm,
    TwoFactorRescueForm,
    TwoFactorSetupForm,
    TwoFactorVerifyCodeForm,
    VerifyForm,
)
from flask_security.recovery_codes import MfRecoveryForm
from wtforms import RadioField

from registry.accounts import lockout, sessions
from registry.accounts.people import normal_address
from registry.database import db, utc_now
from registry.models import User
from registry.plain_forms.fields import choices


class Guarded:
    """A form that asks for a secret: each try counts, and after too many nothing is looked at."""

    purpose: str
    a_day: int | None = None
    """How often an account may fail within a day, where that is limited."""

    def validate(self, **kwargs: Any) -> bool:
        """Judge the secret unless the account or the address is locked."""
        account = lockout.account_key(self.purpose, self.account_name())
        address = request.remote_addr or ""
        try:
            attempt = lockout.begin_attempt(
                db.session(), account=account, address=address, at=utc_now(), a_day=self.a_day
            )
        except lockout.TooManyAttempts as locked:
            self.form_errors: list[str] = [str(locked)]
            return False
        valid: bool = super().validate(**kwargs)  # type: ignore[misc]
        if valid:
            lockout.mark_succeeded(db.session(), attempt)
        return valid

    def account_name(self) -> str:
        """Return the name of the account that the secret belongs to."""
        user: User | None = getattr(self, "user", None)
        return user.email if user else ""


class SignInForm(Guarded, LoginForm):
    """E-mail address and password."""

    purpose = "password"
    remember = None  # type: ignore[assignment]
    """No cookie outlives the session: it would sign in again what idle minutes and a working day have ended."""

    def account_name(self) -> str:
        """Return the address under which the account is looked for: an unknown one is locked like a known one.

        The same account answers to many spellings of its domain (wide letters, another full stop); all count as one.
        """
        typed = self.email.data or ""
        try:
            return normal_address(typed)
        except ValueError:
            return typed

    def validate(self, **kwargs: Any) -> bool:
        """Judge the password; a demonstration account opens nothing outside a demonstration."""
        if not super().validate(**kwargs):
            return False
        if getattr(self.user, "is_demo", False) and current_app.config["MODE"] == "production":
            self.form_errors = ["Demonstration accounts open nothing here."]
            return False
        sessions.keep_when_password_was_typed()
        return True


class PasswordAgainForm(Guarded, VerifyForm):
    """The password again, before something sensitive."""

    purpose = "password"


class NewPasswordForm(Guarded, ChangePasswordForm):
    """The password now and a new one: whoever found an open browser cannot try passwords here without end."""

    purpose = "password"

    def account_name(self) -> str:
        """Return the address of whoever is signed in."""
        return cast(User, current_user).email


class CodeForm(Guarded, TwoFactorVerifyCodeForm):
    """The six digits of the authenticator app."""

    purpose = "code"
    a_day = lockout.CODES_A_DAY

    def validate(self, **kwargs: Any) -> bool:
        """Judge the code; a new app is confirmed only in the session that began to set it up.

        Its link names no person: in somebody else's open browser it would replace that person's app without a password.
        """
        if self.is_setup and self.tf_totp_secret != session.get("tf_totp_secret"):
            self.code.errors = ["This app was not set up from here. Begin again."]
            return False
        return super().validate(**kwargs)


class SecondFactorForm(TwoFactorSetupForm):
    """Which second factor to set up; one is offered."""

    setup = RadioField(
        choices=choices({"authenticator": "Authenticator app", "disable": "None"}), validate_choice=False
    )


class NoHelpForm(TwoFactorRescueForm):
    """The help that is not offered, which Flask-Security builds all the same."""

    help_setup = RadioField(choices=choices({"help": "Help"}))


class RecoveryForm(Guarded, MfRecoveryForm):
    """One of the recovery codes, instead of the app's."""

    purpose = "code"
    a_day = lockout.CODES_A_DAY
