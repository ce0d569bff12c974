"""A database whose triggers are taken away and put back, as somebody with full rights to it could."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

ALL_TRIGGERS = {
    "sqlite": "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname, tgrelid::regclass, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
}


@contextmanager
def without_triggers(connection: Connection) -> Iterator[None]:
    """Let every statement through for a while; afterwards the triggers are those of before."""
    taken = take_triggers_away(connection)
    yield
    for statement in taken:
        connection.exec_driver_sql(statement)


def take_triggers_away(connection: Connection) -> list[str]:
    """Drop every trigger; return the statements that create them again."""
    engine = connection.dialect.name
    found = connection.exec_driver_sql(ALL_TRIGGERS[engine]).all()
    for name, table, _ in found:
        connection.exec_driver_sql(f"DROP TRIGGER {name}" + (f" ON {table}" if engine == "postgresql" else ""))
    assert found, "there were no triggers to take away"
    return [statement for _, _, statement in found]
