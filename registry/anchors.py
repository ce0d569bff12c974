"""The end of the change log, kept outside the database: after each start, cut, export and day.

Whoever cuts entries off the end of the log would have to change this file too, which is authenticated line by line.
"""

from __future__ import annotations

import errno
import fcntl
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
    _append(_path(), f"{line} {audit.mac_of(audit.log_key(), line)}\n".encode())


def anchor_if_reachable(session: Session, occasion: str, at: datetime) -> bool:
    """Anchor the head after what is stored already; tell whether it was done.

    The anchors file is often on another machine, by intent: while it is away people work on, and the error log says so.
    """
    try:
        anchor(session, occasion, at)
    except OSError as error:
        current_app.logger.error("The end of the change log was not anchored (%s): %s", occasion, error)
        return False
    return True


def anchor_daily(session: Session, at: datetime) -> bool:
    """Anchor the head unless one was anchored on that day already; tell whether it was done."""
    last = _last_line()
    if last.startswith(at.date().isoformat()):
        return False
    anchor(session, "day", at)
    return True


def lines() -> list[str]:
    """Return what stands in the anchors file, line by line, oldest first; nothing where there is no file."""
    path = _path()
    return path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []


def most_anchored() -> int:
    """Return how many entries of the log any line of the anchors file knows; 0 when it says nothing.

    The last line may know fewer: one that was written after an older database was put back.
    """
    parts = (line.split(" ") for line in lines())
    return max((int(part[1]) for part in parts if len(part) > 1 and part[1].isdecimal()), default=0)


def _path() -> Path:
    return Path(current_app.config["ANCHORS_FILE"])


def _last_line() -> str:
    known = lines()
    return known[-1] if known else ""


def _append(path: Path, line: bytes) -> None:
    """Add a whole line to a file or, on a full disk, none: half a one would look like an altered one for ever."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "ab", buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        size = os.fstat(handle).st_size
        if file.write(line) != len(line):
            os.ftruncate(handle, size)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
