"""The files of an export on record."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from forms import files
from registry import log_history
from registry.log_tables import Change
from registry.release import package
from registry.release.archives import unzip_one
from registry.release.cut_files import CutFiles
from registry.release.export_rows import RUNNING, cut_of, order_of
from registry.release.models import Export
from registry.release.profiles import TERMS
from registry.release.selecting import who_goes_out, who_went_out


def archive_of(export: Export) -> Path | None:
    """Return the zip of an export; None when its files are gone or are no longer the ones that were scanned."""
    found = sorted(Path(export.folder).glob("*.zip"))
    return found[0] if found and files.sha256(found[0]) == export.sha256 else None


def holds_who_left(session: Session, export: Export) -> bool:
    """Tell whether the files of an export hold a child who does not go out any more.

    Since they were begun its family withdrew, said No or agrees to less, or it was found to be entered by mistake.
    Which children of the cut are in them stands nowhere, so whoever stays behind counts as one of them where its
    enrolment changed since: another may have come back, and as many go out as before. Counts and curves for the public
    hold no child. Errors: NotAllowed where the data cut is gone, so that nobody can tell.
    """
    order = order_of(session, export)
    if not TERMS[order.profile].has_rows:
        return False
    cut_files = CutFiles(Path(cut_of(session, export).folder))
    go_out = who_goes_out(session, cut_files, order)
    if len(go_out) < (export.subjects or 0):
        return True
    changed = select(Change.subject_key).where(
        Change.subject_key.in_(who_went_out(cut_files, order) - go_out),
        Change.table_name == "enrolment",
        Change.at > _begun_at(session, export),
    )
    return session.scalars(changed.limit(1)).first() is not None


def _begun_at(session: Session, export: Export) -> datetime:
    """Return when the files of an export were last begun, as the log tells: who goes out is looked up after that."""
    begun = [
        entry.at
        for entry in log_history.of_record(session, export.key)
        if entry.changes.get("status", ("", ""))[1] == RUNNING
    ]
    return begun[-1] if begun else export.made_at


def manifest_of(archive: Path) -> dict[str, Any]:
    """Return the manifest inside a package's zip: what lies beside it may have been changed since."""
    return dict(json.loads(unzip_one(archive, package.MANIFEST)))
