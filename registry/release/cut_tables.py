"""The rows of a data cut: each form's records and, beside them, the tables that the analysis and exports read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, select

from forms.laboratory_ranges import STATED
from forms.rule_sets import RULE_SETS
from forms.values import Row
from registry.models import (
    Adjudication,
    DataQuery,
    Derivation,
    InfusionLog,
    ReferenceRange,
    Site,
    SiteProtocol,
    User,
)
from registry.reference_ranges import standing
from registry.saving import verdicts
from registry.stored_records import read_records

SUBJECTS_AT_ONCE = 500

Subjects = list[tuple[Any, ...]]


def form_rows(connection: Connection, name: str, subjects: Subjects, sites: dict[int, str]) -> Iterator[Row]:
    """Yield the records of a form, child by child, with what the registry knows about each."""
    for start in range(0, len(subjects), SUBJECTS_AT_ONCE):
        chunk = subjects[start : start + SUBJECTS_AT_ONCE]
        found: dict[int, list[Row]] = {}
        for record in read_records(connection, [name], [id_ for id_, _, _ in chunk])[name]:
            state: dict[str, Any] = {
                "record": record.key,
                "instance": record.instance,
                "form_version": record.form_version,
                "entered_at": record.entered_at,
                "completed": record.is_complete,
            }
            found.setdefault(record.subject_id, []).append({**record.row, **state})
        for id_, key, site_id in chunk:
            for row in found.get(id_, ()):
                yield {**row, "subject": key, "site": sites[site_id]}


def _subject_rows(connection: Connection, subjects: Subjects, sites: dict[int, str]) -> Iterable[Iterable[object]]:
    enrolled: dict[int, Any] = {}
    for start in range(0, len(subjects), SUBJECTS_AT_ONCE):
        ids = [id_ for id_, _, _ in subjects[start : start + SUBJECTS_AT_ONCE]]
        for record in read_records(connection, ["enrolment"], ids)["enrolment"]:
            enrolled[record.subject_id] = record.row.get("enrolled_on")
    return ((key, sites[site_id], enrolled.get(id_)) for id_, key, site_id in subjects)


def _site_rows(connection: Connection, _subjects: Subjects, _sites: dict[int, str]) -> Iterable[Iterable[object]]:
    statement = select(Site.code, Site.name, Site.time_zone, Site.carhlh_definition).order_by(Site.code)
    return connection.execute(statement).all()


def _protocol_rows(connection: Connection, _subjects: Subjects, sites: dict[int, str]) -> Iterable[Iterable[object]]:
    """Return the protocols of each site by their first day; of two that begin on one day the later recorded is last."""
    columns = (SiteProtocol.version, SiteProtocol.effective_from, SiteProtocol.line, SiteProtocol.max_single_mg)
    statement = select(SiteProtocol.site_id, *columns, SiteProtocol.max_day_mg, SiteProtocol.text, SiteProtocol.rules)
    rows = connection.execute(statement.order_by(SiteProtocol.effective_from, SiteProtocol.id))
    found = ([sites[row[0]], *row[1:-1], _as_text(row.rules)] for row in rows)
    return sorted(found, key=lambda row: row[0])


def _as_text(rules: dict[str, Any] | None) -> str | None:
    """Return machine-readable rules as the JSON text that a cell holds."""
    return None if rules is None else json.dumps(rules, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _range_rows(connection: Connection, _subjects: Subjects, sites: dict[int, str]) -> Iterable[Iterable[object]]:
    """Return the ranges that stand; one that was corrected or taken back is in the registry's log alone."""
    found = standing(connection.execute(select(*ReferenceRange.__table__.columns)))
    rows = [[sites[row.site_id], *(getattr(row, name) for name in STATED)] for row in found]
    return sorted(rows, key=lambda row: [str(value) for value in row])


def _derivation_rows(connection: Connection, subjects: Subjects, _sites: dict[int, str]) -> Iterable[Iterable[object]]:
    keys = {id_: key for id_, key, _ in subjects}
    columns = (Derivation.record_key, Derivation.rule_set, Derivation.version, Derivation.value, Derivation.certainty)
    said = (Derivation.because, Derivation.why, Derivation.missing)
    rows = connection.execute(select(Derivation.subject_id, *columns, *said))
    found = (row for row in rows if row[0] in keys and (row.rule_set, row.version) in verdicts.KNOWN)
    return sorted([keys[row[0]], *row[1:8], ";".join(_list_of_texts(row[8]))] for row in found)


def _detail_rows(connection: Connection, subjects: Subjects, _sites: dict[int, str]) -> Iterable[Iterable[object]]:
    keys = {id_: key for id_, key, _ in subjects}
    columns = (Derivation.record_key, Derivation.rule_set, Derivation.version, Derivation.details)
    rows = connection.execute(select(Derivation.subject_id, *columns))
    found = (row for row in rows if row[0] in keys and (row.rule_set, row.version) in verdicts.KNOWN)
    return sorted(
        (keys[row[0]], *row[1:4], name, state) for row in found for name, state in _texts_by_name(row[4]).items()
    )


def _list_of_texts(stored: object) -> list[str]:
    if not isinstance(stored, list) or not all(isinstance(text, str) for text in stored):
        raise ValueError("not a list of texts")
    return stored


def _texts_by_name(stored: object) -> dict[str, str]:
    if not isinstance(stored, dict) or not all(isinstance(text, str) for text in stored.values()):
        raise ValueError("not texts by name")
    return stored


def _rule_set_rows(_connection: Connection, _subjects: Subjects, _sites: dict[int, str]) -> Iterable[Iterable[object]]:
    known = (
        (one.id, one.version, one.title, one.form, "yes" if one.verified else "no", one.source) for one in RULE_SETS
    )
    return sorted(known)


def _data_query_rows(connection: Connection, subjects: Subjects, _sites: dict[int, str]) -> Iterable[Iterable[object]]:
    keys = {id_: key for id_, key, _ in subjects}
    columns = (DataQuery.form, DataQuery.record_key, DataQuery.check_id, DataQuery.severity, DataQuery.status)
    statement = select(DataQuery.subject_id, *columns, DataQuery.opened_at, DataQuery.closed_at)
    rows = [[keys[row[0]], *row[1:]] for row in connection.execute(statement) if row[0] in keys]
    return sorted(rows, key=lambda row: [str(value) for value in row])


def _infusion_log_rows(
    connection: Connection, _subjects: Subjects, sites: dict[int, str]
) -> Iterable[Iterable[object]]:
    counts = (InfusionLog.infused, InfusionLog.approached, InfusionLog.consented, InfusionLog.refused)
    statement = select(InfusionLog.site_id, InfusionLog.quarter, *counts, InfusionLog.enrolled)
    return sorted([sites[row[0]], *row[1:]] for row in connection.execute(statement))


def _adjudication_rows(
    connection: Connection, subjects: Subjects, _sites: dict[int, str]
) -> Iterable[Iterable[object]]:
    keys = {id_: key for id_, key, _ in subjects}
    reviewers = dict(connection.execute(select(User.id, User.key)).all())
    columns = (Adjudication.form, Adjudication.record_key, Adjudication.kind, Adjudication.decision)
    more = (Adjudication.peak_grade, Adjudication.onset_day, Adjudication.reviewed_at)
    statement = select(Adjudication.subject_id, Adjudication.reviewer_id, *columns, *more).order_by(Adjudication.id)
    rows = [[keys[row[0]], *row[2:], reviewers[row[1]]] for row in connection.execute(statement) if row[0] in keys]
    return sorted(rows, key=lambda row: (row[0], row[1], row[2]))


Produce = Callable[[Connection, Subjects, dict[int, str]], Iterable[Iterable[object]]]

TABLES: dict[str, tuple[tuple[str, ...], Produce]] = {
    "subjects.csv": (("subject", "site", "enrolled_on"), _subject_rows),
    "sites.csv": (("site", "name", "time_zone", "carhlh_definition"), _site_rows),
    "protocols.csv": (
        ("site", "version", "effective_from", "line", "max_single_mg", "max_day_mg", "text", "rules"),
        _protocol_rows,
    ),
    "reference_ranges.csv": (("site", *STATED), _range_rows),
    "derivations.csv": (
        ("subject", "record", "rule_set", "version", "value", "certainty", "because", "why", "missing"),
        _derivation_rows,
    ),
    "derivation_details.csv": (("subject", "record", "rule_set", "version", "component", "state"), _detail_rows),
    "rule_sets.csv": (("rule_set", "version", "title", "form", "verified", "source"), _rule_set_rows),
    "data_queries.csv": (
        ("subject", "form", "record", "check_id", "severity", "status", "opened_at", "closed_at"),
        _data_query_rows,
    ),
    "adjudications.csv": (
        ("subject", "form", "record", "kind", "decision", "peak_grade", "onset_day", "reviewed_at", "reviewer"),
        _adjudication_rows,
    ),
    "infusion_log.csv": (
        ("site", "quarter", "infused", "approached", "consented", "refused", "enrolled"),
        _infusion_log_rows,
    ),
}
"""The tables beside the forms: the columns of each and what yields its rows, the same for the same data."""
