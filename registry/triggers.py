"""Which triggers keep append-only tables append-only; what each does stands in the migration that creates it."""

from __future__ import annotations

from sqlalchemy import Connection, text

from registry.database import Base

APPEND_ONLY = ("change", "data_query_event", "adjudication")

_SQLITE = {
    *(f"{table}_no_{action}" for table in APPEND_ONLY for action in ("update", "delete")),
    "change_in_sequence",
    # INSERT OR REPLACE would delete the old row without firing the delete trigger.
    *(f"{table}_no_replace" for table in APPEND_ONLY if table != "change"),
}
_POSTGRESQL = {
    *(f"{table}_no_{action}" for table in APPEND_ONLY for action in ("update", "delete", "truncate")),
    "change_in_sequence",
}


def missing_triggers(connection: Connection) -> set[str]:
    """Return the names of the triggers that the database should have and that are gone or switched off."""
    if connection.dialect.name == "postgresql":
        present = connection.execute(text(f"{_FOUND_IN_POSTGRESQL} AND tgenabled IN ('O', 'A')"))
        return _POSTGRESQL - {name for _, name in present}
    return _SQLITE - {name for _, name in connection.execute(text(_FOUND_IN_SQLITE))}


def strange_triggers(connection: Connection) -> list[tuple[str, str]]:
    """Return (table, name) of each trigger on a table of the registry that is none of its own."""
    is_postgresql = connection.dialect.name == "postgresql"
    known = _POSTGRESQL if is_postgresql else _SQLITE
    found = connection.execute(text(_FOUND_IN_POSTGRESQL if is_postgresql else _FOUND_IN_SQLITE))
    return sorted((table, name) for table, name in found if table in Base.metadata.tables and name not in known)


_FOUND_IN_POSTGRESQL = (
    "SELECT relname, tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid WHERE NOT tgisinternal"
)
_FOUND_IN_SQLITE = "SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger'"
