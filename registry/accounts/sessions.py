"""The life of a session: ends at sign-out everywhere, after idle minutes, and after a working day."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import Flask, current_app, flash, request, session
from flask_login import user_logged_in, user_logged_out

from registry.database import db, utc_now
from registry.models import User, new_key


def init_app(app: Flask) -> None:
    """Watch over sessions. Call it before any extension that loads the user in a request."""
    app.before_request(_end_when_too_old)
    user_logged_in.connect(_start, app)
    user_logged_out.connect(_end_everywhere, app)


def _end_when_too_old() -> None:
    if "began_at" not in session:
        return
    now = utc_now()
    began, seen = (datetime.fromisoformat(session[name]) for name in ("began_at", "seen_at"))
    minutes, longest = current_app.config["IDLE_MINUTES"], current_app.permanent_session_lifetime
    if now - seen > timedelta(minutes=minutes):
        _end(f"You were signed out after {minutes} minutes without activity. Sign in to go on.")
    elif now - began > longest:
        _end(f"You were signed out after {longest.total_seconds() / 3600:g} hours. Sign in to go on.")
    elif request.endpoint != "static":
        session["seen_at"] = now.isoformat()


def _end(message: str) -> None:
    session.clear()
    flash(message, "info")


def _start(app: Flask, user: User, **_: Any) -> None:
    # The form token stays: a page kept over the sign-in must be sent again as it is. Nobody else can have planted it,
    # because a __Host- cookie is set by this host over TLS alone.
    session.permanent = True
    session["began_at"] = session["seen_at"] = utc_now().isoformat()


def _end_everywhere(app: Flask, user: User, **_: Any) -> None:
    # A signed cookie cannot be taken back. What it points to can: a copied cookie then finds nobody.
    user.fs_uniquifier = new_key()
    db.session.commit()
    for name in ("began_at", "seen_at"):
        session.pop(name, None)
