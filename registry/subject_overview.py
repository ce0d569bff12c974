"""Everything the page of one child says: who, what next, which forms are filled, expected or open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from forms.casebook import CASEBOOK
from forms.derivations import observation_ended_on
from forms.form import Form
from forms.infusions import first_infused_on
from forms.schedule import DueForm, Status
from forms.values import Row, day_of
from registry import data_queries, drafts
from registry.consent import RESTING
from registry.data_queries import Oldest
from registry.due import IN_THE_GRID, asked_first, empty_grid_days, expected_of, first_to_fill, open_pages
from registry.grid.sheet import page_with
from registry.models import Draft, Subject, User
from registry.saving.closing import reasons_to_close
from registry.saving.outcomes import EnteredByMistake, SubjectClosed, WithoutConsent
from registry.site_clock import local_day
from registry.stored_records import Record, in_order_of_time, read_records
from registry.wording import show_value, summary_of, withdrawal_in_words

MOST_QUERIES = 50
"""How many open data queries the page of a child shows: their list has pages for the rest."""


@dataclass(frozen=True, kw_only=True)
class FormLine:
    """One form of the casebook with the child's records in order of time, voided ones last."""

    form: Form
    records: tuple[tuple[Record, str], ...]
    due: tuple[DueForm, ...]

    @property
    def overdue(self) -> int:
        """Return how many expected records of it are late."""
        return sum(page.status is Status.OVERDUE for page in self.due)

    @property
    def can_add(self) -> bool:
        """Tell whether another record of it can be begun."""
        return self.form.repeats or not any(record.voided_at is None for record, _ in self.records)


@dataclass(frozen=True, kw_only=True)
class Begun:
    """A saved record that is not complete, in words what tells it from others, and how many answers it lacks."""

    record: Record
    words: str
    lacks: int


@dataclass(frozen=True, kw_only=True)
class Overview:
    """The page of one child; ``begun`` are its saved records that are not complete, beside those of the daily grid.

    ``next_form`` is the page of ``waiting`` to fill first, as after a save; None where the daily grid is to be filled
    before. ``grid_next`` are then its empty days: those `asked_first`, else all. ``resting`` are the open data queries
    that are not asked, since there is no consent. ``day_zero`` is the day of the first infusion.
    """

    facts: tuple[tuple[str, str], ...]
    forms: tuple[FormLine, ...]
    waiting: tuple[DueForm, ...]
    next_form: DueForm | None
    begun: tuple[Begun, ...]
    upcoming: tuple[DueForm, ...]
    grid_days: int
    grid_empty: tuple[date, ...]
    grid_next: tuple[date, ...]
    day_zero: date | None
    queries: Oldest
    resting: Oldest
    drafts: tuple[Draft, ...]
    episodes: Mapping[str, str]
    is_infused: bool
    closed: SubjectClosed | None
    withdrawal: str

    @property
    def grid_days_empty(self) -> int:
        """Return of how many days a record of the daily grid is expected and missing."""
        return len(self.grid_empty)

    def grid_page(self, day: date) -> tuple[int, int]:
        """Return the number of a day of the daily grid, counted from the first infusion, and where its page begins."""
        number = (day - self.day_zero).days if self.day_zero else 0
        return number, page_with(number)

    @property
    def is_without_consent(self) -> bool:
        """Tell whether nothing may be entered since consent is answered No."""
        return isinstance(self.closed, WithoutConsent)

    @property
    def is_mistaken(self) -> bool:
        """Tell whether nothing may be entered since the child was entered by mistake."""
        return isinstance(self.closed, EnteredByMistake)


def overview(session: Session, subject: Subject, user: User, at: datetime) -> Overview:
    """Return what the page of one child says to a person."""
    stored = read_records(session, CASEBOOK, [subject.id], voided=True)
    rows = {name: tuple(record.row for record in found if not record.voided_at) for name, found in stored.items()}
    pages = expected_of(subject, rows, at)
    waiting = open_pages(pages)
    grid = {page.due_on for page in pages if page.form in IN_THE_GRID}
    grid_empty = empty_grid_days(pages, rows)
    days = asked_first(pages, grid_empty, today=local_day(subject, at))
    first = first_to_fill(pages, days)
    asked, resting = data_queries.oldest_of(session, subject, (~RESTING, RESTING), most=MOST_QUERIES)
    lines = tuple(_form_line(form, stored[name], waiting) for name, form in CASEBOOK.items())
    return Overview(
        facts=tuple(_facts(subject, rows, at)),
        forms=lines,
        waiting=waiting,
        next_form=first if first in waiting else None,
        begun=tuple(_begun(lines)),
        upcoming=tuple(page for page in pages if page.status is Status.UPCOMING and page.form not in IN_THE_GRID),
        grid_days=len(grid),
        grid_empty=grid_empty,
        grid_next=days or grid_empty,
        day_zero=first_infused_on(rows["infusion"]),
        queries=asked,
        resting=resting,
        drafts=tuple(drafts.of_user(session, user, at, subject)),
        episodes={str(row["key"]): _episode(row) for row in rows["toxicity_episode"]},
        is_infused=bool(rows["infusion"]),
        closed=next(reasons_to_close(subject, stored["enrolment"]), None),
        withdrawal=withdrawal_in_words(subject.withdrawn_on, rows["enrolment"]),
    )


def _begun(lines: Iterable[FormLine]) -> Iterator[Begun]:
    for line in lines:
        for record, words in line.records:
            if line.form.name not in IN_THE_GRID and not (record.is_complete or record.voided_at):
                lacks = len(line.form.missing(record.row, line.form.asked(record.row)))
                yield Begun(record=record, words=words, lacks=lacks)


def _facts(subject: Subject, rows: Mapping[str, Sequence[Row]], at: datetime) -> list[tuple[str, str]]:
    """Return what identifies the child at a glance: the last infusion counts."""
    facts = [("Site", subject.site.name)]
    items = CASEBOOK["infusion"].items
    infusions = rows["infusion"]
    if infusions:
        last = infusions[-1]
        day = day_of(last.get("infused_on"))
        facts.append(("Age at infusion", show_value(items["age_years"], last.get("age_years"))))
        facts.append(("Product", show_value(items["product"], last.get("product"))))
        facts.append(("Infused on", show_value(items["infused_on"], last.get("infused_on"))))
        if day:
            facts.append(_reached(rows["end_of_study"], day, local_day(subject, at)))
        if len(infusions) > 1:
            facts.append(("Infusions", str(len(infusions))))
    return facts


def _reached(ends: Sequence[Row], infused: date, today: date) -> tuple[str, str]:
    """Return the day after infusion on which a child is, or was when the observation ended."""
    ended = next((day for row in ends if (day := observation_ended_on(row))), None)
    return ("Ended on day", str((ended - infused).days)) if ended else ("Today is day", str((today - infused).days))


def _episode(row: Row) -> str:
    """Return what tells a toxicity episode from the child's others."""
    items = CASEBOOK["toxicity_episode"].items
    return f"{show_value(items['toxicity'], row.get('toxicity'))}, {show_value(items['onset_on'], row.get('onset_on'))}"


def _form_line(form: Form, found: Sequence[Record], waiting: Sequence[DueForm]) -> FormLine:
    """Return the form with its records as they happened, undated ones before the voided ones at the end."""
    ordered = sorted(in_order_of_time(form, found), key=lambda record: record.voided_at is not None)
    return FormLine(
        form=form,
        records=tuple((record, " · ".join(summary_of(form, record.row))) for record in ordered),
        due=tuple(page for page in waiting if page.form == form.name),
    )
