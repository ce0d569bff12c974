"""The writer of a site's own records: set-up, protocol versions, normal ranges, the infusion log."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry import audit
from registry.database import Base
from registry.models import Site, Subject, User
from registry.rechecking import check_again
from registry.saving.consequences import derive_again
from registry.saving.judging import lock_children


def save(
    session: Session, row: Base, *, by: User, at: datetime, reason: str = "", judges_again: Site | None = None
) -> None:
    """Store a row; judge the children of a site again where the row decides how they are judged. The caller commits."""
    children: tuple[Subject, ...] = ()
    if judges_again is not None:
        children = tuple(session.scalars(select(Subject).where(Subject.site_id == judges_again.id)))
        lock_children(session, children)
    audit.write_row(session, row, by=by, at=at, reason=reason)
    if children:
        derive_again(session, children)
        check_again(session, children, at)
