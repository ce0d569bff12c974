"""What is stored of children, read as records: one statement per form, whatever their number."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    CompoundSelect,
    Connection,
    Select,
    Table,
    bindparam,
    exists,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from forms.casebook import CASEBOOK
from forms.form import Form
from forms.items import Day, Item, Link, Measured, Moment, MultiChoice
from forms.values import Measurement, NullFlavour, PartialDate, Row, Value, answer, earliest
from registry.tables import LINK_TABLES, RECORD_FIELDS, TABLES

Store = Connection | Session
"""Where rows are read: anything that executes statements."""

ENTERED_AT = RECORD_FIELDS.index("entered_at")
"""Where the moment of entry stands in a stored row: a rule may know it too."""

FLAVOURS = len(RECORD_FIELDS)
"""Where the null flavours stand in a stored row: behind the record's own fields, before the answers."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """One stored record of a child: its answers as values, and what the registry knows about it."""

    id: int
    key: str
    form: str
    subject_id: int
    instance: int
    revision: int
    form_version: int
    entered_at: datetime
    completed_at: datetime | None
    voided_at: datetime | None
    row: Row

    @property
    def is_complete(self) -> bool:
        """Tell whether the coordinator marked it complete."""
        return self.completed_at is not None


def in_order_of_time(form: Form, records: Iterable[Record]) -> tuple[Record, ...]:
    """Return the records of a form as what they tell of happened, undated ones at the end."""

    def place(record: Record) -> tuple[datetime, int]:
        at = earliest(answer(record.row, form.day_item)) if form.day_item else None
        return at or datetime.max, record.instance

    return tuple(sorted(records, key=place))


Keys = Mapping[tuple[str, int], str]
"""(form, row id) -> record key, for the records that others link to."""

Convert = Callable[[Any, Sequence[Any], Keys], Value]


@dataclass(frozen=True, kw_only=True)
class _Field:
    """Where an answer stands in a stored row, and how it becomes a value (None: as it is)."""

    name: str
    position: int
    convert: Convert | None


def _fields(form: Form) -> tuple[_Field, ...]:
    positions = {column.name: place for place, column in enumerate(TABLES[form.name].columns)}
    found = []
    for name, item in form.items.items():
        if isinstance(item, Link):
            if not item.many:
                found.append(_Field(name=name, position=positions[f"{name}_id"], convert=_to_key(item.form)))
        else:
            found.append(_Field(name=name, position=positions[name], convert=_converter(item, positions[name])))
    return tuple(found)


def _to_key(form: str) -> Convert:
    return lambda value, _row, keys: keys[form, value]


def _converter(item: Item, position: int) -> Convert | None:
    if isinstance(item, Measured):
        return lambda value, row, _keys: Measurement(
            value=value,
            sign=row[position + 1] or "",
            unit_typed=row[position + 2] or "",
            text_typed=row[position + 3] or "",
        )
    if isinstance(item, MultiChoice):
        return lambda value, _row, _keys: tuple(value)
    if isinstance(item, (Day, Moment)) and item.partial:
        return lambda value, _row, _keys: PartialDate(value)
    return None


def _select(name: str, *, voided: bool, single: bool) -> Select[Any]:
    # An IN list is written into the statement anew each time it runs: for one child an equality is much cheaper.
    table: Table = TABLES[name]
    wanted: BindParameter[Any] = bindparam("subjects", expanding=not single)
    of_these = table.c.subject_id == wanted if single else table.c.subject_id.in_(wanted)
    statement = select(table).where(of_these).order_by(table.c.subject_id, table.c.instance)
    return statement if voided else statement.where(table.c.voided_at.is_(None))


_BOTH = (True, False)
_SELECTS = {
    (name, voided, single): _select(name, voided=voided, single=single)
    for name in CASEBOOK
    for voided in _BOTH
    for single in _BOTH
}
_FIELDS: dict[str, tuple[_Field, ...]] = {name: _fields(form) for name, form in CASEBOOK.items()}


def _filled(connection: Connection, names: list[str], subject_ids: list[int]) -> Collection[str]:
    """Return the forms worth reading: of one child, those it has a row of, since most of its forms are empty."""
    if len(subject_ids) != 1 or len(names) < 2:
        return names
    return connection.execute(_which_are_filled(tuple(names)), {"subject": subject_ids[0]}).scalars().all()


@cache
def _which_are_filled(names: tuple[str, ...]) -> CompoundSelect[Any]:
    child: BindParameter[int] = bindparam("subject")
    rows = ((name, TABLES[name].c.subject_id == child) for name in names)
    return union_all(*(select(literal_column(f"'{name}'")).where(exists().where(of_child)) for name, of_child in rows))


def read_records(
    store: Store, forms: Iterable[str], subject_ids: Iterable[int], *, voided: bool = False
) -> dict[str, list[Record]]:
    """Return the records of some children by form, in order of instance; voided ones only when asked.

    At most one statement per form and per link table, whatever the number of children.
    """
    connection = store if isinstance(store, Connection) else store.connection()
    names, wanted = list(forms), list(subject_ids)
    filled = _filled(connection, names, wanted)
    stored = {name: _read_form(connection, name, wanted, voided=voided) if name in filled else [] for name in names}
    keys: dict[tuple[str, int], str] = {}
    for name in sorted({link.form for form, rows in stored.items() if rows for link in CASEBOOK[form].links.values()}):
        keys |= dict(_keys(connection, name, wanted, stored[name] if voided and name in stored else None))
    found: dict[str, list[Record]] = {}
    for name, rows in stored.items():
        form = CASEBOOK[name]
        links = [link for link, item in form.links.items() if item.many] if rows else []
        many = {link: _read_many(connection, form, link, wanted, keys) for link in links}
        found[name] = [_record(form, row, keys, many) for row in rows]
    return found


StoredRows = list[tuple[Any, ...]]


def _read_form(connection: Connection, name: str, subject_ids: list[int], *, voided: bool) -> StoredRows:
    single = len(subject_ids) == 1
    wanted = subject_ids[0] if single else subject_ids
    return [tuple(row) for row in connection.execute(_SELECTS[name, voided, single], {"subjects": wanted})]


def _keys(
    connection: Connection, name: str, subject_ids: list[int], known: StoredRows | None
) -> Iterator[tuple[tuple[str, int], str]]:
    table = TABLES[name]
    if known is not None:
        return (((name, row[0]), row[1]) for row in known)
    rows = connection.execute(select(table.c.id, table.c.key).where(table.c.subject_id.in_(subject_ids)))
    return (((name, id_), key) for id_, key in rows)


def _read_many(
    connection: Connection, form: Form, name: str, subject_ids: list[int], keys: Keys
) -> dict[int, tuple[str, ...]]:
    table = LINK_TABLES[form.name, name]
    target = form.links[name].form
    found: dict[int, list[str]] = {}
    rows = connection.execute(select(table.c.record_id, table.c.target_id).where(table.c.subject_id.in_(subject_ids)))
    for record_id, target_id in rows:
        found.setdefault(record_id, []).append(keys[target, target_id])
    return {record_id: tuple(sorted(linked)) for record_id, linked in found.items()}


def _record(form: Form, stored: Sequence[Any], keys: Keys, many: Mapping[str, Mapping[int, tuple[str, ...]]]) -> Record:
    flavours = stored[FLAVOURS]
    row: dict[str, Value] = {"key": stored[1], "entered_at": stored[ENTERED_AT]}
    for field in _FIELDS[form.name]:
        value = stored[field.position]
        if value is None:
            row[field.name] = NullFlavour(flavours[field.name]) if field.name in flavours else None
        else:
            row[field.name] = field.convert(value, stored, keys) if field.convert else value
    for name, linked in many.items():
        row[name] = linked.get(stored[0])
    return Record(form=form.name, row=row, **dict(zip(RECORD_FIELDS, stored[: len(RECORD_FIELDS)], strict=True)))
