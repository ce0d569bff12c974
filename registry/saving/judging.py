"""What the judge may know: the context of a child, loaded once and kept true while a batch is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, bindparam, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from forms.casebook import CASEBOOK
from forms.context import Context, Protocol, ReferenceRange
from forms.dosing.protocol_rules import ProtocolRules
from forms.form import ANCHOR_FORMS, Check
from forms.items import SOFT
from forms.laboratory_ranges import stated_range
from forms.rule_sets import RULE_SETS
from forms.values import Row
from registry.database import utc_now
from registry.models import ReferenceRange as StoredRange
from registry.models import SiteProtocol, Subject
from registry.reference_ranges import standing
from registry.site_clock import local_day
from registry.stored_records import Record, read_records

READING: dict[tuple[str, str], tuple[Check, ...]] = {
    (form.name, read): checks
    for form in CASEBOOK.values()
    for read in CASEBOOK
    if (checks := tuple(check for check in form.checks_down_to(SOFT) if read in check.uses))
}
"""Form and a form it reads -> the checks that do, as far as they can open a data query."""


def checks_reading(form: str, changed: Iterable[str]) -> tuple[Check, ...]:
    """Return the checks of a form that can say something else after rows of other forms, or its siblings, changed."""
    found = (check for name in changed for check in READING.get((form, name), ()))
    return tuple({check.id: check for check in found}.values())


def forms_reading(names: Iterable[str]) -> frozenset[str]:
    """Return the forms of which rows may have to be judged again after rows of the given forms changed.

    Those that link to them are among these: what they name may have been voided, or have come back.
    """
    touched = frozenset(names)
    if touched & set(ANCHOR_FORMS):
        return frozenset(CASEBOOK)
    read = {form for form, name in READING if name in touched}
    read |= {form.name for form in CASEBOOK.values() for link in form.links.values() if link.form in touched}
    return frozenset(read | {name for name in touched if CASEBOOK[name].measured_in_time})


def forms_needed_for(names: Iterable[str]) -> frozenset[str]:
    """Return the forms to load so that everything touched can be judged and graded."""
    changed = frozenset(names)
    judged = forms_reading(changed) | changed
    graded = (rule_set.reads for rule_set in RULE_SETS if rule_set.reads & changed)
    return judged.union(*(CASEBOOK[name].uses for name in judged), *graded)


@dataclass(frozen=True, kw_only=True)
class SiteRules:
    """What a site's own records say about how to judge its children."""

    protocols: tuple[Protocol, ...] = ()
    reference_ranges: tuple[ReferenceRange, ...] = ()


@dataclass
class Casebook:
    """One child's stored records while they are judged and written; voided ones are kept but not shown to checks."""

    subject: Subject
    records: dict[str, dict[str, Record]]
    site_rules: SiteRules = SiteRules()
    rows: dict[str, tuple[Row, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in self.records:
            self._show(name)

    def put(self, record: Record) -> None:
        """Take a record as it now is into account."""
        known = self.records[record.form]
        is_new = record.key not in known and record.voided_at is None
        known[record.key] = record
        if is_new:
            self.rows[record.form] = (*self.rows[record.form], record.row)
        else:
            self._show(record.form)

    def _show(self, name: str) -> None:
        self.rows[name] = tuple(r.row for r in self.records[name].values() if r.voided_at is None)

    def with_row(self, form: str, row: Row) -> Mapping[str, tuple[Row, ...]]:
        """Return the rows as they would be with one row added or replaced."""
        others = self.rows[form]
        if row["key"] in self.records[form]:
            others = tuple(other for other in others if other["key"] != row["key"])
        return {**self.rows, form: (*others, row)}

    def context(self, at: datetime, rows: Mapping[str, tuple[Row, ...]] | None = None) -> Context:
        """Return what the judge may know at a moment (UTC)."""
        return Context(
            today=local_day(self.subject, at),
            rows=rows or self.rows,
            protocols=self.site_rules.protocols,
            reference_ranges=self.site_rules.reference_ranges,
        )

    def next_instance(self, form: str) -> int:
        """Return the number of the next record of a form; numbers of voided records are not used again."""
        return max((record.instance for record in self.records[form].values()), default=0) + 1


def lock_children(session: Session, subjects: Iterable[Subject]) -> None:
    """Make other transactions that change these children wait, before anything of them is read or logged.

    Always in one order, and before the head of the log: two transactions never wait for each other. SQLite has
    its write lock already. Consent withdrawn by a transaction that was waited for is seen.
    """
    by_id = {subject.id: subject for subject in subjects}
    for id_, withdrawn_on in session.execute(_LOCKED, {"subjects": list(by_id)}):
        set_committed_value(by_id[id_], "withdrawn_on", withdrawn_on)


_LOCKED = (
    select(Subject.id, Subject.withdrawn_on)
    .where(Subject.id.in_(bindparam("subjects", expanding=True)))
    .order_by(Subject.id)
    .with_for_update()
)


def load(session: Session, subjects: Iterable[Subject], forms: Iterable[str]) -> dict[int, Casebook]:
    """Return the casebooks of some children with the given forms, by subject id; statements do not grow with either."""
    by_id = {subject.id: subject for subject in subjects}
    names = list(forms)
    records: dict[int, dict[str, dict[str, Record]]] = {id_: {name: {} for name in names} for id_ in by_id}
    for name, found in read_records(session, names, by_id, voided=True).items():
        for record in found:
            records[record.subject_id][name][record.key] = record
    site_rules = site_rules_of(session, {subject.site_id for subject in by_id.values()})
    return {
        id_: Casebook(subject=subject, records=records[id_], site_rules=site_rules[subject.site_id])
        for id_, subject in by_id.items()
    }


def site_rules_of(session: Session, site_ids: Iterable[int]) -> dict[int, SiteRules]:
    """Return site id -> the protocols and reference ranges it has on record; two statements."""
    wanted = list(site_ids)
    protocols, ranges = _protocols(session, wanted), _reference_ranges(session, wanted)
    return {id_: SiteRules(protocols=protocols.get(id_, ()), reference_ranges=ranges.get(id_, ())) for id_ in wanted}


_SITES: BindParameter[Any] = bindparam("sites", expanding=True)
_PROTOCOLS = (
    select(*SiteProtocol.__table__.columns)
    .where(SiteProtocol.site_id.in_(_SITES))
    .order_by(SiteProtocol.effective_from, SiteProtocol.id)
)
_RANGES = select(*StoredRange.__table__.columns).where(StoredRange.site_id.in_(_SITES)).order_by(StoredRange.id)


def _protocols(session: Session, site_ids: Iterable[int]) -> dict[int, tuple[Protocol, ...]]:
    found: dict[int, tuple[Protocol, ...]] = {}
    for row in session.execute(_PROTOCOLS, {"sites": list(site_ids)}):
        protocol = Protocol(
            version=row.version,
            effective_from=row.effective_from,
            max_single_mg=row.max_single_mg,
            max_day_mg=row.max_day_mg,
            rules=ProtocolRules.from_plain(row.rules),
        )
        found[row.site_id] = (*found.get(row.site_id, ()), protocol)
    return found


def _reference_ranges(session: Session, site_ids: Iterable[int]) -> dict[int, tuple[ReferenceRange, ...]]:
    found: dict[int, tuple[ReferenceRange, ...]] = {}
    for row in standing(session.execute(_RANGES, {"sites": list(site_ids)})):
        found[row.site_id] = (*found.get(row.site_id, ()), stated_range(dict(row._mapping)))
    return found


def context_for(session: Session, subject: Subject, forms: Iterable[str], *, at: datetime | None = None) -> Context:
    """Return the context of a child with the given forms (and the anchor forms) loaded."""
    names = frozenset(forms).union(ANCHOR_FORMS)
    return load(session, [subject], names)[subject.id].context(at or utc_now())
