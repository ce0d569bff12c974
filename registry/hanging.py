"""What hangs on a record: the child's standing records that name it, or that an enrolment carries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from forms.casebook import CASEBOOK
from forms.form import Form
from forms.voided_links import named_by
from registry.models import Subject
from registry.stored_records import Record, in_order_of_time, read_records


@dataclass(frozen=True, kw_only=True)
class Hanging:
    """The records of one form that name another record."""

    form: Form
    records: tuple[Record, ...]


def hanging_on(session: Session, subject: Subject, record: Record) -> tuple[Hanging, ...]:
    """Return the child's records that name a record, by form in the order of the casebook; voided ones are left out.

    On an enrolment hangs everything else.
    """
    if record.form == "enrolment":
        others = read_records(session, [name for name in CASEBOOK if name != record.form], [subject.id])
        return _by_form({name: tuple(records) for name, records in others.items()})
    links = {
        name: [key for key, link in form.links.items() if link.form == record.form] for name, form in CASEBOOK.items()
    }
    stored = read_records(session, [name for name, own in links.items() if own], [subject.id])
    found = {
        name: tuple(one for one in records if any(record.key in named_by(one.row, link) for link in links[name]))
        for name, records in stored.items()
    }
    return _by_form(found)


def _by_form(found: Mapping[str, tuple[Record, ...]]) -> tuple[Hanging, ...]:
    forms = ((CASEBOOK[name], records) for name, records in found.items() if records)
    return tuple(Hanging(form=form, records=in_order_of_time(form, records)) for form, records in forms)
