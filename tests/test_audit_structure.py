"""Tampering with what tables are, rather than with what stands in them: doubled rows, views, rules, other schemas."""

from collections.abc import Callable

import pytest
from sqlalchemy import text

from past_the_triggers import without_triggers
from registry.audit_verify import verify
from registry.database import db
from registry.triggers import APPEND_ONLY, lost_guards, missing_triggers
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
BLIND_INDEX = "ix_change_record_key"
HIDES_HISTORY = (
    f"DROP INDEX {BLIND_INDEX}",
    f"CREATE INDEX {BLIND_INDEX} ON change (record_key) WHERE seq <> 2",
    "PRAGMA writable_schema = ON",
    "UPDATE sqlite_master SET sql = replace(sql, 'WHERE seq <> 2', '') WHERE type = 'index'",
    "PRAGMA writable_schema = RESET",
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
        (f"SQLite finds its file amiss: row 2 missing from index {BLIND_INDEX}", HIDES_HISTORY),
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
        (
            "the search path is “public, pg_catalog”",
            (
                FUNCTION,
                "CREATE TRIGGER other BEFORE INSERT ON assessment FOR EACH ROW EXECUTE FUNCTION other()",
                "CREATE VIEW pg_trigger AS SELECT * FROM pg_catalog.pg_trigger WHERE tgname <> 'other'",
                "SET LOCAL search_path = public, pg_catalog",
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

DOES_NOTHING = "CREATE OR REPLACE FUNCTION {0}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
REFUSING = [f"{table}_no_{action}" for table in APPEND_ONLY for action in ("update", "delete", "truncate")]
REFUSING_OF = sorted(f"{name} of {name.partition('_no_')[0]}" for name in REFUSING)
NO_UPDATE = "change_no_update"
Guard = tuple[list[str], list[str], tuple[str, ...]]
GUARDS: dict[str, list[Guard]] = {
    "sqlite": [
        ([NO_UPDATE], [], (f"DROP TRIGGER {NO_UPDATE}",)),
        (
            [NO_UPDATE],
            [f"{NO_UPDATE} of change"],
            (
                f"DROP TRIGGER {NO_UPDATE}",
                f"CREATE TRIGGER {NO_UPDATE} BEFORE UPDATE ON change BEGIN SELECT 'change is append-only'; END",
            ),
        ),
        (
            [NO_UPDATE],
            [f"{NO_UPDATE} of assessment"],
            (
                f"DROP TRIGGER {NO_UPDATE}",
                f"CREATE TRIGGER {NO_UPDATE} AFTER INSERT ON assessment BEGIN SELECT 'change is append-only'; END",
            ),
        ),
    ],
    "postgresql": [
        ([NO_UPDATE], [], (f"ALTER TABLE change ENABLE REPLICA TRIGGER {NO_UPDATE}",)),
        ([*REFUSING, "change_in_sequence"], [], ("SET LOCAL session_replication_role = replica",)),
        (REFUSING, REFUSING_OF, (DOES_NOTHING.format("refuse_change"),)),
        (["change_in_sequence"], ["change_in_sequence of change"], (DOES_NOTHING.format("change_in_sequence"),)),
        (
            ["change_in_sequence"],
            ["change_in_sequence of change"],
            ("ALTER FUNCTION change_in_sequence SET search_path = other",),
        ),
        (
            [NO_UPDATE],
            [f"{NO_UPDATE} of change"],
            (
                f"CREATE OR REPLACE TRIGGER {NO_UPDATE} BEFORE UPDATE ON change FOR EACH STATEMENT WHEN (false) "
                "EXECUTE FUNCTION refuse_change()",
            ),
        ),
        (
            [],
            [f"{NO_UPDATE} of assessment"],
            (FUNCTION, f"CREATE TRIGGER {NO_UPDATE} BEFORE INSERT ON assessment FOR EACH ROW EXECUTE FUNCTION other()"),
        ),
        ([], [], ("CREATE SCHEMA other", "CREATE TABLE other.change (LIKE change)", FUNCTION,
                  f"CREATE TRIGGER {NO_UPDATE} BEFORE INSERT ON other.change EXECUTE FUNCTION other()")),
    ],
}  # fmt: skip
"""Guards that are missed, triggers that are named, and what somebody did to them."""


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
        found = found_after(statements)
        assert any(said in problem for problem in found), (said, found)
    assert verify(db.session) == []


def test_a_guard_that_was_switched_off_or_changed_is_missed(used: Study) -> None:
    """The registry does not start without its guards."""
    connection = db.session.connection()
    for missed, strange, statements in GUARDS[db.engine.dialect.name]:
        spoiled = connection.begin_nested()
        for statement in statements:
            connection.execute(text(statement))
        assert missing_triggers(connection) == set(missed), statements
        found, lost = verify(db.session), lost_guards(connection)
        assert [one for one in found if one.startswith("the guard ")] == lost
        assert sorted(one.split()[2] for one in lost) == sorted(missed), statements
        said = [problem for problem in found if "is none of the registry's" in problem]
        assert [problem.removeprefix("the trigger ").partition(", by its")[0] for problem in said] == [
            f"{trigger} is none of the registry's" for trigger in strange
        ], statements
        spoiled.rollback()
    assert missing_triggers(connection) == set()


@pytest.mark.parametrize("place", [0, 1, 2])
def test_what_became_of_a_guard_is_told_in_words(used: Study, place: int) -> None:
    connection, engine = db.session.connection(), db.engine.dialect.name
    reworded = "was reworded: found was “CREATE TRIGGER"
    told = {
        "sqlite": ["is gone; it was “CREATE TRIGGER", f"{reworded} {NO_UPDATE} BEFORE UPDATE", "is gone; it was"],
        "postgresql": ["is there and switched off", "is there and switched off", reworded],
    }
    _, _, statements = GUARDS[engine][place]
    spoiled = connection.begin_nested()
    for statement in statements:
        connection.execute(text(statement))
    found = lost_guards(connection)
    spoiled.rollback()
    assert found
    assert all(told[engine][place] in one for one in found), found
