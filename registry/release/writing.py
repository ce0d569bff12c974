"""What the process of an export does: write the files it was asked for, or say why it does not."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry import anchors
from registry.access import NotAllowed
from registry.models import User
from registry.release import admission, pipeline, preparing, unfinished
from registry.release.earlier_releases import until_id_of
from registry.release.export_rows import DONE, REFUSED, RUNNING, change, cut_of, order_of, remove_files
from registry.release.models import Cut, Export
from registry.release.order import Order
from registry.release.refusal import ExportRefused
from registry.release.rights import BY_SITE

OTHER_BYTES = (
    "These are not the bytes that were written the first time: a child withdrew since, or the registry's rules are "
    "newer. The manifest says what is in them."
)


def write_export(session: Session, key: str, *, clock: Callable[[], datetime], progress: Callable[[str], None]) -> None:
    """Write the files of a running export and enter the outcome. Commits.

    Errors: NotAllowed when it may not be written, which is entered as well; whatever else goes wrong is left to
    ``runs.look``. No file stays behind.
    """
    export = session.scalar(select(Export).where(Export.key == key))
    if export is None or export.status != RUNNING:
        raise NotAllowed("This export is not to be written now.")
    first, folder = export.sha256, Path(export.folder)
    try:
        order, cut = order_of(session, export), cut_of(session, export)
        by = session.get(User, export.made_by_id) if export.made_by_id else None
        if export.sha256 and order.profile not in BY_SITE:
            admission.admit_again(session, order, cut, at=clock())
        else:
            admission.admit(session, order, cut, by=by, at=clock())
        if admission.needs_approval(session, order, by=by) and export.decided_by_id in (None, export.made_by_id):
            raise NotAllowed("No second person has agreed to this export yet.")
        written = _write(session, cut, order, folder, progress, until_id_of(export))
    except (NotAllowed, ExportRefused) as refused:
        remove_files(export)
        outcome = {"status": REFUSED, "message": str(refused), "finished_at": clock()}
        change(session, export, RUNNING, outcome, by=None, at=clock())
        raise NotAllowed(str(refused)) from None
    except BaseException:
        session.rollback()
        remove_files(export)
        raise
    message = OTHER_BYTES if first and first != written.sha256 else ""
    done = {"status": DONE, "message": message, "sha256": written.sha256, "subjects": written.children}
    change(session, export, RUNNING, {**done, "finished_at": clock()}, by=None, at=clock())
    anchors.anchor_if_reachable(session, f"export {written.sha256[:12]}", clock())


def _write(
    session: Session, cut: Cut, order: Order, folder: Path, progress: Callable[[str], None], until_id: int | None
) -> pipeline.Release:
    """Write the package beside its place, then give it its name; what was there before is gone."""
    part = unfinished.beside(folder)
    release = pipeline.write(
        session, cut, order, part, progress=lambda step: progress(_numbered(step)), until_id=until_id
    )
    shutil.rmtree(folder, ignore_errors=True)
    part.rename(folder)
    return release


def _numbered(step: str) -> str:
    return f"[{preparing.STEPS.index(step) + 1}/{len(preparing.STEPS)}] {step}"
