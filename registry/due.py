"""What is expected of children now: the schedule asked for many of them at once, from the few answers it reads."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from forms.casebook import CASEBOOK
from forms.context import Context
from forms.form import Form
from forms.items import Day, Link, Moment
from forms.schedule import DueForm, Status, due
from forms.toxicity_days import DAILY_GRADES, Path, path_of
from forms.values import PartialDate, Row, Value, answer, day_of
from forms.visits import EPISODE, GRID, VISITS, Anchor
from registry.models import Subject
from registry.saving.closing import is_withdrawn
from registry.site_clock import local_day
from registry.tables import TABLES

READ = {
    "enrolment": (
        *("enrolled_on", "birth_date", "consent_obtained", "reconsent_on", "reconsent_refused"),
        *("withdrawn", "withdrawal_scope"),
    ),
    "baseline": (),
    "infusion": ("infused_on",),
    "toxicity_episode": ("infusion", "toxicity", "onset_on", "resolved_on", "peak_grade"),
    "anakinra_course": ("infusion", "episode", "indications", "given", "started_at", "stopped_at"),
    "anakinra_regimen": ("course",),
    "response": ("infusion", "timepoint"),
    "follow_up": ("seen_on", "visit", "alive"),
    "end_of_study": ("reason", "ended_on", "died_on"),
    "assessment": ("infusion", "assessed_at", "carhlh_present", "late_attribution", *DAILY_GRADES),
    "laboratory": ("infusion", "sampled_at"),
}
"""The answers that the schedule reads, by form; forms that others link to stand before them."""

ENROLMENT = "enrolment"
IN_THE_GRID = frozenset(visit.form for visit in GRID)
"""Forms that are filled in the daily grid, a day at a time."""
SUMS_UP = frozenset(visit.form for visit in VISITS if visit.anchor in (Anchor.INFUSION, Anchor.DEATH))
"""Forms that are asked for at their time after the infusion, and the end of study."""

WAITING = (Status.OVERDUE, Status.DUE)
RECENT = timedelta(days=14)
"""How far back a day of the daily grid without a record is still told on the first page; the grid shows all."""

Subjects = Sequence[int] | Select[int]


def expected(session: Session, subject: Subject, at: datetime) -> tuple[tuple[DueForm, ...], tuple[date, ...]]:
    """Return every page expected of one child, and the days for which its daily grid is empty, oldest first."""
    rows = _read(session, [subject.id]).get(subject.id, {})
    pages = expected_of(subject, rows, at)
    return pages, empty_grid_days(pages, rows)


def expected_of(subject: Subject, rows: Mapping[str, tuple[Row, ...]], at: datetime) -> tuple[DueForm, ...]:
    """Return every page expected of one child, whose standing rows are given by form.

    Nothing is expected once consent was withdrawn, whatever else may still be done: no page of it can be saved.
    """
    return () if is_withdrawn(subject, rows.get("enrolment", ())) else due(rows, _context(subject, at))


def waiting(
    session: Session, subjects: Iterable[Subject], at: datetime, *, ids: Select[int] | None = None
) -> dict[int, tuple[DueForm, ...]]:
    """Return the pages due or overdue by subject id, without the days of the grid; children without any are left out.

    Give ``ids``, the selection of the same children, when they are too many to be named one by one.
    """
    found = {id_: open_pages(pages) for id_, pages in _without_grid(session, list(subjects), at, ids).items()}
    return {id_: pages for id_, pages in found.items() if pages}


def waiting_with_grid(
    session: Session, subjects: Iterable[Subject], at: datetime, *, ids: Select[int]
) -> tuple[dict[int, tuple[DueForm, ...]], dict[int, tuple[date, ...]]]:
    """Return what `waiting` does, and the days of the last fortnight for which the daily grid has no record."""
    children = list(subjects)
    found = _without_grid(session, children, at, ids)
    pages = {id_: waits for id_, expected_ in found.items() if (waits := open_pages(expected_))}
    return pages, _empty_days(session, found, {child.id: local_day(child, at) for child in children})


def _without_grid(
    session: Session, children: Sequence[Subject], at: datetime, ids: Select[int] | None
) -> dict[int, tuple[DueForm, ...]]:
    """Return every page expected of some children; whether there is one for a day of the grid is not known."""
    rows = _read_but_the_grid(session, ids if ids is not None else [child.id for child in children])
    return {child.id: expected_of(child, rows.get(child.id, {}), at) for child in children}


def _empty_days(
    session: Session, expected_by_child: Mapping[int, Iterable[DueForm]], today: Mapping[int, date]
) -> dict[int, tuple[date, ...]]:
    """Return subject id -> recent days of the daily grid without a record, oldest first."""
    wanted = {
        id_: {day for page in pages if page.form in IN_THE_GRID and is_recent(day := page.due_on, today[id_])}
        for id_, pages in expected_by_child.items()
    }
    wanted = {id_: days for id_, days in wanted.items() if days}
    there = _read(session, list(wanted), ("infusion", *sorted(IN_THE_GRID))) if wanted else {}
    empty = {id_: days - recorded_days(there.get(id_, {})) for id_, days in wanted.items()}
    return {id_: tuple(sorted(days)) for id_, days in empty.items() if days}


def is_recent(day: date, today: date) -> bool:
    """Tell whether a day of the daily grid without a record is still asked for on the first page."""
    return today - RECENT < day <= today


def asked_first(pages: Iterable[DueForm], empty_days: Iterable[date], *, today: date) -> tuple[date, ...]:
    """Return the empty days of the daily grid that are asked for before what sums a course up, oldest first.

    They are the recent ones, and all of an infusion after which the grid holds no record yet: its course is entered
    long afterwards.
    """
    empty, of_infusion = set(empty_days), dict[str | None, set[date]]()
    for page in pages:
        if page.form in IN_THE_GRID:
            of_infusion.setdefault(page.anchor_record, set()).add(page.due_on)
    not_begun = set().union(*(days for days in of_infusion.values() if days <= empty))
    return tuple(day for day in sorted(empty) if day in not_begun or is_recent(day, today))


def recorded_days(rows: Mapping[str, Iterable[Row]]) -> set[date | None]:
    """Return the days on which the daily grid of a child holds a record, of whichever infusion: a day is one column."""
    return {
        day_of(answer(row, "assessed_at") or answer(row, "sampled_at"))
        for name in IN_THE_GRID
        for row in rows.get(name, ())
    }


def empty_grid_days(pages: Iterable[DueForm], rows: Mapping[str, Iterable[Row]]) -> tuple[date, ...]:
    """Return the days on which the daily grid is expected of a child and has no record, oldest first."""
    return tuple(sorted({page.due_on for page in pages if page.form in IN_THE_GRID} - recorded_days(rows)))


def open_pages(pages: Iterable[DueForm]) -> tuple[DueForm, ...]:
    """Return the pages to be filled now, without the days of the grid."""
    return tuple(page for page in pages if page.status in WAITING and page.form not in IN_THE_GRID)


def next_page(session: Session, subject: Subject, after: str, saved: str, at: datetime) -> DueForm | None:
    """Return the page to fill after one of a form was saved under a key; None where none is due."""
    pages, empty_days = expected(session, subject, at)
    days = asked_first(pages, empty_days, today=local_day(subject, at))
    return first_to_fill(pages, days, after=after, saved=saved)


def first_to_fill(
    pages: Iterable[DueForm], empty_days: Collection[date], *, after: str = "", saved: str = ""
) -> DueForm | None:
    """Return the page to fill first, or after one of a form was saved under a key; None where none is due.

    It is the next in the order of the casebook, and at its end the first. What sums a course up, such as the response
    on day 28, comes last, and before it the oldest of ``empty_days``, those of the daily grid that are `asked_first`.
    After an episode comes the one of another toxicity, since what is given is given for episodes. Of several pages of a
    form the one that counts from the saved record comes first. The re-consent comes after all else, and not after its
    own page.
    """
    order = list(CASEBOOK)
    place = order.index(after or ENROLMENT) + (after != EPISODE.form)
    turn = {name: number for number, name in enumerate([*order[place:], *order[:place]])}
    asked = list(pages)
    waiting = [page for page in open_pages(asked) if page.form != ENROLMENT or after != ENROLMENT]
    empty = [page for page in asked if page.form in IN_THE_GRID and page.due_on in empty_days]
    return min(
        [*waiting, *empty],
        key=lambda page: (_part_of_course(page.form), turn[page.form], page.anchor_record != saved),
        default=None,
    )


def lacks_grid_days(session: Session, subject: Subject, at: datetime) -> bool:
    """Tell whether the daily grid of a child has no record of a day for which one is expected, however long ago."""
    return bool(expected(session, subject, at)[1])


def _part_of_course(form: str) -> int:
    """Return 0 for what happened, 1 for the daily grid, 2 for what sums both up, 3 for a consent at 18."""
    return 1 if form in IN_THE_GRID else 2 if form in SUMS_UP else 3 if form == ENROLMENT else 0


def asks_all(session: Session, subject: Subject) -> bool:
    """Tell whether more than the core items are asked of a child: after a grade 2 or with anakinra."""
    rows = _read_but_the_grid(session, [subject.id]).get(subject.id, {})
    return any(path_of(rows, infusion) is Path.EXTENDED for infusion in rows.get("infusion", ()))


def _context(subject: Subject, at: datetime) -> Context:
    return Context(today=local_day(subject, at))


def _read_but_the_grid(session: Session, subjects: Subjects) -> dict[int, dict[str, tuple[Row, ...]]]:
    """Return subject id -> form -> rows, of the daily grid only the graded assessments: they decide what is asked."""
    return _read(session, subjects, [name for name in READ if name != "laboratory"], only_graded=True)


def _read(
    session: Session, subjects: Subjects, forms: Iterable[str] = READ, *, only_graded: bool = False
) -> dict[int, dict[str, tuple[Row, ...]]]:
    """Return subject id -> form -> rows; of assessments those with a grade where they alone are asked for."""
    found: dict[int, dict[str, list[Row]]] = {}
    keys: dict[tuple[str, int], str] = {}
    chosen = [name for name in READ if name in set(forms)]
    for name in chosen:
        form, items = CASEBOOK[name], READ[name]
        for stored in session.execute(_statement(form, items, subjects, only_graded=only_graded)).mappings():
            keys[name, stored["id"]] = stored["key"]
            row = {item: _value(form, item, stored, keys) for item in items}
            found.setdefault(stored["subject_id"], {}).setdefault(name, []).append({"key": stored["key"], **row})
    return {id_: {name: tuple(rows) for name, rows in of_child.items()} for id_, of_child in found.items()}


def _statement(form: Form, items: Sequence[str], subjects: Subjects, *, only_graded: bool) -> Select[Any]:
    table = TABLES[form.name]
    names = [f"{item}_id" if isinstance(form.items[item], Link) else item for item in items]
    columns = [table.c[name] for name in ("id", "key", "subject_id", *names)]
    statement = select(*columns).where(table.c.subject_id.in_(subjects), table.c.voided_at.is_(None))
    if form.name == "assessment" and only_graded:
        graded = [table.c[name] >= 1 for name in DAILY_GRADES]
        statement = statement.where(or_(table.c.carhlh_present.is_(True), *graded))
    return statement.order_by(table.c.subject_id, table.c.instance)


def _value(form: Form, name: str, stored: Any, keys: dict[tuple[str, int], str]) -> Value:
    item = form.items[name]
    if isinstance(item, Link):
        target = stored[f"{name}_id"]
        return keys.get((item.form, target)) if target is not None else None
    value: Value = stored[name]
    if isinstance(item, (Day, Moment)) and item.partial and isinstance(value, str):
        return PartialDate(value)
    return tuple(value) if isinstance(value, list) else value
