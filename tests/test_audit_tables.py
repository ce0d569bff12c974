"""Tampering that keeps every single value plausible, or leaves nothing readable, is found and named all the same."""

from pathlib import Path

import pytest
from flask import current_app
from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.exc import IntegrityError

from entries import NOW, assessment, enrolment, laboratory, save
from forms.values import PartialDate
from registry import anchors, data_queries, records, triggers
from registry.audit_verify import verify
from registry.database import db
from registry.release import cuts
from study import Study


@pytest.fixture
def used(own_study: Study, tmp_path: Path) -> Study:
    """Return a study with a laboratory record, data queries of which one was answered, and a data cut."""
    save(own_study.subject, own_study.coordinator, "laboratory", laboratory(own_study.infusion))
    save(own_study.subject, own_study.coordinator, "assessment", assessment(own_study.infusion), complete=True)
    query = data_queries.for_subjects(db.session, [own_study.subject.id])[0]
    data_queries.answer(db.session, query, "The chart does not say.", by=own_study.coordinator, at=NOW)
    db.session.commit()
    cuts.take_cut(db.session, tmp_path / "cut", by=own_study.coordinator, at=NOW)
    db.session.commit()
    assert verify(db.session) == []
    return own_study


def tamper(statement: str) -> None:
    """Change the database behind the registry's back; on SQLite no reference is checked on such a connection."""
    db.session.rollback()
    engine = create_engine(current_app.config["SQLALCHEMY_DATABASE_URI"], poolclass=NullPool)
    with engine.begin() as connection:
        triggers.drop_triggers(connection)
        connection.execute(text(statement))
        triggers.create_triggers(connection)
    db.session.expire_all()


HALVES = [
    ("a reason nobody gave", "UPDATE data_query_event SET reason = 'All fine.'", "what was answered, by whom or when"),
    ("a step taken away", "DELETE FROM data_query_event WHERE kind = 'answered'", "what was answered, by whom or when"),
    ("another item asked about", "UPDATE data_query_anchor SET item = 'sedation'", "the items it is about"),
    ("an earlier opening", "UPDATE data_query SET opened_at = '2020-01-01 00:00:00'", "when it was opened or closed"),
    ("a reason for another value", "UPDATE data_query SET found = '{}'", "found was changed outside"),
    ("a cut of other data", "UPDATE cut SET cut_id = 'other'", "cut_id was changed outside"),
    ("a cut nobody took", "DELETE FROM cut", "stands in the log, but the row is gone"),
    ("an earlier enrolment", "UPDATE subject SET created_at = '2020-01-01 00:00:00'", "created_at was changed outside"),
    (
        "a reason beside an answer",
        'UPDATE laboratory SET null_flavours = \'{"ferritin":"UNK"}\'',
        "column null_flavours holds what belongs to no answer",
    ),
    (
        "a unit without a value",
        "UPDATE laboratory SET crp_unit_typed = 'mg/L' WHERE crp IS NULL",
        "column crp_unit_typed holds what belongs to no answer",
    ),
    (
        "a code that is none",
        'UPDATE laboratory SET ferritin = NULL, null_flavours = \'{"ferritin":"ZZZ"}\'',
        "laboratory: a record or a link holds what the registry cannot have written",
    ),
    ("no text of a record", "UPDATE laboratory SET null_flavours = '{'", "what the registry cannot have written"),
    ("no text of an entry", "UPDATE change SET payload = '{' WHERE seq = 3", "entry 3 of the log was altered"),
    ("another text of an entry", "UPDATE change SET payload = '[]' WHERE seq = 3", "entry 3 of the log was altered"),
    ("no head", "DELETE FROM chain_head", "the head of the log is gone"),
]


@pytest.mark.parametrize(("statement", "found"), [case[1:] for case in HALVES], ids=[case[0] for case in HALVES])
def test_it_is_found(used: Study, statement: str, found: str) -> None:
    tamper(statement)
    assert any(found in problem for problem in verify(db.session))


def test_a_record_that_cannot_be_read_is_not_called_gone(used: Study) -> None:
    tamper("UPDATE laboratory SET null_flavours = '{'")
    assert [problem for problem in verify(db.session) if "gone" in problem] == []


def test_an_answer_swapped_between_two_children_is_found_at_both(used: Study) -> None:
    answers = enrolment(birth_date=PartialDate("2012-02"))
    records.enrol(db.session, used.site, answers, by=used.coordinator, at=NOW)
    db.session.commit()
    assert verify(db.session) == []
    tamper("UPDATE enrolment SET birth_date = CASE birth_date WHEN '2015-07' THEN '2012-02' ELSE '2015-07' END")
    named = [problem for problem in verify(db.session) if "birth_date was changed outside the registry" in problem]
    assert len(named) == 2


def test_a_link_to_nothing_is_refused_by_the_engine_or_found(used: Study) -> None:
    try:
        tamper("UPDATE laboratory SET infusion_id = 999")
    except IntegrityError:
        assert verify(db.session) == []
    else:
        problems = verify(db.session)
        assert any("what it points to in infusion is not there, or is another child's" in one for one in problems)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\n"])
def test_an_anchors_file_without_anchors_is_found(used: Study, content: bytes) -> None:
    path = Path(current_app.config["ANCHORS_FILE"])
    anchors.anchor(db.session, "test", NOW)
    path.write_bytes(content)
    assert any("anchors file" in problem for problem in verify(db.session))
