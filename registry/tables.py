"""One wide typed table per case report form, derived from its declaration; rows in, rows out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy import BindParameter, Column, Connection, Integer, Select, String, Table, bindparam, select
from sqlalchemy.orm import Session

from forms.casebook import CASEBOOK
from forms.form import Form
from forms.items import Choice, Count, Day, Derived, Item, Link, Measured, Moment, MultiChoice, Number, Text, YesNo
from forms.values import Measurement, NullFlavour, PartialDate, Row, Value, plain
from registry.database import Base, Exact, Json

RECORD_FIELDS = (
    "id",
    "key",
    "subject_id",
    "instance",
    "revision",
    "form_version",
    "entered_at",
    "completed_at",
    "voided_at",
)

Store = Connection | Session
"""Where rows are read: anything that executes statements."""


def _numeric(item: Number | Measured) -> Exact:
    return Exact(item.digits + item.decimals, item.decimals)


def column_types(name: str, item: Item) -> dict[str, Any]:
    """Return column name -> type for the storage of one item (a many-link has its own table)."""
    kind = item.result if isinstance(item, Derived) else item
    if isinstance(kind, Measured):
        texts = {f"{name}_sign": String(1), f"{name}_unit_typed": String(30), f"{name}_text_typed": String(60)}
        return {name: _numeric(kind), **texts}
    if isinstance(kind, Link):
        return {} if kind.many else {f"{name}_id": Integer()}
    if isinstance(kind, (Day, Moment)) and kind.partial:
        return {name: String(16)}
    if isinstance(kind, Number):
        return {name: _numeric(kind)}
    simple: list[tuple[type[Item], Any]] = [
        (Day, sa.Date()),
        (Moment, sa.DateTime()),
        (Count, Integer()),
        (Choice, String(60)),
        (MultiChoice, Json()),
        (YesNo, sa.Boolean()),
        (Text, sa.Text()),
    ]
    return next({name: type_} for class_, type_ in simple if isinstance(kind, class_))


def _build(form: Form) -> Table:
    columns: list[Any] = [
        Column("id", Integer, primary_key=True),
        Column("key", String(36), nullable=False, unique=True),
        Column("subject_id", Integer, sa.ForeignKey("subject.id"), nullable=False),
        Column("instance", Integer, nullable=False),
        Column("revision", Integer, nullable=False),
        Column("form_version", Integer, nullable=False),
        Column("entered_at", sa.DateTime, nullable=False),
        Column("completed_at", sa.DateTime),
        Column("voided_at", sa.DateTime),
        Column("null_flavours", Json, nullable=False),
    ]
    constraints: list[Any] = [sa.UniqueConstraint("subject_id", "instance"), sa.UniqueConstraint("subject_id", "id")]
    for name, item in form.items.items():
        columns += [Column(column, type_) for column, type_ in column_types(name, item).items()]
        if isinstance(item, Link) and not item.many:
            target = [f"{item.form}.subject_id", f"{item.form}.id"]
            constraints.append(sa.ForeignKeyConstraint(["subject_id", f"{name}_id"], target))
    return Table(form.name, Base.metadata, *columns, *constraints)


def _build_many(form: Form, name: str, link: Link) -> Table:
    return Table(
        f"{form.name}_{name}",
        Base.metadata,
        Column("subject_id", Integer, nullable=False),
        Column("record_id", Integer, primary_key=True),
        Column("target_id", Integer, primary_key=True),
        sa.ForeignKeyConstraint(["subject_id", "record_id"], [f"{form.name}.subject_id", f"{form.name}.id"]),
        sa.ForeignKeyConstraint(["subject_id", "target_id"], [f"{link.form}.subject_id", f"{link.form}.id"]),
    )


TABLES: dict[str, Table] = {name: _build(form) for name, form in CASEBOOK.items()}
LINK_TABLES: dict[tuple[str, str], Table] = {
    (form.name, name): _build_many(form, name, item)
    for form in CASEBOOK.values()
    for name, item in form.links.items()
    if item.many
}


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


def read_records(
    store: Store, forms: Iterable[str], subject_ids: Iterable[int], *, voided: bool = False
) -> dict[str, list[Record]]:
    """Return the records of some children by form, in order of instance; voided ones only when asked.

    One statement per form and per link table, whatever the number of children.
    """
    connection = store if isinstance(store, Connection) else store.connection()
    wanted = list(subject_ids)
    stored = {name: _read_form(connection, name, wanted, voided=voided) for name in forms}
    keys: dict[tuple[str, int], str] = {}
    for name in sorted({link.form for form in stored for link in CASEBOOK[form].links.values()}):
        keys |= dict(_keys(connection, name, wanted, stored[name] if voided and name in stored else None))
    found: dict[str, list[Record]] = {}
    for name, rows in stored.items():
        form = CASEBOOK[name]
        links = [link for link, item in form.links.items() if item.many]
        many = {link: _read_many(connection, form, link, wanted, keys) for link in links}
        found[name] = [_record(form, row, keys, many) for row in rows]
    return found


Stored = list[tuple[Any, ...]]


def _read_form(connection: Connection, name: str, subject_ids: list[int], *, voided: bool) -> Stored:
    single = len(subject_ids) == 1
    wanted = subject_ids[0] if single else subject_ids
    return [tuple(row) for row in connection.execute(_SELECTS[name, voided, single], {"subjects": wanted})]


def _keys(
    connection: Connection, name: str, subject_ids: list[int], known: Stored | None
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


def canonical(item: Item, value: Value) -> Any:
    """Return an answer as the plain data that the change log keeps; equal answers give equal data."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, NullFlavour):
        return {"missing": value.value}
    if isinstance(value, Measurement):
        number = _decimal_text(item, value.value)
        return {
            "value": f"{value.sign}{number}",
            "unit": item.unit,
            "as_typed": value.text_typed,
            "unit_typed": value.unit_typed,
        }
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, Decimal):
        return _decimal_text(item, value)
    if isinstance(value, PartialDate):
        return value.text
    assert isinstance(value, (date, datetime))
    return value.isoformat()


_PLAIN = frozenset({type(None), bool, int, str})
"""Types of answers that are plain data by themselves; a null flavour is none of them."""


def _decimal_text(item: Item, value: Decimal) -> str:
    kind = item.result if isinstance(item, Derived) else item
    assert isinstance(kind, (Number, Measured))
    return plain(value.quantize(_STEPS[kind.decimals]))


_STEPS = tuple(Decimal(1).scaleb(-decimals) for decimals in range(16))
