"""How SQLite is opened, and how those who write to it queue up: one at a time, none left waiting long.

SQLite lets one transaction write at a time. Its own busy handler sleeps longer and longer between tries, so that with
several coordinators an unlucky save waits half a second while others overtake it. Here threads of one process wait for
a lock, and the few processes ask again every millisecond or two.
"""

from __future__ import annotations

import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event

LONGEST_WAIT_SECONDS = 10.0
PATIENCE = f"busy_timeout={int(LONGEST_WAIT_SECONDS * 1000)}"
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", PATIENCE)


def queue_up(engine: Engine, *, only_reads: Callable[[], bool], patience: Callable[[], float]) -> None:
    """Open the engine's connections as the registry needs them; ``only_reads()`` says what a transaction is begun for.

    ``patience()`` is how many seconds one that writes waits for the lock.

    A transaction that may write takes the write lock at once: it would otherwise fail half way when somebody else has
    written since it read.
    """
    turn = threading.Lock()

    def begun(connection: Connection) -> None:
        if only_reads():
            connection.exec_driver_sql("BEGIN")
            return
        if not connection.info.get("has_turn"):
            connection.info["has_turn"] = turn.acquire(timeout=patience())
        _begin_writing(connection, patience())

    def returned(_dbapi_connection: Any, record: Any, *_: Any) -> None:
        if record.info.pop("has_turn", False):
            turn.release()

    event.listen(engine, "connect", _connected)
    event.listen(engine, "begin", begun)
    event.listen(engine, "checkin", returned)
    event.listen(engine, "invalidate", returned)


def _connected(dbapi_connection: Any, _record: Any) -> None:
    dbapi_connection.isolation_level = None
    cursor = dbapi_connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_writing(connection: Connection, patience: float) -> None:
    """Take the write lock, asking the driver itself: every save does, and it may ask often."""
    end = time.monotonic() + patience
    cursor = connection.connection.cursor()
    cursor.execute("PRAGMA busy_timeout=0")
    try:
        while True:
            try:
                cursor.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError:
                if time.monotonic() > end:
                    connection.exec_driver_sql("BEGIN IMMEDIATE")  # a last time: its error is one that pages know
                    return
            time.sleep(random.uniform(0.0005, 0.002))
    finally:
        cursor.execute(f"PRAGMA {PATIENCE}")
        cursor.close()


@contextmanager
def broken_texts_told(connection: Connection) -> Iterator[None]:
    """Read a stored text that is no UTF-8 with lone surrogates in it, which nothing the registry writes holds.

    Whoever can open the file can store one, and SQLite's driver would fail at its row. On PostgreSQL nothing changes.
    """
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name != "sqlite":
        yield
        return
    driver.text_factory = lambda stored: stored.decode("utf-8", errors="surrogateescape")
    try:
        yield
    finally:
        driver.text_factory = str
