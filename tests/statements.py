"""Counting the SQL statements of a request."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, event


@contextmanager
def counting(connection: Connection) -> Iterator[list[str]]:
    """Yield the list of the statements that run on the connection inside, savepoints left out."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "SAVEPOINT" not in statement:
            seen.append(statement)

    event.listen(connection, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(connection, "before_cursor_execute", note)


@contextmanager
def asked_again(connection: Connection) -> Iterator[list[str]]:
    """Yield a list that afterwards holds the statements that ran inside more than once with the same values."""
    seen: Counter[tuple[str, str]] = Counter()
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if "SAVEPOINT" not in statement:
            seen[statement, repr(values)] += 1

    event.listen(connection, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(connection, "before_cursor_execute", note)
        found += [statement for (statement, _), times in seen.items() if times > 1]
