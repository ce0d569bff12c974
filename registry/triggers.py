"""Triggers that keep append-only tables append-only, on both engines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, text

APPEND_ONLY = ("change", "data_query_event", "adjudication")

_NO_REPLACE = """CREATE TRIGGER TABLE_no_replace BEFORE INSERT ON TABLE
        WHEN EXISTS (SELECT 1 FROM TABLE WHERE id = NEW.id)
        BEGIN SELECT RAISE(ABORT, 'TABLE is append-only'); END"""

_SQLITE = {
    **{
        f"{table}_no_{action}": f"""CREATE TRIGGER {table}_no_{action} BEFORE {action.upper()} ON {table}
        BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"""
        for table in APPEND_ONLY
        for action in ("update", "delete")
    },
    "change_in_sequence": """CREATE TRIGGER change_in_sequence BEFORE INSERT ON change
        WHEN EXISTS (SELECT 1 FROM change WHERE seq = NEW.seq)
          OR (NEW.seq > 1 AND NOT EXISTS (SELECT 1 FROM change WHERE seq = NEW.seq - 1 AND mac = NEW.previous))
          OR NEW.seq < 1
        BEGIN SELECT RAISE(ABORT, 'change is written in sequence only'); END""",
    # INSERT OR REPLACE would delete the old row without firing the delete trigger.
    **{f"{table}_no_replace": _NO_REPLACE.replace("TABLE", table) for table in APPEND_ONLY if table != "change"},
}

_POSTGRESQL_FUNCTIONS = {
    "refuse_change": """CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$""",
    "change_in_sequence": """CREATE FUNCTION change_in_sequence() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF NEW.seq < 1 OR (NEW.seq > 1 AND NOT EXISTS (
              SELECT 1 FROM change WHERE seq = NEW.seq - 1 AND mac = NEW.previous)) THEN
            RAISE EXCEPTION 'change is written in sequence only';
          END IF;
          RETURN NEW;
        END $$""",
}
_POSTGRESQL = {
    **{
        f"{table}_no_{action}": f"""CREATE TRIGGER {table}_no_{action} BEFORE {action.upper()} ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"""
        for table in APPEND_ONLY
        for action in ("update", "delete", "truncate")
    },
    "change_in_sequence": """CREATE TRIGGER change_in_sequence BEFORE INSERT ON change
        FOR EACH ROW EXECUTE FUNCTION change_in_sequence()""",
}


def create_triggers(connection: Connection, tables: Iterable[str] = APPEND_ONLY) -> None:
    """Create the triggers of some append-only tables, on PostgreSQL with the functions they call."""
    if connection.dialect.name == "postgresql":
        present = set(connection.execute(text("SELECT proname FROM pg_proc")).scalars())
        for name, statement in _POSTGRESQL_FUNCTIONS.items():
            if name not in present:
                connection.execute(text(statement))
    for statement in _of(_triggers(connection), tables).values():
        connection.execute(text(statement))


def drop_triggers(connection: Connection, tables: Iterable[str] = APPEND_ONLY) -> None:
    """Drop the triggers of some append-only tables; with those of the change log, the functions they call."""
    wanted = tuple(tables)
    for name in _of(_triggers(connection), wanted):
        on = f" ON {_table_of(name)}" if connection.dialect.name == "postgresql" else ""
        connection.execute(text(f"DROP TRIGGER {name}{on}"))
    if connection.dialect.name == "postgresql" and "change" in wanted:
        for name in _POSTGRESQL_FUNCTIONS:
            connection.execute(text(f"DROP FUNCTION {name}()"))


def _triggers(connection: Connection) -> Mapping[str, str]:
    return _POSTGRESQL if connection.dialect.name == "postgresql" else _SQLITE


def _of(statements: Mapping[str, str], tables: Iterable[str]) -> dict[str, str]:
    wanted = set(tables)
    return {name: statement for name, statement in statements.items() if _table_of(name) in wanted}


def _table_of(trigger: str) -> str:
    return next(table for table in APPEND_ONLY if trigger.startswith(f"{table}_"))


def missing_triggers(connection: Connection) -> set[str]:
    """Return the names of the triggers that the database should have and has not."""
    if connection.dialect.name == "postgresql":
        present = connection.execute(text("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"))
        return set(_POSTGRESQL) - {name for (name,) in present}
    present = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
    return set(_SQLITE) - {name for (name,) in present}
