"""Saves that meet each other or fail half way: nothing lost, nothing stored by halves, the log intact."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, cast

from flask import Flask
from sqlalchemy import Engine, event, select

from entries import NOW, assessment, laboratory, save, stored
from forms.casebook import CASEBOOK
from registry import records
from registry.audit_verify import verify
from registry.database import db
from registry.models import DataQuery, Subject, User
from registry.saving.outcomes import Conflict
from study import Study

WORKERS = 4
ROUNDS = 6


def in_parallel(app: Flask, work: Any) -> list[Any]:
    """Return what ``work(number)`` gives in several threads, each with its own session."""

    def run(number: int) -> Any:
        with app.app_context():
            return work(number)

    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(run, range(WORKERS)))


def people(study: Study) -> tuple[Subject, User]:
    """Return the child and the coordinator in this thread's session."""
    subject = db.session.execute(select(Subject).where(Subject.code == study.subject.code)).scalar_one()
    user = db.session.execute(select(User).where(User.email == study.coordinator.email)).scalar_one()
    return subject, user


def test_of_several_who_save_the_same_record_one_is_first_and_the_others_are_told(
    own_app: Flask, own_study: Study
) -> None:
    row = assessment(own_study.infusion, crs_grade=0)
    save(own_study.subject, own_study.coordinator, "assessment", row)
    names = own_study.subject.code, own_study.coordinator.email
    db.session.remove()

    def work(number: int) -> str:
        subject = db.session.execute(select(Subject).where(Subject.code == names[0])).scalar_one()
        user = db.session.execute(select(User).where(User.email == names[1])).scalar_one()
        try:
            save(subject, user, "assessment", {**row, "crs_grade": number + 1}, revision=1, reason="Read again.")
        except Conflict:
            db.session.rollback()
            return "conflict"
        return "saved"

    assert sorted(in_parallel(own_app, work)) == ["conflict"] * (WORKERS - 1) + ["saved"]
    assert verify(db.session) == []


def test_saves_of_different_records_at_once_are_all_stored_and_chained_without_a_fork(
    own_app: Flask, own_study: Study
) -> None:
    names, link = (own_study.subject.code, own_study.coordinator.email), own_study.infusion
    db.session.remove()

    def work(_number: int) -> list[str]:
        saved = []
        for _ in range(ROUNDS):
            subject = db.session.execute(select(Subject).where(Subject.code == names[0])).scalar_one()
            user = db.session.execute(select(User).where(User.email == names[1])).scalar_one()
            saved.append(save(subject, user, "laboratory", laboratory(link)).key)
        return saved

    keys = {key for saved in in_parallel(own_app, work) for key in saved}
    subject = db.session.execute(select(Subject).where(Subject.code == names[0])).scalar_one()
    kept = stored(subject, "laboratory")
    assert {record.key for record in kept} == keys
    assert [record.instance for record in kept] == list(range(1, WORKERS * ROUNDS + 1))
    assert verify(db.session) == []


@contextmanager
def failing_statement(engine: Engine, number: int) -> Any:
    """Make the n-th statement from now on fail as if the disk were full; tell how many ran."""
    seen = {"count": 0}

    def count(*_: Any) -> None:
        seen["count"] += 1
        if seen["count"] == number:
            raise OSError("disk full")

    event.listen(engine, "before_cursor_execute", count)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", count)


def test_a_save_that_fails_at_any_statement_leaves_the_registry_as_it_was(own_study: Study) -> None:
    row = assessment(own_study.infusion)
    save(own_study.subject, own_study.coordinator, "assessment", row)
    engine = cast(Engine, db.engine)
    failures = 0
    for number in range(1, 200):
        subject, user = people(own_study)
        db.session.commit()
        with failing_statement(engine, number) as seen:
            try:
                changed = {**row, "crs_grade": 2}
                records.save(
                    db.session,
                    subject,
                    CASEBOOK["assessment"],
                    changed,
                    revision=1,
                    by=user,
                    at=NOW,
                    reason="Read again.",
                    complete=True,
                )
                db.session.commit()
            except OSError:
                db.session.rollback()
                failures += 1
        if seen["count"] < number:
            break
        assert stored(own_study.subject, "assessment")[0].row["crs_grade"] == 1
        assert verify(db.session) == []
    assert failures > 5
    assert stored(own_study.subject, "assessment")[0].row["crs_grade"] == 2
    assert verify(db.session) == []


def test_judging_again_what_is_stored_opens_no_query_twice(own_study: Study) -> None:
    row = assessment(own_study.infusion)
    save(own_study.subject, own_study.coordinator, "assessment", row, complete=True)
    asked = {query.key: query.status for query in db.session.execute(select(DataQuery)).scalars()}
    assert asked
    save(own_study.subject, own_study.coordinator, "laboratory", laboratory(own_study.infusion))
    save(own_study.subject, own_study.coordinator, "assessment", row, revision=1)
    again = {query.key: query.status for query in db.session.execute(select(DataQuery)).scalars()}
    assert {key: again[key] for key in asked} == asked
    assert verify(db.session) == []
