"""Triggers that keep append-only tables append-only, on both engines."""

from __future__ import annotations

from sqlalchemy import Connection, text

APPEND_ONLY = ("change", "data_query_event")

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
    "data_query_event_no_replace": """CREATE TRIGGER data_query_event_no_replace BEFORE INSERT ON data_query_event
        WHEN EXISTS (SELECT 1 FROM data_query_event WHERE id = NEW.id)
        BEGIN SELECT RAISE(ABORT, 'data_query_event is append-only'); END""",
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


def create_triggers(connection: Connection) -> None:
    """Create the triggers of the append-only tables."""
    statements = list(_SQLITE.values())
    if connection.dialect.name == "postgresql":
        statements = [*_POSTGRESQL_FUNCTIONS.values(), *_POSTGRESQL.values()]
    for statement in statements:
        connection.execute(text(statement))


def drop_triggers(connection: Connection) -> None:
    """Drop the triggers of the append-only tables."""
    if connection.dialect.name == "postgresql":
        for name in _POSTGRESQL:
            table = next(table for table in sorted(APPEND_ONLY, key=len, reverse=True) if name.startswith(table))
            connection.execute(text(f"DROP TRIGGER {name} ON {table}"))
        for name in _POSTGRESQL_FUNCTIONS:
            connection.execute(text(f"DROP FUNCTION {name}()"))
    else:
        for name in _SQLITE:
            connection.execute(text(f"DROP TRIGGER {name}"))


def missing_triggers(connection: Connection) -> set[str]:
    """Return the names of the triggers that the database should have and has not."""
    if connection.dialect.name == "postgresql":
        present = connection.execute(text("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"))
        return set(_POSTGRESQL) - {name for (name,) in present}
    present = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
    return set(_SQLITE) - {name for (name,) in present}
