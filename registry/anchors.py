"""The end of the change log, kept outside the database: after each start, cut, export and day.

Whoever cuts entries off the end of the log would have to change this file too, which is authenticated line by line.
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from flask import current_app
from sqlalchemy.orm import Session

from registry import audit


def anchor(session: Session, occasion: str, at: datetime) -> None:
    """Write the head of the log to the anchors file, outside the database, so that a cut-off tail shows.

    Call it after the commit: what is not committed may never stand in the log.
    """
    end = audit.head(session)
    line = f"{at.isoformat()} {end.seq} {end.mac} {occasion}"
    path = Path(current_app.config["ANCHORS_FILE"])
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "a", encoding="utf-8") as file:
        file.write(f"{line} {audit.mac_of(audit.log_key(), line)}\n")


def anchor_daily(session: Session, at: datetime) -> bool:
    """Anchor the head unless one was anchored on that day already; tell whether it was done."""
    path = Path(current_app.config["ANCHORS_FILE"])
    last = path.read_text(encoding="utf-8").splitlines()[-1:] if path.exists() else []
    if last and last[0].startswith(at.date().isoformat()):
        return False
    anchor(session, "day", at)
    return True
