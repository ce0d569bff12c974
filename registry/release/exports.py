"""An export on record: its package in its own folder, registered in the same transaction as the log's entry."""

from __future__ import annotations

import json
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from forms import files
from registry import anchors, audit
from registry.models import User, new_key
from registry.release import package, pipeline
from registry.release.archives import unzip_one
from registry.release.models import Cut, Export
from registry.release.order import Order
from registry.release.refusal import ExportRefused

__all__ = ["ExportRefused", "archive_of", "make_export", "manifest_of"]


def make_export(session: Session, cut: Cut, order: Order, out: Path, *, by: User | None, at: datetime) -> Export:
    """Write the package of a cut into a new folder and register it; return what was registered.

    The folder holds the files and, beside them, the same as one zip. The same cut, key and project give the same
    bytes. Everything is scanned before it gets its name. Commits: first to free the database while files are written,
    then files and log entry together. Errors: ExportRefused, after which neither files nor an entry exist.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ExportRefused(f"The folder {out.name} is not empty: give the export a folder of its own.")
    beside = out.with_name(f".{out.name}.{new_key()[:8]}.part")
    try:
        release = pipeline.write(session, cut, order, beside)
        export = Export(
            key=new_key(),
            profile=order.profile,
            cut_id=cut.cut_id,
            project=order.project,
            purpose=order.purpose.strip(),
            recipient=order.recipient,
            forms=list(order.forms),
            formats=list(order.formats),
            least=order.least,
            least_reason=order.least_reason,
            keep=list(order.keep),
            made_at=at,
            made_by_id=by.id if by else None,
            status="done",
            finished_at=at,
            folder=str(out.resolve()),
            sha256=release.sha256,
            subjects=release.children,
        )
        audit.write_row(session, export, by=by, at=at)
        if out.exists():
            out.rmdir()
        beside.rename(out)
        session.commit()
    except BaseException:
        session.rollback()
        shutil.rmtree(beside, ignore_errors=True)
        shutil.rmtree(out, ignore_errors=True)
        raise
    anchors.anchor(session, f"export {export.sha256[:12]}", at)
    return export


def archive_of(export: Export) -> Path | None:
    """Return the zip of an export; None when its files are gone or are no longer the ones that were scanned."""
    found = sorted(Path(export.folder).glob("*.zip"))
    return found[0] if found and files.sha256(found[0]) == export.sha256 else None


def manifest_of(archive: Path) -> dict[str, Any]:
    """Return the manifest inside a package's zip: what lies beside it may have been changed since."""
    return dict(json.loads(unzip_one(archive, package.MANIFEST)))
