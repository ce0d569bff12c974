"""One child's record, complete: every form with answers in words, how values came about, queries, audit trail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from forms.casebook import CASEBOOK
from forms.form import Form
from forms.values import Value
from forms.voided_links import named_by
from registry import audit, log_history
from registry.log_history import HistoryEntry
from registry.models import DataQuery, DataQueryEvent, Subject, User
from registry.saving import verdicts
from registry.stored_records import Record, read_records
from registry.verdict_words import ShownVerdict, beside_items, in_words
from registry.webforms import sections
from registry.wording import name_record, show_logged, show_value, withdrawal_in_words

PRINTED = "whole_record"
"""Under this name the log keeps who opened the whole record of a child."""

ACTIONS = {
    "create": "Entered",
    "change": "Changed",
    "void": "Voided",
    "restore": "Voiding taken back",
    "print": "Whole record opened",
}
STATUS = {"open": "Asked", "answered": "Answered", "closed": "Closed"}


@dataclass(frozen=True, kw_only=True)
class Answered:
    """An item with its answer in words."""

    label: str
    answer: str


@dataclass(frozen=True, kw_only=True)
class Signed:
    """Somebody marked a record complete, or opened it again."""

    at: datetime
    name: str
    is_complete: bool


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A data query: what was found, how it stands, each step with time, name, what was done and the words."""

    message: str
    status: str
    steps: tuple[tuple[datetime, str, str, str], ...]


@dataclass(frozen=True, kw_only=True)
class RecordPart:
    """One record of a form; ``voided`` is the reason why it counts nowhere, None while it counts."""

    title: str
    record: Record
    sections: tuple[tuple[str, tuple[Answered, ...]], ...]
    derived: tuple[Answered, ...]
    unanswered: tuple[str, ...]
    verdicts: tuple[ShownVerdict, ...]
    queries: tuple[Asked, ...]
    signed: tuple[Signed, ...]
    voided: str | None


@dataclass(frozen=True, kw_only=True)
class FormPart:
    """One form of the casebook with all of the child's records."""

    form: Form
    records: tuple[RecordPart, ...]

    @property
    def computed(self) -> dict[str, str]:
        """Return the label of each computed value that a record has, with how it comes about."""
        shown = {answered.label for part in self.records for answered in part.derived}
        return {item.label: item.help for item in self.form.derived_items.values() if item.label in shown}


@dataclass(frozen=True, kw_only=True)
class Step:
    """One entry of the audit trail: item, old and new answer of each change."""

    at: datetime
    name: str
    action: str
    where: str
    changes: tuple[tuple[str, str, str], ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class WholeRecord:
    """Everything the registry holds about a child, in the order it is printed."""

    forms: tuple[FormPart, ...]
    trail: tuple[Step, ...]
    withdrawal: str

    @property
    def count(self) -> int:
        """Return how many records there are, voided ones too."""
        return sum(len(part.records) for part in self.forms)


def log_opening(session: Session, subject: Subject, *, by: User, at: datetime) -> None:
    """Enter in the log that a person opened the whole record of a child. The caller commits."""
    audit.write(
        session,
        by=by,
        at=at,
        table=PRINTED,
        record_key=subject.key,
        subject_key=subject.key,
        changes={},
        action="print",
    )


def whole_record(session: Session, subject: Subject) -> WholeRecord:
    """Return everything about a child; the number of statements does not grow with its records."""
    stored = read_records(session, CASEBOOK, [subject.id], voided=True)
    everything = [record for found in stored.values() for record in found]
    names = {record.key: name_record(CASEBOOK[record.form], record) for record in everything}
    voided = frozenset(record.key for record in everything if record.voided_at)
    linked = {key: f"{name} (voided)" if key in voided else name for key, name in names.items()}
    keys = list(names)
    said = verdicts.of_records(session, keys)
    history = log_history.of_child(session, subject)
    by_record: dict[str, list[HistoryEntry]] = {}
    for entry in history:
        by_record.setdefault(entry.record_key, []).append(entry)
    queries = _queries(session, subject)
    forms = tuple(
        FormPart(
            form=form,
            records=tuple(
                _part(
                    form,
                    record,
                    names[record.key],
                    linked,
                    voided,
                    verdicts=tuple(
                        verdict
                        for beside in beside_items(in_words(*pair) for pair in said.get(record.key, ())).values()
                        for verdict in beside
                    ),
                    queries=tuple(queries.get(record.key, ())),
                    history=by_record.get(record.key, ()),
                )
                for record in stored[name]
            ),
        )
        for name, form in CASEBOOK.items()
    )
    enrolments = [record.row for record in stored["enrolment"] if not record.voided_at]
    withdrawal = withdrawal_in_words(subject.withdrawn_on, enrolments)
    return WholeRecord(forms=forms, trail=tuple(_trail(history, names)), withdrawal=withdrawal)


def _part(
    form: Form,
    record: Record,
    title: str,
    linked: Mapping[str, str],
    voided: frozenset[str],
    *,
    verdicts: tuple[ShownVerdict, ...],
    queries: tuple[Asked, ...],
    history: Sequence[HistoryEntry],
) -> RecordPart:
    asked = form.asked(record.row)
    typed = [name for name in form.typed_items if record.row.get(name) is not None]

    def answered(wanted: Iterable[str]) -> tuple[Answered, ...]:
        return tuple(_answered(form, name, record.row.get(name), linked) for name in wanted)

    headed = tuple(
        (title, answered(name for name in core + extended if name in typed)) for title, core, extended in sections(form)
    )
    adrift = [n for n, link in form.links.items() if link.required and not voided.isdisjoint(named_by(record.row, n))]
    voids = [entry.reason for entry in history if entry.action == "void"]
    return RecordPart(
        title=title,
        record=record,
        sections=tuple((title, items) for title, items in headed if items),
        derived=answered(name for name in form.derived_items if record.row.get(name) is not None),
        unanswered=tuple(item.label for name, item in asked.items() if name not in typed or name in adrift),
        verdicts=() if record.voided_at else verdicts,
        queries=queries,
        signed=tuple(_signed(history)),
        voided=(voids[-1] if voids else "") if record.voided_at else None,
    )


def _answered(form: Form, name: str, value: Value, names: Mapping[str, str]) -> Answered:
    item = form.items[name]
    return Answered(label=item.label, answer=show_value(item, value, names))


def _signed(history: Iterable[HistoryEntry]) -> Iterator[Signed]:
    for entry in history:
        old, new = entry.state.get("completed_at", (None, None))
        if (old is None) != (new is None):
            yield Signed(at=entry.at, name=entry.actor_name, is_complete=new is not None)


def _queries(session: Session, subject: Subject) -> dict[str, list[Asked]]:
    """Return record key -> the data queries about it, oldest first."""
    statement = select(DataQuery).where(DataQuery.subject_id == subject.id).options(selectinload(DataQuery.events))
    found = list(session.scalars(statement.order_by(DataQuery.opened_at, DataQuery.id)))
    actors = {event.actor for query in found for event in query.events}
    people = dict(session.execute(select(User.key, User.name).where(User.key.in_(actors))).all())

    def step(event: DataQueryEvent) -> tuple[datetime, str, str, str]:
        return event.at, people.get(event.actor, "The registry"), STATUS[event.kind], event.reason

    asked: dict[str, list[Asked]] = {}
    for query in found:
        steps = tuple(step(event) for event in query.events)
        own = Asked(message=query.message, status=query.status, steps=steps)
        asked.setdefault(query.record_key, []).append(own)
    return asked


def _trail(history: Iterable[HistoryEntry], names: Mapping[str, str]) -> Iterator[Step]:
    for entry in history:
        confirmed = (f"Checked against the source: {why}" for why in entry.confirmed.values())
        yield Step(
            at=entry.at,
            name=entry.actor_name,
            action=ACTIONS.get(entry.action, entry.action),
            where=_where(entry, names),
            changes=tuple(_changes(entry, names)),
            reasons=tuple(words for words in (entry.reason, *confirmed) if words),
        )


def _where(entry: HistoryEntry, names: Mapping[str, str]) -> str:
    if entry.table in CASEBOOK:
        return names.get(entry.record_key, CASEBOOK[entry.table].title)
    return {"data_query": "Data query", "subject": "Child", PRINTED: ""}.get(entry.table, entry.table)


def _changes(entry: HistoryEntry, names: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    form = CASEBOOK.get(entry.table)
    if form is not None:
        for name, item in form.items.items():
            if name in entry.changes:
                old, new = entry.changes[name]
                yield item.label, show_logged(item, old, names), show_logged(item, new, names)
        completed = entry.state.get("completed_at", (None, None))
        if completed[0] != completed[1]:
            yield "Marked complete", _whether(completed[0]), _whether(completed[1])
    else:
        shown = {"data_query": ("message", "status"), "subject": ("code", "withdrawn_on")}.get(entry.table, ())
        for name in shown:
            if name in entry.changes:
                old, new = entry.changes[name]
                yield WORDS[name], _text(old), _text(new)


WORDS = {"message": "What was found", "status": "State", "code": "Code", "withdrawn_on": "Consent withdrawn on"}


def _whether(moment: Any) -> str:
    return "Yes" if moment else "No"


def _text(value: Any) -> str:
    return "–" if value is None else str(value)
