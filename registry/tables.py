"""One wide typed table per case report form, derived from its declaration; rows in, rows out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    RowMapping,
    String,
    Table,
    UniqueConstraint,
    select,
)
from sqlalchemy import (
    Text as LongText,
)
from sqlalchemy.orm import Session

from forms.casebook import CASEBOOK
from forms.form import Form
from forms.items import Choice, Count, Day, Derived, Item, Link, Measured, Moment, MultiChoice, Number, Text, YesNo
from forms.values import Answer, Measurement, NullFlavour, PartialDate, Row, Value, plain
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


def _column_types(name: str, item: Item) -> dict[str, Any]:
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
        (Day, Date()),
        (Moment, DateTime()),
        (Count, Integer()),
        (Choice, String(60)),
        (MultiChoice, Json()),
        (YesNo, Boolean()),
        (Text, LongText()),
    ]
    return next({name: type_} for class_, type_ in simple if isinstance(kind, class_))


def _build(form: Form) -> Table:
    columns: list[Any] = [
        Column("id", Integer, primary_key=True),
        Column("key", String(36), nullable=False, unique=True),
        Column("subject_id", Integer, ForeignKey("subject.id"), nullable=False),
        Column("instance", Integer, nullable=False),
        Column("revision", Integer, nullable=False),
        Column("form_version", Integer, nullable=False),
        Column("entered_at", DateTime, nullable=False),
        Column("completed_at", DateTime),
        Column("voided_at", DateTime),
        Column("null_flavours", Json, nullable=False),
    ]
    constraints: list[Any] = [UniqueConstraint("subject_id", "instance"), UniqueConstraint("subject_id", "id")]
    for name, item in form.items.items():
        columns += [Column(column, type_) for column, type_ in _column_types(name, item).items()]
        if isinstance(item, Link) and not item.many:
            target = [f"{item.form}.subject_id", f"{item.form}.id"]
            constraints.append(ForeignKeyConstraint(["subject_id", f"{name}_id"], target))
    return Table(form.name, Base.metadata, *columns, *constraints)


def _build_many(form: Form, name: str, link: Link) -> Table:
    return Table(
        f"{form.name}_{name}",
        Base.metadata,
        Column("subject_id", Integer, nullable=False),
        Column("record_id", Integer, primary_key=True),
        Column("target_id", Integer, primary_key=True),
        ForeignKeyConstraint(["subject_id", "record_id"], [f"{form.name}.subject_id", f"{form.name}.id"]),
        ForeignKeyConstraint(["subject_id", "target_id"], [f"{link.form}.subject_id", f"{link.form}.id"]),
    )


TABLES: dict[str, Table] = {name: _build(form) for name, form in CASEBOOK.items()}
LINK_TABLES: dict[tuple[str, str], Table] = {
    (form.name, name): _build_many(form, name, item)
    for form in CASEBOOK.values()
    for name, item in form.links.items()
    if item.many
}


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


def to_columns(form: Form, row: Row, ids: Mapping[str, int]) -> dict[str, Any]:
    """Return column -> stored value for the answers of a row; ``ids`` turns record keys into row ids."""
    flavours: dict[str, str] = {}
    stored: dict[str, Any] = {}
    for name, item in form.items.items():
        value = row.get(name)
        if isinstance(value, NullFlavour):
            flavours[name] = value.value
            value = None
        if isinstance(item, Link):
            if not item.many:
                stored[f"{name}_id"] = ids[str(value)] if value else None
        elif isinstance(item, Measured):
            known = value if isinstance(value, Measurement) else None
            stored[name] = known.value if known else None
            for part in ("sign", "unit_typed", "text_typed"):
                stored[f"{name}_{part}"] = getattr(known, part) if known else None
        elif isinstance(item, MultiChoice):
            stored[name] = list(value) if isinstance(value, tuple) else None
        else:
            stored[name] = value.text if isinstance(value, PartialDate) else value
    stored["null_flavours"] = flavours
    return stored


def _answer(name: str, item: Item, stored: RowMapping, keys: Mapping[tuple[str, int], str]) -> Value:
    if isinstance(item, Link):
        target = stored[f"{name}_id"]
        return keys[item.form, target] if target is not None else None
    value = stored[name]
    if value is None:
        flavour = stored["null_flavours"].get(name)
        return NullFlavour(flavour) if flavour else None
    if isinstance(item, Measured):
        sign, unit, text = (stored[f"{name}_{part}"] or "" for part in ("sign", "unit_typed", "text_typed"))
        return Measurement(value=value, sign=sign, unit_typed=unit, text_typed=text)
    if isinstance(item, MultiChoice):
        return tuple(value)
    if isinstance(item, (Day, Moment)) and item.partial:
        return PartialDate(value)
    return cast(Answer, value)


def read_records(
    connection: Store, forms: Iterable[str], subject_ids: Iterable[int], *, voided: bool = False
) -> dict[str, list[Record]]:
    """Return the records of some children by form, in order of instance; voided ones only when asked.

    One statement per form and per link table, whatever the number of children.
    """
    wanted = list(subject_ids)
    names = list(forms)
    linked = {link.form for name in names for link in CASEBOOK[name].links.values()}
    keys: dict[tuple[str, int], str] = {}
    for name in sorted(linked):
        table = TABLES[name]
        for id_, key in connection.execute(select(table.c.id, table.c.key).where(table.c.subject_id.in_(wanted))):
            keys[name, id_] = key
    return {name: _read_form(connection, CASEBOOK[name], wanted, keys, voided=voided) for name in names}


def _read_form(
    connection: Store,
    form: Form,
    subject_ids: list[int],
    keys: Mapping[tuple[str, int], str],
    *,
    voided: bool,
) -> list[Record]:
    table = TABLES[form.name]
    statement = select(table).where(table.c.subject_id.in_(subject_ids)).order_by(table.c.subject_id, table.c.instance)
    if not voided:
        statement = statement.where(table.c.voided_at.is_(None))
    many = {
        name: _read_many(connection, form, name, subject_ids, keys) for name, link in form.links.items() if link.many
    }
    return [to_record(form, stored, keys, many) for stored in connection.execute(statement).mappings()]


def _read_many(
    connection: Store, form: Form, name: str, subject_ids: list[int], keys: Mapping[tuple[str, int], str]
) -> dict[int, tuple[str, ...]]:
    table = LINK_TABLES[form.name, name]
    target = form.links[name].form
    found: dict[int, list[str]] = {}
    rows = connection.execute(select(table.c.record_id, table.c.target_id).where(table.c.subject_id.in_(subject_ids)))
    for record_id, target_id in rows:
        found.setdefault(record_id, []).append(keys[target, target_id])
    return {record_id: tuple(sorted(linked)) for record_id, linked in found.items()}


def to_record(
    form: Form,
    stored: RowMapping,
    keys: Mapping[tuple[str, int], str],
    many: Mapping[str, Mapping[int, tuple[str, ...]]],
) -> Record:
    """Return the record that a stored row of a form's table holds."""
    row: dict[str, Value] = {"key": stored["key"]}
    for name, item in form.items.items():
        if isinstance(item, Link) and item.many:
            row[name] = many[name].get(stored["id"])
        else:
            row[name] = _answer(name, item, stored, keys)
    return Record(form=form.name, row=row, **{field: stored[field] for field in RECORD_FIELDS})


def canonical(item: Item, value: Value) -> Any:
    """Return an answer as the plain data that the change log keeps; equal answers give equal data."""
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, NullFlavour):
        return {"missing": value.value}
    if isinstance(value, Measurement):
        number = _decimal_text(item, value.value)
        return {"value": f"{value.sign}{number}", "unit": item.unit, "as_typed": value.text_typed, "unit_typed": value.unit_typed}
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, Decimal):
        return _decimal_text(item, value)
    return (
        value.isoformat()
        if isinstance(value, (date, datetime))
        else str(value if isinstance(value, str) else value.text)
    )


def _decimal_text(item: Item, value: Decimal) -> str:
    kind = item.result if isinstance(item, Derived) else item
    assert isinstance(kind, (Number, Measured))
    return plain(value.quantize(Decimal(1).scaleb(-kind.decimals)))
