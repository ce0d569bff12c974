"""Data cuts: everything the registry holds at one moment, as files with hashes, for analysis and export."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session

from forms import files
from forms.casebook import CASEBOOK
from forms.cut_id import FORMAT, cut_id
from registry import anchors, audit
from registry.consent import NOT_REFUSED
from registry.database import current_revision, reading, utc_now
from registry.log_tables import ChainHead, Change
from registry.models import Site, Subject, User, new_key
from registry.release import unfinished
from registry.release.consent_counts import consent_counts
from registry.release.cut_tables import TABLES, form_rows
from registry.release.models import Cut
from registry.site_clock import day_in

LONGEST_NAME = 80
FILE_MODE = 0o400
"""Nobody writes into the files of a cut again; the hashes in its manifest would tell."""


class CutError(RuntimeError):
    """A cut cannot be taken; the message says why and what to do."""


def take_cut(
    session: Session,
    folder: Path,
    *,
    by: User | None,
    at: datetime | None = None,
    name: str = "",
    before_entry: Callable[[Cut], None] = lambda _cut: None,
) -> Cut:
    """Write everything the registry holds now into a new folder; return the registered cut.

    The rows come from one snapshot, without voided records and without children whose consent was withdrawn or
    answered No. Two cuts with no save between them hold the same bytes and have the same id, whatever their names.
    Nobody changes the files afterwards. Commits; what goes wrong before leaves no files. ``before_entry`` gets the
    cut when they are written, in the transaction that registers it, and may still refuse.
    """
    if folder.exists() and not folder.is_dir():
        raise CutError(f"{folder.name} is not a folder: give the cut a folder of its own.")
    if folder.exists() and any(folder.iterdir()):
        raise CutError(f"The folder {folder.resolve().name or folder} is not empty: give the cut a folder of its own.")
    if len(name) > LONGEST_NAME:
        raise CutError(f"The name of a cut has at most {LONGEST_NAME} characters; this one has {len(name)}.")
    moment = at or utc_now()
    part = unfinished.beside(folder)
    place = part
    try:
        cut = snapshot(session, part, at=moment)
        if folder.exists():
            folder.rmdir()
        place = part.rename(folder)
        cut.folder, cut.name, cut.taken_by_id = str(folder.resolve()), name.strip(), by.id if by else None
        before_entry(cut)
        audit.write_row(session, cut, by=by, at=moment)
        session.commit()
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise
    # Only now: an anchored end of the log that was never committed would look like a tail cut off, for ever.
    anchors.anchor_if_reachable(session, f"cut {cut.cut_id[:12]}", moment)
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
    rows = {}
    for name, form in CASEBOOK.items():
        with _readable(f"{form.title} records"):
            path = folder / "forms" / f"{name}.csv"
            rows[f"forms/{name}.csv"] = files.write_rows(path, form, form_rows(connection, name, subjects, sites))
    for name, (header, produce) in TABLES.items():
        with _readable(name.removesuffix(".csv").replace("_", " ")):
            rows[name] = files.write_table(folder / name, header, produce(connection, subjects, sites))
    head = connection.execute(select(ChainHead.seq, ChainHead.mac)).one()
    entries = {name: {"rows": count, "sha256": files.sha256(folder / name)} for name, count in sorted(rows.items())}
    data_date = _data_date(connection)
    manifest: dict[str, Any] = {
        "format": FORMAT,
        "data_date": data_date.isoformat() if data_date else None,
        "consent": consent_counts(connection, subjects, data_date),
        "log_head": {"seq": head.seq, "hash": head.mac},
        "schema_revision": current_revision(connection),
        "code_version": version("anakinra-registry"),
        "form_versions": {name: form.version for name, form in CASEBOOK.items()},
        "files": entries,
    }
    manifest["id"] = cut_id(manifest)
    text = json.dumps(manifest, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    files.write_text_durably(folder / "manifest.json", text)
    return manifest


@contextmanager
def _readable(what: str) -> Iterator[None]:
    """Refuse a cut of stored texts that are not what the registry wrote, such as broken JSON."""
    try:
        yield
    except (ValueError, RecursionError):
        raise CutError(
            f"Among the {what} of the database is a text that cannot be read: it was changed past the registry. No cut "
            "was taken. `anakinra-registry derive` works derivations out again; anything else comes from a backup."
        ) from None


def _data_date(connection: Connection) -> date | None:
    """Return the calendar day of the last change of an answer, where that day was furthest among the sites.

    What a site east of UTC recorded this morning belongs to its today, not to yesterday.
    """
    last = connection.execute(select(func.max(Change.at)).where(Change.table_name.in_(CASEBOOK))).scalar()
    zones = connection.execute(select(Site.time_zone).distinct()).scalars().all()
    if last is None:
        return None
    return max(day_in(zone, last) for zone in zones)
