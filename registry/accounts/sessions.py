"""The life of a session: ends at sign-out everywhere, after idle minutes, and after a working day.

Half a session, in which the password was right and the second factor is still to come, has a limit of its own.

When somebody was last seen is told by a cookie of its own. In the session's cookie, which a request sends back as it
read it, the answer to a draft kept in the background would take away what a save has just told the person.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import Flask, Response, current_app, flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import user_logged_in, user_logged_out
from flask_security.tf_plugin import tf_clean_session
from itsdangerous import BadSignature, URLSafeSerializer

from registry.database import db, utc_now
from registry.models import User, new_key

CODE_MINUTES = 10
"""How long after the password the code, or a recovery code, may come."""

SET_UP_MINUTES = 30
"""How long after the password a first app may be set up: many have to install it before."""

HALF = ("two_factor_setup", "two_factor_token_validation", "mf_recovery")
"""The pages that half a session opens."""


def init_app(app: Flask) -> None:
    """Watch over sessions. Call it before any extension that loads the user in a request."""
    app.before_request(_end_when_too_old)
    app.before_request(_end_half_when_too_old)
    app.after_request(_keep_seen)
    user_logged_in.connect(_start, app)
    user_logged_out.connect(_end_everywhere, app)


def end_others(user: User) -> None:
    """End every session of the person who is signed in but this one. The caller commits."""
    user.fs_uniquifier = new_key()
    session["_user_id"] = user.get_id()


def keep_when_password_was_typed() -> None:
    """Keep in the session that the password was right just now."""
    session["password_at"] = utc_now().isoformat()


def _end_half_when_too_old() -> ResponseReturnValue | None:
    """Forget a password typed too long ago; whoever is at a page that it opened is asked for it again."""
    if request.endpoint == "static" or "tf_user_id" not in session:
        return None
    minutes = CODE_MINUTES if session.get("tf_state") == "ready" else SET_UP_MINUTES
    typed = session.get("password_at")
    if typed and utc_now() - datetime.fromisoformat(typed) <= timedelta(minutes=minutes):
        return None
    tf_clean_session()  # type: ignore[no-untyped-call]
    session.pop("password_at", None)
    if request.endpoint not in {f"security.{page}" for page in HALF}:
        return None
    flash(f"You typed your password more than {minutes} minutes ago. Type it again.", "info")
    return redirect(url_for("security.login", next=request.args.get("next")))


def _end_when_too_old() -> None:
    if request.endpoint == "static" or "began_at" not in session:
        return
    now, began = utc_now(), datetime.fromisoformat(session["began_at"])
    minutes, longest = current_app.config["IDLE_MINUTES"], current_app.permanent_session_lifetime
    if now - _last_seen(began) > timedelta(minutes=minutes):
        _end(f"You were signed out after {minutes} minutes without activity. Sign in to go on.")
    elif now - began > longest:
        _end(f"You were signed out after {longest.total_seconds() / 3600:g} hours. Sign in to go on.")


def _last_seen(began: datetime) -> datetime:
    """Return when this session was last seen: at its begin, where its browser does not say."""
    try:
        of, seen = _seal().loads(request.cookies.get(_name_of_seen(), ""))
    except BadSignature:
        return began
    return datetime.fromisoformat(seen) if of == _this_session() else began


def _keep_seen(response: Response) -> Response:
    # A page with this header is asked for again by the browser, whether or not anybody sits there.
    if request.endpoint != "static" and "began_at" in session and "Refresh" not in response.headers:
        response.set_cookie(
            _name_of_seen(),
            _seal().dumps([_this_session(), utc_now().isoformat()]),
            secure=current_app.config["SESSION_COOKIE_SECURE"],
            httponly=True,
            samesite=current_app.config["SESSION_COOKIE_SAMESITE"],
        )
    return response


def _name_of_seen() -> str:
    return f"{current_app.config['SESSION_COOKIE_NAME']}-seen"


def _this_session() -> list[str]:
    return [session.get("_user_id", ""), session["began_at"]]


def _seal() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="seen")


def _end(message: str) -> None:
    session.clear()
    flash(message, "info")


def _start(app: Flask, user: User, **_: Any) -> None:
    # The form token stays: a page kept over the sign-in must be sent again as it is. Nobody else can have planted it,
    # because a __Host- cookie is set by this host over TLS alone.
    session.permanent = True
    session["began_at"] = utc_now().isoformat()
    session.pop("password_at", None)


def _end_everywhere(app: Flask, user: User, **_: Any) -> None:
    # A signed cookie cannot be taken back. What it points to can: a copied cookie then finds nobody.
    user.fs_uniquifier = new_key()
    db.session.commit()
    session.pop("began_at", None)
