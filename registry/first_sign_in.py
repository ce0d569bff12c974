"""What the first sign-in of a day sets off: the log is anchored, what is old is forgotten, open children are judged."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_login import user_logged_in
from sqlalchemy.orm import Session

from registry import anchors, drafts, rechecking
from registry.accounts import lockout
from registry.database import db, reading, utc_now


def init_app(app: Flask) -> None:
    """Listen for people signing in."""
    user_logged_in.connect(_begin_day, app)


def _begin_day(app: Flask, **_: Any) -> None:
    at = utc_now()
    # In a session of its own: what the sign-in has not committed yet must not be anchored.
    try:
        with reading(), Session(db.engine) as session:
            anchored = anchors.anchor_daily(session, at)
    except OSError as error:
        # Often on another machine, by intent. While it is away people work on, and the next sign-in tries again.
        app.logger.error("The end of the change log was not anchored today: %s", error)
        return
    if anchored:
        drafts.purge(db.session(), at)
        lockout.purge(db.session(), at)
        if app.config["CHECK_DAILY"]:
            rechecking.start_in_background()
