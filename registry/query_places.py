"""What a data query is about, in words: the record with its day, and the answers that were found."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Integer, Select, String, cast, literal, null, select, union_all
from sqlalchemy.orm import Session

from forms.casebook import CASEBOOK
from forms.form import Form
from forms.items import Link
from registry.data_queries import ANSWERED, OPEN
from registry.models import DataQuery, User
from registry.tables import TABLES
from registry.webforms import said_no
from registry.wording import show_logged

SHOWN, TOLD = 6, 3
"""How many items are shown, and how many answers to one of them."""

MISSING = frozenset(finding.check_id for form in CASEBOOK.values() for finding in form.still_missing.values())
"""The checks that ask for an answer which a record lacks: its page takes all of them at once."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a data query stands; ``found`` are labels with answers, ``following`` is the key of the query after it.

    ``item`` is the item of its record that it stands beside, empty where it is about other records alone. ``seen``
    stands for the question and the answers it is about, as they are shown. ``asked_by`` and ``answered_by`` are the
    names of people, empty where the registry asked or nobody answered yet.
    """

    record: str
    item: str
    found: tuple[tuple[str, str], ...]
    more: int
    following: str
    seen: str
    asked_by: str
    answered_by: str


def seen_of(query: DataQuery) -> str:
    """Return what a question and the answers it is about are known by: another value, another text."""
    told = json.dumps([query.message, query.found], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def places(session: Session, queries: Iterable[DataQuery]) -> dict[str, Place]:
    """Return query key -> what it is about, for queries in the order they are shown; two statements."""
    shown = list(queries)
    names, people = _records_in_words(session, shown), _names_of_people(session, shown)
    keys = [query.key for query in shown]
    followed = dict(zip(keys, [*keys[1:], *keys[-2:-1]], strict=False))
    found = {query.key: _found(query.form, query.found) for query in shown}
    return {
        query.key: Place(
            record=names.get(query.record_key, CASEBOOK[query.form].title),
            item=_item(query),
            found=found[query.key][:SHOWN],
            more=len(found[query.key][SHOWN:]),
            following=followed.get(query.key, ""),
            seen=seen_of(query),
            asked_by=people.get(_actor(query, OPEN), ""),
            answered_by=people.get(_actor(query, ANSWERED), ""),
        )
        for query in shown
    }


def _names_of_people(session: Session, queries: Iterable[DataQuery]) -> dict[str, str]:
    """Return user key -> name of who asked and answered the data queries that are answered."""
    settled = [query for query in queries if query.status == ANSWERED]
    actors = {_actor(query, kind) for query in settled for kind in (OPEN, ANSWERED)}
    if not actors:
        return {}
    return dict(session.execute(select(User.key, User.name).where(User.key.in_(actors))).all())


def _actor(query: DataQuery, kind: str) -> str:
    """Return who took the newest step of a kind of an answered data query; empty for one that is not answered."""
    if query.status != ANSWERED:
        return ""
    return next((event.actor for event in reversed(query.events) if event.kind == kind), "")


def groups(queries: Iterable[DataQuery]) -> list[list[DataQuery]]:
    """Return data queries in groups: the answers that one record lacks, and those that say the same of several records.

    A group stands where the first of it stood.
    """
    found: dict[str, list[DataQuery]] = {}
    for query in queries:
        found.setdefault(query.record_key if query.check_id in MISSING else query.message, []).append(query)
    return list(found.values())


def _records_in_words(session: Session, queries: Iterable[DataQuery]) -> dict[str, str]:
    """Return record key -> ``Assessment 3, day 5, 2026-03-10``."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for query in queries:
        wanted[query.form].add(query.record_key)
    if not wanted:
        return {}
    found = session.execute(union_all(*(_records_of(CASEBOOK[name], keys) for name, keys in wanted.items())))
    return {key: _in_words(CASEBOOK[name], *told) for name, key, *told in found}


def _records_of(form: Form, keys: Collection[str]) -> Select[Any]:
    """Return the selection of form, key, number, day as text and day after infusion of some records."""
    table = TABLES[form.name]
    at = cast(table.c[form.day_item] if form.day_item else null(), String)
    study_day = cast(table.c.study_day if "study_day" in form.items else null(), Integer)
    return select(literal(form.name), table.c.key, table.c.instance, at, study_day).where(table.c.key.in_(keys))


def _in_words(form: Form, number: int, at: str | None, study_day: int | None) -> str:
    title = f"{form.title} {number}" if form.repeats else form.title
    after = f"day {study_day}" if study_day is not None else ""
    return ", ".join(part for part in (title, after, at[:10] if at else "") if part)


def _item(query: DataQuery) -> str:
    form = CASEBOOK[query.form]
    own = [name for name in form.items if name in query.found]
    return next(iter(said_no(form, own, query.found) or own), "")


def _found(form: str, found: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return the answers a query is about: those of other records under the name of their form as well.

    What many records answer to one item is counted: a row of grades without their days tells nobody anything.

    Where nothing was answered there is nothing to show: the question says what is missing.
    """
    told: dict[str, list[str]] = {}
    for name, plain in found.items() if any(plain is not None for plain in found.values()) else ():
        where, _, item_name = name.rpartition(":")
        own = CASEBOOK[where.partition(":")[0] or form]
        item = own.items[item_name]
        if isinstance(item, Link):
            continue
        label = f"{own.title}: {item.label}" if where else item.label
        told.setdefault(label, []).append("no answer" if plain is None else show_logged(item, plain))
    return tuple(
        (label, ", ".join(given) if len(given) <= TOLD else f"{len(given)} answers") for label, given in told.items()
    )
