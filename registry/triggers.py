"""The triggers that keep append-only tables append-only, and what each does; the migrations create them.

Whoever owns the database can give a trigger that does nothing the name of one of them, or its function another body.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, text

from registry.database import Base

APPEND_ONLY = ("change", "data_query_event", "adjudication")

Trigger = tuple[str, str, str]
"""Its table, its name, and what it does: the statement that creates it and, on PostgreSQL, the body of its function."""


def missing_triggers(connection: Connection) -> set[str]:
    """Return the names of the triggers that the database should have and that are gone, switched off or changed."""
    is_postgresql = connection.dialect.name == "postgresql"
    present = _found(connection, _SWITCHED_ON if is_postgresql else "")
    return {name for _, name, _ in _own(is_postgresql) - present}


def strange_triggers(connection: Connection) -> list[tuple[str, str]]:
    """Return (table, name) of each trigger on a table of the registry that does not do what one of its own does."""
    strange = _found(connection) - _own(connection.dialect.name == "postgresql")
    return sorted((table, name) for table, name, _ in strange if table in Base.metadata.tables)


def _found(connection: Connection, condition: str = "") -> set[Trigger]:
    statement = _FOUND_IN_POSTGRESQL if connection.dialect.name == "postgresql" else _FOUND_IN_SQLITE
    found = connection.execute(text(statement + condition))
    return {(table, name, _in_one_line(does)) for table, name, does in found}


_FOUND_IN_SQLITE = "SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'trigger'"
# With its settings: a function that looks elsewhere for a table does something else.
_FOUND_IN_POSTGRESQL = """
SELECT relname, tgname, concat_ws(' ', pg_get_triggerdef(pg_trigger.oid, true), lanname, proconfig, prosrc)
FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid JOIN pg_proc ON pg_proc.oid = tgfoid
    JOIN pg_language ON pg_language.oid = prolang
WHERE NOT tgisinternal AND pg_table_is_visible(tgrelid)
"""
_SWITCHED_ON = """
AND (tgenabled = 'A' OR tgenabled = 'O' AND current_setting('session_replication_role') <> 'replica')
"""


def _own(is_postgresql: bool) -> set[Trigger]:
    """Return the triggers of the registry, as the database tells of them."""
    own = _own_in_postgresql() if is_postgresql else _own_in_sqlite()
    return {(table, name, _in_one_line(f"CREATE TRIGGER {name} BEFORE {does}")) for table, name, does in own}


def _in_one_line(statement: str) -> str:
    return " ".join(statement.split())


def _own_in_sqlite() -> Iterator[Trigger]:
    for table in APPEND_ONLY:
        refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for action in ("update", "delete"):
            yield table, f"{table}_no_{action}", f"{action.upper()} ON {table} {refuse}"
        if table != "change":
            # INSERT OR REPLACE would delete the old row without firing the delete trigger.
            yield table, f"{table}_no_replace", f"INSERT ON {table} {_IS_THERE_IN_SQLITE.format(table)} {refuse}"
    yield "change", "change_in_sequence", _IN_SEQUENCE_IN_SQLITE


def _own_in_postgresql() -> Iterator[Trigger]:
    for table in APPEND_ONLY:
        for action in ("update", "delete", "truncate"):
            yield table, f"{table}_no_{action}", f"{action.upper()} ON {table} {_REFUSE_IN_POSTGRESQL}"
    yield "change", "change_in_sequence", _IN_SEQUENCE_IN_POSTGRESQL


_IS_THERE_IN_SQLITE = "WHEN EXISTS (SELECT 1 FROM {} WHERE id = NEW.id)"
_IN_SEQUENCE_IN_SQLITE = """INSERT ON change
WHEN EXISTS (SELECT 1 FROM change WHERE seq = NEW.seq)
    OR (NEW.seq > 1 AND NOT EXISTS (SELECT 1 FROM change WHERE seq = NEW.seq - 1 AND mac = NEW.previous))
    OR NEW.seq < 1
BEGIN SELECT RAISE(ABORT, 'change is written in sequence only'); END"""
_REFUSE_IN_POSTGRESQL = """FOR EACH STATEMENT EXECUTE FUNCTION refuse_change() plpgsql
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END"""
_IN_SEQUENCE_IN_POSTGRESQL = """INSERT ON change FOR EACH ROW EXECUTE FUNCTION change_in_sequence() plpgsql
BEGIN
    IF NEW.seq < 1 OR (NEW.seq > 1 AND NOT EXISTS (
        SELECT 1 FROM change WHERE seq = NEW.seq - 1 AND mac = NEW.previous)) THEN
        RAISE EXCEPTION 'change is written in sequence only';
    END IF;
    RETURN NEW;
END"""
