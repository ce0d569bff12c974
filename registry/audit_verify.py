"""Proof that log and tables agree: finds edits, deletions, insertions, reordering and a cut-off tail."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import String, select, type_coerce
from sqlalchemy.orm import Session

from forms.casebook import CASEBOOK
from registry import anchors, audit, audit_tables
from registry.audit_structure import check_indexes, check_structure
from registry.audit_tables import Replayed
from registry.audited import AUDITED, BEFORE_LOGGED
from registry.database import Base
from registry.log_tables import ChainHead
from registry.postgresql_reading import broken_times_told
from registry.sqlite_writers import broken_texts_told


def verify(session: Session) -> list[str]:
    """Return every disagreement found, each in one sentence; the empty list means log and tables are intact.

    While others save, ask it in ``database.one_snapshot``: what came between two of its looks would look like a change.
    """
    return list(disagreements(session))


def disagreements(session: Session) -> Generator[str]:
    """Yield each disagreement as it is found, for whom the first one is enough."""
    # Before the log is looked at: what is anchored later may be of entries that this look does not see any more.
    anchored = anchors.lines()
    replayed: Replayed = {name: {} for name in (*AUDITED, *CASEBOOK)}
    macs: dict[int, str] = {0: audit.GENESIS}
    connection = session.connection()
    with broken_texts_told(connection), broken_times_told(connection):
        yield from check_structure(session)
        yield from _check_chain(session, replayed, macs)
        yield from _check_head(session, macs)
        yield from _check_anchors(anchored, macs)
        yield from audit_tables.check_tables(session, replayed)
        yield from check_indexes(session)


def _check_chain(session: Session, replayed: Replayed, macs: dict[int, str]) -> Iterator[str]:
    key, expected, previous = audit.log_key(), 1, audit.GENESIS
    table = Base.metadata.tables["change"]
    # The time as the database keeps it: somebody may have written what is no time at all.
    columns = [type_coerce(column, String).label("at") if column.name == "at" else column for column in table.columns]
    statement = select(*columns).order_by(table.c.seq).execution_options(yield_per=2000)
    with session.execute(statement) as rows:
        for row in rows:
            if row.seq != expected:
                yield f"entry {expected} of the log is missing (the next one present is {row.seq})"
            if row.previous != previous:
                yield f"entry {row.seq} does not follow the entry before it"
            expected, previous = row.seq + 1, row.mac
            macs[row.seq] = row.mac
            if not audit.is_authentic(key, row.payload, row.mac):
                yield f"entry {row.seq} of the log was altered: its text and its code disagree"
            try:
                content = json.loads(row.payload)
                beside = [content[name] for name in ("seq", "save", "actor", "table", "record", "previous")]
                subject = content["subject"]
                is_when_it_says = _moment(row.at) == datetime.fromisoformat(content["at"])
            except audit_tables.UNREADABLE:
                continue  # said above: no such text was ever authenticated
            if beside != [row.seq, row.save_id, row.actor, row.table_name, row.record_key, row.previous]:
                yield f"entry {row.seq}: the columns beside its text were altered"
            if not is_when_it_says or subject != row.subject_key:
                yield f"entry {row.seq}: its time or its subject was altered"
            try:
                yield from _replay(content, replayed)
            except audit_tables.UNREADABLE:
                yield f"entry {row.seq}: its text is none that the registry can have written"


def _moment(stored: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(str(stored))
    except ValueError:
        return None


def _replay(content: dict[str, Any], replayed: Replayed) -> Iterator[str]:
    table = replayed.get(content["table"])
    if table is None:
        return
    state = table.setdefault(content["record"], {"subject": content["subject"]})
    if state["subject"] != content["subject"]:
        yield f"entry {content['seq']}: {content['table']} {content['record']} moved to another child"
    for item, (old, new) in content["changes"].items():
        if state.get(item) != old:
            yield f"entry {content['seq']}: {content['table']}.{item} changed from a value the log does not know"
        state[item] = new
    if content["action"] == "create":
        for column, value in BEFORE_LOGGED.get(content["table"], {}).items():
            state.setdefault(column, value)
    if content["table"] == "data_query":
        state.setdefault(audit_tables.STEPS, []).append(content)


def _check_head(session: Session, macs: dict[int, str]) -> Iterator[str]:
    ends = session.execute(select(ChainHead.seq, ChainHead.mac)).all()
    last = max(macs)
    if not ends:
        yield "the head of the log is gone"
    elif len(ends) > 1:
        yield f"the log has {len(ends)} heads"
    elif tuple(ends[0]) != (last, macs[last]):
        yield f"the log ends at entry {last}, but its head says {ends[0].seq}: entries were cut off or added"


def _check_anchors(lines: list[str], macs: dict[int, str]) -> Iterator[str]:
    if not lines:
        yield "the anchors file is missing or empty: a cut-off tail of the log could not be noticed"
    for number, line in enumerate(lines, start=1):
        text, _, mac = line.rpartition(" ")
        parts = text.split(" ")
        if audit.mac_of(audit.log_key(), text) != mac or len(parts) < 3:
            yield f"line {number} of the anchors file was altered"
        elif macs.get(int(parts[1])) != parts[2]:
            yield f"the log no longer holds entry {parts[1]}, anchored at {parts[0]} ({' '.join(parts[3:])})"
