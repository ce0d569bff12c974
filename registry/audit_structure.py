"""The tables themselves: plain ones of the registry, in which what is unique stands once, and found by every index.

Whoever owns the database could put a view in the place of a table, which shows the proof one thing and everybody else
another, or a second row behind a key that the log knows. An index that leaves rows out hides them from the pages, which
look for them by it, and a view in the place of one of PostgreSQL's own tables hides what is strange.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, PrimaryKeyConstraint, Table, UniqueConstraint, func, select, text
from sqlalchemy.orm import Session

from registry.database import Base
from registry.triggers import lost_guards, path_before_the_catalog, strange_triggers


def check_structure(session: Session) -> Iterator[str]:
    """Yield what is strange about the tables, in one sentence each, whatever stands in them."""
    connection = session.connection()
    if path := path_before_the_catalog(connection):
        yield path
    yield from _strange_tables(connection)
    yield from lost_guards(connection)
    for table, name in strange_triggers(connection):
        yield (
            f"the trigger {name} of {table} is none of the registry's, by its name or by what it does: it could change "
            "or hide what is stored, or let through what the registry refuses"
        )
    for one in Base.metadata.tables.values():
        yield from _stored_twice(connection, one)


def check_indexes(session: Session) -> Iterator[str]:
    """Yield what SQLite finds amiss in its own file, such as rows that an index leaves out; it takes a while."""
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        said = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
        yield from (f"SQLite finds its file amiss: {one}" for one in said if one != "ok")


def _strange_tables(connection: Connection) -> Iterator[str]:
    if connection.dialect.name == "sqlite":
        plain = {name for (name,) in connection.execute(text(_SQLITE_PLAIN))}
        yield from (_NOT_PLAIN.format(name) for name in sorted(set(Base.metadata.tables) - plain))
        return
    schemas = set()
    for row in connection.execute(text(_POSTGRESQL_TABLES), {"names": list(Base.metadata.tables)}):
        schemas.add(row.schema)
        if row.kind != "r":
            yield _NOT_PLAIN.format(row.name)
        elif row.has_rules:
            yield f"{row.name} has rules of its own: what it shows or takes could depend on who asks"
        if row.has_heirs:
            yield f"other tables add their rows to {row.name}"
    if len(schemas) > 1:
        yield f"the tables lie in several schemas: {', '.join(sorted(schemas))}; one could stand in another's place"


_NOT_PLAIN = "{} is no plain table: what it shows could depend on who asks"
_SQLITE_PLAIN = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
_POSTGRESQL_TABLES = """
SELECT table_.relname AS name, table_.relkind::text AS kind, table_.relnamespace::regnamespace::text AS schema,
    table_.relrowsecurity OR EXISTS (SELECT FROM pg_rewrite WHERE ev_class = table_.oid) AS has_rules,
    EXISTS (SELECT FROM pg_inherits WHERE inhparent = table_.oid) AS has_heirs
FROM unnest(CAST(:names AS text[])) AS wanted JOIN pg_class AS table_ ON table_.oid = to_regclass(quote_ident(wanted))
ORDER BY table_.relname
"""


def _stored_twice(connection: Connection, table: Table) -> Iterator[str]:
    """Yield what must be unique in a table and stands there several times: its index was taken away."""
    unique = [one.columns for one in table.constraints if isinstance(one, (PrimaryKeyConstraint, UniqueConstraint))]
    for columns in sorted(unique, key=lambda columns: columns.keys()):
        several = select(*columns).where(*(column.is_not(None) for column in columns)).group_by(*columns)
        if connection.execute(several.having(func.count() > 1).limit(1)).first() is not None:
            names = ", ".join(column.name for column in columns)
            yield f"{table.name}: several rows have the same {names}, which the database was made to refuse"
