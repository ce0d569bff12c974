"""Tampering with what tables are, rather than with what stands in them: doubled rows, views, rules, other schemas."""

from collections.abc import Callable

import pytest
from sqlalchemy import text

from past_the_triggers import without_triggers
from registry.audit_verify import verify
from registry.database import db
from registry.triggers import missing_triggers
from study import SharedStudy, Study
from test_audit import use

TWICE = (
    "ALTER TABLE {0} RENAME TO kept",
    "CREATE TABLE {0} AS SELECT * FROM kept",
    "INSERT INTO {0} SELECT * FROM kept",
)
VIEW = ("ALTER TABLE assessment RENAME TO kept", "CREATE VIEW assessment AS SELECT * FROM kept")
BEHIND_ITS_KEY = (
    "ALTER TABLE role_grant RENAME TO kept",
    "CREATE TABLE role_grant AS SELECT * FROM kept",
    "UPDATE role_grant SET role = 'administrator', site_id = NULL, id = id + 900",
    "INSERT INTO role_grant SELECT * FROM kept",
)
FUNCTION = "CREATE FUNCTION other() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.crs_grade := 0; RETURN NEW; END'"
ONE_HEAD = "ALTER TABLE chain_head DROP CONSTRAINT ck_chain_head_one_row"
STRANGE: dict[str, list[tuple[str, tuple[str, ...]]]] = {
    "": [
        ("role_grant: several rows have the same key", BEHIND_ITS_KEY),
        ("laboratory: several rows have the same id", tuple(one.format("laboratory") for one in TWICE)),
        ("derivation: several rows have the same record_key", tuple(one.format("derivation") for one in TWICE)),
        ("assessment is no plain table", VIEW),
    ],
    "sqlite": [
        (
            "the trigger other of assessment is none of the registry's",
            ("CREATE TRIGGER other AFTER INSERT ON assessment BEGIN UPDATE assessment SET crs_grade = 0; END",),
        ),
    ],
    "postgresql": [
        (
            "the trigger other of assessment is none of the registry's",
            (
                FUNCTION,
                "CREATE TRIGGER other BEFORE INSERT ON assessment FOR EACH ROW EXECUTE FUNCTION other()",
            ),
        ),
        ("subject has rules of its own", ("ALTER TABLE subject ENABLE ROW LEVEL SECURITY",)),
        ("draft has rules of its own", ("CREATE RULE other AS ON DELETE TO draft DO INSTEAD NOTHING",)),
        ("other tables add their rows to laboratory", ("CREATE TABLE more () INHERITS (laboratory)",)),
        (
            "the tables lie in several schemas: other, public",
            (
                "CREATE SCHEMA other",
                'CREATE TABLE other."user" AS SELECT * FROM "user"',
                "SET LOCAL search_path = other, public",
            ),
        ),
        ("the log has 2 heads", (ONE_HEAD, "INSERT INTO chain_head VALUES (2, 1, '')")),
        ("entry 3: its time or its subject was altered", ("UPDATE change SET at = 'infinity' WHERE seq = 3",)),
        ("entry 4: its time or its subject was altered", ("UPDATE change SET at = '0044-03-15 BC' WHERE seq = 4",)),
        ("withdrawn_on was changed outside the registry", ("UPDATE subject SET withdrawn_on = '-infinity'",)),
        ("entered_at was changed outside the registry", ("UPDATE laboratory SET entered_at = 'infinity'",)),
        ("when it was opened or closed was changed", ("UPDATE data_query SET opened_at = 'infinity'",)),
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def shared(share_study: Callable[..., SharedStudy]) -> SharedStudy:
    return share_study(use)


def found_after(statements: tuple[str, ...]) -> list[str]:
    """Return what the proof says after some statements, which are undone."""
    connection = db.session.connection()
    spoiled = connection.begin_nested()
    with without_triggers(connection):
        for statement in statements:
            connection.execute(text(statement))
    db.session.expire_all()
    try:
        return verify(db.session)
    finally:
        spoiled.rollback()
        db.session.expire_all()


def test_tables_that_could_show_something_else_are_named(used: Study) -> None:
    engine = db.engine.dialect.name
    for said, statements in STRANGE[""] + STRANGE[engine]:
        assert any(said in problem for problem in found_after(statements)), said
    assert verify(db.session) == []


def test_a_guard_that_was_switched_off_is_missed(used: Study) -> None:
    """The registry does not start without its guards."""
    is_sqlite = db.engine.dialect.name == "sqlite"
    off = "DROP TRIGGER change_no_update" if is_sqlite else "ALTER TABLE change ENABLE REPLICA TRIGGER change_no_update"
    connection = db.session.connection()
    spoiled = connection.begin_nested()
    connection.execute(text(off))
    assert missing_triggers(connection) == {"change_no_update"}
    spoiled.rollback()
    assert missing_triggers(connection) == set()
