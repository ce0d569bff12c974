"""The row of an export and what the change log says of it: entered, changed step by step, refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from flask import current_app
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from forms.casebook import CASEBOOK
from registry import audit
from registry.access import NotAllowed
from registry.database import writing
from registry.log_tables import Change
from registry.models import Site, User, new_key
from registry.release.cut_files import id_in
from registry.release.models import Cut, DataUseAgreement, Export
from registry.release.order import Order
from registry.release.profiles import Profile
from registry.storage import storage_folder
from registry.turns import take_turn

WAITING, QUEUED, RUNNING, DONE = "waiting", "queued", "running", "done"
REFUSED, FAILED, DELETED, TAKEN_BACK = "refused", "failed", "deleted", "taken_back"
LONGEST_PROJECT = 40
REFUSAL = '{"action":"refusal",'
"""How an entry about a refused step begins in the log."""
STEP_TABLE = "export_step"
"""Where the log keeps steps that change no column of an export: downloads, and steps that were refused."""
A_WHILE, MOST_ALIKE, MOST_REFUSED = timedelta(minutes=10), 3, 100
"""Within a while a same refusal of a person is entered so often; after so many of any within 24 hours, one. Each entry
stays for ever, and a script would fill the disk. An auditor sees who tried what, since when, and that it went on."""


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
    first: Callable[[], None] | None = None,
) -> bool:
    """Set columns of an export if its status is as expected, and log it; False when somebody was first. Commits.

    ``first`` is done before, where the status is as expected and nobody else can change it any more. False too where it
    is to run while another one runs: the database lets one at a time.
    """
    with writing(session):
        locked = select(Export).where(Export.id == export.id).with_for_update()
        row = session.scalars(locked.execution_options(populate_existing=True)).one()
        if row.status != expected:
            session.rollback()
            return False
        if first is not None:
            first()
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
    """Enter that a step was refused and why, unless that stands there by now; return the error to raise. Commits."""
    if by is not None and _is_entered_enough(session, export, message, by, at):
        session.commit()
        current_app.logger.warning("A step of export %s was refused to %s again", export.key, by.key)
    else:
        log_step(session, export, "refusal", by=by, at=at, reason=message)
    return NotAllowed(message)


def _is_entered_enough(session: Session, export: Export, message: str, by: User, at: datetime) -> bool:
    """Tell whether the last minutes hold enough of the same refusal; of any, for who was refused very often today."""
    take_turn(session, by)
    of_person = select(Change.payload).where(
        Change.record_key.in_(select(Export.key)),
        Change.table_name == STEP_TABLE,
        Change.actor == by.key,
        Change.payload.startswith(REFUSAL),
    )
    recent = [*map(json.loads, session.scalars(of_person.where(Change.at > at - A_WHILE)))]
    if sum(entry["record"] == export.key and entry["reason"] == message for entry in recent) >= MOST_ALIKE:
        return True
    today = of_person.where(Change.at > at - timedelta(days=1)).limit(MOST_REFUSED)
    return bool(recent) and len(session.scalars(today).all()) == MOST_REFUSED


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
        raise NotAllowed(
            "The files of this data cut are gone from the server or were changed. Take a new cut and export that."
        )
    return cut


def remove_files(export: Export) -> None:
    """Remove an export's files, and those of a package that was never finished."""
    folder = Path(export.folder)
    for path in (folder, *folder.parent.glob(f".{folder.name}.*")):
        shutil.rmtree(path, ignore_errors=True)
