"""The change log: append-only, chained entry to entry, written in the transaction of what it records."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from flask import current_app
from sqlalchemy import ColumnElement, Table, bindparam, insert, inspect, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from registry.audited import AUDITED
from registry.database import Base
from registry.log_tables import ChainHead, Change
from registry.models import User, new_key

GENESIS = "0" * 64
SYSTEM = "system"

UNIQUE = "23505"
"""PostgreSQL's code (Appendix A of its manual) of a row that is there already; a writer of SQLite sees it before."""
FIRST = "Somebody else changed this at the same moment, so nothing was changed now. Look again first."

Changes = Mapping[str, Sequence[Any]]
"""Item or column name -> [old, new], both as plain data."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One record that a save touched: what it was, what it became, who did it and why."""

    table: str
    record_key: str
    action: str
    changes: Changes
    actor: str
    at: datetime
    save_id: str
    subject_key: str | None = None
    reason: str = ""
    confirmed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Head:
    """The end of the log: number and authentication code of the last entry."""

    seq: int
    mac: str


class Overtaken(RuntimeError):
    """Somebody else changed a row after it was read; nothing was written."""


def write_row(
    session: Session,
    row: Base,
    *,
    by: User | None,
    at: datetime,
    reason: str = "",
) -> None:
    """Add or update a row of the machinery and append what changed to the log; nothing when nothing did.

    Call it once all attributes are set and before any flush, so that the old values are still known.
    Errors: Overtaken.
    """
    columns = AUDITED[row.__tablename__]
    is_new = inspect(row).transient or inspect(row).pending
    with session.no_autoflush:  # looking up the key behind an id would flush, and the old values would be forgotten
        changes = {} if is_new else _changes(session, row, columns)
    session.add(row)
    try:
        session.flush()
    except IntegrityError as error:
        if is_new and getattr(error.orig, "sqlstate", None) == UNIQUE:
            raise Overtaken(FIRST) from None
        raise
    if is_new:
        known = {name: _logged(session, row, name, getattr(row, name)) for name in columns}
        changes = {name: [None, value] for name, value in known.items() if value is not None}
    changes = {name: pair for name, pair in changes.items() if pair[0] != pair[1]}
    if changes:
        action = "create" if is_new else "change"
        key = row.key  # type: ignore[attr-defined]
        write(
            session,
            by=by,
            at=at,
            table=row.__tablename__,
            record_key=key,
            changes=changes,
            reason=reason,
            action=action,
        )


def _changes(session: Session, row: Base, columns: Iterable[str]) -> dict[str, list[Any]]:
    """Return column -> [old, new] of what is to change in a stored row, which stays locked; what stands there is none.

    PostgreSQL lets two requests read a row before either changes it: an entry from what the second one read would
    not follow the entry of the first, and look like tampering for ever.
    """
    read = {name: attribute for name in columns if (attribute := inspect(row).attrs[name]).history.has_changes()}
    if not read:
        return {}
    table = row.__table__
    wanted = select(*(table.c[name] for name in read)).where(table.c.id == row.id)  # type: ignore[attr-defined]
    stored = session.execute(wanted.with_for_update(key_share=True)).mappings().one()
    if any(stored[name] not in (*one.history.deleted, one.value) for name, one in read.items() if one.history.deleted):
        raise Overtaken(FIRST)
    return {
        name: [_logged(session, row, name, stored[name]), _logged(session, row, name, one.value)]
        for name, one in read.items()
    }


def write_new(session: Session, rows: Sequence[tuple[Base, User | None, datetime]]) -> None:
    """Add new rows of the machinery, each with who made it and when, and append one entry for each to the log."""
    session.add_all(row for row, _, _ in rows)
    session.flush()
    keys: dict[tuple[str, int], str] = {}
    entries = []
    for row, by, at in rows:
        changes = {}
        for name in AUDITED[row.__tablename__]:
            value = getattr(row, name)
            known = (f"{row.__tablename__}.{name}", value)
            if known not in keys:
                keys[known] = _logged(session, row, name, value)
            if keys[known] is not None:
                changes[name] = [None, keys[known]]
        entries.append(
            Entry(
                table=row.__tablename__,
                record_key=row.key,  # type: ignore[attr-defined]
                action="create",
                changes=changes,
                actor=by.key if by else SYSTEM,
                at=at,
                save_id=new_key(),
            )
        )
    append(session, entries)


def _logged(session: Session, row: Base, name: str, value: Any) -> Any:
    column = row.__table__.c[name]
    target = pointed_to(column)
    if target is not None and value is not None:
        return session.execute(select(target.c.key).where(target.c.id == value)).scalar_one()
    return plain(value)


def pointed_to(column: ColumnElement[Any]) -> Table | None:
    """Return the table whose id a column holds; None for other columns, also for those that hold a key themselves."""
    targets = [foreign.column for foreign in column.foreign_keys if foreign.column.name == "id"]
    return targets[0].table if targets else None


def plain(value: Any) -> Any:
    """Return a stored value as the plain data that the log keeps."""
    return value.isoformat() if hasattr(value, "isoformat") else value


def write(
    session: Session,
    *,
    by: User | None,
    at: datetime,
    table: str,
    record_key: str,
    changes: Changes,
    reason: str = "",
    action: str = "change",
    subject_key: str | None = None,
) -> None:
    """Append one entry about a row of the machinery (a site, a role, a data query ...)."""
    entry = Entry(
        table=table,
        record_key=record_key,
        action=action,
        changes=changes,
        actor=by.key if by else SYSTEM,
        at=at,
        save_id=new_key(),
        subject_key=subject_key,
        reason=reason,
    )
    append(session, [entry])


def append(session: Session, entries: Sequence[Entry]) -> None:
    """Append entries to the log in the given order, behind a locked head; the caller commits.

    This is the last lock that a transaction takes, so that two saves can never wait for each other.
    """
    if not entries:
        return
    session.flush()
    seq, previous = session.execute(_LAST).one()
    rows = []
    key = log_key()
    for entry in entries:
        seq += 1
        payload = _payload(entry, seq, previous)
        mac = mac_of(key, payload)
        rows.append(
            {
                "seq": seq,
                "save_id": entry.save_id,
                "at": entry.at,
                "actor": entry.actor,
                "table_name": entry.table,
                "record_key": entry.record_key,
                "subject_key": entry.subject_key,
                "payload": payload,
                "previous": previous,
                "mac": mac,
            }
        )
        previous = mac
    session.execute(_APPEND, rows)
    session.execute(_MOVE, {"last_seq": seq, "last_mac": previous})


_HEAD, _LOG = cast(Table, ChainHead.__table__), cast(Table, Change.__table__)
_LAST = select(_HEAD.c.seq, _HEAD.c.mac).with_for_update()
_APPEND = insert(_LOG)
_MOVE = update(_HEAD).values(seq=bindparam("last_seq"), mac=bindparam("last_mac"))


def _payload(entry: Entry, seq: int, previous: str) -> str:
    content = {
        "seq": seq,
        "at": entry.at.isoformat(),
        "actor": entry.actor,
        "save": entry.save_id,
        "action": entry.action,
        "table": entry.table,
        "record": entry.record_key,
        "subject": entry.subject_key,
        "changes": {name: list(pair) for name, pair in entry.changes.items()},
        "reason": entry.reason,
        "confirmed": dict(entry.confirmed),
        "previous": previous,
    }
    return _COMPACT.encode(content)


_COMPACT = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def mac_of(key: bytes, payload: str) -> str:
    """Return the authentication code of a text as the log keeps it, 64 hexadecimal digits."""
    return hmac.new(key, payload.encode("utf-8"), hashlib.sha256).hexdigest()


def is_authentic(key: bytes, payload: Any, mac: str) -> bool:
    """Tell whether a stored text is one that was sealed with a key, whatever somebody wrote in its place."""
    try:
        return mac_of(key, payload) == mac
    except (AttributeError, ValueError):
        return False  # bytes, or a text that is no UTF-8


def log_key() -> bytes:
    """Return the key of the log, which stands in the secrets and never in the database."""
    return str(current_app.config["AUDIT_KEY"]).encode("utf-8")


def head(session: Session) -> Head:
    """Return the end of the log as stored."""
    row = session.execute(select(ChainHead.seq, ChainHead.mac)).one()
    return Head(seq=row.seq, mac=row.mac)
