"""The list of children: which ones a filter finds, and what it says about each, in a fixed number of statements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session

from forms.casebook import CASEBOOK
from forms.derivations import END_DAYS, observation_ended_on
from forms.items import Choice
from forms.schedule import DueForm, Status
from forms.values import PartialDate
from registry import data_queries, due
from registry.consent import MISTAKEN, NOT_REFUSED, RESTING, WITHDRAWN
from registry.models import DataQuery, Site, Subject
from registry.site_clock import local_day
from registry.tables import TABLES

PAGE_SIZE = 50

STATUSES = {
    "not_infused": "Not infused yet",
    "active": "Under observation",
    "ended": "Ended or died",
    "withdrawn": "Consent withdrawn",
    "mistaken": "Entered by mistake",
}
SHORT = {
    "crs": "CRS",
    "icans": "ICANS",
    "carhlh": "carHLH",
    "thrombocytopenia": "Platelets",
    "late_systemic": "Late",
    "tian": "TIAN",
    "other": "Other",
}
"""Toxicities as they stand beside their grade, where room is scarce."""

_END = TABLES["end_of_study"].c
_ENDED = (_END.reason.is_not(None), or_(*(_END[name].is_not(None) for name in END_DAYS)))
"""What an end-of-study page must hold to end the observation of a child: a reason and a day."""

DUE = {"due": "Something is due", "overdue": "Something is overdue", "begun": "Saved, not complete"}


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What the list is narrowed to; empty means all. Anything that is not on offer counts as empty."""

    site: str = ""
    status: str = ""
    toxicity: str = ""
    due: str = ""

    @property
    def is_empty(self) -> bool:
        """Tell whether the list is not narrowed at all."""
        return not (self.site or self.status or self.toxicity or self.due)


@dataclass(frozen=True, kw_only=True)
class Line:
    """One child in the list."""

    subject: Subject
    status: str
    infused_on: date | None
    product: str
    day: int | None
    toxicities: tuple[tuple[str, int | None], ...]
    due: tuple[DueForm, ...]
    open_queries: int


def toxicity_labels() -> Mapping[str, str]:
    """Return the toxicities one can filter by, code -> label."""
    item = CASEBOOK["toxicity_episode"].items["toxicity"]
    assert isinstance(item, Choice)
    return item.codes.labels


def offered() -> dict[str, Mapping[str, str]]:
    """Return what the list can be narrowed by: filter -> its values in words. Sites are offered beside."""
    return {"status": STATUSES, "toxicity": toxicity_labels(), "due": DUE}


def read_filters(given: Mapping[str, str]) -> Filters:
    """Return the filters of an address; values that are not on offer are dropped."""
    known = {name: given.get(name, "") for name, values in offered().items() if given.get(name, "") in values}
    return Filters(site=given.get("site", "")[:36], **known)


def narrow(session: Session, subjects: Select[Subject], filters: Filters, at: datetime) -> Select[Subject]:
    """Return the selection of the children that the filters leave."""
    if filters.site:
        subjects = subjects.where(Subject.site_id == select(Site.id).where(Site.key == filters.site).scalar_subquery())
    if filters.status:
        subjects = subjects.where(*_has_status(filters.status))
    if filters.toxicity:
        subjects = subjects.where(_has("toxicity_episode", TABLES["toxicity_episode"].c.toxicity == filters.toxicity))
    if filters.due == "begun":
        in_pages = [name for name in TABLES if name not in due.IN_THE_GRID]
        begun = (_has(name, TABLES[name].c.completed_at.is_(None)) for name in in_pages)
        subjects = subjects.where(NOT_REFUSED, or_(*begun))
    elif filters.due:
        ids = subjects.with_only_columns(Subject.id)
        found = due.waiting(session, session.scalars(subjects), at, ids=ids)
        wanted = [id_ for id_, pages in found.items() if filters.due == "due" or _is_late(pages)]
        subjects = subjects.where(Subject.id.in_(wanted))
    return subjects


def _is_late(pages: Sequence[DueForm]) -> bool:
    return any(page.status is Status.OVERDUE for page in pages)


def _has(form: str, *conditions: Any) -> Any:
    table = TABLES[form]
    return exists().where(table.c.subject_id == Subject.id, table.c.voided_at.is_(None), *conditions)


def _has_status(status: str) -> list[Any]:
    if status == "mistaken":
        return [MISTAKEN]
    if status == "withdrawn":
        return [WITHDRAWN]
    here, ended = ~WITHDRAWN, _has("end_of_study", *_ENDED)
    if status == "ended":
        return [here, ended]
    return [here, ~ended, _has("infusion") if status == "active" else ~_has("infusion")]


def count(session: Session, subjects: Select[Subject]) -> int:
    """Return how many children a selection finds."""
    return session.scalar(select(func.count()).select_from(subjects.with_only_columns(Subject.id).subquery())) or 0


def lines(session: Session, subjects: Sequence[Subject], at: datetime) -> list[Line]:
    """Return what the list says about some children."""
    ids = [subject.id for subject in subjects]
    infusions = {row.subject_id: row for row in _rows(session, "infusion", ("infused_on", "product"), ids)}
    episodes = _rows(session, "toxicity_episode", ("toxicity", "peak_grade"), ids)
    ends = _rows(session, "end_of_study", ("reason", *END_DAYS), ids, *_ENDED)
    ended = {row.subject_id: _ended_on(row) for row in ends}
    states = select(Subject.id, MISTAKEN, WITHDRAWN).where(Subject.id.in_(ids))
    closed = {id_: (mistaken, withdrawn) for id_, mistaken, withdrawn in session.execute(states)}
    waiting = due.waiting(session, subjects, at)
    queries = _open_queries(session, ids)
    return [
        Line(
            subject=subject,
            status=_status(*closed[subject.id], subject.id in ended, subject.id in infusions),
            infused_on=infusions[subject.id].infused_on if subject.id in infusions else None,
            product=_product(infusions[subject.id].product) if subject.id in infusions else "",
            day=_day(subject, infusions.get(subject.id), ended.get(subject.id), at),
            toxicities=_worst(row for row in episodes if row.subject_id == subject.id),
            due=waiting.get(subject.id, ()),
            open_queries=queries.get(subject.id, 0),
        )
        for subject in subjects
    ]


def _rows(
    session: Session, form: str, items: Sequence[str], ids: Sequence[int], *conditions: ColumnElement[bool]
) -> Sequence[Any]:
    """Return some columns of a form, so that the last record of a child comes last."""
    table = TABLES[form]
    statement = select(table.c.subject_id, *(table.c[name] for name in items)).where(table.c.subject_id.in_(ids))
    return session.execute(statement.where(table.c.voided_at.is_(None), *conditions).order_by(table.c.instance)).all()


def _open_queries(session: Session, ids: Sequence[int]) -> dict[int, int]:
    statement = select(DataQuery.subject_id, func.count()).where(DataQuery.subject_id.in_(ids))
    statement = statement.where(DataQuery.status == data_queries.OPEN, ~RESTING).group_by(DataQuery.subject_id)
    return {row[0]: row[1] for row in session.execute(statement)}


def _status(is_mistaken: bool, is_withdrawn: bool, is_ended: bool, is_infused: bool) -> str:
    if is_mistaken or is_withdrawn:
        return "mistaken" if is_mistaken else "withdrawn"
    return "ended" if is_ended else "active" if is_infused else "not_infused"


def _product(code: str | None) -> str:
    item = CASEBOOK["infusion"].items["product"]
    return item.show(code)


def _ended_on(end: Any) -> date | None:
    days = {name: PartialDate(day) if isinstance(day := getattr(end, name), str) else day for name in END_DAYS}
    return observation_ended_on({"reason": end.reason, **days})


def _day(subject: Subject, infusion: Any, ended: date | None, at: datetime) -> int | None:
    """Return the day after infusion that a child is on, or was on when the observation ended."""
    last = ended or local_day(subject, at)
    return (last - infusion.infused_on).days if infusion and infusion.infused_on else None


def _worst(episodes: Iterable[Any]) -> tuple[tuple[str, int | None], ...]:
    """Return each toxicity once with its highest grade, in the order of the code list."""
    found: dict[str, int | None] = {}
    for row in episodes:
        if row.toxicity:
            grades = [grade for grade in (found.get(row.toxicity), row.peak_grade) if grade is not None]
            found[row.toxicity] = max(grades, default=None)
    return tuple((code, found[code]) for code in toxicity_labels() if code in found)
