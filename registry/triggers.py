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


def lost_guards(connection: Connection) -> list[str]:
    """Return a sentence for each of them that is gone, switched off or does something else: what is there instead."""
    is_postgresql = connection.dialect.name == "postgresql"
    there = {(table, name): does for table, name, does in _found(connection)}
    lost = missing_triggers(connection)
    return [
        _how_lost(f"the guard {name} of {table}", there.get((table, name)), wanted)
        for table, name, wanted in sorted(_own(is_postgresql))
        if name in lost
    ]


def _how_lost(guard: str, found: str | None, wanted: str) -> str:
    if found is None:
        return f"{guard} is gone; it was “{wanted}”"
    if found == wanted:
        return f"{guard} is there and switched off"
    return f"{guard} was reworded: found was “{found}” in place of “{wanted}”"


def path_before_the_catalog(connection: Connection) -> str:
    """Return why what PostgreSQL tells of itself cannot be relied on, empty where it can.

    Where its own tables are looked for last, a view of the same name hides a trigger. This is asked in a way in which
    nothing can stand in the place of the answer.
    """
    if connection.dialect.name != "postgresql":
        return ""
    path = str(connection.exec_driver_sql("SHOW search_path").scalar_one())
    schemas = [schema.strip(' "') for schema in path.split(",")]
    if "pg_catalog" not in schemas[1:]:
        return ""
    return (
        f"the search path is “{path}”: what stands in another schema could hide what PostgreSQL tells of itself, such "
        "as a trigger. Take pg_catalog out of it (ALTER ROLE, ALTER DATABASE or the address of the database)"
    )


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
