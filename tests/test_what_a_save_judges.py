"""What a save judges again: enough to say what judging everything says, and nobody waits while a page is read."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from arbitrary_casebooks import SEEDS, casebook
from entries import NOW, key, laboratory, measured, save, stored
from examples import examples
from forms.casebook import CASEBOOK
from forms.edit_checks import check_row
from forms.form import ANCHOR_FORMS
from forms.items import SOFT
from forms.values import Row
from registry import data_queries
from registry.database import db, waiting_at_most
from registry.models import DataQuery, Site, Subject
from registry.saving.consequences import touched
from registry.saving.judging import Casebook, lock_children
from registry.saving.outcomes import SubjectClosed
from registry.stored_records import Record
from signing_in import signed_in_client
from study import Study

Said = dict[str, set[tuple[str, str]]]
"""Record key -> check id and message of each finding that can open a data query."""


def as_stored(subject: Subject, form: str, row: Row) -> Record:
    """Return a row as a record of a child, complete."""
    moments = {"entered_at": NOW, "completed_at": NOW, "voided_at": None}
    fixed = {"id": 1, "instance": 1, "revision": 1, "form_version": 1, **moments}
    return Record(key=str(row["key"]), form=form, subject_id=subject.id, row=row, **fixed)


def everything_said(book: Casebook) -> Said:
    context = book.context(NOW)
    told = (
        (record.key, check_row(CASEBOOK[name], record.row, context, mildest=SOFT))
        for name, records_of in book.records.items()
        for record in records_of.values()
    )
    return {key: {(f.check_id, f.message) for f in findings if not f.is_missing} for key, findings in told}


def book_of(rows: Mapping[str, Sequence[Row]]) -> Casebook:
    subject = Subject(id=1, site=Site(time_zone="Europe/Berlin"))
    found = {name: {str(row["key"]): as_stored(subject, name, row) for row in rows.get(name, ())} for name in CASEBOOK}
    return Casebook(subject=subject, records=found)


@given(seed=SEEDS, other=SEEDS, form=st.sampled_from([name for name in CASEBOOK if name not in ANCHOR_FORMS]))
@examples(150)
def test_a_save_judges_every_record_about_which_it_changes_what_is_said(seed: int, other: int, form: str) -> None:
    before, saved = casebook(seed), (*casebook(other, [form])[form], {"key": f"{form}-new"})[0]
    old = book_of(before)
    said_before = everything_said(old)
    new = book_of({**before, form: [row for row in before[form] if row["key"] != saved["key"]] + [saved]})
    said_after = everything_said(new)

    asked_about = {(key, check_id) for key, findings in said_before.items() for check_id, _ in findings}
    judged = {record.key for record in touched(new, {form: {str(saved["key"])}}, new.context(NOW), asked_about)}

    assert {key for key, found in said_after.items() if found != said_before.get(key)} - judged <= {saved["key"]}
    assert saved["key"] in judged


def test_a_save_does_not_judge_what_it_cannot_change() -> None:
    """Twelve assessments without a word to say about them: one more is judged alone."""
    fever = {"temperature_c": Decimal("38.6"), "crs_grade": 1}
    days = [{"key": f"a{day}", "assessed_at": datetime(2026, 3, day, 8), **fever} for day in range(6, 18)]
    book = book_of({"assessment": days, "infusion": [{"key": "i1", "infused_on": date(2026, 3, 5)}]})

    judged = touched(book, {"assessment": {"a9"}}, book.context(NOW), set())

    assert [record.key for record in judged] == ["a9"]


def test_a_value_before_it_makes_a_stored_one_a_slip_and_its_correction_none(study: Study) -> None:
    """Source of the numbers: 24 mg/dL is common in µmol/L; after 1.2 mg/dL it is a slip, after 22 mg/dL it is none."""
    later = laboratory(study.infusion, sampled_at=datetime(2026, 3, 8, 6, 0))
    later["bilirubin_total"] = measured("24", "bilirubin_total")
    save(study.subject, study.coordinator, "laboratory", later)
    earlier = laboratory(study.infusion, bilirubin_total=measured("1.2", "bilirubin_total"))
    save(study.subject, study.coordinator, "laboratory", earlier)

    about = select(DataQuery).where(DataQuery.record_key == later["key"])
    (asked,) = db.session.scalars(about).all()
    assert (asked.check_id, asked.status) == ("laboratory.bilirubin_total.unit", data_queries.OPEN)

    corrected = {**earlier, "bilirubin_total": measured("22", "bilirubin_total")}
    save(study.subject, study.coordinator, "laboratory", corrected, revision=1, reason="Read again.")
    assert [query.status for query in db.session.scalars(about)] == [data_queries.CLOSED]


def test_consent_withdrawn_by_somebody_else_meanwhile_closes_the_child(study: Study) -> None:
    """The page was opened before: what the session still remembers of the child is not what stands there."""
    withdrawn = update(Subject).where(Subject.id == study.subject.id).values(withdrawn_on=date(2026, 5, 20))
    db.session.execute(withdrawn, execution_options={"synchronize_session": False})
    assert study.subject.withdrawn_on is None
    with pytest.raises(SubjectClosed):
        save(study.subject, study.coordinator, "laboratory", laboratory(study.infusion))
    assert stored(study.subject, "laboratory") == []


def test_nobody_waits_while_a_page_that_cannot_be_read_is_looked_at(own_app: Flask, own_study: Study) -> None:
    """Somebody else holds the child, on SQLite the whole database: a page with an error comes back at once."""
    client = signed_in_client(own_app, own_study.coordinator)
    answers = {"_key": key(), "_revision": "0", "infusion": own_study.infusion, "sampled_at": "the day after"}
    address, child = f"/subjects/{own_study.subject.key}/laboratory/new", own_study.subject.id
    db.session.remove()
    with Session(db.engine) as other:
        lock_children(other, [other.get_one(Subject, child)])
        answer = client.post(address, data=answers)
        other.rollback()

    assert answer.status_code == 422
    assert "the day after" in answer.text
    good = {**answers, "sampled_at": f"{NOW:%Y-%m-%d} 06:00"}
    assert client.post(address, data=good).status_code == 302


def test_a_page_that_must_wait_too_long_for_the_database_comes_back_in_words(own_app: Flask, own_study: Study) -> None:
    """Somebody else holds SQLite's lock for longer than a save waits; PostgreSQL waits for the row."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text(f"ALTER DATABASE {db.engine.url.database} SET lock_timeout = '50ms'"))
        db.session.commit()
        db.engine.dispose()
    client = signed_in_client(own_app, own_study.coordinator)
    answers = {"_key": key(), "_revision": "0", "infusion": own_study.infusion, "sampled_at": f"{NOW:%Y-%m-%d} 06:00"}
    address, child = f"/subjects/{own_study.subject.key}/laboratory/new", own_study.subject.id
    db.session.remove()
    with Session(db.engine) as other, waiting_at_most(0.05):
        lock_children(other, [other.get_one(Subject, child)])
        answer = client.post(address, data=answers)
        other.rollback()

    assert answer.status_code == 503
    assert "The registry is busy" in answer.text and "06:00" in answer.text
    assert client.post(address, data=answers).status_code == 302
