"""What people do with an export: ask for it, take that back, approve, decline, download, delete, have it written again.

Every step stands in the change log, and so does every refusal with its reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from registry.access import NotAllowed
from registry.models import User
from registry.release import admission, agreements
from registry.release.export_rows import (
    DELETED,
    DONE,
    FAILED,
    QUEUED,
    REFUSED,
    RUNNING,
    TAKEN_BACK,
    WAITING,
    change,
    cut_of,
    enter,
    log_step,
    order_of,
    refused_step,
    remove_files,
)
from registry.release.exports import archive_of, holds_who_left
from registry.release.models import Cut, Export
from registry.release.order import Order
from registry.release.profiles import TERMS, Profile
from registry.release.rights import may_hand_out, may_write_again
from registry.turns import take_turn

MOST_UNDER_WAY, MOST_A_DAY = 20, 50
"""Exports of one person that wait for a decision or to be written, and that were asked for within 24 hours, refused
ones too: each is a row and an entry in the log for ever."""
SOMEBODY_LEFT = (
    "Since these files were written a child in them withdrew, or was found to be entered by mistake, or its "
    "family agrees to less than before, so they are not handed out any more. Have them written again: without that "
    "child."
)
DECIDED_BY_NOW = "This request is not waiting for a decision any more: look at its page."
OVERTAKEN = "Somebody else was first with this export: look at its page."
NOT_AGAIN = (
    " Files that were made under the old one are neither handed out nor written again: ask for a new export under the "
    "new one."
)

Values = Mapping[str, object]


def place(session: Session, order: Order, cut: Cut, *, by: User | None, at: datetime) -> Export:
    """Enter a request: waiting where a second person has to agree, else queued for ``look``. Commits.

    Errors: NotAllowed with the reason; the refused request is entered with it, unless it is one too many.
    """
    check(session, order, cut, by=by, at=at)
    status = WAITING if admission.needs_approval(session, order, by=by) else QUEUED
    return _enter(session, order, cut, by=by, at=at, status=status)


def check(session: Session, order: Order, cut: Cut, *, by: User | None, at: datetime) -> None:
    """Refuse a request that may not be written: NotAllowed, and it is entered as refused as ``place`` says. Commits.

    The cut need not be on record: a refused request keeps its id alone.
    """
    if by is not None:
        _check_number(session, by, at)
    try:
        admission.admit(session, order, cut, by=by, at=at)
    except NotAllowed as refused:
        _enter(session, order, cut, by=by, at=at, status=REFUSED, message=str(refused))
        raise


def _enter(
    session: Session, order: Order, cut: Cut, *, by: User | None, at: datetime, status: str, message: str = ""
) -> Export:
    """Store a request unless others of the same person took its place while it was looked at. Commits."""
    if by is not None:
        _check_number(session, by, at)
    return enter(session, order, cut, by=by, at=at, status=status, message=message)


def _check_number(session: Session, by: User, at: datetime) -> None:
    take_turn(session, by)
    own = select(func.count()).select_from(Export).where(Export.made_by_id == by.id)
    if (session.scalar(own.where(Export.status.in_((WAITING, QUEUED, RUNNING)))) or 0) >= MOST_UNDER_WAY:
        raise NotAllowed(
            f"{MOST_UNDER_WAY} exports of yours wait or are being written. Ask for this one when one of them is done."
        )
    if (session.scalar(own.where(Export.made_at > at - timedelta(days=1))) or 0) >= MOST_A_DAY:
        raise NotAllowed(
            f"You asked for {MOST_A_DAY} exports within 24 hours, refused ones among them, and no more are taken. Ask "
            "for this one tomorrow."
        )


def approve(session: Session, export: Export, *, by: User, at: datetime, reason: str) -> None:
    """Let a waiting export be written, as a second person. Commits. Errors: NotAllowed."""
    _check_decision(session, export, by, at, reason)
    if export.agreement_key:
        try:
            agreements.in_force(session, export.agreement_key, at.date(), project=export.project)
        except NotAllowed as refused:
            raise refused_step(session, export, str(refused), by=by, at=at) from None
    _decide(session, export, by, at, reason, {"status": QUEUED})


def decline(session: Session, export: Export, *, by: User, at: datetime, reason: str) -> None:
    """Refuse a waiting export, as a second person. Commits. Errors: NotAllowed."""
    _check_decision(session, export, by, at, reason)
    message = f"The privacy officer declined: {reason.strip()}"
    _decide(session, export, by, at, reason, {"status": REFUSED, "message": message, "finished_at": at})


def _check_decision(session: Session, export: Export, by: User, at: datetime, reason: str) -> None:
    if not admission.viewer_of(by).may("export.approve"):
        message = "Only a privacy officer approves or declines an export."
    elif export.made_by_id == by.id:
        message = "Nobody decides on their own request. Another privacy officer has to look at it."
    elif not reason.strip():
        message = "Say why: the reason stands in the log beside the decision."
    else:
        return
    raise refused_step(session, export, message, by=by, at=at)


def _decide(session: Session, export: Export, by: User, at: datetime, reason: str, outcome: Values) -> None:
    decided = {"decided_at": at, "decided_by_id": by.id, "decision_reason": reason.strip(), **outcome}
    if not change(session, export, WAITING, decided, by=by, at=at, reason=reason.strip()):
        raise NotAllowed(DECIDED_BY_NOW)


def take_back(session: Session, export: Export, *, by: User, at: datetime, reason: str) -> None:
    """End a request that still waits for a decision, as who asked for it; a reason is welcome. Commits.

    Errors: NotAllowed.
    """
    if export.made_by_id != by.id:
        message = "Only who asked for an export takes the request back."
        raise refused_step(session, export, message, by=by, at=at)
    taken_back = {"status": TAKEN_BACK, "finished_at": at}
    if not change(session, export, WAITING, taken_back, by=by, at=at, reason=reason.strip()):
        raise NotAllowed(DECIDED_BY_NOW)


def record_download(session: Session, export: Export, *, by: User | None, at: datetime) -> Path:
    """Enter a download and return the zip that may be handed out. Commits. Errors: NotAllowed."""
    archive = archive_of(export) if export.status == DONE else None
    if by is not None and not may_hand_out(admission.viewer_of(by), export):
        message = "These files are for the person who asked for them, for as long as that person has the right."
    elif archive is None:
        message = "The files are gone from the server or are not the ones that were scanned. Have them written again."
    elif why := why_kept_back(session, export, at):
        message = why
    else:
        log_step(session, export, "download", by=by, at=at)
        return archive
    raise refused_step(session, export, message, by=by, at=at)


def why_kept_back(session: Session, export: Export, at: datetime) -> str:
    """Return why files that are there are handed out no more; empty where they still may be.

    The data use agreement that they were made under must be in force, as on the day they were asked for.
    """
    if why := agreement_lapsed(session, export, at):
        return why
    try:
        return SOMEBODY_LEFT if holds_who_left(session, export) else ""
    except NotAllowed as refused:
        return str(refused)


def agreement_lapsed(session: Session, export: Export, at: datetime) -> str:
    """Return why the agreement that files were made under covers them no more; empty where it does or none is needed.

    Counts and curves for the public need none once they are written.
    """
    if not export.agreement_key or not TERMS[Profile(export.profile)].has_rows:
        return ""
    try:
        agreements.in_force(session, export.agreement_key, at.date(), project=export.project)
    except NotAllowed as refused:
        return f"{refused}{NOT_AGAIN}"
    return ""


def _may_leave(session: Session, export: Export, at: datetime) -> bool:
    """Tell whether files that were written are there and may still be handed out."""
    return archive_of(export) is not None and not why_kept_back(session, export, at)


def delete_files(session: Session, export: Export, *, by: User, at: datetime, reason: str) -> None:
    """Delete the files of an export; its entry stays. Commits. Errors: NotAllowed."""
    is_stored_here = Path(current_app.config["STORAGE_DIR"]).resolve() in Path(export.folder).parents
    if export.made_by_id != by.id and not admission.viewer_of(by).may("export.delete"):
        message = "Only who asked for an export, a data manager or a privacy officer deletes its files."
    elif not reason.strip():
        message = "Say why the files are deleted: the reason stands in the log."
    elif export.status != DONE:
        message = "This export has no files to delete."
    elif not TERMS[Profile(export.profile)].has_rows:
        message = "A public release is kept: the next one is held against it, and it says nothing about a single child."
    elif not is_stored_here:
        message = "These files were written into a folder outside the registry's storage. Delete them there by hand."
    else:
        deleted, first = {"status": DELETED}, partial(remove_files, export)
        if not change(session, export, DONE, deleted, by=by, at=at, reason=reason.strip(), first=first):
            raise NotAllowed(OVERTAKEN)
        return
    raise refused_step(session, export, message, by=by, at=at)


def write_again(session: Session, export: Export, *, by: User, at: datetime) -> None:
    """Let files that are gone, or that failed, be written once more from the same cut. Commits. Errors: NotAllowed.

    Deleted files that needed a second person's agreement need it again.
    """
    order, before = order_of(session, export), export.status
    is_gone = before in (FAILED, DELETED) or (before == DONE and not _may_leave(session, export, at))
    is_own = export.made_by_id == by.id
    if not may_write_again(admission.viewer_of(by), export):
        message = (
            "Only who asked for an export has it written again, or, once it was written and holds neither dates nor "
            "centers, a data manager or a privacy officer. Ask for an export of your own."
        )
    elif not is_gone:
        message = "The files of this export are there, or it was never allowed to be written."
    elif lapsed := agreement_lapsed(session, export, at):
        message = lapsed
    else:
        try:
            cut = cut_of(session, export)
            if is_own:
                admission.admit(session, order, cut, by=by, at=at)
            else:
                admission.admit_again(session, order, cut, at=at)
        except NotAllowed as refused:
            raise refused_step(session, export, str(refused), by=by, at=at) from None
        waits = before == DELETED and admission.needs_approval(session, order, by=by)
        anew: Values = {"status": WAITING if waits else QUEUED, "finished_at": None, "message": "", "process_id": None}
        undecided: Values = {"decided_at": None, "decided_by_id": None, "decision_reason": ""} if waits else {}
        if not change(session, export, before, {**anew, **undecided}, by=by, at=at):
            raise NotAllowed(OVERTAKEN)
        return
    raise refused_step(session, export, message, by=by, at=at)
