"""Flask-Security over the registry's own users: which features are on, and what they say."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from typing import Any, cast

from flask import Flask, abort, flash, has_request_context, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user
from flask_security import MailUtil, RoleMixin, Security, SQLAlchemyUserDatastore, UserMixin, password_changed
from flask_security.tf_plugin import tf_clean_session
from sqlalchemy import Connection, Engine, exists, inspect, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from registry import audit
from registry.access import NOBODY, PUBLIC, SIGNED_IN
from registry.accounts import sessions
from registry.accounts.forms import (
    CodeForm,
    NewPasswordForm,
    NoHelpForm,
    PasswordAgainForm,
    RecoveryForm,
    SecondFactorForm,
    SignInForm,
)
from registry.accounts.totp import OneTimeTotp
from registry.database import db, reading, utc_now
from registry.models import User
from registry.settings import SettingsError

SETTINGS: dict[str, Any] = {
    "LOGIN_URL": "/sign-in",
    "LOGOUT_URL": "/sign-out",
    "CHANGE_URL": "/account/password",
    "VERIFY_URL": "/account/confirm",
    "TWO_FACTOR_SETUP_URL": "/account/second-factor",
    "TWO_FACTOR_TOKEN_VALIDATION_URL": "/sign-in/code",
    "TWO_FACTOR_RESCUE_URL": "/sign-in/help",
    "TWO_FACTOR_SELECT_URL": "/sign-in/method",
    "MULTI_FACTOR_RECOVERY_URL": "/sign-in/recovery-code",
    "MULTI_FACTOR_RECOVERY_CODES_URL": "/account/recovery-codes",
    "POST_LOGOUT_VIEW": "/sign-in",
    "POST_CHANGE_VIEW": "/account",
    "TWO_FACTOR_POST_SETUP_VIEW": "/account",
    "STATIC_FOLDER": None,
    "CHANGEABLE": True,
    "TWO_FACTOR": True,
    "TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
    "TWO_FACTOR_RESCUE_EMAIL": False,
    "TWO_FACTOR_AUTHENTICATOR_VALIDITY": 30,
    "MULTI_FACTOR_RECOVERY_CODES": True,
    "MULTI_FACTOR_RECOVERY_CODES_N": 10,
    "SEND_PASSWORD_CHANGE_EMAIL": False,
    "TOTP_ISSUER": "Pediatric Anakinra Registry",
    "API_ENABLED_METHODS": ["session"],
    "FRESHNESS": timedelta(minutes=30),
    "FRESHNESS_GRACE_PERIOD": timedelta(0),
    "RETURN_GENERIC_RESPONSES": True,
    "JOIN_USER_ROLES": False,
    "PASSWORD_LENGTH_MIN": 12,
    "PASSWORD_HASH": "argon2",
    # OWASP's recommended minimum; the library's default takes 64 MiB for every sign-in that runs at the same time.
    "PASSWORD_HASH_PASSLIB_OPTIONS": {
        "argon2__memory_cost": 19456,
        "argon2__time_cost": 2,
        "argon2__parallelism": 1,
    },
    # With True as a value, Werkzeug writes "no-store=True", which no cache understands.
    "CACHE_CONTROL": {"private": None, "no-store": None},
    "MSG_GENERIC_AUTHN_FAILED": ("The e-mail address or the password is not right. Check both and try again.", "error"),
    "MSG_TWO_FACTOR_INVALID_TOKEN": (
        "This code is not right, or was used already. Wait for the next one in your app and type it.",
        "error",
    ),
    "MSG_INVALID_RECOVERY_CODE": ("This recovery code is not right, or was used already.", "error"),
    "MSG_UNAUTHENTICATED": ("Sign in to open this page.", "info"),
    "MSG_INVALID_PASSWORD": ("The password is not right.", "error"),
    "MSG_PASSWORD_CHANGE": ("Your password was changed. Other sessions of yours have ended.", "success"),
    "MSG_PASSWORD_IS_THE_SAME": ("The new password is the old one. Choose another.", "error"),
    "MSG_PASSWORD_INVALID_LENGTH": ("A password has at least %(length)s characters.", "error"),
    "MSG_RETYPE_PASSWORD_MISMATCH": ("The two new passwords differ. Type the same one twice.", "error"),
    "MSG_REAUTHENTICATION_REQUIRED": ("Type your password again: what follows changes how you sign in.", "info"),
    "MSG_REAUTHENTICATION_SUCCESSFUL": ("Thank you.", "success"),
    "MSG_TWO_FACTOR_LOGIN_SUCCESSFUL": ("You are signed in.", "success"),
    "MSG_TWO_FACTOR_CHANGE_METHOD_SUCCESSFUL": (
        "Your authenticator app is set up. Other sessions of yours have ended.",
        "success",
    ),
    "MSG_TWO_FACTOR_DISABLED": ("The second factor is switched off. Other sessions of yours have ended.", "success"),
    "MSG_TWO_FACTOR_PERMISSION_DENIED": ("Sign in first.", "info"),
}

PERMISSIONS = {
    "static": PUBLIC,
    "bootstrap.static": PUBLIC,
    "security.login": PUBLIC,
    "security.logout": PUBLIC,
    "security.two_factor_setup": PUBLIC,
    "security.two_factor_token_validation": PUBLIC,
    "security.two_factor_rescue": NOBODY,
    "security.tf_select": NOBODY,
    "security.mf_recovery": PUBLIC,
    "security.two_factor_setup_validate": SIGNED_IN,
    "security.mf_recovery_codes": SIGNED_IN,
    "security.change_password": SIGNED_IN,
    "security.verify": SIGNED_IN,
}
"""Permissions of the endpoints whose views stand in other packages. Setting up a second factor is reached by somebody
who is half signed in: Flask-Security keeps the half in the session and turns everybody else away. Help by e-mail and
the choice between several second factors are not offered."""


class NoMail(MailUtil):
    """Sends nothing: the registry has no mail server, administrators hand over what must be handed over."""

    def send_mail(self, *arguments: Any, **more: Any) -> None:
        """Send nothing."""


class Users(SQLAlchemyUserDatastore):
    """Users as Flask-Security finds and changes them; without roles, which ``access`` alone gives."""

    def __init__(self) -> None:
        super().__init__(db, User, RoleMixin)

    def tf_set(
        self, user: UserMixin, primary_method: str, totp_secret: str | None = None, phone: str | None = None
    ) -> None:
        """Keep a second factor; the log says when it is another one.

        Who is only half signed in sets up a first one: who has one needs it to come in and replace it.
        """
        is_new = bool(totp_secret) and totp_secret != user.tf_totp_secret
        if is_new and has_request_context() and not current_user.is_authenticated:
            _require_none_yet(user)
        super().tf_set(user, primary_method, totp_secret=totp_secret, phone=phone)
        if is_new:
            _end_other_sessions(user)
            _log(user, "second_factor", "set up")

    def tf_reset(self, user: UserMixin) -> None:
        """Forget a second factor; the log says so."""
        super().tf_reset(user)
        _end_other_sessions(user)
        _log(user, "second_factor", "switched off")

    def mf_set_recovery_codes(self, user: UserMixin, rcs: list[str] | None) -> None:
        """Keep new recovery codes in place of the old ones; the log says so."""
        super().mf_set_recovery_codes(user, rcs)
        if rcs:
            _log(user, "recovery_codes", "made anew")

    def mf_delete_recovery_code(self, user: UserMixin, idx: int) -> bool:
        """Use up one recovery code; of two requests with the same code only one gets through."""
        found = list(user.mf_recovery_codes or [])
        left = [code for place, code in enumerate(found) if place != idx]
        unused = (User.id == user.id) & (User.mf_recovery_codes == found)
        if db.session.scalar(update(User).where(unused).values(mf_recovery_codes=left).returning(User.id)) is None:
            flash(*SETTINGS["MSG_INVALID_RECOVERY_CODE"])
            abort(redirect(url_for("security.mf_recovery")))
        _log(user, "recovery_code", "used")
        return True


def init_app(app: Flask) -> None:
    """Set Flask-Security up on the application."""
    in_production = app.config["MODE"] == "production"
    app.config.from_mapping({f"SECURITY_{name}": value for name, value in SETTINGS.items()})
    app.config["SECURITY_TWO_FACTOR_REQUIRED"] = in_production
    app.config["SECURITY_MULTI_FACTOR_RECOVERY_CODES_KEYS"] = _recovery_keys(app)
    app.config["SESSION_COOKIE_NAME"] = "__Host-registry" if in_production else "registry"
    app.config["SESSION_COOKIE_SECURE"] = in_production
    security = Security(
        app,
        Users(),
        totp_cls=OneTimeTotp,
        mail_util_cls=NoMail,
        login_form=SignInForm,
        verify_form=PasswordAgainForm,
        change_password_form=NewPasswordForm,
        two_factor_setup_form=SecondFactorForm,
        two_factor_verify_code_form=CodeForm,
        two_factor_rescue_form=NoHelpForm,
        mf_recovery_form=RecoveryForm,
    )
    security.want_json(lambda request: False)
    _only_sessions(app)
    app.before_request(_stay_signed_in)
    password_changed.connect(_log_password, app)


def _only_sessions(app: Flask) -> None:
    """Let in nobody whose session has not begun here: neither a cookie that outlives sessions nor a token does."""
    manager: LoginManager = cast(Any, app).login_manager
    find = manager.user_callback
    manager.user_loader(lambda key: find(key) if "began_at" in session else None)
    manager.request_loader(lambda request: None)


def _stay_signed_in() -> ResponseReturnValue | None:
    """Send whoever is signed in already home from the page of the code, where Flask-Security would sign them out.

    That page comes back with the browser's back button, and a link to it would end the session of whoever follows it.
    """
    is_code_page = request.endpoint == "security.two_factor_token_validation"
    if is_code_page and session.get("tf_state") != "validating_profile" and current_user.is_authenticated:
        return redirect(url_for("home.index"))
    return None


def _require_none_yet(user: Any) -> None:
    """Send whoever would overwrite a second factor without knowing it back to the sign-in page.

    The page of a first one stays open in every browser in which the password was typed before it was set up.
    """
    stored = select(User.tf_totp_secret).where(User.id == user.id).with_for_update()
    if db.session.scalar(stored):
        tf_clean_session()  # type: ignore[no-untyped-call]
        flash("A second factor was set up for this account meanwhile. Sign in with its code.", "error")
        abort(redirect(url_for("security.login")))


def _end_other_sessions(user: Any) -> None:
    """End what is open elsewhere, such as in a lost phone, where who is signed in changes the second factor."""
    if has_request_context() and current_user.is_authenticated:
        sessions.end_others(user)


def _log_password(_app: Flask, user: User, **_: Any) -> None:
    _log(user, "password", "changed")


def _log(user: Any, what: str, done: str) -> None:
    """Keep in the log that somebody changed how they sign in; the secrets themselves never stand there."""
    changes = {what: [None, done]}
    audit.write(db.session(), by=user, at=utc_now(), table="account", record_key=user.key, changes=changes)


def _recovery_keys(app: Flask) -> list[bytes]:
    """Return the keys under which recovery codes are stored, newest first, made from the keys of the app secrets."""
    secrets: dict[str, str] = app.config["SECURITY_TOTP_SECRETS"]
    newest_first = sorted(secrets, key=int, reverse=True)
    digests = (hashlib.sha256(f"recovery codes:{secrets[version]}".encode()).digest() for version in newest_first)
    return [base64.urlsafe_b64encode(digest) for digest in digests]


def refuse_demo_users(engine: Engine | Connection) -> None:
    """Refuse to serve real patients while demonstration accounts, whose passwords are known, are open.

    A new or an absent database has none; signing in refuses such accounts in any case.
    """
    try:
        with Session(engine) as opened, reading():
            found = inspect(engine).has_table("user") and opened.scalar(
                select(exists().where(User.is_demo, User.active))
            )
    except OperationalError:
        return
    if found:
        raise SettingsError(
            "This database holds demonstration accounts and MODE is production. Serve it with MODE = 'demo', "
            "or start with a new database."
        )
