"""Data cuts: everything the registry holds at one moment, as files with hashes, for analysis and export."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session

from forms import files
from forms.casebook import CASEBOOK
from forms.rule_sets import RULE_SETS
from forms.values import Row
from registry import anchors, audit, verdicts
from registry.consent import NOT_REFUSED
from registry.database import current_revision, reading, utc_now
from registry.models import (
    Adjudication,
    ChainHead,
    Change,
    DataQuery,
    Derivation,
    InfusionLog,
    ReferenceRange,
    Site,
    SiteProtocol,
    Subject,
    User,
    new_key,
)
from registry.release.consent_counts import consent_counts
from registry.release.models import Cut
from registry.stored_records import read_records

FORMAT = 1
SUBJECTS_AT_ONCE = 500
LONGEST_NAME = 80
FILE_MODE = 0o400
"""Nobody writes into the files of a cut again; the hashes in its manifest would tell."""


class CutError(RuntimeError):
    """A cut cannot be taken; the message says why and what to do."""


def take_cut(session: Session, folder: Path, *, by: User | None, at: datetime | None = None, name: str = "") -> Cut:
    """Write everything the registry holds now into a new folder; return the registered cut.

    The rows come from one snapshot, without voided records and without children whose consent was withdrawn or
    answered No. Two cuts with no save between them hold the same bytes and have the same id, whatever their names.
    Nobody changes the files afterwards. The caller commits.
    """
    if folder.exists() and not folder.is_dir():
        raise CutError(f"{folder.name} is not a folder: give the cut a folder of its own.")
    if folder.exists() and any(folder.iterdir()):
        raise CutError(f"The folder {folder.name} is not empty: give the cut a folder of its own.")
    if len(name) > LONGEST_NAME:
        raise CutError(f"The name of a cut has at most {LONGEST_NAME} characters; this one has {len(name)}.")
    moment = at or utc_now()
    beside = folder.with_name(f".{folder.name}.{new_key()[:8]}.part")
    try:
        cut = snapshot(session, beside, at=moment)
        if folder.exists():
            folder.rmdir()
        beside.rename(folder)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    cut.folder, cut.name, cut.taken_by_id = str(folder.resolve()), name.strip(), by.id if by else None
    audit.write_row(session, cut, by=by, at=moment)
    anchors.anchor(session, f"cut {cut.cut_id[:12]}", moment)
    return cut


def snapshot(session: Session, folder: Path, *, at: datetime) -> Cut:
    """Write everything the registry holds now into a folder that does not exist; return it as a cut not on record."""
    manifest = _write_snapshot(session, folder)
    for path in folder.rglob("*"):
        if path.is_file():
            path.chmod(FILE_MODE)
    return Cut(
        key=new_key(),
        cut_id=manifest["id"],
        name="",
        folder=str(folder.resolve()),
        taken_at=at,
        change_seq=manifest["log_head"]["seq"],
        subjects=manifest["files"]["subjects.csv"]["rows"],
        rows=sum(entry["rows"] for name, entry in manifest["files"].items() if name.startswith("forms/")),
    )


def storage_folder(kind: str, key: str) -> Path:
    """Return the place under STORAGE_DIR for the files of one cut, export or analysis; its parent exists."""
    parent = Path(current_app.config["STORAGE_DIR"]) / kind
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return parent / key


def _write_snapshot(session: Session, folder: Path) -> dict[str, Any]:
    folder.mkdir(mode=0o700, parents=True)
    (folder / "forms").mkdir(mode=0o700)
    with reading(), session.get_bind().engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            return _write_files(connection, folder)


def _write_files(connection: Connection, folder: Path) -> dict[str, Any]:
    sites = dict(connection.execute(select(Site.id, Site.code)).all())
    statement = select(Subject.id, Subject.key, Subject.site_id).where(NOT_REFUSED)
    subjects = [tuple(row) for row in connection.execute(statement.order_by(Subject.key))]
    rows = {
        f"forms/{name}.csv": files.write_rows(
            folder / "forms" / f"{name}.csv", form, _form_rows(connection, name, subjects, sites)
        )
        for name, form in CASEBOOK.items()
    }
    for name, (header, produce) in _MACHINERY.items():
        rows[name] = files.write_table(folder / name, header, produce(connection, subjects, sites))
    head = connection.execute(select(ChainHead.seq, ChainHead.mac)).one()
    entries = {name: {"rows": count, "sha256": files.sha256(folder / name)} for name, count in sorted(rows.items())}
    data_date = _data_date(connection)
    manifest = {
        "format": FORMAT,
        "id": _cut_id(entries),
        "data_date": data_date.isoformat() if data_date else None,
        "consent": consent_counts(connection, subjects, data_date),
        "log_head": {"seq": head.seq, "hash": head.mac},
        "schema_revision": current_revision(connection),
        "code_version": version("anakinra-registry"),
        "form_versions": {name: form.version for name, form in CASEBOOK.items()},
        "files": entries,
    }
    text = json.dumps(manifest, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    files.write_text_durably(folder / "manifest.json", text)
    return manifest


def _data_date(connection: Connection) -> date | None:
    """Return the calendar day of the last change of an answer, where that day was furthest among the sites.

    What a site east of UTC recorded this morning belongs to its today, not to yesterday.
    """
    last = connection.execute(select(func.max(Change.at)).where(Change.table_name.in_(CASEBOOK))).scalar()
    zones = connection.execute(select(Site.time_zone).distinct()).scalars().all()
    if last is None:
        return None
    return max(last.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date() for zone in zones)


def _cut_id(entries: dict[str, dict[str, Any]]) -> str:
    lines = "".join(f"{entry['sha256']}  {name}\n" for name, entry in sorted(entries.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


Subjects = list[tuple[Any, ...]]


def _form_rows(connection: Connection, name: str, subjects: Subjects, sites: dict[int, str]) -> Iterator[Row]:
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
    columns = (SiteProtocol.version, SiteProtocol.effective_from, SiteProtocol.line, SiteProtocol.max_single_mg)
    statement = select(SiteProtocol.site_id, *columns, SiteProtocol.max_day_mg, SiteProtocol.text, SiteProtocol.rules)
    rows = connection.execute(statement.order_by(SiteProtocol.id))
    return sorted([sites[row[0]], *row[1:-1], _as_text(row.rules)] for row in rows)


def _as_text(rules: dict[str, Any] | None) -> str | None:
    """Return machine-readable rules as the JSON text that a cell holds."""
    return None if rules is None else json.dumps(rules, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


_RANGE = (
    "laboratory",
    "analyte",
    "sex",
    "age_from_years",
    "age_from_months",
    "age_to_years",
    "age_to_months",
    "unit",
    "low",
    "high",
    "valid_from",
)


def _range_rows(connection: Connection, _subjects: Subjects, sites: dict[int, str]) -> Iterable[Iterable[object]]:
    columns = (getattr(ReferenceRange, name) for name in _RANGE)
    statement = select(ReferenceRange.site_id, *columns)
    rows = [[sites[row[0]], *row[1:]] for row in connection.execute(statement)]
    return sorted(rows, key=lambda row: [str(value) for value in row])


def _derivation_rows(connection: Connection, subjects: Subjects, _sites: dict[int, str]) -> Iterable[Iterable[object]]:
    keys = {id_: key for id_, key, _ in subjects}
    columns = (Derivation.record_key, Derivation.rule_set, Derivation.version, Derivation.value, Derivation.certainty)
    said = (Derivation.because, Derivation.why, Derivation.missing)
    rows = connection.execute(select(Derivation.subject_id, *columns, *said))
    found = (row for row in rows if row[0] in keys and (row.rule_set, row.version) in verdicts.KNOWN)
    return sorted([keys[row[0]], *row[1:8], ";".join(row[8])] for row in found)


def _detail_rows(connection: Connection, subjects: Subjects, _sites: dict[int, str]) -> Iterable[Iterable[object]]:
    keys = {id_: key for id_, key, _ in subjects}
    columns = (Derivation.record_key, Derivation.rule_set, Derivation.version, Derivation.details)
    rows = connection.execute(select(Derivation.subject_id, *columns))
    found = (row for row in rows if row[0] in keys and (row.rule_set, row.version) in verdicts.KNOWN)
    return sorted((keys[row[0]], *row[1:4], name, state) for row in found for name, state in row[4].items())


def _rule_set_rows(_connection: Connection, _subjects: Subjects, _sites: dict[int, str]) -> Iterable[Iterable[object]]:
    known = ((s.id, s.version, s.title, s.form, "yes" if s.verified else "no", s.source) for s in RULE_SETS)
    return sorted(known)


def _query_rows(connection: Connection, subjects: Subjects, _sites: dict[int, str]) -> Iterable[Iterable[object]]:
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

_MACHINERY: dict[str, tuple[tuple[str, ...], Produce]] = {
    "subjects.csv": (("subject", "site", "enrolled_on"), _subject_rows),
    "sites.csv": (("site", "name", "time_zone", "carhlh_definition"), _site_rows),
    "protocols.csv": (
        ("site", "version", "effective_from", "line", "max_single_mg", "max_day_mg", "text", "rules"),
        _protocol_rows,
    ),
    "reference_ranges.csv": (
        ("site", *_RANGE),
        _range_rows,
    ),
    "derivations.csv": (
        ("subject", "record", "rule_set", "version", "value", "certainty", "because", "why", "missing"),
        _derivation_rows,
    ),
    "derivation_details.csv": (("subject", "record", "rule_set", "version", "component", "state"), _detail_rows),
    "rule_sets.csv": (("rule_set", "version", "title", "form", "verified", "source"), _rule_set_rows),
    "data_queries.csv": (
        ("subject", "form", "record", "check_id", "severity", "status", "opened_at", "closed_at"),
        _query_rows,
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
