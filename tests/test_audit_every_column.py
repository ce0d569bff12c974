"""No column is forgotten: `audit verify` finds an edit of each one, or NOT_VOUCHED says that it does not, and why."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection, Table
from sqlalchemy.exc import DBAPIError

from entries import NOW, stored
from every_table import another, fill_every_table, last_rows, this_row
from forms.casebook import CASEBOOK
from forms.items import Link
from past_the_triggers import take_triggers_away
from registry import audit, records
from registry.accounts.invitations import accept
from registry.audit_tables import IS_DERIVED
from registry.audit_verify import disagreements, verify
from registry.audited import AUDITED, EVERY_FORM, NOT_VOUCHED, RECORD_STATE
from registry.database import Base, db
from registry.models import User, new_key
from registry.tables import column_types
from study import SharedStudy, Study

ARCHITECTURE = Path(__file__).resolve().parent.parent / "docs" / "architecture.md"
ALL: dict[str, Table] = dict(Base.metadata.tables)
WHOLE = {one.table for one in NOT_VOUCHED if not one.columns}
ONE_ROW = "chain_head"
REFUSED = "refused by the engine"
SHARED = ("subject_id", "site_id", "record_id", "rule_set", "status")
"""Columns that are unique only together with others, and need not differ between two rows."""
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
TYPED = {pair for pair, (item, _) in ITEMS.items() if item in CASEBOOK[pair[0]].typed_items}
DERIVED = ITEMS.keys() - TYPED
STATE = {(name, column) for name in CASEBOOK for column in RECORD_STATE if column != "voided_at"}
LOGGED = {
    (name, column)
    for name in AUDITED
    for column in AUDITED[name]
    if column != "id" and not ALL[name].c[column].foreign_keys
}
NAMED = TYPED | STATE | LOGGED
"""Columns whose edits are named one by one, so that those of all tables are made and looked for at once."""
ALONE = [pair for pair in VOUCHED if pair not in NAMED | DERIVED]


@pytest.fixture(scope="module")
def shared(share_study: Callable[..., SharedStudy]) -> SharedStudy:
    return share_study(fill_every_table)


@pytest.fixture
def filled(shared: SharedStudy, tmp_path: Path) -> Iterator[Study]:
    """Yield a study with a row in every table; what a test does to it is undone."""
    with shared.lent(tmp_path) as study:
        yield study


def first_found_after(change: Callable[[Connection], object]) -> str:
    """Return the first that the proof finds after a change past the registry; empty where it finds nothing."""
    return next(iter(found_after(change, most=1)), "")


def found_after(change: Callable[[Connection], object], *, most: int | None = None) -> list[str]:
    """Return what the proof finds after a change past the registry, which is undone; the engine may refuse it."""
    connection = db.session.connection()
    db.session.expire_all()
    undone = connection.begin_nested()
    try:
        if connection.dialect.name == "sqlite":
            connection.execute(sa.text("PRAGMA defer_foreign_keys = ON"))
        take_triggers_away(connection)
        change(connection)
        with closing(disagreements(db.session)) as found:
            # The guards that were taken away for it are missed as well, whatever the change was.
            return list(islice((one for one in found if not one.startswith("the guard ")), most))
    except DBAPIError as refused:
        return [f"{REFUSED}: {refused.orig}"]
    finally:
        undone.rollback()
        db.session.expire_all()


def edit(connection: Connection, name: str, columns: list[str]) -> None:
    """Give columns of the row that was entered last into a table other values."""
    table = ALL[name]
    [row] = last_rows(connection, table)
    values = {column: another(table.c[column], row._mapping[column], connection) for column in columns}
    connection.execute(sa.update(table).where(this_row(table, row)).values(values))


def last_keys() -> dict[str, str]:
    """Return table -> the key of its row that was entered last."""
    return {name: last_rows(db.session.connection(), ALL[name])[0].key for name in (*CASEBOOK, *AUDITED)}


def edit_all(pairs: set[tuple[str, str]]) -> Callable[[Connection], None]:
    """Return what edits columns of several tables at once."""

    def change(connection: Connection) -> None:
        for name in sorted({name for name, _ in pairs}):
            edit(connection, name, [column for table, column in sorted(pairs) if table == name])

    return change


def test_an_edit_of_any_other_column_is_found(filled: Study) -> None:
    assert verify(db.session) == []
    for name in ALL:
        assert last_rows(db.session.connection(), ALL[name]), f"{name}: give it a row in fill_every_table"
    unseen = [pair for pair in ALONE if not first_found_after(edit_all({pair}))]
    assert unseen == [], "take it into AUDITED, or name it with the reason in NOT_VOUCHED"


@pytest.mark.parametrize("place", sorted({place for _, place in ITEMS.values()}))
def test_an_edit_of_any_logged_column_is_named(filled: Study, place: int) -> None:
    pairs = {pair for pair in NAMED if ITEMS.get(pair, ("", 0))[1] == place}
    keys = last_keys()
    problems = set(found_after(edit_all(pairs)))
    unseen = []
    for name, column in sorted(pairs):
        item, _ = ITEMS.get((name, column), (column, 0))
        told = f"{item} was changed outside the registry", f"column {column} holds what belongs to no answer"
        if not problems & {f"{name} {keys[name]}: {words}" for words in told}:
            unseen.append((name, column))
    assert unseen == [], "a column that is in AUDITED is not held to the log"


def test_an_edit_of_any_derived_value_is_found(filled: Study) -> None:
    keys = last_keys()
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

    assert first_found_after(take_away)
    added = first_found_after(add)
    assert added
    assert name == ONE_ROW or not added.startswith(REFUSED), "the row was to be plausible"


def _beside(connection: Connection, table: Table, values: Values) -> Values:
    """Return the values of a row as plausible ones of another: what must be unique is made so."""
    alone = [one.columns for one in table.constraints if isinstance(one, sa.UniqueConstraint | sa.PrimaryKeyConstraint)]
    alone += [one.columns for one in table.indexes if one.unique and table.name not in WHOLE]
    unique = {column.name for columns in alone for column in columns if column.name not in SHARED}
    return {**values, **{name: another(table.c[name], values[name], connection) for name in unique}}


NUMBERS = {(name, "id") for name in ("baseline", "data_query_event", "data_query_anchor", "derivation")}
"""Of the ids that are not vouched for those to which nothing points."""
LISTED = [
    (name, column.name) for name, table in ALL.items() for column in table.columns if is_listed(name, column.name)
]


def test_what_is_listed_as_not_vouched_for_is_not_found(filled: Study) -> None:
    pairs = {one for one in LISTED if one in NUMBERS or one[1] != "id" or one[0] in WHOLE}
    assert found_after(edit_all(pairs)) == [], "take it off NOT_VOUCHED"


def test_the_list_of_what_is_not_vouched_for_names_columns_there_are() -> None:
    for one in NOT_VOUCHED:
        if one.table != EVERY_FORM:
            assert set(one.columns) <= set(ALL[one.table].columns.keys())
            assert not set(one.columns) & set(AUDITED.get(one.table, ()))


def test_a_derived_value_of_a_voided_record_is_not_vouched_for(filled: Study) -> None:
    child, [record] = filled.subject, stored(filled.subject, "support")
    form = CASEBOOK["support"]
    records.void(db.session, child, form, record.key, revision=1, by=filled.coordinator, at=NOW, reason="Not hers.")
    assert found_after(edit_all({("support", "study_day")})) == []


def test_the_architecture_shows_what_is_not_vouched_for() -> None:
    lines = ["| table | columns | why an edit of them is not found |", "|---|---|---|"]
    for one in NOT_VOUCHED:
        columns = ", ".join(f"`{name}`" if " " not in name else name for name in one.columns) or "all"
        lines.append(f"| {one.table if one.table == EVERY_FORM else f'`{one.table}`'} | {columns} | {one.why} |")
    text = "\n".join(lines)
    assert f"\n\n{text}\n\n" in ARCHITECTURE.read_text(encoding="utf-8"), f"docs/architecture.md should hold\n{text}"


def test_a_row_entered_before_the_log_kept_a_column_is_held_to_it_once_an_entry_names_it(filled: Study) -> None:
    before = {"email": "earlier@synthetic.example", "name": "Synthetic Earlier", "active": True, "is_demo": False}
    user = User(key=new_key(), created_at=NOW, **before)
    db.session.add(user)
    told = {name: [None, value] for name, value in before.items()}
    audit.write(db.session, by=None, at=NOW, table="user", record_key=user.key, changes=told, action="create")
    assert verify(db.session) == []
    assert found_after(edit_all({("user", "created_at"), ("user", "confirmed_at")})) == []
    assert found_after(edit_all({("user", "name")})) == [f"user {user.key}: name was changed outside the registry"]
    accept(db.session, user, "a synthetic password", at=NOW)
    assert verify(db.session) == []
    assert found_after(edit_all({("user", "created_at"), ("user", "confirmed_at")})) == [
        f"user {user.key}: confirmed_at was changed outside the registry"
    ]


@pytest.mark.parametrize("name", [name for name in AUDITED if "id" in AUDITED[name]])
def test_two_rows_in_each_others_place_are_found(filled: Study, name: str) -> None:
    """A range that is entered again corrects the one before it, and the newest release counts: order says something."""
    table = ALL[name]
    rows = last_rows(db.session.connection(), table, 2)
    if len(rows) < 2:
        assert first_found_after(edit_all({(name, "id")}))
        return

    def swap(connection: Connection) -> None:
        for old, new in ((rows[0].id, -1), (rows[1].id, rows[0].id), (-1, rows[1].id)):
            connection.execute(sa.update(table).where(table.c.id == old).values(id=new))

    assert first_found_after(swap)


def test_an_item_of_a_data_query_that_stands_there_twice_is_found(filled: Study) -> None:
    table = ALL["data_query_anchor"]

    def add(connection: Connection) -> None:
        [row] = last_rows(connection, table)
        connection.execute(sa.insert(table).values({**row._mapping, "id": row.id + 1}))

    assert any("the items it is about were changed" in problem for problem in found_after(add))


NOWHERE = re.compile(r"(\w+), row .+: what it points to in (\w+) is not there")
POINTING = [
    (name, key.column_keys[-1], key.referred_table.name)
    for name, table in ALL.items()
    for key in table.foreign_key_constraints
]


@pytest.mark.parametrize("of_children", [True, False])
def test_a_reference_that_leads_nowhere_is_found_where_the_key_was_dropped(filled: Study, of_children: bool) -> None:
    """Whoever owns a database in PostgreSQL can drop a key and put it back for the rows to come.

    A link between records leads nowhere too once the child does: so those to children have a turn of their own.
    """
    pointing = [one for one in POINTING if (one[1] == "subject_id") is of_children]
    nowhere: dict[str, Values] = {}
    for name, column, _ in pointing:
        nowhere.setdefault(name, {})[column] = "made up" if isinstance(ALL[name].c[column].type, sa.String) else 999
    rows = {name: last_rows(db.session.connection(), ALL[name])[0] for name in nowhere}

    def lead_nowhere(connection: Connection) -> None:
        if connection.dialect.name == "postgresql":
            _drop_keys(connection)
        for name, values in nowhere.items():
            connection.execute(sa.update(ALL[name]).where(this_row(ALL[name], rows[name])).values(values))

    problems = [NOWHERE.match(problem) for problem in found_after(lead_nowhere)]
    found = Counter(problem.groups() for problem in problems if problem)
    assert Counter((name, target) for name, _, target in pointing) <= found


def _drop_keys(connection: Connection) -> None:
    keys = "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype = 'f'"
    for of, key in connection.execute(sa.text(keys)).all():
        connection.execute(sa.text(f'ALTER TABLE {of} DROP CONSTRAINT "{key}"'))
