"""A registry of 10,000 children for measuring: the demonstration's rows copied inside its SQLite database."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, insert, literal_column, select, text

from benchmarks.server import PASSWORD
from registry.database import Base, db
from registry.demo.people import make_logins
from registry.demo.sites import SITES
from registry.demo.writing import write_demo_data
from registry.tables import TABLES

BETWEEN_COPIES, BETWEEN_REPEATS = 10_000_000, 1_000_000
"""Between the ids of one copy and the next; ids of the demonstration are smaller than either. Keys get a group of
digits that no random key has."""
FOREIGN = ("cibmtr_id", "ebmt_id", "trial_subject_id")
"""Columns that end like an id of this database and are none."""


def fill(*, patients: int, seed: int, until: date, copies: int, times: int) -> None:
    """Fill an empty registry with each child of a demonstration `copies` times, each assessment `times` times.

    The copies are rows that no save made: the change log does not know them.
    """
    logins = make_logins([site.code for site in SITES], PASSWORD)
    write_demo_data(db.session(), patients=patients, seed=seed, until=until, logins=logins)
    db.session.commit()
    subject, links = Base.metadata.tables["subject"], Base.metadata.tables["concomitant_agent_episodes"]
    with db.engine.begin() as connection:
        for number in range(1, times):
            again = {"key": f"substr(key, 1, 19) || '{number:04x}' || substr(key, 24)"}
            again |= {"id": f"id + {BETWEEN_REPEATS * number}", "instance": f"instance + {1000 * number}"}
            _insert(connection, TABLES["assessment"], again, f"id < {BETWEEN_REPEATS}")
        for number in range(1, copies):
            for table in (subject, *TABLES.values(), links):
                _insert(connection, table, dict(_shifted(table, number)), f"{_first_id(table)} < {BETWEEN_COPIES}")


def _first_id(table: Table) -> str:
    return "id" if "id" in table.c else "record_id"


def _shifted(table: Table, number: int) -> Iterator[tuple[str, str]]:
    """Yield what differs between a row and its copy: ids, keys, the code and the random id of a child."""
    for column in table.c:
        if column.name == "id" or (column.name.endswith("_id") and column.name not in (*FOREIGN, "site_id")):
            yield column.name, f"{column.name} + {BETWEEN_COPIES * number}"
        elif column.name in ("key", "enrolment_uuid"):
            yield column.name, f"substr({column.name}, 1, 14) || '{number:04x}' || substr({column.name}, 19)"
        elif column.name == "code":
            yield column.name, f"code || '{number}'"


def _insert(connection: Connection, table: Table, changed: Mapping[str, str], where: str) -> None:
    values: list[ColumnElement[Any]] = [
        literal_column(changed.get(column.name, f'"{column.name}"')) for column in table.c
    ]
    rows = select(*values).select_from(table).where(text(where))
    connection.execute(insert(table).from_select(list(table.c), rows, include_defaults=False))
