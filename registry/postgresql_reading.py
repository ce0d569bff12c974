"""How the proof reads what PostgreSQL can store and Python has no value for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg import DataError
from psycopg.adapt import Loader
from psycopg.pq import Format
from psycopg.types.datetime import DateLoader, TimestampLoader
from sqlalchemy import Connection


class _AsStored(Loader):
    def load(self, data: Any) -> Any:
        """Return the day or moment, or the text that stands for none of the calendar."""
        try:
            return super().load(data)  # type: ignore[safe-super]
        except DataError:
            return bytes(data).decode()


class _DayAsStored(_AsStored, DateLoader):
    pass


class _MomentAsStored(_AsStored, TimestampLoader):
    pass


@contextmanager
def broken_times_told(connection: Connection) -> Iterator[None]:
    """Read a stored ``infinity`` or a year before 1 or after 9999 as its text, which nothing the registry writes holds.

    The driver would fail at its row, and what else was changed would not be named. On SQLite nothing changes.
    """
    if connection.dialect.name != "postgresql":
        yield
        return
    driver: Any = connection.connection.driver_connection
    adapters = driver.adapters
    kinds = {"date": _DayAsStored, "timestamp": _MomentAsStored}
    usual = {name: adapters.get_loader(adapters.types[name].oid, Format.TEXT) for name in kinds}
    for name, loader in kinds.items():
        adapters.register_loader(name, loader)
    try:
        yield
    finally:
        for name, before in usual.items():
            adapters.register_loader(name, before)
