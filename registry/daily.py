"""What the first sign-in of a day sets off: the log is anchored, old drafts are forgotten, open children are judged."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_login import user_logged_in
from sqlalchemy.orm import Session

from registry import anchors, drafts, rechecking
from registry.database import db, reading, utc_now


def init_app(app: Flask) -> None:
    """Listen for people signing in."""
    user_logged_in.connect(_begin_day, app)


def _begin_day(app: Flask, **_: Any) -> None:
    at = utc_now()
    # In a session of its own: what the sign-in has not committed yet must not be anchored.
    with reading(), Session(db.engine) as session:
        anchored = anchors.anchor_daily(session, at)
    if anchored:
        drafts.purge(db.session(), at)
        if app.config["CHECK_DAILY"]:
            rechecking.start_in_background()
