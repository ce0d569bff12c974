"""The whole demonstration into an empty database: children's entries in order of time through the one writer."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms.casebook import CASEBOOK
from registry import anchors, audit, data_queries, records
from registry.database import Base, utc_now
from registry.demo.chance import Chance
from registry.demo.children import ENROLLING_DAYS, Child, make_children
from registry.demo.notebook import Entry
from registry.demo.people import Login, make_logins, new_password, write_logins, write_people
from registry.demo.setup import infusion_logs, write_sites
from registry.demo.sites import SITES
from registry.demo.story import tell
from registry.models import DataQuery, Site, Subject, User
from registry.saving.consequences import derive_again
from registry.saving.outcomes import Submission

BATCH = 6000
CHILDREN_AT_ONCE = 100
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


class NotEmpty(RuntimeError):
    """The registry is in use: demonstration data would mix with real patients."""

    def __str__(self) -> str:
        return "This registry holds accounts or patients. Demonstration data goes into an empty one only."


def load_demo(session: Session, *, patients: int, seed: int, until: date, logins_file: Path) -> Loaded:
    """Fill an empty registry and write this installation's demonstration logins to a file."""
    if session.execute(select(User.id).limit(1)).first() or session.execute(select(Subject.id).limit(1)).first():
        raise NotEmpty
    logins = make_logins([site.code for site in SITES], new_password())
    loaded = write_demo_data(session, patients=patients, seed=seed, until=until, logins=logins)
    anchors.anchor(session, "demo-data", utc_now())
    write_logins(logins, logins_file)  # last: a loading that was cut short is known by its absence
    return loaded


def write_demo_data(session: Session, *, patients: int, seed: int, until: date, logins: list[Login]) -> Loaded:
    """Write sites, people and children, one commit per batch; the same content for the same arguments.

    ``until`` is today: nothing has happened on or after it. The session keeps what it has loaded over its commits.
    """
    session.expire_on_commit = False
    with without_collections():
        return _write(session, patients, seed, until, logins)


@contextmanager
def without_collections() -> Iterator[None]:
    """Spare the walks through thousands of rows that all stay alive until their batch is written."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _write(session: Session, patients: int, seed: int, until: date, logins: list[Login]) -> Loaded:
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
        due = [entered for entered in logs if entered[0] <= batch[-1].at]
        audit.write_new(session, [(log, people["coordinator", code], at) for at, code, log in due])
        logs = logs[len(due) :]
        _register(session, batch, subjects, sites, people)
        records.save_many(session, _submissions(batch, subjects, people), graded=False)
        _answer_some(session, chance, batch, subjects, people)
        session.commit()
    _grade(session, list(subjects.values()))
    return Loaded(children=len(subjects), saves=len(entries))


def _grade(session: Session, subjects: Sequence[Subject]) -> None:
    """Ask the rule sets about every child, each once."""
    for start in range(0, len(subjects), CHILDREN_AT_ONCE):
        derive_again(session, subjects[start : start + CHILDREN_AT_ONCE])
        session.commit()


def _register(
    session: Session,
    batch: Sequence[Entry],
    subjects: dict[int, Subject],
    sites: dict[str, Site],
    people: dict[tuple[str, str], User],
) -> None:
    new: list[tuple[Base, User | None, datetime]] = []
    for entry in batch:
        child = entry.child
        if child.number not in subjects:
            site = sites[child.site.code]
            subjects[child.number] = Subject(
                key=child.key,
                code=records.subject_code(site, child.code_number),
                site_id=site.id,
                enrolment_uuid=child.enrolment_uuid,
                created_at=entry.at,
            )
            new.append((subjects[child.number], people["coordinator", site.code], entry.at))
    audit.write_new(session, new)


def _submissions(
    batch: Sequence[Entry], subjects: dict[int, Subject], people: dict[tuple[str, str], User]
) -> Iterator[Submission]:
    for entry in batch:
        yield Submission(
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
