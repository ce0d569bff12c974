"""The processes that write exports: the oldest queued one is started when none runs; what became of it is entered."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from flask import current_app
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from registry import child_processes
from registry.release.export_rows import FAILED, QUEUED, RUNNING, change, remove_files
from registry.release.models import Export
from registry.settings import same_registry
from registry.storage import storage_folder

THE_EXPORT = "The export"


def look(session: Session, at: datetime) -> None:
    """Bring the table up to date with the processes, and start the oldest queued export if none runs. Commits."""
    for export in session.scalars(select(Export).where(Export.status == RUNNING)).all():
        folder = _process_folder(export)
        if child_processes.has_ended(folder):
            message = child_processes.last_words(folder, THE_EXPORT, holds_answers=True)
            if _fail(session, export, message, at):
                current_app.logger.error("Export %s failed; see %s", export.key, child_processes.log_of(folder))
                remove_files(export)
    queued = select(Export).where(Export.status == QUEUED).order_by(Export.id).limit(1)
    for export in session.scalars(queued).all():
        _launch(session, export, at)


def _launch(session: Session, export: Export, at: datetime) -> None:
    """Claim a queued export and start its process; leave it queued when another one is running."""
    folder = _process_folder(export)
    folder.mkdir(mode=0o700, exist_ok=True)
    process_id = child_processes.launch(
        child_processes.python("registry", "run-export", export.key),
        folder,
        same_registry(),
        claim=lambda: change(session, export, QUEUED, {"status": RUNNING}, by=None, at=at),
        fail=lambda message: _fail(session, export, message, at),
    )
    if process_id is not None:
        session.commit()
        session.execute(update(Export).where(Export.key == export.key).values(process_id=process_id))
        session.commit()


def _fail(session: Session, export: Export, message: str, at: datetime) -> bool:
    """Enter that a running export failed and why; False where its end is entered already."""
    failed = {"status": FAILED, "message": message, "finished_at": at}
    return change(session, export, RUNNING, failed, by=None, at=at)


def _process_folder(export: Export) -> Path:
    return storage_folder("export-runs", export.key)


def step_of(export: Export) -> str:
    """Return what a running export is doing, such as `[2/6] Measuring the risk`; empty before it has said so."""
    return child_processes.step_of(_process_folder(export))
