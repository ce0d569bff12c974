"""A registry of 10,000 children for measuring: the demonstration's rows copied inside its SQLite database."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, insert, literal_column, select, text, update

from registry.database import Base
from registry.tables import TABLES

BETWEEN_COPIES, BETWEEN_REPEATS = 10_000_000, 1_000_000
"""Between the ids of one copy and the next; ids of the demonstration are smaller than either."""
FOREIGN = ("cibmtr_id", "ebmt_id", "trial_subject_id")
"""Columns that end like an id of this database and are none."""
RANDOM = ("key", "enrolment_uuid")


def enlarge(connection: Connection, *, copies: int, times: int) -> None:
    """Copy each child of a small SQLite registry until it is there `copies` times, each assessment `times` times.

    The keys are those of the cut that `enlarged_cut.enlarged` makes. The copies are rows that no save made: the change
    log does not know them.
    """
    subject, links = Base.metadata.tables["subject"], Base.metadata.tables["concomitant_agent_episodes"]
    for table in (subject, *TABLES.values()):
        connection.execute(update(table).values({name: literal_column(_key(name, 0)) for name in _random_of(table)}))
    for number in range(1, times):
        again = {"key": f"substr(key, 1, 9) || '{number:04x}' || substr(key, 14)"}
        again |= {"id": f"id + {BETWEEN_REPEATS * number}", "instance": f"instance + {1000 * number}"}
        _insert(connection, TABLES["assessment"], again, f"id < {BETWEEN_REPEATS}")
    for number in range(1, copies):
        for table in (subject, *TABLES.values(), links):
            _insert(connection, table, dict(_shifted(table, number)), f"{_first_id(table)} < {BETWEEN_COPIES}")


def _random_of(table: Table) -> list[str]:
    return [name for name in RANDOM if name in table.c]


def _key(name: str, number: int) -> str:
    return f"'{number:04x}' || substr({name}, 5)"


def _first_id(table: Table) -> str:
    return "id" if "id" in table.c else "record_id"


def _shifted(table: Table, number: int) -> Iterator[tuple[str, str]]:
    """Yield what differs between a row and its copy: ids, keys, the code and the random id of a child."""
    for column in table.c:
        if column.name == "id" or (column.name.endswith("_id") and column.name not in (*FOREIGN, "site_id")):
            yield column.name, f"{column.name} + {BETWEEN_COPIES * number}"
        elif column.name in RANDOM:
            yield column.name, _key(column.name, number)
        elif column.name == "code":
            yield column.name, f"code || '{number}'"


def _insert(connection: Connection, table: Table, changed: Mapping[str, str], where: str) -> None:
    texts = [changed.get(column.name, f'"{column.name}"') for column in table.c]
    values: list[ColumnElement[Any]] = [literal_column(one) for one in texts]
    rows = select(*values).select_from(table).where(text(where))
    connection.execute(insert(table).from_select(list(table.c), rows, include_defaults=False))
