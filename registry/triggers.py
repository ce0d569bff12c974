"""Which triggers keep append-only tables append-only; what each does stands in the migration that creates it."""

from __future__ import annotations

from sqlalchemy import Connection, text

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
    """Return the names of the triggers that the database should have and has not."""
    if connection.dialect.name == "postgresql":
        present = connection.execute(text("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"))
        return _POSTGRESQL - {name for (name,) in present}
    present = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
    return _SQLITE - {name for (name,) in present}
