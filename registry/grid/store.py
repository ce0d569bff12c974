"""Between the daily grid and the casebook: what is stored on its days, what the judge says, one save for all of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from forms.casebook.assessment import ASSESSMENT
from forms.context import Context
from forms.edit_checks import check_row
from forms.form import Finding
from forms.infusions import first_infused_on
from forms.items import CONFIRM, HARD, WARNING
from forms.values import Row, answer
from registry import data_queries, records
from registry.grid.reading import Entry
from registry.grid.sheet import GRID_FORMS, Sheet, days_from, lay_out, start_for
from registry.models import Subject, User, new_key
from registry.saving.judging import forms_needed_for, load
from registry.saving.outcomes import Saved, Submission
from registry.site_clock import local_day
from registry.stored_records import Record, read_records


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What the judge says about one record to save."""

    entry: Entry
    finding: Finding

    @property
    def name(self) -> str:
        """Return the name of the field in which a confirmation is given."""
        return f"confirm.{self.entry.slot.name}.{self.finding.check_id}"


@dataclass(frozen=True, kw_only=True)
class Opened:
    """One page of a child's grid, and the time at which the child was last assessed."""

    sheet: Sheet
    start: int
    last_day: int
    usual_time: str


def open_sheet(session: Session, subject: Subject, *, start: int | None, at: datetime) -> Opened | None:
    """Return a page of a child's grid; None before the first infusion. Three statements, whatever is stored.

    A ``start`` after today opens the page that no start opens: the day of the infusion may have been corrected since.
    """
    names = ["infusion", *(form.name for form in GRID_FORMS)]
    found = read_records(session, names, [subject.id])
    infusions = [record.row for record in found["infusion"]]
    day_zero, today = first_infused_on(infusions), local_day(subject, at)
    if day_zero is None or day_zero > today:
        return None
    last_day = (today - day_zero).days
    first = start_for(day_zero, today, found[ASSESSMENT.name]) if start is None or start > last_day else start
    sheet = lay_out(
        day_zero=day_zero,
        days=days_from(day_zero, first, today),
        infusions=infusions,
        records=found,
        new_key=new_key,
    )
    usual_time = _last_time(found[ASSESSMENT.name])
    return Opened(sheet=sheet, start=first, last_day=last_day, usual_time=usual_time)


def _last_time(assessments: Sequence[Record]) -> str:
    moments = [moment for record in assessments if (moment := answer(record.row, ASSESSMENT.day_item))]
    latest = max((moment for moment in moments if isinstance(moment, datetime)), default=None)
    return latest.strftime("%H:%M") if latest else ""


def with_entries(session: Session, subject: Subject, entries: Sequence[Entry], at: datetime) -> Context:
    """Return what the judge may know with all entries in, so that each day is judged beside the others."""
    casebook = load(session, [subject], forms_needed_for([form.name for form in GRID_FORMS]))[subject.id]
    context = casebook.context(at)
    new: dict[str, dict[object, Row]] = {form.name: {} for form in GRID_FORMS}
    for entry in entries:
        form = entry.slot.form
        asked = entry.asked
        row = {name: entry.row.get(name) if name in asked else None for name in form.typed_items}
        row["key"] = entry.row["key"]
        new[form.name][row["key"]] = {**row, **form.derive(row, context)}
    rows = dict(casebook.rows)
    for name, typed in new.items():
        rows[name] = (*(row for row in rows[name] if row["key"] not in typed), *typed.values())
    return casebook.context(at, rows)


def judge_entries(session: Session, subject: Subject, entries: Sequence[Entry], context: Context) -> list[Judgement]:
    """Return what the judge says about all records, without the answers already confirmed.

    Of a record with a cell that cannot be read only what stands in the way of a save, and nothing about that cell.
    """
    accepted = data_queries.accepted(data_queries.standing(session, [subject.id]))
    said: list[Judgement] = []
    for entry in entries:
        form, stored = entry.slot.form, entry.slot.stored
        whole = next(row for row in context.rows[form.name] if row["key"] == entry.row["key"])
        mildest = CONFIRM if entry.unread else WARNING
        for finding in check_row(form, whole, context, asked=entry.asked, mildest=mildest):
            if entry.unread.intersection(finding.items):
                continue
            given = accepted.get((str(whole["key"]), finding.check_id))
            if (
                given is None
                or stored is None
                or given != data_queries.found_values(replace(stored, row=whole), finding, context.rows)
            ):
                said.append(Judgement(entry=entry, finding=finding))
    return said


def refusals(said: Sequence[Judgement]) -> list[Judgement]:
    """Return what cannot be stored as data."""
    return [one for one in said if one.finding.severity is HARD]


def questions(said: Sequence[Judgement]) -> list[Judgement]:
    """Return what is stored only after a check against the source."""
    return [one for one in said if one.finding.severity is CONFIRM]


def overwrites(entries: Sequence[Entry]) -> bool:
    """Tell whether a stored answer changes, which needs a reason."""
    return any(
        entry.slot.stored is not None and entry.slot.stored.row.get(name) is not None
        for entry in entries
        for name in (*entry.changed, *entry.clears)
    )


def save_entries(
    session: Session,
    subject: Subject,
    entries: Sequence[Entry],
    *,
    by: User,
    at: datetime,
    reason: str,
    confirmed: Mapping[str, Mapping[str, str]],
) -> list[Saved]:
    """Store all records in one transaction, or none of them; the caller commits. Raise a ``NotSaved`` that says why.

    A record with every needed answer is complete: nobody opens each day's page only to tick a box.
    """
    return records.save_many(
        session,
        [
            Submission(
                subject=subject,
                form=entry.slot.form,
                row=entry.row,
                by=by,
                at=at,
                revision=entry.slot.revision,
                reason=reason,
                confirmed=confirmed.get(entry.slot.name, {}),
                complete=True if entry.is_answered else None,
            )
            for entry in entries
        ],
    )
