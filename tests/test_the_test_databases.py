"""The databases that other tests rely on: migrated, apart from each other, and clean again after each test."""

import pytest
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.orm import Session

from registry.database import current_revision, head_revision

CREATE = text("CREATE TABLE throwaway (note TEXT)")


def tables_of(url: str) -> list[str]:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = inspect(connection).get_table_names()
    engine.dispose()
    return found


def commit_throwaway_table(url: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(CREATE)
    engine.dispose()


def test_a_database_of_ones_own_has_the_newest_schema(own_database_url: str) -> None:
    engine = create_engine(own_database_url)
    with engine.connect() as connection:
        assert current_revision(connection) == head_revision()
    engine.dispose()


def test_an_empty_database_has_no_table(empty_database_url: str) -> None:
    assert tables_of(empty_database_url) == []


def test_what_one_test_commits_in_its_own_database_reaches_no_other(own_database_url: str, database_url: str) -> None:
    commit_throwaway_table(own_database_url)
    assert "throwaway" in tables_of(own_database_url)
    assert "throwaway" not in tables_of(database_url)


@pytest.mark.parametrize("turn", range(4))  # with two workers, at least two turns share a database
def test_what_a_test_commits_in_the_shared_database_is_gone_in_the_next(session: Session, turn: int) -> None:
    assert "throwaway" not in inspect(session.connection()).get_table_names()
    session.execute(CREATE)
    session.commit()
    assert "throwaway" in inspect(session.connection()).get_table_names()
