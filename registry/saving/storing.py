"""Planned rows into the tables: one statement per table, guarded by the revision that was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from sqlalchemy import Update, bindparam, delete, insert, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert

from forms.casebook import CASEBOOK
from forms.form import Form
from forms.items import Link, MultiChoice
from forms.values import Measurement, NullFlavour, PartialDate, Row
from registry import audit
from registry.audited import RECORD_STATE
from registry.saving.judging import Casebook
from registry.stored_records import Record
from registry.tables import LINK_TABLES, TABLES, canonical, column_types

MANY = 50
"""From so many rows on, an INSERT of its own for the columns they use pays."""


class LostUpdate(RuntimeError):
    """A record changed between reading and writing although it was locked; the transaction must be given up."""


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A record as it will be stored, beside what stands there now."""

    record: Record
    previous: Record | None
    changes: Mapping[str, Sequence[Any]]


def changes_between(form: Form, before: Record | None, after: Record) -> dict[str, list[Any]]:
    """Return what differs, as item or state -> [old, new] in plain data; empty when the answers are the same."""
    changes: dict[str, list[Any]] = {}
    items = form.typed_items
    if before is None:
        for name, later in after.row.items():
            if later is not None and name in items:
                changes[name] = [None, canonical(items[name], later)]
    else:
        for name, item in items.items():
            earlier, later = before.row.get(name), after.row.get(name)
            if earlier is not later and (old := canonical(item, earlier)) != (new := canonical(item, later)):
                changes[name] = [old, new]
    differing: dict[str, list[Any]] = {}
    for name in RECORD_STATE:
        was, is_now = getattr(before, name, None), getattr(after, name)
        if was != is_now:
            differing[name] = [audit.plain(was), audit.plain(is_now)]
    if before is not None and not changes and set(differing) <= {"revision"}:
        return {}
    return {**changes, **differing}


def store(session: Session, planned: Sequence[Planned], casebooks: Mapping[int, Casebook]) -> None:
    """Insert the new records and update the others, forms in the order in which they link to each other."""
    for name in _link_order():
        form = CASEBOOK[name]
        rows = [plan for plan in planned if plan.record.form == name]
        if new := [plan for plan in rows if plan.previous is None]:
            _insert(session, form, new, casebooks)
        if old := [plan for plan in rows if plan.previous is not None and plan.changes]:
            _update(session, form, old, casebooks)
        if fresh := [plan for plan in rows if plan.previous is not None and not plan.changes]:
            _update_derived(session, form, fresh, casebooks)


@cache
def _link_order() -> list[str]:
    ordered: list[str] = []
    waiting = dict(CASEBOOK)
    while waiting:
        ready = [n for n, form in waiting.items() if {link.form for link in form.links.values()} <= {*ordered, n}]
        ordered += ready
        waiting = {name: form for name, form in waiting.items() if name not in ready}
    return ordered


def _insert(session: Session, form: Form, planned: Sequence[Planned], casebooks: Mapping[int, Casebook]) -> None:
    waiting = list(planned)
    while waiting:
        ready = [plan for plan in waiting if not _waits(form, plan, casebooks[plan.record.subject_id])]
        values = _only_used([_stored(form, plan.record, casebooks[plan.record.subject_id]) for plan in ready])
        ids: dict[str, int] = dict(session.execute(_insertion(form.name), values).all())
        for plan in ready:
            casebook = casebooks[plan.record.subject_id]
            casebook.put(replace(casebook.records[form.name][plan.record.key], id=ids[plan.record.key]))
        waiting = [plan for plan in waiting if plan.record.key not in ids]
    _insert_links(session, form, planned, casebooks)


@cache
def _insertion(form: str) -> ReturningInsert[Any]:
    """Return the statement for new rows of a form, in which they may come back in any order: the key tells them apart.

    So many can be inserted by one statement.
    """
    table = TABLES[form]
    return insert(table).returning(table.c.key, table.c.id)


def _only_used(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return many rows without the columns that all of them leave empty, which are most of them.

    A few rows stay as they are: the statement for all columns is compiled already.
    """
    if len(rows) < MANY:
        return rows
    empty = set(rows[0])
    for row in rows:
        empty = {name for name in empty if row[name] is None}
    return [{name: value for name, value in row.items() if name not in empty} for row in rows]


def _waits(form: Form, plan: Planned, casebook: Casebook) -> bool:
    """Tell whether a new record links to another one of its form that is not stored yet."""
    siblings = (plan.record.row.get(name) for name, link in form.links.items() if link.form == form.name)
    return any(casebook.records[form.name][str(key)].id == 0 for key in siblings if key)


def _update(session: Session, form: Form, planned: Sequence[Planned], casebooks: Mapping[int, Casebook]) -> None:
    names = _changeable(form.name)
    for plan in planned:
        assert plan.previous is not None
        casebook = casebooks[plan.record.subject_id]
        stored = _stored(form, plan.record, casebook)
        guard = {"b_id": casebook.records[form.name][plan.record.key].id, "b_revision": plan.previous.revision}
        result = session.execute(_replacement(form.name), {**guard, **{f"v_{name}": stored[name] for name in names}})
        if not isinstance(result, CursorResult) or result.rowcount != 1:
            raise LostUpdate(f"{form.title}: a record changed while it was being saved")
    latest = list({plan.record.key: plan for plan in planned}.values())
    for name, link in form.links.items():
        if link.many:
            ids = [casebooks[plan.record.subject_id].records[form.name][plan.record.key].id for plan in latest]
            session.execute(
                delete(LINK_TABLES[form.name, name]).where(LINK_TABLES[form.name, name].c.record_id.in_(ids))
            )
    _insert_links(session, form, latest, casebooks)


@cache
def _changeable(form: str) -> list[str]:
    return [column.name for column in TABLES[form].columns if column.name not in ("id", "key", "subject_id")]


@cache
def _replacement(form: str) -> Update:
    """Return the statement for one row of a form in the place of its revision that was read."""
    table = TABLES[form]
    of_that_revision = (table.c.id == bindparam("b_id"), table.c.revision == bindparam("b_revision"))
    return update(table).where(*of_that_revision).values({name: bindparam(f"v_{name}") for name in _changeable(form)})


def _update_derived(
    session: Session, form: Form, planned: Sequence[Planned], casebooks: Mapping[int, Casebook]
) -> None:
    names, rows = list(form.derived_items), []
    for plan in planned:
        id_ = casebooks[plan.record.subject_id].records[form.name][plan.record.key].id
        rows.append({"b_id": id_, **{f"v_{name}": plan.record.row.get(name) for name in names}})
    session.execute(_fresh_values(form.name), rows)


@cache
def _fresh_values(form: str) -> Update:
    table = TABLES[form]
    fresh = update(table).where(table.c.id == bindparam("b_id"))
    return fresh.values({name: bindparam(f"v_{name}") for name in CASEBOOK[form].derived_items})


def _insert_links(session: Session, form: Form, planned: Sequence[Planned], casebooks: Mapping[int, Casebook]) -> None:
    for name, link in form.links.items():
        if not link.many:
            continue
        rows = []
        for plan in planned:
            casebook = casebooks[plan.record.subject_id]
            own = casebook.records[form.name][plan.record.key].id
            for key in plan.record.row.get(name) or ():  # type: ignore[union-attr]
                target = casebook.records[link.form][str(key)].id
                rows.append({"subject_id": plan.record.subject_id, "record_id": own, "target_id": target})
        if rows:
            session.execute(insert(LINK_TABLES[form.name, name]), rows)


def _stored(form: Form, record: Record, casebook: Casebook) -> dict[str, Any]:
    ids = {
        str(record.row[name]): casebook.records[link.form][str(record.row[name])].id
        for name, link in form.links.items()
        if not link.many and record.row.get(name)
    }
    state = {name: getattr(record, name) for name in RECORD_STATE}
    return {"key": record.key, "subject_id": record.subject_id, **state, **to_columns(form, record.row, ids)}


def to_columns(form: Form, row: Row, ids: Mapping[str, int]) -> dict[str, Any]:
    """Return column -> stored value for the answers of a row; ``ids`` turns record keys into row ids."""
    flavours: dict[str, str] = {}
    stored: dict[str, Any] = {**_UNANSWERED[form.name], "null_flavours": flavours}
    for name, item in form.items.items():
        value = row.get(name)
        if value is None:
            continue
        if isinstance(value, NullFlavour):
            flavours[name] = value.value
        elif isinstance(item, Link):
            if not item.many:
                stored[f"{name}_id"] = ids[str(value)] if value else None
        elif isinstance(value, Measurement):
            stored[name] = value.value
            for part in ("sign", "unit_typed", "text_typed"):
                stored[f"{name}_{part}"] = getattr(value, part)
        elif isinstance(item, MultiChoice):
            stored[name] = list(value) if isinstance(value, tuple) else None
        else:
            stored[name] = value.text if isinstance(value, PartialDate) else value
    return stored


_UNANSWERED: dict[str, dict[str, None]] = {
    name: dict.fromkeys(column for key, item in form.items.items() for column in column_types(key, item))
    for name, form in CASEBOOK.items()
}
"""Form -> its answer columns, all empty."""
