"""Proof that log and tables agree: finds edits, deletions, insertions, reordering and a cut-off tail."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import Column, Table, select
from sqlalchemy.orm import Session

from forms.casebook import CASEBOOK
from registry import audit, tables
from registry.consequences import stale_derived
from registry.database import Base
from registry.models import Change

Replayed = dict[str, dict[str, dict[str, Any]]]


def verify(session: Session) -> list[str]:
    """Return every disagreement found, each in one sentence; the empty list means log and tables are intact."""
    replayed: Replayed = {name: {} for name in (*audit.AUDITED, *CASEBOOK)}
    macs: dict[int, str] = {0: audit.GENESIS}
    problems = list(_check_chain(session, replayed, macs))
    problems += _check_head(session, macs)
    problems += _check_anchors(macs)
    for name in audit.AUDITED:
        problems += _compare(name, replayed[name], _stored_machinery(session, name))
    problems += _check_records(session, replayed)
    return problems


def _check_chain(session: Session, replayed: Replayed, macs: dict[int, str]) -> Iterator[str]:
    key = audit.log_key()
    expected, previous, last_at = 1, audit.GENESIS, datetime.min
    rows = session.execute(select(Change).order_by(Change.seq).execution_options(yield_per=2000)).scalars()
    for row in rows:
        if row.seq != expected:
            yield f"entry {expected} of the log is missing (the next one present is {row.seq})"
        if audit.mac_of(key, row.payload) != row.mac:
            yield f"entry {row.seq} of the log was altered: its text and its code disagree"
        if row.previous != previous:
            yield f"entry {row.seq} does not follow the entry before it"
        content = json.loads(row.payload)
        beside = (content["seq"], content["actor"], content["table"], content["record"], content["previous"])
        if (
            beside != (row.seq, row.actor, row.table_name, row.record_key, row.previous)
            or content["save"] != row.save_id
        ):
            yield f"entry {row.seq}: the columns beside its text were altered"
        if datetime.fromisoformat(content["at"]) != row.at or content["subject"] != row.subject_key:
            yield f"entry {row.seq}: its time or its subject was altered"
        expected, previous, last_at = row.seq + 1, row.mac, max(last_at, row.at)
        macs[row.seq] = row.mac
        yield from _replay(content, replayed)
        session.expunge(row)


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


def _check_head(session: Session, macs: dict[int, str]) -> Iterator[str]:
    end = audit.head(session)
    last = max(macs)
    if (end.seq, end.mac) != (last, macs[last]):
        yield f"the log ends at entry {last}, but its head says {end.seq}: entries were cut off or added"


def _check_anchors(macs: dict[int, str]) -> Iterator[str]:
    path = Path(current_app.config["ANCHORS_FILE"])
    if not path.exists():
        yield "the anchors file is missing: a cut-off tail of the log could not be noticed"
        return
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        text, _, mac = line.rpartition(" ")
        parts = text.split(" ")
        if audit.mac_of(audit.log_key(), text) != mac or len(parts) < 3:
            yield f"line {number} of the anchors file was altered"
        elif macs.get(int(parts[1])) != parts[2]:
            yield f"the log no longer holds entry {parts[1]}, anchored at {parts[0]} ({' '.join(parts[3:])})"


def _stored_machinery(session: Session, name: str) -> dict[str, dict[str, Any]]:
    table: Table = Base.metadata.tables[name]
    columns = audit.AUDITED[name]
    keys = {column: _keys_behind(session, table.c[column]) for column in columns if table.c[column].foreign_keys}
    rows = session.execute(select(table.c.key, *(table.c[column] for column in columns)))
    return {
        row.key: {
            column: keys[column].get(value) if column in keys else audit.plain(value)
            for column, value in zip(columns, row[1:], strict=True)
        }
        for row in rows
    }


def _keys_behind(session: Session, column: Column[Any]) -> dict[int, str]:
    (foreign,) = column.foreign_keys
    target = foreign.column.table
    return dict(session.execute(select(target.c.id, target.c.key)).all())


def _check_records(session: Session, replayed: Replayed) -> Iterator[str]:
    subject = Base.metadata.tables["subject"]
    subject_keys = dict(session.execute(select(subject.c.id, subject.c.key).order_by(subject.c.id)).all())
    subjects = list(subject_keys)
    seen: dict[str, set[str]] = {name: set() for name in CASEBOOK}
    for start in range(0, len(subjects), 200):
        chunk = subjects[start : start + 200]
        stored = tables.read_records(session, CASEBOOK, chunk, voided=True)
        for name, found in stored.items():
            states = {record.key: _record_state(record, subject_keys) for record in found}
            seen[name] |= set(states)
            yield from _compare(name, {key: replayed[name].get(key, {}) for key in states}, states)
        yield from (
            f"{form} {key}: the derived value of {item} is not what its inputs give"
            for form, key, item in stale_derived(session, chunk, stored)
        )
    for name, entries in replayed.items():
        if name in CASEBOOK:
            yield from (f"{name} {key} stands in the log, but the record is gone" for key in set(entries) - seen[name])


def _record_state(record: tables.Record, subject_keys: dict[int, str]) -> dict[str, Any]:
    form = CASEBOOK[record.form]
    answers = {item: tables.canonical(form.items[item], record.row.get(item)) for item in form.typed_items}
    state = {field: audit.plain(getattr(record, field)) for field in audit.RECORD_STATE}
    return {**answers, **state, "subject": subject_keys[record.subject_id]}


def _compare(name: str, logged: dict[str, dict[str, Any]], stored: dict[str, dict[str, Any]]) -> Iterator[str]:
    for key, values in stored.items():
        known = logged.get(key)
        if not known:
            yield f"{name} {key} is stored, but the log does not know it"
            continue
        for column, value in values.items():
            if known.get(column) != value:
                yield f"{name} {key}: {column} was changed outside the registry"
    if name in audit.AUDITED:
        yield from (f"{name} {key} stands in the log, but the row is gone" for key in set(logged) - set(stored))
