"""Judging stored children again, without a save: what time alone, a new rule or a site's own records have changed.

Derived values and verdicts are true after every save and are not looked at here: ``consequences.derive_again`` is.
"""

from __future__ import annotations

import gc
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select, union
from sqlalchemy.orm import Session

from forms.casebook import CASEBOOK
from forms.edit_checks import check_row
from forms.items import SOFT
from forms.schedule import due_days, is_overdue
from registry import audit, child_processes, data_queries
from registry.models import DataQuery, Subject, new_key
from registry.saving.judging import Casebook, load, lock_children
from registry.saving.reconciling import Judged, reconcile
from registry.site_clock import local_day
from registry.tables import TABLES

CHILDREN_AT_ONCE = 25
OBJECTS_BETWEEN_COLLECTIONS = 500_000


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What judging some children again came to."""

    children: int = 0
    records: int = 0
    opened: int = 0
    closed: int = 0

    def __add__(self, other: Checked) -> Checked:
        return Checked(**{name: getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__})

    def __str__(self) -> str:
        return (
            f"{self.children} children, {self.records} records judged: {self.opened} data queries opened, "
            f"{self.closed} closed."
        )


def check_again(session: Session, subjects: Sequence[Subject], at: datetime) -> Checked:
    """Judge every record of some children; open, reopen and close data queries accordingly. The caller commits.

    An answer that is still missing is asked for once its page is complete, or was due long enough ago. Judging the
    same data twice on a day changes nothing.
    """
    lock_children(session, subjects)
    casebooks = load(session, subjects, CASEBOOK)
    # Nobody may answer for a child whose consent was withdrawn.
    asked = [casebook for casebook in casebooks.values() if casebook.subject.withdrawn_on is None]
    judged = [record for casebook in asked for record in _judged(casebook, at)]
    standing = data_queries.standing(session, casebooks)
    entries = reconcile(session, judged, standing, confirmed={}, save_id=new_key())
    audit.append(session, entries)
    statuses = [entry.changes["status"][1] for entry in entries if "status" in entry.changes]
    return Checked(
        children=len(asked),
        records=len(judged),
        opened=statuses.count(data_queries.OPEN),
        closed=statuses.count(data_queries.CLOSED),
    )


def _judged(casebook: Casebook, at: datetime) -> Iterator[Judged]:
    context = casebook.context(at)
    due = due_days(casebook.rows, context)
    for name, records in casebook.records.items():
        for record in records.values():
            if record.voided_at is None:
                due_on = due.get(record.key) or local_day(casebook.subject, record.entered_at)
                yield Judged(
                    subject=casebook.subject,
                    record=record,
                    rows=context.rows,
                    findings=check_row(CASEBOOK[name], record.row, context, mildest=SOFT),
                    at=at,
                    is_overdue=is_overdue(due_on, context.today),
                )


def with_open_ends() -> Select[Subject]:
    """Return the selection of children whom time alone can change: a form is not complete, or a query is open."""
    incomplete = [
        select(table.c.subject_id).where(table.c.completed_at.is_(None), table.c.voided_at.is_(None))
        for table in TABLES.values()
    ]
    asked = select(DataQuery.subject_id).where(DataQuery.status == data_queries.OPEN)
    return select(Subject).where(Subject.id.in_(union(*incomplete, asked))).order_by(Subject.id)


def check_all(session: Session, subjects: Select[Subject], at: datetime) -> Checked:
    """Judge a selection of children again, some at a time, so that nobody who saves waits for long. Commits."""
    ids = [subject.id for subject in session.scalars(subjects)]
    session.commit()
    total = Checked()
    with _rare_collections():
        for start in range(0, len(ids), CHILDREN_AT_ONCE):
            chosen = select(Subject).where(Subject.id.in_(ids[start : start + CHILDREN_AT_ONCE])).order_by(Subject.id)
            total += check_again(session, session.scalars(chosen).all(), at)
            session.commit()
            session.expunge_all()
    return total


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Spare most walks through rows that stay alive until their children are judged."""
    usual = gc.get_threshold()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def start_in_background() -> None:
    """Start `anakinra-registry check` beside the web server, which does not wait for it."""
    process = subprocess.Popen(
        child_processes.python("registry", "check"),
        env=child_processes.told(os.environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    child_processes.leave_alone(process)
