"""Judging: a page while it is typed, for a child of 200 records, and every stored record again."""

import statistics
import tempfile
import time
import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from benchmarks.figure import Figure
from benchmarks.server import Person, give_password, installation, serving, token_of
from forms.casebook import CASEBOOK
from forms.values import Row, answer
from registry import records
from registry.database import db, utc_now
from registry.demo.people import make_logins
from registry.demo.sites import SITES
from registry.demo.writing import write_demo_data
from registry.models import RoleGrant, Subject, User
from registry.rechecking import check_all
from registry.saving.outcomes import Submission
from registry.stored_records import read_records
from registry.tables import TABLES

PATIENTS, SEED, UNTIL = 240, 1, date(2026, 6, 1)
RECORDS_OF_THE_LONGEST = 200
ASKED = 50
WHILE_TYPING_MILLISECONDS, ROWS_PER_SECOND = 150, 5000


def measure() -> list[Figure]:
    """Return the median time of an answer while a page is typed, and how many stored rows a second are judged."""
    with tempfile.TemporaryDirectory() as folder, installation(Path(folder), f"sqlite:///{folder}/r.sqlite"):
        session = db.session()
        logins = make_logins([site.code for site in SITES], "password-of-the-benchmark")
        write_demo_data(session, patients=PATIENTS, seed=SEED, until=UNTIL, logins=logins)
        rate = _judged_again(session)
        subject, by = _longest(session)
        typed = _fill_up(session, subject, by)
        give_password([by])
        email, address = by.email, f"/subjects/{subject.key}/assessment"
        session.commit()
        with serving() as server:
            milliseconds = _while_typing(Person(server.port, email), address, typed)
    return [
        Figure(
            name=f"answer while typing, child of {RECORDS_OF_THE_LONGEST} records, median of {ASKED}",
            value=milliseconds,
            unit="ms",
            bar=WHILE_TYPING_MILLISECONDS,
            higher_is_better=False,
        ),
        Figure(
            name="rows judged by check --all, per second of one core",
            value=rate,
            unit="rows/s",
            bar=ROWS_PER_SECOND,
            higher_is_better=True,
        ),
    ]


def _judged_again(session: Session) -> float:
    began = time.process_time()
    checked = check_all(session, select(Subject).order_by(Subject.id), datetime.combine(UNTIL, datetime.min.time()))
    return checked.records / (time.process_time() - began)


def _longest(session: Session) -> tuple[Subject, User]:
    """Return the child with the most assessments and the coordinator of its site."""
    assessment = TABLES["assessment"]
    most = select(assessment.c.subject_id).group_by(assessment.c.subject_id).order_by(func.count().desc()).limit(1)
    subject = session.scalars(select(Subject).where(Subject.id == most.scalar_subquery())).one()
    grants = select(RoleGrant).where(RoleGrant.role == "coordinator", RoleGrant.site_id == subject.site_id)
    return subject, session.scalars(grants).first().user  # type: ignore[union-attr]


def _fill_up(session: Session, subject: Subject, by: User) -> Mapping[str, str]:
    """Repeat the child's fullest assessment until it has 200 records; return that assessment as a page sends it."""
    stored = read_records(session, CASEBOOK, [subject.id])
    number = sum(len(found) for found in stored.values())
    assessments = [record.row for record in stored["assessment"]]
    fullest = max(assessments, key=lambda row: sum(value is not None for value in row.values()))
    last = max(day for row in assessments if isinstance(day := row["assessed_at"], datetime))
    rows = [_copy(fullest, last + timedelta(minutes=place + 1)) for place in range(RECORDS_OF_THE_LONGEST - number)]
    form = CASEBOOK["assessment"]
    given = [Submission(subject=subject, form=form, row=row, by=by, at=utc_now()) for row in rows]
    records.save_many(session, [replace(one, confirmed=_every_check("assessment")) for one in given])
    session.commit()
    return {name: item.format(answer(fullest, name)) for name, item in form.typed_items.items()}


def _every_check(form: str) -> dict[str, str]:
    return {check.id: "A copy made for the benchmark." for check in CASEBOOK[form].checks}


def _copy(row: Row, at: datetime) -> Row:
    return {**row, "key": str(uuid.uuid4()), "assessed_at": at}


def _while_typing(person: Person, address: str, typed: Mapping[str, str]) -> float:
    """Return the median milliseconds from sending a page as typed to having the answer."""
    token = token_of(person.get(f"{address}/new"))
    times = []
    for number in range(ASKED):
        asked = {**typed, "csrf_token": token, "temperature_c": f"38.{number % 10}"}
        began = time.perf_counter()
        status, _ = person.post(f"{address}/{uuid.uuid4()}/said", asked)
        times.append((time.perf_counter() - began) * 1000)
        if status != 200:
            raise RuntimeError(f"asking while typing answered {status}")
    return statistics.median(times)
