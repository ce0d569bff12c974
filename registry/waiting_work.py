"""What is waiting for a person: due forms, begun records, open data queries, drafts, approvals, the newest results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, case, cast, func, literal, null, select, union_all
from sqlalchemy.orm import Session, joinedload

from forms.casebook import CASEBOOK
from forms.form import Form
from forms.schedule import DueForm, Status
from registry import drafts, due
from registry.consent import NOT_REFUSED, RESTING
from registry.data_queries import OPEN
from registry.grid.sheet import page_with
from registry.models import DataQuery, Draft, RoleGrant, Site, Subject, User
from registry.query_places import MISSING
from registry.release import export_rows
from registry.release.models import AnalysisRun, Cut, Export
from registry.reports.interim import DONE
from registry.site_state import SiteRow, list_sites
from registry.tables import TABLES

SHOWN = 8
LATE_SHOWN = 3
"""So many overdue forms keep a line among those shown, however many can still be filled in time."""


@dataclass(frozen=True, kw_only=True)
class DuePage:
    """An expected form of a child that should be filled in now.

    ``after`` is the day of the infusion it follows, where the child had several.
    """

    subject: Subject
    page: DueForm
    after: date | None = None

    @property
    def is_overdue(self) -> bool:
        """Tell whether its window has closed."""
        return self.page.status is Status.OVERDUE


@dataclass(frozen=True, kw_only=True)
class EmptyGrid:
    """A child whose daily grid has no record for some days of the last fortnight, oldest first.

    ``first`` is the oldest counted from the first infusion, ``start`` the day with which its page of the grid begins.
    """

    subject: Subject
    days: tuple[date, ...]
    first: int = 0
    start: int = 0


@dataclass(frozen=True, kw_only=True)
class DueWork:
    """The forms due now, most urgent first, and the daily grids with empty days; both cut off to what one looks at."""

    shown: tuple[DuePage, ...]
    total: int
    overdue: int
    subjects: int
    grids: tuple[EmptyGrid, ...]
    grids_total: int


@dataclass(frozen=True, kw_only=True)
class BegunRecord:
    """A record that was saved and is not complete; ``day`` is the one it is about, as far as it is known."""

    subject: Subject
    form: str
    key: str
    day: str
    entered_at: datetime


@dataclass(frozen=True, kw_only=True)
class BegunRecords:
    """The records that are not complete, oldest first, cut off to what one looks at."""

    shown: tuple[BegunRecord, ...]
    total: int


@dataclass(frozen=True, kw_only=True)
class QueryLine:
    """One page to open: a data query, or the oldest of those that ask ``together`` for the answers a record lacks."""

    query: DataQuery
    together: int


@dataclass(frozen=True, kw_only=True)
class OpenQueries:
    """The open data queries a line per page to open, oldest first, cut off to what one looks at."""

    shown: tuple[QueryLine, ...]
    total: int


@dataclass(frozen=True, kw_only=True)
class Newest:
    """The newest data cut, finished analysis and export; None where there is none yet."""

    cut: Cut | None
    run: AnalysisRun | None
    export: Export | None


def due_work(session: Session, subjects: Select[Subject], at: datetime) -> DueWork:
    """Return the forms due now for a selection of children; the statements do not grow with their number."""
    ids = subjects.with_only_columns(Subject.id)
    by_id = {subject.id: subject for subject in session.scalars(subjects)}
    waiting, empty_days = due.waiting_with_grid(session, by_id.values(), at, ids=ids)
    pages = [DuePage(subject=by_id[id_], page=page) for id_, found in waiting.items() for page in found]
    late = sorted((entry for entry in pages if entry.is_overdue), key=lambda one: (one.page.due_on, one.subject.code))
    in_time = [entry for entry in pages if not entry.is_overdue]
    in_time.sort(key=lambda entry: (entry.page.closes_on, entry.page.due_on, entry.subject.code))
    shown = [*in_time[: SHOWN - min(len(late), LATE_SHOWN)], *late][:SHOWN]
    grids = [EmptyGrid(subject=by_id[id_], days=days) for id_, days in empty_days.items()]
    grids.sort(key=lambda grid: (grid.days, grid.subject.code))
    return DueWork(
        shown=_with_infusions(session, shown),
        total=len(pages),
        overdue=len(late),
        subjects=len(by_id),
        grids=_with_starts(session, grids[:SHOWN]),
        grids_total=len(grids),
    )


def _with_starts(session: Session, grids: Sequence[EmptyGrid]) -> tuple[EmptyGrid, ...]:
    """Return empty grids that know the page of their oldest day; one statement."""
    infusion = TABLES["infusion"].c
    first = select(infusion.subject_id, func.min(infusion.infused_on)).where(_is_infusion_of(grids))
    day_zero = {row[0]: row[1] for row in session.execute(first.group_by(infusion.subject_id)) if row[1]}
    days_after = [(grid, (grid.days[0] - day_zero.get(grid.subject.id, grid.days[0])).days) for grid in grids]
    return tuple(replace(grid, first=day, start=page_with(day)) for grid, day in days_after)


def _with_infusions(session: Session, pages: Sequence[DuePage]) -> tuple[DuePage, ...]:
    """Return due pages that name the infusion they follow where the child had several; one statement."""
    infusion = TABLES["infusion"].c
    columns = (infusion.subject_id, infusion.key, infusion.infused_on)
    days: dict[int, dict[str, date | None]] = {}
    for subject_id, key, infused_on in session.execute(select(*columns).where(_is_infusion_of(pages))):
        days.setdefault(subject_id, {})[key] = infused_on
    several = {id_: known for id_, known in days.items() if len(known) > 1}
    return tuple(
        replace(entry, after=several.get(entry.subject.id, {}).get(str(entry.page.anchor_record))) for entry in pages
    )


def _is_infusion_of(entries: Sequence[DuePage | EmptyGrid]) -> ColumnElement[bool]:
    """Return the condition that an infusion counts and is of one of the children of some entries."""
    infusion = TABLES["infusion"].c
    return infusion.subject_id.in_({entry.subject.id for entry in entries}) & infusion.voided_at.is_(None)


def begun_records(session: Session, subjects: Select[Subject]) -> BegunRecords:
    """Return the saved records of a selection of children that are not complete; one statement.

    The days of the daily grid are left out: the grid itself shows what they lack.
    """
    forms = (form for form in CASEBOOK.values() if form.name not in due.IN_THE_GRID)
    begun = union_all(*map(_begun, forms)).subquery()
    columns = (begun.c.form, begun.c.key, begun.c.day, begun.c.entered_at, func.count().over())
    of_these = subjects.where(NOT_REFUSED).join(begun, begun.c.subject_id == Subject.id).add_columns(*columns)
    found = session.execute(of_these.order_by(begun.c.entered_at, begun.c.key).limit(SHOWN)).all()
    shown = tuple(
        BegunRecord(subject=subject, form=form, key=key, day=(day or "")[:10], entered_at=entered_at)
        for subject, form, key, day, entered_at, _ in found
    )
    return BegunRecords(shown=shown, total=found[0][-1] if found else 0)


def _begun(form: Form) -> Select[Any]:
    """Return the selection of a form's records that are not complete."""
    table = TABLES[form.name]
    day = cast(table.c[form.day_item], String) if form.day_item else cast(null(), String)
    columns = (literal(form.name).label("form"), table.c.key, table.c.subject_id, day.label("day"), table.c.entered_at)
    return select(*columns).where(table.c.completed_at.is_(None), table.c.voided_at.is_(None))


def open_queries(session: Session, subjects: Select[Subject]) -> OpenQueries:
    """Return the open data queries of a selection of children that do not rest; one statement."""
    of_these = DataQuery.subject_id.in_(subjects.with_only_columns(Subject.id))
    page = case((DataQuery.check_id.in_(MISSING), DataQuery.record_key), else_=DataQuery.key)
    oldest_first = (DataQuery.opened_at, DataQuery.id)
    is_open = select(
        DataQuery.id,
        func.count().over().label("total"),
        func.count().over(partition_by=page).label("together"),
        func.row_number().over(partition_by=page, order_by=oldest_first).label("place"),
    ).where(of_these & (DataQuery.status == OPEN) & ~RESTING)
    line = is_open.subquery()
    first = select(DataQuery, line.c.together, line.c.total).join(line, line.c.id == DataQuery.id)
    first = first.where(line.c.place == 1).options(joinedload(DataQuery.subject)).order_by(*oldest_first)
    found = session.execute(first.limit(SHOWN)).all()
    shown = tuple(QueryLine(query=query, together=together) for query, together, _ in found)
    return OpenQueries(shown=shown, total=found[0].total if found else 0)


def own_drafts(session: Session, user: User, subjects: Select[Subject], at: datetime) -> Sequence[Draft]:
    """Return the pages that a person began and did not save, of a selection of children or of none yet."""
    return drafts.of_user(session, user, at, among=subjects)


def approvals_ending(session: Session, sites: Select[Site], at: datetime) -> list[SiteRow]:
    """Return the sites whose ethics approval ends soon, has ended or is not recorded."""
    return [row for row in list_sites(session, session.scalars(sites), at) if row.approval.tone != "good"]


def newest(session: Session) -> Newest:
    """Return the newest cut, finished analysis and export with files; three statements."""
    finished = select(AnalysisRun).where(AnalysisRun.status == DONE).options(joinedload(AnalysisRun.cut))
    written = select(Export).where(Export.status == export_rows.DONE)
    return Newest(
        cut=session.scalar(select(Cut).order_by(Cut.id.desc()).limit(1)),
        run=session.scalar(finished.order_by(AnalysisRun.id.desc()).limit(1)),
        export=session.scalar(written.order_by(Export.id.desc()).limit(1)),
    )


def exports_to_decide(session: Session) -> Sequence[Export]:
    """Return the exports that wait for a privacy officer, oldest first."""
    return session.scalars(select(Export).where(Export.status == export_rows.WAITING).order_by(Export.id)).all()


def own_exports(session: Session, user: User) -> Sequence[Export]:
    """Return the exports that a person asked for and that are not written yet, oldest first."""
    unwritten = (export_rows.WAITING, export_rows.QUEUED, export_rows.RUNNING)
    own = Export.status.in_(unwritten) & (Export.made_by_id == user.id)
    return session.scalars(select(Export).where(own).order_by(Export.id)).all()


def people_without_role(session: Session) -> int:
    """Return how many open accounts have no role in force."""
    with_role = select(RoleGrant.user_id).where(RoleGrant.ended_at.is_(None))
    without = select(func.count()).select_from(User).where(User.active, User.id.not_in(with_role))
    return session.scalar(without) or 0
