"""Cases for blinded review: HLH-like toxicity, CRS beside a bloodstream infection, deaths from infection.

A case is the record it is about. A review is what one reviewer said of it: a row of `Adjudication`, which holds a
`Decision`. Every review is kept; toxicity and grade of the newest one stand in the adjudicated answers of an episode,
saved by the reviewer through the one writer of case report forms.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session, selectinload

from forms.casebook import CASEBOOK
from forms.code_lists import ADJUDICATED_AS, TOXICITIES
from forms.values import PartialDate, Row, is_before
from registry import audit, records
from registry.consent import NOT_REFUSED
from registry.models import Adjudication, Subject, User, new_key
from registry.saving.judging import lock_children
from registry.saving.outcomes import NotSaved
from registry.stored_records import read_records
from registry.tables import TABLES

CARHLH, CRS_OR_SEPSIS, FATAL_INFECTION = "carhlh", "crs_or_sepsis", "fatal_infection"
KINDS = {
    CARHLH: "carHLH",
    CRS_OR_SEPSIS: "CRS or sepsis",
    FATAL_INFECTION: "Death from infection",
}


@dataclass(frozen=True, kw_only=True)
class Case:
    """A record to be judged by people blind to the treatment.

    ``stands`` is what an episode is adjudicated as, ``stands_grade`` its highest grade by the committee.

    A reviewer knows it by its ``code``: the key of the record stands beside the first dose in the traces of a report.
    """

    code: str
    kind: str
    form: str
    key: str
    subject_id: int
    stands: str | None = None
    stands_grade: int | None = None

    @property
    def name(self) -> str:
        """Return what people call it: the beginning of its code, which tells nothing."""
        return self.code[:8]


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What a reviewer says a case was; grade and onset only for a toxicity."""

    decision: str
    peak_grade: int | None = None
    onset_day: int | None = None
    comment: str = ""

    @property
    def words(self) -> str:
        """Return the decision as a person reads it."""
        grade = f", grade {self.peak_grade}" if self.peak_grade is not None else ""
        onset = f", from day {self.onset_day}" if self.onset_day is not None else ""
        return f"{ADJUDICATED_AS.labels[self.decision]}{grade}{onset}"


def cases(session: Session, subjects: Select[Subject]) -> list[Case]:
    """Return the cases among some children, in the order of their random codes; a fixed number of statements."""
    ids = subjects.with_only_columns(Subject.id).where(NOT_REFUSED)
    found = [*_episodes(session, ids), *_deaths(session, ids)]
    return sorted(found, key=lambda case: case.code)


def code_of(record_key: str) -> str:
    """Return what reviewers know the case of a record by; without the installation's key nobody gets from it to one."""
    secret = str(current_app.config["PSEUDONYM_KEY"]).encode("utf-8")
    digest = hmac.new(secret, f"adjudication\0{record_key}".encode(), hashlib.sha256).digest()
    return str(UUID(bytes=digest[:16]))


def _episodes(session: Session, ids: Select[Any]) -> Iterable[Case]:
    episode, infection = TABLES["toxicity_episode"].c, TABLES["infection"].c
    in_blood = _rows(session, "infection", ids, infection.infection_site == "bloodstream", "onset_on", "resolved_on")
    infections: dict[int, list[Mapping[str, Any]]] = {}
    for row in in_blood:
        infections.setdefault(row["subject_id"], []).append(row)
    wanted = ("toxicity", "onset_on", "resolved_on", "adjudicated_toxicity", "adjudicated_peak_grade")
    for row in _rows(session, "toxicity_episode", ids, episode.toxicity.in_(("crs", "carhlh")), *wanted):
        is_carhlh = row["toxicity"] == "carhlh"
        if is_carhlh or any(_may_overlap(row, other) for other in infections.get(row["subject_id"], ())):
            kind = CARHLH if is_carhlh else CRS_OR_SEPSIS
            case = _case(kind, "toxicity_episode", row)
            yield replace(case, stands=row["adjudicated_toxicity"], stands_grade=row["adjudicated_peak_grade"])


def _may_overlap(first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    """Tell whether two spells may have been there at the same time: not where one had certainly ended before."""
    return not _ended_before(first, second) and not _ended_before(second, first)


def _ended_before(first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    return is_before(_partial(first["resolved_on"]), _partial(second["onset_on"])) is True


def _partial(text: str | None) -> PartialDate | None:
    return PartialDate(text) if text is not None else None


def _deaths(session: Session, ids: Select[Any]) -> Iterable[Case]:
    """Yield the infections that were fatal, and the deaths from infection of children of whom no page names it."""
    infection, end = TABLES["infection"].c, TABLES["end_of_study"].c
    is_fatal = or_(infection.outcome == "fatal", infection.severity == "fatal", infection.ctcae_grade == 5)
    told = set()
    for row in _rows(session, "infection", ids, is_fatal):
        told.add(row["subject_id"])
        yield _case(FATAL_INFECTION, "infection", row)
    for row in _rows(session, "end_of_study", ids, end.cause_of_death == "infection"):
        if row["subject_id"] not in told:
            yield _case(FATAL_INFECTION, "end_of_study", row)


def _case(kind: str, form: str, row: Mapping[str, Any]) -> Case:
    key = row["key"]
    return Case(code=code_of(key), kind=kind, form=form, key=key, subject_id=row["subject_id"])


def _rows(
    session: Session, form: str, ids: Select[Any], condition: ColumnElement[bool], *items: str
) -> list[dict[str, Any]]:
    """Return key, child and some answers of the records of a form that meet a condition, voided ones left out."""
    table = TABLES[form]
    columns = [table.c[name] for name in ("key", "subject_id", *items)]
    statement = select(*columns).where(table.c.subject_id.in_(ids), table.c.voided_at.is_(None), condition)
    return [dict(row) for row in session.execute(statement).mappings()]


def reviews(session: Session, keys: Iterable[str]) -> dict[str, list[Adjudication]]:
    """Return record key -> the reviews of a case, oldest first."""
    statement = select(Adjudication).where(Adjudication.record_key.in_(list(keys)))
    found: dict[str, list[Adjudication]] = {}
    eager = statement.options(selectinload(Adjudication.reviewer)).order_by(Adjudication.id)
    for review in session.scalars(eager):
        found.setdefault(review.record_key, []).append(review)
    return found


def decided(review: Adjudication) -> Decision:
    """Return what a stored review decided."""
    return Decision(
        decision=review.decision,
        peak_grade=review.peak_grade,
        onset_day=review.onset_day,
        comment=review.comment,
    )


def review(session: Session, case: Case, decision: Decision, *, by: User, at: datetime) -> NotSaved | None:
    """Keep a review; carry it to the episode it is about, and return why that could not be saved, if it could not.

    The caller commits. What keeps the episode from being saved, such as an order of dates that became impossible, does
    not undo the review.
    """
    lock_children(session, [session.get_one(Subject, case.subject_id)])
    row = Adjudication(
        key=new_key(),
        subject_id=case.subject_id,
        kind=case.kind,
        form=case.form,
        record_key=case.key,
        reviewer_id=by.id,
        reviewed_at=at,
        decision=decision.decision,
        peak_grade=decision.peak_grade,
        onset_day=decision.onset_day,
        comment=decision.comment,
    )
    audit.write_row(session, row, by=by, at=at)
    return _carry_over(session, case, decision, by=by, at=at) if case.form == "toxicity_episode" else None


def _carry_over(session: Session, case: Case, decision: Decision, *, by: User, at: datetime) -> NotSaved | None:
    subject = session.get_one(Subject, case.subject_id)
    stored = read_records(session, [case.form], [subject.id], voided=True)[case.form]
    record = next(record for record in stored if record.key == case.key)
    answers: Row = {
        "adjudicated": True,
        "adjudicated_toxicity": decision.decision,
        "adjudicated_peak_grade": decision.peak_grade,
    }
    try:
        records.save(
            session,
            subject,
            CASEBOOK[case.form],
            {**record.row, **answers},
            revision=record.revision,
            by=by,
            at=at,
            reason="Blinded review of the case.",
        )
    except NotSaved as refused:
        return refused
    return None


def is_toxicity(decision: str) -> bool:
    """Tell whether a decision names a toxicity, which has a grade."""
    return decision in TOXICITIES
