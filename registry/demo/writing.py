"""The whole demonstration into an empty database: children's entries in order of time through the one writer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice

from sqlalchemy.orm import Session

from forms.casebook import CASEBOOK
from registry import data_queries, records
from registry.demo.chance import Chance
from registry.demo.children import ENROLLING_DAYS, Child, make_children
from registry.demo.notebook import Entry
from registry.demo.people import Login, write_people
from registry.demo.setup import infusion_logs, write_log, write_sites
from registry.demo.story import tell
from registry.models import DataQuery, Site, Subject, User

BATCH = 2000
ANSWERED_SHARE = 0.55
_REASONS = (
    "Checked against the chart: it is right.",
    "Confirmed by the treating team.",
    "The source document says the same.",
)


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """What was written."""

    children: int
    saves: int


def all_entries(children: Sequence[Child], seed: int, until: date) -> list[Entry]:
    """Return the entries about every child in the order in which they are made at all sites."""
    entries = [entry for child in children for entry in tell(seed, child, until)]
    return sorted(entries, key=lambda entry: (entry.at, entry.child.number))


def write_demo_data(session: Session, *, patients: int, seed: int, until: date, logins: list[Login]) -> Loaded:
    """Fill an empty registry, one commit per batch; the same content for the same arguments.

    ``until`` is today: nothing has happened on or after it.
    """
    opened = datetime.combine(until - timedelta(days=ENROLLING_DAYS + 45), time(14))
    sites = write_sites(session, seed, opened)
    people = write_people(session, logins, sites, opened)
    session.commit()
    children = make_children(patients, seed, until)
    entries = all_entries(children, seed, until)
    logs = infusion_logs(seed, children, sites, until)
    subjects: dict[int, Subject] = {}
    chance = Chance(seed, "data queries")
    rest = iter(entries)
    while batch := list(islice(rest, BATCH)):
        while logs and logs[0][0] <= batch[-1].at:
            at, code, log = logs.pop(0)
            write_log(session, log, people["coordinator", code], at)
        _register(session, batch, subjects, sites, people)
        records.save_many(session, _submissions(batch, subjects, people))
        _answer_some(session, chance, batch, subjects, people)
        session.commit()
    return Loaded(children=len(subjects), saves=len(entries))


def _register(
    session: Session,
    batch: Sequence[Entry],
    subjects: dict[int, Subject],
    sites: dict[str, Site],
    people: dict[tuple[str, str], User],
) -> None:
    for entry in batch:
        child = entry.child
        if child.number not in subjects:
            site = sites[child.site.code]
            subjects[child.number] = records.new_subject(
                session,
                site,
                by=people["coordinator", site.code],
                at=entry.at,
                code=records.subject_code(site, child.code_number),
                key=child.key,
                enrolment_uuid=child.enrolment_uuid,
            )


def _submissions(
    batch: Sequence[Entry], subjects: dict[int, Subject], people: dict[tuple[str, str], User]
) -> Iterator[records.Submission]:
    for entry in batch:
        yield records.Submission(
            subject=subjects[entry.child.number],
            form=CASEBOOK[entry.form],
            row=entry.row,
            by=people["coordinator", entry.child.site.code],
            at=entry.at,
            revision=entry.revision,
            reason=entry.reason,
            confirmed=entry.confirmed,
            complete=entry.complete,
            void=entry.void,
        )


def _answer_some(
    session: Session,
    chance: Chance,
    batch: Sequence[Entry],
    subjects: dict[int, Subject],
    people: dict[tuple[str, str], User],
) -> None:
    """Answer part of the data queries that the batch opened, each by the coordinator of the child's site."""
    at = batch[-1].at
    touched = {subjects[entry.child.number].id: entry.child.site.code for entry in batch}
    open_queries = sorted(data_queries.for_subjects(session, touched), key=_by_anchor)
    for query in open_queries:
        if chance.happens(ANSWERED_SHARE):
            coordinator = people["coordinator", touched[query.subject_id]]
            data_queries.answer(session, query, chance.pick(_REASONS), by=coordinator, at=at)


def _by_anchor(query: DataQuery) -> tuple[str, str]:
    return query.record_key, query.check_id
