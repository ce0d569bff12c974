"""Data use agreements: what recipients have signed, and whether one covers a project on a day."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry import audit
from registry.access import NotAllowed
from registry.models import User, new_key
from registry.release.models import DataUseAgreement
from registry.turns import take_turn
from registry.typed_text import visible


def list_agreements(session: Session) -> list[DataUseAgreement]:
    """Return every agreement on record, newest first."""
    return list(session.scalars(select(DataUseAgreement).order_by(DataUseAgreement.id.desc())))


def find(session: Session, key: str | None) -> DataUseAgreement | None:
    """Return the agreement with a key, ended or not; None without a key."""
    return session.scalar(select(DataUseAgreement).where(DataUseAgreement.key == key)) if key else None


def record(
    session: Session,
    *,
    parties: str,
    purpose: str,
    project: str,
    signed_on: date,
    expires_on: date,
    reference: str,
    by: User | None,
    at: datetime,
) -> DataUseAgreement:
    """Return a new agreement on record; the caller commits. Errors: NotAllowed, in words, when it says too little."""
    if not (parties.strip() and purpose.strip() and project.strip()):
        raise NotAllowed("Write who signed the agreement, for which project and what the data may be used for.")
    if signed_on > at.date():
        raise NotAllowed(f"The agreement is signed on {signed_on}, which is still to come. Record it once it is.")
    if expires_on < signed_on:
        raise NotAllowed(f"The agreement expires on {expires_on}, before it is signed on {signed_on}. Check both.")
    texts = {"parties": parties, "purpose": purpose, "project": project, "reference": reference}
    given = {name: text.strip() for name, text in texts.items()} | {"signed_on": signed_on, "expires_on": expires_on}
    _refuse_twin(session, given, by)
    agreement = DataUseAgreement(key=new_key(), recorded_at=at, recorded_by_id=by.id if by else None, **given)
    audit.write_row(session, agreement, by=by, at=at)
    return agreement


def _refuse_twin(session: Session, given: dict[str, Any], by: User | None) -> None:
    """Refuse what is on record already, as by a double click: its twin would stay in force when one is ended."""
    if by:
        take_turn(session, by)
    if session.scalar(select(DataUseAgreement.id).filter_by(**given, ended_at=None).limit(1)):
        raise NotAllowed("This agreement is on record already, and in force. Exports of its project can name it.")


def end(session: Session, agreement: DataUseAgreement, *, by: User | None, at: datetime, reason: str) -> None:
    """End an agreement before it expires; what was exported under it stays on record. The caller commits."""
    if agreement.ended_at is not None:
        raise NotAllowed(f"This agreement was ended on {agreement.ended_at.date()} already.")
    if not reason.strip():
        raise NotAllowed("Say why the agreement ends.")
    agreement.ended_at, agreement.ended_by_id = at, by.id if by else None
    audit.write_row(session, agreement, by=by, at=at, reason=reason.strip())


def in_force(session: Session, key: str | None, on: date, *, project: str) -> DataUseAgreement:
    """Return the agreement under which a project may have data on a day; NotAllowed says why there is none."""
    agreement = session.scalar(select(DataUseAgreement).where(DataUseAgreement.key == key))
    if agreement is None:
        raise NotAllowed(
            "There is no such data use agreement on record. Record who signed what for this project, then ask again."
        )
    if visible(agreement.project).casefold() != visible(project).casefold():
        raise NotAllowed(
            f"The data use agreement is for the project {agreement.project}, not for {project}. Name that project, or "
            "record the agreement of this one."
        )
    if agreement.ended_at is not None:
        raise NotAllowed(f"The data use agreement was ended on {agreement.ended_at.date()}. Record a new one.")
    if agreement.expires_on < on:
        raise NotAllowed(f"The data use agreement expired on {agreement.expires_on}. Record the renewed one.")
    return agreement
