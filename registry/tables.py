"""One wide typed table per case report form, derived from its declaration, and its answers as plain data."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, Integer, String, Table

from forms.casebook import CASEBOOK
from forms.form import Form
from forms.items import Choice, Count, Day, Derived, Item, Link, Measured, Moment, MultiChoice, Number, Text, YesNo
from forms.values import Measurement, NullFlavour, PartialDate, Value, plain
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
