"""No column is forgotten: `audit verify` finds an edit of each one, or NOT_VOUCHED says that it does not, and why."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection, Table
from sqlalchemy.exc import DBAPIError

from entries import stored
from every_table import another, fill_every_table, last_rows, this_row
from forms.casebook import CASEBOOK
from forms.items import Link
from registry import triggers
from registry.audit_tables import IS_DERIVED
from registry.audit_verify import verify
from registry.audited import AUDITED, EVERY_FORM, NOT_VOUCHED, RECORD_STATE
from registry.database import Base, db
from registry.tables import column_types
from study import SharedStudy, Study

ARCHITECTURE = Path(__file__).resolve().parent.parent / "docs" / "architecture.md"
ALL: dict[str, Table] = dict(Base.metadata.tables)
WHOLE = {one.table for one in NOT_VOUCHED if not one.columns}
Values = dict[str, Any]


def is_listed(table: str, column: str) -> bool:
    names = (table, EVERY_FORM) if table in CASEBOOK else (table,)
    return table in WHOLE or any(one.table in names and column in one.columns for one in NOT_VOUCHED)


VOUCHED = [
    (name, column.name) for name, table in ALL.items() for column in table.columns if not is_listed(name, column.name)
]
ITEMS = {
    (form.name, column): (item, place)
    for form in CASEBOOK.values()
    for item, declared in form.items.items()
    if not isinstance(declared, Link)
    for place, column in enumerate(column_types(item, declared))
}
"""Form and column -> the item it stores, and its place among the columns of that item."""
TOGETHER = {(name, column) for name in CASEBOOK for column in RECORD_STATE if column != "voided_at"} | {
    pair for pair, (item, _) in ITEMS.items() if item in CASEBOOK[pair[0]].typed_items
}
"""Columns whose edits are named one by one, so that those of all forms are made and looked for at once."""
DERIVED = {pair for pair in ITEMS if pair not in TOGETHER}
ALONE = [pair for pair in VOUCHED if pair not in TOGETHER | DERIVED]


@pytest.fixture(scope="module")
def shared(share_study: Callable[..., SharedStudy]) -> SharedStudy:
    return share_study(fill_every_table)


@pytest.fixture
def filled(shared: SharedStudy, tmp_path: Path) -> Iterator[Study]:
    """Yield a study with a row in every table; what a test does to it is undone."""
    with shared.lent(tmp_path) as study:
        yield study


def found_after(change: Callable[[Connection], object]) -> list[str]:
    """Return what the proof finds after a change past the registry, which is undone; the engine may refuse it."""
    connection = db.session.connection()
    db.session.expire_all()
    undone = connection.begin_nested()
    try:
        if connection.dialect.name == "sqlite":
            connection.execute(sa.text("PRAGMA defer_foreign_keys = ON"))
        triggers.drop_triggers(connection)
        change(connection)
        return verify(db.session)
    except DBAPIError as refused:
        return [f"refused: {refused.orig}"]
    finally:
        undone.rollback()
        db.session.expire_all()


def edit(connection: Connection, name: str, columns: list[str]) -> None:
    """Give columns of the row that was entered last into a table other values."""
    table = ALL[name]
    [row] = last_rows(connection, table)
    values = {column: another(table.c[column], row._mapping[column], connection) for column in columns}
    connection.execute(sa.update(table).where(this_row(table, row)).values(values))


def edit_all(pairs: set[tuple[str, str]]) -> Callable[[Connection], None]:
    """Return what edits columns of several tables at once."""

    def change(connection: Connection) -> None:
        for name in sorted({name for name, _ in pairs}):
            edit(connection, name, [column for table, column in sorted(pairs) if table == name])

    return change


def test_an_edit_of_any_column_of_the_machinery_or_the_log_is_found(filled: Study) -> None:
    assert verify(db.session) == []
    for name in ALL:
        assert last_rows(db.session.connection(), ALL[name]), f"{name}: give it a row in fill_every_table"
    unseen = [pair for pair in ALONE if not found_after(edit_all({pair}))]
    assert unseen == [], "take it into AUDITED, or name it with the reason in NOT_VOUCHED"


@pytest.mark.parametrize("place", sorted({place for _, place in ITEMS.values()}))
def test_an_edit_of_any_typed_answer_or_state_of_a_record_is_found(filled: Study, place: int) -> None:
    pairs = {pair for pair in TOGETHER if ITEMS.get(pair, ("", 0))[1] == place}
    keys = {name: stored(filled.subject, name)[-1].key for name in CASEBOOK}
    problems = set(found_after(edit_all(pairs)))
    unseen = []
    for name, column in sorted(pairs):
        item, _ = ITEMS.get((name, column), (column, 0))
        told = f"{item} was changed outside the registry", f"column {column} holds what belongs to no answer"
        if not problems & {f"{name} {keys[name]}: {words}" for words in told}:
            unseen.append((name, column))
    assert unseen == []


def test_an_edit_of_any_derived_value_is_found(filled: Study) -> None:
    keys = {name: stored(filled.subject, name)[-1].key for name in CASEBOOK}
    problems = set(found_after(edit_all(DERIVED)))
    told = {
        f"{name} {keys[name]}: the derived value of {ITEMS[name, column][0]} {IS_DERIVED}" for name, column in DERIVED
    }
    assert told - problems == set()


@pytest.mark.parametrize("name", [name for name in ALL if name not in WHOLE])
def test_a_row_taken_away_or_added_is_found(filled: Study, name: str) -> None:
    table = ALL[name]

    def take_away(connection: Connection) -> None:
        connection.execute(sa.delete(table).where(this_row(table, last_rows(connection, table)[0])))

    def add(connection: Connection) -> None:
        [row] = last_rows(connection, table)
        connection.execute(sa.insert(table).values(_beside(connection, table, dict(row._mapping))))

    assert found_after(take_away)
    assert found_after(add)


def _beside(connection: Connection, table: Table, values: Values) -> Values:
    """Return the values of a row as plausible ones of another: what must be unique is made so."""
    unique = {
        column.name
        for one in table.constraints
        if isinstance(one, sa.UniqueConstraint | sa.PrimaryKeyConstraint)
        for column in one.columns
        if not column.foreign_keys and column.name != "rule_set"
    }
    made = {name: another(table.c[name], values[name], connection) for name in unique}
    return {**values, **made}


@pytest.mark.parametrize("name", [name for name in AUDITED if "id" in AUDITED[name]])
def test_two_rows_in_each_others_place_are_found(filled: Study, name: str) -> None:
    """A range that is entered again corrects the one before it, and the newest release counts: order says something."""
    table = ALL[name]
    rows = last_rows(db.session.connection(), table, 2)
    if len(rows) < 2:
        assert found_after(edit_all({(name, "id")}))
        return

    def swap(connection: Connection) -> None:
        for old, new in ((rows[0].id, -1), (rows[1].id, rows[0].id), (-1, rows[1].id)):
            connection.execute(sa.update(table).where(table.c.id == old).values(id=new))

    assert found_after(swap)


def test_an_item_of_a_data_query_that_stands_there_twice_is_found(filled: Study) -> None:
    table = ALL["data_query_anchor"]

    def add(connection: Connection) -> None:
        [row] = last_rows(connection, table)
        connection.execute(sa.insert(table).values({**row._mapping, "id": row.id + 1}))

    assert any("the items it is about were changed" in problem for problem in found_after(add))
