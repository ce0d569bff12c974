"""A database that cannot be a registry's is refused in one line. SQLite has one encoding that matters and no roles."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool

from command_line import run

REFUSED = (
    "The database does not let the registry's role write: {}. The database and its schema belong to the role that "
    "SQLALCHEMY_DATABASE_URI names, on a server that is no copy."
)


@pytest.fixture(params=["SQL_ASCII", "LATIN1"])
def in_other_letters(request: pytest.FixtureRequest, empty_database_url: str) -> Iterator[tuple[str, str]]:
    """Yield an encoding and the address of a database in it; on SQLite of one that is as it should be."""
    name = f"in_{request.param.lower()}"
    if empty_database_url.startswith("sqlite"):
        yield "UTF8", empty_database_url
        return
    make = f"CREATE DATABASE {name} ENCODING {request.param} LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
    _execute(empty_database_url, make)
    yield request.param, make_url(empty_database_url).set(database=name).render_as_string(hide_password=False)
    _execute(empty_database_url, f"DROP DATABASE {name} WITH (FORCE)")


def test_a_registry_begins_only_in_utf_8(in_other_letters: tuple[str, str], settings_alone: Path) -> None:
    encoding, url = in_other_letters
    settings_alone.write_text(f"SQLALCHEMY_DATABASE_URI = {url!r}\n")
    begun = run("init")
    assert (begun.exit_code, begun.output.partition(".")[0]) == (
        (0, "The registry is ready")
        if encoding == "UTF8"
        else (1, f"Error: The database is in the encoding {encoding}, and the registry needs UTF8")
    )


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("role=pg_monitor", "permission denied for schema public"),
        ("default_transaction_read_only=on", "cannot execute CREATE TABLE in a read-only transaction"),
    ],
)
def test_a_database_that_may_only_be_read_is_told_in_one_line(
    empty_database_url: str, settings_alone: Path, option: str, said: str
) -> None:
    """PostgreSQL 15 and later let only the owner of a database make tables in it; SQLite is asked to read only."""
    url = make_url(empty_database_url)
    if url.get_backend_name() == "sqlite":
        Path(url.database or "").touch()
        query = {"uri": "true", "mode": "ro"}
        words = "The database does not answer: attempt to write a readonly database"
        url = url.set(database=f"file:{url.database}")
    else:
        query, words = {"options": f"-c{option}"}, REFUSED.format(said)
    address = url.update_query_dict(query).render_as_string(hide_password=False)
    settings_alone.write_text(f"SQLALCHEMY_DATABASE_URI = {address!r}\n")
    refused = run("init")
    assert (refused.exit_code, refused.output) == (1, f"Error: {words}\n")


def _execute(url: str, statement: str) -> None:
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
