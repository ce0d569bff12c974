"""Which page of a child is expected when, and whether it is there: what is due today."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from forms.context import Context
from forms.toxicity_days import Path, RowsByForm, first_toxicity_day, grade_of, grid_days, path_of
from forms.values import Row, answer, day_of, earliest
from forms.visits import GRID, VISITS, Anchor, Visit

SEVERE_GRADE = 3
MAJORITY_YEARS = 18


class Status(StrEnum):
    """Where an expected page stands today."""

    OVERDUE = "overdue"
    DUE = "due"
    UPCOMING = "upcoming"
    DONE = "done"


@dataclass(frozen=True, kw_only=True)
class DueForm:
    """An expected page of one child.

    ``record`` is the key of the page that answers it, ``anchor_record`` the key of the page it is counted from.
    """

    form: str
    label: str
    due_on: date
    opens_on: date
    closes_on: date
    status: Status
    path: Path
    anchor_record: str | None = None
    record: str | None = None


def due(rows_by_form: RowsByForm, context: Context) -> tuple[DueForm, ...]:
    """Return every page expected of one child with its status today, by due day.

    ``rows_by_form`` holds all stored rows of the child, each with its ``key``. Nothing is expected after the end of
    the study, or after a withdrawal that stops further data.
    """
    if _has_withdrawn(rows_by_form):
        return ()
    last = _last_day(rows_by_form)
    found = [item for item in _expected(rows_by_form, context.today) if last is None or _is_wanted(item, last)]
    return tuple(sorted(found, key=lambda item: (item.due_on, item.form, item.label)))


def closed_grid_days(rows_by_form: RowsByForm, infusion: Row, today: date) -> tuple[date, ...]:
    """Return the days of the daily grid after an infusion whose time to be filled is over."""
    last = _last_day(rows_by_form)
    window = timedelta(days=max(visit.to_day for visit in GRID))
    days = grid_days(rows_by_form, infusion, today)
    return tuple(day for day in days if day + window < today and (last is None or day <= last))


def _expected(rows: RowsByForm, today: date) -> Iterator[DueForm]:
    for visit in VISITS:
        for anchor_day, anchor_row in _anchors(visit, rows):
            yield _judge(visit, anchor_day, anchor_row, rows, today)
    for infusion in rows.get("infusion", ()):
        for day in grid_days(rows, infusion, today):
            for visit in GRID:
                yield _judge(visit, day, infusion, rows, today)


def _anchors(visit: Visit, rows: RowsByForm) -> Iterator[tuple[date, Row]]:
    if visit.anchor is Anchor.ENROLMENT:
        yield from _dated(rows.get("enrolment", ()), "enrolled_on")
    elif visit.anchor is Anchor.INFUSION:
        yield from _dated(rows.get("infusion", ()), "infused_on")
    elif visit.anchor is Anchor.FIRST_TOXICITY:
        for infusion in rows.get("infusion", ()):
            day = first_toxicity_day(rows, infusion)
            if day is not None:
                yield day, infusion
    elif visit.anchor is Anchor.SEVERE_TOXICITY:
        severe = (row for row in rows.get("toxicity_episode", ()) if grade_of(row) >= SEVERE_GRADE)
        yield from _dated(severe, "onset_on")
    elif visit.anchor is Anchor.FIRST_ANAKINRA:
        yield from _dated(rows.get("anakinra_course", ()), "started_at")
    elif visit.anchor is Anchor.DEATH:
        told = (row for row in rows.get("follow_up", ()) if answer(row, "alive") is False)
        yield from _dated(told, "seen_on")
    else:
        yield from _majorities(rows)


def _dated(rows: Iterable[Row], item: str) -> Iterator[tuple[date, Row]]:
    for row in rows:
        day = day_of(answer(row, item))
        if day is not None:
            yield day, row


def _majorities(rows: RowsByForm) -> Iterator[tuple[date, Row]]:
    for row in rows.get("enrolment", ()):
        born, enrolled = earliest(answer(row, "birth_date")), day_of(answer(row, "enrolled_on"))
        if born is None or enrolled is None:
            continue
        turned = date(born.year + MAJORITY_YEARS, born.month, 1 if (born.month, born.day) == (2, 29) else born.day)
        if turned > enrolled:
            yield turned, row


def _judge(visit: Visit, anchor_day: date, anchor_row: Row, rows: RowsByForm, today: date) -> DueForm:
    opens = anchor_day + timedelta(days=visit.from_day)
    closes = anchor_day + timedelta(days=visit.to_day)
    record = _record(visit, anchor_day, anchor_row, rows)
    status = (
        Status.DONE
        if record
        else Status.OVERDUE
        if today > closes
        else Status.DUE
        if today >= opens
        else Status.UPCOMING
    )
    return DueForm(
        form=visit.form,
        label=visit.label,
        due_on=anchor_day + timedelta(days=visit.due_day),
        opens_on=opens,
        closes_on=closes,
        status=status,
        path=_path(visit, anchor_row, rows),
        anchor_record=str(anchor_row["key"]) if anchor_row.get("key") else None,
        record=record,
    )


def _path(visit: Visit, anchor_row: Row, rows: RowsByForm) -> Path:
    if visit.anchor in (Anchor.INFUSION, Anchor.FIRST_TOXICITY):
        return path_of(rows, anchor_row)
    infusions = rows.get("infusion", ())
    paths = {path_of(rows, infusion) for infusion in infusions}
    return Path.EXTENDED if Path.EXTENDED in paths else Path.CORE


def _record(visit: Visit, anchor_day: date, anchor_row: Row, rows: RowsByForm) -> str | None:
    """Return the key of the page that answers a visit, if there is one."""
    found = (str(row["key"]) for row in rows.get(visit.form, ()) if _answers(visit, row, anchor_day, anchor_row))
    return next(found, None)


def _answers(visit: Visit, row: Row, anchor_day: date, anchor_row: Row) -> bool:
    if visit.anchor is Anchor.MAJORITY:
        return answer(row, "reconsent_on") is not None or answer(row, "reconsent_refused") is True
    if visit in GRID:
        when = answer(row, "assessed_at") or answer(row, "sampled_at")
        return answer(row, "infusion") == anchor_row.get("key") and day_of(when) == anchor_day
    if visit.anchor is Anchor.SEVERE_TOXICITY:
        return answer(row, "episode") == anchor_row.get("key") or _is_also_for(row, anchor_row)
    if visit.anchor is Anchor.FIRST_ANAKINRA:
        return answer(row, "course") == anchor_row.get("key")
    if visit.code_item:
        linked = answer(row, "infusion") if visit.form == "response" else anchor_row.get("key")
        in_time = visit.form == "response" or _is_within(visit, row, anchor_day)
        return answer(row, visit.code_item) == visit.code and linked == anchor_row.get("key") and in_time
    return visit.form != "toxicity_episode" or answer(row, "infusion") == anchor_row.get("key")


def _is_also_for(course: Row, episode: Row) -> bool:
    """Tell whether a course of another episode was given for this one too: its toxicity is among the indications."""
    indications = answer(course, "indications")
    same_infusion = answer(course, "infusion") == answer(episode, "infusion")
    return same_infusion and isinstance(indications, tuple) and answer(episode, "toxicity") in indications


def _is_within(visit: Visit, row: Row, anchor_day: date) -> bool:
    """Tell whether a follow-up, which has no link, lies nearer to this infusion's visit than a year away."""
    seen = day_of(answer(row, "seen_on"))
    return seen is not None and 0 <= (seen - anchor_day).days <= visit.to_day + 180


def _is_wanted(item: DueForm, last: date) -> bool:
    return item.form == "end_of_study" or item.status is Status.DONE or item.due_on <= last


def _last_day(rows: RowsByForm) -> date | None:
    """Return the last day on which anything can be expected: the end of the study, or the day of death."""
    ends = [day_of(answer(row, name)) for row in rows.get("end_of_study", ()) for name in ("died_on", "ended_on")]
    ends += [day_of(answer(row, "seen_on")) for row in rows.get("follow_up", ()) if answer(row, "alive") is False]
    return min((day for day in ends if day is not None), default=None)


def _has_withdrawn(rows: RowsByForm) -> bool:
    return any(
        answer(row, "withdrawn") is True and answer(row, "withdrawal_scope") != "further_contact"
        for row in rows.get("enrolment", ())
    )
