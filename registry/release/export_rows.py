"""The row of an export and what the change log says of it: entered, changed step by step, refused."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from forms.casebook import CASEBOOK
from registry import audit
from registry.database import writing
from registry.models import Site, User, new_key
from registry.release.cut_files import id_in
from registry.release.cuts import storage_folder
from registry.release.models import Cut, DataUseAgreement, Export
from registry.release.order import Order
from registry.release.profiles import Profile
from registry.release.rights import NotAllowed

WAITING, QUEUED, RUNNING, DONE = "waiting", "queued", "running", "done"
REFUSED, FAILED, DELETED = "refused", "failed", "deleted"
LONGEST_PROJECT = 40
STEP_TABLE = "export_step"
"""Where the log keeps steps that change no column of an export: downloads, and steps that were refused."""


def enter(
    session: Session, order: Order, cut: Cut, *, by: User | None, at: datetime, status: str, message: str = ""
) -> Export:
    """Store an order as an export in a status; return it. Commits."""
    key = new_key()
    agreement = select(DataUseAgreement.key).where(DataUseAgreement.key == order.agreement)
    export = Export(
        key=key,
        profile=str(order.profile),
        cut_id=cut.cut_id,
        project=order.project.strip()[:LONGEST_PROJECT],
        purpose=order.purpose.strip(),
        recipient=order.recipient.strip(),
        forms=list(order.forms),
        formats=list(order.formats),
        site_id=session.scalar(select(Site.id).where(Site.code == order.site)),
        agreement_key=session.scalar(agreement),
        least=order.least,
        least_reason=order.least_reason.strip(),
        keep=list(order.keep),
        made_at=at,
        made_by_id=by.id if by else None,
        status=status,
        finished_at=at if status == REFUSED else None,
        message=message,
        folder=str(storage_folder("exports", key).resolve()),
    )
    audit.write_row(session, export, by=by, at=at)
    session.commit()
    return export


def change(
    session: Session,
    export: Export,
    expected: str,
    values: Mapping[str, object],
    *,
    by: User | None,
    at: datetime,
    reason: str = "",
) -> bool:
    """Set columns of an export if its status is as expected, and log it; False when somebody was first. Commits.

    False too where it is to run while another one runs: the database lets one at a time.
    """
    with writing(session):
        locked = select(Export).where(Export.id == export.id).with_for_update()
        row = session.scalars(locked.execution_options(populate_existing=True)).one()
        if row.status != expected:
            session.rollback()
            return False
        for name, value in values.items():
            setattr(row, name, value)
        try:
            audit.write_row(session, row, by=by, at=at, reason=reason)
        except IntegrityError:
            session.rollback()
            return False
        session.commit()
    return True


def log_step(session: Session, export: Export, action: str, *, by: User | None, at: datetime, reason: str = "") -> None:
    """Enter a step that changes no column of an export, with the hash of its files. Commits."""
    changes = {"sha256": [None, export.sha256]}
    key = export.key
    audit.write(session, by=by, at=at, table=STEP_TABLE, record_key=key, changes=changes, reason=reason, action=action)
    session.commit()


def refused_step(session: Session, export: Export, message: str, *, by: User | None, at: datetime) -> NotAllowed:
    """Enter that a step was refused and why; return the error to raise. Commits."""
    log_step(session, export, "refusal", by=by, at=at, reason=message)
    return NotAllowed(message)


def order_of(session: Session, export: Export) -> Order:
    """Return what an export was asked for with."""
    return Order(
        profile=Profile(export.profile),
        project=export.project,
        purpose=export.purpose,
        recipient=export.recipient,
        forms=tuple(export.forms) or tuple(CASEBOOK),
        formats=tuple(export.formats),
        site=session.scalar(select(Site.code).where(Site.id == export.site_id)),
        agreement=export.agreement_key,
        least=export.least,
        least_reason=export.least_reason,
        keep=tuple(export.keep),
    )


def cut_of(session: Session, export: Export) -> Cut:
    """Return the data cut an export is made from: any whose files are the same and still there."""
    same = session.scalars(select(Cut).where(Cut.cut_id == export.cut_id).order_by(Cut.id))
    cut = next((cut for cut in same if id_in(Path(cut.folder)) == cut.cut_id), None)
    if cut is None:
        raise NotAllowed("The files of this data cut are gone from the server. Take a new cut and export that.")
    return cut


def remove_files(export: Export) -> None:
    """Remove an export's files, and those of a package that was never finished."""
    folder = Path(export.folder)
    for path in (folder, *folder.parent.glob(f".{folder.name}.*")):
        shutil.rmtree(path, ignore_errors=True)
