"""Each kind of tampering with log or tables is found; what the registry itself does is not."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, current_app
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from entries import NOW, assessment, laboratory, save
from past_the_triggers import without_triggers
from registry import anchors, audit, audit_verify, log_history
from registry.audit_verify import verify
from registry.database import db, one_snapshot
from study import SharedStudy, Study, make_logged_user, the_study


def use(study: Study, _folder: Path | None = None) -> None:
    """Let a few things happen in a study."""
    child, by, row = study.subject, study.coordinator, assessment(study.infusion)
    save(child, by, "assessment", row, complete=True)
    save(child, by, "assessment", {**row, "crs_grade": 2}, revision=1, reason="Read again.")
    save(child, by, "laboratory", laboratory(study.infusion))
    anchors.anchor(db.session, "test", NOW)


@pytest.fixture(scope="module")
def shared(share_study: Callable[..., SharedStudy]) -> SharedStudy:
    return share_study(use)


def tamper(*statements: str) -> None:
    """Change the database behind the registry's back, as somebody with full rights to it could."""
    with without_triggers(db.session.connection()):
        for statement in statements:
            db.session.execute(text(statement))
    db.session.commit()
    db.session.expire_all()


def test_an_untouched_registry_is_intact(used: Study) -> None:
    assert verify(db.session) == []


def test_what_is_saved_and_anchored_while_the_proof_runs_is_no_disagreement(
    own_study: Study, own_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(own_study)
    check_head = audit_verify._check_head

    def save_first(*arguments: Any) -> Iterator[str]:
        with own_app.app_context():
            study = the_study()
            save(study.subject, study.coordinator, "laboratory", laboratory(study.infusion))
            anchors.anchor(db.session, "meanwhile", NOW)
            db.session.rollback()
        yield from check_head(*arguments)

    monkeypatch.setattr(audit_verify, "_check_head", save_first)
    with one_snapshot(db.session()):
        assert verify(db.session) == []
    monkeypatch.undo()
    assert verify(db.session) == []


TAMPERING: list[tuple[str, list[str], str]] = [
    ("an edited entry", ["UPDATE change SET payload = replace(payload, 'Read again.', 'Nothing.')"], "was altered"),
    ("an edited actor", ["UPDATE change SET actor = 'system' WHERE seq = 4"], "columns beside its text were altered"),
    ("a deleted entry", ["DELETE FROM change WHERE seq = 5"], "entry 5 of the log is missing"),
    (
        "an inserted entry",
        [
            "UPDATE chain_head SET seq = seq + 1, mac = 'f00'",
            "INSERT INTO change (seq, save_id, at, actor, table_name, record_key, payload, previous, mac) "
            "SELECT seq + 1, save_id, at, actor, table_name, record_key, payload, mac, 'f00' FROM change "
            "WHERE seq = (SELECT max(seq) FROM change)",
        ],
        "was altered",
    ),
    (
        "two entries in each other's place",
        [
            "UPDATE change SET seq = -3 WHERE seq = 3",
            "UPDATE change SET seq = 3 WHERE seq = 4",
            "UPDATE change SET seq = 4 WHERE seq = -3",
        ],
        "does not follow the entry before it",
    ),
    ("a cut-off tail", ["DELETE FROM change WHERE seq >= 6"], "the log ends at entry 5"),
    ("an edited answer", ["UPDATE assessment SET crs_grade = 0"], "crs_grade was changed outside the registry"),
    ("a deleted record", ["DELETE FROM laboratory"], "stands in the log, but the record is gone"),
    (
        "an inserted record",
        [
            "INSERT INTO laboratory (key, subject_id, instance, revision, form_version, entered_at, null_flavours) "
            "SELECT 'made-up', subject_id, 9, 1, 1, entered_at, '{}' FROM laboratory"
        ],
        "laboratory made-up is stored, but the log does not know it",
    ),
    ("an edited derived value", ["UPDATE assessment SET study_day = 9"], "derived value of study_day"),
    ("a granted role", ["UPDATE role_grant SET role = 'administrator'"], "role was changed outside the registry"),
    (
        "a hidden data query",
        ["DELETE FROM data_query_anchor", "DELETE FROM data_query_event", "DELETE FROM data_query"],
        "data_query",
    ),
]


@pytest.mark.parametrize(("statements", "found"), [case[1:] for case in TAMPERING], ids=[case[0] for case in TAMPERING])
def test_a_changed_table_or_log_entry_is_found(used: Study, statements: list[str], found: str) -> None:
    tamper(*statements)
    assert any(found in problem for problem in verify(db.session))


def test_a_tail_cut_off_together_with_its_rows_and_head_is_found_by_the_anchors(used: Study) -> None:
    last = db.session.execute(text("SELECT max(seq) FROM change")).scalar_one()
    tamper(
        "DELETE FROM laboratory",
        f"DELETE FROM change WHERE seq = {last}",  # noqa: S608
        f"UPDATE chain_head SET seq = {last - 1}, mac = (SELECT mac FROM change WHERE seq = {last - 1})",  # noqa: S608
    )
    problems = verify(db.session)
    assert [problem for problem in problems if "anchored at" not in problem] == []
    assert any(f"no longer holds entry {last}" in problem for problem in problems)


def _without_file(path: Path) -> None:
    path.unlink()


def _edited(path: Path) -> None:
    path.write_text(path.read_text().replace(" test ", " tost "))


@pytest.mark.parametrize(("harm", "found"), [(_without_file, "is missing"), (_edited, "line 1 of the anchors file")])
def test_harm_to_the_anchors_file_is_found(used: Study, harm: Callable[[Path], None], found: str) -> None:
    harm(Path(current_app.config["ANCHORS_FILE"]))
    assert any(found in problem for problem in verify(db.session))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE change SET actor = 'system'",
        "DELETE FROM change",
        "DELETE FROM data_query_event",
        "UPDATE data_query_event SET reason = ''",
        "INSERT INTO change (seq, save_id, at, actor, table_name, record_key, payload, previous, mac) "
        "SELECT seq + 7, save_id, at, actor, table_name, record_key, payload, mac, mac FROM change",
    ],
)
def test_the_database_itself_refuses_to_change_what_is_append_only(used: Study, statement: str) -> None:
    with pytest.raises(DatabaseError):
        db.session.execute(text(statement))
    db.session.rollback()
    assert verify(db.session) == []


def test_replacing_an_entry_is_refused_where_sqlite_would_skip_the_delete_trigger(used: Study) -> None:
    if db.engine.dialect.name == "sqlite":
        replacing = "INSERT OR REPLACE INTO change SELECT * FROM change WHERE seq = 3"
    else:
        replacing = "INSERT INTO change SELECT * FROM change WHERE seq = 3 ON CONFLICT (seq) DO UPDATE SET actor = 'x'"
    with pytest.raises(DatabaseError):
        db.session.execute(text(replacing))
    db.session.rollback()
    assert verify(db.session) == []


def test_answers_and_their_log_are_stored_together_or_not_at_all(used: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the log cannot be written")

    with monkeypatch.context() as patched:
        patched.setattr(audit, "_payload", fail)
        with pytest.raises(RuntimeError):
            save(used.subject, used.coordinator, "laboratory", laboratory(used.infusion))
        db.session.rollback()
    assert verify(db.session) == []


def test_a_change_of_the_machinery_is_in_the_log_with_its_old_value(used: Study) -> None:
    user = make_logged_user("monitor", used.site)
    user.name = "A Synthetic Monitor"
    audit.write_row(db.session, user, by=used.coordinator, at=NOW, reason="Married.")
    db.session.commit()
    assert log_history.of_record(db.session, user.key)[-1].changes["name"][1] == "A Synthetic Monitor"
    assert verify(db.session) == []
