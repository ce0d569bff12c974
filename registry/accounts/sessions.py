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
    idle = timedelta(minutes=current_app.config["IDLE_MINUTES"])
    if now - seen > idle or now - began > current_app.permanent_session_lifetime:
        session.clear()
        flash("You were signed out because nothing happened for a while. Sign in to go on.", "info")
    elif request.endpoint != "static":
        session["seen_at"] = now.isoformat()


def _start(app: Flask, user: User, **_: Any) -> None:
    session.permanent = True
    session["began_at"] = session["seen_at"] = utc_now().isoformat()


def _end_everywhere(app: Flask, user: User, **_: Any) -> None:
    # A signed cookie cannot be taken back. What it points to can: a copied cookie then finds nobody.
    user.fs_uniquifier = new_key()
    db.session.commit()
    for name in ("began_at", "seen_at"):
        session.pop(name, None)
