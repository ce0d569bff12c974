"""Which page of a child is expected when, and whether it is there: what is due today."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from forms.context import Context, RowsByForm
from forms.derivations import majority, observation_ended_on
from forms.toxicity_days import Path, first_days, grade_of, grid_days, of_infusion, path_of, returns
from forms.values import Row, Value, answer, day_of
from forms.visits import EPISODE, GRID, VISITS, Anchor, Visit

SEVERE_GRADE = 3
MISSING_GRACE_DAYS = 14
"""How long after a page was due its missing answers are waited for before they are asked for."""


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
    ``toxicity`` is the one that an expected episode is about, empty where its page does not say; ``returned_after`` the
    key of its earlier episode, where it was graded again after that resolved.
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
    toxicity: str = ""
    returned_after: str | None = None


def due(rows_by_form: RowsByForm, context: Context) -> tuple[DueForm, ...]:
    """Return every page expected of one child with its status today, by due day.

    ``rows_by_form`` holds all stored rows of the child, each with its ``key``. Nothing is expected after the end of
    the study, after a withdrawal that stops further data, or where consent is answered No.
    """
    if _has_withdrawn(rows_by_form) or is_without_consent(rows_by_form):
        return ()
    last = _last_day(rows_by_form)
    found = [item for item in _expected(rows_by_form, context.today) if last is None or _is_wanted(item, last)]
    return tuple(sorted(found, key=lambda item: (item.due_on, item.form, item.label)))


def is_without_consent(rows_by_form: RowsByForm) -> bool:
    """Tell whether consent is answered No: nothing else may be recorded of the child. Unanswered is not No."""
    return any(answer(row, "consent_obtained") is False for row in rows_by_form.get("enrolment", ()))


def due_days(rows_by_form: RowsByForm, context: Context) -> dict[str, date]:
    """Return record key -> the day on which an expected page was due, for the pages of one child that are there.

    A page that answers for more than one expectation was due for the first of them.
    """
    found: dict[str, date] = {}
    for visit, anchor_day, _, record in _visits(rows_by_form, context.today):
        if record is not None:
            day = anchor_day + timedelta(days=visit.due_day)
            found[record] = min(day, found.get(record, day))
    return found


def is_overdue(due_on: date, today: date) -> bool:
    """Tell whether the missing answers of a page have been waited for long enough."""
    return today >= due_on + timedelta(days=MISSING_GRACE_DAYS)


def closed_grid_days(rows_by_form: RowsByForm, infusion: Row, today: date) -> tuple[date, ...]:
    """Return the days of the daily grid after an infusion whose time to be filled is over."""
    last = _last_day(rows_by_form)
    window = timedelta(days=max(visit.to_day for visit in GRID))
    days = grid_days(rows_by_form, infusion, today)
    return tuple(day for day in days if day + window < today and (last is None or day <= last))


def _expected(rows: RowsByForm, today: date) -> Iterator[DueForm]:
    paths = {infusion.get("key"): path_of(rows, infusion) for infusion in rows.get("infusion", ())}
    longest = Path.EXTENDED if Path.EXTENDED in paths.values() else Path.CORE
    for visit, anchor_day, anchor_row, record in _visits(rows, today):
        counts_from_infusion = visit.anchor in (Anchor.INFUSION, Anchor.FIRST_TOXICITY)
        path = paths[anchor_row.get("key")] if counts_from_infusion else longest
        yield _judge(visit, anchor_day, anchor_row, today, record=record, path=path)
    for infusion in rows.get("infusion", ()):
        for toxicity, again in returns(rows, infusion).items():
            visit, path = replace(EPISODE, code=toxicity), paths[infusion.get("key")]
            page = _judge(visit, again.since, infusion, today, record=None, path=path)
            yield replace(page, returned_after=str(again.earlier["key"]))


def _visits(rows: RowsByForm, today: date) -> Iterator[tuple[Visit, date, Row, str | None]]:
    """Yield each expected visit with the day and the page it counts from and the key of the page that answers it."""
    for visit in VISITS:
        for anchor_day, anchor_row in _anchors(visit, rows):
            yield visit, anchor_day, anchor_row, _record(visit, anchor_day, anchor_row, rows)
    for infusion in rows.get("infusion", ()):
        for toxicity, day in first_days(rows, infusion).items():
            yield replace(EPISODE, code=toxicity), day, infusion, _episode_of(toxicity, infusion, rows)
    in_grid = {visit.form: _keys_by_day(rows.get(visit.form, ())) for visit in GRID}
    for infusion in rows.get("infusion", ()):
        for day in grid_days(rows, infusion, today):
            for visit in GRID:
                yield visit, day, infusion, in_grid[visit.form].get((infusion.get("key"), day))


def _episode_of(toxicity: str, infusion: Row, rows: RowsByForm) -> str | None:
    """Return the key of an episode of a toxicity, else of one that does not say of which it is."""
    told = [(answer(row, "toxicity"), str(row["key"])) for row in of_infusion(rows, "toxicity_episode", infusion)]
    own = [key for named, key in told if named == toxicity]
    return next(iter([*own, *(key for named, key in told if named is None)]), None)


def _keys_by_day(rows: Iterable[Row]) -> dict[tuple[Value, date | None], str]:
    """Return (infusion, day) -> key of the first record of that day."""
    found: dict[tuple[Value, date | None], str] = {}
    for row in rows:
        when = answer(row, "assessed_at") or answer(row, "sampled_at")
        found.setdefault((row.get("infusion"), day_of(when)), str(row["key"]))
    return found


def _anchors(visit: Visit, rows: RowsByForm) -> Iterator[tuple[date, Row]]:
    if visit.anchor is Anchor.ENROLMENT:
        yield from _dated(rows.get("enrolment", ()), "enrolled_on")
    elif visit.anchor is Anchor.INFUSION:
        yield from _dated(rows.get("infusion", ()), "infused_on")
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
        days, enrolled = majority(answer(row, "birth_date")), day_of(answer(row, "enrolled_on"))
        if days is None or enrolled is None:
            continue
        first, last = days
        if last > enrolled:
            yield max(first, enrolled), row


def _judge(visit: Visit, anchor_day: date, anchor_row: Row, today: date, *, record: str | None, path: Path) -> DueForm:
    opens = anchor_day + timedelta(days=visit.from_day)
    closes = anchor_day + timedelta(days=visit.to_day)
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
        path=path,
        anchor_record=str(anchor_row["key"]) if anchor_row.get("key") else None,
        record=record,
        toxicity=visit.code if visit.form == EPISODE.form else "",
    )


def _record(visit: Visit, anchor_day: date, anchor_row: Row, rows: RowsByForm) -> str | None:
    """Return the key of the page that answers a visit, if there is one."""
    found = (str(row["key"]) for row in rows.get(visit.form, ()) if _answers(visit, row, anchor_day, anchor_row))
    return next(found, None)


def _answers(visit: Visit, row: Row, anchor_day: date, anchor_row: Row) -> bool:
    if visit.anchor is Anchor.MAJORITY:
        return answer(row, "reconsent_on") is not None or answer(row, "reconsent_refused") is True
    if visit.anchor is Anchor.SEVERE_TOXICITY:
        return answer(row, "episode") == anchor_row.get("key") or _is_also_for(row, anchor_row)
    if visit.anchor is Anchor.FIRST_ANAKINRA:
        return answer(row, "course") == anchor_row.get("key")
    if visit.code_item:
        linked = answer(row, "infusion") if visit.form == "response" else anchor_row.get("key")
        in_time = visit.form == "response" or _is_within(visit, row, anchor_day)
        return answer(row, visit.code_item) == visit.code and linked == anchor_row.get("key") and in_time
    return True


def _is_also_for(course: Row, episode: Row) -> bool:
    """Tell whether a course of another episode was given for this one too: its toxicity is among the indications."""
    indications = answer(course, "indications")
    same_infusion = answer(course, "infusion") == answer(episode, "infusion")
    return same_infusion and isinstance(indications, tuple) and answer(episode, "toxicity") in indications


def _is_within(visit: Visit, row: Row, anchor_day: date) -> bool:
    """Tell whether a follow-up, which has no link, is this infusion's visit: not before its window, not a year away.

    A late page answers the visit, since nobody can be seen on day 90 any more; an early one leaves it to be done.
    """
    seen = day_of(answer(row, "seen_on"))
    return seen is not None and visit.from_day <= (seen - anchor_day).days <= visit.to_day + 180


def _is_wanted(item: DueForm, last: date) -> bool:
    return item.form == "end_of_study" or item.status is Status.DONE or item.due_on <= last


def _last_day(rows: RowsByForm) -> date | None:
    """Return the last day on which anything can be expected: the end of the study, or the day of death."""
    ends = [observation_ended_on(row) for row in rows.get("end_of_study", ())]
    ends += [day_of(answer(row, "seen_on")) for row in rows.get("follow_up", ()) if answer(row, "alive") is False]
    return min((day for day in ends if day is not None), default=None)


def _has_withdrawn(rows: RowsByForm) -> bool:
    return any(
        answer(row, "withdrawn") is True and answer(row, "withdrawal_scope") != "further_contact"
        for row in rows.get("enrolment", ())
    )
