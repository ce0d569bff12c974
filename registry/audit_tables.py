"""The tables beside what the log says of them: every stored row, link and step must be the one that was logged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import CompoundSelect, Table, exists, literal, select, text, union_all
from sqlalchemy.orm import Session

from forms.casebook import CASEBOOK
from forms.items import Link
from forms.values import NullFlavour
from registry import audit, data_queries
from registry.audited import AUDITED, RECORD_STATE, held_to
from registry.database import Base
from registry.models import DataQuery, DataQueryAnchor, DataQueryEvent
from registry.release.cut_files import id_in
from registry.saving import verdicts
from registry.saving.consequences import stale_derived
from registry.saving.storing import to_columns
from registry.stored_records import Record, read_records
from registry.tables import TABLES, canonical, column_types

Replayed = dict[str, dict[str, dict[str, Any]]]
"""Table -> key -> column or item -> the value that the log ends with."""

STEPS = "steps"
"""Where the entries about a data query stand among its replayed values."""

IS_DERIVED = "is not what its inputs give"
"""How each sentence about a value that `derive` works out again ends."""

CHILDREN_AT_ONCE = 200
UNREADABLE = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError, OSError, RecursionError)
"""What reading a stored value, or working with it, raises that the registry cannot have written."""


def check_tables(session: Session, replayed: Replayed) -> Iterator[str]:
    """Yield each disagreement between the tables and the replayed log, in one sentence."""
    yield from _check_references(session)
    for name in AUDITED:
        try:
            yield from _compare(name, replayed[name], _stored_machinery(session, name))
        except UNREADABLE as error:
            yield f"{name} holds {_not_written(error)}"
    try:
        yield from _check_data_queries(session, replayed["data_query"])
    except UNREADABLE as error:
        yield f"data_query: a date, a step or an item of one holds {_not_written(error)}"
    yield from _check_folders(session)
    yield from _check_records(session, replayed)


def _check_references(session: Session) -> Iterator[str]:
    """Yield the rows that point to nothing: SQLite does not ask where its checks are off, and a key can be dropped."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    found = session.execute(text("PRAGMA foreign_key_check") if is_sqlite else _pointing_nowhere())
    for table, row, target, _ in found:
        yield f"{table}, row {row}: what it points to in {target} is not there, or is another child's"


@cache
def _pointing_nowhere() -> CompoundSelect[Any]:
    """Return the statement that finds what SQLite's own check finds, in the same columns."""
    rows = []
    for table in Base.metadata.tables.values():
        for key in sorted(table.foreign_key_constraints, key=lambda key: str(key.name)):
            target = key.referred_table.alias("target")
            pairs = [(one.parent, target.c[one.column.name]) for one in key.elements]
            is_there = exists().where(*(own == other for own, other in pairs))
            points = (own.is_not(None) for own, _ in pairs)
            names = (literal(table.name), next(iter(table.primary_key.columns)), literal(key.referred_table.name))
            rows.append(select(*names, literal(str(key.name))).where(*points, ~is_there))
    return union_all(*rows)


def _check_folders(session: Session) -> Iterator[str]:
    """Yield the cuts whose folder holds another one, or whose manifest was changed.

    The log does not keep where a folder is, since it may be moved.
    """
    cut: Table = Base.metadata.tables["cut"]
    for key, cut_id, folder in session.execute(select(cut.c.key, cut.c.cut_id, cut.c.folder)):
        if id_in(Path(str(folder))) not in (cut_id, None):
            yield f"cut {key}: its folder holds another data cut, or its manifest was changed"


def _stored_machinery(session: Session, name: str) -> dict[str, dict[str, Any]]:
    table: Table = Base.metadata.tables[name]
    columns = AUDITED[name]
    targets = {column: audit.pointed_to(table.c[column]) for column in columns}
    keys = {column: _keys_of(session, target) for column, target in targets.items() if target is not None}
    rows = session.execute(select(table.c.key, *(table.c[column] for column in columns)))
    return {
        row.key: {
            column: keys[column].get(value) if column in keys else audit.plain(value)
            for column, value in zip(columns, row[1:], strict=True)
        }
        for row in rows
    }


def _keys_of(session: Session, target: Table) -> dict[int, str]:
    return dict(session.execute(select(target.c.id, target.c.key)).all())


def _check_data_queries(session: Session, replayed: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Yield the data queries whose dates, steps or items are not what the log tells of them."""
    events: dict[int, list[tuple[Any, ...]]] = {}
    told = (DataQueryEvent.data_query_id, DataQueryEvent.at, DataQueryEvent.actor, DataQueryEvent.kind)
    for id_, at, *event in session.execute(select(*told, DataQueryEvent.reason).order_by(DataQueryEvent.id)):
        events.setdefault(id_, []).append((audit.plain(at), *event))
    items: dict[int, list[tuple[str, str]]] = {}
    about = (DataQueryAnchor.data_query_id, DataQueryAnchor.record_key, DataQueryAnchor.item)
    for id_, record_key, item in session.execute(select(*about)):
        items.setdefault(id_, []).append((record_key, item))
    queries = select(DataQuery.id, DataQuery.key, DataQuery.record_key, DataQuery.opened_at, DataQuery.closed_at)
    for id_, key, record_key, opened_at, closed_at in session.execute(queries):
        known = replayed.get(key, {})
        steps = [step for entry in known.get(STEPS, ()) for step in _steps_of(entry)]
        if not steps:
            continue
        closed = steps[-1][0] if known.get("status") == data_queries.CLOSED else None
        if (audit.plain(opened_at), audit.plain(closed_at)) != (steps[0][0], closed):
            yield f"data_query {key}: when it was opened or closed was changed outside the registry"
        if events.get(id_, []) != steps:
            yield f"data_query {key}: what was answered, by whom or when was changed outside the registry"
        if sorted(items.get(id_, ())) != sorted(data_queries.anchors_of(known.get("found") or (), record_key)):
            yield f"data_query {key}: the items it is about were changed outside the registry"


def _steps_of(entry: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Yield the steps in a data query's life that an entry stands for: when, by whom, which kind, in which words."""
    at, actor, changes = entry["at"], entry["actor"], entry["changes"]
    if entry["action"] == "create":
        is_answered = changes["status"][1] == data_queries.ANSWERED
        yield (at, audit.SYSTEM if is_answered else actor, data_queries.OPEN, changes["message"][1])
        if is_answered:
            yield (at, actor, data_queries.ANSWERED, entry["reason"])
    elif "status" in changes:
        yield (at, actor, changes["status"][1], entry["reason"])


def _check_records(session: Session, replayed: Replayed) -> Iterator[str]:
    subject = Base.metadata.tables["subject"]
    subject_keys = dict(session.execute(select(subject.c.id, subject.c.key).order_by(subject.c.id)).all())
    check = _RecordsCheck(session=session, replayed=replayed, subject_keys=subject_keys)
    subjects = list(subject_keys)
    for start in range(0, len(subjects), CHILDREN_AT_ONCE):
        chunk = subjects[start : start + CHILDREN_AT_ONCE]
        yield from _check_strays(session, chunk)
        try:
            yield from list(check.children(chunk))
        except UNREADABLE:
            for child in chunk:
                yield from check.child(child)
    yield from check.gone()


def _check_strays(session: Session, chunk: Sequence[int]) -> Iterator[str]:
    """Yield the verdicts that no rule set of the registry can have given: no save would ever bring them up to date."""
    for stray in verdicts.strays(session, chunk):
        what = "the child has no such record" if stray.is_of_known_rule_set else "the registry has no such rule set"
        yield (
            f"derivation of child {stray.subject_key}, record {stray.record_key}: {stray.rule_set} {stray.version} was"
            f" not derived by the registry, {what}"
        )


@dataclass(frozen=True, kw_only=True)
class _RecordsCheck:
    """The records of all children beside the log; remembers which were seen, and which could not be read."""

    session: Session
    replayed: Replayed
    subject_keys: Mapping[int, str]
    seen: dict[str, set[str]] = field(default_factory=lambda: {name: set() for name in CASEBOOK})
    unread: set[tuple[str, str]] = field(default_factory=set)

    def children(self, chunk: Sequence[int]) -> Iterator[str]:
        """Yield what is wrong with the records of some children, and with what is derived from them.

        Errors: one of UNREADABLE when anything of a child cannot be read or worked out again.
        """
        stored = read_records(self.session, CASEBOOK, chunk, voided=True)
        for name, found in stored.items():
            yield from self._form(name, chunk, found)
        yield from self._derived(chunk, stored)

    def child(self, child: int) -> Iterator[str]:
        """Yield the same for one child of which something may be unreadable; that is said, and the rest goes on."""
        key, is_whole = self.subject_keys[child], True
        stored: dict[str, list[Record]] = {}
        for name in CASEBOOK:
            try:
                stored |= read_records(self.session, [name], [child], voided=True)
                yield from list(self._form(name, [child], stored[name]))
            except UNREADABLE as error:
                is_whole = False
                self.unread.add((name, key))
                yield f"{name}: a record or a link of child {key} holds {_not_written(error)}"
        try:
            yield from list(self._derived([child], stored)) if is_whole else ()
        except UNREADABLE as error:
            yield (
                f"subject {key}: what is derived cannot be worked out again: the child, its site, a protocol, a normal"
                f" range or a record holds {_not_written(error)}"
            )

    def gone(self) -> Iterator[str]:
        """Yield the records that the log knows and that were not seen, where the child's could be read."""
        for name, seen in self.seen.items():
            for key, known in self.replayed[name].items():
                if key not in seen and (name, known["subject"]) not in self.unread:
                    yield f"{name} {key} stands in the log, but the record is gone"

    def _form(self, name: str, chunk: Sequence[int], found: Sequence[Record]) -> Iterator[str]:
        states = {record.key: _record_state(record, self.subject_keys) for record in found}
        self.seen[name].update(states)
        yield from _compare(name, {key: self.replayed[name].get(key, {}) for key in states}, states)
        yield from _check_columns(self.session, name, chunk, found)

    def _derived(self, chunk: Sequence[int], stored: Mapping[str, Sequence[Record]]) -> Iterator[str]:
        for form, key, item in stale_derived(self.session, chunk, stored):
            yield f"{form} {key}: the derived value of {item} {IS_DERIVED}"


def _not_written(error: Exception) -> str:
    return f"what the registry cannot have written ({type(error).__name__})"


def _record_state(record: Record, subject_keys: Mapping[int, str]) -> dict[str, Any]:
    form = CASEBOOK[record.form]
    answers = {item: canonical(form.items[item], record.row.get(item)) for item in form.typed_items}
    state = {field: audit.plain(getattr(record, field)) for field in RECORD_STATE}
    return {**answers, **state, "subject": subject_keys[record.subject_id]}


def _check_columns(session: Session, name: str, chunk: Sequence[int], records: Iterable[Record]) -> Iterator[str]:
    """Yield the columns that hold more than the answers need: nobody reads it there today, and nobody wrote it."""
    table, form = TABLES[name], CASEBOOK[name]
    own = [c for key, item in form.items.items() if not isinstance(item, Link) for c in column_types(key, item)]
    columns = [table.c[column] for column in (*own, "null_flavours")]
    rows = session.execute(select(table.c.key, *columns).where(table.c.subject_id.in_(chunk)))
    stored = {row[0]: row[1:] for row in rows}
    for record in records:
        row = {key: v for key, v in record.row.items() if key not in form.links or isinstance(v, NullFlavour)}
        wanted = to_columns(form, row, {})
        for column, value in zip(columns, stored[record.key], strict=True):
            if wanted[column.name] != value:
                yield f"{name} {record.key}: column {column.name} holds what belongs to no answer"


def _compare(name: str, logged: dict[str, dict[str, Any]], stored: dict[str, dict[str, Any]]) -> Iterator[str]:
    for key, values in stored.items():
        known = logged.get(key)
        if not known:
            yield f"{name} {key} is stored, but the log does not know it"
            continue
        for column in held_to(name, known) if name in AUDITED else values:
            if known.get(column) != values[column]:
                yield f"{name} {key}: {column} was changed outside the registry"
    if name in AUDITED:
        yield from (f"{name} {key} stands in the log, but the row is gone" for key in set(logged) - set(stored))
