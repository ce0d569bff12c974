"""Tampering that keeps every single value plausible, or leaves nothing readable, is found and named all the same."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import current_app
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from courses import COURSE, ORDER, protocol_of, row_of
from entries import NOW, assessment, enrol_child, enrolment, laboratory, save, stored
from forms.values import PartialDate
from past_the_triggers import without_triggers
from registry import anchors, audit, data_queries
from registry.audit_verify import verify
from registry.database import db
from registry.models import SiteProtocol
from registry.release import cuts
from registry.release.models import Cut
from registry.saving.consequences import derive_again
from study import SharedStudy, Study


def use(study: Study, folder: Path) -> None:
    """Add a laboratory record, data queries of which one was answered, and a data cut."""
    save(study.subject, study.coordinator, "laboratory", laboratory(study.infusion))
    save(study.subject, study.coordinator, "assessment", assessment(study.infusion), complete=True)
    query = data_queries.for_subjects(db.session, [study.subject.id])[0]
    data_queries.answer(db.session, query, "The chart does not say.", by=study.coordinator, at=NOW)
    db.session.commit()
    cuts.take_cut(db.session, folder / "cut", by=study.coordinator, at=NOW)
    db.session.commit()
    assert verify(db.session) == []


@pytest.fixture(scope="module")
def shared(share_study: Callable[..., SharedStudy]) -> SharedStudy:
    return share_study(use)


def tamper(statement: str) -> None:
    """Change the database behind the registry's back; on SQLite no reference is checked until the transaction ends."""
    connection = db.session.connection()
    with connection.begin_nested():
        if connection.dialect.name == "sqlite":
            connection.execute(text("PRAGMA defer_foreign_keys = ON"))
        with without_triggers(connection):
            connection.execute(text(statement))
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
        "laboratory: a record or a link of child",
    ),
    ("no text of a record", "UPDATE laboratory SET null_flavours = '{'", "what the registry cannot have written"),
    ("no text of an entry", "UPDATE change SET payload = '{' WHERE seq = 3", "entry 3 of the log was altered"),
    ("another text of an entry", "UPDATE change SET payload = '[]' WHERE seq = 3", "entry 3 of the log was altered"),
    (
        "a text without the changes",
        "UPDATE change SET payload = replace(payload, 'changes', 'x') WHERE seq = 3",
        "entry 3: its text is none that the registry can have written",
    ),
    ("no head", "DELETE FROM chain_head", "the head of the log is gone"),
]


@pytest.mark.parametrize(("statement", "found"), [case[1:] for case in HALVES], ids=[case[0] for case in HALVES])
def test_a_table_changed_past_the_log_is_found(used: Study, statement: str, found: str) -> None:
    tamper(statement)
    assert any(found in problem for problem in verify(db.session))


def test_a_record_that_cannot_be_read_is_not_called_gone(used: Study) -> None:
    tamper("UPDATE laboratory SET null_flavours = '{'")
    assert [problem for problem in verify(db.session) if "gone" in problem] == []


def test_an_answer_swapped_between_two_children_is_found_at_both(used: Study) -> None:
    answers = enrolment(birth_date=PartialDate("2012-02"))
    enrol_child(db.session, used.site, answers, by=used.coordinator, at=NOW)
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


VERDICT = (
    "INSERT INTO derivation (subject_id, record_key, rule_set, version, value, certainty, because, why, missing, "
    "details) SELECT subject_id, {record}, '{rule_set}', '{version}', '0', 'exact', '', '', '[]', '{{}}' "
    "FROM derivation WHERE rule_set = 'crs_astct_2019'"
)
STRAYS = [
    ("a newer version", "record_key", "crs_astct_2019", "2", "the registry has no such rule set"),
    ("an unknown rule set", "record_key", "made_up", "1", "the registry has no such rule set"),
    ("an unknown record", "'made-up'", "crs_astct_2019", "1", "the child has no such record"),
]


@pytest.mark.parametrize(
    ("record", "rule_set", "version", "why"), [case[1:] for case in STRAYS], ids=[case[0] for case in STRAYS]
)
def test_a_verdict_nobody_derived_is_named_and_derive_removes_it(
    used: Study, record: str, rule_set: str, version: str, why: str
) -> None:
    tamper(VERDICT.format(record=record, rule_set=rule_set, version=version))
    child, (assessed,) = used.subject.key, stored(used.subject, "assessment")
    named = "made-up" if record == "'made-up'" else assessed.key
    told = f"derivation of child {child}, record {named}: {rule_set} {version} was not derived by the registry, {why}"
    assert told in verify(db.session)
    assert derive_again(db.session, [used.subject]) == 1
    db.session.commit()
    assert verify(db.session) == []


def test_a_verdict_about_another_childs_record_is_named(used: Study) -> None:
    """Both children are verified at once: a record of the one is still none of the other."""
    other = enrol_child(db.session(), used.site, enrolment(), by=used.coordinator, at=NOW)
    db.session.commit()
    (theirs,) = stored(other, "enrolment")
    tamper(VERDICT.format(record=f"'{theirs.key}'", rule_set="crs_astct_2019", version="1"))
    named = f"derivation of child {used.subject.key}, record {theirs.key}: crs_astct_2019 1 was not derived"
    assert any(problem.startswith(named) for problem in verify(db.session))
    assert derive_again(db.session, [used.subject, other]) == 1


@pytest.mark.parametrize("column", ["missing", "details"])
def test_a_verdict_that_cannot_be_read_is_named_and_derived_again(used: Study, column: str) -> None:
    tamper(f"UPDATE derivation SET {column} = '{{' WHERE rule_set = 'crs_astct_2019'")  # noqa: S608
    (record,) = stored(used.subject, "assessment")
    assert verify(db.session) == [
        f"assessment {record.key}: the derived value of crs_astct_2019 1 is not what its inputs give"
    ]
    derive_again(db.session, [used.subject])
    db.session.commit()
    assert verify(db.session) == []


UNWORKABLE = [
    ("no such time zone", "UPDATE site SET time_zone = 'America/Chicag1'", "time_zone was changed outside"),
    ("a folder of time zones", "UPDATE site SET time_zone = 'America'", "time_zone was changed outside"),
    ("no text of a protocol", "UPDATE site_protocol SET rules = '{\"a'", "site_protocol holds what"),
    ("rules of a protocol that are none", "UPDATE site_protocol SET rules = '{\"a\": 1}'", "rules was changed outside"),
    ("no code of a line", "UPDATE anakinra_course SET line = 'third1'", "line was changed outside"),
    ("lists in lists", "UPDATE laboratory SET null_flavours = 'NESTED'", "laboratory: a record or a link of child"),
    ("an entry of lists", "UPDATE change SET payload = 'NESTED' WHERE seq = 3", "entry 3 of the log was altered"),
    ("no code of a dose", "UPDATE anakinra_regimen SET dose_basis = 'per_x'", "dose_basis was changed outside"),
]


def use_and_treat(study: Study, folder: Path) -> None:
    """Add a protocol, an order of anakinra and another child to what is there."""
    use(study, folder)
    protocol = protocol_of("CNH")
    stated = {"rules": protocol.rules.as_plain(), "effective_from": protocol.effective_from, "text": "As published."}
    row = SiteProtocol(site_id=study.site.id, version="1", **stated)
    audit.write_row(db.session, row, by=study.coordinator, at=NOW)
    course = row_of("anakinra_course", {**COURSE, "infusion": study.infusion, "episode": ""})
    save(study.subject, study.coordinator, "anakinra_course", course)
    order = row_of("anakinra_regimen", {**ORDER, "dose_value": "2", "dose_basis": "mg_per_kg_dose", "frequency": "q6h"})
    save(study.subject, study.coordinator, "anakinra_regimen", order)
    enrol_child(db.session, study.site, enrolment(), by=study.coordinator, at=NOW)
    db.session.commit()
    assert verify(db.session) == []


@pytest.fixture(scope="module")
def shared_treated(share_study: Callable[..., SharedStudy]) -> SharedStudy:
    return share_study(use_and_treat)


@pytest.fixture
def treated(shared_treated: SharedStudy, tmp_path: Path) -> Iterator[Study]:
    """Yield the study with a protocol, an order and another child; what a test does to it is undone."""
    with shared_treated.lent(tmp_path) as study:
        yield study


@pytest.mark.parametrize(("statement", "found"), [one[1:] for one in UNWORKABLE], ids=[one[0] for one in UNWORKABLE])
def test_what_cannot_be_worked_with_is_a_finding_and_the_rest_is_verified(
    treated: Study, statement: str, found: str
) -> None:
    tamper(statement.replace("NESTED", "[" * 60_000))
    tamper("UPDATE assessment SET crs_grade = 3")
    problems = verify(db.session)
    assert any(found in problem for problem in problems)
    assert any("crs_grade was changed outside the registry" in problem for problem in problems)


ONLY_SQLITE_TAKES = [
    ("no day of withdrawal", "UPDATE subject SET withdrawn_on = 1", "subject holds what the registry cannot have"),
    ("no site", "DELETE FROM site", "site_id was changed outside the registry"),
    ("no moment of an opening", "UPDATE data_query SET opened_at = 'x'", "data_query: a date, a step or an item"),
    ("bytes for an entry", "UPDATE change SET payload = CAST(payload AS BLOB) WHERE seq = 3", "entry 3 of the log"),
    (
        "no letters of an entry",
        "UPDATE change SET payload = CAST(x'ff' AS TEXT) WHERE seq = 3",
        "entry 3 of the log was altered",
    ),
    (
        "no letters of a time",
        "UPDATE change SET at = CAST(x'ff' AS TEXT) WHERE seq = 3",
        "entry 3: its time or its subject",
    ),
    ("no letters of a name", "UPDATE \"user\" SET name = CAST(x'ff' AS TEXT)", "name was changed outside the registry"),
    (
        "no letters of a key",
        "UPDATE laboratory SET key = CAST(x'ff' AS TEXT)",
        "is stored, but the log does not know it",
    ),
    (
        "no letters of an answer",
        "UPDATE laboratory SET null_flavours = CAST(x'ff' AS TEXT)",
        "laboratory: a record or a link",
    ),
    ("bytes for a folder", "UPDATE cut SET folder = x'ff'", "crs_grade was changed outside"),
    ("no moment of an entry", "UPDATE laboratory SET entered_at = 'x'", "laboratory: a record or a link of child"),
]


@pytest.mark.parametrize(
    ("statement", "found"), [one[1:] for one in ONLY_SQLITE_TAKES], ids=[one[0] for one in ONLY_SQLITE_TAKES]
)
def test_what_postgresql_refuses_is_a_finding_in_sqlite(treated: Study, statement: str, found: str) -> None:
    child = treated.subject.key
    try:
        tamper(statement)
    except DBAPIError:
        assert verify(db.session) == []
        return
    tamper("UPDATE assessment SET crs_grade = 3")
    problems = verify(db.session)
    assert any(found in problem for problem in problems)
    assert any("crs_grade was changed outside the registry" in problem for problem in problems)
    if "subject" in statement or "site" in statement:
        assert any(f"subject {child}: what is derived cannot be worked out again" in problem for problem in problems)


def test_a_cut_in_whose_folder_another_one_lies_is_named(own_study: Study, tmp_path: Path) -> None:
    """A cut sees only what is committed."""
    use(own_study, tmp_path)
    first = db.session.scalars(select(Cut)).one()
    save(own_study.subject, own_study.coordinator, "laboratory", laboratory(own_study.infusion))
    second = cuts.take_cut(db.session, tmp_path / "second", by=own_study.coordinator, at=NOW)
    db.session.commit()
    assert verify(db.session) == []
    tamper(f"UPDATE cut SET folder = '{second.folder}'")  # noqa: S608
    assert verify(db.session) == [f"cut {first.key}: its folder holds another data cut, or its manifest was changed"]
